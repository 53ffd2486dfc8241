"""The tutorials do what they say: every block of them is run, in order, with the real product and small models."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from scripts.tutorials import FOLDER, ORDER, Block, Differs, Reader, blocks
from surrogate.models import save
from tests.trained import small_forest

NAMES = ("ionic_conductivity", "first_charge_capacity", "first_discharge_capacity", "capacity_retention")
#: Blocks that no test runs: setting up the environment.
LEFT_OUT = {"not run": 1, "prepared": 0}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "models"
    for name in NAMES:
        save(small_forest(name), folder / name)
    return folder


@pytest.mark.parametrize("name", ORDER)
def test_every_block_of_a_tutorial_does_what_it_says(name: str, models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path / "models")
    steps = list(Reader(folder=tmp_path).follow(FOLDER / name))
    assert steps
    assert sum(step.outcome in ("done", "running") for step in steps) >= len(steps) - 2


def test_every_tutorial_is_followed_and_nearly_no_block_left_out() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(ORDER)
    marks = [block.mark for name in ORDER for block in blocks(FOLDER / name)]
    assert {mark: marks.count(mark) for mark in LEFT_OUT} == LEFT_OUT
    fences = sum(len(re.findall(r"^ *```\w", (FOLDER / name).read_text("utf-8"), re.MULTILINE)) for name in ORDER)
    assert len(marks) == fences  # no block of a kind that is not followed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```console\n$ echo one\ntwo\n```\n", "says\none"),
        ("```sh\nfalse | true\n```\n", "exit code 1"),
        ("```python\nraise OSError('no disk')\n```\n", "no disk"),
        ("<!-- until stopped: 3000 -->\n```sh\ntrue\n```\n", "nothing answers"),
    ],
)
def test_a_page_that_says_something_else_is_told(tmp_path: Path, text: str, said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(Differs, match=said):
        list(Reader(folder=tmp_path).follow(page))


def test_dots_stand_for_anything_and_ports_are_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one two three\none … three\n$ echo 3000\n…\n```\n```python\nx = '3000'\n```\n")
    reader = Reader(folder=tmp_path)
    assert [step.outcome for step in reader.follow(page)] == ["done", "done"]
    assert reader.names["x"] == reader.ports["3000"] != "3000"
    assert isinstance(blocks(page)[0], Block)
