"""What a planner knows: the posterior of each property, what failed, what is open, and any recipes in these terms.

:class:`Observations` are made once per ask. :class:`EncodedCandidates` are recipes in their terms: points for every
property, derived quantities, the chance of success.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.beliefs.base import Points
from surrogate.beliefs.feasibility import Feasibility, learn_feasibility
from surrogate.beliefs.reading import Reading, read_values
from surrogate.beliefs.selection import PropertyPosterior, learn, rename_priors
from surrogate.candidate.cell import Cell, Protocol
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import SpaceError, Unavailable
from surrogate.execution.checks import check_seed
from surrogate.models.base import DomainStatus, FittedSurrogate
from surrogate.planner.chances import ceiling_of, log_all_met, log_met
from surrogate.planner.electrode import per_electrode
from surrogate.planner.evidence import Entry, at_conditions, entries_of, suspicion
from surrogate.planner.objective import Goal, Objective, Target
from surrogate.planner.predictive import Ceiling
from surrogate.properties import PROPERTIES, Subject, get_property
from surrogate.space.design_space import DesignSpace, Pool
from surrogate.space.energy import FROM_PROPERTY, per_property
from surrogate.space.variables import Array, Choice, Mask, Number, Rows, Variable
from surrogate.text import counted

LITERATURE, SIMULATOR = "literature surrogate", "simulator"


def view(candidate: Candidate, property: str) -> Candidate:
    """The part of a candidate that a property belongs to: the electrolyte of a cell for conductivities."""
    subject = get_property(property).subject
    if subject is candidate.kind:
        return candidate
    if subject is Subject.ELECTROLYTE and isinstance(candidate.subject, Cell):
        material = candidate.subject.electrode.electrolyte
        if material is not None:
            return Candidate(subject=material, protocol=Protocol(temperature_c=candidate.protocol.temperature_c))
        raise SpaceError(
            f"{property} needs an electrolyte in the electrode.", hint="Give electrolyte or a composition."
        )
    raise SpaceError(
        f"{property} belongs to a cell, and an electrolyte is described.",
        hint="Name the active_material of the cell, or use a space of cells.",
    )


def check_wanted(space: DesignSpace, objective: Objective) -> None:
    """Refuse an objective about cells in a space of electrolytes, before anybody asks for recipes in vain."""
    for target in objective.targets:
        base = FROM_PROPERTY.get(target.quantity, target.quantity)
        of_cells = base in PROPERTIES and get_property(base).subject is Subject.CELL
        if of_cells and space.subject is Subject.ELECTROLYTE:
            raise SpaceError(
                f"{target.quantity} belongs to a cell, but the space is of electrolytes.", hint="Use a space of cells."
            )


def check_subjects(space: DesignSpace, candidates: Sequence[Candidate], role: str) -> None:
    """Refuse a recipe of another kind than the space has: it would be read as one that states next to nothing."""
    for place, candidate in enumerate(candidates, 1):
        if candidate.kind is not space.subject:
            way = "Give its electrolyte" if candidate.kind is Subject.CELL else "Describe the cell it was used in"
            raise SpaceError(
                f"The {role} recipe {place} is of the kind {candidate.kind}, but the space '{space.name}' is of the "
                f"kind {space.subject}.",
                hint=f"{way}, or leave it out.",
            )


def derived_quantities(names: Sequence[str], pool: Pool) -> dict[str, Array]:
    """Derived quantities of a pool, (n,), or their slopes over the property they are proportional to.

    Raises :class:`Unavailable` where the space cannot tell one.
    """
    quantities_of_pool = {}
    for name in names:
        if name in FROM_PROPERTY:
            quantities_of_pool[name] = per_property(name, pool.table, lambda: pool.candidates)
        elif name in pool.quantities:
            quantities_of_pool[name] = pool.quantities[name]
        else:
            prices = "Give the price of every precursor: --price Li2S=4.2, or prices_per_g."
            raise Unavailable(
                f"The space '{pool.space.name}' cannot tell {name}.",
                hint=prices if "cost" in name else "Remove it from the objective.",
            )
    return quantities_of_pool


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedCandidates:
    """``n`` recipes: encoding (n, d), points per property, derived quantities (n,), chance of success (n,), the same
    with what is unsure about it in its favour (n,), and where the models are out of their domain though nothing else is
    known (n,).

    Equal to itself alone, so that what was computed for it can be remembered.
    """

    x: Array
    points: Mapping[str, Points]
    derived: Mapping[str, Array]
    success: Array
    hope: Array
    unknown: Mask

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Any) -> EncodedCandidates:
        """The recipes at these positions."""
        return EncodedCandidates(
            x=self.x[rows],
            points={name: points.take(rows) for name, points in self.points.items()},
            derived={name: values[rows] for name, values in self.derived.items()},
            success=self.success[rows],
            hope=self.hope[rows],
            unknown=self.unknown[rows],
        )

    @staticmethod
    def joined(parts: Sequence[EncodedCandidates]) -> EncodedCandidates:
        """Recipes one below the other."""
        return EncodedCandidates(
            x=np.vstack([p.x for p in parts]),
            points={name: Points.joined([p.points[name] for p in parts]) for name in parts[0].points},
            derived={name: np.concatenate([p.derived[name] for p in parts]) for name in parts[0].derived},
            success=np.concatenate([p.success for p in parts]),
            hope=np.concatenate([p.hope for p in parts]),
            unknown=np.concatenate([p.unknown for p in parts]),
        )


@dataclass(frozen=True, kw_only=True)
class Observations:
    """Posteriors by property, the recipes measured (union over properties) and what was said about them.

    ``values`` holds the encoded recipes (n, d) and the measured values on the scale (n,) of every property.
    ``feasibility`` is what failures teach, ``None`` while nothing has failed. ``measured`` are the recipes of which the
    objective knows something at its conditions, ``made_x`` every recipe that anything was measured on: it can be made,
    and it is not new.
    """

    space: DesignSpace
    objective: Objective
    models: Mapping[str, FittedSurrogate]
    simulators: Mapping[str, FittedSurrogate]
    posteriors: Mapping[str, PropertyPosterior]
    values: Mapping[str, tuple[Array, Array]]
    measured: tuple[Candidate, ...]
    feasibility: Feasibility | None
    failed_x: Array
    measured_x: Array
    made_x: Array
    warnings: tuple[str, ...]

    def encode(self, candidates: Sequence[Candidate], x: Array, derived: Mapping[str, Array]) -> EncodedCandidates:
        """Recipes in terms of these observations."""
        return self._encoded(self.space.described(candidates), lambda: candidates, x, derived)

    def of_pool(self, pool: Pool) -> EncodedCandidates:
        """A pool in terms of these observations."""
        return self._encoded(pool, lambda: pool.candidates, pool.encoded, self.derived(pool))

    def _encoded(
        self, pool: Pool, candidates: Callable[[], Sequence[Candidate]], x: Array, derived: Mapping[str, Array]
    ) -> EncodedCandidates:
        points = {name: _points_of(self, pool, candidates, x, name) for name in self.objective.properties}
        unknown = np.zeros(len(x), dtype=bool)
        for name, model in self.models.items():
            if name in self.posteriors and not self.posteriors[name].n and len(x):
                views, place = _views(candidates(), name)
                unknown |= np.array([p.domain.status is DomainStatus.OUT for p in model.predict(views, neighbours=0)])[
                    place
                ]
        success, hope = self._chances_of_success(x)
        return EncodedCandidates(x=x, points=points, derived=derived, success=success, hope=hope, unknown=unknown)

    def derived(self, pool: Pool) -> dict[str, Array]:
        """What :func:`derived_quantities` says of the quantities that the objective names."""
        return derived_quantities(self.objective.derived, pool)

    def _chances_of_success(self, x: Array) -> tuple[Array, Array]:
        """Chance and hope that recipes can be made, (n,) each: no failure, no doubt."""
        if self.feasibility is None or not len(x):
            return np.ones(len(x)), np.ones(len(x))
        return self.feasibility.chance_and_hope(x)

    def moments(self, encoded: EncodedCandidates, quantity: str) -> tuple[Array, Array]:
        """Latent mean and standard deviation of a property, or the exact values of a derived quantity, on the scale."""
        if quantity in FROM_PROPERTY:
            mean, std = self.moments(encoded, FROM_PROPERTY[quantity])
            return mean * encoded.derived[quantity], std * encoded.derived[quantity]
        if quantity in encoded.derived:
            return encoded.derived[quantity], np.full(len(encoded), 1e-9)
        posterior = self.posteriors[quantity]
        return posterior.mean(encoded.points[quantity]), posterior.std_model(encoded.points[quantity])

    def forecast(self, encoded: EncodedCandidates, quantity: str) -> tuple[Array, Array]:
        """Mean and calibrated standard deviation of the next reported value, on the scale, (n,) each."""
        if quantity in FROM_PROPERTY:
            mean, std = self.forecast(encoded, FROM_PROPERTY[quantity])
            return mean * encoded.derived[quantity], std * encoded.derived[quantity]
        if quantity in encoded.derived:
            return self.moments(encoded, quantity)
        posterior, points = self.posteriors[quantity], encoded.points[quantity]
        if not posterior.n:  # nothing of the campaign's own to widen by: as wide as the prior is itself
            return posterior.mean(points), np.sqrt(posterior.regressor.variance(points) + posterior.regressor.noise)
        return posterior.mean(points), posterior.std(points)

    def ceiling(self, quantity: str) -> Ceiling:
        """What the best value known of a property, in the literature or here, says of the next; none of others."""
        return self._ceilings.get(quantity, Ceiling())

    @cached_property
    def _ceilings(self) -> dict[str, Ceiling]:
        return {
            name: ceiling_of(name, self.models.get(name), self.space, values)
            for name, (_, values) in self.values.items()
        }

    def slope(self, encoded: EncodedCandidates, target: Target) -> Array:
        """What the property under a target is multiplied by, (n,): 1 for a property."""
        return np.ones(len(encoded)) if target.prop is not None else encoded.derived[target.quantity]

    def log_thresholds(self, encoded: EncodedCandidates) -> Array:
        """log of the chance that the next results meet all thresholds, (n,)."""
        return self.log_all_met(
            [self.log_threshold(encoded, target) for target in self.objective.thresholds], len(encoded)
        )

    def log_all_met(self, logs: Sequence[Array], n: int) -> Array:
        """log of the chance that all thresholds are met at once, (n,), from that of each, (n,)."""
        return log_all_met(self.objective.thresholds, logs, self.models, n)

    def log_threshold(self, encoded: EncodedCandidates, target: Target) -> Array:
        """log of the chance that the next results meet one threshold, (n,)."""
        if target.base is None:
            return self.log_met(target, *self.forecast(encoded, target.quantity))
        return self.log_met(target, *self.forecast(encoded, target.base), self.slope(encoded, target))

    def log_met(self, target: Target, mean: Array, std: Array, slope: Array | float = 1.0) -> Array:
        """log of the chance that a threshold is met, (n,), below the ceiling of the property under it."""
        return log_met(target, mean, std, slope, self.ceiling(target.base or target.quantity))


def learn_all(
    space: DesignSpace,
    objective: Objective,
    *,
    models: Mapping[str, FittedSurrogate],
    simulators: Mapping[str, FittedSurrogate],
    measurements: Sequence[Measurement],
    failures: Sequence[Candidate],
    seed: int,
) -> Observations:
    """Learn the posterior of every property of the objective from the campaign's measurements; models are priors."""
    check_seed(seed)
    check_subjects(space, failures, "failed")
    objective = per_electrode(space, objective)
    warnings = [*objective.notes]
    _check_models(objective, models, simulators)
    used = [m for m in measurements if m.property in objective.properties]
    evidence: dict[str, list[Entry]] = {}
    for name in objective.properties:
        evidence[name], notes = entries_of(space, name, [m for m in used if m.property == name])
        warnings += notes
    if len(used) < len(measurements):
        names = sorted({m.property for m in measurements} - set(objective.properties))
        count = "; their recipes count as made" if any(get_property(n).subject is space.subject for n in names) else ""
        unused = len(measurements) - len(used)
        does = "does" if unused == 1 else "do"
        warnings.append(
            f"{counted(unused, 'measurement')} of {', '.join(names)} {does} not enter this objective{count}."
        )
    own = [m.candidate for m in measurements if m.candidate.kind is space.subject]
    prepared = tuple({id(candidate): at_conditions(space, candidate) for candidate in own}.values())
    # An objective of derived quantities alone knows them of every recipe that was made.
    # What was measured under other conditions teaches, and is not what has to be beaten.
    comparable = {e.ids: e.candidate for entries in evidence.values() for e in entries if e.at_conditions}
    measured = tuple({id(c): c for c in comparable.values()}.values()) if objective.properties else prepared
    measured_x = space.encode(measured)
    made_x, failed_x = _with_others(measured_x, space.encode(prepared)), space.encode(failures)
    bare = Observations(
        space=space, objective=objective, models=models, simulators=simulators, posteriors={}, values={},
        measured=measured, failed_x=failed_x, measured_x=measured_x,
        feasibility=learn_feasibility(made_x, failed_x, space.encoder.settings, space.encoder.limits), made_x=made_x,
        warnings=(),
    )  # fmt: skip
    warnings += _outside(space, measured)
    values, posteriors = {}, {}
    for name, entries in evidence.items():
        x, reading = _read(bare, name, entries, seed)
        values[name] = (x, reading.y)
        posteriors[name] = _learn_posterior(bare, name, reading, seed)
        warnings += [suspicion(name, entries[suspect.row], suspect) for suspect in reading.suspects]
    return replace(bare, posteriors=posteriors, values=values, warnings=tuple(warnings))


