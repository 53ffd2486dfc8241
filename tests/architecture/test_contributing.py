"""What CONTRIBUTING.md says can be followed: files, targets and names that it sends a reader to are there."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))


@pytest.mark.parametrize("path", sorted(text for text in CODE if re.fullmatch(r"\.?[a-z][\w./-]*/[\w./-]*", text)))
def test_every_path_is_there(path: str) -> None:
    # Files are named whole or from their package, and some folders are made by make.
    places = [ROOT / path, ROOT / "surrogate" / path]
    assert any(place.exists() for place in places), f"CONTRIBUTING.md names {path}, which is not there"


@pytest.mark.parametrize("target", sorted(text.split()[1] for text in CODE if text.startswith("make ")))
def test_every_target_of_make_is_there(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("module", sorted({text.split()[2] for text in CODE if text.startswith("python -m ")}))
def test_every_program_is_there(module: str) -> None:
    if module.endswith(".NAME"):
        return
    path = ROOT.joinpath(*module.split("."))
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_a_kind_of_model_is_one_entry_of_its_table() -> None:
    from surrogate.models.estimators.registry import ESTIMATORS, Kind

    assert all(isinstance(kind, Kind) for kind in ESTIMATORS.values())
    for name in ESTIMATORS:
        assert (ROOT / "surrogate" / "models" / "estimators" / f"{name}.py").exists(), "one file for each kind"


def test_the_order_of_the_layers_is_that_of_the_contract() -> None:
    import tomllib

    block = next(text for text in re.findall(r"```\n(.*?)```", TEXT, re.DOTALL) if "→" in text)
    stated = [{name.strip() for name in layer.split("|")} for layer in block.split("→")]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    inside = next(c for c in settings["contracts"] if c["name"].startswith("Inside the library"))
    layers = [{name.strip() for name in layer.split("|")} for layer in inside["layers"]]
    place = {name: number for number, layer in enumerate(layers) for name in layer}
    unknown = {name for layer in stated for name in layer} - set(place)
    assert unknown == set(), "CONTRIBUTING.md names layers that no contract knows"
    numbers = [{place[name] for name in layer} for layer in stated]
    assert all(max(upper) < min(lower) for upper, lower in pairwise(numbers))
