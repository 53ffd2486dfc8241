"""What the service answers, as typed dictionaries; the documentation of the service says what each field means.

A test compares them with the schemas of the service, field by field.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

#: An item as requests describe it; what comes back can be sent again.
Candidate = dict[str, Any]


class PropertyDescription(TypedDict):
    """One property that can be predicted, and whether a model of it is in service."""

    label: str
    symbol: str
    unit: str
    ucum: str
    scale: str
    subject: str
    minimum: float
    maximum: float
    between_papers: float
    meaning: str
    available: bool


class Field(TypedDict):
    """One field of a request: its unit, the values it may take, and whether it must be there."""

    description: str
    unit: str | None
    ucum: str | None
    type: str
    minimum: float | None
    maximum: float | None
    categories: list[str] | None
    required: bool


class Schema(TypedDict):
    """What can be asked: properties, and the fields of every part of a request."""

    properties: dict[str, PropertyDescription]
    inputs: dict[str, dict[str, Field]]
    families: dict[str, str]


class Reading(TypedDict):
    """How a composition was read; nothing of it was repaired."""

    composition: str
    reading: str
    formula: str
    reduced_formula: str
    amounts: dict[str, float]
    precursors: dict[str, float]
    molar_mass_g_per_mol: float
    family: str
    net_charge: float
    is_charge_neutral: bool
    oxidation_states: dict[str, float]
    warnings: list[str]
    notes: list[str]


class Interval(TypedDict):
    """Where the next reported value falls with probability level, in the unit of the property."""

    level: float
    low: float
    high: float


class Spread(TypedDict):
    """Mean and standard deviation of the prediction on the scale on which it is modelled."""

    mean: float
    std: float


class Domain(TypedDict):
    """Whether the model has seen anything like it: score 0 at the heart of the data, 1 at the border."""

    status: str
    score: float | None
    reasons: list[str]


class Neighbour(TypedDict):
    """A measurement near the candidate; value is in the unit of the property."""

    row_id: str
    distance: float
    value: float
    doi: str | None
    paper: str
    reference: str | None
    description: str
    tier: str | None
    fidelity: str
    quoted_in: str | None
    quoted_in_doi: str | None
    notice: str | None


class Model(TypedDict):
    """Which model answered; version and data hash make the answer reproducible."""

    name: str
    version: str
    alias: str
    data_sha256: str
    status: str
    reason: str


class PredictedProperty(TypedDict):
    """One predicted property. Exactly one of log10, logit and linear is there: the scale of the model."""

    unit: str
    ucum: str
    conditions: dict[str, float | int | str]
    median: float
    interval: Interval
    log10: NotRequired[Spread | None]
    logit: NotRequired[Spread | None]
    linear: NotRequired[Spread | None]
    domain: Domain
    neighbours: list[Neighbour]
    warnings: list[str]
    model: Model


class Fault(TypedDict):
    """One thing wrong with a request."""

    pointer: str
    code: str
    message: str
    hint: NotRequired[str]
    proposals: NotRequired[list[str]]


class Derived(TypedDict):
    """A quantity that follows from a predicted property and the recipe."""

    unit: str
    ucum: str
    median: float
    interval: Interval
    follows_from: str
    assumptions: list[str]


class PredictedItem(TypedDict):
    """The answer for one item: predictions, or the reason why there are none."""

    index: int
    id: str | None
    status: str
    properties: dict[str, PredictedProperty]
    derived: dict[str, Derived]
    domain: Domain | None
    warnings: list[str]
    errors: list[Fault]


class Effect(TypedDict):
    """How far one part of the description moves a prediction, in the unit of the effects."""

    part: str
    size: float
    factor: float | None
    share: float


class Compared(TypedDict):
    """What an explained prediction is compared with: measured rows of the same family or chemistry."""

    group: str
    rows: int
    papers: int


class PaperBehind(TypedDict):
    """A paper that a prediction rests on."""

    paper: str
    doi: str | None
    reference: str | None
    share: float
    rows: int
    value: float
    fidelity: str


class PapersBehind(TypedDict):
    """The papers that the trees of a model average over, the weightiest first."""

    trees_share: float
    named: list[PaperBehind]
    others: int
    others_share: float


class Explanation(TypedDict):
    """From what is usual in the family to what is predicted, part by part; effect_unit is decades or the unit."""

    unit: str
    ucum: str
    start: float
    prediction: float
    compared_with: Compared
    effect_unit: str
    effects: list[Effect]
    uses_physics: bool
    physics_share: float
    papers: PapersBehind
    warnings: list[str]
    model: Model


class ExplainedItem(TypedDict):
    """The answer for one item: explanations, or the reason why there are none."""

    index: int
    id: str | None
    status: str
    properties: dict[str, Explanation]
    warnings: list[str]
    errors: list[Fault]


class Suggestion(TypedDict):
    """One recipe to make next, and why."""

    number: int
    candidate: Candidate
    settings: dict[str, float | str]
    weigh_in_g: dict[str, float]
    predictions: dict[str, PredictedProperty]
    derived: dict[str, float]
    expected_gain: float
    exploit_share: float
    explore_share: float
    chance_of_success: float
    chance_of_thresholds: float
    binding: list[str]
    neighbours: list[Neighbour]
    reason: str
    warnings: list[str]
    is_replicate: bool


class Choice(TypedDict):
    """Which model speaks for a property after what was measured, and how well its intervals held."""

    winner: str
    n_measurements: int
    log_scores: dict[str, float | None]
    level: float
    cross_validated_coverage: float | None
    widened_by: float


class Stopping(TypedDict):
    """Whether going on is expected to be worth it."""

    stop: bool
    expected_gain: float
    smallest_worthwhile: float
    sentence: str


class Suggested(TypedDict):
    """A batch in the order of its choice."""

    space: str
    objective: str
    planner: str
    seed: int
    pool: int
    suggestions: list[Suggestion]
    models: dict[str, Choice]
    stopping: Stopping
    shared: dict[str, float | str]
    warnings: list[str]


class Recipe(TypedDict):
    """One designed recipe: what to set and weigh in, what is predicted, and the chance that each wish comes true."""

    number: int
    candidate: Candidate
    settings: dict[str, float | str]
    weigh_in_g: dict[str, float]
    predictions: dict[str, PredictedProperty]
    derived: dict[str, float]
    chances: dict[str, float]
    chance_of_all: float
    meets: bool
    binding: list[str]
    reason: str


class Designed(TypedDict):
    """Recipes, the most likely first; when none meets every wish, those that come nearest."""

    met: bool
    sentence: str
    standing_in_the_way: str | None
    space: str
    objective: str
    searched: int
    seed: int
    recipes: list[Recipe]
    warnings: list[str]


class ServedModel(TypedDict):
    """A model in service, with what must be known before it is trusted."""

    property: str
    model: Model
    loaded_at: str
    card: dict[str, Any] | None


class ModelFault(TypedDict):
    """A model that could not be loaded; its predecessor, if there was one, is still in service."""

    property: str
    reason: str


class Models(TypedDict):
    """Every model in service, and what is wrong with those that are not."""

    ready: bool
    models: list[ServedModel]
    faults: list[ModelFault]


class MeasuredValue(TypedDict):
    """One value that a laboratory reported or a simulation gave."""

    property: str
    unit: str
    value: float
    censoring: str
    uncertainty: float | None
    fidelity: str
    tier: str | None
    conditions: dict[str, float | int | str]


class Citation(TypedDict):
    """Where a value comes from."""

    paper: str
    doi: str | None
    url: str | None
    reference: str | None
    location: str | None
    duplicate_of: str | None
    quoted_in: str | None
    quoted_in_doi: str | None
    citation: str
    bibtex: str
    license: str | None


class CitedMeasurement(TypedDict):
    """Everything measured in one row of the tables, with its provenance."""

    row_id: str
    composition: str | None
    active_material: str | None
    values: list[MeasuredValue]
    source: Citation


class CampaignSummary(TypedDict):
    """A campaign at a glance."""

    id: str
    name: str
    objective: str
    space: str
    version: int
    created: str
    updated: str
    suggestions: dict[str, int]
    measurements: int
    failures: int
    trouble: str | None


class SuggestionRecord(TypedDict):
    """A suggestion of a campaign and its state; answer is what the planner said of it."""

    id: str
    number: int
    state: str
    reason: str
    candidate: Candidate
    settings: dict[str, float | str]
    weigh_in_g: dict[str, float]
    is_replicate: bool
    answer: dict[str, Any]
    asked: int
    assignee: str | None
    created: str
    updated: str
    lease_until: str


class Asked(TypedDict):
    """The batch of one ask."""

    suggestions: list[SuggestionRecord]
    report: dict[str, Any]
    version: int


class MeasurementRecord(TypedDict):
    """A result as it was told."""

    id: str
    number: int
    suggestion: str | None
    candidate: Candidate
    property: str | None
    value: float | None
    unit: str | None
    uncertainty: float | None
    censoring: str
    status: str
    reason: str
    replicate: int | None
    note: str | None
    replaces: str | None
    superseded_by: str | None
    created: str


class Told(TypedDict):
    """What one telling did."""

    measurements: list[MeasurementRecord]
    repeated: list[str]
    suggestions: list[SuggestionRecord]
    version: int


class Event(TypedDict):
    """One line of the history, which only grows."""

    number: int
    at: str
    kind: str
    suggestion: str | None
    measurement: str | None
    detail: dict[str, Any]


class CellFault(TypedDict):
    """Something about a sheet, with its place."""

    sheet: str
    row: int | None
    column: str | None
    cell: str | None
    message: str
    hint: str


class Sheet(TypedDict):
    """What a sheet says and what came of it: rows that can be right go on, the others stay behind with their faults."""

    dry_run: bool
    rows: list[str]
    told: list[str]
    repeated: list[str]
    moved: list[str]
    faults: list[CellFault]
    questions: list[CellFault]
    warnings: list[CellFault]
    notes: list[str]
    version: int
