"""A recipe that was measured, or one of the same laboratory, is answered with what was measured there.

A blend of members smooths: it answers the rows it learnt from with the middle of their surroundings. What it misses on
its own rows, e, is given back to candidates that are recognised as recipes of their paper,

    + Σ_p π_p · k_p(x)ᵀ (K_p + v)⁻¹ e_p,  k(x, x') = laboratory + recipe · e^(−(D / LENGTH)²),

with the distance D of features and the share π_p with which the candidate comes from paper p. A recipe is recognised by
what it has in common with a row that few papers have (a counter electrode, a pressure, a loading): a row is weighed by

    s = AGREE · Σ_same −ln(share of papers that have it) − DIFFER · (those that differ) − ALONE · (stated by one alone),

a paper by its nearest row, and π_p = e^s_p / (e^NOBODY + Σ_q e^s_q). A recipe like no other belongs to nobody and gets
nothing, so answers for unseen papers, and the intervals that were read from them, stay what they are
(docs/decisions/0043).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import ActiveMaterial
from surrogate.candidate.columns import CellColumns

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: What tells laboratories apart: numbers, choices and words.
_NUMBERS = (
    "active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction", "active_loading_mg_per_cm2",
    "electrolyte_conductivity_s_per_cm", "electrolyte_phosphorus_mol_per_g", "coating_thickness_nm",
    "coating_weight_fraction", "active_particle_size_um", "mixing_time_min", "mixing_speed_rpm",
    "mixing_ball_to_powder_ratio", "negative_to_positive_ratio", "separator_thickness_um", "fabrication_pressure_mpa",
    "stack_pressure_mpa", "voltage_min_v", "voltage_max_v", "current_ma_per_g", "current_ma_per_cm2", "c_rate",
    "temperature_c",
)  # fmt: skip
_CHOICES = ("electrolyte_family", "active_particle_kind", "active_host", "mixing_method", "first_step")
_WORDS = ("active_material", "coating", "promoter", "additive", "binder", "counter_electrode")
#: Relative difference over which two numbers cease to agree; the least share of papers that counts as rare.
_TOLERANCE, _RAREST = 0.03, 1e-3
#: Candidates that are compared at once, so that what is made of them stays in the processor's cache.
_COMPARED = 256
#: How much speaks for a row: means over folds of what makes rows recognise their papers, and strangers none.
AGREE, DIFFER, ALONE, NOBODY = 0.35, 0.6, 1.1, 0.5
#: How far recipes of a paper are near, in typical distances between papers.
LENGTH = 1.0


class Variances(NamedTuple):
    """How the squares of what a blend misses divide: what a paper shares, near recipes share, a row has by itself."""

    laboratory: float
    recipe: float
    row: float


class _Papers(NamedTuple):
    """The ``order`` of rows by paper (n,), where papers start in it, and the ``place`` of the paper of a row (n,)."""

    order: Codes
    starts: Codes
    place: Codes


#: Papers show retentions for their contrasts, so that a row says less of the next than one of a capacity does.
CAPACITIES, RETENTIONS = Variances(0.3, 2.0, 0.2), Variances(0.3, 0.5, 1.0)


@dataclass(frozen=True, kw_only=True)
class KnownRecipes:
    """What ``n`` rows state and how they pull.

    Attributes:
        stated: Their settings as numbers, (n, k), NaN where a row does not state one.
        rarity: −ln of the share of papers that have them, (n, k), 0 where a row does not state one.
        paper: Their papers, (n,).
        pull: (K_p + v)⁻¹ e_p of the rows of each paper, (n,).
        laboratory: Variance of what a paper shares.
        recipe: Variance of what near recipes share.
    """

    stated: Array
    rarity: Array
    paper: Codes
    pull: Array
    laboratory: float
    recipe: float

    @classmethod
    def fit(
        cls, columns: CellColumns, paper: Codes, residuals: Array, distances: Array, variances: Variances
    ) -> KnownRecipes:
        """Learn from ``n`` rows.

        Args:
            columns: The cells.
            paper: Codes of their papers, (n,).
            residuals: What a blend misses of each, (n,).
            distances: Between the rows, (n, n), in typical distances between papers.
            variances: What the rows of a paper share.
        """
        stated = _read_stated(columns)
        shared = variances.laboratory + variances.recipe * _likeness(distances)
        kernel = (paper[:, None] == paper) * shared + variances.row * np.eye(len(paper))
        return cls(
            stated=stated,
            rarity=_find_rarity(stated, paper),
            paper=paper,
            pull=np.linalg.solve(kernel, residuals),
            laboratory=variances.laboratory,
            recipe=variances.recipe,
        )

    def correction(self, columns: CellColumns, distances: Array) -> Array:
        """What is added to the blend for ``n`` candidates, (n,), on the learnt scale.

        Args:
            columns: The candidates.
            distances: How far they are from the rows, (n, rows), in typical distances between papers.
        """
        shares = self.recognise(columns)[:, self._papers.place]
        shared = self.laboratory + self.recipe * _likeness(distances)
        return np.asarray(np.einsum("ij,ij,j->i", shares, shared, self.pull))

    def recognise(self, columns: CellColumns) -> Array:
        """The shares with which ``n`` candidates come from each paper, (n, papers); what they lack is nobody's."""
        stated, order, starts = _read_stated(columns), self._papers.order, self._papers.starts
        speaks = np.empty((len(stated), len(starts)))
        for first in range(0, len(stated), _COMPARED):
            block = slice(first, first + _COMPARED)
            speaks[block] = np.maximum.reduceat(self._weigh(stated[block])[:, order], starts, axis=1)
        most = np.maximum(speaks.max(axis=1, initial=0.0), NOBODY)[:, None]
        shares = np.exp(speaks - most)
        return np.asarray(shares / (shares.sum(axis=1, keepdims=True) + np.exp(NOBODY - most)))

    @cached_property
    def _papers(self) -> _Papers:
        order = np.argsort(self.paper, kind="stable")
        starts = np.unique(self.paper[order], return_index=True)[1]
        return _Papers(order=order, starts=starts, place=np.unique(self.paper, return_inverse=True)[1])

    def _weigh(self, stated: Array) -> Array:
        """How much speaks for each row beside each candidate, (n, rows)."""
        gaps = np.isnan(stated)
        varies = ~((stated == stated[0]) | (gaps & gaps[0])).all(axis=0)
        # What all candidates have in common is compared once, and what varies once per value.
        common, varied = np.flatnonzero(~varies), np.flatnonzero(varies)
        speaks = np.repeat(self._weigh_settings(stated[:1, common], common), len(stated), axis=0)
        for setting in varied:
            values, place = np.unique(stated[:, setting], return_inverse=True)
            speaks += self._weigh_settings(values[:, None], np.array([setting]))[place]
        return speaks

    def _weigh_settings(self, values: Array, settings: Codes) -> Array:
        """What ``values`` (n, k) of some ``settings`` (k,) add to what speaks for each row, (n, rows)."""
        one, other = values[:, None, :], self.stated[None, :, settings]
        alike = _compare(one, other, settings)
        either, both = np.isnan(one) | np.isnan(other), np.isnan(one) & np.isnan(other)
        weight = alike * (AGREE * self.rarity[:, settings] + DIFFER) - DIFFER * ~either - ALONE * (either & ~both)
        return np.asarray(weight.sum(axis=2))


