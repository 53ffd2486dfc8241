"""THE table of fields: everything that can be said of a candidate, once, with its name, unit, bounds and meaning.

The rows stand beside the values they describe, in the other modules of this package; this gathers them. From the table
come settings, columns of sheets, requests, forms, checks and the reference. :func:`statements` takes a candidate apart
into values by name, :func:`assemble` puts one together, and every notation of a candidate is made from these two: what
one of them says, all can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_type_hints

from surrogate.candidate.active_material import ActiveMaterial, active_material
from surrogate.candidate.cell import Cell, Electrode, Protocol
from surrogate.candidate.field import Field
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte
from surrogate.errors import CellError, InvalidInput, SpaceError, UnknownName, about
from surrogate.properties import Subject

T = TypeVar("T")
#: Values by the names of their fields: numbers, texts, members of enumerations, compositions.
Statements = Mapping[str, Any]
#: Gives what was made for a key before, or makes it.
Once = Callable[[object, Callable[[], Any]], Any]


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """How a value object is put together: its own fields by attribute, and the value objects inside it.

    ``prefix`` stands before the names of its fields, for the second electrolyte of a cell. ``rows`` are all fields in
    it, ``names`` what they are called.
    """

    kind: type
    prefix: str
    leaves: tuple[tuple[str, Field], ...]
    branches: tuple[tuple[str, _Shape], ...]
    rows: tuple[Field, ...]
    names: frozenset[str]


def _shape(kind: type, part: str, path: tuple[str, ...] = (), prefix: str = "") -> _Shape:
    """The shape of ``kind``, whose fields are at ``path`` in their part of a candidate."""
    hints = get_type_hints(kind)
    leaves: list[tuple[str, Field]] = []
    branches: list[tuple[str, _Shape]] = []
    rows: list[Field] = []
    for item in fields(kind):
        at = (*path, item.name)
        types = (hints[item.name], *get_args(hints[item.name]))
        inner = [part_type for part_type in types if isinstance(part_type, type) and is_dataclass(part_type)]
        if "field" in item.metadata:
            default = ... if item.default is MISSING else item.default
            row: Field = item.metadata["field"]
            group = row.group or getattr(kind, "GROUP", "")
            complete = replace(row, part=part, path=at, default=default, group=group)
            leaves.append((item.name, _prefixed(complete, prefix) if prefix else complete))
            rows.append(leaves[-1][1])
        elif inner:
            within = "electrolyte" if inner[0] is Electrolyte and "prefix" not in item.metadata else part
            below = () if within != part else at
            branches.append((item.name, _shape(inner[0], within, below, item.metadata.get("prefix", prefix))))
            rows += branches[-1][1].rows
    return _Shape(
        kind=kind,
        prefix=prefix,
        leaves=tuple(leaves),
        branches=tuple(branches),
        rows=tuple(rows),
        names=frozenset(row.name for row in rows),
    )


def _prefixed(field: Field, prefix: str) -> Field:
    """A field of an electrolyte as one of the layer called ``prefix``."""
    title = prefix.capitalize()
    if field.kind == "composition":
        meaning = f"Electrolyte of the {prefix} layer."
        return replace(
            field, name=prefix, label=f"{title} composition", meaning=meaning, headers=(), group="Cell", unused=True
        )
    label = f"{title} {field.label[0].lower()}{field.label[1:]}"
    group = f"Recipe of the {prefix}"
    return replace(field, name=f"{prefix}_{field.name}", label=label, headers=(), group=group, rare=True, unused=True)


_SHAPES: Mapping[type, _Shape] = {
    Electrolyte: _shape(Electrolyte, "electrolyte"),
    Cell: _shape(Cell, "cell"),
    Protocol: _shape(Protocol, "protocol"),
}
#: Every field by its name: those of an electrolyte, of a cell and of a protocol.
FIELDS: Mapping[str, Field] = MappingProxyType(
    {field.name: field for shape in _SHAPES.values() for field in shape.rows}
)

#: What describes a heat treatment: a word for *not there* in one of these says that there was none.
HEAT_TREATMENT = ("heat_treatment_temperature_c", "heat_treatment_time_h")


#: What the letters of the field may stand for.
_LETTERS: Mapping[str, tuple[str, ...]] = {
    "T": ("temperature_c", "heat_treatment_temperature_c"),
    "t": ("heat_treatment_time_h", "milling_time_h"),
    "p": ("pressure_mpa", "stack_pressure_mpa"),
    "C": ("c_rate",),
}


def refuse_setting(name: str) -> UnknownName:
    """The error for a setting that there is not; words of the field lead to the settings they are headings of."""
    words = name.replace("_", " ").strip().casefold()
    meant = list(_LETTERS.get(name, ())) or [
        field.name
        for field in FIELDS.values()
        if any(heading == words or heading.startswith(f"{words} ") for heading in field.headers)
    ]
    return UnknownName("setting", name, FIELDS, meant=meant[:3], listed="'surrogate settings' lists them all.")


def statements(candidate: Candidate) -> dict[str, Any]:
    """Everything that is stated about a candidate, by name."""
    parts = (candidate.subject, candidate.protocol)
    return {name: value for part in parts for name, value in _values(_SHAPES[type(part)], part)}


def _values(shape: _Shape, value: object) -> Iterator[tuple[str, Any]]:
    for attribute, field in shape.leaves:
        entry = getattr(value, attribute)
        if entry is not None and entry is not field.default:
            yield field.name, entry
    for attribute, branch in shape.branches:
        part = getattr(value, attribute)
        if part is not None:
            yield from _values(branch, part)


def assemble(statements_by_name: Statements, subject: Subject, once: Once | None = None) -> Candidate:
    """Put the candidate together of which something is stated: the inverse of :func:`statements`.

    Args:
        statements_by_name: Values by the names of their fields.
        subject: Electrolyte or cell.
        once: Lets candidates share equal parts.

    Raises:
        InvalidInput: There can be no such candidate; the error names the field.
    """
    subject_value = _build(_SHAPES[Cell if subject is Subject.CELL else Electrolyte], statements_by_name, once)
    if subject_value is None:
        raise SpaceError(
            "Nothing says what the electrolyte is made of.",
            hint="Give a composition or electrolyte.",
            field="electrolyte",
        )
    return Candidate(subject=subject_value, protocol=_shared(_SHAPES[Protocol], statements_by_name, once) or Protocol())


_A_CELL = (
    "a cell, and a cell needs an active material",
    "Give active_material, such as TiS2, or leave out what belongs to a cell.",
)


def _build(shape: _Shape, entries: Statements, once: Once | None) -> Any:
    """The value object of a shape; ``None`` where nothing of it is stated."""
    values = {attribute: entries[field.name] for attribute, field in shape.leaves if field.name in entries}
    for attribute, branch in shape.branches:
        part = _shared(branch, entries, once)
        if part is not None:
            values[attribute] = part
    if shape.kind is ActiveMaterial and set(values) == {"text"}:
        with about("active_material"):
            return active_material(values["text"])
    if values:
        _check_needed(shape, values, entries)
    return shape.kind(**values) if values else None


#: What a value object cannot do without, what everything else describes, and the way out.
_NEEDED: Mapping[type, tuple[tuple[str, ...], str, str]] = {
    ActiveMaterial: (
        ("text", "chemistry"),
        "an active material, and its name or its chemistry is missing",
        "Give active_material and active_material_chemistry, or leave it out for a material that is known by name.",
    ),
    Electrolyte: (
        ("composition",),
        "an electrolyte, and its composition is missing",
        "Give its composition as {layer}, or leave out how it was made.",
    ),
    Electrode: (("active_material",), *_A_CELL),
    Cell: (("electrode",), *_A_CELL),
}


def _check_needed(shape: _Shape, values: Mapping[str, Any], entries: Statements) -> None:
    """Refuse fields of a thing that is not described itself, such as a separator without an electrolyte."""
    needed, owner, hint = _NEEDED.get(shape.kind, ((), "", ""))
    if all(attribute in values for attribute in needed):
        return
    whole = shape.kind in (Electrode, Cell)
    rows = [field for field in FIELDS.values() if field.part == "cell"] if whole else shape.rows
    name = next((row.name for row in rows if row.name in entries and row.path[-1] not in needed), None)
    if name is None:
        raise CellError("A cell needs an active material.", hint=hint, field="active_material")
    raise CellError(f"{name} describes {owner}.", hint=hint.format(layer=shape.prefix or "electrolyte"), field=name)


def _shared(shape: _Shape, entries: Statements, once: Once | None) -> Any:
    """The value object of a shape, one for all candidates that state the same of it."""
    if shape.names.isdisjoint(entries):
        return None
    if once is None or shape.kind is Electrode:
        return _within(shape, entries, once)
    values = [entries.get(field.name) for field in shape.rows]
    # Compositions count by identity: comparing their amounts takes longer than making a material.
    key = tuple(v if v is None or isinstance(v, float | int | str) else id(v) for v in values)
    return once((shape.kind, shape.prefix, key), lambda: _within(shape, entries, once))


def _within(shape: _Shape, entries: Statements, once: Once | None) -> Any:
    """As :func:`_build`; an error names the field as it is called in this part."""
    try:
        return _build(shape, entries, once)
    except InvalidInput as error:
        prefixed = f"{shape.prefix}_{error.field}"
        if shape.prefix and prefixed in FIELDS:
            error.rename(prefixed)
        raise
