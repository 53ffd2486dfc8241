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
from surrogate.report.sources import LEAST_NAMED
from surrogate.text import counted, effect, percent
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
    filled = {key: value for key, value in typed.items() if value.strip() and key not in ("do", WHY)}
    return f"/predict?{urlencode({**filled, WHY: name})}#why-{name}"


async def explain_property(
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
    return {name: _show(name, answer.items[0].properties[name])}


def _show(name: str, output: ExplanationOutput) -> dict[str, Any]:
    return {
        "trouble": "",
        "said": output,
        "start": words.quantity(output.start, name),
        "end": words.quantity(output.prediction, name),
        "steps": steps(name, output.effects),
        "physics": f"{percent(output.physics_share)} of what moved it came through the simulator."
        if output.uses_physics
        else "The simulator has no share in it: it is no input of this model.",
        "papers": _papers(name, output.papers),
    }


def steps(name: str, effects: Sequence[EffectOutput]) -> list[Step]:
    """Effects as bars: the largest fills half of the width."""
    largest = max((abs(item.size) for item in effects), default=0.0) or 1.0
    drawn = []
    for item in effects:
        width = round(_MIDDLE * abs(item.size) / largest, 2)
        raises = item.size >= 0
        x = _MIDDLE if raises else round(_MIDDLE - width, 2)
        part_words = words.sentence(item.part)
        drawn.append(Step(part=part_words, words=effect(item.size, name), x=x, width=width, raises=raises))
    return drawn


def _papers(name: str, papers: PapersOutput) -> dict[str, Any]:
    rows = [{"row": row, "share": percent(row.share), "value": words.quantity(row.value, name)} for row in papers.named]
    rest = f"{counted(papers.others, 'other paper')} {percent(papers.others_share)}" if papers.others else ""
    if papers.borrowed_share >= LEAST_NAMED:
        borrowed = f"cells of which only the discharge was measured {percent(papers.borrowed_share)}"
        rest = f"{rest}; {borrowed}" if rest else borrowed
    return {"named": rows, "others": rest, "trees": percent(papers.trees_share)}
