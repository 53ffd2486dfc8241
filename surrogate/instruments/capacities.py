"""Half cycles, capacities, coulombic efficiency and retention out of what a cycler recorded.

A half cycle is a stretch of current of one sign; rests in it do not end it. Its capacity is the current integrated over
time, or what the cycler counted itself where the two agree: it counts more often than it records. The numbers that a
file gives its cycles are compared with, and not relied on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.errors import MeasurementError
from surrogate.instruments.cycler import Cycling
from surrogate.instruments.source import FloatArray
from surrogate.text import counted, percent

#: Current below this part of the largest is rest; half cycles below this part of the largest are pulses.
_REST, _PULSE = 1e-4, 0.005
#: Currents that differ by less are one rate.
_SAME_RATE = 0.15
_DRIFT_C = 5.0
#: Charge counted by the cycler and current over time are one thing when they differ by less.
_AGREE = 0.05


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """A charge or a discharge: charge that flowed in mAh, mean current in mA, hours, and where its voltage ended.

    ``counted_mah`` is what the cycler counted itself, ``None`` where it did not.
    """

    is_charge: bool
    integrated_mah: float
    counted_mah: float | None
    duration_h: float
    start_v: float  # at rest before it
    end_v: float
    fell_v: float  # how far the voltage went the wrong way while current flowed

    @property
    def deviation(self) -> float:
        """By which share the counted charge exceeds the integrated current; 0 where the cycler counted none."""
        return 0.0 if self.counted_mah is None else self.counted_mah / self.integrated_mah - 1.0

    @property
    def capacity_mah(self) -> float:
        """The counted charge where it agrees with the integrated current, else the integral."""
        if self.counted_mah is not None and abs(self.deviation) < _AGREE:
            return self.counted_mah
        return self.integrated_mah

    @property
    def current_ma(self) -> float:
        """Mean of the current while it flowed."""
        return self.capacity_mah / max(self.duration_h, 1e-12)

    @property
    def c_rate(self) -> str:
        """One over the hours that it took, as ``C/10`` or ``2C``."""
        return f"C/{self.duration_h:.2g}" if self.duration_h > 1.0 else f"{1.0 / max(self.duration_h, 1e-12):.2g}C"


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
        """The halves of it that were recorded."""
        return (self.first,) if self.second is None else (self.first, self.second)


def find_cycles(cycling: Cycling) -> tuple[tuple[Cycle, ...], HalfCycle | None]:
    """All cycles in order, and the half cycle before them that only brought the cell to where they begin, if any.

    Raises :class:`MeasurementError` where the cell was neither charged nor discharged.
    """
    halves = _split_half_cycles(cycling)
    before = halves.pop(0) if _only_prepares(halves, window(cycling)) else None
    pairs = [halves[n : n + 2] for n in range(0, len(halves), 2)]
    cycles = (
        Cycle(number=n, first=pair[0], second=pair[1] if len(pair) == 2 else None) for n, pair in enumerate(pairs, 1)
    )
    return tuple(cycles), before


def _only_prepares(halves: Sequence[HalfCycle], window_v: tuple[float, float]) -> bool:
    """Whether the first half cycle only took what little charge the cell had as assembled.

    It runs at the current of later ones, begins nearer to the voltage where it ends than to the other end of the
    window, and moves less than half of the next of its kind.
    """
    if len(halves) < 3:
        return False
    first, again = halves[0], halves[2]
    near = abs(first.start_v - first.end_v) < 0.5 * (window_v[1] - window_v[0])
    alike = abs(first.current_ma / again.current_ma - 1.0) < _SAME_RATE
    return near and alike and first.capacity_mah < 0.5 * again.capacity_mah


def _split_half_cycles(cycling: Cycling) -> list[HalfCycle]:
    t, v, i = cycling.time_s, cycling.voltage_v, cycling.current_ma
    signs = np.sign(np.where(np.abs(i) < _REST * np.abs(i).max(), 0.0, i))
    flowing = np.flatnonzero(signs)
    ends = np.flatnonzero(np.diff(signs[flowing])) + 1
    charge, counted = integrated_mah(cycling), _count_mah(cycling)
    halves = []
    for part in np.split(flowing, ends):
        if len(part) < 2:
            continue
        one, last = int(part[0]), int(part[-1])
        sign = signs[one]
        course = sign * v[part]
        halves.append(
            HalfCycle(
                is_charge=bool(sign > 0),
                integrated_mah=float(abs(charge[last] - charge[one])),
                counted_mah=None if counted is None else float(abs(counted[last + 1] - counted[one])),
                duration_h=float(np.sum(np.diff(t)[one:last][signs[one + 1 : last + 1] != 0]) / 3600.0),
                start_v=float(v[max(one - 1, 0)]),
                end_v=float(v[last]),
                fell_v=float(np.max(np.maximum.accumulate(course) - course)),
            )
        )
    largest = max((half.integrated_mah for half in halves), default=0.0)
    return _join_halves([half for half in halves if half.integrated_mah > _PULSE * largest], cycling)


def _count_mah(cycling: Cycling) -> FloatArray | None:
    """Charge in the cell before the first record and at each, as the cycler counted it, in mAh; ``(n + 1,)``.

    It is ``None`` where the cycler did not count both ways.
    """
    net = cycling.net_mah
    if net is not None:
        net = np.concatenate([net[:1], net])
    elif cycling.charge_mah is not None and cycling.discharge_mah is not None:
        net = _count_up(cycling.charge_mah) - _count_up(cycling.discharge_mah)
    return net if net is not None and np.isfinite(net).all() and np.ptp(net) > 0.0 else None


def _count_up(counter: FloatArray) -> FloatArray:
    """A counter that begins anew at every step, or now and then, as one that goes on from 0; ``(n + 1,)``."""
    count = np.abs(counter)
    # A test that goes on in a second file begins with what was counted in the first.
    goes_on = count[0] > 0.1 * count.max()
    steps = np.diff(count, prepend=count[0] if goes_on else 0.0)
    anew = count < 0.5 * np.concatenate([count[:1], count[:-1]])
    return np.concatenate([[0.0], np.cumsum(np.where(anew, count, steps))])


def _join_halves(halves: Sequence[HalfCycle], cycling: Cycling) -> list[HalfCycle]:
    if not halves:
        raise MeasurementError(f"'{cycling.origin.file}' holds no charge or discharge.", hint="Give a cycling file.")
    joined: list[HalfCycle] = []
    for half in halves:
        if joined and joined[-1].is_charge is half.is_charge:  # a pulse between them was passed over
            joined[-1] = _merge_halves(joined[-1], half)
        else:
            joined.append(half)
    return joined


def _merge_halves(one: HalfCycle, other: HalfCycle) -> HalfCycle:
    counted = None if one.counted_mah is None or other.counted_mah is None else one.counted_mah + other.counted_mah
    return replace(
        other,
        integrated_mah=one.integrated_mah + other.integrated_mah,
        counted_mah=counted,
        duration_h=one.duration_h + other.duration_h,
        start_v=one.start_v,
        fell_v=max(one.fell_v, other.fell_v),
    )


def complete(cycles: Sequence[Cycle], window_v: tuple[float, float]) -> tuple[Cycle, ...]:
    """The cycles whose both halves ended where such halves end; the last may have been cut off."""
    margin = 0.1 * (window_v[1] - window_v[0])
    ends = {side: float(np.median([h.end_v for h in _list_halves(cycles, side)] or [0])) for side in (True, False)}
    return tuple(
        cycle
        for cycle in cycles
        if cycle.second is not None and all(abs(h.end_v - ends[h.is_charge]) < margin for h in cycle.halves)
    )


def _list_halves(cycles: Sequence[Cycle], is_charge: bool) -> list[HalfCycle]:
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
    if warm is not None and np.isfinite(warm).any() and steady_temperature(cycling) is None:
        remarks.append(f"the temperature drifted from {np.nanmin(warm):.3g} to {np.nanmax(warm):.3g} °C")
    deviation = max((half.deviation for cycle in cycles for half in cycle.halves), key=abs, default=0.0)
    if abs(deviation) >= _AGREE:
        remarks.append(
            f"the capacities that it states differ from its current over time by up to {percent(abs(deviation))}; "
            "those of the current were taken there"
        )
    if cycling.cycle is not None:
        numbered = len(np.unique(cycling.cycle[np.abs(cycling.current_ma) > 0.01 * np.abs(cycling.current_ma).max()]))
        if numbered != len(cycles):
            remarks.append(f"the file numbers {counted(numbered, 'cycle')}, its current shows {len(cycles)}")
    return remarks


def steady_temperature(cycling: Cycling) -> float | None:
    """The median of the temperature in °C; ``None`` where it was not recorded, or drifted."""
    warm = cycling.temperature_c
    if warm is None or not np.isfinite(warm).any() or float(np.nanmax(warm) - np.nanmin(warm)) > _DRIFT_C:
        return None
    return round(float(np.nanmedian(warm)), 1)


def window(cycling: Cycling) -> tuple[float, float]:
    """Lowest and highest voltage in the record, as measured against the counter electrode."""
    return float(cycling.voltage_v.min()), float(cycling.voltage_v.max())


def check_capacity_columns(cycling: Cycling, cycles: Sequence[Cycle]) -> None:
    """Refuse a file whose own capacities contradict its current by more than a half: a wrong unit, mostly."""
    halves = [half for cycle in cycles for half in cycle.halves if half.counted_mah is not None]
    counted = sum(half.counted_mah or 0.0 for half in halves)
    integrated = sum(half.integrated_mah for half in halves)
    if halves and not 0.5 * integrated <= counted <= 1.5 * integrated:
        raise MeasurementError(
            f"'{cycling.origin.file}' counts {counted:.4g} mAh where its current gives {integrated:.4g} mAh.",
            hint="Check the units in its header: mA and A, mAh and Ah.",
        )


def integrated_mah(cycling: Cycling) -> FloatArray:
    """Charge that has flowed until each record, in mAh."""
    i, t = cycling.current_ma, cycling.time_s
    return np.concatenate([[0.0], np.cumsum(0.5 * (i[1:] + i[:-1]) * np.diff(t))]) / 3600.0
