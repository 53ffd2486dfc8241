"""How much of its reference a cell gives, and how much of that it keeps: laws whose constants are read in every fit.

The utilisation u of a cell is its capacity over what its active material can give between the cut-offs
(:mod:`surrogate.models.targets`). The law is

    u = c / (1 + e^−z),  z = a_couple + Σ_j b_j x_j + o_paper,

with factors x_j that are 0 where nobody states them and otherwise measured from their mean, a level a of each redox
couple, and an offset o of each paper, which is 0 for a paper never seen. The constants are those of the highest
posterior: b_j ~ N(m_j, s_j²), a ~ N(1, 0.7²), o ~ N(0, 0.4²), and rounded absolute errors (pseudo-Huber), so that one
bad cell cannot turn a sign. The prior of a slope says which way a factor acts, as electrochemistry has it; its spread
says how far rows may overrule that. Between papers a fast test goes with a good cell, so the slope of the rate is held
tightly: what a rate does is seen within cells, and papers that vary it there find 0.2 to 0.4.

Retention has a law of its own with some of the same factors (:mod:`surrogate.models.retention_law`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.cell import ActiveHost, MixingMethod
from surrogate.candidate.columns import CellColumns, code
from surrogate.composition import Family
from surrogate.features.electrode import active_hosts, c_rate_log10, promoted
from surrogate.models.cell_state import (
    CONVERSION,
    OTHER,
    OXIDE,
    classes_of,
    couples_of,
    electrolyte_volume_share,
    has_host,
)
from surrogate.physics.conduction import inverse_kelvin_from_room
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K
from surrogate.physics.reference_capacity import COUPLES, Couple

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Largest utilisation, and the error of a row, by class.
LARGEST, ERROR = np.array([1.12, 1.15, 1.15]), np.array([0.10, 0.20, 0.20])
#: Prior of the level of a couple, and spread of the offsets of papers, in z. What conducts electrons itself and takes
#: lithium in without becoming another phase gives nearly all it holds.
LEVEL, LEVEL_SPREAD, PAPER_SPREAD = 1.0, 0.7, 0.4
_LEVELS = np.full(len(COUPLES) + 1, LEVEL)
_LEVELS[COUPLES.index(Couple.LAYERED_SULFIDE)] = 2.0
#: Barrier of ion transport in a sulfide electrolyte, eV: a typical value, since few rows state theirs.
BARRIER_EV = 0.3


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One term of the law: how it is computed from cells, and the prior of its slope in a class of them.

    ``counts_from_zero``: from zero, as a flag or a ratio to what is usual does, not from its mean over the rows.
    """

    name: str
    compute: Callable[[CellColumns], Array]
    priors: dict[int, tuple[float, float]]
    counts_from_zero: bool = False


#: Electrolyte by volume beyond which more of it brings nothing.
_ENOUGH_ELECTROLYTE = 0.5
#: Size of active particles by class in µm, typical: few rows of sulfur and the like state theirs, or none.
_USUAL_SIZE_UM = np.array([5.0, 1.0, 5.0])
#: Oxides that conduct no lithium, what such a coating is worth beside one that does, and the thickness that is useful.
_INSULATING = re.compile(r"(Al2O3|ZnO|TiO2|ZrO2|SiO2|MgO|CeO2)\b")
_INSULATING_WORTH, _USEFUL_THICKNESS_NM = 0.7, 10.0


