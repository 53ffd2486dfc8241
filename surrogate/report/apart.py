"""Files of instruments from strangers, read and drawn in a process of its own with bounds on memory and time."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from surrogate.errors import InvalidInput
from surrogate.execution.isolated import work_apart
from surrogate.instruments.measuring import Details, measure
from surrogate.instruments.source import InstrumentFile, check_file
from surrogate.report.figures.canvas import png
from surrogate.report.instruments import figure_of, look_at
from surrogate.wire.base import Output
from surrogate.wire.instruments import MeasureOutput, write_reading

if TYPE_CHECKING:
    from surrogate.campaign.files import RowFiles

#: Dots per inch of a figure on a page.
_DPI = 110


class _Answers(Output):
    answers: list[MeasureOutput]


def measure_apart(rows: Sequence[RowFiles], *, figure: bool = False) -> list[MeasureOutput]:
    """What :func:`surrogate.instruments.measuring.measure` reads of each row, from one process that may run out of
    memory or time.

    Args:
        rows: What belongs together: files of one pellet or of a cell, and what no file says.
        figure: Whether to draw the spectra with their fits, or the cycling.

    Raises:
        InvalidInput: In one sentence, for the first file that cannot be right.
    """
    head = [
        {
            "files": _list_sizes(row.files),
            "details": asdict(row.details),
            "written": list(row.written),
            "figure": figure,
        }
        for row in rows
    ]
    try:
        answer = work_apart(_measure_packed, _pack(head, [file for row in rows for file in row.files]))
    except InvalidInput as error:
        raise InvalidInput(error.message, hint=_strip_dashes(error.hint)) from None
    return _Answers.model_validate_json(answer).answers


def _strip_dashes(text: str) -> str:
    """A sentence that names an option of the command line, for where it is a field of that name: ``--mass "2 mg"``."""
    return re.sub(r"(?<!\S)--(?=[a-z])", "", text)


def _measure_packed(packed: bytes) -> bytes:
    """The answers to what :func:`measure_apart` packs, as JSON; for the process with bounds."""
    answers = []
    for files, row in _unpack(packed):
        reading = measure(files, Details(**row["details"]), row["written"])
        drawn = None
        if row["figure"] and (reading.spectra or reading.cycling):
            drawn = base64.b64encode(png(figure_of(reading), dpi=_DPI)).decode("ascii")
        warnings = tuple(_strip_dashes(warning) for warning in reading.warnings)
        answers.append(write_reading(replace(reading, warnings=warnings), figure_png=drawn))
    return _Answers(answers=answers).model_dump_json().encode()


def draw_apart(files: Sequence[InstrumentFile]) -> bytes:
    """A PNG of what files recorded, which needs neither mass nor pellet; raises :class:`InvalidInput` as above."""
    return work_apart(_draw_packed, _pack([{"files": _list_sizes(files)}], files))


def _draw_packed(packed: bytes) -> bytes:
    """The figure of what :func:`draw_apart` packs; for the process with bounds."""
    ((files, _),) = _unpack(packed)
    return png(figure_of(look_at(files)), dpi=_DPI)


def _list_sizes(files: Sequence[InstrumentFile]) -> list[tuple[str, int]]:
    return [(file.name, len(file.content)) for file in files]


def _pack(head: list[dict[str, Any]], files: Sequence[InstrumentFile]) -> bytes:
    """A line of JSON that says what follows, and the files one after the other."""
    return b"".join([json.dumps(head).encode(), b"\n", *(file.content for file in files)])


def _unpack(packed: bytes) -> Iterator[tuple[list[InstrumentFile], dict[str, Any]]]:
    head, _, rest = packed.partition(b"\n")
    place = 0
    for row in json.loads(head):
        files = []
        for name, size in row["files"]:
            files.append(check_file(name, rest[place : place + size]))
            place += size
        yield files, row


def check_name(name: str) -> str:
    """The last part of a name that came with a file; raises :class:`InvalidInput` for one that is none."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last or not last.isprintable() or len(last) > 200:
        raise InvalidInput("A file has no name that can be kept.", hint="Name it with up to 200 plain characters.")
    return last
