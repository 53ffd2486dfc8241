"""Predictions for a laboratory that has measured rows of its own: shifted and sharpened by what these say.

The errors of the model at the own rows are known; by the covariance of errors within a laboratory
(:mod:`surrogate.models.within_lab`) they tell part of the errors elsewhere. The shape of an interval, skew included,
stays what the calibration made it; its middle moves, and its width shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput, Unavailable
from surrogate.models.base import MOST_OWN_ROWS, FittedSurrogate, Interval, Prediction, WithoutOwnRows
from surrogate.models.encoding import View
from surrogate.models.surrogate import Surrogate
from surrogate.models.within_lab import LEAST_DEVIATION, MOST_REMARKABLE, Conditioned, WithinLab
from surrogate.properties import Property, Scale

Array = NDArray[np.float64]


def with_own_rows(
    model: FittedSurrogate,
    candidates: Sequence[Candidate],
    predictions: Sequence[Prediction],
    own: Sequence[Measurement],
) -> list[Prediction]:
    """What ``predictions`` of ``candidates`` become once a laboratory's ``own`` rows of the property are known.

    Each answer keeps what it was without them. Values that are only limits are left aside, with a warning.

    Raises:
        InvalidInput: There are more than :data:`MOST_OWN_ROWS` own rows.
        Unavailable: The model was trained before it learnt how errors are shared within a laboratory.
    """
    own = [row for row in own if row.property == model.property.name]
    exact = [row for row in own if not row.censoring.is_limit]
    learnt = check_own_rows(model, own)
    left_aside = len(own) - len(exact)
    warnings = (
        (f"Own values of {model.property.label.lower()} left aside, since they are only limits: {left_aside}.",)
        if left_aside
        else ()
    )
    if learnt is None or not exact or not candidates:
        return [replace(p, warnings=(*p.warnings, *warnings)) for p in predictions]
    change = _condition(learnt, exact, learnt.encoding.view(candidates, materials=False))
    return [
        replace(
            _moved(model.property, prediction, shift, factor, len(exact)),
            warnings=(*prediction.warnings, *warnings),
        )
        for prediction, shift, factor in zip(predictions, change.shift.tolist(), change.factor.tolist(), strict=True)
    ]


def within_lab_of(model: Surrogate) -> WithinLab:
    """How the errors of ``model`` are shared within a laboratory; :class:`Unavailable` where it has not learnt it."""
    if model.within_lab is None:
        raise Unavailable(
            f"The model of {model.property.name} does not know how errors are shared within a laboratory: it is older.",
            hint="Train it again with 'python -m training fit'.",
        )
    return model.within_lab


def check_own_rows(model: FittedSurrogate, own: Sequence[Measurement]) -> Surrogate | None:
    """The model as one that can use ``own`` rows, ``None`` without any; refuses more than :data:`MOST_OWN_ROWS`."""
    if len(own) > MOST_OWN_ROWS:
        raise InvalidInput(
            f"{len(own)} own rows of one property were given; {MOST_OWN_ROWS} are the most.",
            hint="Leave some out, or train on them: docs/how-to/own-data.md.",
        )
    if not own:
        return None
    if not isinstance(model, Surrogate):
        raise Unavailable(f"The model of {model.property.name} cannot use own rows.", hint="Ask a campaign instead.")
    within_lab_of(model)
    return model


@dataclass(frozen=True, kw_only=True)
class _OwnErrors:
    """How far off the model is at ``n`` own rows: ``z`` (n,) in deviations, their ``view``, and the variance that their
    own uncertainty adds, ``extra`` (n,)."""

    z: Array
    view: View
    extra: Array


def _errors_of(model: Surrogate, own: Sequence[Measurement]) -> _OwnErrors | None:
    """The errors at those own rows of which anything is open, as nothing is of a retention at its reference cycle."""
    rows = [row.candidate for row in own]
    posterior = model.posterior(rows)
    own = [row for row, std in zip(own, posterior.std, strict=True) if std > LEAST_DEVIATION]
    if not own:
        return None
    is_open = posterior.std > LEAST_DEVIATION
    mean, std = posterior.mean[is_open], posterior.std[is_open]
    values = np.asarray(model.property.to_scale(np.array([_positive(model.property, row.value) for row in own])))
    return _OwnErrors(
        z=np.clip((values - mean) / std, -MOST_REMARKABLE, MOST_REMARKABLE),
        view=model.encoding.view([row.candidate for row in own], materials=False),
        extra=(np.array([row.uncertainty or 0.0 for row in own]) / std) ** 2,
    )


def _condition(model: Surrogate, own: Sequence[Measurement], view: View) -> Conditioned:
    errors, between = _errors_of(model, own), model.applicability.between
    if errors is None:
        return Conditioned(shift=np.zeros(len(view.X)), factor=np.ones(len(view.X)))
    return within_lab_of(model).condition_on(
        errors.z, between(errors.view, errors.view), between(view, errors.view), errors.extra
    )


def covariance_of_next(model: Surrogate, view: View, own: Sequence[Measurement]) -> Array:
    """Covariance (m, m) of the next values of candidates in the laboratory of ``own`` rows, in squared deviations.

    Own values that are only limits are left aside, as in :func:`with_own_rows`.
    """
    within_lab, between = within_lab_of(model), model.applicability.between
    errors = _errors_of(model, [row for row in own if not row.censoring.is_limit])
    if errors is None:
        return within_lab.next_values(between(view, view))
    return within_lab.next_values(
        between(view, view), errors.z, between(errors.view, errors.view), between(view, errors.view), errors.extra
    )


def _positive(prop: Property, value: float) -> float:
    """A value that has a place on the scale."""
    return max(value, prop.lower) if prop.scale is Scale.LOG10 else value


def _moved(prop: Property, prediction: Prediction, shift: float, factor: float, rows: int) -> Prediction:
    """``prediction`` with its middle moved by ``shift`` deviations and its interval ``factor`` times as wide."""
    interval = prediction.interval
    middle, low, high = (
        float(prop.to_scale(_positive(prop, value))) for value in (prediction.median, interval.low, interval.high)
    )
    moved = middle + shift * prediction.scale_std
    ends = (moved + factor * (low - middle), moved, moved + factor * (high - middle))
    low, median, high = (float(np.clip(prop.from_scale(end), prop.lower, prop.upper)) for end in ends)
    return replace(
        prediction,
        median=median,
        interval=Interval(level=interval.level, low=low, high=high),
        scale_mean=prediction.scale_mean + shift * prediction.scale_std,
        scale_std=factor * prediction.scale_std,
        without_own_rows=WithoutOwnRows(own_rows=rows, median=prediction.median, interval=interval),
    )
