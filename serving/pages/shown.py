"""Suggestions and told results as pages show them: names, masses, bars, words."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any

from serving.pages import bars, forms, words
from serving.pages.forms import Answers, Field
from surrogate.campaign.lifecycle import FOLLOWS, OPEN
from surrogate.candidate.settings import drop_empty_additive
from surrogate.composition import parse_composition
from surrogate.errors import CompositionError
from surrogate.planner.objective import Target
from surrogate.properties import PROPERTIES
from surrogate.text import counted, in_percent
from surrogate.wire.campaigns import EventOutput, MeasurementRecordOutput, SuggestionRecordOutput
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.design import RecipeOutput
from surrogate.wire.predictions import PropertyOutput
from surrogate.wire.problems import Fault
from surrogate.wire.suggestions import RecipeBase, SuggestionOutput

#: The field for how much is made of each recipe; masses on the page follow it.
MASS = Field(path="mass", label="Weigh in for", kind="number", unit="g", help="")
#: Kinds of events that the store writes for programs, for people.
_HAPPENED = {"measurement": "result", "failure": "result: it failed", "correction": "result corrected"}
#: How the names of models begin that a campaign fits to its own measurements.
_OWN = "campaign "
#: What a button says that moves a suggestion.
_MOVES = {"accepted": "Accept", "running": "Start", "failed": "Failed", "cancelled": "Cancel"}


def read_mass(answers: Answers) -> float | None:
    """How much of each recipe is to be weighed in, where that was typed; what cannot be is blamed."""
    mass = forms.read_fields([MASS], answers).get(MASS.path)
    if mass is not None and not 0.0 < mass <= 1e5:
        message = f"It is {mass:g} g; it must be above 0 and at most 100000 g."
        answers.blame(MASS.path, Fault(pointer="", code="mass", message=message, hint="Check the value."))
        return None
    return mass


def suggestion_shown(record: SuggestionRecordOutput, mass_g: float | None = None) -> dict[str, Any]:
    """List everything that a page says of a suggestion; what the planner did not say is left out.

    Args:
        record: The suggestion.
        mass_g: What is weighed in for it; as it was suggested when not given.
    """
    answer = record.answer
    return {
        **_recipe(record, answer, mass_g),
        "neighbours": answer.neighbours,
        "shares": (answer.exploit_share, answer.explore_share) if answer.expected_gain else None,
        "is_open": record.state in OPEN,
        "moves": [(str(s), _MOVES[s]) for s in FOLLOWS[record.state] if s is not record.state],
    }


def recipe_shown(recipe: SuggestionOutput | RecipeOutput, mass_g: float | None = None) -> dict[str, Any]:
    """List what a page says of a suggested or designed recipe that belongs to no campaign.

    Args:
        recipe: The recipe.
        mass_g: What is weighed in for it; as it was suggested when not given.
    """
    neighbours = recipe.neighbours if isinstance(recipe, SuggestionOutput) else []
    chances = [(Target.parse(wish).shown, in_percent(chance)) for wish, chance in recipe.chances.items()]
    return {**_recipe(recipe, recipe, mass_g), "neighbours": neighbours, "chances": chances}


def _recipe(recipe: SuggestionRecordOutput | RecipeBase, answer: Any, mass_g: float | None) -> dict[str, Any]:
    """What is to be set and weighed in, for ``mass_g`` altogether, and what ``answer`` says of it."""
    total_g = sum(recipe.weigh_in_g.values())
    factor = 1.0 if mass_g is None or total_g <= 0 else mass_g / total_g
    return {
        "record": recipe,
        "name": name_of(recipe.candidate),
        "settings": words.listed({n: v for n, v in drop_empty_additive(recipe.settings).items() if n != "electrolyte"}),
        "predictions": [_prediction(name, p) for name, p in answer.predictions.items() if name in PROPERTIES],
        "reason": answer.reason,
        "binding": [limit for limit in answer.binding if limit not in answer.reason],
        "warnings": answer.warnings,
        "weigh_in_g": {name: factor * mass for name, mass in recipe.weigh_in_g.items()},
        "total_g": factor * total_g,
    }


def told_shown(record: MeasurementRecordOutput) -> dict[str, Any]:
    """A told result in words."""
    has_value = record.property in PROPERTIES and record.value is not None
    value = f"{record.censoring.sign}{words.quantity(record.value, record.property)}" if has_value else ""  # type: ignore[arg-type]
    return {"record": record, "name": name_of(record.candidate), "value": value}


def event_shown(event: EventOutput, result: MeasurementRecordOutput | None, *, is_edit: bool) -> dict[str, Any]:
    """Write a line of the history in words.

    Args:
        event: What happened.
        result: That was told or corrected, where one was.
        is_edit: Whether a person edited a suggestion.
    """
    result_shown = told_shown(result) if result is not None and result.property is not None else None
    words_of = _HAPPENED.get(event.kind, event.kind)
    if event.kind == "asked" and "batch" in event.detail:
        words_of = f"asked for {counted(int(event.detail['batch']), 'recipe')}"
        if is_edit:
            words_of = "suggestion edited by hand"
    if event.kind == "changed":
        words_of = _changed(event)
    more = [str(event.detail.get("reason") or "")]
    if result is not None and event.kind in _HAPPENED:
        more = [result.reason, result.note or ""]
        more += [f"corrects {result.replaces}"] if result.replaces and event.kind == "measurement" else []
        more += [f"by {result.superseded_by}"] if event.kind == "correction" else []
    return {"event": event, "what": words_of, "told": result_shown, "more": "; ".join(filter(None, more))}


def _changed(event: EventOutput) -> str:
    """What of a campaign became another: ``changed: objective, batch``."""
    after = dict(event.detail.get("after") or {})
    if "archived" in after:
        return "put away" if after["archived"] else "taken back"
    return f"changed: {', '.join(after)}" if after else "changed"


def name_of(candidate: CandidateInput) -> str:
    """What a candidate is called: its composition, or its active material with the electrolyte."""
    if candidate.electrolyte is not None:
        return _short(candidate.electrolyte.composition)
    assert candidate.cell is not None  # the schema has made sure
    electrode = candidate.cell.electrode
    material = electrode.active_material
    active = material if isinstance(material, str) else material.text
    return f"{active} with {_short(electrode.electrolyte.composition)}" if electrode.electrolyte else active


@lru_cache(maxsize=4096)
def _short(composition: str) -> str:
    """What a composition is called; what is weighed in is exact."""
    with suppress(CompositionError):
        return parse_composition(composition).title
    return composition


def _prediction(name: str, output: PropertyOutput) -> dict[str, Any]:
    interval = output.interval
    return {
        "name": name,
        "prop": PROPERTIES[name],
        "median": output.median,
        "level": interval.level,
        "span": words.span(interval.low, interval.high, name),
        "bar": bars.bar(name, output.median, interval.low, interval.high, level=interval.level),
        "domain": output.domain,
        "model": output.model,
        "own": output.model.name.startswith(_OWN),
    }
