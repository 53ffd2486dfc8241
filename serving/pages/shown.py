"""Suggestions and told results as pages show them: names, masses, bars, words."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import Any

from serving.pages import bars, words
from surrogate.campaign.lifecycle import FOLLOWS, OPEN
from surrogate.composition import parse_composition
from surrogate.composition.formula import formula_of
from surrogate.errors import CompositionError
from surrogate.properties import PROPERTIES
from surrogate.text import counted
from surrogate.wire.campaigns import EventOutput, MeasurementRecordOutput, SuggestionRecordOutput
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.predictions import PropertyOutput

_LONG = re.compile(r"\.\d{4}")
#: Kinds of events that the store writes for programs, for people.
_HAPPENED = {"measurement": "result", "failure": "result: it failed", "correction": "result corrected"}
#: How the names of models begin that a campaign fits to its own measurements.
_OWN = "campaign "
#: What a button says that moves a suggestion.
_MOVES = {"accepted": "Accept", "running": "Start", "failed": "Failed", "cancelled": "Cancel"}


def suggestion_shown(record: SuggestionRecordOutput) -> dict[str, Any]:
    """A suggestion with everything a page says of it; what the planner did not say is left out."""
    answer = record.answer
    return {
        "record": record,
        "name": name_of(record.candidate),
        "settings": words.listed({n: v for n, v in record.settings.items() if n != "electrolyte"}),
        "predictions": [_prediction(name, p) for name, p in answer.predictions.items() if name in PROPERTIES],
        "reason": answer.reason,
        "binding": [limit for limit in answer.binding if limit not in answer.reason],
        "warnings": answer.warnings,
        "neighbours": answer.neighbours,
        "shares": (answer.exploit_share, answer.explore_share) if answer.expected_gain else None,
        "is_open": record.state in OPEN,
        "moves": [(str(s), _MOVES[s]) for s in FOLLOWS[record.state] if s is not record.state],
        "total_g": sum(record.weigh_in_g.values()),
    }


def told_shown(record: MeasurementRecordOutput) -> dict[str, Any]:
    """A told result in words."""
    has_value = record.property in PROPERTIES and record.value is not None
    value = f"{record.censoring.sign}{words.quantity(record.value, record.property)}" if has_value else ""  # type: ignore[arg-type]
    return {"record": record, "name": name_of(record.candidate), "value": value}


def event_shown(event: EventOutput, result: MeasurementRecordOutput | None) -> dict[str, Any]:
    """A line of the history in words: what happened, and the result where one was told or corrected."""
    result_shown = told_shown(result) if result is not None and result.property is not None else None
    words_of = _HAPPENED.get(event.kind, event.kind)
    if event.kind == "asked" and "batch" in event.detail:
        words_of = f"asked for {counted(int(event.detail['batch']), 'recipe')}"
    more = [str(event.detail.get("reason") or "")]
    if result is not None and event.kind in _HAPPENED:
        more = [result.reason, result.note or ""]
        more += [f"corrects {result.replaces}"] if result.replaces and event.kind == "measurement" else []
        more += [f"by {result.superseded_by}"] if event.kind == "correction" else []
    return {"event": event, "what": words_of, "told": result_shown, "more": "; ".join(filter(None, more))}


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
    """A composition with three decimals where it has more; what is weighed in is exact."""
    if not _LONG.search(composition):
        return composition
    with suppress(CompositionError):
        return formula_of(parse_composition(composition).amounts, decimals=3)
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
