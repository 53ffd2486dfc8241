"""What a registry promises: one entry and one file for a kind of model, a planner, a property."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from surrogate.models.estimators.registry import ESTIMATORS
from surrogate.planner.planners import DEFAULT_PLANNER, PLANNERS
from surrogate.properties.shipped import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
#: Kinds with a part of their own elsewhere: the floor of the stack, what fills in limits, the noise of a tier.
SPECIAL = {"group_median", "tree_ensemble", "gaussian_process"}


def files_with(patterns: Iterable[str]) -> set[str]:
    """Files of the product that one of these regular expressions is found in."""
    pattern = re.compile("|".join(patterns))
    files = [path for top in ("surrogate", "serving", "training") for path in (ROOT / top).rglob("*.py")]
    return {str(path.relative_to(ROOT)) for path in files if pattern.search(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - SPECIAL))
def test_a_kind_of_model_is_one_file_one_entry_and_a_place_in_the_stack(name: str) -> None:
    named = files_with([rf'"{name}"', rf"estimators import .*\b{name}\b", rf"estimators\.{name}\b"])
    kinds = "surrogate/models/estimators"
    assert named <= {f"{kinds}/{name}.py", f"{kinds}/registry.py", "surrogate/models/stack.py"}
    assert "surrogate/models/estimators/registry.py" in files_with([rf"\b{name}\b"])


@pytest.mark.parametrize("name", sorted(set(PLANNERS) - {DEFAULT_PLANNER}))
def test_a_planner_is_one_file_and_one_entry(name: str) -> None:
    home = PLANNERS[name].choose.partition(":")[0].replace(".", "/") + ".py"
    assert files_with([rf'"{name}"']) - {"surrogate/campaign/planning.py"} <= {home, "surrogate/planner/planners.py"}


def test_a_property_that_is_only_measured_is_one_entry_and_where_its_values_stand() -> None:
    named = files_with([r'"electronic_conductivity"'])
    assert named == {"surrogate/properties/shipped.py", "surrogate/datasets/literature.py",
                     "surrogate/datasets/held_out.py"}  # fmt: skip
    assert all(prop.example is not None for prop in SHIPPED.values())