def _with_others(x: Array, others: Array) -> Array:
    """Encoded recipes (n, d), and below them those of ``others`` (·, d) that are not among them."""
    present = {row.tobytes() for row in x}
    return np.vstack([x, *(row[None] for row in others if row.tobytes() not in present)])


def _check_models(
    objective: Objective, models: Mapping[str, FittedSurrogate], simulators: Mapping[str, FittedSurrogate]
) -> None:
    for kind in (models, simulators):
        for name, model in kind.items():
            if model.property.name != name:
                raise SpaceError(
                    f"The model given for {name} predicts {model.property.name}.", hint="Give each its own model."
                )
    for target in objective.targets:
        if target.goal is Goal.REACH and objective.weighted:
            raise SpaceError(f"'{target}' cannot be part of a weighted sum.", hint="Leave out weighted.")


def _outside(space: DesignSpace, measured: Sequence[Candidate]) -> list[str]:
    """One warning for all recipes outside the space: they are used as they are."""
    judged = [(c, space.violations(c)) for c in measured]
    outside = [(c, why) for c, why in judged if why]
    if not outside:
        return []
    first = outside[0][1][0]
    return [
        f"{len(outside)} of {len(measured)} measured recipes lie outside the space and are used all the same: {first}"
    ]


def _read(observations: Observations, name: str, entries: Sequence[Entry], seed: int) -> tuple[Array, Reading]:
    """Encoded recipes (n, d) and what their entries say of one property, bounds placed and slips discounted."""
    candidates = [entry.candidate for entry in entries]
    x = observations.space.encode(candidates)
    points = _points_of(observations, observations.space.described(candidates), lambda: candidates, x, name)
    extra = np.array([entry.extra for entry in entries])
    if np.any(extra > 0.0):
        points = replace(points, extra=extra)
    y, side = (np.array([getattr(entry, what) for entry in entries]) for what in ("value", "side"))
    return x, read_values(points, y, side, between=get_property(name).between_papers, seed=seed)


