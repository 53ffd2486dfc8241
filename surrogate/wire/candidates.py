"""What predictions are asked for: an electrolyte or a cell, and how it is measured. Everything not known is left out.

The fields are those of :mod:`surrogate.candidate.fields`, each with its bounds and its meaning; what has parts of its
own (a composition and its variable, an electrode in a cell) is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, create_model, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from surrogate.candidate.field import MAX_TEXT
from surrogate.candidate.field import Field as Row
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Censoring
from surrogate.wire.base import Flag, Input, Number, Text, Whole

M = TypeVar("M", bound=Input)
#: Longest composition that is read.
MAX_COMPOSITION = 200
_KINDS: Mapping[str, Any] = {"number": Number, "whole": Whole, "flag": Flag, "text": Text}


def _rows(part: str, *path: str) -> list[Row]:
    """The rows of a part of a candidate that stand below ``path``, without compositions."""
    return [
        row
        for row in FIELDS.values()
        if row.part == part and row.kind != "composition" and row.path[: len(path)] == path
    ]


def _with_rows(
    rows: Iterable[Row], *, name_of: Callable[[Row], str] = lambda row: row.name
) -> Callable[[type[M]], type[M]]:
    """Give a part of a request the fields of the table that belong to it, each by its name there."""

    def complete(part: type[M]) -> type[M]:
        fields: dict[str, Any] = {name_of(row): _typed(row) for row in rows}
        return create_model(part.__name__, __base__=part, __doc__=part.__doc__, __module__=part.__module__, **fields)

    return complete


def _typed(row: Row) -> tuple[Any, Any]:
    """The type of a field and its description in the schema."""
    kind = _KINDS.get(row.kind, row.choices)
    if row.can_be_absent:
        kind = Annotated[str, Field(max_length=MAX_TEXT)]
    constraints: dict[str, Any] = {"description": row.meaning, "ge": row.low, "le": row.high}
    if row.kind == "whole":
        constraints |= {"ge": int(row.low or 0), "le": int(row.high or 0)}
    if row.formerly:
        constraints |= {
            "description": f"{row.meaning} Formerly {row.formerly}, which is still read, and still written in answers.",
            "validation_alias": AliasChoices(row.name, row.formerly),
            "serialization_alias": row.formerly,
        }
    return (
        (kind, Field(**constraints)) if row.default is ... else (kind | None, Field(default=row.default, **constraints))
    )


@_with_rows(_rows("electrolyte"))
class ElectrolyteInput(Input):
    """A solid electrolyte: its composition in any notation of the field, and how it was made."""

    composition: str = Field(
        min_length=1,
        max_length=MAX_COMPOSITION,
        description="Formula or mixture: Li6PS5Cl, 75Li2S·25P2S5, Li3PS4 + 10 wt% LiI, Li6-xPS5-xCl1+x with x.",
    )
    x: Number | None = Field(
        default=None, ge=-100.0, le=100.0, description="Value of the variable x in the composition."
    )


OF_A_MATERIAL = _rows("cell", "electrode", "active_material")


@_with_rows(OF_A_MATERIAL, name_of=lambda row: row.path[-1])
class ActiveMaterialInput(Input):
    """An active material that is not known by its formula."""

    if TYPE_CHECKING:
        text: str


@_with_rows(row for row in _rows("cell", "electrode") if row not in OF_A_MATERIAL)
class ElectrodeInput(Input):
    """A composite electrode: constituents by weight, mixing, coating."""

    model_config = ConfigDict(serialize_by_alias=True)

    active_material: Text | ActiveMaterialInput = Field(description="S, Li2S, TiS2, LiCoO2 …, or a description.")
    electrolyte: ElectrolyteInput | None = None
    _formerly: frozenset[str] = PrivateAttr(default=frozenset())

    @model_validator(mode="wrap")
    @classmethod
    def _keep_names(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Remember under which of two names a field came, so that a fault points at what is in the request."""
        part = handler(sent)
        older = FORMER.keys() & sent.keys() if isinstance(sent, dict) else frozenset()
        if older:
            part._formerly = frozenset(older)
        return part

    def name_sent(self, name: str) -> str:
        """What a field is called in the request that this was read from."""
        return next((older for older in self._formerly if FORMER[older] == name), name)


#: Older name of a field of an electrode → its name.
FORMER: Mapping[str, str] = {row.formerly: row.name for row in FIELDS.values() if row.formerly}


@_with_rows(row for row in _rows("cell") if len(row.path) == 1)
class CellInput(Input):
    """A cell as it was built."""

    electrode: ElectrodeInput
    separator: ElectrolyteInput | None = None


@_with_rows(_rows("protocol"))
class ProtocolInput(Input):
    """How it is measured; potentials are versus Li⁺/Li (add 0.62 V to those versus Li–In)."""


class CandidateInput(Input):
    """One thing to predict for: exactly one of ``electrolyte`` and ``cell``."""

    id: Text | None = Field(default=None, description="Yours; it comes back with the answer.")
    electrolyte: ElectrolyteInput | None = None
    cell: CellInput | None = None
    protocol: ProtocolInput = ProtocolInput()

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.electrolyte is None) == (self.cell is None):
            raise ValueError("Give either electrolyte or cell, not both and not neither.")
        return self


class MeasuredInput(CandidateInput):
    """A recipe that was made and measured; values by property and unit, as in ionic_conductivity_s_per_cm."""

    values: dict[Text, Number] = Field(min_length=1, max_length=10)
    censoring: Censoring = Field(default=Censoring.EXACT, description="below: the values are upper bounds.")
