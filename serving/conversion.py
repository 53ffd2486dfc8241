"""The one crossing between what travels (:mod:`surrogate.wire`) and what the library works with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from serving.errors import Refused, fault_of
from surrogate.active_material import ActiveMaterial, active_material
from surrogate.cell import Cell, Electrode, Mixing, Protocol
from surrogate.composition import Composition, parse_composition
from surrogate.design.energy import ENERGY_DENSITY, predicted_energy_density
from surrogate.errors import CellError, CompositionError, InvalidInput
from surrogate.measurement import Candidate, check_asked, check_reported
from surrogate.models.base import Domain, DomainStatus, ModelIdentity, Neighbour, Prediction
from surrogate.properties import Property, get_property
from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.wire.candidates import (
    MAX_COMPOSITION,
    ActiveMaterialInput,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    ProtocolInput,
)
from surrogate.wire.predictions import ModelOutput, NeighbourOutput, PropertyOutput

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


def described(made: Candidate) -> CandidateInput:
    """A candidate in the words of a request, so that a client can send it back: the inverse of :func:`candidate`."""
    protocol = _stated(
        ProtocolInput, **{item.name: getattr(made.protocol, item.name) for item in fields(made.protocol)}
    )
    if isinstance(made.subject, Cell):
        return CandidateInput(cell=_described_cell(made.subject), protocol=protocol)
    return CandidateInput(electrolyte=_described_electrolyte(made.subject), protocol=protocol)


def _stated(part: type[M], **fields_: Any) -> M:
    """``part`` with what was stated: what is unknown (``None``) or did not happen by default stays unsaid."""
    defaults = {name: described.get_default() for name, described in part.model_fields.items()}
    return part(**{name: value for name, value in fields_.items() if value is not None and value is not defaults[name]})


def _described_electrolyte(made: Electrolyte) -> ElectrolyteInput:
    recipe, milling, heat = made.recipe, made.recipe.milling or Milling(), made.recipe.heat_treatment or HeatTreatment()
    return _stated(
        ElectrolyteInput,
        composition=_written(made.composition),
        route=recipe.route,
        milling_time_h=milling.time_h,
        milling_speed_rpm=milling.speed_rpm,
        ball_to_powder_ratio=milling.ball_to_powder_ratio,
        mill=milling.mill,
        wet_milled=milling.wet or None,
        heat_treated=recipe.heat_treated,
        heat_treatment_temperature_c=heat.temperature_c,
        heat_treatment_time_h=heat.time_h,
        atmosphere=heat.atmosphere,
        solvent=recipe.solvent,
        wet_milling_time_h=recipe.wet_milling_time_h,
        solvent_exposed=recipe.solvent_exposed,
        remilled=recipe.remilled,
        form=recipe.form,
        densification=recipe.densification,
        pressure_mpa=recipe.pressure_mpa,
    )


def _written(composition: Composition) -> str:
    """The text of a composition if it says everything, else its formula (a variable may have had a value elsewhere)."""
    if len(composition.text) <= MAX_COMPOSITION:
        with suppress(CompositionError):
            if parse_composition(composition.text).pairs == composition.pairs:
                return composition.text
    return composition.formula


def _described_cell(made: Cell) -> CellInput:
    electrode, mixing = made.electrode, made.electrode.mixing
    material = {name: getattr(electrode.active_material, name) for name in ActiveMaterialInput.model_fields}
    return _stated(
        CellInput,
        electrode=_stated(
            ElectrodeInput,
            active_material=_stated(ActiveMaterialInput, **material),
            electrolyte=_described_electrolyte(electrode.electrolyte) if electrode.electrolyte else None,
            **electrode.weight_fractions,
            additive=electrode.additive,
            coating=electrode.coating,
            mixing_method=mixing.method,
            milling_time_min=mixing.time_min,
            milling_speed_rpm=mixing.speed_rpm,
            ball_to_powder_ratio=mixing.ball_to_powder_ratio,
            heat_treatment_temperature_c=electrode.heat_treatment_temperature_c,
            electrolyte_conductivity_s_per_cm=electrode.electrolyte_conductivity_s_per_cm,
            active_loading_mg_per_cm2=electrode.active_loading_mg_per_cm2,
        ),
        counter_electrode=made.counter_electrode,
        separator=_described_electrolyte(made.separator) if made.separator else None,
        separator_thickness_um=made.separator_thickness_um,
        fabrication_pressure_mpa=made.fabrication_pressure_mpa,
        stack_pressure_mpa=made.stack_pressure_mpa,
    )


def reading_warnings(made: Candidate) -> list[str]:
    """What was noticed about the compositions of a candidate while reading them."""
    found = [made.electrolyte] if made.electrolyte is not None else []
    if isinstance(made.subject, Cell) and made.subject.separator is not None:
        found.append(made.subject.separator)
    return list(dict.fromkeys(text for item in found for text in item.composition.warnings))


def prediction(made: Prediction, *, protocol: Protocol, alias: str) -> PropertyOutput:
    """A prediction as it is sent: nothing of it is left out. See :func:`predicted` for many."""
    prop, answered = get_property(made.property), model(made.model, alias=alias).model_dump()
    return PropertyOutput.model_validate(predicted(made, prop, conditions(protocol), answered))


def predicted(
    made: Prediction, prop: Property, stated: Mapping[str, Any], answered: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of a :class:`PropertyOutput`: the property, its model and the stated conditions are shared by many.

    A thousand of these are written out as they are: that there is a number in every place is made sure of here.
    """
    if not math.isfinite(made.median + made.interval.low + made.interval.high + made.scale_mean + made.scale_std):
        raise ArithmeticError(f"The model {made.model.name} {made.model.version} answers with NaN or infinity.")
    return {
        "unit": prop.unit,
        "ucum": prop.ucum,
        "conditions": stated,
        "median": made.median,
        "interval": vars(made.interval),
        prop.scale.value: {"mean": made.scale_mean, "std": made.scale_std},
        "domain": domain(made.domain),
        "neighbours": [vars(row) for row in made.neighbours],
        "warnings": made.warnings,
        "model": answered,
    }


