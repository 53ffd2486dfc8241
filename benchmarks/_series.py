"""Does a model order the recipes of a paper it has never seen? What a lab asks, beyond a small average error.

Works on the rows of an :class:`surrogate.models.evaluation.Evaluation` and the measurements they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.candidate.recipe import Electrolyte
from surrogate.candidate.settings import read

if TYPE_CHECKING:
    import pandas as pd

#: Differences on the scale that one laboratory cannot tell apart: a third of what papers differ by.
REPEATABILITY_SHARE = 1.0 / 3.0
#: A first pick is judged in papers with at least this many recipes.
MIN_RECIPES = 4


def _recipe_value(name: str) -> Callable[[Candidate], float | None]:
    def read_value(candidate: Candidate) -> float | None:
        subject = candidate.subject
        if not isinstance(subject, Electrolyte):
            return None
        recipe = subject.recipe
        values = {
            "heat_treatment_temperature_c": recipe.heat_treatment and recipe.heat_treatment.temperature_c,
            "milling_time_h": recipe.milling and recipe.milling.time_h,
            "wet_milling_time_h": recipe.wet_milling_time_h,
        }
        value = values[name]
        return value if isinstance(value, float | int) else None

    return read_value


#: The quantities whose trend within one paper and composition is judged.
VARIED: Mapping[str, Callable[[Candidate], float | None]] = {
    name: _recipe_value(name) for name in ("heat_treatment_temperature_c", "milling_time_h", "wet_milling_time_h")
}


def trends(rows: pd.DataFrame, measurements: Sequence[Measurement], noise: float) -> list[dict[str, Any]]:
    """One line per series (paper, composition, quantity varied): observed and predicted slope, and whether signs agree.

    A series counts when the quantity takes two values or more and the observed values span more than ``noise``. Slopes
    are rank correlations with the quantity, so a maximum in the middle counts as what its ends say.
    """
    lines = []
    for (paper, formula), part in _by_composition(rows, measurements).items():
        for quantity, read_value in VARIED.items():
            values = [read_value(measurements[int(i)].candidate) for i in part["row"]]
            setting = np.array(values, dtype=float)  # None → NaN
            is_stated = ~np.isnan(setting)
            x, value = setting[is_stated], part["value"].to_numpy(dtype=float)[is_stated]
            predicted = part["predicted"].to_numpy(dtype=float)[is_stated]
            if len(np.unique(x)) < 2 or np.ptp(value) <= noise:
                continue
            observed, expected = _slope(x, value), _slope(x, predicted)
            if abs(observed) < 0.3:
                continue  # no trend to speak of
            lines.append(
                {
                    "paper": paper,
                    "composition": formula,
                    "quantity": quantity,
                    "n": int(is_stated.sum()),
                    "observed": observed,
                    "predicted": expected,
                    "right": bool(np.sign(observed) == np.sign(expected)),
                }
            )
    return lines


def pair_order(
    rows: pd.DataFrame, noise: float, comparable: Callable[[int, int], bool] | None = None
) -> dict[str, float | int | None]:
    """The share of pairs within a paper that is ordered right, papers weighted equally.

    Args:
        rows: Of an evaluation.
        noise: Pairs that differ by less are not counted.
        comparable: Whether the measurements at two places make a pair; all of a paper do without it.
    """
    shares, pairs = [], 0
    for _, part in rows.groupby("paper"):
        value, predicted, place = (part[name].to_numpy() for name in ("value", "predicted", "row"))
        apart = value[:, None] - value[None, :]
        predicted_apart = predicted[:, None] - predicted[None, :]
        one, other = np.nonzero(np.triu(np.abs(apart) > noise, k=1))
        if comparable is not None:
            kept = np.array([comparable(int(place[i]), int(place[j])) for i, j in zip(one, other, strict=True)], bool)
            one, other = one[kept], other[kept]
        if len(one):
            right = np.sign(apart[one, other]) == np.sign(predicted_apart[one, other])
            shares.append(float((right + 0.5 * (np.abs(predicted_apart[one, other]) < 1e-12)).mean()))
            pairs += len(one)
    return {"share": float(np.mean(shares)) if shares else None, "n_pairs": pairs, "n_papers": len(shares)}


def differing_in_one(measurements: Sequence[Measurement]) -> Callable[[int, int], bool]:
    """Whether two measurements differ in one setting and no other, as an experiment that varies one factor does."""
    settings = [read(m.candidate) for m in measurements]

    def comparable(one: int, other: int) -> bool:
        here, there = settings[one], settings[other]
        return sum(here.get(name) != there.get(name) for name in here.keys() | there.keys()) == 1

    return comparable


def differing_in_furnace(measurements: Sequence[Measurement]) -> Callable[[int, int], bool]:
    """Whether two measurements are of one formula, heated to two temperatures."""
    heated = [_recipe_value("heat_treatment_temperature_c")(m.candidate) for m in measurements]

    def comparable(one: int, other: int) -> bool:
        here, there = (measurements[place].candidate.electrolyte for place in (one, other))
        stated = None not in (heated[one], heated[other]) and heated[one] != heated[other]
        return bool(stated and here and there and here.composition.pairs == there.composition.pairs)

    return comparable


def first_pick(rows: pd.DataFrame, *, log_scale: bool) -> dict[str, float | int | None]:
    """In each paper with at least four recipes: is the model's first pick in the paper's best quarter, and what share
    of the paper's best value does it reach (medians over papers)? ``chance`` is what picking blindly would give.
    """
    hits, chances, reached = [], [], []
    for _, part in rows.groupby("paper"):
        value = part["value"].to_numpy(dtype=float)
        if len(value) < MIN_RECIPES or np.ptp(value) <= 0:
            continue
        quarter = np.quantile(value, 0.75)
        predicted = part["predicted"].to_numpy(dtype=float)
        picks = np.flatnonzero(predicted >= predicted.max() - 1e-12)  # ties share the pick
        hits.append(float((value[picks] >= quarter).mean()))
        chances.append(float((value >= quarter).mean()))
        best, got = value.max(), float(value[picks].mean())
        reached.append(10 ** (got - best) if log_scale else got / best)
    if not hits:
        return {"hit": None, "chance": None, "reached": None, "n_papers": 0}
    return {
        "hit": float(np.mean(hits)),
        "chance": float(np.mean(chances)),
        "reached": float(np.median(reached)),
        "n_papers": len(hits),
    }


def mean_over_papers(values: ArrayLike, papers: ArrayLike) -> float:
    """The mean of ``values`` (n,) of ``papers`` (n,), every paper counting the same; NaN of no values."""
    numbers, names = np.asarray(values, dtype=float), np.asarray(papers)
    return float(np.mean([numbers[names == paper].mean() for paper in np.unique(names)])) if len(numbers) else np.nan


def _by_composition(rows: pd.DataFrame, measurements: Sequence[Measurement]) -> dict[tuple[str, str], pd.DataFrame]:
    formulas = [
        electrolyte.composition.reduced_formula if (electrolyte := measurements[int(i)].candidate.electrolyte) else ""
        for i in rows["row"]
    ]
    return {
        (str(paper), str(formula)): part
        for (paper, formula), part in rows.assign(formula=formulas).groupby(["paper", "formula"])
        if len(part) > 1 and formula
    }


def _slope(x: np.ndarray[Any, np.dtype[np.float64]], y: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Rank correlation; 0 where one of the two does not vary."""
    from scipy.stats import spearmanr

    if np.ptp(x) < 1e-12 or np.ptp(y) < 1e-12:
        return 0.0
    return float(spearmanr(x, y).statistic)
