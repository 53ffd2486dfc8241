"""The command line of own rows and comparisons: what is read, what is said, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from surrogate.cli.main import _typer
from surrogate.errors import SurrogateError
from tests.trained import save_provisional

SIGMA = "ionic_conductivity"
MINE = "electrolyte,heat_treatment_temperature_c,ionic_conductivity\nLi6PS5Cl,550,9 mS/cm\nLi6PS5Br,550,<1 mS/cm\n"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_provisional(folder, property=SIGMA)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(_typer, list(arguments))


def test_own_rows_in_a_file_are_counted_and_limits_left_aside(tmp_path: Path, models: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(MINE, encoding="utf-8")
    answer = run("predict", "Li6PS5Cl", "--given", str(mine), "--models", str(models), "--format", "json")
    (item,) = json.loads(answer.stdout)["items"]
    predicted = item["properties"][SIGMA]
    assert predicted["without_own_rows"]["own_rows"] == 1
    assert predicted["median"] > predicted["without_own_rows"]["median"]
    assert any("only limits: 1" in warning for warning in predicted["warnings"])
    assert "1 row of yours changed it from" in run(
        "predict", "Li6PS5Cl", "--given", str(mine), "--models", str(models)
    ).stdout  # fmt: skip


def test_own_rows_without_a_value_are_refused(tmp_path: Path, models: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("electrolyte,milling_time_h\nLi6PS5Cl,20\n", encoding="utf-8")
    answer = run("predict", "Li6PS5Cl", "--given", str(mine), "--models", str(models))
    assert isinstance(answer.exception, SurrogateError)
    assert "states no value that was measured" in str(answer.exception)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_rows_of_a_file_and_changes_to_a_recipe_are_compared_alike(tmp_path: Path, models: Path, form: str) -> None:
    file = tmp_path / "recipes.csv"
    file.write_text(
        "electrolyte,heat_treatment_temperature_c\nLi6PS5Cl,550\nLi6PS5Cl,300\nLi3PS4,550\n", encoding="utf-8"
    )
    shared = ("--models", str(models), "--format", form)
    of_file = run("compare", str(file), *shared)
    changes = ("--versus", "heat_treatment_temperature_c=300", "--versus", "electrolyte=Li3PS4")
    of_changes = run("compare", "Li6PS5Cl", "heat_treatment_temperature_c=550", *changes, *shared)
    assert of_file.exit_code == 0, of_file.output
    assert of_file.stdout == of_changes.stdout
    assert "A conducts better than C: " in of_file.stdout


def test_a_second_composition_is_made_as_the_first_and_a_change_of_the_furnace_overrules_it(models: Path) -> None:
    shared = ("heat_treatment_temperature_c=550", "--models", str(models), "--format", "json")
    plain = run("compare", "Li6PS5Cl", "Li3PS4", *shared)
    assert plain.exit_code == 0, plain.output
    assert plain.stdout == run("compare", "Li6PS5Cl", "--versus", "electrolyte=Li3PS4", *shared).stdout
    unheated = run("compare", "Li6PS5Cl", "--versus", "heat_treated=no", *shared)
    assert unheated.exit_code == 0, unheated.output
    change = ("--versus", "heat_treatment_temperature_c=550")
    heated = run("compare", "Li6PS5Cl", "heat_treated=no", *change, *shared[1:])
    assert heated.exit_code == 0, heated.output


def test_own_rows_shift_a_comparison(tmp_path: Path, models: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("electrolyte,ionic_conductivity\nLi3PS4,9 mS/cm\nLi6PS5Cl,0.001 mS/cm\n", encoding="utf-8")
    comparison = ("compare", "Li6PS5Cl", "--versus", "electrolyte=Li3PS4", "--models", str(models), "--format", "json")
    usual, shifted = (json.loads(run(*comparison, *more).stdout) for more in ((), ("--given", str(mine))))
    assert shifted["comparisons"][0]["chance"] > usual["comparisons"][0]["chance"]
    assert all(item["properties"][SIGMA]["without_own_rows"]["own_rows"] == 2 for item in shifted["items"])


def test_one_recipe_alone_cannot_be_compared(models: Path) -> None:
    answer = run("compare", "Li6PS5Cl", "--models", str(models))
    assert isinstance(answer.exception, SurrogateError)
    assert "nothing to compare with" in str(answer.exception)
