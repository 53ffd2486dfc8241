"""Write what `python -m benchmarks.accuracy --json > FILE` measured into the README.

python -m scripts.accuracy_table FILE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surrogate.models.baselines import best_median
from surrogate.properties import MODELLED, Scale, get_property

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- accuracy:begin -->\n", "<!-- accuracy:end -->"
UNITS = {"capacity_retention": "points"}
HEADER = """\
| property | papers (rows) | model | best median | material only | 90 % intervals cover | first pick in best quarter |
|---|---|---|---|---|---|---|
"""


def main(arguments: Sequence[str]) -> int:
    """Replace the block between the markers by a table made from the file named first."""
    measured = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    machine = measured["machine"]
    lines = "".join(line(name, [r for r in measured["rows"] if r["property"] == name]) for name in MODELLED)
    note = f"\nMachine: {machine['cpu']}, {machine['cores']} cores. {missed(measured['bars'])}"
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    README.write_text(before + BEGIN + HEADER + lines + note + END + after, encoding="utf-8")
    return 0


def missed(bars: Sequence[Mapping[str, Any]]) -> str:
    """Which of the bars the run did not reach, and by what, a line per property."""
    missed: dict[str, list[str]] = {}
    for bar in bars:
        if not bar["reached"]:
            name, text = bar["name"].split(": ", 1)
            missed.setdefault(name, []).append(f"{text} ({bar['value']:.3g}, bar {bar['bar']:g})")
    if not missed:
        return "All bars were reached.\n"
    lines = (f"- {get_property(name).label}: {'; '.join(text)}.\n" for name, text in missed.items())
    return f"Bars that this run missed:\n\n{''.join(lines)}"


def line(name: str, rows: list[dict[str, Any]]) -> str:
    """One property: error beside the best median and a forest that knows the material only, coverage, first pick."""
    by_model = {row["model"]: row for row in rows}
    stack, order = by_model["stack"], by_model["stack: within papers"]
    medians = {m.removeprefix("baseline: "): r for m, r in by_model.items() if m.startswith("baseline")}
    best = best_median(medians)
    low, high = shown(name, stack["mae_low"]), shown(name, stack["mae_high"])
    return (
        f"| {get_property(name).label.lower()} | {stack['n_papers']} ({stack['n_rows']}) "
        f"| **{shown(name, stack['mae'])} {unit(name)}** [{low}, {high}] "
        f"| {shown(name, medians[best]['mae'])} ({best.replace('_', ' ')}) "
        f"| {shown(name, medians['identity_forest']['mae'])} | {stack['coverage_90']:.0%} | {first_pick(order)} |\n"
    )


def first_pick(order: dict[str, Any]) -> str:
    """How often the recipe chosen first is among the best; a dash where nobody wants the highest value."""
    share = order["first_pick_in_best_quarter"]
    return "–" if share is None else f"{share:.0%} (blind {order['blind_pick']:.0%}, {order['n_papers']} papers)"


def shown(name: str, value: float) -> str:
    """An error with the digits that mean something."""
    return f"{value:.2f}" if unit(name) == "decades" else f"{value:.3g}"


def unit(name: str) -> str:
    """The unit of an error."""
    definition = get_property(name)
    return "decades" if definition.scale is Scale.LOG10 else UNITS.get(name, definition.unit)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
