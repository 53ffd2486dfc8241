"""What predictions are asked for: an electrolyte or a cell, and how it is measured. Everything not known is left out.

The ranges are those of the nouns in :mod:`surrogate.recipe` and :mod:`surrogate.cell` (a test compares them), so that
the schema can state them.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from surrogate.active_material import Chemistry
from surrogate.cell import FirstStep, MixingMethod
from surrogate.recipe import ABSOLUTE_ZERO_C, Atmosphere, Densification, Form, Route
from surrogate.wire.base import Flag, Input, Number, Text, Whole

#: Longest composition that is read.
MAX_COMPOSITION = 200


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
    route: Route | None = Field(default=None, description="How the phase was formed.")
    milling_time_h: Number | None = Field(
        default=None, ge=0.0, le=2000.0, description="Synthesis milling, pauses excluded."
    )
    milling_speed_rpm: Number | None = Field(
        default=None, ge=1.0, le=5000.0, description="Comparable within one mill only."
    )
    ball_to_powder_ratio: Number | None = Field(default=None, ge=0.1, le=500.0, description="By weight.")
    mill: Text | None = Field(default=None, description="Make and model, or type, of the mill.")
    wet_milled: Flag | None = Field(default=None, description="Synthesis milling in a liquid.")
    heat_treated: Flag | None = Field(
        default=None, description="false: there was no heat treatment. Left out: not known."
    )
    heat_treatment_temperature_c: Number | None = Field(default=None, ge=20.0, le=1200.0, description="Highest hold.")
    heat_treatment_time_h: Number | None = Field(default=None, ge=0.0, le=5000.0, description="Time at that hold.")
    atmosphere: Atmosphere | None = Field(default=None, description="Around the powder in the furnace.")
    solvent: Text | None = Field(default=None, description="Solvent of a solution or liquid-phase route.")
    wet_milling_time_h: Number | None = Field(
        default=None, ge=0.0, le=2000.0, description="Milling of finished powder."
    )
    solvent_exposed: Flag = Field(default=False, description="Finished powder was in a solvent.")
    remilled: Flag = Field(default=False, description="Finished powder was milled again; milling fields describe that.")
    form: Form | None = Field(default=None, description="What came out, as far as diffraction says.")
    densification: Densification | None = Field(default=None, description="How the measured pellet was made dense.")
    pressure_mpa: Number | None = Field(default=None, ge=0.0, le=5000.0, description="Pressure on the pellet.")


class ActiveMaterialInput(Input):
    """An active material that is not known by its formula."""

    text: Text = Field(description="What it is called.")
    chemistry: Chemistry = Field(description="The class it belongs to.")
    theoretical_capacity_mah_per_g: Number | None = Field(default=None, ge=1.0, le=4500.0)
    starts_lithiated: Flag | None = Field(default=None, description="Whether it holds lithium when the cell is built.")


class ElectrodeInput(Input):
    """A composite electrode: constituents by weight, mixing, coating."""

    active_material: Text | ActiveMaterialInput = Field(description="S, Li2S, TiS2, LiCoO2 …, or a description.")
    electrolyte: ElectrolyteInput | None = None
    active_weight_fraction: Number | None = Field(default=None, ge=0.0, le=1.0)
    electrolyte_weight_fraction: Number | None = Field(default=None, ge=0.0, le=1.0)
    additive_weight_fraction: Number | None = Field(default=None, ge=0.0, le=1.0)
    additive: str | None = Field(default=None, max_length=200, description="Carbon, binder; empty: known to be none.")
    coating: str | None = Field(
        default=None, max_length=200, description="On the active material; empty: known to be bare."
    )
    mixing_method: MixingMethod | None = None
    milling_time_min: Number | None = Field(
        default=None, ge=0.0, le=100_000.0, description="0 means that no mill was used."
    )
    milling_speed_rpm: Number | None = Field(default=None, ge=1.0, le=5000.0)
    ball_to_powder_ratio: Number | None = Field(default=None, ge=0.1, le=500.0)
    heat_treatment_temperature_c: Number | None = Field(default=None, ge=20.0, le=1200.0)
    electrolyte_conductivity_s_per_cm: Number | None = Field(
        default=None, ge=1e-16, le=0.1, description="Of the powder."
    )
    active_loading_mg_per_cm2: Number | None = Field(default=None, ge=1e-4, le=1000.0)


class CellInput(Input):
    """A cell as it was built."""

    electrode: ElectrodeInput
    counter_electrode: Text | None = Field(default=None, description="Li, In, Li-In, graphite …")
    separator: ElectrolyteInput | None = None
    separator_thickness_um: Number | None = Field(default=None, ge=0.1, le=20_000.0)
    fabrication_pressure_mpa: Number | None = Field(default=None, ge=0.0, le=5000.0)
    stack_pressure_mpa: Number | None = Field(default=None, ge=0.0, le=2000.0)


class ProtocolInput(Input):
    """How it is measured; potentials are versus Li⁺/Li (add 0.62 V to those versus Li–In)."""

    temperature_c: Number | None = Field(default=None, ge=ABSOLUTE_ZERO_C, le=1200.0)
    voltage_min_v: Number | None = Field(default=None, ge=-1.0, le=6.0)
    voltage_max_v: Number | None = Field(default=None, ge=-1.0, le=6.0)
    current_ma_per_g: Number | None = Field(default=None, ge=1e-6, le=1e6, description="Per gram of active material.")
    current_ma_per_cm2: Number | None = Field(default=None, ge=1e-6, le=1e4)
    c_rate: Number | None = Field(default=None, ge=1e-5, le=1000.0)
    first_step: FirstStep | None = None
    cycles: Number | None = Field(default=None, ge=1.0, le=1e6, description="Number of cycles, for a retention.")
    reference_cycle: Whole | None = Field(
        default=None, ge=1, le=1_000_000, description="What retention is relative to."
    )


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
