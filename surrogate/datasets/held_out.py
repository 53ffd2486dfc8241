"""Tables of others, with the columns of the product's own: what can be judged in them, and why the rest cannot.

The product's own tables are read strictly, one fault refuses them. Here a row that cannot be read costs nothing but
itself, or only the property that the cell states, and is named by file, line and column; nothing is repaired.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from surrogate.candidate.measurement import Measurement
from surrogate.datasets.decisions import REPEATS
from surrogate.datasets.foreign import in_sentences, loosen, loosened
from surrogate.datasets.literature import (
    VALUE_COLUMNS,
    electrode_measurements,
    electrolyte_measurements,
    not_for_training,
)
from surrogate.datasets.own import scan_own
from surrogate.datasets.package import TABLE_OF, Resource, resource
from surrogate.datasets.splits import paper_name, without_duplicates
from surrogate.datasets.tables import Row, as_it_stands, composition_fault, scan_table
from surrogate.errors import Fault, InvalidInput, SurrogateError, TableError
from surrogate.properties import OwnProperty, Subject, get_property, own_properties

Reader = Callable[[Row, Collection[str]], list[Measurement]]

#: Why a row that has a fault is left out.
UNREADABLE = "cannot be read"

# Columns that concern some of the properties of their table; every other column concerns all of them.
_CONCERNS: Mapping[str, Collection[str]] = MappingProxyType(
    {
        **{column: (name,) for name, column in VALUE_COLUMNS.items()},
        "retention_cycles": ("capacity_retention",),
        "censored": tuple(set(VALUE_COLUMNS) - {"activation_energy", "electronic_conductivity"}),
    }
)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """What a table of others says of one property.

    ``left_out`` counts the rows that state the property and cannot be used, by reason, the most frequent first;
    ``faults`` are those of rows that cannot be read; ``unused`` are columns that the product's table does not have,
    ``absent`` those that it has and this one does not: their cells are gaps. ``notes`` say which words and numbers
    count as other or as not stated, by line.
    """

    measurements: tuple[Measurement, ...]
    left_out: Mapping[str, int]
    faults: tuple[Fault, ...] = ()
    unused: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_held_out(property: str, path: str | Path) -> HeldOut:
    """Read the measurements of ``property`` from a table of others; :func:`surrogate.datasets.load` reads our own.

    Args:
        property: Its name.
        path: Of the table.

    Raises:
        Unavailable: There is no file at ``path``.
        TableError: The file is no such table: no text, an open quote, or a missing column that every row needs.
        InvalidInput: The table has no rows.
    """
    path = Path(path)
    own = own_properties().get(property)
    if own is not None:
        return _read_own(own, path)
    cell = get_property(property).subject is Subject.CELL
    reader: Reader = electrode_measurements if cell else electrolyte_measurements
    shipped = resource(TABLE_OF[get_property(property).subject])
    described, unused = as_it_stands(path, loosened(_with_signs(shipped)))
    _check_material(path, described)
    rows, faults, remarks = _read_rows(path, described, unused)
    stated = [row for row in rows if _has_value(row, property, faults[row.line])]
    measurements: list[Measurement] = []
    reasons: Counter[str] = Counter()
    named: list[Fault] = []
    for row in stated:
        wrong = [fault for fault in faults[row.line] if property in _CONCERNS.get(fault.column or "", (property,))]
        reason = UNREADABLE if wrong else not_for_training(row, property)
        if not reason:
            try:
                measurements += [_unify_paper(m) for m in reader(row, (property,))]
            except SurrogateError as problem:
                reason, wrong = UNREADABLE, [row.fault(problem.message, hint=problem.hint)]
        reasons[reason] += 1
        named += wrong
    del reasons[""]
    return HeldOut(
        measurements=tuple(measurements),
        left_out=dict(reasons.most_common()),
        faults=tuple(named),
        unused=unused,
        absent=tuple(name for name in shipped.columns if name not in described.columns),
        notes=tuple(in_sentences(remarks, [name for name, column in described.columns.items() if column.allowed])),
    )


def _check_material(path: Path, described: Resource) -> None:
    """Refuse a table of which nobody knows what was measured."""
    if not {"composition", "composition_normalized", "active_material"} & described.columns.keys():
        fault = Fault(
            table=str(path),
            row=1,
            column="composition",
            message="The column is missing.",
            hint="Add it; every row needs it.",
        )
        raise TableError([fault])


def _read_own(entry: OwnProperty, path: Path) -> HeldOut:
    table = scan_own(entry, file=path)
    kept = without_duplicates(table.measurements)
    reasons = {
        REPEATS: len(table.measurements) - len(kept),
        UNREADABLE: len({fault.row for fault in table.faults}),
    }
    return HeldOut(
        measurements=tuple(_unify_paper(m) for m in kept),
        left_out={reason: count for reason, count in reasons.items() if count},
        faults=tuple(replace(fault, table=str(path)) for fault in table.faults),
        unused=table.unused,
    )


def _with_signs(described: Resource) -> Resource:
    """``described`` with the signs ``<``, ``>`` and ``~`` also in the electrode table, which is shipped with words."""
    column = described.columns["censored"]
    signs = tuple(sign for sign in ("<", ">", "~") if sign not in column.allowed)
    return described.with_columns({**described.columns, "censored": replace(column, allowed=(*column.allowed, *signs))})


def _read_rows(
    path: Path, described: Resource, unused: Collection[str]
) -> tuple[list[Row], Mapping[int, list[Fault]], list[Fault]]:
    """Every row, sound or not, the faults of each by its line, and those that cost nothing; faults of the file as a
    whole are raised.
    """
    table = scan_table(path, described)
    rows = sorted((*table.rows, *table.unsound), key=lambda row: row.line)
    faults: dict[int, list[Fault]] = {row.line: [] for row in rows}
    whole = []
    for fault in table.faults:
        if fault.row in faults:
            faults[fault.row].append(fault)
        elif fault.column is None or fault.column not in unused:  # a column that is left alone may stand there twice
            whole.append(fault)
    if whole:
        raise TableError(whole)
    if not rows:
        raise InvalidInput(f"{path} has no rows below its header.", hint="Give a table with the rows to judge.")
    formulas = [column for column in described.columns.values() if column.format == "composition"]
    for row in rows:
        faults[row.line] += filter(None, (composition_fault(row, column) for column in formulas))
    loose = [loosen(row, faults[row.line], described) for row in rows]
    kept = {part.row.line: list(part.faults) for part in loose}
    return [part.row for part in loose], kept, [remark for part in loose for remark in part.remarks]


def _has_value(row: Row, property: str, faults: Iterable[Fault]) -> bool:
    """Whether ``row`` has a value of ``property``, be it one that cannot be read; a line cut short may have any."""
    column = VALUE_COLUMNS[property]
    return not row.cells or row.number(column) is not None or any(fault.column == column for fault in faults)


def _unify_paper(measurement: Measurement) -> Measurement:
    """The same with the paper's name as everybody writes it, so that a paper counts once."""
    return replace(measurement, source=replace(measurement.source, paper=paper_name(measurement.source.paper)))
