"""The planners, and what every interface asks with when nothing else is stated.

:data:`PLANNERS` is the one list: Python, the command line, campaigns, HTTP, the pages and the documents read names,
words and defaults from it. A planner is one entry here and one file with its ``choose``. Nothing is imported before a
planner is used. Only ``surrogate suggest`` has a default of its own, :data:`APART`: it shows one batch to a person who
wants to see different recipes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Literal

from surrogate.errors import SpaceError, Unavailable, UnknownName
from surrogate.execution.checks import check_count

BATCH, POOL = 4, 4096
#: Distance between the recipes of a batch in the encoded space: any recipe that is not the same.
MIN_DISTANCE = 0.0
#: The distance that ``surrogate suggest`` asks for.
APART = 0.2


@dataclass(frozen=True, kw_only=True)
class PlannerKind:
    """One way to choose the next recipe of a batch.

    ``choose`` names a function as ``module:function``. It gets the pool that is open for choice, the acquisition beside
    everything chosen before, and a seed, and returns a ``Chosen``. ``needs`` are packages beyond the core, and
    ``least_measured`` is how many recipes must be measured in all goals before it applies: until then the default
    chooses, and the answer says so. ``ranks`` says whether it prefers recipes by the acquisition; one that does not
    works without models.
    """

    name: str
    meaning: str
    on_page: str
    choose: str
    needs: tuple[str, ...] = ()
    least_measured: int = 0
    ranks: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that it needs and that are not installed."""
        return tuple(package for package in self.needs if find_spec(package) is None)

    def load(self) -> Callable[..., Any]:
        """The function that chooses; :class:`Unavailable` where a package is missing."""
        if self.missing:
            raise Unavailable(
                f"The planner '{self.name}' needs {' and '.join(self.missing)}, which is not installed here.",
                hint=f"pip install {' '.join(self.missing)}, or leave out the planner.",
            )
        module, function = self.choose.split(":")
        return getattr(import_module(module), function)  # type: ignore[no-any-return]


PLANNERS: Mapping[str, PlannerKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            PlannerKind(
                name="analytic",
                meaning="the recipe that is expected to gain most, in closed form",
                on_page="by the models",
                choose="surrogate.planner.analytic_planner:choose",
            ),
            PlannerKind(
                name="tpe",
                meaning="Optuna's tree-structured Parzen estimator, on the measured values alone",
                on_page="by Optuna's TPE",
                choose="surrogate.planner.optuna_planner:choose_tpe",
                needs=("optuna",),
                least_measured=3,
            ),
            PlannerKind(
                name="gp",
                meaning="Optuna's Gaussian process, on the measured values alone; minutes with several goals",
                on_page="by Optuna's Gaussian process (slow)",
                choose="surrogate.planner.optuna_planner:choose_gp",
                needs=("optuna", "torch"),
                least_measured=3,
            ),
            PlannerKind(
                name="random",
                meaning="a feasible recipe at random, as a baseline or for a first look without a model",
                on_page="at random, for a first look",
                choose="surrogate.planner.random_planner:choose",
                ranks=False,
            ),
        )
    }
)
#: What is accepted wherever a planner is named; a test holds it to :data:`PLANNERS` and :data:`ALIASES`.
PlannerName = Literal["analytic", "tpe", "gp", "random", "botorch"]
#: Names of planners that are no more, in stored campaigns and requests, and what answers for them (decision 17).
ALIASES: Mapping[str, str] = MappingProxyType({"botorch": "analytic"})
DEFAULT_PLANNER: PlannerName = "analytic"
#: ``analytic, tpe, gp or random``: the list in a line of help.
OFFERED = f"{', '.join([*PLANNERS][:-1])} or {[*PLANNERS][-1]}"
#: One line of help for the option that adds the physics simulator as a prior.
SIMULATOR_HELP = "Weigh the physics simulator too, as a prior beside the models."
WITHOUT_PRIOR_HELP = "Choose by your results alone: the models of the literature have no say."


def get_planner(name: str) -> PlannerKind:
    """The planner of this name, or the one that answers for an old name; :class:`UnknownName` for any other."""
    try:
        return PLANNERS[ALIASES.get(name, name)]
    except KeyError:
        raise UnknownName("planner", name, PLANNERS) from None


def check_counts(batch: int, pool: int) -> None:
    """Refuse a batch that is empty, not whole, or larger than the pool it comes from."""
    check_count("batch", batch, error=SpaceError)
    check_count("pool", pool, error=SpaceError)
    if batch > pool:
        raise SpaceError(f"A batch of {batch} is larger than the pool of {pool}.", hint="Enlarge the pool.")


def check_distance(min_distance: float) -> None:
    """Refuse a distance that no two recipes can have."""
    if not (min_distance >= 0.0 and math.isfinite(min_distance)):
        raise SpaceError(f"A minimum distance of {min_distance:g} is impossible.", hint="Give 0 or more.")
