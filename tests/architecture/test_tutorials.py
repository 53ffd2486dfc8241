"""README, tutorials and how-tos do what they say: every block is run, in order, with the real product; those of the
README with the models of the package, all others with small ones.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.instrument_files import cycling_lines, spectrum_text
from scripts.reference import MADE
from scripts.tutorials import FOLDER, INSTEAD, ORDER, README, ROOT, Block, Differs, Reader, blocks
from surrogate.campaign import CampaignStore, random_planner
from surrogate.datasets import DATA
from surrogate.models import save
from tests.postgresql import Cluster
from tests.trained import small_forest

NAMES = ("ionic_conductivity", "first_charge_capacity", "first_discharge_capacity", "capacity_retention")
DOCS = ROOT / "docs"
#: Blocks that no test runs: setting up the environment.
LEFT_OUT = {"not run": 1, "prepared": 0}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "models"
    for name in NAMES:
        save(small_forest(name), folder / name)
    return folder


#: Pages beside the tutorials that are followed here, and how many blocks of each say why they are not run.
FOLLOWED = {
    "how-to/own-data.md": 1,
    "how-to/contribute-data.md": 0,
    "how-to/own-space.md": 0,
    "how-to/screening.md": 2,
    "how-to/instrument-files.md": 0,
    "how-to/postgresql.md": 1,
    "how-to/cluster.md": 5,
    "how-to/container.md": 2,
    "how-to/upgrade.md": 0,
    "reference/service.md": 1,
}
#: Pages that another test follows, or of which no block can be run here; the marks on them say why.
ELSEWHERE = {
    "how-to/own-property.md": "tests/serving/test_own_property_how_to.py follows it",
    "how-to/web-page.md": "its one command starts the service of the project, and tests/pages click through the rest",
    "how-to/replicas.md": "it needs nginx and docker; tests/faults/test_replicas.py does the same",
    "how-to/air-gapped.md": "it needs a package index and a second machine",
    "explanation/floor.md": "its benchmark takes minutes",
    "explanation/simulator.md": "its benchmark takes minutes",
}
#: What a block has to need that is not run.
EXCUSES = re.compile(
    "docker|nginx|package index|the tutorial on training, which is followed|second machine|cluster|SLURM|Kubernetes|"
    "server for everyone|hours|minutes|a run that was interrupted|is another every time|serves the folder of the "
    "project"
)


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_block_of_a_page_does_what_it_says(
    name: str, models: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if name != "reference/service.md":  # a service without models of its own has those of the package
        shutil.copytree(models, tmp_path / "models")
    shutil.copytree(DATA, tmp_path / "data")
    reader = Reader(folder=tmp_path)
    if name == "how-to/instrument-files.md":
        prepare_instruments(tmp_path)
    if name == "how-to/upgrade.md":
        for golden in ("campaigns.db", "glass.xlsx"):
            shutil.copy(ROOT / "tests" / "data" / "golden" / golden, tmp_path)
    if name == "how-to/postgresql.md":
        reader = at_the_database(tmp_path, request.getfixturevalue("postgresql"))
    steps = list(reader.follow(DOCS / name))
    assert sum(step.outcome in ("done", "running") for step in steps) >= 1
    assert sum(step.outcome == "not run" for step in steps) == FOLLOWED[name]


def test_every_block_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    steps = list(Reader(folder=tmp_path).follow(README))
    assert [step.outcome for step in steps if step.outcome not in ("done", "running")] == ["not run"] * 2
    assert sum(step.outcome == "done" for step in steps) >= 4
    assert all(EXCUSES.search(step.block.why) for step in steps if step.outcome == "not run")
    text = README.read_text("utf-8")
    assert [quicker for quicker in INSTEAD[README.name] if quicker not in text] == []


def test_what_make_runs_for_the_readme_is_there() -> None:
    text = README.read_text("utf-8")
    targets = set(re.findall(r"(?:`|^|&& )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert {"demo", "lab", "predict", "serve", "setup", "wheel"} <= targets
    for target in targets:
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        modules = [name for name in re.findall(r"python -m ([a-z_.]+)", planned) if name not in ("pip", "venv")]
        assert [name for name in modules if importlib.util.find_spec(name) is None] == []
        assert [name for name in re.findall(r"scripts/\w+\.\w+", planned) if not (ROOT / name).exists()] == []
        programs = re.findall(r"^\.venv/bin/(\S+)", planned, re.MULTILINE)
        assert [name for name in programs if not (Path(sys.executable).parent / name).exists()] == []
        if target == "serve":
            assert f".venv/bin/{INSTEAD[README.name]['make serve']}" in planned


def test_what_pip_installs_for_the_readme_is_an_extra() -> None:
    (extras,) = re.findall(r"pip install '\.\[([a-z,]+)\]'", README.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def prepare_instruments(folder: Path) -> None:
    """What the page takes for granted: files of a potentiostat and of a cycler, and a campaign for each."""
    cycling = "\n".join(cycling_lines())
    (folder / "pellet 25C.mpt").write_text(spectrum_text(25), "latin-1")
    (folder / "cell_s4.bdf").write_text(f"{cycling}\n", "utf-8")
    (folder / "cell7.bdf").write_text(f"{cycling}\n\n", "utf-8")
    with CampaignStore.open(folder / "campaigns.db") as store:
        for ident, space, goal in (
            ("pellets", "argyrodite", "ionic_conductivity"),
            ("cells", "sulfur-composite", "first_discharge_capacity"),
        ):
            store.create(ident, space, f"maximise {goal}", id=ident).ask(random_planner(), batch=5)


def at_the_database(folder: Path, cluster: Cluster) -> Reader:
    """Someone whose database server is ``cluster``, without what another test may have left there."""
    place = f"postgresql://postgres@/campaigns?host={cluster.folder}&port={cluster.port}"
    connection = {"PGHOST": str(cluster.folder), "PGPORT": str(cluster.port), "PGUSER": "postgres"}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{cluster.bindir}{os.pathsep}{os.environ['PATH']}"
    drop = [f"{cluster.bindir}/dropdb", "--if-exists", "--force", "campaigns"]
    subprocess.run(drop, env={**os.environ, **connection}, check=True)
    return Reader(
        folder=folder, variables={**connection, "PATH": programs},
        instead={"postgresql://user@host/campaigns": f"'{place}'"},
    )  # fmt: skip


def test_every_page_with_commands_is_followed_or_says_why_not() -> None:
    texts = {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in DOCS.rglob("*.md")}
    has_commands = re.compile(r"^ *```(sh|console|python)$", re.MULTILINE)
    pages = {name for name, text in texts.items() if MADE not in text and has_commands.search(text)}
    assert pages == {*FOLLOWED, *ELSEWHERE, *(f"tutorial/{name}" for name in ORDER)}


def test_what_is_not_run_needs_what_no_test_has() -> None:
    for name in (*FOLLOWED, *ELSEWHERE):
        for block in blocks(DOCS / name):
            assert block.mark != "not run" or EXCUSES.search(block.why), f"{name}, line {block.line}: {block.why}"


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
