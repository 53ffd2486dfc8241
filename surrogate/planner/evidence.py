"""What the results of a campaign say of one property at the conditions of the space.

A conductivity at another temperature is brought to that of the space by the law of the models (decision 0014), whose
error becomes variance of the value; an Arrhenius sweep of one recipe becomes one value with the barrier that the sweep
itself shows. Results under other conditions that no law covers teach with the spread between laboratories as variance
and are not what a suggestion has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.beliefs.reading import Suspect
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, Censoring, Measurement
from surrogate.candidate.settings import read
from surrogate.errors import SpaceError
from surrogate.models.conditions import BARRIER_ERROR_EV, arrhenius
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from surrogate.properties import get_property
from surrogate.space.design_space import DesignSpace
from surrogate.space.variables import Array
from surrogate.text import counted, quantity

SIGMA = "ionic_conductivity"
_TEMPERATURE = "temperature_c"
#: Temperatures that differ by less are one.
_SAME_TEMPERATURE_C = 2.0
#: Scatter of one point of a sweep round its line, in decades.
_SWEEP_NOISE = 0.05


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One value of one recipe: on the scale, with its own variance, and on which side of it the truth lies (0: none).

    ``at_conditions`` says whether it holds at the conditions of the space; ``ids`` are the results that it stands for.
    """

    candidate: Candidate
    value: float
    extra: float
    side: float
    at_conditions: bool
    ids: tuple[str, ...]


def entries_of(space: DesignSpace, name: str, measurements: Sequence[Measurement]) -> tuple[list[Entry], list[str]]:
    """The entries of one property, in the order of the results, and what a person should know of them."""
    fixed = space.fixed.get(_TEMPERATURE) if name == SIGMA else None
    temperature_c = None if fixed is None or isinstance(fixed, str) else float(fixed)
    sweeps = [] if temperature_c is None else _sweeps(measurements, temperature_c)
    swept = {place for sweep in sweeps for place in sweep}
    placed = [(sweep[0], _of_sweep(name, [measurements[i] for i in sweep], temperature_c or 0.0)) for sweep in sweeps]
    placed += [
        (place, _of_one(space, name, row, temperature_c))
        for place, row in enumerate(measurements)
        if place not in swept
    ]
    entries = [entry for _, entry in sorted(placed, key=lambda one: one[0])]
    moved = 0 if temperature_c is None else sum(_is_other(row, temperature_c) for row in measurements)
    notes = []
    if moved:
        verb = "was" if moved == 1 else "were"
        notes.append(
            f"{counted(moved, 'result')} of ionic conductivity at another temperature {verb} brought to "
            f"{temperature_c:g} °C by the law of Arrhenius; a sweep of one recipe counts once."
        )
    elsewhere = sum(not entry.at_conditions for entry in entries)
    if elsewhere:
        label = get_property(name).label.lower()
        notes.append(
            f"{counted(elsewhere, 'result')} of {label} {'was' if elsewhere == 1 else 'were'} measured under other "
            "conditions than those of the space; they teach a little, and no suggestion has to beat them."
        )
    return entries, notes


def _sweeps(measurements: Sequence[Measurement], temperature_c: float) -> list[list[int]]:
    """Places of the values that belong to one recipe at several temperatures, one list a recipe."""
    recipes: list[tuple[Candidate, list[int]]] = []
    for place, row in enumerate(measurements):
        if row.candidate.protocol.temperature_c is None or _side(row) != 0.0:
            continue
        recipe = _at(row.candidate, temperature_c)
        for earlier, places in recipes:
            if earlier == recipe:
                places.append(place)
                break
        else:
            recipes.append((recipe, [place]))
    several = [places for _, places in recipes if len(places) > 1]
    return [places for places in several if any(_is_other(measurements[i], temperature_c) for i in places)]


def at_conditions(space: DesignSpace, candidate: Candidate) -> Candidate:
    """The same recipe at the measurement temperature of the space, where that is fixed and another is stated."""
    fixed = space.fixed.get(_TEMPERATURE)
    if fixed is None or isinstance(fixed, str) or candidate.protocol.temperature_c is None:
        return candidate
    stays = abs(candidate.protocol.temperature_c - fixed) <= _SAME_TEMPERATURE_C
    return candidate if stays else _at(candidate, float(fixed))


def _at(candidate: Candidate, temperature_c: float | None) -> Candidate:
    """The same recipe measured at ``temperature_c``."""
    return replace(candidate, protocol=replace(candidate.protocol, temperature_c=temperature_c))


def _is_other(row: Measurement, temperature_c: float) -> bool:
    stated = row.candidate.protocol.temperature_c
    return stated is not None and abs(stated - temperature_c) > _SAME_TEMPERATURE_C


def _side(row: Measurement) -> float:
    return {Censoring.BELOW: -1.0, Censoring.ABOVE: 1.0}.get(row.censoring, 0.0)


