"""From the data folder to measurements: everything a table holds, or what a model of one property learns from."""

from __future__ import annotations

import enum
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surrogate.datasets.literature import (
    REPEATS,
    VALUE_COLUMNS,
    electrode_measurements,
    electrolyte_measurements,
    not_for_training,
)
from surrogate.datasets.own import own_measurements
from surrogate.datasets.package import DATA, read_package, resource
from surrogate.datasets.splits import without_duplicates
from surrogate.datasets.tables import SEE_CHECK, Row, read_table
from surrogate.errors import Fault, SurrogateError, TableError, Unavailable, UnknownName
from surrogate.measurement import Measurement
from surrogate.properties import Subject, get_property, own_properties

#: The other direction of the first cycle, where models borrow from it.
_COMPANION = MappingProxyType({"first_charge_capacity": "first_discharge_capacity"})

Reader = Callable[[Row], list[Measurement]]


def load_electrolytes(path: str | Path | None = None) -> list[Measurement]:
    """Every measurement of the electrolyte table at ``path`` (default: the bundled one), in the order of its rows.

    Conductivities, activation energies and electronic conductivities at any temperature, duplicates and other fields
    included; use :func:`load` for what a model may learn from. Raises :class:`TableError` that lists every fault.
    """
    return _measurements(_rows("electrolytes", path), electrolyte_measurements)


def load_electrodes(path: str | Path | None = None) -> list[Measurement]:
    """Every measurement of the electrode table at ``path``: first capacities per gram of active material, retention."""
    return _measurements(_rows("electrodes", path), electrode_measurements)


def load(property: str, *, data: str | Path | None = None) -> list[Measurement]:
    """What models of ``property`` learn from, in a fixed order: ``data`` is the folder, by default the bundled one.

    Rows that :func:`surrogate.datasets.literature.not_for_training` names are left out; :func:`left_out` counts them.
    A property of the user's own comes from the file that its description names, wherever ``data`` is.
    """
    own = own_properties().get(property)
    if own is not None:
        return without_duplicates(own_measurements(own))
    rows, reader = _property_rows(property, data)
    kept = [row for row in rows if not not_for_training(row, property)]
    return [m for m in _measurements(kept, reader, hint=SEE_CHECK) if m.property == property]


def load_companions(property: str, *, data: str | Path | None = None) -> list[Measurement]:
    """What a model of ``property`` may borrow from beside :func:`load`: for first charges the first discharges, which
    more papers state; nothing for other properties.
    """
    companion = _COMPANION.get(property)
    return [] if companion is None else load(companion, data=data)


def load_own(property: str) -> list[Measurement]:
    """Every measurement of a property of the user's own, repeats included; see :mod:`surrogate.datasets.own`.

    Raises :class:`UnknownName` for any other property; :func:`load` reads those of the product, too.
    """
    own = own_properties()
    if property not in own:
        raise UnknownName("property of your own", property, own)
    return own_measurements(own[property])


def left_out(property: str, *, data: str | Path | None = None) -> dict[str, int]:
    """How many stated values of ``property`` :func:`load` leaves out, by reason, the most frequent first."""
    own = own_properties().get(property)
    if own is not None:
        repeats = sum(m.source.duplicate_of is not None for m in own_measurements(own))
        return {REPEATS: repeats} if repeats else {}
    rows, _ = _property_rows(property, data)
    stated = (row for row in rows if row.number(VALUE_COLUMNS[property]) is not None)
    reasons = Counter(not_for_training(row, property) for row in stated)
    del reasons[""]
    return dict(reasons.most_common())


def sha256_of(measurements: Iterable[Measurement]) -> str:
    """The sha256 of the content of ``measurements`` in their order: the identity of what a model was trained on."""
    digest = hashlib.sha256()
    for measurement in measurements:
        line = json.dumps(_plain(measurement), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _rows(name: str, path: str | Path | None) -> list[Row]:
    described = resource(name)
    if path is None:
        return read_table(DATA / described.path, described, hint=SEE_CHECK)
    return read_table(Path(path), replace(described, path=str(path)))


def _property_rows(property: str, data: str | Path | None) -> tuple[list[Row], Reader]:
    folder = Path(data or DATA)
    if data is not None and not folder.is_dir():
        raise Unavailable(f"There is no data folder '{folder}'.", hint="Give the folder that holds datapackage.json.")
    cell = get_property(property).subject is Subject.CELL
    described = read_package(folder)["electrodes" if cell else "electrolytes"]
    reader: Reader = electrode_measurements if cell else electrolyte_measurements
    return read_table(folder / described.path, described, hint=SEE_CHECK), reader


def _measurements(rows: Sequence[Row], reader: Reader, *, hint: str = "") -> list[Measurement]:
    """The measurements of all rows; a row that describes something impossible becomes a fault with its line."""
    found: list[Measurement] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            found += reader(row)
        except SurrogateError as problem:
            faults.append(row.fault(problem.message, hint=problem.hint))
    if faults:
        raise TableError(faults, hint=hint)
    return found


def _plain(value: Any) -> Any:
    """``value`` as JSON types, dataclasses and mappings by name; floats by their shortest exact text."""
    if isinstance(value, enum.Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.compare}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
