"""What the tests of campaigns share: a clock that stands still, a small space, results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from surrogate.campaign import Result
from surrogate.space.design_space import DesignSpace
from surrogate.space.ready import parse_space

SMALL_SPACE = """
name = "small"
subject = "electrolyte"
[composition]
kind = "mixture"
precursors = { Li2S = [0.60, 0.80], P2S5 = [0.20, 0.40] }
[variables.milling_time_h]
low = 5
high = 60
step = 0.5
[variables.heat_treatment_temperature_c]
low = 180
high = 360
step = 5
[fixed]
route = "mechanical_milling"
temperature_c = 25
"""
GOAL = "maximise ionic_conductivity"


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Move ahead."""
        self.now += timedelta(**by)


def small_space() -> DesignSpace:
    """A glass-ceramic with two settings: enough for everything, and quick."""
    return parse_space(SMALL_SPACE)


def conductivity(suggestion: str, value: float = 1e-3, **more: object) -> Result:
    """A measured conductivity of a suggestion, in S/cm."""
    return Result(property="ionic_conductivity", value=value, suggestion=suggestion, **more)  # type: ignore[arg-type]
