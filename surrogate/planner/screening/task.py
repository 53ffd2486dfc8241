"""What a screening is: two screenings that say the same of themselves have the same answer, bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from surrogate.errors import InvalidInput, SpaceError, Unavailable, UnknownName
from surrogate.execution.checks import check_count, check_seed
from surrogate.models.applicability import STATUSES
from surrogate.models.estimators.registry import to_arrays
from surrogate.models.surrogate import Surrogate, check_level
from surrogate.planner.chances import ceiling_of
from surrogate.planner.objective import Objective
from surrogate.planner.observations import derived_quantities, view
from surrogate.planner.planners import check_distance
from surrogate.planner.predictive import Ceiling
from surrogate.space.columns import check_extremes
from surrogate.space.design_space import MAX_DRAWS, DesignSpace, Pool
from surrogate.space.variables import Array
from surrogate.version import source_version

#: Candidates that are drawn and predicted together. Everything is computed block by block, whatever the chunks are:
#: matrix products of other shapes would differ in the last bit.
BLOCK = 4096
#: Chunks that a screening is cut into unless told otherwise, within these bounds.
_CHUNKS, _LARGEST_CHUNK = 64, 2**18
MAX_CANDIDATES, MAX_TOP = 10**12, 10_000
#: Different niches that are kept per row that is asked for, so that near repeats can be passed over in the end.
SPARE = 4
_PACKAGES = ("surrogate.composition", "surrogate.features", "surrogate.models", "surrogate.space", "surrogate.planner")


@dataclass(frozen=True, kw_only=True)
class Screening:
    """``n`` candidates of ``space``, drawn from ``seed``, of which the ``top`` by ``objective`` are kept.

    ``models`` predict the properties that the objective names, with intervals of ``level``. ``within`` is the worst
    domain verdict that is kept ("out" keeps all). ``min_distance`` is how far kept recipes lie apart in the encoding of
    the space (0.2 is another recipe of the same kind, 0 only drops repeats). ``chunk`` candidates are one piece of work
    (a multiple of :data:`BLOCK`; it does not change the answer). Raises :class:`InvalidInput` or :class:`Unavailable`.
    """

    space: DesignSpace
    objective: Objective
    models: Mapping[str, Surrogate]
    n: int
    top: int = 1000
    seed: int = 0
    level: float = 0.9
    within: str = "out"
    min_distance: float = 0.2
    chunk: int | None = None

    def __post_init__(self) -> None:
        check_count("screening", self.n, most=MAX_CANDIDATES)
        check_count("shortlist", self.top, most=MAX_TOP)
        check_seed(self.seed)
        check_level(self.level)
        if self.within not in {status.value for status in STATUSES}:
            raise UnknownName("domain verdict", self.within, [status.value for status in STATUSES])
        check_distance(self.min_distance)
        for name in self.objective.properties:
            if name not in self.models:
                raise Unavailable(f"There is no model of {name}.", hint="Train it, or leave the property out.")
        object.__setattr__(self, "models", {name: self.models[name] for name in self.objective.properties})
        object.__setattr__(self, "chunk", self.chunk or chunk_for(self.n))
        if self.chunk_size < 1 or self.chunk_size % BLOCK:
            raise InvalidInput(
                f"A chunk of {self.chunk_size} candidates is impossible.", hint=f"Give a multiple of {BLOCK}."
            )

    @cached_property
    def ceilings(self) -> dict[str, Ceiling]:
        """What the best value that each model learnt from says of the next."""
        return {name: ceiling_of(name, model, self.space, np.zeros(0)) for name, model in self.models.items()}

    @property
    def chunk_size(self) -> int:
        """Candidates per chunk."""
        return int(self.chunk or BLOCK)

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.n // self.chunk_size)

    @property
    def shortlist(self) -> int:
        """Rows that every chunk, and their union, is cut to."""
        return SPARE * self.top

    def blocks(self, index: int) -> range:
        """The numbers of the blocks of chunk ``index``."""
        first = index * (self.chunk_size // BLOCK)
        last = min(first + self.chunk_size // BLOCK, -(-self.n // BLOCK))
        return range(first, last)

    def draw(self, block: int) -> tuple[Pool, Array, int]:
        """The candidates of a block, their places between 0 and 1 (rows, dimensions), and how many draws they took.

        Drawn from (seed, block) alone; what breaks a limit is drawn again. The last block is cut to ``n``.
        """
        rng = np.random.default_rng([self.seed, block])
        pools: list[Pool] = []
        places: list[Array] = []
        n_feasible = drawn = 0
        while n_feasible < BLOCK:
            unit = rng.random((BLOCK, self.space.dimensions))
            pool = self.space.decode(unit)
            pools.append(pool.take(pool.feasible))
            places.append(unit[pool.feasible])
            n_feasible, drawn = n_feasible + pools[-1].n, drawn + BLOCK
            if drawn >= MAX_DRAWS and n_feasible * 1000 < drawn:
                self.space.sample(BLOCK, self.seed)  # of an empty space it says which limits exclude the most
                raise SpaceError(
                    f"Only {n_feasible} of {drawn} draws keep every limit of the space '{self.space.name}'.",
                    hint="Narrow the bounds to where the limits are kept; 'surrogate design' finds such places.",
                )
        size = min(BLOCK, self.n - block * BLOCK)
        return Pool.joined(pools).take(np.arange(size)), np.vstack(places)[:size], drawn

    def check(self) -> None:
        """Ask for one block and a few predictions, so that what cannot work is told before hours are spent."""
        pool, _, _ = self.draw(0)
        check_extremes(pool)
        derived_quantities(self.objective.derived, pool.take(np.arange(1)))
        candidates = pool.take(np.arange(min(4, pool.n))).candidates
        for name, model in self.models.items():
            model.predict([view(candidate, name) for candidate in candidates], level=self.level, neighbours=0)

    def manifest(self) -> dict[str, Any]:
        """What it is, in plain data: stored beside the results, and compared when a run is resumed."""
        return {
            "version": version(),
            "space": self.space.name,
            "space_sha256": hashlib.sha256(repr(self.space).encode()).hexdigest(),
            "objective": [f"{target} weight {target.weight:g}" for target in self.objective.targets],
            "models": {name: _identity(model) for name, model in self.models.items()},
            "n": self.n,
            "top": self.top,
            "seed": self.seed,
            "level": self.level,
            "within": self.within,
            "min_distance": self.min_distance,
            "chunk": self.chunk_size,
            "block": BLOCK,
        }


def version() -> str:
    """Version of the product and of the sources that the numbers come from."""
    return source_version(*_PACKAGES, __package__ or "surrogate.planner.screening")


def chunk_for(n: int) -> int:
    """Candidates per chunk unless told otherwise: a power of two times the block that makes some dozens of chunks."""
    blocks = max(1, n // (_CHUNKS * BLOCK))
    return int(min(BLOCK * 2 ** int(np.ceil(np.log2(blocks))), _LARGEST_CHUNK))


def _identity(model: Surrogate) -> dict[str, str]:
    """Who the model says it is, and a hash of what it has learnt."""
    digest = hashlib.sha256(model.weights.tobytes())
    simulator = () if model.simulator is None else (model.simulator,)
    for part in (*model.members.values(), *simulator, model.calibration, model.applicability):
        for name, array in sorted(to_arrays(part, "").items()):
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    identity = model.identity
    return {
        "name": identity.name,
        "version": identity.version,
        "status": identity.status.value,
        "data_sha256": identity.data_sha256,
        "learnt_sha256": digest.hexdigest(),
    }
