"""Chances of thresholds in terms of the models: the ceiling of each property, and how errors go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from surrogate.models.conditions import arrhenius
from surrogate.models.reliability import correlate_errors
from surrogate.planner.evidence import SIGMA
from surrogate.planner.objective import Target
from surrogate.planner.predictive import Ceiling, log_chance, log_joint
from surrogate.properties import Scale, get_property
from surrogate.space.design_space import DesignSpace
from surrogate.space.variables import Array


def ceiling_of(name: str, model: Any, space: DesignSpace, values: Array) -> Ceiling:
    """What the best value known of a property, in the literature or here, says of the next; none of others.

    Args:
        name: of the property.
        model: of the literature, whose rows are what was published; ``None`` for none.
        space: at whose temperature conductivities are compared.
        values: of the campaign on the scale of the property, (n,).
    """
    property = get_property(name)
    rows = getattr(model, "rows", ())
    if property.scale is Scale.LOGIT or not rows:
        return Ceiling()  # a few results of a campaign alone are no record of what nature allows
    published = np.asarray(property.to_scale(np.array([row.value for row in rows if row.value > 0.0])))
    temperature_c = space.fixed.get("temperature_c")
    if name == SIGMA and isinstance(temperature_c, int | float):
        published = arrhenius(np.full(len(published), float(temperature_c))).applied(published)
    return Ceiling.of(property, np.concatenate([published, values]))


def log_met(target: Target, mean: Array, std: Array, slope: Array | float, ceiling: Ceiling) -> Array:
    """log of the chance that a threshold is met, (n,), in terms of the property under it, which has the ceiling.

    Args:
        target: the threshold.
        mean: of the next value of the property, or of a quantity that needs none, on the scale, (n,).
        std: calibrated, (n,).
        slope: what the property is multiplied by, (n,) or one for all.
        ceiling: of the property.
    """
    return log_chance(mean, std, target.scale_value / np.maximum(slope, 1e-12), target.sign, ceiling)


def log_all_met(thresholds: Sequence[Target], logs: Sequence[Array], models: Mapping[str, Any], n: int) -> Array:
    """log of the chance that all thresholds are met at once, (n,), from that of each, (n,): bounds on one property
    share its value, and errors of different properties go together as far as they did on unseen papers.
    """
    exact = [log for target, log in zip(thresholds, logs, strict=True) if target.base is None]
    unsure = [(t, log) for t, log in zip(thresholds, logs, strict=True) if t.base is not None]
    names = list(dict.fromkeys(t.base for t, _ in unsure))
    places = [(names.index(t.base), t.sign, log) for t, log in unsure]
    joint = log_joint(places, _correlation(names, models)) if len(unsure) > 1 else sum(log for _, log in unsure)
    return np.zeros(n) + joint + sum(exact)


def _correlation(names: Sequence[str | None], models: Mapping[str, Any]) -> Array:
    """How the errors of the models go together, (k, k)."""
    matrix = np.eye(len(names))
    for i, j in combinations(range(len(names)), 2):
        one, other = (models.get(str(names[k])) for k in (i, j))
        cards = [getattr(getattr(model, "card", None), "held_out", {}) for model in (one, other)]
        if one is not None and other is not None and all(cards):
            matrix[i, j] = matrix[j, i] = correlate_errors((one.property, cards[0]), (other.property, cards[1]))
    return matrix
