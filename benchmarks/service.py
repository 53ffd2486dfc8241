"""How quick the HTTP service is, beside a bare FastAPI application and ``mlflow models serve`` around the same model.

    python -m benchmarks.service [--json] [--models FOLDER] [--seconds 3] [--workers 2]

All of them run at once on the loopback interface with the same number of workers, and are asked in turn, so that
whatever else the machine does falls on all of them alike. A constant route of the bare application, with an answer as
long as ours, says what the server alone costs. Each request is another recipe. Every answer of ours holds what a
single number does not: units, conditions, domain, neighbours, model, warnings; and it passes limits, a log and metrics.
The model is the one of the ionic conductivity in ``--models``, by default the one that predictions are made with.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import numpy as np

from benchmarks._contract import Bar, at_least, at_most, command_line, count_of, ended, finish, in_sentences, seconds_of
from benchmarks._load import Load, Server, post, run_load, serving, slow_clients
from benchmarks._processes import HOST, free_port

PROPERTY = "ionic_conductivity"
OURS, BARE, CONSTANT, MLFLOW = "ours", "bare FastAPI", "constant route", "mlflow models serve"
CONCURRENCY = (1, 8, 32)
ROWS = 1000
LOGGED = "mlflow-model"
#: Requests of a thousand rows take up to seconds: at most so many per concurrency, begun within so many seconds.
LISTS, LISTS_S = {1: 8, 8: 16, 32: 32}, 15.0
#: Recipes of single requests and lists of a round; every round has others, so that no answer is known already.
SINGLES, KINDS_OF_LISTS = 2000, 4
ROUNDS = 3
OVERLOAD, OVERLOAD_S = 1024, 6.0
#: Clients that come at once, and clients that send slowly: heads, or bodies.
CROWD, SLOW = 200, 300
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a server is asked: where, and how items are written."""

    path: str
    wrapped: str | None = None
    nested: bool = False

    def request(self, items: Sequence[Mapping[str, Any]]) -> bytes:
        """The request for predictions of ``items``."""
        written: Any = [_nested(item) for item in items] if self.nested else list(items)
        body = {self.wrapped: written} if self.wrapped else written
        return post(self.path, json.dumps(body).encode())


DIALECTS = {
    OURS: Dialect(path="/v1/predict", wrapped="items", nested=True),
    BARE: Dialect(path="/predict"),
    MLFLOW: Dialect(path="/invocations", wrapped="dataframe_records"),
}


def _nested(item: Mapping[str, Any]) -> dict[str, Any]:
    electrolyte = {name: value for name, value in item.items() if name != "temperature_c"}
    return {"electrolyte": electrolyte, "protocol": {"temperature_c": item["temperature_c"]}}


