"""Files of instruments from strangers, read and drawn in a process of its own with bounds on memory and time."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict

from surrogate.errors import InvalidInput
from surrogate.execution.isolated import work_apart
from surrogate.instruments.measuring import Details, measure
from surrogate.instruments.source import InstrumentFile, checked
from surrogate.report.figures.canvas import png
from surrogate.report.instruments import figure_of
from surrogate.wire.instruments import MeasureOutput, write_reading

#: Dots per inch of a figure on a page.
_DPI = 110


def measure_apart(
    files: Sequence[InstrumentFile], details: Details, written: Sequence[str] = (), *, figure: bool = False
) -> MeasureOutput:
    """What :func:`surrogate.instruments.measuring.measure` reads, from a process that may run out of memory or time.

    Args:
        files: Of one pellet, or of cells.
        details: What no file says.
        written: Resistances written out.
        figure: Whether to draw the spectra with their fits, or the cycling.

    Raises:
        InvalidInput: In one sentence, for the first file that cannot be right.
    """
    head = {
        "files": [{"name": file.name, "size": len(file.content)} for file in files],
        "details": asdict(details),
        "written": list(written),
        "figure": figure,
    }
    packed = b"".join([json.dumps(head).encode(), b"\n", *(file.content for file in files)])
    return MeasureOutput.model_validate_json(work_apart(measure_packed, packed))


def measure_packed(packed: bytes) -> bytes:
    """The answer to what :func:`measure_apart` packs, as JSON; for the process with bounds."""
    head, _, rest = packed.partition(b"\n")
    asked = json.loads(head)
    files = []
    for file in asked["files"]:
        content, rest = rest[: file["size"]], rest[file["size"] :]
        files.append(checked(file["name"], content))
    reading = measure(files, Details(**asked["details"]), asked["written"])
    drawn = None
    if asked["figure"] and (reading.spectra or reading.cycling):
        drawn = base64.b64encode(png(figure_of(reading), dpi=_DPI)).decode("ascii")
    return write_reading(reading, figure_png=drawn).model_dump_json().encode()


def check_name(name: str) -> str:
    """The last part of a name that came with a file; raises :class:`InvalidInput` for one that is none."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last or not last.isprintable() or len(last) > 200:
        raise InvalidInput("A file has no name that can be kept.", hint="Name it with up to 200 plain characters.")
    return last