def matches(pattern: str) -> Callable[[str | None], float]:
    """Whether a label holds ``pattern``, in any case, as 1 or 0."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: float(bool(compiled.search(text or "")))


_is_anode_free = matches(r"anode.?free|Ag-C|Ag/C|^SUS|\bCu foil")
_is_silicon_or_graphite = matches(r"\bSi\b|silicon|graphite")


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(values > 0.0, np.log(values), np.nan))


def _rate(columns: CellColumns) -> Array:
    """ln of the C-rate over 0.1 C."""
    return np.asarray(np.log(10.0) * (c_rate_log10(columns) + 1.0))


def _arrhenius(columns: CellColumns) -> Array:
    """Barrier over kT from 25 °C."""
    return np.asarray(inverse_kelvin_from_room(columns.temperature_c) * BARRIER_EV / BOLTZMANN_EV_PER_K)


def _milling_dose(columns: CellColumns) -> Array:
    """ln(1 + h · (rpm / 400)³) of the composite; a speed that is not stated is 400 rpm."""
    speed = np.where(np.isnan(columns.mixing_speed_rpm), 400.0, columns.mixing_speed_rpm)
    return np.asarray(np.log1p(columns.mixing_time_min / 60.0 * (speed / 400.0) ** 3))


def _coating(columns: CellColumns) -> Array:
    """1 for a coating that conducts lithium, less for an oxide that does not, 0 for none."""
    worth = columns.coating.map(lambda text: _INSULATING_WORTH if _INSULATING.match(text or "") else 1.0)
    return np.asarray(columns.coated * worth)


def _excess_of_coating(columns: CellColumns) -> Array:
    """ln of the coating's thickness over the useful one, 0 below it; from its share where only that is stated."""
    of_share = columns.coating_weight_fraction * np.nan_to_num(columns.active_particle_size_um, nan=5.0) * 1e3 / 6.0
    thickness = np.where(np.isnan(columns.coating_thickness_nm), of_share, columns.coating_thickness_nm)
    return np.asarray(np.maximum(_log(thickness / _USEFUL_THICKNESS_NM), 0.0))


#: The slopes with their priors by class, (mean, spread). Signs are those of transport and of electrochemistry: see
#: Ohno et al., ACS Energy Lett. 5, 910 (2020) for loading and ionic paths, Strauss et al., ACS Energy Lett. 3, 992
#: (2018) for shares, particles and pressure, Ohta et al., Electrochem. Commun. 9, 1486 (2007) for coatings, Nagao et
#: al., Electrochim. Acta 56, 6055 (2011) for the mixing of sulfur. Sizes are guesses that rows may overrule.
FACTORS: tuple[Factor, ...] = (
    Factor(name="rate", compute=_rate, priors={OXIDE: (-0.3, 0.04), CONVERSION: (-0.35, 0.05), OTHER: (-0.3, 0.1)}),
    Factor(
        name="loading",
        compute=lambda c: _log(c.active_loading_mg_per_cm2),
        priors={OXIDE: (-0.2, 0.06), CONVERSION: (-0.25, 0.08), OTHER: (-0.1, 0.1)},
    ),
    Factor(
        name="temperature", compute=_arrhenius, priors={OXIDE: (0.5, 0.15), CONVERSION: (0.4, 0.1), OTHER: (0.3, 0.15)}
    ),
    Factor(
        name="electrolyte conductivity",
        compute=lambda c: _log(c.electrolyte_conductivity_s_per_cm),
        priors={OXIDE: (0.15, 0.05), CONVERSION: (0.15, 0.05), OTHER: (0.1, 0.05)},
    ),
    Factor(
        name="stack pressure",
        compute=lambda c: np.log1p(c.stack_pressure_mpa / 10.0),
        priors={OXIDE: (0.12, 0.05), CONVERSION: (0.1, 0.05)},
    ),
    Factor(
        name="electrolyte by volume",
        compute=lambda c: np.minimum(electrolyte_volume_share(c), _ENOUGH_ELECTROLYTE),
        priors={OXIDE: (2.0, 0.5), CONVERSION: (1.2, 0.5)},
    ),
    Factor(
        name="active share",
        compute=lambda c: _log(c.active_weight_fraction),
        priors={OXIDE: (-0.1, 0.2), CONVERSION: (-0.5, 0.2), OTHER: (-0.2, 0.2)},
    ),
    Factor(
        name="carbon share",
        compute=lambda c: _log(np.maximum(c.additive_weight_fraction, 0.01)),
        priors={OXIDE: (0.03, 0.05), CONVERSION: (0.25, 0.08)},
    ),
    Factor(
        name="host",
        compute=lambda c: has_host(c).astype(float),
        priors={CONVERSION: (0.3, 0.2)},
        counts_from_zero=True,
    ),
    Factor(
        name="polyacrylonitrile",
        compute=lambda c: (active_hosts(c) == code(ActiveHost.POLYACRYLONITRILE)).astype(float),
        priors={CONVERSION: (1.0, 0.5)},
        counts_from_zero=True,
    ),
    Factor(
        name="promoter",
        compute=lambda c: np.nan_to_num(promoted(c)),
        priors={CONVERSION: (0.6, 0.3)},
        counts_from_zero=True,
    ),
    Factor(name="milling", compute=_milling_dose, priors={CONVERSION: (0.25, 0.1), OXIDE: (-0.05, 0.1)}),
    Factor(
        name="hand mixing",
        compute=lambda c: ((c.mixing_method == code(MixingMethod.HAND_MIXED)) & (active_hosts(c) < 0)).astype(float),
        priors={CONVERSION: (-1.2, 0.4)},
        counts_from_zero=True,
    ),
    Factor(
        name="particle size",
        compute=lambda c: _log(c.active_particle_size_um / _USUAL_SIZE_UM[classes_of(c)]),
        priors={OXIDE: (-0.12, 0.05), CONVERSION: (-0.15, 0.08)},
        counts_from_zero=True,
    ),
    Factor(
        name="infiltration",
        compute=lambda c: np.isin(
            c.mixing_method, [code(MixingMethod.INFILTRATED), code(MixingMethod.SOLUTION)]
        ).astype(float),
        priors={OXIDE: (0.3, 0.15)},
        counts_from_zero=True,
    ),
    Factor(name="coating", compute=_coating, priors={OXIDE: (0.4, 0.15)}),
    Factor(name="thick coating", compute=_excess_of_coating, priors={OXIDE: (-0.25, 0.1)}, counts_from_zero=True),
    Factor(
        name="halide catholyte",
        compute=lambda c: (c.electrolyte_family == code(Family.halide)).astype(float),
        priors={OXIDE: (0.35, 0.15)},
        counts_from_zero=True,
    ),
    Factor(
        name="above 4.3 V", compute=lambda c: np.maximum(c.voltage_max_v - 4.3, 0.0), priors={OXIDE: (-0.3, 0.4)},
        counts_from_zero=True,
    ),
    Factor(
        name="no anode",
        compute=lambda c: c.counter_electrode.map(_is_anode_free),
        priors={OXIDE: (-0.3, 0.2)},
        counts_from_zero=True,
    ),
    Factor(
        name="silicon or graphite",
        compute=lambda c: c.counter_electrode.map(_is_silicon_or_graphite),
        priors={OXIDE: (-0.2, 0.2)},
        counts_from_zero=True,
    ),
)  # fmt: skip
FACTORS_BY_NAME = {factor.name: factor for factor in FACTORS}


