"""A fitted model of one property: encoding, members, calibration, applicability, neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CellColumns
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.datasets import check_once, sha256_of
from surrogate.errors import InvalidInput, UnknownName
from surrogate.execution.checks import check_seed
from surrogate.execution.process import in_one_thread
from surrogate.models import targets
from surrogate.models.applicability import Applicability, Verdicts
from surrogate.models.base import Interval, ModelCard, ModelIdentity, ModelStatus, Neighbour, Posterior, Prediction
from surrogate.models.calibration import Calibration, normal_quantile
from surrogate.models.conditions import Law, arrhenius_through, at_standard, decades_per_ev, law_of
from surrogate.models.encoding import Encoding, View, describe
from surrogate.models.estimators.gaussian_process import GaussianProcess
from surrogate.models.estimators.kinds import Estimator
from surrogate.models.estimators.registry import ESTIMATORS
from surrogate.models.first_cycle import borrowed
from surrogate.models.known_recipes import CAPACITIES, RETENTIONS, KnownRecipes
from surrogate.models.neighbours import NearestRows, nearest_rows
from surrogate.models.objections import find_limits, find_objections
from surrogate.models.simulated import ReadPhysics, ReadSimulator, add_to_law, append_physics
from surrogate.models.stack import (
    MEDIANS,
    SCATTERED,
    STACKED,
    Members,
    fit_members,
    share_members,
)
from surrogate.models.training_set import TrainingSet, paper_weights, weighted_median, weighted_quantile
from surrogate.models.within_lab import WithinLab, learn_within_lab
from surrogate.properties import Property, Scale, get_property

Array = NDArray[np.float64]

STACK = "stack"
#: The property that goes to other temperatures by another one, and from how many papers on.
CONDUCTIVITY, BARRIER, BARRIER_PAPERS = "ionic_conductivity", "activation_energy", 10
RETENTION = "capacity_retention"
#: Every kind of model that can be trained; the stack blends some of the others (:data:`STACKED`).
KINDS = (*ESTIMATORS, STACK)
#: Rows predicted at once, so that memory stays bounded whatever n is.
BLOCK = 2000
#: Rows that members work on at once: what they make of so many stays in the processor's cache, at half the time.
CACHED = 256


@dataclass(frozen=True, kw_only=True)
class _Blend:
    """The blended members on the learnt scale, at standard conditions.

    Attributes:
        raw: The weighted mean of the members, (n,).
        center: ``raw``, shifted so that half the residuals lie on either side, (n,).
        covariates: What the width of the interval depends on, (n, k).
        std_model: The spread that more data would reduce, (n,).
        law: Takes values to the conditions of the candidates, where the property has one.
        physics: What the simulator of electrolytes says minus the center, (n,), NaN where it is silent.
    """

    raw: Array
    center: Array
    covariates: Array
    std_model: Array
    law: Law | None = None
    physics: Array | None = None

    @property
    def middle(self) -> Array:
        """The center under the conditions of the candidates, (n,)."""
        return self.center if self.law is None else self.law.applied(self.center)

    def spread(self, std: Array) -> Array:
        """Take a standard deviation (n,) to the conditions of the candidates, with the error of the law."""
        return std if self.law is None else np.hypot(self.law.slope * std, self.law.error)

    def ends(self, low: Array, high: Array, level: float) -> tuple[Array, Array]:
        """The ends (n,) of an interval under the conditions of the candidates.

        Args:
            low: Offset of the lower end from the raw blend, (n,).
            high: Offset of the upper end from the raw blend, (n,).
            level: Probability that the interval holds.
        """
        if self.law is None:
            return self.raw + low, self.raw + high
        lower, upper = self.law.applied(self.raw + low), self.law.applied(self.raw + high)
        error = normal_quantile(0.5 + level / 2.0) * self.law.error
        middle = self.middle
        return middle - np.hypot(middle - lower, error), middle + np.hypot(upper - middle, error)


@dataclass(frozen=True, kw_only=True)
class PredictedArrays:
    """Predictions of ``n`` candidates as columns.

    Attributes:
        median: In the unit of the property, (n,).
        low: Lower end of the interval, in the unit, (n,).
        high: Upper end of the interval, in the unit, (n,).
        mean: On the scale of the property, (n,).
        std: On the scale of the property, (n,).
        verdicts: Scores and codes of applicability.
    """

    median: Array
    low: Array
    high: Array
    mean: Array
    std: Array
    verdicts: Verdicts


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """A fitted model of one property: made by :func:`fit`, stored by :mod:`surrogate.models.artifact`.

    It is a :class:`surrogate.models.base.FittedSurrogate`.

    Attributes:
        encoding: Candidates → features.
        members: Fitted estimators by kind.
        weights: Blend the members, (members,).
        calibration: Widths of intervals.
        applicability: Where the model may be trusted.
        rows: The cited measurements that the model has learnt from.
        identity: Name, version and status.
        card: What is told of the training.
        simulator: Adds a feature for the members, where there is one.
        within_lab: How errors are shared within a laboratory; ``None`` in models of an older training.
        known_recipes: Brings answers near to what was measured on the very recipe, in models of capacities.
        ceilings: How far an interval of each group may reach on the learnt scale at standard conditions, with that of a
            group without rows last, (groups + 1,); ``None`` for no bound.
        barrier: Predicts the activation energies by which conductivities go to the temperatures of the candidates.
        threads: Run the members side by side for many candidates, in a process with cores to spare; never stored.
    """

    encoding: Encoding
    members: dict[str, Estimator]
    weights: Array
    calibration: Calibration
    applicability: Applicability
    rows: tuple[Neighbour, ...]
    identity: ModelIdentity
    card: ModelCard
    simulator: ReadPhysics | None = None
    within_lab: WithinLab | None = None
    known_recipes: KnownRecipes | None = None
    ceilings: Array | None = None
    barrier: Surrogate | None = None
    threads: Executor | None = None

    @property
    def property(self) -> Property:
        """The property it predicts."""
        return self.encoding.property

    def posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        """Mean and calibrated spread on the property's scale, (n,) each; :meth:`predict` answers in the unit."""
        parts = [self._posterior(candidates[start : start + BLOCK]) for start in range(0, len(candidates), BLOCK)]
        if not parts:
            return Posterior(mean=np.empty(0), std=np.empty(0), std_model=np.empty(0))
        return Posterior(
            mean=np.concatenate([p.mean for p in parts]),
            std=np.concatenate([p.std for p in parts]),
            std_model=np.concatenate([p.std_model for p in parts]),
        )

    def predict(self, candidates: Sequence[Candidate], *, level: float = 0.9, neighbours: int = 3) -> list[Prediction]:
        """Predict the property of candidates.

        Args:
            candidates: Electrolytes or cells, as the property needs.
            level: The probability that a central interval holds, between 0 and 1.
            neighbours: How many of the nearest measurements each prediction cites.

        Returns:
            One prediction per candidate, in the same order.

        Raises:
            InvalidInput: The level or the number of neighbours cannot be.
        """
        check_level(level)
        if neighbours < 0:
            raise InvalidInput(f"{neighbours} neighbours were asked for.", hint="Ask for 0 or more.")
        predictions: list[Prediction] = []
        for start in range(0, len(candidates), BLOCK):
            predictions += self._predict(candidates[start : start + BLOCK], level, neighbours)
        return predictions

    def intervals(self, candidates: Sequence[Candidate], levels: Sequence[float]) -> dict[float, tuple[Array, Array]]:
        """Compute central intervals of several levels in one pass.

        Args:
            candidates: The n candidates.
            levels: Probabilities between 0 and 1.

        Returns:
            Level → lower and upper ends, (n,) each, in the unit of the property.
        """
        for level in levels:
            check_level(level)
        view = self.encoding.view(candidates, materials=False)
        blend = self._blend(view)
        return {level: self._ends(view, blend, level) for level in levels}

    def predict_arrays(self, view: View, *, level: float = 0.9) -> PredictedArrays:
        """Do what :meth:`predict` does in columns, without neighbours and words, for very many candidates.

        Args:
            view: Of ``encoding.view(candidates, materials=False)`` or ``encoding.view_of(columns)``. At most some
                thousands of rows at once: memory grows with rows times measurements.
            level: The probability that an interval holds, between 0 and 1.
        """
        check_level(level)
        return self._arrays(view, level, 0)[0]

    def inputs(self, view: View) -> Array:
        """The features of ``n`` candidates as the members see them, with that of the simulator last."""
        X = at_standard(self.property.name, self.encoding.names, view.X)
        return append_physics(self.simulator, X, view.columns)

    def medians(self, view: View, inputs: Array | None = None) -> Array:
        """Compute the median of each prediction in the unit, (n,).

        Args:
            view: Of the n candidates.
            inputs: Features (n, d) in place of what :meth:`inputs` gives.
        """
        return targets.from_model(self.property, self._blend(view, inputs).middle, view.reference)

    def with_identity(self, **changes: Any) -> Surrogate:
        """A copy with another version, status or reason."""
        return replace(self, identity=replace(self.identity, **changes))

    def _blend(self, view: View, inputs: Array | None = None, measure: Callable[[], Array] | None = None) -> _Blend:
        """Blend the members.

        Args:
            view: The candidates.
            inputs: What replaces :meth:`inputs`.
            measure: Gives their distances to the rows, (n, rows), to a caller who needs them as well.
        """
        X = self.inputs(view) if inputs is None else inputs
        mean, std = member_predictions(self.members, X, view.group, self.threads)
        covariates = _compute_covariates(mean, std, self.weights)
        raw = add_to_law(self.simulator, X, mean @ self.weights)
        if self.known_recipes is not None and isinstance(view.columns, CellColumns):
            distances = self.applicability.distances(view) if measure is None else measure()
            raw = raw + self.known_recipes.correction(view.columns, distances)
        # The spread of a median or a law is that of rows about it, which more data would not remove.
        shares = np.array([kind not in SCATTERED or len(self.members) == 1 for kind in self.members]) * self.weights
        shares = shares / shares.sum() if shares.sum() > 0 else self.weights
        # Law of total variance: the members' own spread, and how far their means lie apart.
        std_model = np.sqrt((std**2) @ shares + ((mean - (mean @ shares)[:, None]) ** 2) @ shares)
        law = self._law(view)
        center = raw + self.calibration.offset
        simulated = isinstance(self.simulator, ReadSimulator) and not self.simulator.barrier
        physics = X[:, -1] - center if simulated else None
        return _Blend(raw=raw, center=center, covariates=covariates, std_model=std_model, law=law, physics=physics)

    def _law(self, view: View) -> Law | None:
        """The law that takes values to the conditions of the candidates."""
        if self.barrier is None or view.columns is None:
            return law_of(self.property.name, self.encoding.names, view.X, view.reference_cycle)
        temperature = view.X[:, self.encoding.names.index("protocol.temperature_c")]
        if not decades_per_ev(temperature).any():
            nothing = np.zeros(len(temperature))
            return arrhenius_through(temperature, nothing, nothing)
        blend = self.barrier._blend(self.barrier.encoding.view_of(view.columns))
        return arrhenius_through(
            temperature, blend.center, self.barrier.calibration.standard_deviation(blend.covariates)
        )

    def _ends(self, view: View, blend: _Blend, level: float) -> tuple[Array, Array]:
        """Both ends (n,) of the interval in the unit; the median never lies outside."""
        low, high = self.calibration.interval(blend.covariates, level)
        if self.ceilings is not None:
            high = np.minimum(high, np.maximum(self.ceilings[view.group] - blend.raw, 0.0))
        median, lower, upper = (
            targets.from_model(self.property, scaled, view.reference)
            for scaled in (blend.middle, *blend.ends(low, high, level))
        )
        return np.minimum(lower, median), np.maximum(upper, median)

    def _posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        view = self.encoding.view(candidates, materials=False)
        blend = self._blend(view)
        unit = view.reference  # 1 except for capacities, whose scale is linear in the unit
        std = blend.spread(self.calibration.standard_deviation(blend.covariates))
        slope = 1.0 if blend.law is None else blend.law.slope  # its error is left out: no row makes the law surer
        return Posterior(mean=blend.middle * unit, std=std * unit, std_model=slope * blend.std_model * unit)

    def _predict(self, candidates: Sequence[Candidate], level: float, neighbours: int) -> list[Prediction]:
        view = self.encoding.view(candidates, materials=False)
        arrays, nearest = self._arrays(view, level, neighbours)
        verdicts = self.applicability.domains(view, arrays.verdicts, self.encoding)
        cited = nearest_rows(nearest, self.rows, neighbours)
        numbers = (arrays.median, arrays.low, arrays.high, arrays.mean, arrays.std)
        name = self.property.name
        return [
            Prediction(
                property=name,
                median=median,
                interval=Interval(level=level, low=low, high=high),
                scale_mean=mean,
                scale_std=std,
                domain=domain,
                neighbours=rows,
                model=self.identity,
                warnings=(
                    *(candidate.electrolyte.composition.warnings if candidate.electrolyte else ()),
                    *find_objections(self.property, median, candidate, limits),
                ),
            )
            for candidate, domain, rows, limits, median, low, high, mean, std in zip(
                candidates,
                verdicts,
                cited,
                find_limits(self.property, view),
                *(column.tolist() for column in numbers),
                strict=True,
            )
        ]

    def _arrays(self, view: View, level: float, neighbours: int) -> tuple[PredictedArrays, NearestRows]:
        """The predictions, and the nearest rows of the training set."""

        @cache
        def measure() -> Array:
            return self.applicability.distances(view)

        def find_nearest() -> NearestRows:
            ranks = self.applicability.ranks(view, self.encoding.names) if neighbours else None
            return NearestRows.select(measure(), neighbours, ranks)

        # For many candidates a thread measures distances while the members predict.
        task = None if self.threads is None or len(view.X) <= CACHED else self.threads.submit(find_nearest)
        blend = self._blend(view, measure=measure)
        low, high = self._ends(view, blend, level)
        near = find_nearest() if task is None else task.result()
        return PredictedArrays(
            median=targets.from_model(self.property, blend.middle, view.reference),
            low=low,
            high=high,
            mean=blend.middle * view.reference,  # the reference is 1 except for scales that are linear in the unit
            std=blend.spread(self.calibration.standard_deviation(blend.covariates)) * view.reference,
            verdicts=self.applicability.verdicts(view, near.least, self.encoding.names, blend.physics),
        ), near


