"""The accuracy benchmark on tables of others: it runs on any file of the format, and never learns from its papers."""

from __future__ import annotations

import csv
import json
import re
import warnings
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import _external
from benchmarks.accuracy import FEW_PAPERS, FOLDS, folds_of, main
from surrogate.datasets import DATA, load
from surrogate.models.evaluation import error_metrics
from surrogate.models.surrogate import fit
from surrogate.properties import MODELLED
from tests.shipped import shipped


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest model in place of the stack, where only what is around it counts."""
    monkeypatch.setattr(_external, "fit", partial(fit, kind="group_median"))


def written(path: Path, rows: list[dict[str, str]]) -> str:
    """The path of a table with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def conductors(count: int, **stated: str) -> list[dict[str, str]]:
    """Argyrodites at room temperature, each of a paper of its own that nobody knows."""
    rows = [row for row in shipped("literature/electrolytes.csv") if row["family"] == "argyrodite"]
    usable = [row for row in rows if row["ionic_conductivity_S_cm"] and not row["censored"]]
    unknown = {"measurement_temperature_C": "25", "likely_duplicate_of": "", "original_doi": ""}
    return [
        {**row, **unknown, "record_id": f"R{n}", "paper": f"theirs {n}", "doi": "", **stated}
        for n, row in enumerate(usable[:count])
    ]


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


@pytest.mark.usefixtures("quick")
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


@pytest.mark.usefixtures("quick")
def test_the_answer_counts_what_is_left_out_and_names_what_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = conductors(8)
    rows[1]["measurement_temperature_C"] = "60"
    rows[2]["family"] = "borohydride"
    rows[3]["composition"] = rows[3]["composition_normalized"] = "LPSCl"
    path = written(tmp_path / "theirs.csv", [{**row, "remark": ""} for row in rows])
    assert main(["external", "--electrolytes", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["n_rows"] for row in found["rows"] if row["property"] == "ionic_conductivity"} == {6}
    left = [(e["rows"], e["why"]) for e in found["left_out"] if e["property"] == "ionic_conductivity"]
    assert left == [(1, "the row was not measured at room temperature"), (1, "the row cannot be read")]
    assert [(fault["table"], fault["row"], fault["column"]) for fault in found["faults"]] == [
        (path, 5, "composition_normalized")
    ]
    assert f"{path}: columns left alone: 'remark'." in found["notes"]
    assert any("count as other in 1 row (line 4): 'borohydride'" in note for note in found["notes"])
    assert main(["external", "--electrolytes", path]) == 0
    assert "ionic_conductivity: 1 left out: the row was not measured at room temperature." in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_limits_are_no_values_and_the_prediction_is_only_asked_whether_it_respects_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = conductors(6)
    for row, (sign, value) in zip(rows, [("<", "0.09"), (">", "1e-12"), ("<", "1e-12")], strict=False):
        row |= {"censored": sign, "ionic_conductivity_S_cm": value}
    path = written(tmp_path / "theirs.csv", rows)
    assert main(["external", "--electrolytes", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["n_rows"] for row in found["rows"] if row["property"] == "ionic_conductivity"} == {3}
    why = {"property": "ionic_conductivity", "rows": 3, "why": "the value is only a limit"}
    assert why in found["left_out"]
    assert "ionic_conductivity: limits that the prediction respects: 2 of 3." in found["notes"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("before", ["", "https://doi.org/", "doi:"])
def test_a_paper_of_the_training_table_is_recognised_by_its_doi_however_it_is_written(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = next(row for row in shipped("literature/electrolytes.csv") if row["doi"] == "10.1038/srep05572")
    path = written(tmp_path / "theirs.csv", conductors(5, doi=f"{before}{known['doi']}"))
    assert main(["external", "--electrolytes", path, "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any("training rows not learnt from, since the held-out table has their papers" in note for note in notes)


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"measurement_temperature_C": "60", "activation_energy_eV": ""}, "the row was not measured at room temp"),
        ({"ionic_conductivity_S_cm": "", "activation_energy_eV": ""}, "It states none of: ionic_conductivity"),
    ],
)
def test_a_table_of_which_nothing_is_judged_ends_with_the_reason(
    stated: dict[str, str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "theirs.csv", conductors(2, **stated, electronic_conductivity_S_cm=""))
    assert main(["external", "--electrolytes", path, "--json"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"No value of {path} can be judged." in printed.err
    assert says in printed.err


def test_the_training_table_itself_leaves_nothing_to_learn_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["external", "--electrodes", str(DATA / "literature" / "electrodes.csv")]) == 3
    said = capsys.readouterr().err
    assert "every paper of the training table is in the held-out table, so nothing is left to learn from" in said


def test_every_fault_of_a_file_that_is_no_such_table_is_listed_up_to_twenty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "True Composition": "Qq"} for row in shipped("obelix/train.csv")[:23]]
    path = written(tmp_path / "test.csv", rows)
    assert main(["obelix", "--test", path]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert (len(lines), lines[-1]) == (21, "… and 3 more faults.")
    assert lines[0].startswith(f"{path}, line 2, column True Composition: ")


@pytest.mark.parametrize("seed", ["-1", "4294967296", "one"])
def test_a_seed_that_no_generator_takes_is_refused(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--seed", seed], ["external", "--seed", seed]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert f"'{seed}' is no seed; give a whole number from 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--folds", "3"], ["--kinds", "stack"], ["--properties", "activation_energy"], ["--no-ablation"]]
)
@pytest.mark.parametrize("protocol", ["external", "obelix"])
def test_an_option_that_would_change_nothing_is_refused(
    protocol: str, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*option, "--seed", "1", protocol])
    assert ended.value.code == 2
    assert f"{option[0]} concerns the shipped tables, not '{protocol}'" in capsys.readouterr().err


def test_the_error_on_a_single_paper_has_no_interval() -> None:
    metrics = {"mae": 1.0, "mae_interval": [1.0, 1.0], "n_papers": 1}
    assert _external.show_errors(metrics, ("n_papers",))["mae_low"] is None
    assert (
        _external.show_errors({**metrics, "mae_interval": [0.5, 2.0], "n_papers": 2}, ("n_papers",))["mae_high"] == 2.0
    )


def test_values_that_are_all_alike_have_no_order_and_give_no_warning() -> None:
    rows = pd.DataFrame({"value": [1.0, 1.0, 1.0], "predicted": [1.0, 2.0, 3.0], "paper": ["a", "b", "c"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert error_metrics(rows, "predicted")["spearman"] is None
        assert error_metrics(rows.rename(columns={"value": "said", "predicted": "value"}), "said")["spearman"] is None


@pytest.mark.parametrize("name", MODELLED)
def test_every_paper_is_held_out_by_itself_where_there_are_few(name: str) -> None:
    measurements = load(name)
    papers = len({m.source.paper for m in measurements})
    assert folds_of(measurements, None) == (papers if papers <= FEW_PAPERS else FOLDS)
    assert folds_of(measurements, 3) == 3


def test_no_folds_at_all_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--properties", "activation_energy", "--folds", "0"]) == 3
    papers = len({m.source.paper for m in load("activation_energy")})
    refusal = re.search(r"0 folds of (\d+) papers cannot be made", capsys.readouterr().err)
    assert refusal is not None
    assert int(refusal[1]) < papers  # papers that may be one are joined