def terms_of(factors: tuple[Factor, ...]) -> tuple[tuple[Factor, int], ...]:
    """The columns of the design matrix before the levels of the couples: a factor and a class each."""
    return tuple((factor, cls) for factor in factors for cls in factor.priors)


@dataclass(frozen=True, kw_only=True)
class UtilisationLaw:
    """The law with the constants that a training set tells.

    ``slopes`` and ``centers`` are (k,), ``levels`` (couples + 1,); the last level is that of a couple that the law does
    not know.
    """

    terms: ClassVar[tuple[tuple[Factor, int], ...]] = terms_of(FACTORS)
    #: Whether members learn what the law leaves of the targets, not the targets.
    leaves_rest: ClassVar[bool] = False
    slopes: Array
    centers: Array
    levels: Array

    @classmethod
    def fit(cls, columns: CellColumns, targets: Array, paper: Codes) -> Self:
        """Read the constants from ``n`` cells.

        Args:
            columns: the cells.
            targets: capacities over their references, (n,).
            paper: codes of their papers, (n,).
        """
        from scipy.optimize import minimize

        factors = cls.compute_factors(columns)
        centers = find_centers(factors, cls.terms)
        design = np.hstack([center_factors(factors, centers), couples_of_cells(columns)])
        k, width = len(cls.terms), design.shape[1]
        priors = np.array([factor.priors[kind] for factor, kind in cls.terms])
        mean = np.concatenate([priors[:, 0], _LEVELS])
        spread = np.concatenate([priors[:, 1], np.full(width - k, LEVEL_SPREAD)])
        papers, place, counts = np.unique(paper, return_inverse=True, return_counts=True)
        weights = counts[place] ** -0.5  # a paper of many rows counts for more than one of few, not in proportion
        of_class = classes_of(columns)
        largest, error = LARGEST[of_class], ERROR[of_class]
        target = np.clip(targets, 0.0, 1.5)

        def loss(constants: Array) -> tuple[float, Array]:
            slopes, offsets = constants[:width], constants[width:]
            share = 1.0 / (1.0 + np.exp(-(design @ slopes + offsets[place])))
            miss = (largest * share - target) / error
            rounded = np.sqrt(1.0 + miss**2)
            value = weights @ (rounded - 1.0) + 0.5 * (((slopes - mean) / spread) ** 2).sum()
            value += 0.5 * (offsets**2).sum() / PAPER_SPREAD**2
            steep = weights * miss / rounded / error * largest * share * (1.0 - share)
            by_slope = design.T @ steep + (slopes - mean) / spread**2
            by_offset = np.bincount(place, weights=steep, minlength=len(papers)) + offsets / PAPER_SPREAD**2
            return float(value), np.concatenate([by_slope, by_offset])

        start = np.concatenate([mean, np.zeros(len(papers))])
        best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x[:width]
        return cls(slopes=best[:k], centers=centers, levels=best[k:])

    @property
    def n_constants(self) -> int:
        """How many constants were read."""
        return len(self.slopes) + len(self.levels)

    def predict(self, columns: CellColumns) -> Array:
        """The target of ``n`` cells in a paper never seen, (n,)."""
        return np.asarray(LARGEST[classes_of(columns)] / (1.0 + np.exp(-self.add_terms(columns))))

    def add_terms(self, columns: CellColumns) -> Array:
        """The sum of slopes times factors and of the level of the couple of ``n`` cells, (n,)."""
        factors = center_factors(self.compute_factors(columns), self.centers)
        return np.asarray(factors @ self.slopes + couples_of_cells(columns) @ self.levels)

    def append_to(self, X: Array, columns: CellColumns) -> Array:
        """Features X (n, d) of these cells with what the law says as the last one, (n, d + 1)."""
        return np.column_stack([X, self.predict(columns)])

    @classmethod
    def compute_factors(cls, columns: CellColumns) -> Array:
        """The factors of ``n`` cells, (n, k): NaN where nobody states them or the cell is of another class."""
        values = {factor.name: factor.compute(columns) for factor, _ in cls.terms}
        of_class = classes_of(columns)
        return np.column_stack([np.where(of_class == kind, values[factor.name], np.nan) for factor, kind in cls.terms])


