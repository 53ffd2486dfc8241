"""What the library answers, as it travels: predictions with their items, suggestions, designed recipes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from surrogate.candidate.cell import Cell, Protocol
from surrogate.candidate.measurement import Candidate, Source
from surrogate.candidate.spellings import KELVIN_RANGE_C, looks_like_kelvin
from surrogate.composition import Composition
from surrogate.datasets import bibtex, cite
from surrogate.models.base import Domain, DomainStatus, ModelIdentity, Neighbour, Prediction
from surrogate.models.encoding import describe
from surrogate.models.measured import MeasuredMaterial
from surrogate.planner.suggestion import Suggestion, SuggestionBatch
from surrogate.properties import Property, get_property
from surrogate.space.energy import ENERGY_DENSITY, FROM_PROPERTY, predicted_energy_density
from surrogate.wire.design import DesignResponse
from surrogate.wire.predictions import ModelOutput, PredictedItem, PropertyOutput
from surrogate.wire.suggestions import SuggestionOutput, SuggestResponse

if TYPE_CHECKING:
    from surrogate.planner.inverse import DesignAnswer, DesignedCandidate

#: The alias of the model that made the prediction of a property.
Aliases = Callable[[str, Prediction], str]

_OF_SOURCE = ("row_id", "paper", "doi", "reference", "quoted_in", "quoted_in_doi", "notice")
_ORDER = {status: place for place, status in enumerate(DomainStatus)}


def take_status(name: str, prediction: Prediction) -> str:
    """The alias of a model from a folder: its status."""
    return prediction.model.status.value


def write_model(identity: ModelIdentity, *, alias: str) -> ModelOutput:
    """A model's identity as it is sent.

    Args:
        identity: Of the model.
        alias: Under which it is in service.
    """
    return ModelOutput(**vars(identity), alias=alias)


def list_conditions(protocol: Protocol) -> dict[str, float | int | str]:
    """What was stated of a protocol, by field."""
    return {
        name: value.value if isinstance(value, Enum) else value
        for name, value in vars(protocol).items()
        if value is not None
    }


def prediction_fields(
    prediction: Prediction,
    prop: Property,
    conditions: Mapping[str, Any],
    model: Mapping[str, Any],
    *,
    measured: Mapping[str, Any] | None = None,
    citations: bool = False,
) -> dict[str, Any]:
    """The fields of a :class:`PropertyOutput`: the property, the conditions and the model are shared by many.

    A thousand of these are written out as they are: that there is a number in every place is made sure of here.

    Args:
        prediction: What a model says.
        prop: Its property.
        conditions: What was stated of the protocol.
        model: The fields of the model that answered.
        measured: The fields of a :class:`MeasuredOutput` where the tables hold the material.
        citations: Whether cited rows bring their citation.

    Raises:
        ArithmeticError: The model answers with NaN or infinity.
    """
    if not math.isfinite(
        prediction.median
        + prediction.interval.low
        + prediction.interval.high
        + prediction.scale_mean
        + prediction.scale_std
    ):
        raise ArithmeticError(
            f"The model {prediction.model.name} {prediction.model.version} answers with NaN or infinity."
        )
    spread = {"mean": prediction.scale_mean, "std": prediction.scale_std}
    before = prediction.without_own_rows
    return {
        "unit": prop.unit,
        "ucum": prop.ucum,
        "conditions": conditions,
        **({} if measured is None else {"measured": measured}),
        "median": prediction.median,
        "interval": vars(prediction.interval),
        "scale": spread,
        prop.scale.value: spread,
        "domain": _write_domain(prediction.domain),
        "neighbours": [_write_row(row, citations) for row in prediction.neighbours],
        "warnings": prediction.warnings,
        "model": model,
        **({} if before is None else {"without_own_rows": {**vars(before), "interval": vars(before.interval)}}),
    }


def measured_fields(
    material: MeasuredMaterial, candidate: Candidate, count: int, *, citations: bool = False
) -> dict[str, Any]:
    """The fields of a :class:`MeasuredOutput`.

    Args:
        material: What the tables hold of it.
        candidate: Its recipe orders the rows, the nearest first.
        count: How many rows are cited.
        citations: Whether each brings a line to cite and BibTeX.
    """
    measured = material.measured
    return {
        "sentence": measured.sentence,
        "values": len(measured.rows),
        "papers": measured.n_papers,
        "low": min(measured.values),
        "high": max(measured.values),
        "rows": [_write_row(row, citations) for row in material.nearest(candidate, count)],
    }


def _write_row(row: Neighbour, citations: bool) -> Mapping[str, Any]:
    """The fields of a :class:`NeighbourOutput`, with how the row is cited where ``citations`` are wanted."""
    if not citations:
        return vars(row)
    source = source_of(row)
    return {**vars(row), "citation": cite(source), "bibtex": bibtex([source])}


def source_of(row: Neighbour) -> Source:
    """Where the value of a cited row comes from."""
    return Source(**{name: getattr(row, name) for name in _OF_SOURCE})


def write_prediction(prediction: Prediction, protocol: Protocol, *, alias: str) -> PropertyOutput:
    """A prediction as it is sent: nothing of it is left out. See :func:`prediction_fields` for many.

    Args:
        prediction: What a model says.
        protocol: Under which conditions.
        alias: Under which the model is in service.
    """
    model = write_model(prediction.model, alias=alias).model_dump()
    return PropertyOutput.model_validate(
        prediction_fields(prediction, get_property(prediction.property), list_conditions(protocol), model)
    )


def derived_fields(candidate: Candidate, prediction: Prediction) -> dict[str, Any]:
    """The fields of a :class:`DerivedOutput` by quantity: what follows from a prediction and the recipe.

    Args:
        candidate: That was predicted.
        prediction: Of one property.
    """
    density = predicted_energy_density(candidate, prediction)
    if density is None:
        return {}
    return {
        ENERGY_DENSITY: {
            "unit": "Wh/kg",
            "ucum": "W.h/kg",
            "median": density.median,
            "interval": vars(density.interval),
            "follows_from": FROM_PROPERTY[ENERGY_DENSITY],
            "assumptions": density.assumptions,
        }
    }


def _write_domain(verdict: Domain) -> dict[str, Any]:
    """The fields of a :class:`DomainOutput`; a score without bound is left out, since JSON has no infinity."""
    score = verdict.score if math.isfinite(verdict.score) else None
    return {"status": verdict.status, "score": score, "reasons": verdict.reasons}


def worst_domain(verdicts: Mapping[str, Domain]) -> dict[str, Any] | None:
    """The verdict of the property that is farthest from its data, with the reasons of all, each with its property."""
    if not verdicts:
        return None
    worst = max(verdicts.values(), key=lambda verdict: (_ORDER[verdict.status], verdict.score))
    reasons = tuple(f"{name}: {reason}" for name, verdict in verdicts.items() for reason in verdict.reasons)
    return _write_domain(Domain(status=worst.status, score=worst.score, reasons=reasons))


def _list_compositions(candidate: Candidate) -> list[Composition]:
    subject = candidate.subject
    separator = subject.separator if isinstance(subject, Cell) else None
    return [part.composition for part in (candidate.electrolyte, separator) if part is not None]


def composition_warnings(candidate: Candidate) -> list[str]:
    """What was noticed while reading the compositions of a candidate."""
    return list(dict.fromkeys(text for composition in _list_compositions(candidate) for text in composition.warnings))


def _warn_of_kelvin(candidate: Candidate) -> list[str]:
    """A remark where a furnace or a measurement was stated in °C and looks like kelvin."""
    material = candidate.electrolyte
    treatment = None if material is None else material.recipe.heat_treatment
    stated = None if treatment is None else treatment.temperature_c
    meant = None if stated is None else looks_like_kelvin(stated)
    remarks = (
        [] if meant is None else [f"The heat treatment temperature is {stated:g} °C; {stated:g} K is {meant:g} °C."]
    )
    tested = candidate.protocol.temperature_c
    if tested is not None and KELVIN_RANGE_C[0] <= tested <= KELVIN_RANGE_C[1]:
        remarks.append(f"The measurement temperature is {tested:g} °C; {tested:g} K is {tested - 273.15:.4g} °C.")
    return remarks


def reading_fields(candidate: Candidate) -> dict[str, Any]:
    """How a candidate was read: in a line, its composition, what was noticed and assumed on the way."""
    material, compositions = candidate.electrolyte, _list_compositions(candidate)
    return {
        "description": describe(candidate),
        "reading": None if material is None else material.composition.reading,
        "warnings": [*composition_warnings(candidate), *_warn_of_kelvin(candidate)],
        "notes": [
            *dict.fromkeys(text for composition in compositions for text in composition.notes),
            *_say_what_an_atmosphere_means(candidate),
        ],
    }


def _say_what_an_atmosphere_means(candidate: Candidate) -> list[str]:
    """Whoever names the gas of a glovebox alone says more than was meant: the atmosphere is that of the furnace."""
    material = candidate.electrolyte
    treatment = None if material is None else material.recipe.heat_treatment
    if treatment is None or treatment.atmosphere is None or (treatment.temperature_c, treatment.time_h) != (None, None):
        return []
    return ["The atmosphere is that of the furnace, so the recipe counts as heat-treated."]


def write_item(
    index: int,
    candidate: Candidate,
    predictions: Mapping[str, Prediction],
    measured: Mapping[str, MeasuredMaterial],
    *,
    neighbours: int,
    citations: bool = False,
) -> PredictedItem:
    """A predicted candidate as it is sent.

    Args:
        index: Its place among the items.
        candidate: What was predicted.
        predictions: By property, of models from a folder.
        measured: By property, what the tables hold of its material.
        neighbours: How many of the measured rows are cited.
        citations: Whether cited rows bring their citation.
    """
    conditions = list_conditions(candidate.protocol)
    properties = {
        name: prediction_fields(
            prediction,
            get_property(name),
            conditions,
            write_model(prediction.model, alias=take_status(name, prediction)).model_dump(),
            measured=measured_fields(measured[name], candidate, neighbours, citations=citations)
            if name in measured
            else None,
            citations=citations,
        )
        for name, prediction in predictions.items()
    }
    derived = [derived_fields(candidate, prediction) for prediction in predictions.values()]
    return PredictedItem.model_validate(
        {
            "index": index,
            "id": None,
            "status": "ok",
            **reading_fields(candidate),
            "properties": properties,
            "derived": {name: fields for quantities in derived for name, fields in quantities.items()},
            "domain": worst_domain({name: prediction.domain for name, prediction in predictions.items()}),
            "errors": [],
        }
    )


def write_suggestion(suggestion: Suggestion, aliases: Aliases = take_status) -> SuggestionOutput:
    """A suggestion as it is sent.

    Args:
        suggestion: Of a planner.
        aliases: Give the alias of the model that made the prediction of a property.
    """
    fields = _write_recipe(suggestion, aliases)
    return SuggestionOutput.model_validate({**fields, "explore_share": suggestion.explore_share})


def write_batch(batch: SuggestionBatch, aliases: Aliases = take_status) -> SuggestResponse:
    """The whole answer of a planner as it is sent.

    Args:
        batch: The answer.
        aliases: Give the alias of the model that made the prediction of a property.
    """
    suggestions = [write_suggestion(suggestion, aliases) for suggestion in batch.suggestions]
    return SuggestResponse.model_validate(
        {**vars(batch), "exploit_share": batch.exploit_share, "suggestions": suggestions}
    )


def write_design(answer: DesignAnswer, aliases: Aliases = take_status) -> DesignResponse:
    """Designed recipes as they are sent.

    Args:
        answer: Of inverse design.
        aliases: Give the alias of the model that made the prediction of a property.
    """
    recipes = [
        {"warnings": composition_warnings(recipe.candidate), **_write_recipe(recipe, aliases)}
        for recipe in answer.recipes
    ]
    return DesignResponse.model_validate({**vars(answer), "recipes": recipes})


def _write_recipe(recipe: Suggestion | DesignedCandidate, aliases: Aliases) -> dict[str, Any]:
    """The fields of a recipe with how its composition was read, and its predictions as they are sent."""
    return {
        **composition_fields(recipe.candidate),
        **vars(recipe),
        "predictions": {
            name: write_prediction(prediction, recipe.candidate.protocol, alias=aliases(name, prediction))
            for name, prediction in recipe.predictions.items()
        },
    }


def composition_fields(candidate: Candidate) -> dict[str, Any]:
    """The fields of an answer about the composition of the electrolyte."""
    composition = None if candidate.electrolyte is None else candidate.electrolyte.composition
    return {
        "composition": None if composition is None else composition.text,
        "reading": None if composition is None else composition.reading,
        "notes": [] if composition is None else list(composition.notes),
    }
