"""The one crossing between what travels (:mod:`serving.schemas`) and what the library works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from enum import Enum

from pydantic import BaseModel

from serving.errors import Fault, fault_of
from serving.schemas.candidates import (
    ActiveMaterialInput,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    ProtocolInput,
)
from serving.schemas.predictions import (
    DomainOutput,
    IntervalOutput,
    ModelOutput,
    NeighbourOutput,
    PropertyOutput,
    Spread,
)
from surrogate.active_material import ActiveMaterial, active_material
from surrogate.cell import Cell, Electrode, Mixing, Protocol
from surrogate.composition import parse_composition
from surrogate.errors import CompositionError, InvalidInput
from surrogate.measurement import Candidate
from surrogate.models.base import Domain, DomainStatus, ModelIdentity, Prediction
from surrogate.properties import get_property
from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe


class Refused(Exception):
    """A candidate that the library refuses, with the place in the item that is to blame."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def candidate(given: CandidateInput) -> Candidate:
    """The candidate that was described; :class:`Refused` says what cannot be and where."""
    protocol = _protocol(given.protocol)
    if given.cell is not None:
        return Candidate(subject=_cell(given.cell), protocol=protocol)
    assert given.electrolyte is not None  # the schema has made sure
    return Candidate(subject=electrolyte(given.electrolyte, at="/electrolyte"), protocol=protocol)


def electrolyte(given: ElectrolyteInput, *, at: str) -> Electrolyte:
    """The electrolyte that was described at the pointer ``at``."""
    with _at(at, given):
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
        milling=None if milling == Milling() else milling,
        heat_treatment=None if heat_treatment == HeatTreatment() else heat_treatment,
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
    with _at("/cell", given):
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
    with _at(f"{at}/active_material", given):
        material = _active_material(given.active_material)
    with _at(at, given):
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
    with _at("/protocol", given):
        return Protocol(**given.model_dump())


@contextmanager
def _at(pointer: str, given: BaseModel) -> Iterator[None]:
    """Turn a refusal of the library into :class:`Refused`, at ``pointer`` or at the field its message starts with."""
    try:
        yield
    except InvalidInput as error:
        name = "composition" if isinstance(error, CompositionError) else error.message.split(" ", 1)[0]
        exact = f"{pointer}/{name}" if name in type(given).model_fields else pointer
        raise Refused(fault_of(error, exact)) from error


def reading_warnings(made: Candidate) -> list[str]:
    """What was noticed about the compositions of a candidate while reading them."""
    found = [made.electrolyte] if made.electrolyte is not None else []
    if isinstance(made.subject, Cell) and made.subject.separator is not None:
        found.append(made.subject.separator)
    return list(dict.fromkeys(text for item in found for text in item.composition.warnings))


def prediction(made: Prediction, *, protocol: Protocol, alias: str) -> PropertyOutput:
    """A prediction as it is sent: nothing of it is left out."""
    prop = get_property(made.property)
    spread = {prop.scale.value: Spread(mean=made.scale_mean, std=made.scale_std)}
    return PropertyOutput(
        unit=prop.unit,
        ucum=prop.ucum,
        conditions=conditions(protocol),
        median=made.median,
        interval=IntervalOutput(level=made.interval.level, low=made.interval.low, high=made.interval.high),
        **spread,
        domain=domain(made.domain),
        neighbours=[
            NeighbourOutput(**{name: getattr(near, name) for name in NeighbourOutput.model_fields})
            for near in made.neighbours
        ],
        warnings=list(made.warnings),
        model=model(made.model, alias=alias),
    )


def domain(verdict: Domain) -> DomainOutput:
    """A verdict as it is sent."""
    return DomainOutput(status=verdict.status, score=verdict.score, reasons=list(verdict.reasons))


def worst_domain(verdicts: Mapping[str, DomainOutput]) -> DomainOutput | None:
    """The verdict of the property that is farthest from its data, with the reasons of all, each with its property."""
    if not verdicts:
        return None
    order = list(DomainStatus)
    worst = max(verdicts.values(), key=lambda verdict: (order.index(verdict.status), verdict.score))
    reasons = [f"{name}: {reason}" for name, verdict in verdicts.items() for reason in verdict.reasons]
    return DomainOutput(status=worst.status, score=worst.score, reasons=reasons)


def model(identity: ModelIdentity, *, alias: str) -> ModelOutput:
    """A model's identity as it is sent."""
    given = {item.name: getattr(identity, item.name) for item in fields(identity)}
    return ModelOutput(**given, alias=alias)


def conditions(protocol: Protocol) -> dict[str, float | int | str]:
    """What was stated of a protocol, by field."""
    stated = {item.name: getattr(protocol, item.name) for item in fields(protocol)}
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in stated.items() if value is not None
    }
