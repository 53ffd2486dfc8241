"""The registry of planners: one list for every interface, old names, and what an answer says of what ran."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any, get_args

import numpy as np
import pytest

from benchmarks._botorch import BOTORCH
from serving.campaigns import page as pages
from surrogate.beliefs.simulator import simulators
from surrogate.campaign import bayesian_planner
from surrogate.candidate.measurement import Measurement, Source
from surrogate.cli import campaigns, main, reporting
from surrogate.errors import Unavailable, UnknownName
from surrogate.planner.planners import ALIASES, DEFAULT_PLANNER, OFFERED, PLANNERS, PlannerName, get_planner
from surrogate.planner.suggest import suggest
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import ready
from surrogate.wire.campaigns import AskInput
from surrogate.wire.suggestions import SuggestRequest

SIGMA = "ionic_conductivity"
MODELS = simulators([SIGMA])
SEVERAL = [f"maximise {SIGMA}", "minimise process_time_h"]


def history(space: DesignSpace, n: int) -> list[Measurement]:
    candidates = space.sample(n, 5).candidates
    values = 10.0 ** MODELS[SIGMA].posterior(candidates).mean
    return [
        Measurement(property=SIGMA, value=float(value), candidate=c, source=Source(row_id=str(i), paper="lab"))
        for i, (c, value) in enumerate(zip(candidates, values, strict=True))
    ]


def test_every_interface_offers_the_planners_of_the_registry_and_the_same_default() -> None:
    assert set(get_args(PlannerName)) == {*PLANNERS, *ALIASES}
    for request in (AskInput, SuggestRequest):
        field = request.model_fields["planner"]
        assert field.default == DEFAULT_PLANNER
        assert set(get_args(field.annotation)) == {*PLANNERS, *ALIASES}
        assert all(kind.meaning in str(field.description) for kind in PLANNERS.values())
    for command in (main.suggest, reporting.report, campaigns.ask, bayesian_planner, suggest):
        assert inspect.signature(command).parameters["planner"].default == DEFAULT_PLANNER
    for command in (main.suggest, reporting.report, campaigns.ask):
        option = inspect.signature(command, eval_str=True).parameters["planner"].annotation.__metadata__[0]
        assert OFFERED in option.help
    assert pages.PLANNERS is PLANNERS


@pytest.mark.parametrize("name", [*PLANNERS, *ALIASES])
def test_the_answer_names_what_chose(name: str) -> None:
    space = ready("argyrodite")

    def ran(n: int) -> str:
        measured = history(space, n)
        return suggest(
            space, f"maximise {SIGMA}", models=MODELS, measurements=measured, batch=1, pool=64, planner=name
        ).planner

    kind = get_planner(name)
    assert ran(6) == kind.name
    assert ran(2) == (DEFAULT_PLANNER if kind.least_measured else kind.name)


def test_an_old_name_has_the_answer_of_what_took_its_place() -> None:
    space = ready("argyrodite")

    def ask(planner: str) -> list[Any]:
        batch = suggest(space, SEVERAL, models=MODELS, measurements=history(space, 6), pool=64, planner=planner)
        return [batch.planner, *(dict(s.settings) for s in batch.suggestions)]

    assert ask("botorch") == ask("analytic")


def test_a_planner_whose_packages_are_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surrogate.planner.planners.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="'tpe' needs optuna"):
        suggest(ready("argyrodite"), f"maximise {SIGMA}", models=MODELS, planner="tpe")
    with pytest.raises(UnknownName, match="magic"):
        get_planner("magic")


def test_botorch_ranks_as_the_closed_form_does() -> None:
    """The reference: of what the closed form ranks highest, BoTorch's draws prefer nothing that is worth clearly less.

    Both estimate one expectation from a few draws, so the winners may differ, but not by more than their draws do.
    """
    from benchmarks._botorch import pick
    from surrogate.planner.acquisition import score
    from tests.unit.test_design_one_rule import MEASURED, acquisition_after, observations_of

    space = ready("argyrodite")
    pool = space.sample(200, 0)
    observations, _ = observations_of(space, pool, SEVERAL)
    encoded = observations.of_pool(pool)
    acquisition = acquisition_after(observations, encoded)
    rest = encoded.take(np.arange(MEASURED + 2, 200))
    values = score(acquisition, rest)
    shares = [np.exp(values[pick(rest, values, acquisition, seed=seed)] - values.max()) for seed in range(5)]
    assert np.median(shares) > 0.8
    assert BOTORCH.name not in PLANNERS


#: What a machine that serves may lack: a finder that refuses these names as if they were not installed.
_WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
"""


def test_suggestions_need_neither_torch_nor_gpytorch_nor_botorch() -> None:
    code = (
        _WITHOUT.format(blocked={"torch", "gpytorch", "botorch", "linear_operator"})
        + """
from tests.unit.test_design_inverse import MODELS
from surrogate.planner.inverse import design
from surrogate.planner.suggest import suggest
from surrogate.space.ready import ready
from surrogate.candidate.measurement import Measurement, Source
space = ready("argyrodite")
measured = [
    Measurement(property="ionic_conductivity", value=1e-3, candidate=c, source=Source(row_id=str(i), paper="p"))
    for i, c in enumerate(space.sample(12, 1).candidates)
]
wish = ["maximise ionic_conductivity", "minimise process_time_h"]
for planner in ("analytic", "random", "tpe"):
    assert len(suggest(space, wish, models=MODELS, measurements=measured, batch=2, pool=64, planner=planner)) == 2
assert design(space, ["ionic_conductivity >= 1e-6 S/cm"], models=MODELS, pool=64).recipes
assert not {"torch", "gpytorch", "botorch"} & set(sys.modules)
print("served")
"""
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "served", done.stderr
