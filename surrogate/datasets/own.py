"""Tables of the user's own: one property of :func:`surrogate.properties.own_properties`, one csv file.

The columns are those of the product's own tables, as many of them as there are, under their names or under the names
that the TOML file maps to them. Needed are the material (``composition``, or ``active_material`` for a cell), the value
and ``paper``: which rows belong together, a publication or a batch of the lab, because whole papers are held out when a
model is judged. Other columns are left alone, unless their names look like a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from surrogate.candidate.measurement import CENSORING_SIGNS, Candidate, Censoring, Measurement, Tier
from surrogate.datasets.foreign import unknown_words, with_any_words
from surrogate.datasets.literature import TIERS, cell_candidate, electrolyte_candidate
from surrogate.datasets.package import TABLE_OF, Column, Resource, resource
from surrogate.datasets.sources import source_of
from surrogate.datasets.tables import SEE_CHECK, Row, Table, cells_of, parse_bound, scan_table
from surrogate.errors import CompositionError, ConfigError, Fault, SurrogateError, TableError, Unavailable
from surrogate.properties import OwnProperty, Subject

#: The column, in rows that were read, of the value itself.
VALUE = "value"
_PAPER = "paper"
_MATERIAL = {Subject.ELECTROLYTE: ("composition", "composition_normalized"), Subject.CELL: ("active_material",)}
#: How alike two names must be for one to be taken for a slip of the pen.
_ALIKE = 0.85


@dataclass(frozen=True, kw_only=True)
class OwnTable:
    """What was read of an own table: rows under the product's names of columns, and what they are measurements of.

    ``faults`` are all there are, also those of rows that describe something impossible; a row without a value is no
    measurement. ``unused`` are the columns left alone, and ``notes`` say how the file was read.
    """

    resource: Resource
    rows: tuple[Row, ...]
    measurements: tuple[Measurement, ...]
    faults: tuple[Fault, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()


def own_measurements(entry: OwnProperty) -> list[Measurement]:
    """Every measurement of ``entry`` in the order of its table.

    Rows without a value are left out. Raises :class:`Unavailable` for a file that is not there, :class:`ConfigError`
    for a column that is not, :class:`TableError` that lists every fault of the rows.
    """
    table = scan_own(entry)
    if table.faults:
        raise TableError(sorted(table.faults, key=lambda fault: fault.row or 0), hint=SEE_CHECK)
    if not table.measurements:
        raise ConfigError(
            f"The column '{entry.column}' of {table.resource.path} holds no value of {entry.property.name}.",
            hint="Fill it in, or name another column.",
        )
    return list(table.measurements)


def _read_measurement(row: Row, entry: OwnProperty) -> Measurement | Fault | None:
    """The measurement of a row, or the fault of one that describes something impossible; none without a value."""
    stated = row.text(VALUE)
    if stated is None:
        return None
    value, sign = parse_bound(stated)
    flag = row.text("censored") or ""
    try:
        return Measurement(
            property=entry.property.name,
            value=value,
            candidate=_make_candidate(row, entry.property.subject),
            source=source_of(row),
            tier=TIERS.get(row.text("source_type") or "", Tier.A),
            censoring=CENSORING_SIGNS.get(sign) or CENSORING_SIGNS.get(flag, Censoring.EXACT),
        )
    except SurrogateError as problem:
        return row.fault(problem.message, hint=problem.hint)


def scan_own(entry: OwnProperty, *, file: Path | None = None) -> OwnTable:
    """Read the sound rows of an own table, their measurements, and every fault.

    Args:
        entry: The property.
        file: Another file than that of the property.

    Raises:
        Unavailable: There is no file.
        ConfigError: A column is missing, or a name of a column leads nowhere.
    """
    path = file or entry.file
    header = _read_header(path, entry)
    named = {heading: name for name, heading in entry.columns.items()}
    schema = resource(TABLE_OF[entry.property.subject]).columns
    _check_mapping(entry, schema, header)
    meaning = {heading: named.get(heading, heading) for heading in header if heading != entry.column}
    names = {heading: name for heading, name in meaning.items() if name in schema}
    _check_needed(entry, path, set(names.values()))
    columns = {heading: replace(schema[name], name=heading) for heading, name in names.items()}
    unused = tuple(heading for heading in meaning if heading not in names)
    value = _make_value_column(entry)
    described = Resource(
        name=entry.property.name,
        path=path.name,
        columns=MappingProxyType(
            {**columns, entry.column: value, **{name: Column(name=name, kind="string", meaning="") for name in unused}}
        ),
        key=next((heading for heading, name in names.items() if name == "record_id"), None),
        paper_column=next(heading for heading, name in names.items() if name == _PAPER),
        of_others=True,
    )
    strange = unknown_words(scan_table(path, described).faults)
    described = with_any_words(described, strange)
    table = scan_table(path, described)
    slips = _find_slips(path.name, unused, schema, set(names.values()))
    rows = tuple(_rename(row, {**names, entry.column: VALUE}, entry) for row in table.rows)
    read = [_read_measurement(row, entry) for row in rows]
    impossible = [fault for fault in read if isinstance(fault, Fault)]
    return OwnTable(
        resource=described,
        rows=rows,
        measurements=tuple(measurement for measurement in read if isinstance(measurement, Measurement)),
        faults=(*slips, *table.faults, *_find_without_paper(table, described), *impossible),
        unused=unused,
        notes=(*table.notes, *strange.values()),
    )


def _make_candidate(row: Row, subject: Subject) -> Candidate:
    if subject is Subject.CELL:
        return cell_candidate(row)
    formula = row.text("composition_normalized") or row.text("composition")
    if formula is None:
        raise CompositionError("The row has a value but no composition.", hint="Fill in the composition.")
    return electrolyte_candidate(row, formula)


def _read_header(path: Path, entry: OwnProperty) -> list[str]:
    """The first line of the file; what is wrong with the file as a whole is said here."""
    if not path.is_file():
        raise Unavailable(
            f"There is no file '{path}' with the values of {entry.property.name}.",
            hint=f"Correct 'file' in {entry.described_in}; it is seen from there.",
        )
    names = {entry.column, *entry.columns.values(), _PAPER, *_MATERIAL[entry.property.subject]}
    read = cells_of(path, str(path), names, of_others=True)
    if read.fault is not None and not read.lines:
        raise ConfigError(f"{path} cannot be read as a table: {read.fault.message}", hint=read.fault.hint)
    header = read.header
    if entry.column not in header:
        raise ConfigError(
            f"{path} has no column '{entry.column}' for {entry.property.name}.",
            hint=_hint_nearest(entry.column, header),
        )
    return header


def _check_mapping(entry: OwnProperty, schema: Mapping[str, Column], header: list[str]) -> None:
    where = f"{entry.described_in}, [{entry.property.name}.columns]: "
    for name, heading in entry.columns.items():
        if name not in schema:
            raise ConfigError(f"{where}there is no column '{name}' in our tables.", hint=_hint_nearest(name, schema))
        if heading not in header:
            raise ConfigError(
                f"{where}{entry.file.name} has no column '{heading}'.", hint=_hint_nearest(heading, header)
            )


def _check_needed(entry: OwnProperty, path: Path, there: set[str]) -> None:
    material = _MATERIAL[entry.property.subject]
    if not there & set(material):
        raise ConfigError(
            f"{path} has no column '{material[0]}', so nobody knows what was measured.",
            hint=f'Rename yours, or map it: {material[0]} = "…" under [{entry.property.name}.columns].',
        )
    if _PAPER not in there:
        raise ConfigError(
            f"{path} has no column '{_PAPER}', which says what was made and measured together.",
            hint=f'Map your publication or batch: {_PAPER} = "…" under [{entry.property.name}.columns].',
        )


def _make_value_column(entry: OwnProperty) -> Column:
    prop = entry.property
    return Column(
        name=entry.column,
        kind="string",
        meaning=prop.meaning,
        unit=prop.unit,
        format="number-or-bound",
        minimum=prop.lower,
        maximum=prop.upper,
    )


def _find_slips(table: str, unused: tuple[str, ...], schema: Mapping[str, Column], there: set[str]) -> list[Fault]:
    """Columns that are nearly called like one of ours that is not there: leaving them alone would lose them."""
    faults = []
    for name in unused:
        near = get_close_matches(name, [column for column in schema if column not in there], n=1, cutoff=_ALIKE)
        if near:
            message = f"The column is not one of ours, but nearly '{near[0]}'."
            hint = "Rename it, or map it in the TOML file; rename it clearly if it is something else."
            faults.append(Fault(table=table, row=1, column=name, message=message, hint=hint))
    return faults


def _find_without_paper(table: Table, described: Resource) -> list[Fault]:
    column = described.paper_column or _PAPER
    return [
        row.fault("The cell is empty.", column=column, hint="Say which rows belong together.")
        for row in table.rows
        if row.text(column) is None
    ]


def _rename(row: Row, names: Mapping[str, str], entry: OwnProperty) -> Row:
    """The row under our names; one without an identifier is called after its property and line."""
    cells = {name: row.cells[heading] for heading, name in names.items()}
    cells.setdefault("record_id", f"{entry.property.name}-{row.line}")
    return Row(table=row.table, line=row.line, cells=cells)


def _hint_nearest(name: str, names: Mapping[str, Column] | list[str]) -> str:
    near = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"It has: {', '.join(list(names)[:12])}."
