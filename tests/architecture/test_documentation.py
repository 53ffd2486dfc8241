"""The documentation says what there is: generated pages fit the code, commands parse, links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from scripts import reference
from surrogate.cli.main import _typer as library
from surrogate.properties import PROPERTIES
from surrogate.space.derived import DERIVED
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.ready import parse_space
from training.commands import app as training

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [page for page in PAGES if reference.MADE not in page.read_text("utf-8")]
GROUPS = {"surrogate": typer.main.get_command(library), "training": typer.main.get_command(training)}
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def blocks(page: Path, *kinds: str) -> Iterator[str]:
    for _, kind, text in BLOCK.findall(page.read_text("utf-8")):
        if kind in kinds:
            yield text


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command of ours in ``page``, without what a shell adds around it."""
    for text in blocks(page, "sh", "console"):
        lines = text.replace("\\\n", " ").splitlines()
        console = any(line.startswith("$ ") for line in lines)
        for line in lines:
            said = line.strip().removeprefix("$ ")
            if console and not line.startswith("$ "):
                continue  # what the command printed
            if not re.match(r"(surrogate|python -m training) ", said):
                continue
            words = shlex.split(said.split(" > ")[0], comments=True)
            yield words if words[0] == "surrogate" else words[2:]


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    stored = (reference.FOLDER / name).read_text("utf-8")
    assert stored == reference.pages()[name], "run 'python -m scripts.reference'"


def test_every_command_of_ours_in_the_documents_exists_with_its_options() -> None:
    checked = 0
    for page in WRITTEN:
        for words in commands(page):
            name, arguments, command = words[0], words[1:], GROUPS[words[0]]
            while hasattr(command, "list_commands"):
                context = command.make_context(name, [], resilient_parsing=True)
                found = command.get_command(context, arguments[0])
                assert found is not None, f"{page.name}: {' '.join(words)}"
                name, arguments, command = arguments[0], arguments[1:], found
            command.make_context(name, list(arguments)).close()  # parses, and runs nothing
            checked += 1
    assert checked > 30


def test_links_inside_the_repository_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for link in LINK.findall(page.read_text("utf-8")):
            target = link.partition("#")[0]
            if target and not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def test_every_page_is_in_the_navigation_and_on_the_first_page() -> None:
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    start = (ROOT / "docs" / "index.md").read_text("utf-8")
    assert [page for page in sorted(there) if f": {page}\n" not in navigation] == []
    assert [page for page in sorted(there) if f"]({page})" not in start] == []


def test_every_program_is_in_the_reference() -> None:
    text = (reference.FOLDER / "command-line.md").read_text("utf-8") + (reference.FOLDER / "service.md").read_text(
        "utf-8"
    )
    programs = {
        f"{path.parent.name}.{path.stem}"
        for folder in ("serving", "benchmarks")
        for path in (ROOT / folder).glob("[!_]*.py")
        if '__name__ == "__main__"' in path.read_text("utf-8")
    }
    assert {"serving.keys", "serving.openapi", "benchmarks.service"} <= programs
    assert [program for program in sorted(programs) if f"python -m {program}" not in text] == []


def test_every_variable_that_is_read_is_in_the_reference() -> None:
    text = (reference.FOLDER / "command-line.md").read_text("utf-8") + (reference.FOLDER / "service.md").read_text(
        "utf-8"
    )
    read = {
        variable
        for folder in ("surrogate", "training", "serving")
        for path in (ROOT / folder).rglob("*.py")
        for variable in re.findall(r"\b(?:SURROGATE_[A-Z_]+[A-Z]|MLFLOW_TRACKING_URI)\b", path.read_text("utf-8"))
    }
    assert {"SURROGATE_PROPERTIES", "SURROGATE_KEYS"} <= read
    assert [variable for variable in sorted(read) if f"`{variable}`" not in text] == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    loaded = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?:https?:)?//")
    assert [page.name for page in pages if loaded.search(page.read_text("utf-8"))] == []


@pytest.mark.parametrize("group", ["surrogate", "training", "surrogate campaign", "surrogate sheet"])
def test_the_list_of_commands_fits_eighty_columns_without_a_sentence_cut_short(group: str) -> None:
    name, *below = group.split()
    command = GROUPS[name]
    for each in below:
        command = command.commands[each]  # type: ignore[attr-defined]
    shown = command.get_help(command.context_class(command, info_name=group, max_content_width=80, terminal_width=80))
    listed = shown.split("Commands:\n")[1]
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in listed


def test_every_quantity_that_can_be_wished_for_is_on_the_page_of_properties() -> None:
    page = (reference.FOLDER / "properties.md").read_text("utf-8")
    assert [name for name in (*PROPERTIES, *DERIVED, *FROM_PROPERTY) if f"| `{name}` |" not in page] == []


def test_the_space_of_the_how_to_is_a_space() -> None:
    (text,) = blocks(ROOT / "docs/how-to/own-space.md", "toml")
    space = parse_space(text)
    pool = space.sample(32, 0)
    assert pool.n == 32
    assert max(pool.table.numbers["heat_treatment_temperature_c"]) < 205


def test_the_readme_asks_the_command_line_and_the_service_the_same_and_shows_the_same_answer() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    printed = re.search(r"^Ionic conductivity +(\S+) mS/cm +(\S+) – (\S+) mS/cm +(\w+)", readme, re.MULTILINE)
    answer = {
        name: value
        for line in re.findall(r"^\{.*\}$", readme, re.MULTILINE)
        for name, value in json.loads(line).items()
    }
    numbers = (answer["median"], answer["interval"]["low"], answer["interval"]["high"])
    assert printed is not None
    assert printed.groups() == (*(f"{1000 * number:.3g}" for number in numbers), answer["domain"]["status"])
