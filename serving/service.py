"""The service: BentoML brings workers, health checks and packaging; everything else is one application.

Start it with ``bentoml serve serving.service:SurrogateService`` (or ``make serve``). It listens on this machine only
unless ``--host`` or ``SURROGATE_HOST`` says otherwise, and asks for keys, or without any for the token of its start.
"""

from __future__ import annotations

import gc
import json
import os
from http import HTTPStatus
from typing import Any

import bentoml
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from threadpoolctl import threadpool_limits

from serving.app import build_state, guarded, routed_app
from serving.http import logs
from serving.http.connections import bound_connections
from serving.http.draining import ASK_ANOTHER, REPEATABLE, Drain
from serving.http.errors import PROBLEM_JSON, respond, without_folders
from serving.http.registry import Registry, source_for
from serving.http.security import gate_for
from serving.http.state import State
from serving.start import prepare
from surrogate.execution.process import keep_freed_memory, search_garbage_seldom
from surrogate.wire.problems import Fault

_SETTINGS, _LISTENING = prepare()

#: Memory that a worker keeps for its next arrays: what a thousand items take, several times over.
KEPT_MIB = 128


class _Mounted:
    """The application as BentoML mounts it: callable from the start, complete once the service has started.

    Not a Starlette object on purpose: BentoML would then answer addresses the application does not know itself, in
    plain text.
    """

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is None:
            status = ASK_ANOTHER if REPEATABLE in Headers(scope=scope) else HTTPStatus.SERVICE_UNAVAILABLE
            fault = Fault(pointer="", code="starting", message="The service is starting.")
            problem = respond(status, fault.message, errors=[fault], headers={"Retry-After": "5"})
            await problem(scope, receive, send)
        else:
            await self.app(scope, receive, send)


mounted = _Mounted()
# Whoever configures BentoML (to trace requests, say) gets all of its layers.
bound_connections(lambda: None if os.environ.get("BENTOML_CONFIG") else mounted.app)


def settle() -> None:
    """Take what is loaded by now, libraries and models, out of every later search for garbage.

    A full search through a million objects that stay anyway is a pause of 0.2 s in the middle of someone's request.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    search_garbage_seldom()


@bentoml.service(
    name="SurrogateService",
    workers=_LISTENING.workers,
    http={"host": _LISTENING.host, "port": _LISTENING.port},
    # Ours come first and answer with problems; BentoML's timeout is the net below them.
    traffic={"timeout": _SETTINGS.timeout_s + 30.0},
    # BentoML labels its metrics and its log with whatever address a client asks for: ours have bounded labels.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(mounted, path="/")
class SurrogateService:
    """Predictions and suggestions over HTTP; see /v1/docs."""

    def __init__(self) -> None:
        logs.configure()
        registry = Registry(source_for(_SETTINGS.models, _SETTINGS.tracking_uri), on_change=settle)
        registry.refresh()
        # One thread for linear algebra in this process: several workers, and several requests in each, fill the
        # cores. Threads that wait for each other by spinning make an answer take several times as long once the
        # cores are busy.
        threadpool_limits(limits=1, user_api="blas")  # as a function it lasts; it restores only as a context
        keep_freed_memory(KEPT_MIB)
        registry.watch(_SETTINGS.reload_s)
        self.state: State = build_state(_SETTINGS, registry, store_exists=True)
        app = routed_app()
        app.state.surrogate = self.state
        self.drain = Drain(_SETTINGS.drain_s)
        gate = gate_for(_SETTINGS.auth, _SETTINGS.keys, _SETTINGS.token)
        mounted.app = guarded(app, settings=_SETTINGS, gate=gate, drain=self.drain)
        self.drain.arm()

    async def __is_ready__(self) -> bool:
        """What ``/readyz`` asks; without a valid model, or on the way out, it answers 503 and says why.

        BentoML would turn ``False`` into a sentence of its own. An exception with its own body and media type is passed
        on as it is.
        """
        reason = self._reason_not_ready()
        if reason is not None:
            body: Any = json.loads(bytes(respond(503, reason).body))
            headers = {"Content-Type": PROBLEM_JSON, "Retry-After": "10"}
            raise HTTPException(503, detail=json.dumps(body), headers=headers)
        return True

    def _reason_not_ready(self) -> str | None:
        if self.drain.active:
            return "This replica is leaving."
        reason = self.state.snapshot.reason_not_ready
        return None if reason is None else f"No model is in service: {without_folders(reason)}"

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Stop watching models and drop work that waits."""
        self.state.close()
