"""From the data folder to measurements: everything a table holds, or what a model of one property learns from."""

from __future__ import annotations

import enum
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surrogate.candidate.measurement import Measurement
from surrogate.datasets.decisions import REPEATS, excluded_rows, paper_names
from surrogate.datasets.literature import (
    VALUE_COLUMNS,
    electrode_measurements,
    electrolyte_measurements,
    not_for_training,
)
from surrogate.datasets.obelix import obelix_measurement
from surrogate.datasets.own import own_measurements
from surrogate.datasets.package import DATA, TABLE_OF, Resource, read_package, resource
from surrogate.datasets.splits import without_duplicates
from surrogate.datasets.tables import SEE_CHECK, Row, read_table
from surrogate.errors import Fault, SurrogateError, TableError, Unavailable, UnknownName
from surrogate.properties import get_property, own_properties

#: What models borrow from: the other direction of the first cycle; conductivities and their slope over temperature.
_COMPANION = MappingProxyType(
    {
        "first_charge_capacity": "first_discharge_capacity",
        "ionic_conductivity": "activation_energy",
        "activation_energy": "ionic_conductivity",
    }
)

Reader = Callable[[Row], list[Measurement]]

#: How the rows of each kind of table become measurements.
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "electrolytes": electrolyte_measurements,
        "electrodes": electrode_measurements,
        "obelix": lambda row: [obelix_measurement(row)],
    }
)


def load_electrolytes(path: str | Path | None = None) -> list[Measurement]:
    """Every measurement of the electrolyte table at ``path`` (default: all that are bundled), in the order of its rows.

    Conductivities, activation energies and electronic conductivities at any temperature, duplicates and other fields
    included; use :func:`load` for what a model may learn from. Raises :class:`TableError` that lists every fault.
    """
    return _all_of("electrolytes", path)


def load_electrodes(path: str | Path | None = None) -> list[Measurement]:
    """Every measurement of the electrode table at ``path``: first capacities per gram of active material, retention."""
    return _all_of("electrodes", path)


def load_all(data: str | Path | None = None) -> list[Measurement]:
    """Every measurement of every table of the folder ``data``: what can be cited, learnt from or not."""
    folder = Path(data or DATA)
    shipped = [m for name in READERS for m in _all_of(name, None, folder=folder)]
    own = [entry for entry in own_properties().values() if entry.file.is_file()]
    return [*shipped, *(measurement for entry in own for measurement in own_measurements(entry))]


def load(property: str, *, data: str | Path | None = None, without: Collection[str] = ()) -> list[Measurement]:
    """Load what models of a property learn from, in a fixed order.

    Rows that :func:`surrogate.datasets.literature.not_for_training` names are left out, as are those that a decision of
    the folder names (``decisions.csv``); :func:`left_out` counts them. A property of the user's own comes from the file
    that its description names, wherever ``data`` is.

    Args:
        property: Its name.
        data: The folder of tables; by default the bundled one.
        without: Names of tables in the package to leave out: ``without=["glasses"]``.

    Raises:
        UnknownName: There is no property of that name.
        TableError: A table has faults.
    """
    own = own_properties().get(property)
    if own is not None:
        return without_duplicates(own_measurements(own))
    excluded = excluded_rows(Path(data or DATA))
    names = paper_names(Path(data or DATA))
    measurements: list[Measurement] = []
    for described, rows in _property_rows(property, data, without):
        used = [row for row in rows if not _reason(row, property, excluded)]
        stated = [m for m in _measurements(used, described, hint=SEE_CHECK) if m.property == property]
        measurements += in_context(stated, described, names)
    return measurements


def load_trained(property: str, sha256: str, *, data: str | Path | None = None) -> tuple[list[Measurement], str]:
    """Load what a model was trained on, by the hash that it names.

    A model may have been built without some of the tables (:func:`load`). Where no choice of tables has that hash, the
    tables have changed since: then these are all of them, under their own hash.

    Args:
        property: Its name.
        sha256: Of the measurements, as the model names it.
        data: The folder of tables; by default the bundled one.

    Returns:
        The measurements, and their hash.
    """
    complete = load(property, data=data)
    hash_of_all = sha256_of(complete)
    if hash_of_all == sha256 or property in own_properties():
        return complete, hash_of_all
    names = [described.name for described in _tables_for(property, Path(data or DATA))]
    for count in range(1, len(names)):
        for without in combinations(names, count):
            part = load(property, data=data, without=without)
            if sha256_of(part) == sha256:
                return part, sha256
    return complete, hash_of_all


def load_companions(
    property: str, *, data: str | Path | None = None, without: Collection[str] = ()
) -> list[Measurement]:
    """Load what a model may borrow from beside :func:`load`.

    For first charges these are the first discharges, which more papers state; for ionic conductivities the activation
    energies, and the other way round; nothing for other properties.

    Args:
        property: That of the model.
        data: The folder of tables; by default the bundled one.
        without: Names of tables in the package to leave out.
    """
    companion = _COMPANION.get(property)
    return [] if companion is None else load(companion, data=data, without=without)


