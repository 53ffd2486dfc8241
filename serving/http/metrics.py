"""What the service counts, in the Prometheus format, added up over all workers.

Labels are route templates and names we chose, never addresses a client chose: a scanner must not be able to fill the
memory with time series. That is why BentoML's own per-path metrics are switched off.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

#: Seconds; from an empty handler (0.8 ms) over one prediction (a few ms) to a batch suggestion.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """The counters of this process; :func:`metrics` gives the only one."""

    requests: Any  # route, method, code
    duration: Any  # route
    in_flight: Any
    predictions: Any  # property, model version, domain verdict
    items: Any  # outcome
    suggestions: Any
    reloads: Any  # property, outcome
    models: Any  # property, version, status


@cache
def metrics() -> Metrics:
    """The counters of this process, made when first needed: the worker's environment has to be in place by then."""
    from prometheus_client import Counter, Gauge, Histogram

    return Metrics(
        requests=Counter("surrogate_requests_total", "Requests answered.", ["route", "method", "code"]),
        duration=Histogram("surrogate_request_duration_seconds", "Time to answer.", ["route"], buckets=BUCKETS),
        in_flight=Gauge("surrogate_requests_in_flight", "Requests at work.", multiprocess_mode="livesum"),
        predictions=Counter(
            "surrogate_predictions_total", "Predictions by domain verdict.", ["property", "version", "domain"]
        ),
        items=Counter("surrogate_prediction_items_total", "Items of prediction requests by outcome.", ["outcome"]),
        suggestions=Counter("surrogate_suggestions_total", "Suggestions given."),
        reloads=Counter("surrogate_model_loads_total", "Models loaded or refused.", ["property", "outcome"]),
        models=Gauge(
            "surrogate_model_info", "1 for each model in service.", ["property", "version", "status"],
            multiprocess_mode="livemax",
        ),
    )  # fmt: skip


def exposition() -> tuple[bytes, str]:
    """The metrics of all workers, and their media type."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