@in_one_thread
def fit(
    measurements: Sequence[Measurement],
    *,
    property: str,
    kind: str = STACK,
    hyperparameters: Mapping[str, Any] | None = None,
    seed: int = 0,
    physics: bool = True,
    companions: Sequence[Measurement] = (),
) -> Surrogate:
    """Train a model of ``property``; the same input and seed give the same bits.

    Args:
        measurements: Of the property, from at least two papers.
        property: Its name.
        kind: One of :data:`KINDS`.
        hyperparameters: Of the kind; for the stack, nested by kind.
        seed: Of everything that is drawn.
        physics: Add the value of the simulator to the features, where it has one for the property, with constants read
            from these measurements (docs/decisions/0012).
        companions: What to borrow from (``datasets.load_companions``): measurements of the other direction of the first
            cycle, or activation energies for conductivities.

    Raises:
        InvalidInput: The measurements come from fewer than two papers, all have one value, or one would count twice
            (:func:`surrogate.datasets.check_once`).
        UnknownName: There is no such kind or property.
        ConfigError: A hyper-parameter cannot be.
    """
    kinds = member_kinds(kind, property)
    check_seed(seed)
    nested = dict(hyperparameters or {}) if kind == STACK else {kind: dict(hyperparameters or {})}
    physics = physics and kind not in MEDIANS  # a median does not ask
    encoding, training, view = encode(measurements, property, physics=physics, companions=companions)
    members = fit_members(training, kinds, nested, np.random.default_rng(seed))
    return assemble(
        members,
        measurements,
        encoding,
        training,
        view,
        kind=kind,
        hyperparameters=nested,
        seed=seed,
        barrier=fit_barrier(property, measurements, companions, seed=seed),
    )


