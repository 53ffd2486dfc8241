"""A fitted model of one property: encoding, members, calibration, applicability, neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.datasets import check_once, sha256_of
from surrogate.errors import InvalidInput, UnknownName
from surrogate.execution.checks import check_seed
from surrogate.models import targets
from surrogate.models.applicability import Applicability, Near, Verdicts, nearest_rows
from surrogate.models.base import Interval, ModelCard, ModelIdentity, ModelStatus, Neighbour, Posterior, Prediction
from surrogate.models.calibration import Calibration, normal_quantile
from surrogate.models.conditions import Law, at_standard, law_of
from surrogate.models.encoding import Encoding, View, describe
from surrogate.models.estimators.gaussian_process import GaussianProcess
from surrogate.models.estimators.kinds import Estimator
from surrogate.models.estimators.registry import ESTIMATORS
from surrogate.models.first_cycle import borrowed
from surrogate.models.simulated import ReadSimulator
from surrogate.models.stack import FLOOR, Members, blend, caution, evaluation_weights, fit_members, prior_weights
from surrogate.models.training_set import TrainingSet, paper_weights
from surrogate.properties import Property, Scale, get_property

Array = NDArray[np.float64]
T = TypeVar("T")

STACK = "stack"
#: Every kind of model that can be trained; the stack blends all the others.
KINDS = (*ESTIMATORS, STACK)
#: Rows predicted at once, so that memory stays bounded whatever n is.
BLOCK = 2000
#: Rows that members work on at once: what they make of so many stays in the processor's cache, at half the time.
CACHED = 256


@dataclass(frozen=True, kw_only=True)
class Blended:
    """What the members say together, on the learnt scale at standard conditions: ``raw`` blend (n,), ``center`` with
    half the residuals on either side (n,), ``signs`` of uncertainty (n, k) and the model's ``own`` spread (n,); with
    the ``law`` that takes it to the conditions asked for, where the property has one.
    """

    raw: Array
    center: Array
    signs: Array
    own: Array
    law: Law | None = None

    @property
    def middle(self) -> Array:
        """The center under the conditions asked for, (n,)."""
        return self.center if self.law is None else self.law.applied(self.center)

    def spread(self, std: Array) -> Array:
        """A standard deviation at standard conditions (n,) under those asked for, with the error of the law."""
        return std if self.law is None else np.hypot(self.law.slope * std, self.law.error)

    def ends(self, low: Array, high: Array, level: float) -> tuple[Array, Array]:
        """The ends (n,) of an interval that goes from ``low`` below to ``high`` above the raw blend."""
        if self.law is None:
            return self.raw + low, self.raw + high
        lower, upper = self.law.applied(self.raw + low), self.law.applied(self.raw + high)
        error = normal_quantile(0.5 + level / 2.0) * self.law.error
        middle = self.middle
        return middle - np.hypot(middle - lower, error), middle + np.hypot(upper - middle, error)


@dataclass(frozen=True, kw_only=True)
class PredictedArrays:
    """Predictions of ``n`` candidates as columns: ``median``, ``low`` and ``high`` (n,) in the unit, ``mean`` and
    ``std`` (n,) on the scale of the property, and the ``verdicts`` with their scores and codes (n,).
    """

    median: Array
    low: Array
    high: Array
    mean: Array
    std: Array
    verdicts: Verdicts


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """A :class:`surrogate.models.base.FittedSurrogate`; made by :func:`fit`, stored by
    :mod:`surrogate.models.artifact`.

    ``weights`` (members,) blend the ``members``, which see what the ``simulator`` says where there is one; ``rows`` are
    the cited measurements the model has seen. With ``threads`` (never stored) the members are asked side by side about
    many candidates: for a process that serves, with cores to spare.
    """

    encoding: Encoding
    members: dict[str, Estimator]
    weights: Array
    calibration: Calibration
    applicability: Applicability
    rows: tuple[Neighbour, ...]
    identity: ModelIdentity
    card: ModelCard
    simulator: ReadSimulator | None = None
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
        """One prediction per candidate in the same order, with central intervals of ``level`` and cited neighbours."""
        check_level(level)
        if neighbours < 0:
            raise InvalidInput(f"{neighbours} neighbours were asked for.", hint="Ask for 0 or more.")
        predictions: list[Prediction] = []
        for start in range(0, len(candidates), BLOCK):
            predictions += self._predict(candidates[start : start + BLOCK], level, neighbours)
        return predictions

    def intervals(self, candidates: Sequence[Candidate], levels: Sequence[float]) -> dict[float, tuple[Array, Array]]:
        """Lower and upper ends (n,) of the central interval of each level, in the unit; one pass for all levels."""
        for level in levels:
            check_level(level)
        view = self.encoding.view(candidates, materials=False)
        blend = self._blend(view)
        return {level: self._ends(view, blend, level) for level in levels}

    def predict_arrays(self, view: View, *, level: float = 0.9) -> PredictedArrays:
        """:meth:`predict` as columns, without neighbours and words, for very many candidates.

        ``view`` comes from ``encoding.view(candidates, materials=False)`` or ``encoding.view_of(columns)``. At most
        some thousands of rows at once: memory grows with rows times measurements.
        """
        check_level(level)
        return self._arrays(view, level, 0)[0]

    def inputs(self, view: View) -> Array:
        """What the members see of ``n`` candidates: the features, and beside them what the simulator says."""
        X = at_standard(self.property.name, self.encoding.names, view.X)
        if self.simulator is None or view.columns is None:
            return X
        return self.simulator.append_to(X, view.columns)

    def medians(self, view: View, inputs: Array | None = None) -> Array:
        """The median of each prediction (n,), in the unit, and nothing else; of other ``inputs`` than :meth:`inputs`
        where these are given.
        """
        return targets.from_model(self.property, self._blend(view, inputs).middle, view.reference)

    def with_identity(self, **changes: Any) -> Surrogate:
        """A copy with another version, status or reason."""
        return replace(self, identity=replace(self.identity, **changes))

    def _blend(self, view: View, inputs: Array | None = None) -> Blended:
        X = self.inputs(view) if inputs is None else inputs
        mean, std = member_predictions(self.members, X, view.group, self.threads)
        signs = uncertainty_signs(mean, std, self.weights)
        raw = mean @ self.weights
        # The floor's spread is that of its group's values, which more data would not remove.
        learnt = np.array([kind != FLOOR or len(self.members) == 1 for kind in self.members]) * self.weights
        learnt = learnt / learnt.sum() if learnt.sum() > 0 else self.weights
        own = np.sqrt((std**2) @ learnt + ((mean - (mean @ learnt)[:, None]) ** 2) @ learnt)
        law = law_of(self.property.name, self.encoding.names, view.X, view.reference_cycle)
        return Blended(raw=raw, center=raw + self.calibration.shift(signs), signs=signs, own=own, law=law)

    def _ends(self, view: View, blend: Blended, level: float) -> tuple[Array, Array]:
        """Both ends (n,) of the interval in the unit; the median never lies outside."""
        low, high = self.calibration.interval(blend.signs, level)
        median, lower, upper = (
            targets.from_model(self.property, scaled, view.reference)
            for scaled in (blend.middle, *blend.ends(low, high, level))
        )
        return np.minimum(lower, median), np.maximum(upper, median)

    def _posterior(self, candidates: Sequence[Candidate]) -> Posterior:
        view = self.encoding.view(candidates, materials=False)
        blend = self._blend(view)
        unit = view.reference  # 1 except for capacities, whose scale is linear in the unit
        std = blend.spread(self.calibration.standard_deviation(blend.signs))
        own = blend.own if blend.law is None else blend.law.slope * blend.own  # no row makes the law surer
        return Posterior(mean=blend.middle * unit, std=std * unit, std_model=own * unit)

    def _predict(self, candidates: Sequence[Candidate], level: float, neighbours: int) -> list[Prediction]:
        view = self.encoding.view(candidates, materials=False)
        arrays, nearest = self._arrays(view, level, neighbours)
        verdicts = self.applicability.domains(view, arrays.verdicts, self.encoding)
        near = nearest_rows(nearest, self.rows, neighbours)
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
                    *_composition_warnings(candidate),
                    *_value_warnings(self.property, median, reference, candidate),
                ),
            )
            for candidate, domain, rows, reference, median, low, high, mean, std in zip(
                candidates,
                verdicts,
                near,
                view.reference.tolist(),
                *(column.tolist() for column in numbers),
                strict=True,
            )
        ]

    def _arrays(self, view: View, level: float, neighbours: int) -> tuple[PredictedArrays, Near]:
        """The predictions, and which rows that the model has seen are nearest."""
        ask = self._aside(lambda: self._near(view, neighbours), len(view.X))
        blend = self._blend(view)
        low, high = self._ends(view, blend, level)
        near = ask()
        return PredictedArrays(
            median=targets.from_model(self.property, blend.middle, view.reference),
            low=low,
            high=high,
            mean=blend.middle * view.reference,  # the reference is 1 except for scales that are linear in the unit
            std=blend.spread(self.calibration.standard_deviation(blend.signs)) * view.reference,
            verdicts=self.applicability.verdicts(view, near.least, self.encoding.names),
        ), near

    def _near(self, view: View, count: int) -> Near:
        ranks = self.applicability.ranks(view, self.encoding.names) if count else None
        return Near.of(self.applicability.distances(view), count, ranks)

    def _aside(self, task: Callable[[], T], n: int) -> Callable[[], T]:
        """What gives the answer of ``task`` about ``n`` candidates: begun in a thread for many, else when asked for."""
        return task if self.threads is None or n <= CACHED else self.threads.submit(task).result


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
    """Train a model of ``property`` on ``measurements``; the same input and seed give the same bits.

    ``physics`` adds what the simulator says to the features where it has something to say of the property, with
    constants read from these measurements (docs/decisions/0012).
    ``companions`` are measurements of the other direction of the first cycle to borrow from
    (``datasets.load_companions``).
    ``kind`` is one of :data:`KINDS`. ``hyperparameters`` belong to the kind, or, for the stack, are nested by kind.
    Raises :class:`InvalidInput` for measurements of fewer than two papers, that all say the same or of which one would
    count twice (:func:`surrogate.datasets.check_once`),
    :class:`UnknownName` for an unknown kind, :class:`ConfigError` for hyper-parameters that cannot be.
    """
    kinds = member_kinds(kind)
    check_seed(seed)
    nested = dict(hyperparameters or {}) if kind == STACK else {kind: dict(hyperparameters or {})}
    physics = physics and kind != FLOOR  # a median does not ask
    encoding, training, view = encode(measurements, property, physics=physics, companions=companions)
    members = fit_members(training, kinds, nested, np.random.default_rng(seed))
    return assemble(members, measurements, encoding, training, view, kind=kind, hyperparameters=nested, seed=seed)


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
    others = set(targets.CAPACITIES) - {prop.name} if prop.name in targets.CAPACITIES else set()
    strange = next((m.property for m in companions if m.property not in others), None)
    if strange is not None:
        raise InvalidInput(
            f"A model of {prop.name} cannot borrow from measurements of {strange}.",
            hint="surrogate.datasets.load_companions(property) gives what it can borrow from.",
        )
    check_once(measurements)
    check_once(companions)
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
) -> Surrogate:
    """Blend fitted ``members`` into a model: weights, calibration and applicability from their held-out predictions."""
    chosen = members.only(member_kinds(kind))
    judged = evaluation_weights(training, view.reference)
    n_papers = len(np.unique(training.paper))
    share, pull = caution(training)
    prior = prior_weights(chosen.kinds, share)
    weights = blend(chosen.held_out_mean, chosen.y, judged, n_papers, prior, strength=pull)
    signs = uncertainty_signs(chosen.held_out_mean, chosen.held_out_std, weights)
    residuals = chosen.y - chosen.held_out_mean @ weights
    calibration = Calibration.fit(residuals, signs, paper_weights(training.paper), n_papers)
    data_sha256 = sha256_of(measurements)
    return Surrogate(
        encoding=encoding,
        members=chosen.fitted,
        weights=weights,
        calibration=calibration,
        applicability=Applicability.fit(training, view.X, encoding.groups),
        simulator=chosen.simulator,
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
                **_learnt_noise(chosen),
                **_other_direction(training),
            },
        ),
    )


def _learnt_noise(members: Members) -> dict[str, dict[str, float]]:
    """What the Gaussian process learnt of the spread between papers and within each trust tier, on the learnt scale."""
    process = members.fitted.get("gaussian_process")
    if not isinstance(process, GaussianProcess):
        return {}
    return {"noise": {name: round(value, 4) for name, value in process.noise().items()}}


def _other_direction(training: TrainingSet) -> dict[str, dict[str, float]]:
    """What was borrowed from the other direction of the first cycle: rows, their papers and the usual ratios."""
    return {} if training.other is None else {"other_direction": borrowed(training.other)}


def member_kinds(kind: str) -> tuple[str, ...]:
    """The estimators that a model of ``kind`` is made of."""
    if kind == STACK:
        return tuple(ESTIMATORS)
    if kind not in ESTIMATORS:
        raise UnknownName("kind of model", kind, KINDS)
    return (kind,)


def member_predictions(
    members: Mapping[str, Estimator], X: Array, group: NDArray[np.int64], threads: Executor | None = None
) -> tuple[Array, Array]:
    """Mean and spread of every member, (n, members) each; of more than :data:`CACHED` candidates in ``threads``."""
    mean, std = np.empty((len(X), len(members))), np.empty((len(X), len(members)))
    models = list(members.values())

    def ask(part: tuple[int, int]) -> None:
        start, column = part
        rows = slice(start, start + CACHED)
        mean[rows, column], std[rows, column] = models[column].predict(X[rows], group[rows])

    parts = itertools.product(range(0, len(X), CACHED), range(len(models)))
    many = map if threads is None or len(X) <= CACHED else threads.map
    for _ in many(ask, parts):  # raises what a thread raised
        pass
    return mean, std


def uncertainty_signs(mean: Array, std: Array, weights: Array) -> Array:
    """What tells a hard candidate from an easy one, (n, k): each member's spread, and how far members disagree."""
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


def _value_warnings(prop: Property, median: float, reference: float, candidate: Candidate) -> tuple[str, ...]:
    """What a chemist would object to in a ``median``: that it is cut, or more than the material can hold."""
    subject, label = candidate.subject, prop.label[0].lower() + prop.label[1:]
    if prop.scale is Scale.LOG10 and not prop.lower < median < prop.upper:
        return (
            f"The {label} is cut at {median:g} {prop.unit}, the end of what is possible, and its interval with it: "
            "nothing is known so far from the measurements.",
        )
    if prop.name in targets.CAPACITIES and isinstance(subject, Cell) and median > reference:
        material = subject.electrode.active_material
        if material.theoretical_capacity_mah_per_g is not None:
            return (
                f"The {label}, {median:.0f} {prop.unit}, lies above the theoretical one of {material.name}, "
                f"{reference:.0f} {prop.unit}: in rows learnt from, the electrolyte held lithium as well.",
            )
    return ()


def _composition_warnings(candidate: Candidate) -> tuple[str, ...]:
    electrolyte = candidate.electrolyte
    return () if electrolyte is None else electrolyte.composition.warnings
