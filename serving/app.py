"""The one application: routes, errors, limits. It knows nothing of BentoML and can be called in a test directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from serving import site
from serving.campaigns import api as campaigns
from serving.data import api as measurements
from serving.data import schema_api as schema
from serving.http import documents, errors
from serving.http.compute import Compute, Together
from serving.http.draining import Drain
from serving.http.middleware import Front, Methods
from serving.http.registry import Registry
from serving.http.security import Gate
from serving.http.settings import Settings
from serving.http.shortcut import Shortcut
from serving.http.state import Library, State, Store
from serving.instruments import api as instruments
from serving.models import api as models
from serving.pages import routing
from serving.pages.session import ask_to_sign_in
from serving.predictions import api as predictions
from serving.predictions.work import MOST_TOGETHER, predict_together
from serving.reviews import api as reviews
from serving.suggestions import api as suggestions
from serving.suggestions import spaces_api as spaces
from surrogate import __version__
from surrogate.wire.fields import INPUT_FIELDS
from surrogate.wire.problems import Problem

ROUTERS: tuple[APIRouter, ...] = (
    schema.router,
    predictions.router,
    suggestions.router,
    spaces.router,
    instruments.router,
    campaigns.router,
    reviews.router,
    models.router,
    measurements.router,
    documents.router,
    *site.ROUTERS,
)

#: Requests to the store wait for a disk or a network, not for a processor.
STORE_THREADS = 4
_DESCRIPTION = (
    "Process-aware predictions and suggestions for sulfide all-solid-state batteries. Every number carries its unit "
    "in its name; every prediction its interval, its applicability verdict, its nearest cited measurements and the "
    "version of its model. Errors are application/problem+json (RFC 9457) with a pointer to what is wrong."
)
#: What an operation may answer besides its success, for the OpenAPI document; see :func:`_possible`.
_PROBLEMS = {
    400: "Malformed",
    401: "No valid key",
    403: "The key's role does not suffice",
    404: "Not found",
    409: "In conflict with what is stored",
    413: "Too large",
    415: "Not the media type",
    422: "Understood but invalid",
    429: "Too busy; see Retry-After",
    503: "Not ready; see Retry-After",
}
_BODIES = frozenset({400, 413, 415, 422})
#: Headers of answers that a program may need, for the OpenAPI document.
_RETRY_AFTER = "Seconds to wait before the request is sent again."
_ETAG = "The version of the campaign, for If-Match."
_LOCATION = "The address of the campaign."
_REPLAYED = "true: the answer that was given to this Idempotency-Key before."


def build_state(settings: Settings, registry: Registry, *, store_exists: bool = False) -> State:
    """Make what the routes of one process share.

    Args:
        settings: Of the operator.
        registry: The models in service.
        store_exists: Whether the store was made when the service started, so that one that is not there is gone.
    """
    timeout_s = settings.timeout_s

    def slow() -> Compute:
        return Compute(threads=settings.planning_threads, queue=settings.planning_queue, timeout_s=timeout_s)

    compute = Compute(threads=settings.threads, queue=settings.queue, timeout_s=timeout_s)
    return State(
        registry=registry,
        compute=compute,
        predicting=Together(compute, predict_together, most=MOST_TOGETHER),
        explaining=slow(),
        planning=slow(),
        measuring=slow(),
        storing=Compute(threads=STORE_THREADS, queue=settings.max_in_flight, timeout_s=timeout_s),
        library=Library(settings.data),
        campaigns=Store(settings.campaigns, must_exist=store_exists),
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
    )
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app, known_fields=INPUT_FIELDS)
    routing.install(app)
    _complete_document(app)
    return app


def guarded(app: FastAPI, *, settings: Settings, gate: Gate, drain: Drain | None = None) -> ASGIApp:
    """Put the application behind its limits, its log and its gate.

    Args:
        app: With its routes.
        settings: Of the operator.
        gate: Decides who is let in.
        drain: Says when this process is on its way out.
    """
    app.state.gate = gate  # for the sign-in
    routes = [route for route in predictions.router.routes if isinstance(route, Route)]
    predict = next(route for route in routes if route.path == predictions.PREDICT)
    return Front(
        Shortcut(app, predict, predictions.answer_plainly),
        settings=settings,
        gate=gate,
        doorkeeper=ask_to_sign_in,
        drain=drain or Drain(),
        methods=_methods_at([*app.routes, *(route for router in ROUTERS for route in router.routes)]),
    )


def _methods_at(routes: Sequence[object]) -> Methods:
    """What says which methods an address takes, whichever of the ``routes`` take them; HEAD wherever GET is."""
    plain = [route for route in routes if isinstance(route, Route)]

    def methods(path: str) -> frozenset[str]:
        methods_there = {method for route in plain if route.path_regex.match(path) for method in route.methods or ()}
        return frozenset(methods_there | {"HEAD"} if "GET" in methods_there else methods_there)

    return methods


def _complete_document(app: FastAPI) -> None:
    """Put what no route returns as a value into the OpenAPI document: problems, and how to send a key."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, schema_of in {**described.pop("$defs", {}), "Problem": described}.items():
            schemas[name] = schema_of
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key, or on a service without keys the token of its start.",
            }
        }
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                operation["security"] = [{"key": []}, {}]
                operation["responses"] |= {str(s): _problem(s) for s in _possible(path, method, operation)}
                _say_headers(path, method, operation)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _possible(path: str, method: str, operation: Mapping[str, Any]) -> list[int]:
    """The problems that an operation may answer with, by what it takes and what it works with."""
    statuses = {401, 403, 429, 503}
    if "requestBody" in operation:
        statuses |= _BODIES
    if operation.get("parameters"):
        statuses.add(422)
    if "{" in path or any(parameter["name"] == "campaign" for parameter in operation.get("parameters", ())):
        statuses.add(404)
    if path.startswith("/v1/campaigns") and (method != "get" or "{" in path):  # one that is refused today
        statuses.add(409)
    return sorted(statuses)


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    problem: dict[str, Any] = {"description": _PROBLEMS[status], "content": {errors.PROBLEM_JSON: {"schema": schema}}}
    if status in (429, 503):
        problem["headers"] = {"Retry-After": _header(_RETRY_AFTER, kind="integer")}
    return problem


def _say_headers(path: str, method: str, operation: Mapping[str, Any]) -> None:
    """What the headers of a success say beside its body."""
    headers: dict[str, dict[str, Any]] = {}
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
        headers["Idempotency-Replayed"] = _header(_REPLAYED, required=False)
    if (method, path) == ("post", "/v1/campaigns"):
        headers["Location"] = _header(_LOCATION)
    if (method, path) == ("get", "/v1/campaigns/{campaign_id}"):
        headers["ETag"] = _header(_ETAG)
    for status, answer in operation["responses"].items():
        if headers and status.startswith("2"):
            answer["headers"] = headers


def _header(description: str, *, required: bool = True, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "required": required, "schema": {"type": kind}}
