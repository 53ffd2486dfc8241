"""Link (a): composition, milling and heat treatment -> ionic conductivity and activation energy of an electrolyte.

Works on a :class:`ElectrolyteBatch` of n rows (struct of arrays) and returns arrays; 10^5 rows take well under a
second. Nothing is filled in here: what a paper does not state is settled in ``surrogate.physics.defaults``, visibly.

The phases are mixed at the measurement temperature, each with its own Arrhenius law, so the activation energy of a
mixture is the apparent one of an Arrhenius plot around that temperature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics import conduction, crystallisation, milling, substitution
from surrogate.physics.coordinates import Family
from surrogate.physics.effective_medium import coat_spheres, mix_spheres
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters import song2020
from surrogate.physics.parameters.base import NOMINAL, FloatArray, Parameter, ParameterDraw

BoolArray = npt.NDArray[np.bool_]
_CEILING_S_PER_CM = 0.09  # no sulfide conducts better; a bound for draws from the tails of the priors
_STEP_K = 15.0  # half width of the Arrhenius interval


@dataclass(frozen=True, kw_only=True)
class ElectrolyteBatch:
    """n electrolytes. Doses are in h at reference intensity (see :mod:`surrogate.physics.milling`).

    ``heat_c``/``heat_h`` are NaN without heat treatment; ``precursors_milled`` tells a powder made by milling from one
    made by heat or from solution; ``remill_dose_h`` is milling of finished powder; ``temperature_k`` that of the
    measurement.
    """

    family: npt.NDArray[np.int64]  # (n,)
    substituents: FloatArray  # (n, 5), per tetrahedral site
    halides: FloatArray  # (n, 4)
    li2s_fraction: FloatArray  # (n,)
    synthesis_dose_h: FloatArray
    remill_dose_h: FloatArray
    wet_milling_h: FloatArray
    heat_c: FloatArray
    heat_h: FloatArray
    precursors_milled: BoolArray
    from_solution: BoolArray
    sintered: BoolArray
    temperature_k: FloatArray

    def __len__(self) -> int:
        return len(self.family)

    def take(self, rows: npt.NDArray[np.intp]) -> ElectrolyteBatch:
        by_row: dict[str, Any] = {name: getattr(self, name)[..., rows] for name in _BY_ROW}
        return ElectrolyteBatch(substituents=self.substituents[rows], halides=self.halides[rows], **by_row)


#: What an electrolyte has one of; with k samples of a quantity, (k, n).
_BY_ROW = tuple(f.name for f in fields(ElectrolyteBatch) if f.name not in ("substituents", "halides"))


@dataclass(frozen=True, kw_only=True)
class ElectrolyteState:
    """What came out, (n,) each; NaN where the family is not covered."""

    conductivity: FloatArray  # S/cm at the measurement temperature
    activation_energy: FloatArray  # eV
    crystallinity: FloatArray  # volume fraction of the conducting crystal
    disorder: FloatArray  # 0..1, argyrodites only
    second_phase: FloatArray  # volume fraction
    particle_size_um: FloatArray


#: Conductivities of a phase, or the constant that it has in every row.
_Phase = FloatArray | Parameter


@dataclass(frozen=True, kw_only=True)
class _Phases:
    """Good crystal, glass and spoiling phase of one family, at its reference temperature.

    ``finished`` is the share of what no mill and no solvent made react that the furnace makes react.
    """

    crystal: FloatArray
    glass: _Phase
    crystallinity: FloatArray
    second: FloatArray
    second_conductivity: _Phase
    reference_k: float
    disorder: FloatArray
    finished: FloatArray


def electrolyte(batch: ElectrolyteBatch, p: ParameterDraw = NOMINAL) -> ElectrolyteState:
    """Conductivity and activation energy of every row; NaN for rows outside the covered families.

    Args:
        batch: n electrolytes.
        p: Parameters of the laws; one number for all rows, or (n,) each.
    """
    out = {f.name: np.full(len(batch), np.nan) for f in fields(ElectrolyteState)}
    for rows, part, phases, draw in _by_family(batch, p):
        for name, values in _finish(part, phases, draw).items():
            out[name][rows] = values
    return ElectrolyteState(**out)


def conductivity(batch: ElectrolyteBatch, p: ParameterDraw = NOMINAL) -> FloatArray:
    """The conductivity of :func:`electrolyte` alone, S/cm (n,), in a third of the time.

    Args:
        batch: n electrolytes.
        p: Parameters of the laws; with k samples of them, (k, 1) each, the answer is (k, n).
    """
    samples = [value.shape[:1] for value in p.values.values() if isinstance(value, np.ndarray) and value.ndim == 2]
    out = np.full((*(samples[0] if samples else ()), len(batch)), np.nan)
    for rows, part, phases, draw in _by_family(batch, p):
        out[..., rows] = _conductivity(part, phases, part.temperature_k, draw)
    return out


def _by_family(
    batch: ElectrolyteBatch, p: ParameterDraw
) -> Iterator[tuple[npt.NDArray[np.intp], ElectrolyteBatch, _Phases, ParameterDraw]]:
    """Per family that occurs: its rows, the batch, phases and parameters of these."""
    laws = {Family.ARGYRODITE: _argyrodite, Family.GLASS: _glass, Family.LGPS: _lgps, Family.THIO_LISICON: _thio}
    for family, law in laws.items():
        rows = np.flatnonzero(batch.family == int(family))
        if len(rows):
            part, draw = (batch, p) if len(rows) == len(batch) else (batch.take(rows), p.take(rows))
            yield rows, part, law(part, draw), draw


def _conductivity(batch: ElectrolyteBatch, phases: _Phases, t: FloatArray, p: ParameterDraw) -> FloatArray:
    return np.minimum(_at(batch, phases, t, p), _CEILING_S_PER_CM)


def _finish(batch: ElectrolyteBatch, phases: _Phases, p: ParameterDraw) -> dict[str, FloatArray]:
    t = batch.temperature_k
    cold, hot = _at(batch, phases, t - _STEP_K, p), _at(batch, phases, t + _STEP_K, p)
    dose = batch.synthesis_dose_h * batch.precursors_milled + batch.remill_dose_h
    return {
        "conductivity": _conductivity(batch, phases, t, p),
        "activation_energy": conduction.apparent_energy(cold, hot, t - _STEP_K, t + _STEP_K),
        "crystallinity": phases.crystallinity * (1.0 - phases.second),
        "disorder": phases.disorder,
        "second_phase": phases.second,
        "particle_size_um": milling.particle_size(dose + p[e.WET_INTENSITY] * batch.wet_milling_h, p),
    }


def _at(batch: ElectrolyteBatch, phases: _Phases, t: FloatArray, p: ParameterDraw) -> FloatArray:
    """Mix the phases at ``t`` (K): crystal and second phase, then glass, unreacted powder, damage, sintering."""
    t = t[:1] if (t == t[0]).all() else t  # what is constant at one temperature is worked out once

    def hot(sigma: _Phase, reference: float) -> FloatArray:
        if isinstance(sigma, Parameter) and len(t) == 1:
            return p.derive((sigma.name, reference, float(t[0])), lambda: heat(p[sigma], reference))
        return heat(p[sigma] if isinstance(sigma, Parameter) else sigma, reference)

    def heat(sigma: FloatArray | float, reference: float) -> FloatArray:
        energy = conduction.activation_energy(sigma, reference, p)
        return conduction.arrhenius(sigma, energy, reference, t)

    crystal = hot(phases.crystal, phases.reference_k)
    second = hot(phases.second_conductivity, e.REFERENCE_TEMPERATURE_K)
    mixed = mix_spheres(1.0 - phases.second, crystal, second)
    mixed = mix_spheres(phases.crystallinity, mixed, hot(phases.glass, phases.reference_k))
    # What mill and solvent leave unreacted is done by the furnace.
    reacted = np.where(batch.precursors_milled, milling.reacted_fraction(batch.synthesis_dose_h, p), 0.0)
    reacted = np.where(batch.from_solution, 1.0, reacted)
    reacted = reacted + (1.0 - reacted) * phases.finished
    # Precursors react where they touch: what they became surrounds what is left of them.
    mixed = coat_spheres(reacted, mixed, hot(e.UNREACTED_CONDUCTIVITY, e.REFERENCE_TEMPERATURE_K))
    harm = milling.damaged_fraction(batch.remill_dose_h + p[e.WET_INTENSITY] * batch.wet_milling_h, p)
    mixed = mix_spheres(1.0 - harm, mixed, np.minimum(hot(e.DAMAGED_CONDUCTIVITY, e.REFERENCE_TEMPERATURE_K), mixed))
    return np.asarray(mixed * np.where(batch.sintered, p[e.SINTERING_GAIN], 1.0))


def _progress(
    batch: ElectrolyteBatch,
    one_per_hour_c: FloatArray | float,
    p: ParameterDraw,
    barrier: FloatArray | float | None = None,
    exponent: float | None = None,
) -> FloatArray:
    """JMAK progress of a transformation with rate 1/h at ``one_per_hour_c``; zero without heat treatment."""
    treated = ~np.isnan(batch.heat_c)
    k = crystallisation.rate(
        np.where(treated, batch.heat_c, ROOM_TEMPERATURE_C),
        one_per_hour_c,
        p[e.CRYSTALLISATION_BARRIER] if barrier is None else barrier,
    )
    progress = crystallisation.progress(
        k, np.where(treated, batch.heat_h, 0.0), p[e.CRYSTALLISATION_EXPONENT] if exponent is None else exponent
    )
    return np.where(treated, progress, 0.0)


def _finish_reaction(batch: ElectrolyteBatch, crystallised: FloatArray, p: ParameterDraw) -> FloatArray:
    """The share of what did not react before that a furnace makes react.

    In a milled powder that is what it makes crystallise. Ground precursors react where they touch, through what they
    became, and so at higher temperatures and with a lower exponent.
    """
    milled = batch.precursors_milled | batch.from_solution
    if milled.all():
        return crystallised
    reacted = _progress(batch, p[e.SOLID_STATE_REACTION_C], p, exponent=e.SOLID_STATE_EXPONENT)
    return np.where(milled, crystallised, reacted)


def _celsius(key: str, p: ParameterDraw) -> FloatArray | float:
    return p[e.CRYSTALLISATION_TEMPERATURE_C[key]]


def _argyrodite(batch: ElectrolyteBatch, p: ParameterDraw) -> _Phases:
    crystal = substitution.argyrodite(batch.substituents, batch.halides, p)
    progress = _progress(batch, _celsius("argyrodite", p), p)
    # Milled powder nucleates in the mill with a frozen-in disorder that annealing relaxes; solution-grown powder starts
    # from the crystallinity that the solvent leaves.
    start = np.where(
        batch.from_solution,
        p[song2020.CRYSTALLINITY_180],
        np.where(batch.precursors_milled, p[e.MILLED_CRYSTALLINITY], p[e.CRYSTALLINITY_LIMIT]),
    )
    limit = np.where(batch.from_solution, p[song2020.CRYSTALLINITY_550], p[e.CRYSTALLINITY_LIMIT])
    milled = batch.precursors_milled & ~batch.from_solution
    disorder = np.where(
        milled,
        np.maximum(crystal.disorder, crystal.disorder * progress + p[e.MILLED_DISORDER] * (1.0 - progress)),
        crystal.disorder,
    )
    return _Phases(
        crystal=substitution.conductivity_of_disorder(disorder, p) * _left_by_the_furnace(batch, p),
        glass=song2020.AMORPHOUS_CONDUCTIVITY,
        disorder=disorder,
        crystallinity=crystallisation.crystallinity(start, limit, progress),
        second=crystal.second_phase,
        second_conductivity=e.SECOND_PHASE_CONDUCTIVITY,
        reference_k=song2020.REFERENCE_TEMPERATURE_K,
        finished=_finish_reaction(batch, progress, p),
    )


def _left_by_the_furnace(batch: ElectrolyteBatch, p: ParameterDraw) -> FloatArray:
    """The share of its conductivity that an argyrodite keeps when halide and sulfur leave it, 1 well below that."""
    excess = np.maximum(batch.halides.sum(axis=1) - 1.0, 0.0)
    onset = p[e.ARGYRODITE_LOSS_C] - p[e.ARGYRODITE_LOSS_SHIFT] * excess
    above = (np.where(np.isnan(batch.heat_c), ROOM_TEMPERATURE_C, batch.heat_c) - onset) / e.ARGYRODITE_LOSS_WIDTH_C
    # A soft bend at the onset, and nothing at all three widths below it: an argyrodite is fired without loss there.
    smooth = e.ARGYRODITE_LOSS_WIDTH_C * np.maximum(np.logaddexp(0.0, above) - np.logaddexp(0.0, -3.0), 0.0)
    return np.asarray(10.0 ** (-p[e.ARGYRODITE_LOSS] * smooth / 100.0))


def _glass(batch: ElectrolyteBatch, p: ParameterDraw) -> _Phases:
    x, halide = batch.li2s_fraction, batch.halides.sum(axis=1)
    glass = 10.0 ** (_curve(x, e.GLASS_LOG_CONDUCTIVITY, p) + p[e.HALIDE_GLASS_GAIN] * halide)
    meta = 10.0 ** (_curve(x, e.METASTABLE_LOG_CONDUCTIVITY, p) + p[e.HALIDE_METASTABLE_GAIN] * np.minimum(halide, 0.6))
    # LiX lowers both temperatures, linearly up to half a halide per phosphorus; between 70 and 75 % Li2S the phase that
    # is lost changes from Li7P3S11 to the fast Li3PS4.
    salt, like_75 = np.minimum(halide / 0.5, 1.0), np.clip((x - 0.70) / 0.05, 0.0, 1.0)
    forms = _celsius("glass", p) + salt * (_celsius("halide-glass", p) - _celsius("glass", p))
    lost = _celsius("decomposition-70", p) + like_75 * (
        _celsius("decomposition-75", p) - _celsius("decomposition-70", p)
    )
    lost = lost + salt * np.minimum(_celsius("halide-decomposition", p) - lost, 0.0)
    first, second = _progress(batch, forms, p), _progress(batch, lost, p, p[e.DECOMPOSITION_BARRIER])
    # Powder grown from a solvent complex or by furnace alone is crystal from the start; heating only sets the sequence.
    grown = batch.from_solution | ~batch.precursors_milled
    first = np.where(grown, 1.0, first)
    _, metastable, stable = crystallisation.sequence(first, second, p[e.GLASS_CRYSTALLINITY_LIMIT])
    crystal = metastable + stable
    factor = np.where(batch.from_solution, p[e.SOLUTION_FACTOR], 1.0)
    return _Phases(
        crystal=meta * p[e.METASTABLE_SHIFT] * factor,
        glass=glass * p[e.GLASS_SHIFT],
        crystallinity=crystal,
        second=np.divide(stable, crystal, out=np.zeros_like(crystal), where=crystal > 1e-12),
        disorder=np.full_like(x, np.nan),
        second_conductivity=e.STABLE_CONDUCTIVITY,
        reference_k=e.REFERENCE_TEMPERATURE_K,
        finished=_finish_reaction(batch, first, p),
    )


def _framework(batch: ElectrolyteBatch, crystal: FloatArray, key: str, p: ParameterDraw) -> _Phases:
    progress = _progress(batch, _celsius(key, p), p)
    start = np.where(batch.precursors_milled, 0.0, p[e.CRYSTALLINITY_LIMIT])
    return _Phases(
        crystal=crystal,
        glass=e.LGPS_AMORPHOUS,
        disorder=np.full_like(crystal, np.nan),
        crystallinity=crystallisation.crystallinity(start, p[e.CRYSTALLINITY_LIMIT], progress),
        second=np.zeros_like(crystal),
        second_conductivity=e.SECOND_PHASE_CONDUCTIVITY,
        reference_k=e.REFERENCE_TEMPERATURE_K,
        finished=_finish_reaction(batch, progress, p),
    )


def _lgps(batch: ElectrolyteBatch, p: ParameterDraw) -> _Phases:
    sintered = substitution.lgps(batch.substituents, batch.halides, p)
    return _framework(batch, np.asarray(sintered / p[e.SINTERING_GAIN]), "lgps", p)


def _thio(batch: ElectrolyteBatch, p: ParameterDraw) -> _Phases:
    return _framework(batch, substitution.thio_lisicon(batch.substituents, p), "thio-lisicon", p)


def _curve(x: FloatArray, points: Mapping[float, Parameter], p: ParameterDraw) -> FloatArray:
    """Straight between ``points`` (place, value) and level beyond their ends, (n,); each value may differ by row."""
    places, share = list(points), np.eye(len(points))
    return np.asarray(sum(np.interp(x, places, share[k]) * p[value] for k, value in enumerate(points.values())))