def recipes(count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Argyrodites Li(6−x)PS(5−x)Cl(1+x), each with a recipe of its own."""
    x = rng.uniform(0.0, 0.8, count).round(4)
    columns: dict[str, Iterable[Any]] = {
        "composition": [f"Li{6 - v:.4f}PS{5 - v:.4f}Cl{1 + v:.4f}" for v in x],
        "milling_time_h": rng.uniform(1, 40, count).round(1),
        "milling_speed_rpm": rng.integers(200, 600, count).astype(float),
        "heat_treatment_temperature_c": rng.uniform(400, 560, count).round(0),
        "heat_treatment_time_h": rng.uniform(1, 20, count).round(1),
        "temperature_c": np.full(count, 25.0),
    }
    rows = zip(*(list(map(_plain, values)) for values in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)


def prepare(models: Path, folder: Path) -> Path:
    """A folder with the model to be served, marked as provisional: the service refuses models nobody has judged."""
    from surrogate.models import load, save
    from surrogate.models.base import ModelStatus

    model = load(models / PROPERTY)
    save(model.with_identity(status=ModelStatus.PROVISIONAL, reason="Served for a benchmark."), folder / PROPERTY)
    return folder


@contextmanager
def servers(models: Path, folder: Path, workers: int) -> Iterator[tuple[dict[str, Server], dict[str, str]]]:
    """The servers that could be started, and why the others could not."""
    rng = np.random.default_rng(0)
    one = {name: dialect.request(recipes(1, rng)) for name, dialect in DIALECTS.items()}
    running: dict[str, Server] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        if not _logged(models, folder):
            missing[MLFLOW] = "MLflow is not installed."
        for name, (command, environment, port) in _commands(models, folder, workers).items():
            if name in missing:
                continue
            log = folder / f"{name.replace(' ', '-')}.log"
            say(f"starting {name}")
            try:
                started = serving(name, command, port=port, ready=one[name], environment=environment, log=log)
                running[name] = stack.enter_context(started)
            except (RuntimeError, OSError) as error:
                if name != MLFLOW:
                    raise
                missing[name] = str(error).strip().splitlines()[-1]
        yield running, missing


def _commands(models: Path, folder: Path, workers: int) -> dict[str, tuple[list[str], dict[str, str], int]]:
    """Command, environment and port of each server."""
    scripts = sysconfig.get_path("scripts")
    common = {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}",
        "BENTOML_DO_NOT_TRACK": "True",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'tracking.db'}",
        "BENTOML_HOME": str(folder / "bentoml"),
    }
    ports = {name: free_port() for name in DIALECTS}

    def listening(name: str) -> list[str]:
        return ["--host", HOST, "--port", str(ports[name])]

    python = [sys.executable, "-m"]
    ours = [*python, "bentoml", "serve", "serving.service:SurrogateService", *listening(OURS)]
    bare = [*python, "uvicorn", "benchmarks._bare_api:app", "--workers", str(workers), "--log-level", "warning"]
    mlflow = [*python, "mlflow", "models", "serve", "--model-uri", str(folder / LOGGED), "--env-manager", "local"]
    return {
        OURS: (
            ours,
            {
                **common,
                "SURROGATE_MODELS": str(models),
                "SURROGATE_WORKERS": str(workers),
                "SURROGATE_AUTH": "off",
                "SURROGATE_CAMPAIGNS": str(folder / "campaigns.db"),
            },
            ports[OURS],
        ),
        BARE: ([*bare, *listening(BARE)], {**common, "BENCHMARK_MODEL": str(models / PROPERTY)}, ports[BARE]),
        MLFLOW: ([*mlflow, "--workers", str(workers), *listening(MLFLOW)], common, ports[MLFLOW]),
    }


def _logged(models: Path, folder: Path) -> bool:
    """Keep the model as MLflow does, from code and without pickle; whether that was possible."""
    try:
        import mlflow
    except ImportError:
        return False
    mlflow.pyfunc.save_model(
        path=str(folder / LOGGED),
        python_model=str(ROOT / "benchmarks" / "_mlflow_model.py"),
        artifacts={"model": str(models / PROPERTY)},
        pip_requirements=[],
    )
    return True


def _answer_bytes(server: Server) -> int:
    """How long our answer to one recipe is."""
    (item,) = recipes(1, np.random.default_rng(3))
    body = json.dumps({"items": [_nested(item)]}).encode()
    request = Request(
        f"http://{HOST}:{server.port}/v1/predict", data=body, headers={"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=60) as answer:
        return len(answer.read())


def measure(running: Mapping[str, Server], seconds: float) -> list[dict[str, object]]:
    """A row per server, size and concurrency, in several rounds of which the middle one counts: what is compared is
    measured in turns, because the clock of a machine may change from one minute to the next.
    """
    rng = np.random.default_rng(1)
    constant = replace(DIALECTS[OURS], path=f"/constant/{_answer_bytes(running[OURS])}")
    dialects = {**{name: DIALECTS[name] for name in running}, CONSTANT: constant}
    servers_of_singles = {**running, CONSTANT: running[BARE]}
    rows: list[dict[str, object]] = []
    for concurrency in CONCURRENCY:
        say(f"single rows and {ROWS} rows, {concurrency} at once")
        rounds: dict[tuple[str, int], list[Load]] = {}
        for _ in range(ROUNDS):
            singles, lists = recipes(SINGLES, rng), [recipes(ROWS, rng) for _ in range(KINDS_OF_LISTS)]
            for name, server in servers_of_singles.items():
                one = [dialects[name].request([item]) for item in singles]
                load = run_load(server, one, concurrency=concurrency, seconds=seconds, first=one[0])
                rounds.setdefault((name, 1), []).append(load)
                if name == CONSTANT:
                    continue
                many, count = [dialects[name].request(items) for items in lists], LISTS[concurrency]
                load = run_load(server, many, concurrency=concurrency, seconds=LISTS_S, first=one[0], at_most=count)
                rounds.setdefault((name, ROWS), []).append(load)
        rows += [_row(name, size, concurrency, _middle(loads)) for (name, size), loads in rounds.items()]
    return rows


def _middle(loads: Sequence[Load]) -> Load:
    return sorted(loads, key=lambda load: load.quantile(0.5) or np.inf)[len(loads) // 2]


def _row(name: str, size: int, concurrency: int, load: Load) -> dict[str, object]:
    answered = sum(load.statuses.values())
    return {
        "server": name,
        "rows": size,
        "concurrency": concurrency,
        "requests_per_s": load.per_s,
        "rows_per_s": load.per_s * size,
        "p50_ms": load.quantile(0.50),
        "p95_ms": load.quantile(0.95),
        "p99_ms": load.quantile(0.99),
        "answered": len(load.milliseconds),
        "refused": load.statuses.get(429, 0),
        "failed": answered - len(load.milliseconds) - load.statuses.get(429, 0),
    }


def overload(server: Server) -> dict[str, object]:
    """Far more requests at once than places: what is answered, what is refused, and whether memory grows."""
    say(f"{OVERLOAD} at once")
    requests = [DIALECTS[OURS].request([item]) for item in recipes(500, np.random.default_rng(2))]
    first = requests[0]
    run_load(server, requests, concurrency=OVERLOAD, seconds=OVERLOAD_S / 3, first=first)  # buffers that then stay
    before = server.memory_mib()
    load = run_load(server, requests, concurrency=OVERLOAD, seconds=OVERLOAD_S, first=first)
    row = _row(f"{OURS}, overload", 1, OVERLOAD, load)
    return {**row, "memory_before_mib": before, "memory_after_mib": server.memory_mib()}


def crowd(server: Server, seconds: float) -> list[dict[str, object]]:
    """A crowd at once, and single requests beside slow clients, heads and bodies."""
    say(f"{CROWD} clients at once, {SLOW} slow ones")
    requests = [DIALECTS[OURS].request([item]) for item in recipes(500, np.random.default_rng(4))]
    first = requests[0]

    def load(name: str, clients: int) -> dict[str, object]:
        return _row(name, 1, clients, run_load(server, requests, concurrency=clients, seconds=seconds, first=first))

    rows = [load(f"{OURS}, crowd", CROWD), load(f"{OURS}, idle", 1)]
    head = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    body = head + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    for name, begun in (("heads", head + b"X-Slow: a"), ("bodies", body + b"{")):
        with slow_clients(server.port, SLOW, begun):
            rows.append(load(f"{OURS}, {SLOW} slow {name}", 1))
    return rows


def bars(rows: Sequence[Mapping[str, Any]], flooded: Mapping[str, Any], workers: int) -> list[Bar]:
    """What is promised of the service."""
    at = {(row["server"], row["rows"], row["concurrency"]): row for row in rows if "rows" in row}

    def value(server: str, size: int, concurrency: int, what: str) -> float | None:
        return at.get((server, size, concurrency), {}).get(what)

    def multiple(of: str, what: str = "p50_ms", size: int = 1, concurrency: int = 1) -> float | None:
        return _ratio(value(OURS, size, concurrency, what), value(of, size, concurrency, what))

    at_once = _ratio(value(OURS, 1, 32, "requests_per_s"), value(OURS, 1, 1, "requests_per_s"), workers)
    batching = _ratio(value(OURS, ROWS, 1, "rows_per_s"), value(OURS, 1, 1, "rows_per_s"))
    crowd_row = at.get((f"{OURS}, crowd", 1, CROWD), {})
    per_worker = "requests per second and worker, 32 at once as a multiple of one after the other"
    over_mlflow = "requests per second as a multiple of mlflow models serve"
    idle_ms = value(f"{OURS}, idle", 1, 1, "p95_ms")
    grown = float(flooded["memory_after_mib"]) - float(flooded["memory_before_mib"])
    return [
        at_most("single row, p50 as a multiple of bare FastAPI", multiple(BARE), 1.5),
        at_most("single row, p50 as a multiple of a constant route", multiple(CONSTANT), 4.0),
        at_least(per_worker, at_once, 2.0),
        at_least(f"{ROWS} rows at once, rows per second as a multiple of single rows", batching, 50.0),
        at_most(f"{CROWD} clients at once: share refused", _ratio(crowd_row.get("refused"), _sum(crowd_row)), 0.1),
        *(
            at_most(
                f"{SLOW} slow {name}: p95 of others as a multiple of idle",
                _ratio(value(f"{OURS}, {SLOW} slow {name}", 1, 1, "p95_ms"), idle_ms),
                3.0,
            )
            for name in ("heads", "bodies")
        ),
        *(
            at_least(
                f"{over_mlflow} ({size} rows, {concurrency} at once)",
                multiple(MLFLOW, "requests_per_s", size, concurrency),
                1.0,
            )
            for size, concurrency in ((1, 1), (1, 8), (ROWS, 1))
        ),
        at_least("overload: refused with 429", float(flooded["refused"]), 1.0, unit="requests"),
        at_most("overload: neither answered nor refused", float(flooded["failed"]), 0.0, unit="requests"),
        at_most("overload: growth of memory", grown, 64.0, unit="MiB"),
    ]


def _ratio(above: float | None, below: float | None, parts: int = 1) -> float | None:
    return above / below / parts if above is not None and below else None


def _sum(row: Mapping[str, Any]) -> float:
    return sum(float(row.get(name, 0)) for name in ("answered", "refused", "failed"))


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and judge; see the module."""
    from surrogate.models.artifact import models_folder

    parser = command_line(__doc__, "service")
    parser.add_argument("--models", type=Path, help="folder of exported models")
    parser.add_argument("--seconds", type=seconds_of, default=3.0, help="length of each round of single rows")
    parser.add_argument("--workers", type=count_of, default=2, help="processes of each server")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="benchmark-service-") as name:
        folder = Path(name)
        models = prepare(options.models or models_folder(), folder / "models")
        with servers(models, folder, options.workers) as (running, missing):
            rows = measure(running, options.seconds)
            rows += crowd(running[OURS], options.seconds)
            flooded = overload(running[OURS])
            starts = [
                {
                    "server": name,
                    "workers": options.workers,
                    "cold_start_s": server.cold_start_s,
                    "memory_mib": server.memory_mib(),
                }
                for name, server in running.items()
            ]
    unmeasured = [{"server": name, "not_measured": reason} for name, reason in missing.items()]
    return finish(
        "service", [*rows, flooded, *starts, *unmeasured], bars(rows, flooded, options.workers), options.as_json
    )


if __name__ == "__main__":
    ended(main)
