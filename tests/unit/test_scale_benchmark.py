"""The cost benchmark: what it fits and extrapolates, and a run from end to end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale import extrapolated, growth, main


def run(n: int, seconds: float) -> dict[str, object]:
    return {"n": n, "cpu_seconds": seconds, "written_mib": 1.0}


@given(exponent=st.floats(0.5, 2.0), cost=st.floats(1e-6, 1e-2))
def test_the_exponent_of_a_power_is_found(exponent: float, cost: float) -> None:
    rows = [run(n, cost * n**exponent) for n in (10**3, 10**4, 10**5)]
    assert growth(rows) == pytest.approx((exponent, exponent), abs=1e-6)


def test_costs_are_extrapolated_from_the_largest_run_and_never_below_proportion() -> None:
    rows = [run(10**5, 30.0), run(10**6, 36.0)]  # mostly start-up: far below proportion
    assert extrapolated(rows, 10**8)["core_hours"] == pytest.approx(1.0)
    assert extrapolated([run(10**5, 1.0), run(10**6, 36.0)], 10**8)["core_hours"] > 10.0  # type: ignore[operator]


def test_a_small_run_says_what_it_measured_and_what_it_only_extrapolated(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--small", "--json"])
    found = json.loads(capsys.readouterr().out)
    measured = [row for row in found["rows"] if row.get("kind") == "measured"]
    assert {(row["what"], row["n"]) for row in measured} >= {
        ("screening", 2_000),
        ("screening", 12_000),
        ("sweep", 128),
    }
    assert all(row["cpu_seconds"] > 0 and row["peak_mib"] > 0 for row in measured)
    assert [row["n"] for row in found["rows"] if row.get("kind") == "extrapolated"] == [10**7, 10**9]
    (gap,) = [row["value"] for row in found["rows"] if row["what"].startswith("featurisation: largest difference")]
    assert gap < 1e-9
    assert len(found["bars"]) == 6
