"""``GET /v1/review``: were the predictions kept, in this laboratory."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from serving.http.bodies import JsonRoute
from serving.http.security import READ
from serving.http.state import Shared
from serving.reviews import work as reviews
from surrogate.wire.reviews import ReviewResponse

router = APIRouter(tags=["campaigns"], route_class=JsonRoute, dependencies=[READ])


@router.get("/v1/review", summary="Were the predictions kept?")
async def review(
    state: Shared,
    campaign: Annotated[
        str, Query(max_length=1000, description="An id, or several with commas; left out: all of the store.")
    ] = "",
    property: Annotated[
        str, Query(max_length=1000, description="A property, or several with commas; left out: all.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Most results in the answer, the last ones.")] = 100,
) -> ReviewResponse:
    """Every result of a recipe that was made as suggested beside what was predicted for it; how many intervals held,
    and by how much predictions were off, by the last 20 results of each property.
    """
    return await state.explaining.run(
        reviews.write_review, state.campaigns, _listed(campaign), _listed(property), limit
    )


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]
