"""``/review``: results of campaigns beside what was predicted for them, property by property, over time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from serving.http.state import Shared, Store
from serving.pages import words
from serving.pages.rendering import page
from serving.pages.routing import page_router
from serving.reviews import work as reviews
from serving.reviews.figure import lay_out
from surrogate.campaign.records import every
from surrogate.properties import PROPERTIES
from surrogate.report.review import LAST, Reviewed, Standing

router = page_router("/review")
#: Results of a property in the figure and in the table, the last ones.
MOST = 100


@router.get("")
async def review(
    request: Request,
    state: Shared,
    campaign: Annotated[str, Query(max_length=64)] = "",
    property: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The review of one campaign or all, of one property or all."""
    kept = await state.explaining.run(
        reviews.look_back, state.campaigns, [campaign] if campaign else [], [property] if property else []
    )
    return page(
        request,
        "review.html",
        campaign=campaign,
        property=property,
        campaigns=await state.storing.run(_names, state.campaigns),
        properties=PROPERTIES,
        sections=[_section(name, standing, kept.rows) for name, standing in kept.latest.items()],
        last=LAST,
        omissions=kept.omissions,
    )


def _names(store: Store) -> dict[str, str]:
    """The campaigns with results, by id."""
    return {one.id: one.name for one in every(store.open().list) if one.measurements and one.trouble is None}


def _section(name: str, newest: Standing, rows: tuple[tuple[Reviewed, Standing], ...]) -> dict[str, Any]:
    """What the page shows of a property, the newest results first in the table."""
    mine = [(row, standing) for row, standing in rows if row.property_name == name]
    shown = mine[-MOST:]
    return {
        "name": name,
        "standing": newest,
        "track": lay_out(name, shown),
        "n": len(mine),
        "n_shown": len(shown),
        "rows": [
            {"row": row, "recorded": row.recorded.isoformat(), "span": words.span(row.low, row.high, name)}
            for row, _ in reversed(shown)
        ],
    }
