"""The one crossing between what travels (:mod:`surrogate.wire`) and what the library works with."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from serving.errors import Refused, fault_of
from surrogate.active_material import ActiveMaterial, active_material
from surrogate.cell import Cell, Electrode, Mixing, Protocol
from surrogate.composition import parse_composition
from surrogate.errors import CellError, CompositionError, InvalidInput
from surrogate.measurement import Candidate, check_asked, check_reported
from surrogate.models.base import DomainStatus
from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.wire.candidates import (
    ActiveMaterialInput,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    ProtocolInput,
)

M = TypeVar("M", bound=BaseModel)

_NO_MILLING, _NO_HEAT_TREATMENT = Milling(), HeatTreatment()
_ORDER = {status: place for place, status in enumerate(DomainStatus)}


def candidate(given: CandidateInput) -> Candidate:
    """The candidate that was described; :class:`Refused` says what cannot be and where."""
    protocol = _protocol(given.protocol)
    if given.cell is not None:
        return Candidate(subject=_cell(given.cell), protocol=protocol)
    assert given.electrolyte is not None  # the schema has made sure
    return Candidate(subject=electrolyte(given.electrolyte, at="/electrolyte"), protocol=protocol)


def asked(given: CandidateInput) -> Candidate:
    """:func:`candidate`, and a prediction can be asked for it; :class:`Refused` as there."""
    return _checked(candidate(given), check_asked)


def reported(given: CandidateInput) -> Candidate:
    """:func:`candidate`, and a laboratory can have made and measured it so; :class:`Refused` as there."""
    return _checked(candidate(given), check_reported)


def _checked(made: Candidate, check: Callable[[Candidate], None]) -> Candidate:
    """``made``, once ``check`` has let it pass; the fault is at the field that its message starts with."""
    try:
        check(made)
    except CellError as error:
        name = error.message.split(" ", 1)[0]
        part = "/protocol" if name in ProtocolInput.model_fields else "/cell/electrode"
        raise Refused(fault_of(error, f"{part}/{name}")) from error
    return made


def electrolyte(given: ElectrolyteInput, *, at: str) -> Electrolyte:
    """The electrolyte that was described at the pointer ``at``."""
    with _At(at, given):
        composition = parse_composition(given.composition, x=given.x)
        return Electrolyte(composition=composition, recipe=_recipe(given))


def _recipe(given: ElectrolyteInput) -> Recipe:
    milling = Milling(
        time_h=given.milling_time_h,
        speed_rpm=given.milling_speed_rpm,
        ball_to_powder_ratio=given.ball_to_powder_ratio,
        mill=given.mill,
        wet=bool(given.wet_milled),
    )
    heat_treatment = HeatTreatment(
        temperature_c=given.heat_treatment_temperature_c,
        time_h=given.heat_treatment_time_h,
        atmosphere=given.atmosphere,
    )
    return Recipe(
        route=given.route,
        milling=None if milling == _NO_MILLING else milling,
        heat_treatment=None if heat_treatment == _NO_HEAT_TREATMENT else heat_treatment,
        heat_treated=given.heat_treated,
        solvent=given.solvent,
        wet_milling_time_h=given.wet_milling_time_h,
        solvent_exposed=given.solvent_exposed,
        remilled=given.remilled,
        form=given.form,
        densification=given.densification,
        pressure_mpa=given.pressure_mpa,
    )


def _cell(given: CellInput) -> Cell:
    electrode = _electrode(given.electrode)
    separator = electrolyte(given.separator, at="/cell/separator") if given.separator else None
    with _At("/cell", given):
        return Cell(
            electrode=electrode,
            counter_electrode=given.counter_electrode,
            separator=separator,
            separator_thickness_um=given.separator_thickness_um,
            fabrication_pressure_mpa=given.fabrication_pressure_mpa,
            stack_pressure_mpa=given.stack_pressure_mpa,
        )


def _electrode(given: ElectrodeInput) -> Electrode:
    at = "/cell/electrode"
    inside = electrolyte(given.electrolyte, at=f"{at}/electrolyte") if given.electrolyte else None
    with _At(f"{at}/active_material", given):
        material = _active_material(given.active_material)
    with _At(at, given):
        return Electrode(
            active_material=material,
            electrolyte=inside,
            active_weight_fraction=given.active_weight_fraction,
            electrolyte_weight_fraction=given.electrolyte_weight_fraction,
            additive_weight_fraction=given.additive_weight_fraction,
            additive=given.additive,
            coating=given.coating,
            mixing=Mixing(
                method=given.mixing_method,
                time_min=given.milling_time_min,
                speed_rpm=given.milling_speed_rpm,
                ball_to_powder_ratio=given.ball_to_powder_ratio,
            ),
            heat_treatment_temperature_c=given.heat_treatment_temperature_c,
            electrolyte_conductivity_s_per_cm=given.electrolyte_conductivity_s_per_cm,
            active_loading_mg_per_cm2=given.active_loading_mg_per_cm2,
        )


def _active_material(given: str | ActiveMaterialInput) -> ActiveMaterial:
    return active_material(given) if isinstance(given, str) else ActiveMaterial(**given.model_dump())


def _protocol(given: ProtocolInput) -> Protocol:
    with _At("/protocol", given):
        return _same_protocol(tuple(vars(given).items()))


@lru_cache(maxsize=256)
def _same_protocol(stated: tuple[tuple[str, Any], ...]) -> Protocol:
    """One object for all items that are measured alike, as the items of a request mostly are."""
    return Protocol(**dict(stated))


class _At:
    """Turns a refusal of the library into :class:`Refused`, at ``pointer`` or at the field its message starts with.

    A class: entered for every part of every item, a generator would take longer than what is done inside.
    """

    __slots__ = ("_given", "_pointer")

    def __init__(self, pointer: str, given: BaseModel) -> None:
        self._pointer, self._given = pointer, given

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, InvalidInput):
            name = "composition" if isinstance(error, CompositionError) else error.message.split(" ", 1)[0]
            exact = f"{self._pointer}/{name}" if name in type(self._given).model_fields else self._pointer
            raise Refused(fault_of(error, exact)) from error
