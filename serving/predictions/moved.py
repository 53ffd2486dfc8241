"""What moved a prediction, as the page shows it: a list of bars with words, and the papers behind it.

An explanation takes longer than a prediction, so that it is asked for by its own link, ``why=<property>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from serving.http.errors import ProblemError
from serving.http.state import State
from serving.pages import words
from serving.pages.routing import problem_of
from serving.predictions import explanations as explanation
from surrogate.errors import SurrogateError
from surrogate.text import counted, effect
from surrogate.wire.explanations import EffectOutput, ExplainRequest, ExplanationOutput, PapersOutput
from surrogate.wire.predictions import PredictedItem

#: What a query names to have one property explained.
WHY = "why"
PAPERS = 5
#: Half of the width in per cent: bars begin in the middle and go left or right.
_MIDDLE = 50.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One effect: its bar from ``x`` over ``width``, in per cent, and what it does in words."""

    part: str
    words: str
    x: float
    width: float
    raises: bool


def link(typed: Mapping[str, str], name: str) -> str:
    """The address of the same prediction with ``name`` explained."""
    kept = {key: value for key, value in typed.items() if value.strip() and key not in ("do", WHY)}
    return f"/predict?{urlencode({**kept, WHY: name})}#why-{name}"


async def asked(
    name: str, body: Mapping[str, Any], items: Sequence[PredictedItem], state: State
) -> dict[str, dict[str, Any]]:
    """The explanation of property ``name`` of what was predicted, by its name; nothing where it was not predicted.

    What cannot be had now (the place is taken, it took too long) is said in its place: the prediction stands.
    """
    index = next((item.index for item in items if name in item.properties), None)
    if index is None:
        return {}
    request = ExplainRequest.model_validate({"items": [body["items"][index]], "properties": [name], "papers": PAPERS})
    try:
        answer = await state.explaining.run(explanation.explain, request, state.snapshot, state.library)
    except (ProblemError, SurrogateError) as error:
        status, detail, _ = problem_of(error)
        again = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        return {name: {"trouble": detail, "again": again}}
    return {name: _shown(name, answer.items[0].properties[name])}


def _shown(name: str, said: ExplanationOutput) -> dict[str, Any]:
    return {
        "trouble": "",
        "said": said,
        "start": words.quantity(said.start, name),
        "end": words.quantity(said.prediction, name),
        "steps": steps(name, said.effects),
        "physics": _physics(said),
        "papers": _papers(name, said.papers),
    }


def steps(name: str, effects: Sequence[EffectOutput]) -> list[Step]:
    """Effects as bars: the largest fills half of the width."""
    largest = max((abs(each.size) for each in effects), default=0.0) or 1.0
    found = []
    for each in effects:
        width = round(_MIDDLE * abs(each.size) / largest, 2)
        raises = each.size >= 0
        x = _MIDDLE if raises else round(_MIDDLE - width, 2)
        said = words.sentence(each.part)
        found.append(Step(part=said, words=effect(each.size, name), x=x, width=width, raises=raises))
    return found


def _physics(said: ExplanationOutput) -> str:
    if not said.uses_physics:
        return "The simulator has no share in it: it is no input of this model."
    return f"{words.percent(said.physics_share)} of what moved it came through the simulator."


def _papers(name: str, papers: PapersOutput) -> dict[str, Any]:
    named = [
        {"row": each, "share": words.percent(each.share), "value": words.quantity(each.value, name)}
        for each in papers.named
    ]
    others = f"{counted(papers.others, 'other paper')} {words.percent(papers.others_share)}" if papers.others else ""
    return {"named": named, "others": others, "trees": words.percent(papers.trees_share)}
