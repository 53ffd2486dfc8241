"""What planners said of suggestions, as campaigns keep it, and back from what any earlier version has kept.

Versions before this one kept fewer fields, under other names. What was not kept is null or empty; what cannot be read
is left out and said so among the warnings of the answer, so that a campaign never stands still for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from surrogate.candidate.measurement import Candidate
from surrogate.properties import PROPERTIES
from surrogate.wire.answers import composition_fields, list_conditions
from surrogate.wire.base import Output
from surrogate.wire.suggestions import BatchOutput, SuggestionOutput

T = TypeVar("T", bound=Output)

#: What a planner says that says nothing.
_SILENT_SUGGESTION: Mapping[str, Any] = {
    **dict.fromkeys(("acquisition", "expected_gain", "exploit_share", "explore_share")),
    **dict.fromkeys(("chance_of_success", "chance_of_thresholds")),
    **{name: {} for name in ("predictions", "derived", "chances")},
    **{name: [] for name in ("binding", "warnings", "neighbours")},
    "reason": "",
}
_SILENT_BATCH: Mapping[str, Any] = {
    "planner": "custom",
    **dict.fromkeys(("pool", "exploit_share", "stopping")),
    **{name: {} for name in ("models", "shared")},
    "warnings": [],
}


def keep(answer: Output) -> dict[str, Any]:
    """An answer as plain data for the store, which keeps the candidate beside it."""
    return answer.model_dump(mode="json", exclude_unset=True, exclude={"candidate"})


#: Fields of a neighbour that the first version did not keep.
_LATER_FIELDS = dict.fromkeys(("reference", "tier", "quoted_in", "quoted_in_doi", "notice"))


def read_suggestion(
    stored: Mapping[str, Any],
    candidate: Candidate,
    *,
    number: int,
    settings: Mapping[str, float | str],
    weigh_in_g: Mapping[str, float],
    is_replicate: bool,
    strict: bool = False,
) -> SuggestionOutput:
    """Read the stored answer of a planner about one suggestion.

    Args:
        stored: From the store, of whatever version.
        candidate: To be made.
        number: Of the suggestion in its campaign.
        settings: To set, by name with its unit.
        weigh_in_g: Masses of the precursors.
        is_replicate: Whether it repeats a recipe on purpose.
        strict: Raise pydantic's ``ValidationError`` for a field that would be left out.
    """
    beside = {
        "candidate": candidate,
        "number": number,
        "settings": settings,
        "weigh_in_g": weigh_in_g,
        "is_replicate": is_replicate,
        **composition_fields(candidate),
    }
    answer = dict(stored)
    if isinstance(answer.get("predictions"), Mapping):
        conditions = list_conditions(candidate.protocol)
        answer["predictions"] = {
            name: _prediction(name, prediction, conditions) for name, prediction in answer["predictions"].items()
        }
    if isinstance(answer.get("neighbours"), list):
        answer["neighbours"] = [
            {**_LATER_FIELDS, **row} if isinstance(row, Mapping) else row for row in answer["neighbours"]
        ]
    return _read(SuggestionOutput, {**answer, **beside}, _SILENT_SUGGESTION, strict)


def read_report(stored: Mapping[str, Any], *, space: str, objective: str, seed: int) -> BatchOutput:
    """Read the stored answer of a planner about a batch as a whole.

    Args:
        stored: From the store, of whatever version.
        space: The name of the space.
        objective: In words.
        seed: Of the batch.
    """
    return _read(BatchOutput, {"space": space, "objective": objective, "seed": seed, **stored}, _SILENT_BATCH)


def _prediction(name: str, stored: Any, conditions: Mapping[str, Any]) -> Any:
    """A stored prediction with what the first version did not keep."""
    if not isinstance(stored, Mapping) or not isinstance(stored.get("model"), Mapping):
        return stored
    prop, model = PROPERTIES.get(name), stored["model"]
    scale = {} if prop is None or "scale" not in stored else {prop.scale.value: stored["scale"]}
    ucum = stored.get("unit") if prop is None else prop.ucum
    model = {"alias": model.get("status"), "reason": "", **model}
    return {"ucum": ucum, "conditions": conditions, "neighbours": [], **scale, **stored, "model": model}


def _read(kind: type[T], stored: Mapping[str, Any], silent: Mapping[str, Any], strict: bool = False) -> T:
    """Read ``stored`` as ``kind``; a field that cannot be read counts as missing."""
    fields = {**silent, **stored}
    try:
        return kind.model_validate(fields, extra="ignore")
    except ValidationError as error:
        unread = sorted({str(fault["loc"][0]) for fault in error.errors()})
        if strict or not set(unread) <= set(silent):
            raise
        warning = f"What was stored of {', '.join(unread)} cannot be read and is left out."
        fields |= {name: silent[name] for name in unread}
        return kind.model_validate({**fields, "warnings": [*fields["warnings"], warning]}, extra="ignore")
