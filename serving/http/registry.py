"""Which models are in service: loaded at the start, exchanged without a pause, kept when their successor is damaged.

A source says what there is (one cheap fingerprint per property) and fetches it; the registry loads what has changed
and swaps it in at once. Readers always see one whole snapshot. This is the only module of the service that knows the
tracking server, and it asks it for files alone: nothing that comes from there is executed.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from serving.http import conversion, examples
from serving.http.errors import ProblemError
from serving.http.fetching import fetch
from serving.http.metrics import metrics
from surrogate.errors import ArtifactError, SurrogateError, Unavailable, UnknownName
from surrogate.execution.process import available_cpus
from surrogate.models.artifact import MAX_STORED_BYTES
from surrogate.models.base import FittedSurrogate, ModelStatus
from surrogate.properties import MODELLED, PROPERTIES, Subject, in_order
from surrogate.wire.answers import write_model
from surrogate.wire.candidates import CandidateInput

log = logging.getLogger("serving.http.registry")

MANIFEST = "manifest.json"
T = TypeVar("T")
#: Threads that share out a list at most: the longest part of one is a third of all.
_MOST_THREADS = 3
#: Seconds in which a tracking server says which models there are, and in which one of them is fetched.
ANSWER_S, DOWNLOAD_S = 15.0, 120.0
# What MLflow would do else: try for four minutes, two minutes each time, and report to its makers. It reads this from
# the environment, where an operator may say otherwise.
_MLFLOW = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
Load = Callable[[Path], FittedSurrogate]


def _load_artifact(folder: Path) -> FittedSurrogate:
    """The model in an artifact folder, its hashes checked; :class:`ArtifactError` if it is damaged.

    What it makes of a list is shared among threads, so that one list uses processors that nobody else needs.
    """
    from surrogate.models import artifact

    return replace(artifact.load(folder), threads=_start_threads())


@cache
def _start_threads() -> ThreadPoolExecutor | None:
    """The threads of all models of this process; ``None`` where there is one processor."""
    count = min(available_cpus(), _MOST_THREADS)
    return ThreadPoolExecutor(count, thread_name_prefix="members") if count > 1 else None


class Source(Protocol):
    """Where models come from."""

    def fingerprints(self) -> Mapping[str, str]:
        """Property → something that changes when its model does. Cheap: it is asked every few seconds."""
        ...

    def load(self, property: str) -> FittedSurrogate:
        """The model of ``property``; :class:`SurrogateError` if it is missing or damaged."""
        ...

    def alias(self, model: FittedSurrogate) -> str:
        """The name under which the model was promoted."""
        ...


@dataclass(frozen=True, kw_only=True)
class FolderSource:
    """A folder with one exported artifact per property."""

    folder: Path
    loader: Load = _load_artifact

    def fingerprints(self) -> Mapping[str, str]:
        if not self.folder.is_dir():
            raise Unavailable(
                f"There is no folder of models '{self.folder}'.",
                hint="Train and export models with 'python -m training fit', or set SURROGATE_MODELS.",
            )
        # Those of properties that are not known here, too: they cannot be loaded, and /v1/models should say why.
        manifests = sorted(path for path in self.folder.glob(f"[!.]*/{MANIFEST}") if path.is_file())
        return {path.parent.name: _sha256(path) for path in manifests}

    def load(self, property: str) -> FittedSurrogate:
        return self.loader(self.folder / property)

    def alias(self, model: FittedSurrogate) -> str:
        return model.identity.status.value


@dataclass(frozen=True, kw_only=True)
class TrackingSource:
    """Registered models of a tracking server, by alias: ``models:/sulfide-{property}@champion``."""

    template: str
    tracking_uri: str | None = None
    loader: Load = _load_artifact
    answer_s: float = ANSWER_S
    download_s: float = DOWNLOAD_S
    _asking: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if "{property}" not in self.template or "@" not in self.template:
            raise Unavailable(
                f"'{self.template}' does not say which registered models to load.",
                hint="Write models:/<name>@<alias> with {property} in the name.",
            )

    def fingerprints(self) -> Mapping[str, str]:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient  # noqa: F401 - takes seconds the first time, which nobody is to wait for

        def ask() -> dict[str, str]:
            client, prints = self._client(), dict[str, str]()
            for name in MODELLED:
                try:
                    version = client.get_model_version_by_alias(*self._name_and_alias(name))
                except MlflowException as error:
                    if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                        continue
                    raise
                prints[name] = f"{version.name}/{version.version}"
            return prints

        return self._within(self.answer_s, ask)

    def load(self, property: str) -> FittedSurrogate:
        name, alias = self._name_and_alias(property)

        def ask() -> str:
            client = self._client()
            number = client.get_model_version_by_alias(name, alias).version
            # Not the models:/ address itself: that is looked up in the process's store, whatever tracking_uri says.
            return str(client.get_model_version_download_uri(name, number))

        address = self._within(self.answer_s, ask)
        with TemporaryDirectory(prefix="surrogate-model-", ignore_cleanup_errors=True) as target:
            fetch(address, Path(target), _MLFLOW, tracking_uri=self.tracking_uri, seconds=self.download_s)
            manifests = sorted(Path(target).rglob(MANIFEST))
            if len(manifests) != 1:
                raise ArtifactError(f"The registered model '{name}' holds {len(manifests)} manifests instead of one.")
            return self.loader(manifests[0].parent)

    def alias(self, model: FittedSurrogate) -> str:
        return self.template.rsplit("@", 1)[1]

    def _name_and_alias(self, property: str) -> tuple[str, str]:
        name, alias = self.template.removeprefix("models:/").rsplit("@", 1)
        return name.format(property=property), alias

    def _within(self, seconds: float, errand: Callable[[], T]) -> T:
        """What ``errand`` brings back from the server; :class:`Unavailable` when that takes longer than ``seconds``.

        MLflow, a database and a bucket each wait for minutes, and try again, wherever nobody answers. So somebody else
        waits: what is not back in time is given up, and as long as it is not back at all nothing more is sent after it.
        """
        from mlflow.exceptions import MlflowException

        silent = Unavailable("The tracking server does not answer.", hint="Check MLFLOW_TRACKING_URI and the server.")
        if not self._asking.acquire(blocking=False):
            raise silent
        back: Future[T] = Future()

        def run() -> None:
            try:
                back.set_result(errand())
            except BaseException as error:
                back.set_exception(error)
            finally:
                self._asking.release()

        Thread(target=run, name="tracking-server", daemon=True).start()
        try:
            return back.result(seconds)
        except TimeoutError:
            raise silent from None
        except MlflowException as error:
            reason = f"The tracking server cannot be asked ({error.error_code})."
            raise Unavailable(reason, hint="Check MLFLOW_TRACKING_URI and the server.") from error

    def _client(self) -> Any:
        from mlflow.tracking import MlflowClient

        for name, value in _MLFLOW.items():
            os.environ.setdefault(name, value)
        return MlflowClient(tracking_uri=self.tracking_uri)


def probe(model: FittedSurrogate) -> None:
    """Ask ``model`` for one prediction before it serves; :class:`ArtifactError` unless the answer makes sense.

    It also pays for the imports of the first prediction, so that no client does.
    """
    cell = model.property.subject is Subject.CELL
    described = (
        {"cell": examples.SULFUR_CELL, "protocol": examples.PROTOCOL} if cell else {"electrolyte": examples.ARGYRODITE}
    )
    try:
        (prediction,) = model.predict([conversion.build(CandidateInput.model_validate(described))])
    except Exception as error:
        raise ArtifactError(f"It cannot predict: {type(error).__name__}.") from error
    low, high = prediction.interval.low, prediction.interval.high
    if not (math.isfinite(low) and math.isfinite(high) and low <= prediction.median <= high):
        raise ArtifactError(
            f"It predicts {prediction.median:g} with the interval {low:g} to {high:g} for a common recipe."
        )


def source_for(models: str, tracking_uri: str | None = None) -> Source:
    """Find the source that a setting names.

    Args:
        models: A folder, or ``models:/<name>@<alias>`` of a tracking server.
        tracking_uri: Address of the server.

    Raises:
        Unavailable: The name of registered models has no ``{property}`` or no alias.
    """
    if models.startswith("models:/"):
        return TrackingSource(template=models, tracking_uri=tracking_uri)
    return FolderSource(folder=Path(models))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A model in service."""

    surrogate: FittedSurrogate
    alias: str
    fingerprint: str
    loaded_at: datetime

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """The model as every answer names it; written once, as it never changes."""
        return write_model(self.surrogate.identity, alias=self.alias).model_dump()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What is in service at one moment: a model per property, and what could not be loaded and why."""

    models: Mapping[str, Served] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reason_not_ready(self) -> str | None:
        """Why nothing can be predicted, or ``None`` when something can."""
        if self.models:
            return None
        return " ".join(self.faults.values()) or "No model has been loaded."

    def check_ready(self) -> None:
        """Refuse, with 503, what needs models while none is in service."""
        if self.reason_not_ready is not None:
            detail = f"No model is in service: {self.reason_not_ready}"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "10"})

    @property
    def surrogates(self) -> dict[str, FittedSurrogate]:
        """The models themselves, by property."""
        return {name: served.surrogate for name, served in self.models.items()}

    def get(self, property: str) -> Served:
        """The model of ``property``: :class:`UnknownName` for no such property, :class:`Unavailable` for no model."""
        if property not in PROPERTIES:
            raise UnknownName("property", property, PROPERTIES)
        if property not in self.models:
            served = ", ".join(self.models) or "none"
            raise Unavailable(f"There is no model of {property} in service.", hint=f"In service: {served}.")
        return self.models[property]


class Registry:
    """The models in service, refreshed from ``source``; see :meth:`watch`. ``on_change`` is called after a change."""

    def __init__(self, source: Source, *, on_change: Callable[[], None] = lambda: None) -> None:
        self._source = source
        self._on_change = on_change
        self._snapshot = Snapshot()
        self._refreshing = Lock()
        self._stop = Event()
        self._watcher: Thread | None = None

    @property
    def snapshot(self) -> Snapshot:
        """What is in service now; take it once per request."""
        return self._snapshot

    def refresh(self) -> Snapshot:
        """Load what has changed at the source; what cannot be loaded leaves its predecessor in service."""
        with self._refreshing:
            before = self._snapshot
            try:
                prints = self._source.fingerprints()
            except Exception as error:
                reason = _reason(error)
                self._report("source", reason, before)
                self._snapshot = replace(before, faults=MappingProxyType({"source": reason}))
                return self._snapshot
            self._snapshot = self._loaded(before, prints)
            if any(served is not before.models.get(name) for name, served in self._snapshot.models.items()):
                self._on_change()
            return self._snapshot

    def watch(self, interval_s: float) -> None:
        """Refresh every ``interval_s`` seconds in the background until :meth:`close`."""

        def watch() -> None:
            while not self._stop.wait(interval_s):
                self.refresh()

        self._watcher = Thread(target=watch, name="model-watcher", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5.0)

    def _loaded(self, before: Snapshot, prints: Mapping[str, str]) -> Snapshot:
        models, faults = dict(before.models), dict[str, str]()
        for name in sorted({*prints, *before.models}):
            if name not in prints:
                faults[name] = f"The artifact of {name} is gone; the last one stays in service."
            elif name not in models or models[name].fingerprint != prints[name]:
                try:
                    models[name] = self._load(name, prints[name])
                except Exception as error:  # a damaged artifact may fail in any way; the service must outlive it
                    faults[name] = f"The model of {name} cannot be loaded: {_reason(error)}"
        if not models and not faults:
            faults["source"] = "The source holds no model; train and export one with 'python -m training fit'."
        for name, reason in faults.items():
            self._report(name, reason, before)
        models = {name: models[name] for name in in_order(models)}
        return Snapshot(models=MappingProxyType(models), faults=MappingProxyType(faults))

    def _load(self, property: str, fingerprint: str) -> Served:
        surrogate = self._source.load(property)
        if surrogate.property.name != property:
            raise ArtifactError(f"It predicts {surrogate.property.name} instead.")
        identity = surrogate.identity
        if identity.status is ModelStatus.CANDIDATE:
            raise ArtifactError("It is a candidate that was not promoted.", hint="Run 'python -m training promote'.")
        probe(surrogate)
        alias = self._source.alias(surrogate)
        metrics().reloads.labels(property=property, outcome="loaded").inc()
        metrics().models.labels(property=property, version=identity.version, status=identity.status.value).set(1)
        previous = self._snapshot.models.get(property)
        if previous is not None:
            old = previous.surrogate.identity
            if (old.version, old.status) != (identity.version, identity.status):
                metrics().models.labels(property=property, version=old.version, status=old.status.value).set(0)
        log.info("model loaded", extra={"fields": {"property": property, "version": identity.version, "alias": alias}})
        return Served(surrogate=surrogate, alias=alias, fingerprint=fingerprint, loaded_at=datetime.now(UTC))

    def _report(self, name: str, reason: str, before: Snapshot) -> None:
        """Log a fault when it is new, not at every refresh."""
        if before.faults.get(name) != reason:
            metrics().reloads.labels(property=name, outcome="refused").inc()
            log.error("model not loaded", extra={"fields": {"property": name, "reason": reason}})


def _reason(error: Exception) -> str:
    """What to tell the operator; the text of an unforeseen error may hold anything, so only its kind is told."""
    return str(error) if isinstance(error, SurrogateError) else f"an unforeseen {type(error).__name__}."


def _sha256(path: Path) -> str:
    with suppress(OSError):
        if path.stat().st_size > MAX_STORED_BYTES:
            return "too large"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return "unreadable"