@dataclass(frozen=True, kw_only=True)
class ChargeLaw(UtilisationLaw):
    """The law of first charges, which a coating raises less than discharges.

    What it saves in polarisation, a bare oxide makes up for in part by oxidising the electrolyte.
    """

    terms: ClassVar[tuple[tuple[Factor, int], ...]] = terms_of(
        tuple(replace(factor, priors={OXIDE: (0.2, 0.1)}) if factor.name == "coating" else factor for factor in FACTORS)
    )


def find_centers(factors: Array, terms: tuple[tuple[Factor, int], ...]) -> Array:
    """From where each of the ``factors`` (n, k) counts, (k,): zero, or its mean over the rows that state it."""
    is_stated = np.isfinite(factors)
    means = np.where(is_stated, factors, 0.0).sum(axis=0) / np.maximum(is_stated.sum(axis=0), 1)
    return np.where([factor.counts_from_zero for factor, _ in terms], 0.0, means)


def center_factors(factors: Array, centers: Array) -> Array:
    """The ``factors`` (n, k) from their ``centers`` (k,), nothing where they are not stated."""
    return np.where(np.isfinite(factors), factors - centers, 0.0)


def couples_of_cells(columns: CellColumns) -> Array:
    """Which redox couple each cell has, one-hot (n, couples + 1); the last is a couple that the law does not know."""
    couple = couples_of(columns)
    return np.eye(len(COUPLES) + 1)[np.where(couple < 0, len(COUPLES), couple)]