def derived(candidate: Candidate, made: Prediction) -> dict[str, Any]:
    """The fields of a :class:`DerivedOutput` by quantity: what follows from a prediction and the recipe."""
    found = predicted_energy_density(candidate, made)
    if found is None:
        return {}
    return {
        ENERGY_DENSITY: {
            "unit": "Wh/kg",
            "ucum": "W.h/kg",
            "median": found.median,
            "interval": vars(found.interval),
            "follows_from": made.property,
            "assumptions": found.assumptions,
        }
    }


def neighbours(near: Iterable[Neighbour]) -> list[NeighbourOutput]:
    """Cited measurements as they are sent."""
    return [NeighbourOutput.model_validate(vars(row)) for row in near]


def domain(verdict: Domain) -> dict[str, Any]:
    """The fields of a :class:`DomainOutput`; a score without bound is left out, since JSON has no infinity."""
    score = verdict.score if math.isfinite(verdict.score) else None
    return {"status": verdict.status, "score": score, "reasons": verdict.reasons}


def worst_domain(verdicts: Mapping[str, Domain]) -> Domain | None:
    """The verdict of the property that is farthest from its data, with the reasons of all, each with its property."""
    if not verdicts:
        return None
    worst = max(verdicts.values(), key=lambda verdict: (_ORDER[verdict.status], verdict.score))
    reasons = tuple(f"{name}: {reason}" for name, verdict in verdicts.items() for reason in verdict.reasons)
    return Domain(status=worst.status, score=worst.score, reasons=reasons)


def model(identity: ModelIdentity, *, alias: str) -> ModelOutput:
    """A model's identity as it is sent."""
    return ModelOutput(**vars(identity), alias=alias)


def conditions(protocol: Protocol) -> dict[str, float | int | str]:
    """What was stated of a protocol, by field."""
    return {
        name: value.value if isinstance(value, Enum) else value
        for name, value in vars(protocol).items()
        if value is not None
    }