def load_own(property: str) -> list[Measurement]:
    """Every measurement of a property of the user's own, repeats included; see :mod:`surrogate.datasets.own`.

    Raises :class:`UnknownName` for any other property; :func:`load` reads those of the product, too.
    """
    own = own_properties()
    if property not in own:
        raise UnknownName("property of your own", property, own)
    return own_measurements(own[property])


def left_out(property: str, *, data: str | Path | None = None, without: Collection[str] = ()) -> dict[str, int]:
    """Count the stated values that :func:`load` leaves out, by reason, the most frequent first.

    Args:
        property: Its name.
        data: The folder of tables; by default the bundled one.
        without: Names of tables in the package that are not counted.
    """
    own = own_properties().get(property)
    if own is not None:
        repeats = sum(m.source.duplicate_of is not None for m in own_measurements(own))
        return {REPEATS: repeats} if repeats else {}
    excluded = excluded_rows(Path(data or DATA))
    tables = _property_rows(property, data, without)
    stated = (row for _, rows in tables for row in rows if row.number(VALUE_COLUMNS[property]) is not None)
    reasons = Counter(_reason(row, property, excluded) for row in stated)
    del reasons[""]
    return dict(reasons.most_common())


def sha256_of(measurements: Iterable[Measurement]) -> str:
    """The sha256 of the content of ``measurements`` in their order: the identity of what a model was trained on."""
    digest = hashlib.sha256()
    for measurement in measurements:
        line = json.dumps(_plain(measurement), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def tables_of(name: str, folder: Path) -> list[Resource]:
    """The tables of a folder whose rows are read in one way: there may be several files of one kind.

    Args:
        name: Of the kind.
        folder: With the tables.
    """
    return [described for described in read_package(folder).values() if described.table == name]


def _all_of(name: str, path: str | Path | None, *, folder: Path = DATA) -> list[Measurement]:
    if path is not None:
        described = replace(_shipped_at(name, Path(path)), path=str(path))
        return in_context(_measurements(read_table(Path(path), described), described), described, {})
    measurements: list[Measurement] = []
    for described in tables_of(name, folder):
        rows = read_table(folder / described.path, described, hint=SEE_CHECK)
        measurements += in_context(_measurements(rows, described), described, paper_names(folder))
    return measurements


def _shipped_at(name: str, path: Path) -> Resource:
    """The description of the shipped table at ``path``, else that of ``name``: a table keeps its notice when copied."""
    return next((r for r in tables_of(name, DATA) if r.path == f"{path.parent.name}/{path.name}"), resource(name))


def _property_rows(
    property: str, data: str | Path | None, without: Collection[str]
) -> list[tuple[Resource, list[Row]]]:
    folder = Path(data or DATA)
    if data is not None and not folder.is_dir():
        raise Unavailable(f"There is no data folder '{folder}'.", hint="Give the folder that holds datapackage.json.")
    described_tables = read_package(folder)
    for name in without:
        if name not in described_tables:
            raise UnknownName("table", name, described_tables)
    tables = [described for described in _tables_for(property, folder) if described.name not in without]
    return [(described, read_table(folder / described.path, described, hint=SEE_CHECK)) for described in tables]


def _tables_for(property: str, folder: Path) -> list[Resource]:
    """The tables of ``folder`` whose rows may state ``property``."""
    return tables_of(TABLE_OF[get_property(property).subject], folder)


def in_context(measurements: Sequence[Measurement], described: Resource, names: Mapping[str, str]) -> list[Measurement]:
    """Measurements with what their table and their folder say of them.

    Args:
        measurements: As the rows give them.
        described: The table, whose licence and notice they get.
        names: Another name of a paper → the one that was decided for.
    """
    in_table = [
        replace(
            m.source,
            licence=described.licence,
            notice=described.notice,
            paper=names.get(m.source.paper, m.source.paper),
        )
        for m in measurements
    ]
    return [replace(m, source=source) for m, source in zip(measurements, in_table, strict=True)]


def _reason(row: Row, property: str, excluded: Mapping[str, str]) -> str:
    """Why a row is not learnt from: what it is, or what was decided about it."""
    return not_for_training(row, property) or excluded.get(row.record_id, "")


def _measurements(rows: Sequence[Row], described: Resource, *, hint: str = "") -> list[Measurement]:
    """The measurements of all rows; a row that describes something impossible becomes a fault with its line."""
    reader = READERS[described.table]
    measurements: list[Measurement] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            measurements += reader(row)
        except SurrogateError as problem:
            faults.append(row.fault(problem.message, hint=problem.hint))
    if faults:
        raise TableError(faults, hint=hint)
    return measurements


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
