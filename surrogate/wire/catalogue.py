"""What the service knows about: properties, fields, compositions, models in service, cited measurements."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from surrogate.candidate.measurement import Censoring, Fidelity
from surrogate.properties import Scale, Subject
from surrogate.wire.base import Input, Number, Output
from surrogate.wire.candidates import MAX_COMPOSITION
from surrogate.wire.predictions import ModelOutput

Shares = Annotated[dict[str, float], BeforeValidator(lambda value: dict(value) if isinstance(value, tuple) else value)]


class FieldOutput(Output):
    """One field of a request: its unit, the values it may take, and whether it must be there."""

    description: str
    unit: str | None
    ucum: str | None
    type: str
    minimum: float | None
    maximum: float | None
    categories: list[str] | None
    required: bool


class PropertyDescription(Output):
    """One property that can be predicted, and whether a model of it is in service."""

    label: str
    symbol: str
    unit: str
    ucum: str
    scale: Scale
    subject: Subject
    minimum: float
    maximum: float
    between_papers: float = Field(description="Spread between papers on the scale: no honest interval is narrower.")
    meaning: str
    available: bool


class SchemaResponse(Output):
    """What can be asked: properties, and the fields of every part of a request."""

    properties: dict[str, PropertyDescription]
    inputs: dict[str, dict[str, FieldOutput]]
    families: dict[str, str] = Field(description="Families of compositions and the rule that tells them apart.")


class CompositionRequest(Input):
    """One composition in any notation of the field."""

    composition: str = Field(min_length=1, max_length=MAX_COMPOSITION)
    x: Number | None = Field(
        default=None, ge=-100.0, le=100.0, description="Value of the variable x in the composition."
    )


class CompositionResponse(Output):
    """How a composition was read; nothing of it was repaired."""

    composition: str = Field(description="As it was written.", validation_alias=AliasChoices("composition", "text"))
    reading: str = Field(description="What to show: 75Li2S·25P2S5 → Li3PS4.")
    formula: str
    reduced_formula: str = Field(description="The same for every spelling of one composition.")
    amounts: dict[str, float]
    precursors: Shares = Field(description="Mole fractions of the components of a mixture.")
    molar_mass_g_per_mol: float
    family: str
    net_charge: float = Field(description="Sum of the formal charges in e per formula.")
    is_charge_neutral: bool
    oxidation_states: dict[str, float]
    warnings: list[str]
    notes: list[str]


class ServedModel(Output):
    """A model in service, with what must be known before it is trusted."""

    property: str
    model: ModelOutput
    loaded_at: str
    card: dict[str, Any] | None = Field(description="Kind, data, metrics against baselines, limits.")


class ModelFault(Output):
    """A model that could not be loaded; its predecessor, if there was one, is still in service."""

    property: str
    reason: str


class ModelsResponse(Output):
    """Every model in service, and what is wrong with those that are not."""

    ready: bool
    models: list[ServedModel]
    faults: list[ModelFault]


class MeasuredValue(Output):
    """One value that a laboratory reported or a simulation gave."""

    property: str
    unit: str
    value: float
    censoring: Censoring
    uncertainty: float | None = Field(description="One standard deviation on the scale of the property.")
    fidelity: Fidelity
    tier: str | None = Field(description="A: the paper itself was read … D: third hand.")
    conditions: dict[str, float | int | str]


class Citation(Output):
    """Where a value comes from."""

    paper: str
    doi: str | None
    url: str | None
    reference: str | None
    location: str | None
    duplicate_of: str | None
    quoted_in: str | None = Field(description="The work that quotes the value, where it was seen only there.")
    quoted_in_doi: str | None
    citation: str = Field(description="One line to cite: who reported the value, and who quoted it.")
    bibtex: str
    license: str = Field(description="Under what terms the value may be used, with what has to be told of its table.")


class MeasurementResponse(Output):
    """Everything measured in one row of the tables, with its provenance."""

    row_id: str
    composition: str | None = Field(description="How the composition of the electrolyte was read.")
    active_material: str | None
    values: list[MeasuredValue]
    source: Citation
