"""What describes and watches the service itself: documentation without any outside asset, and metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from serving.http import documentation
from serving.http.metrics import exposition

router = APIRouter(include_in_schema=False)


@router.get("/v1/docs")
async def get_documentation(request: Request) -> HTMLResponse:
    """Every operation with its example, as one page."""
    return HTMLResponse(
        documentation.page(request.app.openapi()),
        headers={"Content-Security-Policy": documentation.CONTENT_SECURITY_POLICY},
    )


@router.get("/metrics")
def get_metrics() -> Response:
    """Prometheus metrics of all workers."""
    content, media_type = exposition()
    return Response(content, headers={"Content-Type": media_type})
