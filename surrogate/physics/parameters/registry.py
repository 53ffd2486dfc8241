"""The list of all parameters, for documentation, for priors, and to keep calibration and evaluation apart."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

import numpy as np

from surrogate.physics.parameters import electrodes, electrolytes, shin2014, song2020, wu2016
from surrogate.physics.parameters.base import Parameter, ParameterDraw

MODULES: tuple[ModuleType, ...] = (song2020, shin2014, wu2016, electrolytes, electrodes)


def _in(value: object) -> list[Parameter]:
    if isinstance(value, Parameter):
        return [value]
    if isinstance(value, dict):
        return [p for item in value.values() for p in _in(item)]
    if isinstance(value, tuple):
        return [p for item in value for p in _in(item)]
    if isinstance(value, electrodes.Material):
        return list(value.parameters())
    return []


@lru_cache(maxsize=1)
def all_parameters() -> tuple[Parameter, ...]:
    """Every parameter of the simulator, by name; names are unique (a test holds this)."""
    by_name = {p.name: p for module in MODULES for value in vars(module).values() for p in _in(value)}
    return tuple(by_name[name] for name in sorted(by_name))


def sample_draw(n: int, seed: int | np.random.Generator) -> ParameterDraw:
    """Draw rows of parameters from all priors, which give simulated measurements their spread.

    Args:
        n: How many rows.
        seed: The same seed gives the same bits.
    """
    return ParameterDraw.sample(all_parameters(), n, seed)


def calibration_papers() -> frozenset[str]:
    """Papers (as in the ``paper`` column of the literature tables) whose numbers were used to fix a parameter.

    An evaluation on unseen papers must not count the simulator's feature as independent of these.
    """
    return frozenset(paper for module in MODULES for paper in getattr(module, "CALIBRATION_PAPERS", ()))
