"""Half cycles, capacities, coulombic efficiency and retention out of what a cycler recorded.

A half cycle is a stretch of current of one sign; rests in it do not end it. Capacities are the current integrated over
time. The numbers that a file gives its cycles are compared with, and not relied on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.errors import MeasurementError
from surrogate.instruments.cycler import Cycling
from surrogate.instruments.source import FloatArray
from surrogate.text import counted

#: Current below this part of the largest is rest; half cycles below this part of the largest are pulses.
_REST, _PULSE = 1e-4, 0.005
#: Currents that differ by less are one rate.
_SAME_RATE = 0.15
_DRIFT_C = 5.0


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """A charge or a discharge: capacity in mAh, mean current in mA, hours, and where its voltage ended."""

    is_charge: bool
    capacity_mah: float
    current_ma: float
    duration_h: float
    end_v: float
    fell_v: float  # how far the voltage went the wrong way while current flowed


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """The n-th pair of half cycles, counted from 1; the second is ``None`` where the record ends before it."""

    number: int
    first: HalfCycle
    second: HalfCycle | None

    @property
    def charge(self) -> HalfCycle | None:
        """The half in which it was charged."""
        return self.first if self.first.is_charge else self.second

    @property
    def discharge(self) -> HalfCycle | None:
        """The half in which it was discharged."""
        return self.second if self.first.is_charge else self.first

    @property
    def halves(self) -> tuple[HalfCycle, ...]:
        """Those of its halves that were recorded."""
        return (self.first,) if self.second is None else (self.first, self.second)


def find_cycles(cycling: Cycling) -> tuple[Cycle, ...]:
    """All cycles in order; raises :class:`MeasurementError` where the cell was neither charged nor discharged."""
    halves = _half_cycles(cycling)
    pairs = [halves[n : n + 2] for n in range(0, len(halves), 2)]
    return tuple(
        Cycle(number=n, first=pair[0], second=pair[1] if len(pair) == 2 else None) for n, pair in enumerate(pairs, 1)
    )


def _half_cycles(cycling: Cycling) -> list[HalfCycle]:
    t, v, i = cycling.time_s, cycling.voltage_v, cycling.current_ma
    signs = np.sign(np.where(np.abs(i) < _REST * np.abs(i).max(), 0.0, i))
    flowing = np.flatnonzero(signs)
    ends = np.flatnonzero(np.diff(signs[flowing])) + 1
    charge = integrated_mah(cycling)
    halves = []
    for part in np.split(flowing, ends):
        if len(part) < 2:
            continue
        one, last = int(part[0]), int(part[-1])
        sign = signs[one]
        moved = abs(charge[last] - charge[one])
        hours = float(np.sum(np.diff(t)[one:last][signs[one + 1 : last + 1] != 0]) / 3600.0)
        course = sign * v[part]
        halves.append(
            HalfCycle(
                is_charge=bool(sign > 0), capacity_mah=float(moved), current_ma=float(moved / max(hours, 1e-12)),
                duration_h=hours, end_v=float(v[last]),
                fell_v=float(np.max(np.maximum.accumulate(course) - course)),
            )
        )  # fmt: skip
    return _joined([h for h in halves if h.capacity_mah > _PULSE * max(o.capacity_mah for o in halves)], cycling)


def _joined(halves: Sequence[HalfCycle], cycling: Cycling) -> list[HalfCycle]:
    if not halves:
        raise MeasurementError(f"'{cycling.origin.file}' holds no charge or discharge.", hint="Give a cycling file.")
    joined: list[HalfCycle] = []
    for half in halves:
        if joined and joined[-1].is_charge is half.is_charge:  # a pulse between them was passed over
            joined[-1] = _merged(joined[-1], half)
        else:
            joined.append(half)
    return joined


def _merged(one: HalfCycle, other: HalfCycle) -> HalfCycle:
    hours, moved = one.duration_h + other.duration_h, one.capacity_mah + other.capacity_mah
    fell = max(one.fell_v, other.fell_v)
    return replace(other, capacity_mah=moved, current_ma=moved / hours, duration_h=hours, fell_v=fell)


def complete(cycles: Sequence[Cycle], window_v: tuple[float, float]) -> tuple[Cycle, ...]:
    """The cycles whose both halves ended where such halves end; the last may have been cut off."""
    margin = 0.1 * (window_v[1] - window_v[0])
    ends = {side: float(np.median([h.end_v for h in _halves_of(cycles, side)] or [0])) for side in (True, False)}
    return tuple(
        cycle
        for cycle in cycles
        if cycle.second is not None and all(abs(h.end_v - ends[h.is_charge]) < margin for h in cycle.halves)
    )


def _halves_of(cycles: Sequence[Cycle], is_charge: bool) -> list[HalfCycle]:
    return [half for cycle in cycles for half in cycle.halves if half.is_charge is is_charge]


def formation(cycles: Sequence[Cycle]) -> int:
    """How many cycles at the beginning run at another current than the one at the end."""
    if not cycles:
        return 0
    usual = cycles[-1].first.current_ma
    for count, cycle in enumerate(cycles):
        if abs(cycle.first.current_ma / usual - 1.0) < _SAME_RATE:
            return count
    return 0


def anomalies(cycling: Cycling, cycles: Sequence[Cycle]) -> list[str]:
    """What a person should look at before the values are believed."""
    low, high = window(cycling)
    remarks = []
    whole = {cycle.number for cycle in complete(cycles, (low, high))}
    aborted = [str(cycle.number) for cycle in cycles if cycle.number not in whole]
    if aborted:
        remarks.append(f"incomplete: cycle {', '.join(aborted[:8])} did not end at the cut-offs of the others")
    shorted = [str(c.number) for c in cycles if any(h.fell_v > 0.15 * (high - low) for h in c.halves)]
    if shorted:
        remarks.append(
            f"short circuit suspected: the voltage turned back under current in cycle {', '.join(shorted[:8])}"
        )
    warm = cycling.temperature_c
    if warm is not None and float(np.nanmax(warm) - np.nanmin(warm)) > _DRIFT_C:
        remarks.append(f"the temperature drifted from {np.nanmin(warm):.3g} to {np.nanmax(warm):.3g} °C")
    if cycling.cycle is not None:
        numbered = len(np.unique(cycling.cycle[np.abs(cycling.current_ma) > 0.01 * np.abs(cycling.current_ma).max()]))
        if numbered != len(cycles):
            remarks.append(f"the file numbers {counted(numbered, 'cycle')}, its current shows {len(cycles)}")
    return remarks


def window(cycling: Cycling) -> tuple[float, float]:
    """Lowest and highest voltage in the record, as measured against the counter electrode."""
    return float(cycling.voltage_v.min()), float(cycling.voltage_v.max())


def check_capacity_columns(cycling: Cycling, cycles: Sequence[Cycle]) -> None:
    """Refuse a file whose own capacities contradict its current by more than a half: a wrong unit, mostly."""
    for column, is_charge in ((cycling.charge_mah, True), (cycling.discharge_mah, False)):
        if column is None or not np.nanmax(np.abs(column)) > 0.0:
            continue
        moved = [half.capacity_mah for half in _halves_of(cycles, is_charge)]
        largest, total = max(moved, default=0.0), sum(moved)
        stated = float(np.nanmax(np.abs(column)))
        if largest and not 0.5 * largest <= stated <= 1.5 * total:
            raise MeasurementError(
                f"'{cycling.origin.file}' states {stated:.4g} mAh where its current gives {largest:.4g} mAh.",
                hint="Check the units in its header: mA and A, mAh and Ah.",
            )


def integrated_mah(cycling: Cycling) -> FloatArray:
    """Charge that has flowed until each record, in mAh."""
    i, t = cycling.current_ma, cycling.time_s
    return np.concatenate([[0.0], np.cumsum(0.5 * (i[1:] + i[:-1]) * np.diff(t))]) / 3600.0