def _learn_posterior(observations: Observations, name: str, reading: Reading, seed: int) -> PropertyPosterior:
    posterior = learn(reading.points, reading.y, between=get_property(name).between_papers, seed=seed)
    priors = [LITERATURE] * (name in observations.models) + [SIMULATOR] * (name in observations.simulators)
    return rename_priors(posterior, {f"prior {place}": prior for place, prior in enumerate(priors, 1)})


def _points_of(
    observations: Observations, pool: Pool, candidates: Callable[[], Sequence[Candidate]], x: Array, name: str
) -> Points:
    """Recipes of a pool, encoded as ``x`` (n, d), with what the priors say about a property.

    The ``candidates`` are made only where a prior is asked, and equal electrolytes are asked for once.
    """
    space = observations.space
    of_electrolyte = get_property(name).subject is Subject.ELECTROLYTE and space.subject is Subject.CELL
    variables = space.coordinates if of_electrolyte else space.all_variables
    options, trends = _options_of(pool, variables), _trends_of(pool, variables)
    if of_electrolyte:
        x = x[:, list(space.encoder.electrolyte_columns)]
    priors = [kind[name] for kind in (observations.models, observations.simulators) if name in kind]
    if not priors or not len(x):
        empty = np.zeros((len(x), len(priors)))
        return Points(x=x, prior=empty, prior_std=empty, options=options, trends=trends)
    views, place = _views(candidates(), name)
    posteriors = [prior.posterior(views) for prior in priors]
    return Points(
        x=x,
        prior=np.column_stack([p.mean for p in posteriors])[place],
        prior_std=np.column_stack([p.std_model for p in posteriors])[place],
        options=options,
        trends=trends,
    )


