"""Reading the constants of link (a) from measured conductivities: what the simulator would be, had it seen only these.

The most probable constants given ``n`` conductivities and the guesses of
:mod:`surrogate.physics.parameters.guesses`: least squares in decades, with the spread of a row around the law, an
offset that all rows of one paper share (so a series speaks by its differences, and forty rows of a paper do not count
as forty papers), a loss that grows linearly for rows far off, and one unit of loss per squared spread that a constant
moves from its guess. As scores (standard normal, 0 the guess) all constants are on one scale.

What is simulated is the mean over draws of the constants from the normal distribution about the most probable ones,
and of how far the dose of a mill and the temperature in a furnace are from what was written down. Thresholds of the
laws (an unreacted powder that percolates, a glass that crystallises) thereby become slopes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from surrogate.physics.electrolyte import ElectrolyteBatch, conductivity
from surrogate.physics.parameters.base import FloatArray, ParameterDraw
from surrogate.physics.parameters.guesses import GUESSES

#: Decades that a row lies off the law, and that all rows of a paper lie off together.
ROW_SPREAD, PAPER_SPREAD = 0.35, 0.4
#: Spreads from which on a residual counts linearly.
OUTLYING = 2.0
#: Bound on scores, where the priors end for all that is known.
_FARTHEST = 4.0
_STEP = 1e-3
#: Steps of the reading at most: from the guesses, and from constants that were read from nearly the same rows.
_MOST_STEPS, _FEW_STEPS = 20, 3
#: Draws that are averaged, half of them mirror images of the others.
DRAWS = 16
#: Rows that all draws are made for at once, so that what is between two steps stays in the processor's cache.
_ROWS = 256
#: Spread between mills of what one dose does, in decades, and between furnaces of what one setting does, in °C.
DOSE_SPREAD, FURNACE_SPREAD_C = 0.25, 12.0


@dataclass(frozen=True, kw_only=True)
class ReadConstants:
    """The most probable constants as ``scores`` (k,), with the lower ``factor`` (k, k) of their covariance."""

    scores: FloatArray
    factor: FloatArray

    @cached_property
    def _draws(self) -> tuple[ParameterDraw, FloatArray, FloatArray]:
        """The constants, the factor of a dose and the degrees of a furnace in each draw, (draws, 1) each."""
        half = np.random.default_rng(0).standard_normal((len(self.scores) + 2, DRAWS // 2))
        nodes = np.hstack([half, -half])
        scores = np.clip(self.scores[:, None] + self.factor @ nodes[2:], -_FARTHEST, _FARTHEST)
        draws = [constants_at(at).values for at in scores.T]
        constants = {name: np.array([[values[name]] for values in draws]) for name in draws[0]}
        doses = np.array([[10.0 ** (DOSE_SPREAD * mill)] for mill in nodes[0].tolist()])
        return ParameterDraw(constants), doses, FURNACE_SPREAD_C * nodes[1][:, None]

    def log_conductivity(self, batch: ElectrolyteBatch) -> FloatArray:
        """The mean over the draws of log10 of the simulated S/cm, (n,); NaN where no law applies."""
        constants, dose, celsius = self._draws
        mean = np.empty(len(batch))
        for start in range(0, len(batch), _ROWS):
            part = batch if len(batch) <= _ROWS else batch.take(np.arange(start, min(start + _ROWS, len(batch))))
            other = replace(
                part,
                synthesis_dose_h=part.synthesis_dose_h * dose,
                remill_dose_h=part.remill_dose_h * dose,
                heat_c=part.heat_c + celsius,
            )
            mean[start : start + _ROWS] = log_conductivity(other, constants).sum(axis=0) / DRAWS
        return mean


def constants_at(scores: FloatArray) -> ParameterDraw:
    """The constants at standard scores (k,) of the guesses, or per row at (k, n)."""
    values = {guess.name: guess.quantile(score) for guess, score in zip(GUESSES, scores, strict=True)}
    return ParameterDraw({name: float(v) if np.ndim(v) == 0 else v for name, v in values.items()})


def log_conductivity(batch: ElectrolyteBatch, constants: ParameterDraw) -> FloatArray:
    """log10 of the simulated S/cm, (n,) or (k, n); NaN where no law applies.

    Args:
        batch: n electrolytes.
        constants: Of the laws, which may hold k samples each.
    """
    return np.asarray(np.log10(conductivity(batch, constants)))


def read_constants(
    batch: ElectrolyteBatch,
    measured: FloatArray,
    paper: npt.NDArray[np.int64],
    start: FloatArray | None = None,
    scatter: float = 1.0,
) -> ReadConstants:
    """Read the constants of the simulator from measured electrolytes; the same rows give the same bits.

    Args:
        batch: n electrolytes.
        measured: Their log10 conductivities in S/cm, (n,).
        paper: Codes of their papers, (n,).
        start: Scores (k,) that were read from nearly the same rows; from the guesses otherwise, in more steps.
        scatter: How many times farther than usual rows and papers lie off the law.

    Returns:
        The score of each constant, (k,), in standard deviations from its guess, and how sure they are. Rows that the
        physics does not cover have no say; without any other row all scores are 0.
    """
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import least_squares

    guesses = np.zeros(len(GUESSES))
    rows = np.flatnonzero(np.isfinite(log_conductivity(batch, constants_at(guesses))))
    if not len(rows):
        return ReadConstants(scores=guesses, factor=np.eye(len(GUESSES)))
    batch, measured, paper = batch.take(rows), measured[rows], paper[rows]
    # Rows of one paper err together: residuals times the inverse of the factor of this covariance are independent.
    together = PAPER_SPREAD**2 * (paper[:, None] == paper[None, :])
    factor = scatter * cholesky(ROW_SPREAD**2 * np.eye(len(rows)) + together, lower=True)

    def whitened(decades: FloatArray) -> FloatArray:
        return np.asarray(solve_triangular(factor, decades, lower=True, check_finite=False))

    def residuals(scores: FloatArray) -> FloatArray:
        return np.concatenate([whitened(log_conductivity(batch, constants_at(scores)) - measured), scores])

    def slopes(scores: FloatArray) -> FloatArray:
        return np.vstack([whitened(_slopes(batch, scores)), np.eye(len(scores))])

    fitted = least_squares(
        residuals,
        guesses if start is None else np.clip(start, -0.999 * _FARTHEST, 0.999 * _FARTHEST),
        jac=slopes,
        bounds=(-_FARTHEST, _FARTHEST),
        loss="soft_l1",
        f_scale=OUTLYING,
        xtol=1e-3,
        ftol=1e-4,
        max_nfev=_MOST_STEPS if start is None else _FEW_STEPS,
    )
    # The inverse of JᵀJ from its factor: J ends with the prior, so it has full rank.
    root = np.linalg.qr(fitted.jac, mode="r")
    spread = solve_triangular(root, np.eye(len(GUESSES)))
    return ReadConstants(scores=np.asarray(fitted.x), factor=cholesky(spread @ spread.T, lower=True))


def _slopes(batch: ElectrolyteBatch, scores: FloatArray) -> FloatArray:
    """Differences of the log10 conductivities to every score, (n, k), all in one evaluation."""
    n, k = len(batch), len(scores)
    moved = constants_at(np.column_stack([scores, scores[:, None] + _STEP * np.eye(k)]))
    constants = ParameterDraw({name: np.repeat(values, n) for name, values in moved.values.items()})
    logs = log_conductivity(batch.take(np.tile(np.arange(n), k + 1)), constants).reshape(k + 1, n)
    return np.asarray((logs[1:] - logs[0]).T / _STEP)