def fit_barrier(
    property: str, measurements: Sequence[Measurement], companions: Sequence[Measurement], *, seed: int
) -> Surrogate | None:
    """The model of activation energies by which one of conductivities goes to other temperatures.

    It is the model that :func:`fit` makes of these activation energies and the conductivities beside them, so that both
    properties say one thing; ``None`` for another property, and where fewer than :data:`BARRIER_PAPERS` papers state
    any.

    Args:
        property: What is modelled.
        measurements: Of the property; the activation energies borrow from them.
        companions: Activation energies, where ``property`` is the ionic conductivity.
        seed: Of everything that is drawn.
    """
    if property != CONDUCTIVITY or len({m.source.paper for m in companions}) < BARRIER_PAPERS:
        return None
    return fit(companions, property=BARRIER, seed=seed, companions=measurements)


def encode(
    measurements: Sequence[Measurement],
    property: str,
    *,
    physics: bool = True,
    companions: Sequence[Measurement] = (),
) -> tuple[Encoding, TrainingSet, View]:
    """Encode ``measurements`` of ``property`` for training.

    Raises:
        InvalidInput: Nothing measures the property, all measurements have one value, one would count twice, or
            ``companions`` are not of the other direction of the first cycle.
    """
    prop = get_property(property)
    if not measurements or any(m.property != prop.name for m in measurements):
        raise InvalidInput(
            f"A model of {prop.name} needs measurements of it and of nothing else; {len(measurements)} were given.",
            hint="surrogate.datasets.load(property) gives the right ones.",
        )
    lenders = set(targets.CAPACITIES) - {prop.name} if prop.name in targets.CAPACITIES else set()
    lenders |= {CONDUCTIVITY: {BARRIER}, BARRIER: {CONDUCTIVITY}}.get(prop.name, set())
    strange = next((m.property for m in companions if m.property not in lenders), None)
    if strange is not None:
        raise InvalidInput(
            f"A model of {prop.name} cannot borrow from measurements of {strange}.",
            hint="surrogate.datasets.load_companions(property) gives what it can borrow from.",
        )
    check_once(measurements)
    check_once(companions)
    if prop.name == CONDUCTIVITY:
        companions = ()  # a model of their own learns from them
    encoding = Encoding.fit(prop, measurements, physics=physics, companions=companions)
    training, view = encoding.training_set(measurements, companions)
    if len(measurements) > 1 and not np.ptp(training.y) > 0:
        raise InvalidInput(
            f"{len(measurements)} measurements of {prop.name} that all say the same teach no model.",
            hint="Give measurements that differ.",
        )
    return encoding, training, view