def _views(candidates: Sequence[Candidate], name: str) -> tuple[list[Candidate], Rows]:
    """The different parts of the candidates that a property belongs to, and which of them each has, (n,)."""
    first: dict[tuple[int, float | None], int] = {}
    views: list[Candidate] = []
    place = np.empty(len(candidates), dtype=int)
    for i, candidate in enumerate(candidates):
        part = view(candidate, name)
        key = (id(part.subject), part.protocol.temperature_c) if part is not candidate else (id(candidate), None)
        if key not in first:
            first[key] = len(views)
            views.append(part)
        place[i] = first[key]
    return views, place


def _trends_of(pool: Pool, variables: Sequence[Variable]) -> Array | None:
    """Slope and curvature of each number over its range, (n, 2t), which are 0 where it does not apply; ``None`` where
    none is open.
    """
    numbers = [v for v in variables if isinstance(v, Number) and not v.is_fixed]
    if not numbers:
        return None
    place = np.column_stack([v.to_unit(pool.table.numbers[v.name]) for v in numbers])
    slope = 2.0 * np.clip(place, -0.5, 1.5) - 1.0
    return np.nan_to_num(np.column_stack([slope, slope**2 - 1.0 / 3.0]))


def _options_of(pool: Pool, variables: Sequence[Variable]) -> Array | None:
    """Codes of the options of each recipe (n, c) and, last, of their combination; ``None`` where none is open."""
    choices = [v for v in variables if isinstance(v, Choice) and not v.is_fixed]
    if not choices:
        return None
    codes = [_codes(pool.table.choices[v.name], v.options) for v in choices]
    combination = np.zeros(pool.n)
    for variable, code in zip(choices, codes, strict=True):
        combination = combination * (len(variable.options) + 1) + code
    return np.column_stack([*codes, combination] if len(codes) > 1 else codes)


def _codes(values: NDArray[np.object_], options: Sequence[str]) -> Array:
    """Places of options, (n,); those that the space does not have share one."""
    place = {option: float(i) for i, option in enumerate(options)}
    return np.array([place.get(str(value), float(len(options))) for value in values])


def goals_of(objective: Objective) -> tuple[Target, ...]:
    """What is improved: the goals, or, when there are only thresholds, the quantities that must meet them."""
    if objective.goals:
        return objective.goals
    return tuple(
        Target(quantity=t.quantity, goal=Goal.MAXIMISE if t.goal is Goal.AT_LEAST else Goal.MINIMISE)
        for t in {t.quantity: t for t in objective.thresholds}.values()
    )
