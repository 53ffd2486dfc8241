"""A candidate of the library in the words of a request, so that what is answered can be sent back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator

from surrogate.cell import Cell
from surrogate.composition import Composition, parse_composition
from surrogate.errors import CompositionError
from surrogate.measurement import Candidate
from surrogate.recipe import Electrolyte, HeatTreatment, Milling
from surrogate.wire.candidates import (
    MAX_COMPOSITION,
    ActiveMaterialInput,
    CandidateInput,
    CellInput,
    ElectrodeInput,
    ElectrolyteInput,
    ProtocolInput,
)

M = TypeVar("M", bound=BaseModel)


def describe_candidate(made: Candidate) -> CandidateInput:
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


#: A candidate in an answer; one of the library is put into words.
Described = Annotated[
    CandidateInput, BeforeValidator(lambda value: describe_candidate(value) if isinstance(value, Candidate) else value)
]
