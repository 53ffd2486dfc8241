"""A new field of a recipe is one row: command line, HTTP, page, sheet, store, client and reference have it then.

What it does to a prediction is another row, in the features, and what the tables say of it one in the dataset reader.
The house is copied, the row is written into the copy, and the copy is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENUMERATION = '''class Cooling(StrEnum):
    """How fast it cooled."""

    SLOW = "slow"
    QUENCHED = "quenched"


@dataclass(frozen=True, kw_only=True)
class Recipe:'''
ROWS = """    pressing_time_min: float | None = optional(
        "number", "pressing_time_min", "Pressing time", "Under the highest pressure.", 5.0, (0.0, 600.0),
        group="Product and pellet",
    )
    cooling: Cooling | None = optional(
        "choice", "cooling", "Cooling", "After the heat treatment.", "slow", choices=Cooling, group="Heat treatment",
    )

    def __post_init__(self) -> None:
        check_fields(self, RecipeError)
        if self.heat_treatment is not None"""
MAPPING = "        pressing_time_min=row.number('milling_time_h'),\n"
WALK = """
import json, sys
from pathlib import Path

from serving.http import conversion
from serving.http.errors import Refused, faults_of
from serving.openapi import document
from serving.predictions.form import RecipeForm
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.described import describe_candidate
from surrogate.wire.fields import INPUT_FIELDS, PARTS, describe
from surrogate.campaign.codec import candidate_from_plain, candidate_to_plain
from surrogate.sheets import read_sheet, template
from surrogate.sheets.columns import COLUMNS
from surrogate.cli import notes
from surrogate.cli.read import candidates
from surrogate.datasets import load_electrolytes
from surrogate.errors import InvalidInput
from surrogate.properties import Subject
from surrogate.candidate.recipe import Cooling, Recipe
from scripts.reference import settings

folder = Path(sys.argv[1])
stated = Recipe(pressing_time_min=120.0, cooling=Cooling.QUENCHED)

# The command line: another unit, an option, bounds, and a note as long as no feature has it.
(typed,) = candidates("Li6PS5Cl", ["pressing_time_min=2 h", "cooling=quenched"], None)
assert typed.subject.recipe == stated
try:
    candidates("Li6PS5Cl", ["pressing_time_min=601"], None)
except InvalidInput as error:
    assert (error.field, "600 min" in error.message) == ("pressing_time_min", True)

# The store, also for what was stored before there was such a field.
assert candidate_from_plain(candidate_to_plain(typed)) == typed
assert candidate_from_plain({"subject": {"composition": candidate_to_plain(typed)["subject"]["composition"]}})

# HTTP: schema, document, request and answer.
field = describe(PARTS["electrolyte"])["pressing_time_min"]
assert (field.unit, field.minimum, field.maximum) == ("min", 0.0, 600.0)
assert '"pressing_time_min"' in document() and "quenched" in document() and "pressing_time_min" in INPUT_FIELDS
sent = json.loads(describe_candidate(typed).model_dump_json(exclude_unset=True))
assert sent["electrolyte"]["cooling"] == "quenched"
assert conversion.build_question(CandidateInput.model_validate(sent)) == typed

# The page.
shown = RecipeForm().fields
pressing = shown["electrolyte.pressing_time_min"]
assert (pressing.label, pressing.unit) == ("Pressing time", "min")
assert dict(shown["electrolyte.cooling"].options) == {"slow": "slow", "quenched": "quenched"}

# The sheet: template, header with a unit, cells.
template(folder / "empty.csv")
assert "Pressing time / min" in (folder / "empty.csv").read_text("utf-8-sig")
(folder / "lab.csv").write_text("row_id,electrolyte,Pressing time / h,Cooling\\na,Li6PS5Cl,2,Quenched\\n")
(row,) = read_sheet(folder / "lab.csv").rows
assert row.candidate == typed
assert COLUMNS["separator_pressing_time_min"].rare

# The reference, and the rows of the tables.
assert "| `pressing_time_min` | Pressing time. Under the highest pressure. | min | 0 to 600 |" in settings()
assert any(m.candidate.subject.recipe.pressing_time_min is not None for m in load_electrolytes())
"""


def test_a_field_is_added_in_one_row_and_a_mapping(tmp_path: Path) -> None:
    for package in ("surrogate", "serving", "scripts", "training", "benchmarks", "data"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    _write(
        tmp_path / "surrogate/candidate/recipe.py", "@dataclass(frozen=True, kw_only=True)\nclass Recipe:", ENUMERATION
    )
    _write(tmp_path / "surrogate/candidate/recipe.py", ROWS.partition("    )\n\n")[2], ROWS)
    pressure = "        pressure_mpa=_read_forming_pressure_mpa"
    _write(tmp_path / "surrogate/datasets/recipes.py", pressure, MAPPING + pressure)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _write(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(before) == 1, path
    path.write_text(text.replace(before, after), "utf-8")


def test_the_client_and_the_interfaces_name_no_field_by_hand() -> None:
    """Programs that only pass a candidate on know nothing of what is in it."""
    for folder in ("surrogate/client", "surrogate/sheets", "surrogate/cli", "surrogate/wire"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            for name in (
                "pressure_mpa",
                "densification",
                "wet_milling_time_h",
                "mixing_speed_rpm",
                "stack_pressure_mpa",
            ):
                assert name not in text, path
