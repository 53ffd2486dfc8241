"""The counts of the data card: rows and papers by table, property and trust, with milling and with heat treatment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Measurement, Tier
from surrogate.datasets import check_tables, left_out, load
from surrogate.datasets.literature import VALUE_COLUMNS
from surrogate.properties import PROPERTIES

CARD = "README.md"
_BEGIN, _END = "<!-- counts: python -m training data package -->", "<!-- /counts -->"


def with_counts(card: str, folder: Path) -> str:
    """The text of a data card with the counts of ``folder`` between its marks; unchanged where it has none."""
    if _BEGIN not in card or _END not in card:
        return card
    before, rest = card.split(_BEGIN, 1)
    return f"{before}{_BEGIN}\n{counts(folder)}{_END}{rest.split(_END, 1)[1]}"


def counts(folder: Path) -> str:
    """Tables, properties and what is left out, as Markdown."""
    lines = ["| Table | Rows | Papers |", "|---|---|---|"]
    shipped = [table for table in check_tables(folder) if table.as_shipped is not None]
    lines += [f"| `{table.resource.path}` | {table.rows} | {table.papers or '–'} |" for table in shipped]
    tiers = " | ".join(f"{tier.value} rows (papers)" for tier in Tier)
    lines += [
        "",
        "What models learn from, by trust:",
        "",
        f"| Property | Rows | Papers | {tiers} | with milling time | with heat treatment |",
        f"|{'---|' * (5 + len(Tier))}",
    ]
    learnt = {name: load(name, data=folder) for name in VALUE_COLUMNS}
    lines += [_row(name, measurements) for name, measurements in learnt.items()]
    lines += ["", "What is left out:", ""]
    for name in VALUE_COLUMNS:
        reasons = [f"{count} because the row {reason}" for reason, count in left_out(name, data=folder).items()]
        lines.append(f"- {PROPERTIES[name].label}: {'; '.join(reasons) or 'nothing'}.")
    return "\n".join(lines) + "\n"


def _row(name: str, measurements: Sequence[Measurement]) -> str:
    by_tier = []
    for tier in Tier:
        rows = [m for m in measurements if m.tier is tier]
        by_tier.append(f"{len(rows)} ({_papers(rows)})")
    milled, heated = (sum(map(test, measurements)) for test in (_is_milled, _is_heated))
    cells = [PROPERTIES[name].label, len(measurements), _papers(measurements), *by_tier, milled, heated]
    return "| " + " | ".join(map(str, cells)) + " |"


def _papers(measurements: Sequence[Measurement]) -> int:
    return len({m.source.paper for m in measurements})


def _is_milled(measurement: Measurement) -> bool:
    """Whether a time of milling is stated: of the powder, of a cell that of the composite (0 is mixed by hand)."""
    subject = measurement.candidate.subject
    if isinstance(subject, Cell):
        return subject.electrode.mixing.time_min is not None
    return subject.recipe.milling is not None and subject.recipe.milling.time_h is not None


def _is_heated(measurement: Measurement) -> bool:
    """Whether a temperature of heat treatment is stated: of the electrolyte, of a cell also that of the composite."""
    subject = measurement.candidate.subject
    if isinstance(subject, Cell) and subject.electrode.heat_treatment_temperature_c is not None:
        return True
    electrolyte = measurement.candidate.electrolyte
    treatment = electrolyte.recipe.heat_treatment if electrolyte is not None else None
    return treatment is not None and treatment.temperature_c is not None
