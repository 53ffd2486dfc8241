"""The accuracy benchmark on tables of others: it runs on any file of the format, and never learns from its papers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmarks.accuracy import main
from surrogate.datasets import DATA


def some_papers(path: Path, count: int) -> set[str]:
    """A table like the shipped one with the rows of ``count`` papers."""
    with (DATA / "literature" / "electrolytes.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows, names = list(reader), reader.fieldnames
    kept = sorted({row["paper"] for row in rows if row["family"] == "argyrodite"})[:count]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names or [])
        writer.writeheader()
        writer.writerows(row for row in rows if row["paper"] in kept)
    return set(kept)


def test_a_table_of_others_is_judged_beside_the_baselines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = some_papers(tmp_path / "theirs.csv", 6)
    assert main(["external", "--electrolytes", str(tmp_path / "theirs.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    models = {row["model"] for row in found["rows"]}
    assert {"stack", "baseline: global_median", "baseline: group_median"} <= models
    assert all(row["n_papers"] <= len(papers) for row in found["rows"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["external"], 3, "No table was given"),
        (["external", "--electrolytes", "nowhere.csv"], 5, "nowhere.csv"),
        (["obelix", "--test", "nowhere.csv"], 5, "nowhere.csv"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""
