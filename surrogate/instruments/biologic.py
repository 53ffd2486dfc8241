"""Files of BioLogic's EC-Lab and BT-Lab by column: text (.mpt), read here, and binary (.mpr), read by galvani.

The binary format is documented nowhere. The library that knows it has a licence (GPL-3.0-or-later) that this product
does not have, so it is an extra of its own, is loaded when a .mpr is read, and is not needed for anything else.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions, version
from weakref import WeakKeyDictionary

import numpy as np

from surrogate.errors import InvalidInput
from surrogate.instruments.source import FloatArray, InstrumentFile, read_number_rows

_MAGIC = b"BIO-LOGIC MODULAR FILE"


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Named columns of a file, of which those that are asked for become numbers."""

    file: str
    names: tuple[str, ...]
    instrument: str = "BioLogic"
    software: str = "EC-Lab"
    numbers: dict[str, FloatArray] = field(default_factory=dict)
    lines: Sequence[str] = ()
    first_line: int = 1

    def take(self, names: Sequence[str]) -> list[FloatArray]:
        """The columns called ``names``; :class:`InvalidInput` for a line that is cut short or holds no numbers."""
        if self.numbers:
            return [self.numbers[name] for name in names]
        places = [self.names.index(name) for name in names]
        return list(read_number_rows(self.lines, "\t", places, self.file, self.first_line).T)


#: What was read of a .mpr, which takes a second, while the file is held: readers first ask whether it is a spectrum.
_BINARY: WeakKeyDictionary[InstrumentFile, Columns] = WeakKeyDictionary()


def read_columns(file: InstrumentFile) -> Columns:
    """The columns of a .mpt or .mpr; :class:`InvalidInput` for a file that is neither."""
    if file.ending != ".mpr":
        return _read_text(file)
    if file not in _BINARY:
        if not file.content.startswith(_MAGIC):
            raise InvalidInput(f"'{file.name}' is no .mpr of EC-Lab.", hint="Is the ending right?")
        file.try_reader(_try_mpr)
        numbers, software = _read_mpr(file.content)
        _BINARY[file] = Columns(file=file.name, names=tuple(numbers), software=software, numbers=numbers)
    return _BINARY[file]


def _read_text(file: InstrumentFile) -> Columns:
    text = file.text()
    lines = text.splitlines()
    if not lines or not lines[0].startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")):
        raise InvalidInput(f"'{file.name}' is no text export of EC-Lab.", hint="Export it as text (.mpt) in EC-Lab.")
    header_count = re.search(r"Nb header lines\s*:\s*(\d+)", lines[1] if len(lines) > 1 else "")
    if header_count is None or not 3 <= int(header_count[1]) <= len(lines):
        raise InvalidInput(f"'{file.name}' ends within its header.", hint="Export it again.")
    count = int(header_count[1])
    device = re.search(r"^Device\s*:\s*(.+)$", text, re.MULTILINE)
    software = re.search(r"^((?:EC|BT)-Lab for windows v\S+)", text, re.MULTILINE | re.IGNORECASE)
    return Columns(
        file=file.name,
        names=tuple(name.strip() for name in lines[count - 1].split("\t") if name.strip()),
        instrument=f"BioLogic {device[1].strip()}" if device else "BioLogic",
        software=software[1] if software else "EC-Lab",
        lines=lines[count:],
        first_line=count + 1,
    )


def _try_mpr(content: bytes) -> None:
    """Read a .mpr and forget it; for a process with bounds."""
    _read_mpr(content)


def _read_mpr(content: bytes) -> tuple[dict[str, FloatArray], str]:
    try:
        from galvani import MPRfile
    except ImportError:
        raise InvalidInput(
            "A .mpr needs the library galvani, whose licence is the GPL.",
            hint="pip install 'sulfide-surrogate[instruments-gpl]', or export the file as text (.mpt) in EC-Lab.",
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library about columns that it does not know
            data = MPRfile(io.BytesIO(content)).data
    except MemoryError:
        raise
    except Exception:  # whatever the library stumbles over in bytes from a stranger
        raise InvalidInput(
            "The .mpr is damaged, cut short, or of an EC-Lab that galvani does not know.",
            hint="Export it as text (.mpt) in EC-Lab.",
        ) from None
    columns = {str(name): np.asarray(data[name], float) for name in data.dtype.names}
    package = packages_distributions().get("galvani", ["galvani"])[0]
    return columns, f"EC-Lab, read by {package} {version(package)}"
