"""The one application: routes, errors, limits. It knows nothing of BentoML and can be called in a test directly."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from serving import errors
from serving.campaigns import Store
from serving.compute import Compute
from serving.middleware import Front
from serving.registry import Registry
from serving.routes import campaigns, compositions, documents, measurements, models, predictions, schema, suggestions
from serving.schemas.fields import INPUT_FIELDS
from serving.security import Gate
from serving.settings import Settings
from serving.state import Library, State
from surrogate import __version__

ROUTERS: tuple[APIRouter, ...] = (
    schema.router,
    compositions.router,
    predictions.router,
    suggestions.router,
    campaigns.router,
    models.router,
    measurements.router,
    documents.router,
)

#: Requests to the store wait for a disk or a network, not for a processor.
STORE_THREADS = 4
_DESCRIPTION = (
    "Process-aware predictions and suggestions for sulfide all-solid-state batteries. Every number carries its unit "
    "in its name; every prediction its interval, its applicability verdict, its nearest cited measurements and the "
    "version of its model. Errors are application/problem+json (RFC 9457) with a pointer to what is wrong."
)
#: What every operation may answer besides its success, for the OpenAPI document.
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {errors.PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in {
        401: "No valid key",
        403: "The key's role does not suffice",
        404: "Not found",
        409: "In conflict with what is stored",
        422: "Understood but invalid",
        429: "Too busy; see Retry-After",
        503: "Not ready; see Retry-After",
    }.items()
}


def build_state(settings: Settings, registry: Registry) -> State:
    """What the routes share, for one process."""
    timeout_s = settings.timeout_s
    return State(
        registry=registry,
        compute=Compute(threads=settings.threads, queue=settings.queue, timeout_s=timeout_s),
        planning=Compute(threads=settings.planning_threads, queue=settings.planning_queue, timeout_s=timeout_s),
        storing=Compute(threads=STORE_THREADS, queue=settings.max_in_flight, timeout_s=timeout_s),
        library=Library(settings.data),
        campaigns=Store(settings.campaigns),
        patience_s=timeout_s / 2,
    )


def routed_app() -> FastAPI:
    """The application with its routes and error handlers; it answers once ``app.state.surrogate`` is set."""
    app = FastAPI(
        title="Sulfide surrogate",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=_PROBLEMS,
    )
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app, known_fields=INPUT_FIELDS)
    _describe_problems(app)
    return app


def guarded(app: FastAPI, *, settings: Settings, gate: Gate) -> ASGIApp:
    """The application behind its limits, its log and its gate."""
    return Front(app, settings=settings, gate=gate)


def _describe_problems(app: FastAPI) -> None:
    """Put the schema of problems, which no route returns as a value, into the OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        described = errors.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, schema_of in {**described.pop("$defs", {}), "Problem": described}.items():
            schemas[name] = schema_of
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
