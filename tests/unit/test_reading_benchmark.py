"""The reading benchmark: what it counts as agreement, and a run from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks._typos import Outcome, Typo
from benchmarks.reading import agreement, main, read_by_pymatgen, read_here, texts_of


@pytest.mark.parametrize(
    ("typed", "meant", "outcome"),
    [
        ("LiFePo4", "LiFePO4", Outcome.PROPOSED),
        ("Li6PS5Cl@C", "Li6PS5Cl", Outcome.REFUSED),
        ("Li 6 P S 5 Cl", "Li6PS5Cl", Outcome.RIGHT),
        ("Li3PS4LiCl", "3Li3PS4-1LiCl", Outcome.WARNED),
        ("Li6PS5Br", "Li6PS5Cl", Outcome.SILENT),
    ],
)
def test_a_typo_is_judged_by_what_becomes_of_it(typed: str, meant: str, outcome: Outcome) -> None:
    assert Typo(kind="any", typed=typed, meant=meant).judged() is outcome


def test_strings_are_counted_by_who_reads_them() -> None:
    texts = ["Li6PS5Cl", "75Li2S-25P2S5", "Li2S-P2S5", "Li2Co3"]
    row = agreement("any", {text: (read_here(text), read_by_pymatgen(text)) for text in texts}, texts)
    assert (row["strings"], row["agree"], row["disagree"], row["only_this_refuses"]) == (4, 1, 0, 1)


@pytest.mark.parametrize(
    "text", ["Li6PS5Cl\n75Li2S-25P2S5\n\nLi6PS5Cl\n", 'id,Formula\n1,Li6PS5Cl\n2,"75Li2S-25P2S5"\n']
)
def test_further_compositions_are_lines_or_a_column(text: str, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(text)
    assert texts_of(tmp_path / "more.csv") == ["75Li2S-25P2S5", "Li6PS5Cl"]


@pytest.mark.slow
def test_a_run_reaches_its_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--typos", "500", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {bar["reached"] for bar in answer["bars"]} == {True}
    assert sum(row.get("agree", 0) for row in answer["rows"]) > 300
