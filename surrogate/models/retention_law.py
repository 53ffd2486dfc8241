"""The law of retention: what decides how much a cell loses in a hundred cycles, as a sum of factors with known signs.

    retention = 100 % · exp(−exp(Σ slope · factor + level of the redox couple)),

so a factor multiplies the fade, and no cell keeps less than nothing or more than all. A factor counts from its mean
over the rows that state it, and as nothing where a cell does not. Slopes have priors with the sign that the field
knows. Errors count by their size, papers all alike and without an offset of their own: what is sought is the middle of
what papers report, and offsets would draw it to the few that show their failures (docs/decisions/0037).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import CellColumns, code
from surrogate.composition import Family
from surrogate.features.electrode import single_crystal
from surrogate.models.cell_state import CONVERSION, OTHER, OXIDE
from surrogate.models.utilisation import (
    FACTORS_BY_NAME,
    Factor,
    UtilisationLaw,
    center_factors,
    couples_of_cells,
    find_centers,
    matches,
    terms_of,
)
from surrogate.physics.reference_capacity import COUPLES, Couple

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Retention below which errors count as squares, above by their size.
_ERROR = 0.03
#: Usual fade in a hundred cycles as its logarithm, how sure that is, and how far redox couples lie from it.
_LEVEL, _LEVEL_SPREAD, _COUPLE_SPREAD = float(np.log(0.25)), 3.0, 0.2
#: What takes lithium in without becoming another phase, where the electrolyte is not oxidised, fades less.
_COUPLES = np.zeros(len(COUPLES) + 1)
_COUPLES[COUPLES.index(Couple.LAYERED_SULFIDE)] = -0.7
_LARGEST_LOG_FADE = 3.0

_is_indium_alone = matches(r"^In( \(Li free\))?$")
_is_protected = matches(r"interlayer|interphase|hybrid layer|with .*Al2O3|LiF\b|Li3N|siloxane")
_is_titanate = matches(r"Li4Ti5|^LTO\b")
_is_prelithiated = matches(r"prelith|Li4\.4Si|LixSi|Li2Si")


def _everywhere(mean: float, spread: float) -> dict[int, tuple[float, float]]:
    return dict.fromkeys((OXIDE, CONVERSION, OTHER), (mean, spread))


#: Priors of ln fade: below zero keeps capacity, above wears it. Ohta et al., Electrochem. Commun. 9, 1486 (2007) for
#: coatings, Conforto et al., J. Electrochem. Soc. 168, 070546 (2021) for single crystals, Doux et al., Adv. Energy
#: Mater. 10, 1903253 (2020) for pressure. Indium without lithium takes its lithium from the cell; titanate does not
#: swell and meets no dendrite. Sizes are guesses that rows may overrule.
RETENTION_FACTORS: tuple[Factor, ...] = (
    replace(FACTORS_BY_NAME["coating"], priors={OXIDE: (-0.45, 0.15)}),
    Factor(name="single crystal", compute=single_crystal, priors={OXIDE: (-0.4, 0.15)}),
    replace(FACTORS_BY_NAME["rate"], priors={OXIDE: (-0.03, 0.02), CONVERSION: (-0.03, 0.02)}),
    replace(FACTORS_BY_NAME["halide catholyte"], priors={OXIDE: (-0.2, 0.1)}),
    Factor(
        name="thiogermanate",
        compute=lambda c: (c.electrolyte_family == code(Family.lgps_type)).astype(float),
        priors={OXIDE: (0.2, 0.15), CONVERSION: (0.2, 0.15)},
        counts_from_zero=True,
    ),
    Factor(name="upper cut-off", compute=lambda c: c.voltage_max_v, priors={OXIDE: (0.8, 0.3)}),
    replace(FACTORS_BY_NAME["stack pressure"], priors={OXIDE: (-0.15, 0.05), CONVERSION: (-0.1, 0.05)}),
    replace(FACTORS_BY_NAME["loading"], priors=_everywhere(0.1, 0.05)),
    replace(FACTORS_BY_NAME["promoter"], priors={CONVERSION: (-0.3, 0.2)}),
    replace(FACTORS_BY_NAME["host"], priors={CONVERSION: (-0.2, 0.2)}),
    replace(FACTORS_BY_NAME["no anode"], priors={OXIDE: (0.3, 0.2)}),
    replace(FACTORS_BY_NAME["silicon or graphite"], priors={OXIDE: (0.2, 0.2)}),
    Factor(
        name="indium without lithium",
        compute=lambda c: c.counter_electrode.map(_is_indium_alone),
        priors=_everywhere(0.3, 0.2),
        counts_from_zero=True,
    ),
    Factor(
        name="protected lithium",
        compute=lambda c: c.counter_electrode.map(_is_protected),
        priors=_everywhere(-0.3, 0.2),
        counts_from_zero=True,
    ),
    Factor(
        name="lithium titanate",
        compute=lambda c: c.counter_electrode.map(_is_titanate),
        priors=_everywhere(-0.3, 0.2),
        counts_from_zero=True,
    ),
    Factor(
        name="prelithiated silicon",
        compute=lambda c: c.counter_electrode.map(_is_prelithiated),
        priors=_everywhere(-0.2, 0.2),
        counts_from_zero=True,
    ),
)


@dataclass(frozen=True, kw_only=True)
class RetentionLaw(UtilisationLaw):
    """The law of retention at the standard number of cycles, in per cent."""

    terms: ClassVar[tuple[tuple[Factor, int], ...]] = terms_of(RETENTION_FACTORS)
    leaves_rest: ClassVar[bool] = True

    @classmethod
    def fit(cls, columns: CellColumns, targets: Array, paper: Codes) -> Self:
        """Read the constants from ``n`` cells.

        Args:
            columns: the cells.
            targets: retentions in per cent, (n,).
            paper: codes of their papers, (n,).
        """
        from scipy.optimize import minimize

        factors = cls.compute_factors(columns)
        centers = find_centers(factors, cls.terms)
        # The level of a couple is that of all and how far it lies from there.
        design = np.hstack([center_factors(factors, centers), np.ones((len(columns), 1)), couples_of_cells(columns)])
        k = len(cls.terms)
        priors = np.array([factor.priors[kind] for factor, kind in cls.terms])
        mean = np.concatenate([priors[:, 0], [_LEVEL], _COUPLES])
        spread = np.concatenate([priors[:, 1], [_LEVEL_SPREAD], np.full(len(_COUPLES), _COUPLE_SPREAD)])
        _, place, counts = np.unique(paper, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[place]
        target = np.maximum(targets, 0.0) / 100.0

        def loss(constants: Array) -> tuple[float, Array]:
            fade = _exponential(design @ constants)
            kept = np.exp(-fade)
            miss = (kept - target) / _ERROR
            rounded = np.sqrt(1.0 + miss**2)
            value = weights @ (rounded - 1.0) + 0.5 * (((constants - mean) / spread) ** 2).sum()
            steep = -weights * miss / rounded / _ERROR * kept * fade
            return float(value), design.T @ steep + (constants - mean) / spread**2

        best = minimize(loss, mean, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
        return cls(slopes=best[:k], centers=centers, levels=best[k] + best[k + 1 :])

    def predict(self, columns: CellColumns) -> Array:
        """The retention of ``n`` cells in per cent, (n,)."""
        return np.asarray(100.0 * np.exp(-_exponential(self.add_terms(columns))))


def _exponential(log_fade: Array) -> Array:
    return np.exp(np.minimum(log_fade, _LARGEST_LOG_FADE))
