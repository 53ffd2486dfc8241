"""What a row is a measurement of, told from its family, its formula and its type of record.

Models learn from lithium electrolytes and from cells. The other kinds are loaded and can be cited, and are told apart
here by what they are: a label of the table alone does not decide, since a glass may hold more sodium than lithium.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from surrogate.composition import Family, find_composition
from surrogate.datasets.tables import Row


class Kind(StrEnum):
    """What a row of the electrolyte or electrode tables describes."""

    SULFIDE = "sulfide electrolyte"
    GLASS = "sulfide glass"
    HALIDE = "halide electrolyte"
    ANTIPEROVSKITE = "antiperovskite"
    SODIUM = "sodium electrolyte"
    OXIDE = "oxide reference"
    COMPOSITE = "composite electrode"
    ACTIVE_MATERIAL = "active material"
    CELL = "cell"
    CONTROL = "control without active material"
    CONDUCTIVITY = "conductivity of a composite or separator"
    PROPERTY = "property of a material"


#: Kinds whose rows are no electrolytes and no cells.
NOT_ELECTROLYTES = frozenset({Kind.COMPOSITE, Kind.ACTIVE_MATERIAL})
#: Electrolytes of another field: loaded, not trained on.
OTHER_FIELDS = frozenset({Kind.SODIUM, Kind.OXIDE})

_BY_LABEL: Mapping[str, Kind] = MappingProxyType(
    {
        "composite_electrode": Kind.COMPOSITE,
        "active_material": Kind.ACTIVE_MATERIAL,
        "oxide_reference": Kind.OXIDE,
        "sodium_sulfide": Kind.SODIUM,
        "sodium_halide": Kind.SODIUM,
        "halide": Kind.HALIDE,
        "antiperovskite": Kind.ANTIPEROVSKITE,
    }
)
_BY_FAMILY: Mapping[Family, Kind] = MappingProxyType(
    {
        Family.oxide: Kind.OXIDE,
        Family.sodium_sulfide: Kind.SODIUM,
        Family.sodium_halide: Kind.SODIUM,
        Family.halide: Kind.HALIDE,
    }
)
_BY_RECORD: Mapping[str, Kind] = MappingProxyType(
    {
        "cell": Kind.CELL,
        "control": Kind.CONTROL,
        "conductivity_only": Kind.CONDUCTIVITY,
        "material_property": Kind.PROPERTY,
    }
)


def kind_of(row: Row) -> Kind:
    """What ``row`` is: of the electrode tables by its type of record, of the others by label and composition."""
    record = row.text("record_type")
    if record is not None:
        return _BY_RECORD.get(record, Kind.PROPERTY)
    kind = kind_of_label(row.text("family") or "") or kind_of_formula(row.text("composition_normalized"))
    if kind is not None:
        return kind
    return Kind.GLASS if row.text("form") in {"glass", "amorphous"} else Kind.SULFIDE


def kind_of_label(label: str) -> Kind | None:
    """The kind that a label of the table stands for, ``None`` for the families of lithium sulfides."""
    return _BY_LABEL.get(label)


def kind_of_formula(formula: str | None) -> Kind | None:
    """The kind of a composition, ``None`` for lithium sulfides and for what cannot be read.

    Any sodium makes it another field: mixed alkali glasses conduct neither ion as well as either alone.
    """
    composition = find_composition(formula)
    if composition is None:
        return None
    return _BY_FAMILY.get(composition.family) or (Kind.SODIUM if composition.amount("Na") > 0 else None)


def family_of_formula(formula: str | None) -> Family | None:
    """The family of a formula, ``None`` for an empty cell and for what cannot be read."""
    composition = find_composition(formula)
    return None if composition is None else composition.family
