"""`surrogate campaign review`: what came out beside what was predicted for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli.options import STORE, Format, FormatOption, PropertyOption, StoreOption

if TYPE_CHECKING:
    from surrogate.report.review import Reviewed, Standing


def review(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[campaign]...", help="Ids of campaigns (default: all of the store).")
    ] = None,
    property: PropertyOption = None,
    store: StoreOption = STORE,
    format: FormatOption = Format.TABLE,
) -> None:
    """Compare results with what was predicted for them: how often intervals held, and how far predictions were off.

    Results of recipes that were made otherwise than suggested are left out, and so are limits that do not tell whether
    an interval held; how many is said at the end.
    """
    from surrogate.campaign import CampaignStore
    from surrogate.cli import output
    from surrogate.properties import get_property
    from surrogate.report.review import latest, review_store, standings

    for name in property or []:
        get_property(name)
    with CampaignStore.open(store, must_exist=True) as opened:
        reviewed = review_store(opened, ids or [], property or [])
    if format is not Format.TABLE:
        lines = [_list_fields(*pair) for pair in zip(reviewed.rows, standings(reviewed.rows), strict=True)]
        output.rows(lines, format.value, "results")
        return
    described = [_describe(row) for row in reviewed.rows]
    output.rows(described, format.value, "results of suggestions that were made as suggested")
    for standing in latest(reviewed.rows).values():
        print(standing.sentence, standing.judgement)
    if reviewed.omissions:
        print(reviewed.omissions)


def _describe(row: Reviewed) -> dict[str, str]:
    """A result as people read it."""
    from surrogate.properties import get_property
    from surrogate.text import quantity, span

    return {
        "told": f"{row.recorded:%Y-%m-%d}",
        "campaign": row.campaign,
        "suggestion": row.suggestion,
        "property": get_property(row.property_name).label,
        "predicted": quantity(row.expected, row.property_name),
        "interval": span(row.low, row.high, row.property_name),
        "measured": row.shown,
        "inside": "yes" if row.is_inside else "no",
    }


def _list_fields(row: Reviewed, standing: Standing) -> dict[str, Any]:
    """A result for programs, with how the property stands after it."""
    from surrogate.properties import get_property

    return {
        "told": row.recorded.isoformat(),
        "campaign": row.campaign,
        "suggestion": row.suggestion,
        "property": row.property_name,
        "unit": get_property(row.property_name).unit,
        "model": row.model,
        "predicted": row.expected,
        "low": row.low,
        "high": row.high,
        "level": row.level,
        "measured": row.measured,
        "censoring": row.censoring.value,
        "inside": row.is_inside,
        "error": row.error,
        "coverage_so_far": standing.coverage,
        "bias_so_far": standing.bias,
        "results_so_far": standing.n,
    }