def _likeness(distances: Array) -> Array:
    return np.asarray(np.exp(-((distances / LENGTH) ** 2)))


def _read_stated(columns: CellColumns) -> Array:
    """What ``n`` cells state as numbers, (n, settings): words by their checksum, NaN for what is not stated."""
    numbers = [getattr(columns, name) for name in _NUMBERS]
    choices = [getattr(columns, name).astype(float) for name in _CHOICES]
    words = [getattr(columns, name).map(_number_of) for name in _WORDS]
    return np.column_stack([*numbers, *(np.where(codes < 0, np.nan, codes) for codes in choices), *words])


def _number_of(word: ActiveMaterial | str | None) -> float:
    if word is None:
        return np.nan
    text = word if isinstance(word, str) else word.text
    return float(zlib.crc32(text.strip().casefold().encode()))


def _compare(one: Array, other: Array, settings: Codes) -> Array:
    """How alike values of ``settings``, the last axis, are: 1 for equal ones, 0 where one of them is not stated."""
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(one - other) / np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-9)
    return np.nan_to_num(np.where(settings < len(_NUMBERS), np.exp(-apart / _TOLERANCE), one == other))


def _find_rarity(stated: Array, paper: Codes) -> Array:
    """−ln of the share of the papers that state a setting in which a row has it like this one, (n, settings)."""
    papers, place = np.unique(paper, return_inverse=True)
    settings, is_stated = np.arange(stated.shape[1]), ~np.isnan(stated)
    speak, alike = np.zeros((len(papers), len(settings))), np.zeros((len(stated), len(papers), len(settings)))
    np.maximum.at(speak, place, is_stated)
    for paper_number in range(len(papers)):
        own = stated[place == paper_number]
        alike[:, paper_number] = _compare(stated[:, None, :], own[None, :, :], settings).max(axis=1)
    share = alike.sum(axis=1) / (speak.sum(axis=0) + 1.0)
    return np.where(is_stated, -np.log(np.clip(share, _RAREST, 1.0)), 0.0)
