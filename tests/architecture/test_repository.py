"""What the repository may hold: nothing of the machine it was written on, no code in data/, pairs that agree."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Absolute paths under a user's or a machine's own folders, and the place a package index was found at.
OF_ONE_MACHINE = re.compile(r"(?<![\w./:~-])/(?:home|Users|root|work|opt/pypi)[\w-]*/\w|index-url[ =]\S*://|file:///")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is not a git clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_place_of_one_machine(tracked):
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a packed table
        if path == Path(__file__):
            continue  # the rule itself
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in OF_ONE_MACHINE.finditer(text)]
    assert found == []


def test_the_data_folder_holds_no_code(tracked):
    assert [path.name for path in tracked if path.is_relative_to(ROOT / "data") and path.suffix == ".py"] == []


def test_no_large_file_is_tracked(tracked):
    assert [f"{path.relative_to(ROOT)}: {size}" for path in tracked if (size := path.stat().st_size) > 5_000_000] == []


def test_version_changelog_and_citation_tell_of_one_release():
    """The newest release of the changelog is the version of the project; what came after it stands above."""
    import yaml

    from surrogate import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]
    version, day = re.fullmatch(r"(\S+) \((\d{4}-\d\d-\d\d)\)", released[0]).groups()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert version == project == __version__ == cited["version"]
    assert cited["date-released"] == day
    assert f"version = {{{version}}}" in (ROOT / "README.md").read_text()


def pins_of(lock: str) -> dict[str, str]:
    """Package → version."""
    text = (ROOT / "requirements" / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", text, re.MULTILINE))


def test_locks_pin_every_package_exactly_by_its_hashes_and_name_no_index():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE)
        package = r"[a-z0-9-]+==[\w.]+(?: ; [^\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
        assert re.fullmatch(f"(?:{package})+", text), lock.name
        assert "torch" not in pins_of(lock.name)


def test_peers_live_apart_from_what_they_cannot_live_with():
    peers = pins_of("peers.lock")
    assert {"baybe", "ax-platform"} <= set(peers)
    assert "bentoml" not in peers
    for lock in ("dev.lock", "serve.lock", "train.lock"):
        assert not {"baybe", "ax-platform"} & set(pins_of(lock))


def test_the_pinned_torch_is_one_that_the_project_accepts():
    from packaging.requirements import Requirement

    pinned = Requirement((ROOT / "requirements" / "torch.txt").read_text().splitlines()[-1])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (accepted,) = map(Requirement, project["optional-dependencies"]["torch"])
    (pin,) = pinned.specifier
    assert pin.operator == "=="
    assert accepted.specifier.contains(pin.version)


def test_every_requirement_of_the_project_is_in_the_lock():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    asked = [Requirement(text) for text in project["dependencies"] + extras]
    pins = pins_of("dev.lock")
    for requirement in asked:
        name = canonicalize_name(requirement.name)
        if name not in {"torch", canonicalize_name(project["name"])}:
            assert name in pins, f"{name}: run 'make lock'"
            assert requirement.specifier.contains(pins[name]), f"{requirement} does not accept {pins[name]}"


def test_a_notebook_and_the_script_it_is_paired_with_say_the_same():
    import jupytext

    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        script = notebook.with_suffix(".py")
        assert script.exists(), f"{notebook.name} has no script it is paired with"
        cells = [[(c.cell_type, c.source.strip()) for c in jupytext.read(each).cells] for each in (notebook, script)]
        assert cells[0] == cells[1], f"{notebook.name}: run 'jupytext --sync notebooks/{script.name}'"
