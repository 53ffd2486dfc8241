"""Where training is written down: runs, their files, and the registry of model versions.

A run holds parameters, metrics and files; a model version points at the artifact folder of its run (manifest and
arrays of :mod:`surrogate.models.artifact`, nothing pickled). Two aliases name versions: ``champion`` is what is served,
``challenger`` the newest that did not replace it. The store is SQLite in the working folder unless
``MLFLOW_TRACKING_URI`` names another: a tracking server, or a database such as ``postgresql://user@host/mlflow``. Files
go where the server says; for a database without a server, ``SURROGATE_ARTIFACTS`` says where: a folder that all can
reach, or ``s3://bucket/mlruns``.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from surrogate.candidate.measurement import Measurement
from surrogate.datasets import sha256_of
from surrogate.errors import ArtifactError, ConfigError, Unavailable
from surrogate.properties import get_property
from surrogate.text import error_unit
from training.flavour import describe_flavour

CHAMPION, CHALLENGER = "champion", "challenger"
#: Folder, in a run, of the model itself.
MODEL = "model"
#: What MLflow calls an experiment: one per property, so that its charts compare numbers of one unit.
COLLECTION = "sulfide-surrogate/{property}"
#: In the working folder: artifacts of runs, and the studies of hyper-parameter searches.
LOCAL_FOLDER = Path("mlruns")
#: Seconds for a database or a server to answer.
CONNECT_S = 5
_CHECK_URI = "Check MLFLOW_TRACKING_URI; unset, it is mlflow.db in the working folder."
_NOT_ALLOWED = re.compile(r"[^\w\-. /]+")


def _registered_name(property: str) -> str:
    """The name of a property's model in the registry."""
    return f"sulfide-{property}"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A model version in the registry: its number there, and the run whose artifact folder it is."""

    property: str
    number: str
    run_id: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that is open, or one that ended and is looked at again."""

    client: Any
    id: str
    artifact_uri: str

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Settings, by dotted name."""
        from mlflow.entities import Param

        self.client.log_batch(self.id, params=[Param(_key(k), str(v)[:6000]) for k, v in params.items()])

    def log_metrics(
        self, metrics: Mapping[str, float | int | None], *, step: int = 0, at: datetime | None = None
    ) -> None:
        """Numbers, by dotted name; what is missing or not finite is left out. A series has a ``step`` for each time."""
        from mlflow.entities import Metric

        now = int((time.time() if at is None else at.timestamp()) * 1000)
        finite = {k: float(v) for k, v in metrics.items() if v is not None and math.isfinite(v)}
        self.client.log_batch(self.id, metrics=[Metric(_key(k), v, now, step) for k, v in finite.items()])

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Words to filter runs by."""
        from mlflow.entities import RunTag

        self.client.log_batch(self.id, tags=[RunTag(_key(k), v) for k, v in tags.items()])

    def log_dataset(self, measurements: Sequence[Measurement], folder: Path | None) -> None:
        """What was learnt from, as an input of the run: its hash, its counts and its folder, ``None`` for ours."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        counts = {"num_rows": len(measurements), "num_papers": len({m.source.paper for m in measurements})}
        dataset = Dataset(
            name=f"measurements of {measurements[0].property}",
            digest=sha256_of(measurements)[:32],  # MLflow takes 36 characters; the tag data_sha256 holds all 64
            source_type="local",
            source=json.dumps({"folder": str(folder) if folder else "bundled"}),
            profile=json.dumps(counts),
        )
        self.client.log_inputs(self.id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])

    def log_child(
        self, name: str, params: Mapping[str, Any], series: Mapping[str, Sequence[float]], tags: Mapping[str, str]
    ) -> None:
        """Write down a run within this one, which is shown under it and has ended.

        Args:
            name: Shown in lists.
            params: Its settings.
            series: Its numbers by name, a step for each.
            tags: Words to filter runs by; one that ``failed`` has the status of a failed run.
        """
        from mlflow.entities import Metric, Param

        collection = self.client.get_run(self.id).info.experiment_id
        own = {"mlflow.parentRunId": self.id, **_source(), **tags}
        child = self.client.create_run(collection, run_name=name, tags=own).info.run_id
        now = int(time.time() * 1000)
        metrics = [Metric(_key(k), v, now, step) for k, values in series.items() for step, v in enumerate(values)]
        self.client.log_batch(child, metrics, [Param(_key(k), str(v)[:6000]) for k, v in params.items()])
        self.client.set_terminated(child, "FAILED" if tags.get("state") == "fail" else "FINISHED")

    def log_model(self, folder: Path, property: str, example: Mapping[str, Any]) -> None:
        """An artifact as the folder :data:`MODEL` of the run, which MLflow can load as a function of tables.

        Args:
            folder: Holds the artifact; files are added to it.
            property: Name of the property.
            example: Settings of a candidate that the model takes.
        """
        described = describe_flavour(folder, property, example, run_id=self.id, path=MODEL)
        self.log_folder(folder, MODEL)
        self.log_tags({"mlflow.log-model.history": json.dumps([described])})

    def log_json(self, content: Any, path: str) -> None:
        """``content`` as the JSON file ``path`` of the run."""
        self.client.log_text(self.id, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False), path)

    def log_text(self, text: str, path: str) -> None:
        """``text`` as the file ``path`` of the run."""
        self.client.log_text(self.id, text, path)

    def log_folder(self, folder: Path, path: str | None = None) -> None:
        """Every file of ``folder``, under ``path`` of the run; files of the same name are replaced."""
        self.client.log_artifacts(self.id, str(folder), path)


class Tracker:
    """Runs and model versions at ``uri`` (default: ``MLFLOW_TRACKING_URI``, else SQLite in ``folder``).

    ``artifacts`` is the folder or URI of their files (default: ``SURROGATE_ARTIFACTS``, else what the server says, else
    :data:`LOCAL_FOLDER`); it is settled when the first run is made.
    """

    def __init__(self, uri: str | None = None, folder: Path | None = None, artifacts: str | None = None) -> None:
        self.folder = (folder or Path.cwd()).resolve()
        self.uri = _with_driver(
            uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{self.folder / 'mlflow.db'}"
        )
        self.artifacts = _as_uri(artifacts or os.environ.get("SURROGATE_ARTIFACTS"))
        self._client = _client(self.uri)

    @property
    def studies(self) -> Path:
        """The SQLite file of hyper-parameter searches; always on this machine."""
        return self.folder / LOCAL_FOLDER / "searches.db"

    @contextmanager
    def run(self, property: str, name: str, tags: Mapping[str, str], description: str = "") -> Iterator[Run]:
        """A new run in the experiment of a property; it ends as finished, failed or, by Ctrl-C, killed.

        Args:
            property: Name of the property.
            name: Shown in lists.
            tags: Words to filter runs by.
            description: Shown on the page of the run, as Markdown.
        """
        own = {"mlflow.note.content": description, **_source(), **tags}
        with _translated():
            info = self._client.create_run(self._collection(property), run_name=name, tags=own).info
        run = Run(client=self._client, id=info.run_id, artifact_uri=info.artifact_uri)
        try:
            with _translated():
                yield run
        except BaseException as error:
            self._client.set_terminated(run.id, "FAILED" if isinstance(error, Exception) else "KILLED")
            raise
        self._client.set_terminated(run.id)

    def run_of(self, version: Version) -> Run:
        """The run that made ``version``."""
        with _translated():
            info = self._client.get_run(version.run_id).info
        return Run(client=self._client, id=info.run_id, artifact_uri=info.artifact_uri)

    def register(self, run: Run, property: str, description: str = "") -> Version:
        """Register the folder :data:`MODEL` of a run as a new version of a model.

        Args:
            run: Holds the model.
            property: That it predicts.
            description: For those who browse the registry.
        """
        from mlflow.exceptions import MlflowException

        name = _registered_name(property)
        with _translated():
            try:
                prop = get_property(property)
                tags = {"property": property, "unit": prop.unit, "error_unit": prop.scale_unit}
                self._client.create_registered_model(name, tags=tags, description=f"{prop.label}. {prop.meaning}")
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            created = self._client.create_model_version(
                name, source=f"{run.artifact_uri}/{MODEL}", run_id=run.id, description=description
            )
        return Version(property=property, number=str(created.version), run_id=run.id)

    def withdraw(self, version: Version) -> None:
        """Take ``version`` out of the registry, when its artifact could not be stored."""
        with _translated():
            self._client.delete_model_version(_registered_name(version.property), version.number)

    def has_versions(self, property: str) -> bool:
        """Whether any model of ``property`` is registered."""
        with _translated():
            return bool(self._client.search_model_versions(f"name='{_registered_name(property)}'", max_results=1))

    def version(self, property: str, number: str | None = None) -> Version:
        """Find a version of a model.

        Args:
            property: That it predicts.
            number: Of the version; the newest when not given.

        Raises:
            Unavailable: There is none.
        """
        name = _registered_name(property)
        with _translated():
            run_ids = {int(v.version): v.run_id for v in self._client.search_model_versions(f"name='{name}'")}
        numbers = sorted(run_ids)
        chosen = number or (str(numbers[-1]) if numbers else None)
        for candidate in numbers:
            if str(candidate) == chosen:
                return Version(property=property, number=str(candidate), run_id=run_ids[candidate])
        if not numbers:
            raise Unavailable(
                f"No model of {property} is registered.", hint=f"Train one with 'python -m training fit {property}'."
            )
        newest = ", ".join(map(str, numbers[-10:]))
        raise Unavailable(f"There is no version {chosen} of the model of {property}.", hint=f"There are: {newest}.")

    def by_alias(self, property: str, alias: str) -> Version | None:
        """Find the version of a model that has an alias.

        Args:
            property: That the model predicts.
            alias: Such as champion.

        Returns:
            The version; ``None`` when there is none.
        """
        from mlflow.exceptions import MlflowException

        with _translated():
            try:
                version = self._client.get_model_version_by_alias(_registered_name(property), alias)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None
                raise
        return Version(property=property, number=str(version.version), run_id=version.run_id)

    def set_alias(self, version: Version, alias: str) -> None:
        """Call a version by an alias from now on; it is champion or challenger, not both.

        Args:
            version: Of a model.
            alias: Its name.
        """
        name = _registered_name(version.property)
        other = CHALLENGER if alias == CHAMPION else CHAMPION
        with _translated():
            self._client.set_registered_model_alias(name, alias, version.number)
            current = self.by_alias(version.property, other)
            if current is not None and current.number == version.number:
                self._client.delete_registered_model_alias(name, other)

    def download(self, version: Version, path: str, into: Path) -> Path:
        """Copy what a run has written.

        Args:
            version: The version that the run made.
            path: File or folder of the run.
            into: Folder that gets the copy.

        Raises:
            ArtifactError: Where the run lacks it.
        """
        into.mkdir(parents=True, exist_ok=True)
        with _translated():
            try:
                return Path(self._client.download_artifacts(version.run_id, path, str(into)))
            except OSError:
                raise ArtifactError(
                    f"The run of version {version.number} of the model of {version.property} lacks '{path}'.",
                    hint=f"Train it again with 'python -m training fit {version.property}'.",
                ) from None

    def _collection(self, property: str) -> str:
        """The id of the experiment of a property; stores without a server keep files in :data:`LOCAL_FOLDER`."""
        from mlflow.exceptions import MlflowException

        name = COLLECTION.format(property=property)
        collection = self._client.get_experiment_by_name(name)
        if collection is None:
            served = self.uri.startswith(("http:", "https:"))
            place = self.artifacts or (None if served else (self.folder / LOCAL_FOLDER).as_uri())
            prop = get_property(property)
            unit = error_unit(prop.scale_unit)
            about = {
                "mlflow.note.content": f"Models of {prop.label.lower()}; errors and widths are in {unit}.",
                "mlflow.experiment.primaryMetric.name": "mae",
                "mlflow.experiment.primaryMetric.greaterIsBetter": "False",
            }
            try:
                return str(self._client.create_experiment(name, artifact_location=place, tags=about))
            except MlflowException as error:  # another process was quicker
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            collection = self._client.get_experiment_by_name(name)
        if self.artifacts and collection.artifact_location.rstrip("/") != self.artifacts.rstrip("/"):
            raise ConfigError(
                f"The files of this tracking store are kept at {collection.artifact_location}, "
                f"not at {self.artifacts}.",
                hint="Unset SURROGATE_ARTIFACTS, or use another tracking store.",
            )
        return str(collection.experiment_id)


def _source() -> dict[str, str]:
    """What MLflow shows as the source of a run: the command, and the commit where the code is in a git working tree."""
    from mlflow.utils.git_utils import get_git_commit

    commit = get_git_commit(str(Path(__file__).parent))
    source = {"mlflow.source.name": "python -m training", "mlflow.source.type": "LOCAL"}
    return source | ({"mlflow.source.git.commit": commit} if commit else {})


def _as_uri(place: str | None) -> str | None:
    return Path(place).resolve().as_uri() if place and "://" not in place else place


def _with_driver(uri: str) -> str:
    """PostgreSQL by the driver that we install."""
    scheme, separator, rest = uri.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgresql", "postgres") else uri


def _check_store(uri: str) -> None:
    """:class:`Unavailable` for a store that does not answer; MLflow would try for minutes, and say so at length.

    :class:`ConfigError` for a folder, which cannot hold a registry of models.
    """
    scheme = uri.partition(":")[0] if ":" in uri else ""
    if scheme in ("", "file") and not os.environ.get("MLFLOW_ALLOW_FILE_STORE"):
        raise ConfigError(
            f"'{uri}' is a folder, and runs are kept in a database or by a server.",
            hint=f"Set MLFLOW_TRACKING_URI to sqlite:///{Path(uri.removeprefix('file://')).resolve()}/mlflow.db, for "
            "example; SURROGATE_ARTIFACTS is the folder of their files.",
        )
    if scheme in ("http", "https"):
        _check_server(uri)
    if scheme.startswith("postgresql+"):
        _check_database(uri)


def _check_server(uri: str) -> None:
    import requests

    try:
        requests.get(uri, timeout=CONNECT_S, stream=True).close()  # whatever it says, somebody is there
    except requests.RequestException as problem:
        detail = "no answer in time" if isinstance(problem, requests.Timeout) else "no connection"
        place = re.sub(r"//[^/@]*@", "//", uri)
        raise Unavailable(f"The tracking server {place} does not answer: {detail}.", hint=_CHECK_URI) from None


def _check_database(uri: str) -> None:
    import sqlalchemy as sa

    place = sa.make_url(uri).render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(uri, connect_args={"connect_timeout": CONNECT_S})
        engine.connect().close()
        engine.dispose()
    except ModuleNotFoundError:
        raise Unavailable(
            "A tracking store on PostgreSQL needs the package psycopg.",
            hint="Install it with: pip install 'sulfide-surrogate[postgres]'.",
        ) from None
    except sa.exc.DBAPIError as error:
        detail = str(error.orig).strip().splitlines()[0]
        raise Unavailable(f"The tracking store {place} does not answer: {detail}", hint=_CHECK_URI) from None


def _client(uri: str) -> Any:
    """A client that reports nothing home and leaves stdout and stderr to us."""
    import logging

    _check_store(uri)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # stdout is for data
    from mlflow.tracking import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with _translated():
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def _translated() -> Iterator[None]:
    """MLflow's errors as one sentence of ours."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise Unavailable(
            f"The tracking store refused ({error.error_code}): {' '.join(str(error).splitlines()[0].split())}",
            hint=_CHECK_URI,
        ) from error


def _key(name: str) -> str:
    """``name`` with what the tracker does not allow replaced by an underscore."""
    return _NOT_ALLOWED.sub("_", name)[:250]