def assemble(
    members: Members,
    measurements: Sequence[Measurement],
    encoding: Encoding,
    training: TrainingSet,
    view: View,
    *,
    kind: str,
    hyperparameters: Mapping[str, Any],
    seed: int,
    barrier: Surrogate | None = None,
) -> Surrogate:
    """Blend fitted members into a model; weights, intervals and applicability come from their held-out predictions.

    Args:
        members: From :func:`surrogate.models.stack.fit_members`; those that ``kind`` does not need are left out.
        measurements: What they were fitted to, n rows.
        encoding: Candidates → features.
        training: The encoded measurements.
        view: The encoded candidates of the measurements.
        kind: One of :data:`KINDS`.
        hyperparameters: By estimator, for the card.
        seed: For the version.
        barrier: From :func:`fit_barrier`.
    """
    chosen = members.only(member_kinds(kind, encoding.property_name))
    n_papers = len(np.unique(training.paper))
    weights = share_members(chosen.kinds, encoding.property.subject)
    covariates = _compute_covariates(chosen.held_out_mean, chosen.held_out_std, weights)
    residuals = chosen.y - chosen.held_out_mean @ weights
    calibration = Calibration.fit(residuals, covariates, paper_weights(training.paper), n_papers)
    applicability = Applicability.fit(training, view.X, encoding.groups)
    known_recipes = None
    if isinstance(training.columns, CellColumns) and kind not in MEDIANS:
        inputs = append_physics(chosen.simulator, training.X, training.columns)
        mean, _ = member_predictions(chosen.fitted, inputs, training.group)
        missed = training.y - add_to_law(chosen.simulator, inputs, mean @ weights)
        known_recipes = KnownRecipes.fit(
            training.columns,
            training.paper,
            missed,
            applicability.between(view, view),
            RETENTIONS if encoding.property_name == RETENTION else CAPACITIES,
        )
    data_sha256 = sha256_of(measurements)
    process = chosen.fitted.get("gaussian_process")
    noise = process.noise() if isinstance(process, GaussianProcess) else {}
    return Surrogate(
        encoding=encoding,
        members=chosen.fitted,
        weights=weights,
        calibration=calibration,
        applicability=applicability,
        simulator=chosen.simulator,
        within_lab=learn_within_lab(
            residuals - calibration.offset,
            calibration.standard_deviation(covariates),
            training.y,
            applicability.between(view, view),
            training.paper,
        ),
        known_recipes=known_recipes,
        barrier=barrier,
        ceilings=_find_ceilings(encoding.property, training, residuals),
        rows=tuple(neighbour_of(m) for m in measurements),
        identity=ModelIdentity(
            name=f"{encoding.property_name}-{kind}",
            version=f"{data_sha256[:8]}-{seed}",
            status=ModelStatus.CANDIDATE,
            data_sha256=data_sha256,
        ),
        card=ModelCard(
            property=encoding.property_name,
            kind=kind,
            n_measurements=len(measurements),
            n_papers=n_papers,
            hyperparameters={name: dict(hyperparameters.get(name, {})) for name in chosen.kinds},
            notices=tuple(dict.fromkeys(m.source.notice for m in measurements if m.source.notice)),
            metrics={
                "weights": {name: round(float(w), 4) for name, w in zip(chosen.kinds, weights, strict=True)},
                # The spread between papers and within each trust tier, on the learnt scale.
                **({"noise": {name: round(value, 4) for name, value in noise.items()}} if noise else {}),
                **({} if training.other is None else {"other_direction": borrowed(training.other)}),
            },
        ),
    )


