"""Python, the command line, campaigns and HTTP ask the same question when nothing else is said."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from serving.http import conversion, examples
from serving.http.registry import FolderSource, Registry
from serving.suggestions.work import suggest as suggest_over_http
from surrogate.campaign import bayesian_planner
from surrogate.cli import campaigns, main
from surrogate.planner.planners import APART, BATCH, DEFAULT_PLANNER, MIN_DISTANCE, POOL
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready
from surrogate.wire.campaigns import AskInput, CampaignOutput
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.suggestions import SuggestRequest

SAID = {
    "batch": BATCH,
    "pool": POOL,
    "min_distance": MIN_DISTANCE,
    "replicate": False,
    "simulator": False,
    "planner": DEFAULT_PLANNER,
}


def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    found = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
    return {name: found[name] for name in SAID if name in found}


def test_every_door_has_the_same_defaults() -> None:
    of_a_campaign = {**SAID, "batch": None}  # the campaign says how many, and a new one says the same
    assert CampaignOutput.model_fields["batch"].default == SAID["batch"]
    assert (defaults(suggest), defaults(campaigns.ask)) == (SAID, of_a_campaign)
    assert {**SAID, **defaults(bayesian_planner)} == SAID
    for request, expected in ((SuggestRequest, SAID), (AskInput, of_a_campaign)):
        fields = request.model_fields
        assert {name: fields[name].default for name in SAID} == expected
    shown = defaults(main.suggest)
    assert shown == {**{name: SAID[name] for name in shown}, "min_distance": APART}


def test_without_a_prior_is_one_word_at_every_door_and_needs_no_model(tmp_path: Path) -> None:
    requests = [request.model_fields["without_prior"] for request in (SuggestRequest, AskInput)]
    commands = [inspect.signature(door).parameters["without_prior"] for door in (main.suggest, campaigns.ask)]
    assert [door.default for door in (*requests, *commands)] == [False] * 4
    registry = Registry(FolderSource(folder=tmp_path / "none"))
    registry.refresh()
    wish = {"space": "argyrodite", "objective": "maximise ionic_conductivity", "batch": 1, "pool": 64}
    answer = suggest_over_http(SuggestRequest(**wish, without_prior=True), registry.snapshot)
    (suggestion,) = answer.suggestions
    assert "nothing is known of ionic conductivity" in suggestion.reason
    same = suggest(ready("argyrodite"), "maximise ionic_conductivity", models={}, batch=1, pool=64)
    assert dict(suggestion.weigh_in_g) == dict(same.suggestions[0].weigh_in_g)
    with pytest.raises(Exception, match="No model is in service"):
        suggest_over_http(SuggestRequest(**wish), registry.snapshot)


def test_a_distance_can_be_asked_for_over_http(http: httpx.Client) -> None:
    asked = {**examples.SUGGEST["conductor"]["value"], "measured": [], "batch": 3, "min_distance": 0.8}
    answer = http.post("/v1/suggest", json=asked)
    assert answer.status_code == 200, answer.text
    space = ready("argyrodite")
    made = [conversion.build(CandidateInput(**s["candidate"])) for s in answer.json()["suggestions"]]
    x = space.encode(made)
    assert min(float(np.linalg.norm(x[i] - x[j])) for i in range(3) for j in range(i)) > 0.79
