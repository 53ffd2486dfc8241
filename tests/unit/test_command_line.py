"""The command line: data on stdout, sentences on stderr, an exit code for each kind of trouble."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import surrogate
from surrogate.campaign import CampaignStore, Result, random_planner
from surrogate.candidate.columns import columns_of
from surrogate.candidate.field import YES
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Censoring
from surrogate.candidate.settings import OF_A_MATERIAL, build
from surrogate.candidate.settings import read as settings_of
from surrogate.cli import notes, read
from surrogate.errors import InvalidInput
from surrogate.features import feature_matrix
from surrogate.models import save
from surrogate.properties import Subject
from surrogate.tables import opening
from surrogate.text import percent_in_full
from tests.commands import run as run_apart
from tests.commands import run_here as run
from tests.trained import fitted


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name in ("ionic_conductivity", "first_discharge_capacity"):
        save(fitted(name), folder / name)
    return folder


def test_a_composition_is_read_aloud() -> None:
    answer = run_apart("read", "75Li2S-25P2S5", "--format", "json")
    said = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert "Li3PS4" in said["reading"]
    assert said["is_charge_neutral"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("read", "LPSCl"), 3, "Li6PS5Cl"),
        (("predict", "Li6PS5Cl", "milling_tim_h=3"), 3, "Did you mean milling_time_h"),
        (
            ("predict", "Li6PS5Cl", "annealing=550"),
            3,
            "Did you mean heat_treatment_temperature_c or heat",
        ),
        (("suggest", "maximise ionic_conductivity", "Ge <= 0"), 3, "--without Ge"),
        (("suggest", "maximise ionic_conductivity", "milling_time_h <= 9"), 3, "--at-most milling_time_h=VALUE"),
        (("predict", "Li6PS5Cl", "milling_time_h=-3"), 3, "must lie between 0"),
        (("predict", "Li6PS5Cl", "milling_time_h"), 3, "is not NAME=VALUE"),
        (("predict", "Li6PS5Cl", "route=magic"), 3, "option of route"),
        (("predict",), 3, "Nothing was given"),
        (("predict", "milling_time_h=3"), 3, "Give its composition as electrolyte"),
        (("predict", "Li6PS5Cl", "mixing_time_min=3"), 3, "a cell needs an active material"),
        (("predict", "active_material=TiS2", "mixing_method=hand_mixed", "mixing_time_min=600"), 3, "milled for 600"),
        (("predict", "active_material=TiS2", "mixing_method=hand_mixed", "mixing_speed_rpm=500"), 3, "at 500 rpm"),
        (("predict", "active_material=TiS2", "active_weight_fraction=0"), 3, "holds some active material"),
        (("predict", "active_material=TiS2", "cycles=2.5"), 3, "cycles is 2.5; cycles are counted"),
        (("predict", "active_material=TiS2", "reference_cycle=2.7"), 3, "reference_cycle is 2.7; cycles are counted"),
        (("predict", "Li6-xPS5-xCl1+x", "--models", "nowhere"), 3, "for example x=0.5"),
        (("predict", "active_material=S", "x=0.5", "--models", "nowhere"), 3, "x is a variable of a composition"),
        (("explain",), 3, "Nothing was given"),
        (("sheet", "template", "sheet.xlsx", "--subject", "cells"), 3, "Did you mean cell"),
        (("suggest", "maximise ionic_conductivity", "--seed", "-1"), 2, "--seed"),
        (("predict", "Li6PS5Cl", "--models", "nowhere"), 5, "training fit"),
        (("suggest", "maximise beauty", "--models", "nowhere"), 5, "no trained model"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_trouble_is_one_sentence_and_its_exit_code(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    answer = run(*arguments, cwd=tmp_path)
    assert answer.returncode == code
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""


def test_a_prediction_names_interval_domain_model_and_neighbours(models: Path) -> None:
    answer = run("predict", "Li6PS5Cl", "heat_treatment_temperature_c=550 °C", "--models", models, "--format", "json")
    (item,) = json.loads(answer.stdout)["items"]
    said = item["properties"]["ionic_conductivity"]
    assert said["unit"] == "S/cm"
    assert said["interval"]["low"] < said["median"] < said["interval"]["high"]
    assert said["domain"]["status"] in ("in", "edge", "out")
    assert len(said["neighbours"]) == 3
    assert said["model"]["data_sha256"]


def test_what_is_measured_stands_before_what_is_predicted(models: Path) -> None:
    recipe = ("Li10GeP2S12", "heat_treatment_temperature_c=550", "heat_treatment_time_h=8", "--models", models)
    lines = run("predict", *recipe, "--citations").stdout.splitlines()
    assert re.fullmatch(r"  measured: \d+ independent values of \d+ papers, from .* to 12 mS/cm", lines[1])
    assert lines[2].startswith("    12 mS/cm, Li10GeP2S12")
    assert "[Kamaya, N. et al., A Lithium Superionic Conductor, Nat. Mater. 10" in lines[2]
    assert "; as quoted in Appl. Mater. Today 29, 101692 (2022)" in lines[2]
    assert "median" in lines[5]
    (item,) = json.loads(run("predict", *recipe, "--citations", "--format", "json").stdout)["items"]
    measured = item["properties"]["ionic_conductivity"]["measured"]
    assert measured["rows"][0]["bibtex"].startswith("@article{doi-10-1038-nmat3066")
    assert measured["low"] < measured["high"] == measured["rows"][0]["value"] == 0.012


def test_what_nobody_measured_is_not_spoken_of(models: Path) -> None:
    answer = run("predict", "Li6.123PS5.123Cl0.877", "--models", models, "--format", "json")
    assert "measured" not in json.loads(answer.stdout)["items"][0]["properties"]["ionic_conductivity"]


def test_the_table_is_for_people(models: Path) -> None:
    answer = run("predict", "Li6PS5Cl", "--models", models)
    assert "mS/cm" in answer.stdout
    assert "90 % interval" in answer.stdout


@pytest.mark.parametrize("given", [("Li6-xPS5-xCl1+x", "x=0.5"), ("Li6-xPS5-xCl1+x (x = 0.5)",)])
def test_a_variable_of_a_composition_has_its_value_beside_or_behind_it(models: Path, given: tuple[str, ...]) -> None:
    options = ("--models", models, "--property", "ionic_conductivity", "--neighbours", "0")
    variable, plain = (run("predict", *what, *options).stdout.splitlines() for what in (given, ("Li5.5PS4.5Cl1.5",)))
    assert variable[0] == "Li6-xPS5-xCl1+x (x = 0.5)"  # the name tells this x from another
    assert variable[1].endswith("→ Li5.5PS4.5Cl1.5")
    assert variable[2:] == plain[1:]


def test_the_reading_of_a_composition_is_echoed_where_it_is_another_than_what_was_typed(models: Path) -> None:
    def heading(*given: str) -> str:
        return run("predict", *given, "--models", models).stdout.split("property")[0]

    assert heading("Li6PS5Cl").splitlines()[0] == "Li6PS5Cl"
    assert "→" not in heading("Li6PS5Cl")
    assert "→ Li3PS4" in heading("75Li2S-25P2S5")
    assert "Shares are of the whole" in heading("Li3PS4 + 10 wt% LiI")


def test_no_line_of_a_table_ends_in_blanks_or_is_folded_in_a_pipe(models: Path) -> None:
    for arguments in (("settings",), ("spaces",), ("predict", "Li6PS5Cl", "--models", models)):
        lines = run(*arguments).stdout.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []
        assert lines[-1]
    (choices,) = [line for line in run("settings").stdout.splitlines() if line.startswith("mixing_method ")]
    assert choices.endswith("other")


def test_the_program_says_its_version() -> None:
    answer = run("--version")
    assert (answer.returncode, answer.stdout) == (0, f"surrogate {surrogate.__version__}\n")


def test_an_explanation_adds_up_to_the_prediction(models: Path) -> None:
    typed = ("active_material=S", "electrolyte=Li6PS5Cl", "mixing_time_min=60", "--models", models)
    (said,) = json.loads(run("explain", *typed, "--format", "json").stdout)["explanations"]
    (item,) = json.loads(run("predict", *typed, "--format", "json").stdout)["items"]
    assert said["prediction"] == pytest.approx(item["properties"]["first_discharge_capacity"]["median"])
    assert said["start"] + sum(e["size"] for e in said["effects"]) == pytest.approx(said["prediction"])
    assert "usual sulfur" in run("explain", *typed).stdout


def test_a_file_is_read_within_the_bounds_of_a_sheet(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / "long.csv"
    long.write_text("electrolyte\n" + "Li6PS5Cl\n" * (opening.MAX_ROWS + 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match="more than 20000 candidates"):
        read.candidates(None, [], long)
    monkeypatch.setattr(opening, "MAX_BYTES", 1000)
    with pytest.raises(InvalidInput, match="MB are the most"):
        read.candidates(None, [], long)
    refused = run("predict", "--file", tmp_path / "none.csv", "--models", models)
    assert (refused.returncode, "cannot be read" in refused.stderr) == (5, True)
    odd = tmp_path / "odd.csv"
    odd.write_bytes(b"electrolyte\n\xff\xfe\n")
    with pytest.raises(InvalidInput, match=r"odd\.csv, line 2"):
        read.candidates(None, [], odd)


def test_a_cell_is_told_from_an_electrolyte_by_what_is_given(models: Path) -> None:
    answer = run("predict", "active_material=TiS2", "electrolyte=Li3PS4", "--models", models, "--format", "json")
    (item,) = json.loads(answer.stdout)["items"]
    assert set(item["properties"]) == {"first_discharge_capacity"}


def test_a_file_is_predicted_row_by_row_and_its_faults_are_named_by_line(models: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("electrolyte,milling_time_h\nLi6PS5Cl,20\n75Li2S-25P2S5,\n", encoding="utf-8")
    answer = run("predict", "--file", good, "--models", models, "--format", "csv")
    assert [row["candidate"].split(",")[0] for row in csv.DictReader(io.StringIO(answer.stdout))] == [
        "Li6PS5Cl",
        "75Li2S-25P2S5",
    ]
    bad = tmp_path / "bad.csv"
    bad.write_text("electrolyte,milling_time_h\nLi6PS5Cl,20\nLPSCl,3\nLi6PS5I,-2\n", encoding="utf-8")
    refused = run("predict", "--file", bad, "--models", models)
    assert refused.returncode == 3
    assert "line 3" in refused.stderr
    assert "line 4" in refused.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("electrolyte,milling_time_h,milling_time_h\nLi6PS5Cl,1,20\n", "line 1, column milling_time_h: .* given twice"),
        ("electrolyte,milling_time_h\nLi6PS5Cl,1,550\n", "line 2: The line has too many cells: 3 where"),
        ("electrolyte,milling_time_h\nLi6PS5Cl\n", "line 2: The line is cut short: 1 where"),
        ("electrolyte,\nLi6PS5Cl,secret\n", "line 2: 'secret' stands in a column without a name"),
        ("electrolyte,milling_time_h\n\n\nLi6PS5Cl,abc\n", "line 4, column milling_time_h: milling_time_h = 'abc'"),
        ("milling_time_h\n3\n", "no column 'electrolyte'"),
        ('electrolyte,milling_time_h\n"Li6PS5Cl,1\nLi6PS5Br,2\n', "line 2: The line cannot be split into cells"),
        ("electrolyte,heat_treatment_temperature_c\nLi6PS5Cl,823\n", "line 2, .*may be 823 °C or 823 K, which is 550"),
    ],
)
def test_a_file_is_refused_rather_than_repaired(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "candidates.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=says):
        read.candidates(None, [], file)


def test_a_single_fault_of_a_file_is_said_once(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("electrolyte,milling_time_h\nLi6PS5Cl,abc\n", encoding="utf-8")
    (said,) = run("predict", "--file", file, "--models", models).stderr.splitlines()
    assert said.startswith(f"{file}, line 2, column milling_time_h: milling_time_h = 'abc'")


@pytest.mark.parametrize(("level", "shown"), [("0.9", "90 %"), ("0.875", "87.5 %"), ("0.9999", "99.99 %")])
def test_the_level_of_an_interval_is_shown_in_full(level: str, shown: str) -> None:
    assert percent_in_full(float(level)) == shown


def test_what_a_model_does_not_know_is_named(models: Path) -> None:
    plain, rated = (run("predict", "Li6PS5Cl", *more, "--models", models) for more in ((), ("c_rate=1",)))
    echoed, *answer = rated.stdout.splitlines()
    assert (plain.stdout.splitlines()[1:], plain.stderr) == (answer, "")
    assert echoed.startswith("Li6PS5Cl, ")  # said back, though nothing knows it
    assert rated.stderr == "note: c_rate makes no difference: models of electrolytes do not know it.\n"


#: A value of each setting for which 30 will not do, other than in the candidates below.
OTHER = {
    "electrolyte": "Li3PS4", "solvent": "THF", "active_material": "S", "coating": "LiNbO3", "additive": "VGCF",
    "counter_electrode": "Li-In", "separator": "Li3PS4", "active_weight_fraction": 0.5,
    "electrolyte_weight_fraction": 0.5, "additive_weight_fraction": 0.5, "electrolyte_conductivity_s_per_cm": 1e-3,
    "voltage_min_v": 1.0, "voltage_max_v": 3.0, "coating_weight_fraction": 0.5, "binder": "PTFE",
}  # fmt: skip
#: Settings that a model knows together with another one, or that another quantity is computed from.
TOGETHER = {"solvent": {"route": "solution"}, "current_ma_per_cm2": {"active_loading_mg_per_cm2": 5.0}}
DERIVED = {"separator_thickness_um"}
#: Settings that a law takes into account, and no feature.
OF_A_LAW = {"reference_cycle"}
#: Settings that the simulator inside a model reads, and no feature.
SIMULATED = {Subject.ELECTROLYTE: {"ball_to_powder_ratio", "mill"}, Subject.CELL: set[str]()}


@pytest.mark.parametrize("subject", Subject)
def test_settings_that_make_no_difference_are_those_without_a_feature(subject: Subject) -> None:
    start = {"electrolyte": "Li6PS5Cl"} | ({"active_material": "TiS2"} if subject is Subject.CELL else {})
    without = set()
    for name, setting in FIELDS.items():
        if setting.part == "cell" and subject is Subject.ELECTROLYTE:
            continue
        beside = {**start, **TOGETHER.get(name, {})}
        beside |= {"separator": "Li3PS4"} if name.startswith("separator_") else {}
        beside |= {"active_material_chemistry": "alloy"} if name in OF_A_MATERIAL else {}
        value = setting.options[-1] if setting.options else OTHER.get(name, 30.0)
        value = YES if setting.default is False else value
        X = feature_matrix(columns_of([build(beside, subject), build({**beside, name: value}, subject)], subject))
        if np.array_equal(X[0], X[1], equal_nan=True):
            without.add(name)
    of_a_law = OF_A_LAW if subject is Subject.CELL else set()
    assert without - DERIVED - of_a_law - SIMULATED[subject] == notes.unused_by(subject)


def test_strict_refuses_what_is_out_of_domain(models: Path) -> None:
    answer = run("predict", "Na3Zr2Si2PO12", "--models", models, "--strict")
    assert answer.returncode == 4
    assert "out" in answer.stdout


def test_suggestions_are_the_same_for_a_seed_and_weigh_one_gram(models: Path) -> None:
    asked = ("suggest", "maximise ionic_conductivity", "--planner", "analytic", "--pool", "256", "-q", "2")
    first, second = (run(*asked, "--models", models, "--format", "json") for _ in range(2))
    assert first.stdout == second.stdout
    batch = json.loads(first.stdout)["suggestions"]
    assert [round(sum(s["weigh_in_g"].values()), 2) for s in batch] == [1.0, 1.0]
    assert all(s["reason"] for s in batch)
    near = [line for line in run(*asked, "--models", models).stdout.splitlines() if line.startswith("   near: ")]
    assert near
    assert all(re.match(r"   near: \S+ mS/cm, ", line) for line in near)


def test_a_campaign_goes_round_from_the_command_line(models: Path, tmp_path: Path) -> None:
    def call(*arguments: object) -> str:
        answer = run(*arguments, "--store", tmp_path / "c.db", cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    assert call("campaign", "create", "fast", "maximise ionic_conductivity", "--id", "one").strip() == "one"
    call("campaign", "ask", "one", "-q", "2", "--planner", "analytic", "--models", models)
    for value in ("4.2 mS/cm", "4.2 mS/cm", "0.0042"):  # telling again changes nothing, in whatever unit
        assert "measured" in call("tell", "one", "s1", f"ionic_conductivity={value}")
    assert "failed" in call("tell", "one", "s2", "--failed", "crucible broke")
    (line,) = json.loads(call("campaign", "list", "--format", "json"))["campaigns"]
    assert (line["suggestions"], line["measurements"], line["failures"]) == (2, 1, 1)
    call("sheet", "export", "one", "sheet.xlsx")
    assert "told: 0, known before: 1" in call("sheet", "import", "sheet.xlsx", "one")


def test_what_was_lost_through_no_fault_of_the_recipe_is_not_called_failed(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with CampaignStore.open(str(path)) as store:
        store.create("bad week", "argyrodite", ["maximise ionic_conductivity"], id="bad").ask(random_planner(), batch=3)
    for ident, option in (("s1", "--failed"), ("s2", "--lost"), ("s3", "--shorted")):
        answer = run("tell", "bad", ident, option, "power cut", "--store", path)
        assert answer.stdout == f"{ident}: {option[2:]}\n", answer.stderr
    shown = run("campaign", "show", "bad", "--store", path).stdout.splitlines()
    assert [line.split()[1] for line in shown[1:4]] == ["failed", "lost", "shorted"]


def test_a_slip_of_the_pen_is_asked_about_at_once_and_can_be_withdrawn(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with CampaignStore.open(str(path)) as store:
        campaign = store.create("slip", "argyrodite", ["maximise ionic_conductivity"], id="slip")
        campaign.ask(random_planner(), batch=10)
        campaign.tell(
            [
                Result(suggestion=f"s{i}", property="ionic_conductivity", value=3e-5 * (1.0 + 0.02 * i))
                for i in range(1, 9)
            ]
        )

    def tell(*arguments: str) -> tuple[str, str]:
        answer = run("tell", "slip", *arguments, "--store", path, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout, answer.stderr

    assert "question" not in tell("s9", "ionic_conductivity=<0.5 mS/cm")[1]
    stdout, stderr = tell("s10", "ionic_conductivity=32 mS/cm")
    assert "s10: measured" in stdout
    assert "is it really 32 mS/cm?" in stderr
    name = stderr.split(" of ")[1].split(":")[0]
    assert "question" not in tell("s10", "ionic_conductivity=0.032 mS/cm", "--replaces", name)[1]
    with CampaignStore.open(str(path)) as store:
        values = store.get("slip").learned()
    assert len(values) == 10
    assert values[-1].value == pytest.approx(3.2e-5)
    assert values[-2].censoring is Censoring.BELOW


def test_the_list_of_suggestions_says_what_was_measured(models: Path, tmp_path: Path) -> None:
    store = ("--store", tmp_path / "campaigns.db")
    run("campaign", "create", "Round", "maximise ionic_conductivity", "--id", "round", *store)
    run("campaign", "ask", "round", "--batch", 2, "--planner", "analytic", "--pool", 64, "--models", models, *store)
    run("tell", "round", "s2", "ionic_conductivity=4.1 mS/cm", "activation_energy=0.31", *store)
    shown = json.loads(run("campaign", "show", "round", "--format", "json", *store).stdout)["suggestions"]
    assert [row["measured"] for row in shown] == ["", "ionic_conductivity 4.1 mS/cm; activation_energy 0.31 eV"]
    assert [row["made"] for row in shown] == ["", ""]


def test_the_list_of_suggestions_says_what_was_made_instead(tmp_path: Path) -> None:
    path = tmp_path / "campaigns.db"
    with CampaignStore.open(str(path)) as store:
        campaign = store.create("Round", "argyrodite", ["maximise ionic_conductivity"], id="round")
        (suggestion,) = campaign.ask(random_planner(), batch=1).suggestions
        settings = settings_of(suggestion.candidate)
        planned = float(settings["heat_treatment_temperature_c"])
        otherwise = build({**settings, "heat_treatment_temperature_c": planned + 7.0})
        campaign.tell([Result(suggestion="s1", property="ionic_conductivity", value=1e-3, candidate=otherwise)])
    answer = run("campaign", "show", "round", "--format", "json", "--store", path)
    (row,) = json.loads(answer.stdout)["suggestions"]
    assert row["measured"] == "ionic_conductivity 1 mS/cm"
    assert row["made"] == f"heat_treatment_temperature_c {planned + 7:g} instead of {planned:g}"


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_a_file_with_another_separator_is_read_with_its_decimal_commas(
    sign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "candidates.csv"
    file.write_text(f"electrolyte{sign}milling_time_h\nLi6PS5Cl{sign}1,5\n", encoding="utf-8")
    assert read.candidates(None, [], file) == read.candidates("Li6PS5Cl", ["milling_time_h=1.5"], None)
    assert "with a decimal comma, as 1.5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("milling_speed_rpm=500 U/min", "milling_speed_rpm=500"),
        ("milling_speed_rpm=500 RPM", "milling_speed_rpm=500"),
        ("ball_to_powder_ratio=20:1", "ball_to_powder_ratio=20"),
        ("temperature_c=RT", "temperature_c=25"),
        ("route=Ball milling", "route=mechanical_milling"),
        ("atmosphere=Ar", "atmosphere=argon"),
        ("heat_treated=ja", "heat_treated=yes"),
        ("heat_treatment_temperature_c=25 oC", "heat_treatment_temperature_c=25"),
        ("heat_treatment_temperature_c=823.15 K", "heat_treatment_temperature_c=550"),
    ],
)
def test_what_people_write_is_what_the_tables_say(written: str, plain: str) -> None:
    assert read.candidates("Li6PS5Cl", [written], None) == read.candidates("Li6PS5Cl", [plain], None)


@pytest.mark.parametrize(("rate", "number"), [("C/10", 0.1), ("0.1C", 0.1), ("0,5 C", 0.5), ("1C/20", 0.05)])
def test_a_rate_is_read_as_it_is_written(rate: str, number: float) -> None:
    (cell,) = read.candidates("Li6PS5Cl", ["active_material=NCM811", f"c_rate={rate}"], None)
    assert cell.protocol.c_rate == number


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("pressure_mpa=370 mPa", "is 'MPa' meant"),
        ("ball_to_powder_ratio=1:20", "is 20:1 meant"),
        ("atmosphere=N2", "nitrogen"),
        ("milling_time_h=1,234", "thousands separator"),
        ("heat_treatment_temperature_c=ca. 530", "Write the number alone"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_both(setting: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read.candidates("Li6PS5Cl", [setting], None)


@pytest.mark.parametrize("arguments", [("sheet", "template"), ("sheet", "export", "round")])
def test_no_sheet_is_written_over_a_file(arguments: tuple[str, ...], tmp_path: Path) -> None:
    there = tmp_path / "filled-in.csv"
    there.write_text("a week of results", encoding="utf-8")
    answer = run(*arguments, there, cwd=tmp_path)
    assert (answer.returncode, there.read_text("utf-8")) == (3, "a week of results")
    assert "is there already" in answer.stderr


def test_reading_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    for arguments in (("campaign", "list"), ("campaign", "show", "one"), ("tell", "one", "s1", "--failed", "broke")):
        answer = run(*arguments, "--store", "typo.db", cwd=tmp_path)
        assert (answer.returncode, "There is no campaign store 'typo.db'" in answer.stderr) == (5, True)
    assert list(tmp_path.iterdir()) == []


def test_an_exported_campaign_comes_back_from_its_file_and_asks_the_same(models: Path, tmp_path: Path) -> None:
    def call(store: str, *arguments: object) -> str:
        answer = run(*arguments, "--store", tmp_path / store, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def ask(store: str) -> str:
        how = ("-q", "1", "--planner", "analytic", "--pool", "256", "--models", models, "--format", "json")
        return call(store, "campaign", "ask", "one", *how)

    call("c.db", "campaign", "create", "fast", "maximise ionic_conductivity", "--id", "one")
    ask("c.db")
    call("c.db", "tell", "one", "s1", "ionic_conductivity=4.2 mS/cm")
    call("c.db", "campaign", "export", "one", "one.json")
    assert call("d.db", "campaign", "import", "one.json").strip() == "one"
    assert ask("c.db") == ask("d.db")
    again = run("campaign", "import", "one.json", "--store", tmp_path / "d.db", cwd=tmp_path)
    assert (again.returncode, "Import it under another id" in again.stderr) == (3, True)
    (tmp_path / "file").touch()
    blocked = run("campaign", "export", "one", "file/one.json", "--store", tmp_path / "c.db", cwd=tmp_path)
    assert (blocked.returncode, "cannot be written" in blocked.stderr) == (5, True)


def test_a_template_reads_back_without_a_fault(tmp_path: Path) -> None:
    assert run("sheet", "template", "t.xlsx", cwd=tmp_path).returncode == 0
    checked = run("sheet", "check", "t.xlsx", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    odd = run("sheet", "check", "t.xlsx", "--errors", "faults.pdf", cwd=tmp_path)
    assert (odd.returncode, "'faults.pdf' is no name for a sheet" in odd.stderr) == (3, True)


def test_a_space_is_shown_changed_and_used_from_the_file_that_it_was_written_to(models: Path, tmp_path: Path) -> None:
    listed = json.loads(run("spaces", "--format", "json", cwd=tmp_path).stdout)["spaces"]
    assert "argyrodite" in {row["space"] for row in listed}
    without = ("--without", "Ge", "--fix", "heat_treatment_temperature_c=500", "--batch-mass", "5 g")
    written = run("spaces", "argyrodite", *without, cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    (tmp_path / "mine.toml").write_text(written.stdout, "utf-8")
    again = run("spaces", "mine.toml", cwd=tmp_path)
    assert again.stdout == written.stdout
    wish = (
        "suggest",
        "maximise ionic_conductivity",
        "--batch",
        "2",
        "--pool",
        "64",
        "--format",
        "json",
        "--models",
        models,
    )
    from_file = run(*wish, "--space", "mine.toml", cwd=tmp_path)
    assert from_file.returncode == 0, from_file.stderr
    assert from_file.stdout == run(*wish, *without, cwd=tmp_path).stdout
    refused = run("spaces", "argyrodite", "--without", "Xx", cwd=tmp_path)
    assert refused.returncode != 0
    assert "Known: " in refused.stderr


def test_a_campaign_changes_its_mind_and_says_all_that_the_planner_noticed(models: Path, tmp_path: Path) -> None:
    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        answer = run(*arguments, "--store", tmp_path / "c.db", cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        return answer

    call("campaign", "create", "fast", "maximise ionic_conductivity", "--id", "one", "--without", "Sn")
    asked = ("campaign", "ask", "one", "--pool", "64", "--models", models, "--format", "json")
    first = json.loads(call(*asked, "-q", "1").stdout)
    assert len(first["suggestions"]) == 1
    assert first["report"]["stopping"]["sentence"]
    assert isinstance(first["report"]["warnings"], list)
    changed = call("campaign", "change", "one", "--fix", "halide=I", "-q", "2", "--reason", "no chlorine left")
    assert "version" in changed.stdout
    second = json.loads(call(*asked).stdout)["suggestions"]
    assert [s["settings"]["halide"] for s in second] == ["I", "I"]
    assert "nothing is different" in call("campaign", "change", "one", "-q", "2").stdout
    call("campaign", "change", "one", "--name", "faster", "--archive")
    listed = json.loads(call("campaign", "list", "--archived", "--format", "json").stdout)
    assert "faster" in json.dumps(listed)
    assert "nothing is different" in call("campaign", "change", "one", "--archive").stdout
    call("sheet", "export", "one", "sheet.csv")
    call("campaign", "create", "next", "maximise ionic_conductivity", "--id", "two")
    call("tell", "one", "s1", "ionic_conductivity=1 mS/cm")
    call("sheet", "export", "one", "told.csv")
    assert "told: 1" in call("sheet", "import", "told.csv", "two", "--from-campaign", "one").stdout


def test_the_echo_repeats_everything_that_was_stated(models: Path) -> None:
    stated = (
        "route=mechanical_milling",
        "milling_time_h=20",
        "milling_speed_rpm=510",
        "temperature_c=30",
        "pressure_mpa=360",
    )
    echoed = run("predict", "Li6PS5Cl", *stated, "--models", models).stdout.splitlines()[0]
    assert all(word in echoed for word in ("mechanical milling 20 h", "510 rpm", "30 °C", "360 MPa"))


def test_a_command_whose_package_is_not_installed_names_the_extra_that_brings_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['sqlalchemy'] = None; from surrogate.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, "campaign", "list"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "This command needs sqlalchemy, which is not installed. Install it with: "
        "python -m pip install 'sulfide-surrogate[design]'\n"
    )


def test_a_screen_shows_each_fault_of_a_sheet_once_and_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "lab.csv").write_text(
        'Row ID,Electrolyte composition,Ionic conductivity / mS/cm\na1,Li6PS5Cl,2.1\na2,Li6PS5Br,2.2\na3,Li3PS4,"0,2"\n'
    )
    screen, keyboard = os.openpty()
    command = [sys.executable, "-m", "surrogate.cli", "sheet", "check", "lab.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=keyboard, stderr=keyboard, stdin=keyboard) as process:
        process.wait(60)
    os.close(keyboard)
    shown = os.read(screen, 65536).decode()
    os.close(screen)
    assert shown.count("line 4") == 1
    assert "(--decimal ,)" in shown
    apart = run("sheet", "check", "lab.csv", cwd=tmp_path)
    assert ("line 4" in apart.stdout, "line 4" in apart.stderr) == (True, True)
