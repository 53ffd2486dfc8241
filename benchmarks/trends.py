"""Which textbook directions the models follow: what happens to a property when one thing of a recipe changes.

    python -m benchmarks.trends [--models FOLDER] [--properties PROPERTY …] [--json]

``data/trends/directions.json`` holds pairs of candidates, written as settings, with the sign that the field knows and
who showed it. A pair is right when the model moves from the first to the second by more than the tolerance of its
direction, in decades where the property is modelled as a logarithm and in its unit otherwise; a negative tolerance
allows that much the other way. Without ``--models`` the models
are fitted to the shipped tables first, so nothing is held out: this is a test of what the models believe, not of how
well they predict.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._contract import Bar, add_properties, at_least, command_line, ended, finish, in_sentences, seed_of
from surrogate.candidate.settings import build
from surrogate.datasets import load, load_companions
from surrogate.models import Surrogate, fit, load_models
from surrogate.properties import Scale, get_property

DIRECTIONS = Path(__file__).resolve().parents[1] / "data" / "trends" / "directions.json"
#: Share of the pairs of each property that have to move as the field knows.
BARS = {
    "ionic_conductivity": 0.95,
    "activation_energy": 1.0,
    "first_discharge_capacity": 0.95,
    "first_charge_capacity": 0.85,
    "capacity_retention": 0.9,
}


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One thing that the field knows: ``pairs`` of settings before and after, and the ``sign`` of the change.

    ``tolerance`` is in decades for a property on a logarithmic scale, and in the unit of the property otherwise.
    """

    name: str
    property: str
    pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]
    sign: int
    source: str
    tolerance: float

    def is_followed(self, change: float) -> bool:
        """Whether ``change``, from before to after, goes the way that the field knows."""
        return self.sign * change > self.tolerance


def _read_directions(path: Path = DIRECTIONS) -> list[Direction]:
    """The directions of a file, in its order."""
    return [Direction(**entry) for entry in json.loads(path.read_text("utf-8"))]


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Judge every direction of the properties asked for; the exit code is that of the contract."""
    parser = command_line(__doc__, "trends")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="trained models (default: fit them first)")
    add_properties(parser, list(BARS))
    parser.add_argument("--seed", type=seed_of, default=0, help="of the fits; default: 0")
    options = parser.parse_args(arguments)
    stored = load_models(options.models) if options.models else {}
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    for name in options.properties:
        model = (
            stored[name]
            if stored
            else fit(load(name), property=name, seed=options.seed, companions=load_companions(name))
        )
        directions = [direction for direction in _read_directions() if direction.property == name]
        judged = [_judge(model, direction) for direction in directions]
        rows += judged
        pairs = sum(row["pairs"] for row in judged)
        share = sum(row["followed"] for row in judged) / pairs
        bars.append(at_least(f"{get_property(name).label}: directions followed, {pairs} pairs", share, BARS[name]))
    return finish("trends", rows, bars, options.as_json)


def _judge(model: Surrogate, direction: Direction) -> dict[str, Any]:
    # By how much the median moves in each pair, on the scale on which directions of the property are judged.
    prop = model.property
    candidates = [build(settings, prop.subject) for pair in direction.pairs for settings in pair]
    medians = [prediction.median for prediction in model.predict(candidates, neighbours=0)]
    values = [math.log10(median) if prop.scale is Scale.LOG10 else median for median in medians]
    changes = [after - before for before, after in zip(values[::2], values[1::2], strict=True)]
    followed = [direction.is_followed(change) for change in changes]
    return {
        "property": direction.property,
        "direction": direction.name,
        "sign": direction.sign,
        "pairs": len(changes),
        "followed": sum(followed),
        "smallest_change": min(changes, key=lambda change: direction.sign * change),
        "largest_change": max(changes, key=lambda change: direction.sign * change),
        "source": direction.source,
    }


if __name__ == "__main__":
    ended(main)