def _scaled(name: str, row: Measurement) -> float:
    property = get_property(name)
    value = float(property.to_scale(row.value))
    if not np.isfinite(value):
        raise SpaceError(
            f"A measured {property.label.lower()} is 0, which has no logarithm.", hint="Give it as '<' its limit."
        )
    return value


def _of_one(space: DesignSpace, name: str, row: Measurement, temperature_c: float | None) -> Entry:
    value, extra, candidate = _scaled(name, row), (row.uncertainty or 0.0) ** 2, row.candidate
    at_conditions = True
    if temperature_c is not None and _is_other(row, temperature_c):
        stated = np.array([row.candidate.protocol.temperature_c], dtype=np.float64)
        value = float(_brought(np.array([value]), stated, temperature_c)[0])
        extra += float((BARRIER_ERROR_EV * _decades_per_ev(stated, temperature_c)[0]) ** 2)
        candidate = _at(candidate, temperature_c)
    elif _has_other_conditions(space, name, row.candidate):
        extra, at_conditions = extra + get_property(name).between_papers ** 2, False
    return Entry(
        candidate=candidate, value=value, extra=extra, side=_side(row), at_conditions=at_conditions,
        ids=(row.source.row_id,),
    )  # fmt: skip


def _of_sweep(name: str, rows: Sequence[Measurement], temperature_c: float) -> Entry:
    """One value from a line through log10(σT) over 1/T, whose slope starts from the law of the models."""
    temperatures = np.array([row.candidate.protocol.temperature_c for row in rows], dtype=np.float64)
    y = np.array([_scaled(name, row) for row in rows])
    # In decades per eV: y + log10(T/T0) = value − barrier·decades, a line in (value, barrier).
    decades = -_decades_per_ev(temperatures, temperature_c)
    lifted = y + np.log10((temperatures + ZERO_CELSIUS_K) / (temperature_c + ZERO_CELSIUS_K))
    noise = _SWEEP_NOISE**2 + np.array([(row.uncertainty or 0.0) ** 2 for row in rows])
    coldest = int(np.argmin(np.abs(temperatures - temperature_c)))
    value = float(_brought(y[[coldest]], temperatures[[coldest]], temperature_c)[0])
    guess = (lifted[coldest] - value) / decades[coldest] if abs(decades[coldest]) > 1e-6 else 0.35
    design = np.column_stack([np.ones(len(y)), decades])
    precision = (design.T / noise) @ design + np.diag([0.0, BARRIER_ERROR_EV**-2])
    right = (design.T / noise) @ lifted + np.array([0.0, guess * BARRIER_ERROR_EV**-2])
    covariance = np.linalg.inv(precision)
    return Entry(
        candidate=_at(rows[0].candidate, temperature_c), value=float((covariance @ right)[0]),
        extra=float(covariance[0, 0]), side=0.0, at_conditions=True,
        ids=tuple(row.source.row_id for row in rows),
    )  # fmt: skip


def _brought(y: Array, stated_c: Array, temperature_c: float) -> Array:
    """log10 conductivities (n,) at ``stated_c`` (n,), at ``temperature_c`` by the law of the models."""
    return arrhenius(np.full(len(y), temperature_c)).applied(arrhenius(stated_c).undone(y))


def _decades_per_ev(temperature_c: Array, other_c: float) -> Array:
    """Decades of σT that a barrier of 1 eV takes between two temperatures, (n,)."""
    kelvin, other = temperature_c + ZERO_CELSIUS_K, other_c + ZERO_CELSIUS_K
    return np.asarray((1.0 / kelvin - 1.0 / other) / (BOLTZMANN_EV_PER_K * np.log(10.0)))


def _has_other_conditions(space: DesignSpace, name: str, candidate: Candidate) -> bool:
    """Whether a test condition that the space fixes is stated otherwise."""
    if name == SIGMA:
        return False  # its one condition is the temperature, which has a law
    stated = read(candidate)
    for setting, fixed in space.fixed.items():
        value = stated.get(setting)
        if FIELDS[setting].part != "protocol" or value is None or isinstance(value, str) or isinstance(fixed, str):
            continue
        if abs(value - fixed) > 0.1 * max(abs(fixed), 1e-9):
            return True
    return False


def suspicion(name: str, entry: Entry, suspect: Suspect) -> str:
    """A question about a value that the others contradict, in the unit that a person reads."""
    property = get_property(name)
    value, expected = (float(property.from_scale(np.array([v]))[0]) for v in (entry.value, suspect.expected))
    return (
        f"{property.label} of {', '.join(entry.ids)}: is it really {quantity(value, name)}? The other results predict "
        f"{quantity(expected, name)} for it, {abs(suspect.z):.1f} standard deviations away. Correct it with a value "
        "that replaces it, withdraw it as lost, or leave it: it counts little until a recipe nearby agrees with it."
    )
