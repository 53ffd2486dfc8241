"""Text as lines of cells: its encoding, what separates its cells, and a quote that is not closed.

Nothing is guessed. Text that is neither Unicode nor plausible as Windows-1252 is refused with the encoding that it
seems to be in, and a line that cannot be split ends the reading with its number.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from surrogate.errors import InvalidInput

SEPARATORS = (",", ";", "\t", "|", "，", "；")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What programs write where Unicode is not their habit: China, Japan, Apple, DOS.
_OTHER_ENCODINGS = ("gb18030", "cp932", "mac_roman", "cp850")
#: Signs and words of which a table of a laboratory is not made: a degree, a hyphen or a dot in another encoding.
_IMPLAUSIBLE = re.compile(
    r"[¡¢£¤¥¦¨ª«¬¯¶¸»¿ˆ‡†\x80-\x9f\ufffd\uff61-\uff9f]|[/(\[]\s*[^\x00-\x7f°ºµμΩ‰℃℉]{1,2}C?\s*([;,\t|)\]\r\n]|$)"
    r"|[0-9A-Z][^\W\d_A-Za-zµμαβγδΩω][0-9]",
    re.ASCII,
)
_OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")


def decode(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, list[str]]:
    """The text of a file, in the encoding that is declared or else found out.

    Args:
        raw: The bytes.
        name: What messages call the file.
        encoding: Where it is declared.

    Returns:
        The text, and what has to be said of its encoding.

    Raises:
        InvalidInput: It is no text, or is text in an encoding that has to be declared.
    """
    if raw.startswith(_OLD_WORKBOOK):
        raise InvalidInput(f"'{name}' is a workbook of the old kind (.xls).", hint="Save it as .xlsx or CSV.")
    if encoding is not None:
        return _refuse_binary(_decode_as(raw, encoding, name), name), []
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            notes = [] if marked == "utf-8-sig" else [f"The file is in {marked.upper()}."]
            return _refuse_binary(_decode_as(raw, marked, name), name), notes
    wide = _detect_wide(raw)
    if wide is not None:
        return _refuse_binary(_decode_as(raw, wide, name), name), ["The file is in UTF-16."]
    try:
        return _refuse_binary(raw.decode("utf-8"), name), []
    except UnicodeDecodeError as problem:
        text = _decode_plausibly(raw, "cp1252")
        if text is not None and b"\0" not in raw:
            return text, ["The file is not in UTF-8; it was read as Windows-1252."]
        line = raw[: problem.start].count(b"\n") + 1
    _refuse_binary(raw.decode("latin-1"), name)
    likely = [other for other in _OTHER_ENCODINGS if _decode_plausibly(raw, other) is not None]
    seems = f"; it seems to be in {' or '.join(likely)}" if likely else ""
    raise InvalidInput(
        f"'{name}' is not in UTF-8 (line {line}) and makes no sense as Windows-1252{seems}.",
        hint=f"Save it as CSV UTF-8, or declare its encoding, such as --encoding {likely[0] if likely else 'cp932'}.",
    )


def split_lines(text: str, separator: str = ",") -> tuple[list[tuple[int, list[str]]], tuple[int, str] | None]:
    """Split text into lines of cells, blank lines left out.

    Args:
        text: Of a file.
        separator: One character between cells.

    Returns:
        Lines as (first line number, cells); and the line that cannot be split and ended the reading, with the reason.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    lines: list[tuple[int, list[str]]] = []
    start, width = 1, 0
    try:
        for cells in reader:
            width = max(width, len(cells))
            # A cell of several lines holds whole rows: its quote was opened by mistake and closed by the next one.
            if width > 2 and any(
                part.count(separator) >= width - 1 for cell in cells if "\n" in cell for part in cell.split("\n")[1:]
            ):
                return lines, (start, "a quote that opens here takes in the rows below")
            if cells:
                lines.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as problem:
        return lines, (start, str(problem))
    return lines, None


def _decode_as(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise InvalidInput(
            f"There is no encoding '{encoding[:40]}'.", hint="Known are utf-8, cp1252, gb18030, cp932, mac_roman, …"
        ) from None
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise InvalidInput(
            f"'{name}' is not in {encoding} (line {line}).", hint="Declare another encoding, or save it as CSV UTF-8."
        ) from None


def _detect_wide(raw: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of a table in it is zero."""
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = raw[first:4096:2]
        if len(zeros) > 8 and zeros.count(0) > 0.6 * len(zeros) and raw[1 - first : 4096 : 2].count(0) == 0:
            return encoding
    return None


def _decode_plausibly(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _IMPLAUSIBLE.search(text) else text


def _refuse_binary(text: str, name: str) -> str:
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise InvalidInput(
            f"'{name}' is neither a workbook nor a text file (line {line}).", hint="Save it as .xlsx or CSV."
        )
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text[:200], re.IGNORECASE):
        raise InvalidInput(f"'{name}' is a web page, not a table.", hint="Open it in Excel and save it as .xlsx.")
    return text