def _find_ceilings(prop: Property, training: TrainingSet, residuals: Array) -> Array | None:
    """How far intervals of each group and, last, of one without rows may reach, (groups + 1,); ``None`` for no bound.

    For decades that is the record with the scatter of unseen papers above it. Those of a retention end at 100 %, or
    where one row in twenty of the group lies above.
    """
    weights = paper_weights(training.paper)
    groups = [training.group == group for group in range(int(training.group.max()) + 1)]
    groups = [rows if rows.any() else np.full(len(training), True) for rows in (*groups, training.group >= 0)]
    if prop.name == RETENTION:
        return np.array([max(100.0, weighted_quantile(training.y[rows], weights[rows], 0.95)) for rows in groups])
    if prop.scale is not Scale.LOG10:
        return None
    scatter = 2.0 * weighted_median(np.abs(residuals), weights)
    return np.array([training.y[rows].max() for rows in groups]) + scatter


def member_kinds(kind: str, property: str) -> tuple[str, ...]:
    """The estimators that a model of ``kind`` of ``property`` is made of."""
    if kind == STACK:
        return STACKED.get(property, STACKED[get_property(property).subject])
    if kind not in ESTIMATORS:
        raise UnknownName("kind of model", kind, KINDS)
    return (kind,)


def member_predictions(
    members: Mapping[str, Estimator], X: Array, group: NDArray[np.int64], threads: Executor | None = None
) -> tuple[Array, Array]:
    """Mean and spread of every member, (n, members) each.

    Args:
        members: Fitted estimators by kind.
        X: Their features, (n, d).
        group: The group of each candidate, (n,).
        threads: Share out more than :data:`CACHED` candidates; without, all is done here.
    """
    mean, std = np.empty((len(X), len(members))), np.empty((len(X), len(members)))
    models = list(members.values())

    def ask(part: tuple[int, int]) -> None:
        column, start = part
        rows = slice(start, start + steps[column])
        mean[rows, column], std[rows, column] = models[column].predict(X[rows], group[rows])

    # A process bounds its own blocks: its variances are one product for all rows.
    steps = [BLOCK if isinstance(model, GaussianProcess) else CACHED for model in models]
    parts = [(column, start) for column, step in enumerate(steps) for start in range(0, len(X), step)]
    many = map if threads is None or len(X) <= CACHED else threads.map
    for _ in many(ask, parts):  # raises what a thread raised
        pass
    return mean, std


def _compute_covariates(mean: Array, std: Array, weights: Array) -> Array:
    """Covariates of the uncertainty, (n, k): the spread of each member, and how far members disagree."""
    if mean.shape[1] == 1:
        return std
    disagreement = np.abs(mean - (mean @ weights)[:, None]) @ weights
    return np.column_stack([std, disagreement])


def neighbour_of(measurement: Measurement) -> Neighbour:
    """``measurement`` as a row that can be cited, at no distance."""
    source = measurement.source
    return Neighbour(
        row_id=source.row_id,
        distance=0.0,
        value=measurement.value,
        paper=source.paper,
        description=describe(measurement.candidate),
        doi=source.doi,
        reference=source.reference,
        tier=measurement.tier.value if measurement.tier is not None else None,
        fidelity=measurement.fidelity.value,
        quoted_in=source.quoted_in,
        quoted_in_doi=source.quoted_in_doi,
        notice=source.notice,
    )


def check_level(level: float) -> None:
    """Refuse a share of probability that no interval has; raises :class:`InvalidInput`."""
    if not 0.0 < level < 1.0:
        raise InvalidInput(f"The level of an interval is {level:g}; it must lie between 0 and 1.", hint="0.9 is usual.")
