"""Workbooks made to exhaust whoever opens them: refused by what they hold, whatever they call it, soon and cheaply."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from surrogate.errors import InvalidInput
from surrogate.execution.isolated import work_apart
from surrogate.tables.opening import check_workbook, try_to_open

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ROOT / "tests" / "data" / "hostile"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def ordinary() -> dict[str, bytes]:
    """The parts of a workbook of one cell."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = 1
    book.save(content)
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_sheet(rows: str = "", after: str = "") -> bytes:
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    return packed({**ordinary(), SHEET: xml.encode()})


def renamed(content: bytes) -> bytes:
    """The same workbook with its sheets called otherwise, here and wherever they are named."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        other = name.replace("xl/worksheets/", "").replace(".xml", ".dat")
        parts[f"xl/{other}"] = parts.pop(name)
        short = name.removeprefix("xl/")
        parts = {part: text.replace(short.encode(), other.encode()) for part, text in parts.items()}
    return packed(parts)


def cyclic() -> bytes:
    """A workbook whose drawing is related to itself, nested in an archive within the archive."""
    parts = ordinary()
    parts["xl/drawings/drawing1.xml"] = b"<d>" * 50_000 + b"</d>" * 50_000
    parts["xl/drawings/_rels/drawing1.xml.rels"] = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="x/drawing" Target="/xl/drawings/drawing1.xml"/></Relationships>'
    )
    parts["xl/inner.xlsx"] = packed(parts)
    return packed(parts)


FAR = '<row r="1"><c r="{}"><v>1</v></c></row>'
VARIANTS = {
    "a cell far away": with_sheet(FAR.format("XFD1048576")),
    "in small letters": with_sheet(FAR.format("xfd1048576")),
    "with other digits": with_sheet(FAR.format("A1_048_576")),
    "a row as a float": with_sheet('<row r="1.048576e6"><c><v>1</v></c></row>'),
    "a merged range": with_sheet(FAR.format("A1"), '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    "a fixed range": with_sheet(FAR.format("A1"), '<mergeCells><mergeCell ref="$A$1:$XFD$1048576"/></mergeCells>'),
    "whole columns": with_sheet(FAR.format("A1"), '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>'),
    "a range that links": with_sheet(FAR.format("A1"), '<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'),
    "many merged ranges": with_sheet("", "<mergeCells>" + '<mergeCell ref="A1:SF900"/>' * 20 + "</mergeCells>"),
    "millions of cells": with_sheet("<row>" + "<c/>" * 7_000_000 + "</row>"),
    "millions of styles": packed({**ordinary(), "xl/styles.xml": b"<a>" + b"<b/>" * 7_000_000 + b"</a>"}),
    "behind white space": packed(
        {
            **ordinary(),
            SHEET: b" " * 100_000
            + f'<worksheet xmlns="{MAIN}"><sheetData>{FAR.format("XFD1048576")}</sheetData></worksheet>'.encode(),
        }
    ),
    "nested deeply": packed({**ordinary(), "xl/styles.xml": b"<a>" * 1_000_000}),
    "another encoding": packed(
        {**ordinary(), SHEET: f'<worksheet xmlns="{MAIN}">{FAR.format("XFD9")}</worksheet>'.encode("utf-32")}
    ),
    "sixteen bits": packed(
        {
            **ordinary(),
            SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>{FAR.format("XFD1048576")}</sheetData></worksheet>'.encode(
                "utf-16"
            ),
        }
    ),
    "entities": packed({**ordinary(), SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "a bomb": packed({**ordinary(), "xl/media/image1.png": bytes(1_000_000_000)}),
    "another packing": packed(ordinary(), zipfile.ZIP_LZMA),
    "many parts": packed({**ordinary(), **{f"part{number}": b"" for number in range(1000)}}),
    "cycles": cyclic(),
    **{path.name: path.read_bytes() for path in sorted(HOSTILE.glob("*.xlsx"))},
}
VARIANTS |= {f"{name}, renamed": renamed(VARIANTS[name]) for name in ("evil_cells.xlsx", "evil_far.xlsx")}


#: A process of its own measures, since one that is forked counts the memory of its parent.
MEASURED = """
import resource, sys
from surrogate.errors import InvalidInput
from surrogate.execution.isolated import work_apart
from surrogate.tables.opening import try_to_open
try:
    work_apart(try_to_open, sys.stdin.buffer.read())
except InvalidInput as error:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, error)
"""


@pytest.mark.parametrize("name", VARIANTS)
def test_a_hostile_workbook_is_refused_soon_and_cheaply(name: str) -> None:
    """Within a second of processor time and 200 MB, all of the process that opens it included."""
    command = [sys.executable, "-c", MEASURED]
    output = subprocess.run(command, input=VARIANTS[name], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    seconds, megabytes, sentence = output.split(" ", 2)
    assert float(seconds) < 1.0
    assert float(megabytes) < 200
    assert sentence.strip()[-1] == "."


def test_an_ordinary_workbook_passes_whatever_its_parts_are_called() -> None:
    work_apart(try_to_open, packed(ordinary()))
    check_workbook(renamed(packed(ordinary())))
    check_workbook(packed({**ordinary(), "xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(1000)}))


def eat(content: bytes) -> None:
    """What a library does that was tricked."""
    bytearray(int(content))


def spin(content: bytes) -> None:
    """A library that never comes back."""
    while content:
        pass


def end(content: bytes) -> None:
    """A library that takes its process down."""
    import os

    os.abort()


def test_what_needs_too_much_ends_its_own_process_alone() -> None:
    with pytest.raises(InvalidInput, match="too much memory or time"):
        work_apart(eat, b"4000000000")
    with pytest.raises(InvalidInput, match="too much memory or time"):
        work_apart(end, b"")
    begun = time.monotonic()
    with pytest.raises(InvalidInput, match="too much memory or time"):
        work_apart(spin, b"for ever", timeout_s=1.0)
    assert time.monotonic() - begun < 5.0
