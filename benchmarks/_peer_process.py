"""The peers of the suggestion benchmark, BayBE and Ax, as a program of an environment of their own.

They cannot live beside BentoML, so `make peers` gives them the environment `.venv-peers`, where this runs. It imports
nothing of this project. Every line on stdin is a request in JSON: the ``peer``, the inputs ``x`` (n, d), the places
``seen`` of the rows that were measured, their ``values`` (k, m) and more of it by peer. Every line on stdout is the
answer: the ``proposed`` rows (q, d) and the ``seconds`` they took, or the ``error``. Arrays travel as base64 of their
bytes, which keeps every bit. One process serves many requests, so that what was loaded stays loaded.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MANY_CELLS = 8000  # all pools of measured values have fewer


def encode(array: Array) -> dict[str, Any]:
    """An array as JSON."""
    array = np.ascontiguousarray(array, dtype=np.float64)
    return {"shape": array.shape, "bytes": base64.b64encode(array.tobytes()).decode("ascii")}


def decode(text: Mapping[str, Any]) -> Array:
    """The array that :func:`encode` wrote."""
    return np.frombuffer(base64.b64decode(text["bytes"])).reshape(text["shape"]).copy()


def propose_baybe(x: Array, request: Mapping[str, Any]) -> Array:
    """The next row by BayBE's default recommender over ``x`` as a discrete space; with ``other_x`` (k, d) and
    ``other_y`` (k, 1) by its own transfer learning, as values of another task.
    """
    import pandas as pd
    from baybe import Campaign
    from baybe.objectives import SingleTargetObjective
    from baybe.targets import NumericalTarget
    from baybe.utils.random import set_random_seed

    set_random_seed(request["seed"])
    rows, space = _make_space(x.shape, x.tobytes(), "other_x" in request)
    names = [f"x{i}" for i in range(rows.shape[1])]
    seen = request["seen"]
    measured = pd.DataFrame(rows[seen], columns=names).assign(y=decode(request["values"])[:, 0])
    if "other_x" in request:
        elsewhere = pd.DataFrame(_round_many(decode(request["other_x"]), len(rows)), columns=names)
        elsewhere = elsewhere.assign(y=decode(request["other_y"])[:, 0], task="elsewhere")
        measured = pd.concat([elsewhere, measured.assign(task="here")], ignore_index=True)
    objective = SingleTargetObjective(NumericalTarget("y"))
    campaign = Campaign(space, objective, allow_recommending_already_measured=False)
    if len(measured):
        campaign.add_measurements(measured)
    return np.asarray(campaign.recommend(1)[names].to_numpy(dtype=float))


def propose_baybe_batch(x: Array, request: Mapping[str, Any]) -> Array:
    """BayBE's next ``batch`` rows for several objectives, each ``minimised`` or not."""
    import pandas as pd
    from baybe import Campaign
    from baybe.objectives import ParetoObjective
    from baybe.targets import NumericalTarget

    rows, space = _make_space(x.shape, x.tobytes(), False)
    values, minimised = decode(request["values"]), request["minimised"]
    names, goals = [f"x{i}" for i in range(x.shape[1])], [f"y{i}" for i in range(len(minimised))]
    objective = ParetoObjective([NumericalTarget(n, minimize=down) for n, down in zip(goals, minimised, strict=True)])
    measured = pd.DataFrame(np.hstack([rows[request["seen"]], values]), columns=[*names, *goals])
    campaign = Campaign(space, objective, allow_recommending_already_measured=False)
    campaign.add_measurements(measured)
    return np.asarray(campaign.recommend(request["batch"])[names].to_numpy(dtype=float))


def propose_ax(x: Array, request: Mapping[str, Any]) -> Array:
    """The next point by Ax's client over the box of the inputs.

    The random starts count as Ax's own initialisation (no centre first), so that its model speaks from the first
    suggestion on.
    """
    import logging

    from ax.api.client import Client
    from ax.api.configs import RangeParameterConfig
    from ax.utils.common.logger import set_ax_logger_levels

    set_ax_logger_levels(logging.WARNING)
    names = [f"x{i}" for i in range(x.shape[1])]
    client = Client(random_seed=request["seed"])
    client.configure_experiment(
        [RangeParameterConfig(name=n, parameter_type="float", bounds=(0.0, 1.0)) for n in names]
    )
    client.configure_optimization(objective="y")
    client.configure_generation_strategy(initialize_with_center=False)
    for row, value in zip(request["seen"], decode(request["values"])[:, 0], strict=True):
        index = client.attach_trial(dict(zip(names, map(float, x[row]), strict=True)))
        client.complete_trial(index, raw_data={"y": float(value)})
    (proposed,) = client.get_next_trials(1).values()
    return np.array([[proposed[n] for n in names]], dtype=float)


PROPOSE: dict[str, Callable[[Array, Mapping[str, Any]], Array]] = {
    "baybe": propose_baybe,
    "baybe batch": propose_baybe_batch,
    "ax": propose_ax,
}


@lru_cache(maxsize=2)
def _make_space(shape: tuple[int, int], content: bytes, task: bool) -> tuple[Array, Any]:
    """The rows as BayBE sees them and its search space, made once per pool."""
    import pandas as pd
    from baybe.parameters import NumericalDiscreteParameter, TaskParameter
    from baybe.searchspace import SearchSpace

    x = _round_many(np.frombuffer(content).reshape(shape), shape[0])
    table = pd.DataFrame(x, columns=[f"x{i}" for i in range(shape[1])])
    parameters = [NumericalDiscreteParameter(n, sorted(set(table[n]))) for n in table]
    if task:
        parameters.append(TaskParameter("task", ["elsewhere", "here"], active_values=["here"]))
        table = table.assign(task="here")
    return x, SearchSpace.from_dataframe(table, parameters)


def _round_many(x: Array, rows: int) -> Array:
    """The inputs of a pool of many ``rows`` on a grid of 64 steps where it has many columns, since the time that BayBE
    takes to check its search space grows with rows times values.
    """
    return np.round(x * 64.0) / 64.0 if rows * x.shape[1] > _MANY_CELLS else x


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request; whatever goes wrong is told, with the line where it did."""
    x = decode(request["x"])
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the peers' own libraries; nobody reads them here
            proposed = PROPOSE[request["peer"]](x, request)
    except Exception as problem:
        last = traceback.extract_tb(problem.__traceback__)[-1]
        return {"error": f"{type(problem).__name__}: {problem} ({last.filename}, line {last.lineno})"}
    return {"proposed": encode(proposed), "seconds": time.perf_counter() - started}


def main() -> None:
    """Answer every line until there is no more; what the peers print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
