"""The how-to on properties of one's own, block by block: checked, trained, judged, predicted, suggested for, served."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.properties import PROPERTIES, SETTING
from tests.serving.conftest import ROOT, Running

NAME = "composite_ionic_conductivity"
PAGE = "docs/how-to/own-property.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / PAGE).read_text("utf-8"), re.MULTILINE | re.DOTALL)
BEGIN, CHECK, TRAIN, PREDICT, SERVE, ASK = (text for kind, text in BLOCKS if kind == "sh")
(ENTRY,) = (text for kind, text in BLOCKS if kind == "toml")
(CODE,) = (text for kind, text in BLOCKS if kind == "python")
ADDRESS = "http://127.0.0.1:3000"
CODE_STATED = re.compile(r"# exit code (\d+)")

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the how-to asks the service with curl")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the first block makes."""
    folder = tmp_path_factory.mktemp("how-to")
    (folder / "docs").symlink_to(ROOT / "docs")
    *_, there, setting = shell(f"{BEGIN} && pwd && echo ${SETTING}".replace("\n &&", " &&"), folder).splitlines()
    assert setting == f"{there}/properties.toml"
    return Path(there)


@pytest.fixture(scope="module")
def trained(lab: Path) -> list[str]:
    """What each line of training prints; afterwards there is a model in the folder."""
    return [shell(line, lab) for line in TRAIN.splitlines()]


@pytest.fixture(scope="module")
def service(lab: Path, trained: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service of the page, on a port that is free."""
    assert SERVE == "SURROGATE_MODELS=models SURROGATE_AUTH=off bentoml serve serving.service:SurrogateService\n"
    settings = {"SURROGATE_MODELS": str(lab / "models"), SETTING: str(lab / "properties.toml")}
    running = Running(tmp_path_factory.mktemp("service"), workers=1, **settings)
    try:
        running.wait("/readyz")
        yield running
    finally:
        running.stop()


def shell(block: str, folder: Path) -> str:
    """What a block prints; it ends with the exit code that it states, which is 0 where it states none."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        SETTING: str(folder / "properties.toml"),
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("MLFLOW_TRACKING_URI", None)
    command = ["bash", "-ec", block]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    stated = CODE_STATED.search(block)
    assert done.returncode == (int(stated[1]) if stated else 0), f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_the_entry_that_is_shown_is_the_one_that_ships(lab: Path) -> None:
    assert (lab / "properties.toml").read_text("utf-8") == ENTRY


def test_check_counts_its_rows_and_measures_how_far_papers_differ(lab: Path) -> None:
    said = shell(CHECK, lab)
    assert "Ionic conductivity of the composite: 63 measurements of 18 papers to learn from." in said
    assert re.search(r"Papers on one material differ by 0\.97 decades", said)


def test_it_is_evaluated_fitted_and_refused_with_the_reason(lab: Path, trained: list[str]) -> None:
    evaluated, _, refused = trained
    assert f"{NAME} / decades, 63 rows of 18 papers, 4 folds" in evaluated
    assert "is not below that of the global median" in refused
    manifest = json.loads((lab / "models" / NAME / "manifest.json").read_text("utf-8"))
    assert (manifest["property"]["unit"], manifest["property"]["scale"]) == ("S/cm", "log10")


def test_the_command_line_predicts_suggests_and_writes_sheet_and_report(lab: Path, trained: list[str]) -> None:
    predicted, suggested, _, _ = (shell(line, lab) for line in PREDICT.splitlines())
    assert re.search(r"Ionic conductivity of the composite +[\d.]+ mS/cm", predicted)
    assert re.search(r"near: [\d.]+ mS/cm", predicted)
    assert "2 recipes from 'coated-oxide-composite' to maximise composite_ionic_conductivity" in suggested
    assert f"{NAME}_s_per_cm" in (lab / "sheet.csv").read_text("utf-8-sig")
    assert "Ionic conductivity of the composite" in (lab / "report.html").read_text("utf-8")


def test_the_service_knows_predicts_suggests_and_cites_it(lab: Path, service: Running) -> None:
    answers = [json.loads(shell(line.replace(ADDRESS, service.url), lab)) for line in ASK.splitlines()]
    schema, predicted, suggested, cited = answers
    described = schema["properties"][NAME]
    assert (described["unit"], described["scale"], described["subject"]) == ("S/cm", "log10", "cell")
    assert described["available"]
    made = predicted["items"][0]["properties"][NAME]
    assert made["interval"]["low"] <= made["median"] <= made["interval"]["high"]
    assert made["model"]["status"] == "provisional"
    assert made["neighbours"]
    assert suggested["suggestions"][0]["predictions"][NAME]["unit"] == "S/cm"
    assert NAME in [value["property"] for value in cited["values"]]


def test_python_knows_it_while_the_setting_says_so_and_not_afterwards(
    lab: Path, trained: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(SETTING, str(lab / "properties.toml"))
        patch.chdir(lab)
        exec(compile(CODE, PAGE, "exec"), {})
        assert NAME in PROPERTIES
    assert "before cycling" in capsys.readouterr().out
    assert NAME not in PROPERTIES
