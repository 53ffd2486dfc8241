"""Write how good the models of the package are into the README, from the figures that they carry.

python -m scripts.accuracy_table
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surrogate.models import load_models
from surrogate.models.artifact import SHIPPED
from surrogate.models.baselines import best_median
from surrogate.models.surrogate import Surrogate
from surrogate.properties import MODELLED, Scale, get_property
from surrogate.text import percent

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- accuracy:begin -->\n", "<!-- accuracy:end -->"
UNITS = {"capacity_retention": "points"}
HEADER = """\
| property | papers (rows) | model | best median | material only | 90 % intervals cover | status |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Replace the block between the markers by a table of the models of the package."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    README.write_text(before + BEGIN + write_table() + END + rest.split(END)[1], encoding="utf-8")
    return 0


def write_table() -> str:
    """The table in Markdown, a line per property."""
    models = load_models(SHIPPED)
    return HEADER + "".join(_write_line(models[name]) for name in MODELLED)


def _write_line(model: Surrogate) -> str:
    """One property: error beside the best median and a forest that knows the material only, coverage and status."""
    name, metrics = model.property.name, model.card.metrics
    evaluation: Mapping[str, Any] = metrics["evaluation"]
    baselines: Mapping[str, Mapping[str, Any]] = metrics["baselines"]
    median = best_median(baselines)
    error = f"{_digits(name, evaluation['mae'])} {_unit(name)}"
    lowest = _digits(name, baselines[median]["mae"])
    if evaluation["mae"] <= baselines[median]["mae"]:
        error = f"**{error}**"
    else:
        lowest = f"**{lowest}**"
    low, high = (f"{end:.3g}" for end in evaluation["mae_interval"])
    return (
        f"| {model.property.label.lower()} | {evaluation['n_papers']} ({evaluation['n_rows']}) "
        f"| {error} [{low}, {high}] | {lowest} ({median.replace('_', ' ')}) "
        f"| {_digits(name, baselines['identity_forest']['mae'])} | {percent(evaluation['coverage_90'])} "
        f"| {model.identity.status.value} |\n"
    )


def _digits(name: str, value: float) -> str:
    """An error with the digits that mean something."""
    return f"{value:.3f}" if _unit(name) == "decades" else f"{value:#.3g}"


def _unit(name: str) -> str:
    """The unit of an error."""
    definition = get_property(name)
    return "decades" if definition.scale is Scale.LOG10 else UNITS.get(name, definition.unit)


if __name__ == "__main__":
    raise SystemExit(main())
