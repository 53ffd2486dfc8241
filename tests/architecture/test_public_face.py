"""What may be imported: every public name is there, is loaded when it is used, and is documented."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import surrogate
from scripts import python_reference, reference

ROOT = Path(surrogate.__file__).parent
LAZY = sorted(path for path in ROOT.rglob("__init__.py") if "lazy_names" in path.read_text("utf-8"))


def package_of(path: Path) -> str:
    return ".".join(("surrogate", *path.parent.relative_to(ROOT).parts))


def names_for_type_checkers(path: Path) -> dict[str, tuple[str, str]]:
    """Public name → its module and its name there, from the imports that type checkers see."""
    block = next(node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("path", LAZY, ids=package_of)
def test_type_checkers_see_the_names_that_are_loaded(path):
    package, seen = importlib.import_module(package_of(path)), names_for_type_checkers(path)
    assert sorted(seen) == sorted(package.__all__) == dir(package)
    for name, (module, attribute) in seen.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("path", LAZY, ids=package_of)
def test_a_name_that_is_not_there_is_an_attribute_error(path):
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = importlib.import_module(package_of(path)).nonsense


def test_the_public_face_is_small_and_documented():
    assert 20 <= len(surrogate.__all__) <= 35
    for name in surrogate.__all__:
        assert getattr(surrogate, name).__doc__, name


def test_every_public_name_is_on_the_page_of_the_python_api():
    page = (reference.FOLDER / "python.md").read_text("utf-8")
    assert [name for name in surrogate.__all__ if f"\n### {name}\n" not in page] == []
    packages = {package_of(path).removeprefix("surrogate.") for path in LAZY} - {"surrogate"}
    assert packages <= set(python_reference.PACKAGES)
    for package in python_reference.PACKAGES:
        names = importlib.import_module(f"surrogate.{package}").__all__
        assert [name for name in names if f"- `{name}`: " not in page] == []
