"""What the routes share: models, the pool for blocking work, the measurements that can be cited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi import Path as PathParameter

from serving.http.compute import Compute, Together
from serving.http.registry import Registry, Snapshot
from surrogate.campaign.store import CampaignStore
from surrogate.candidate.measurement import Measurement
from surrogate.errors import NotFound, StoreUnavailable
from surrogate.models.measured import MeasuredTables


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What models of one property learn from, and the hash by which a model names it."""

    measurements: tuple[Measurement, ...]
    sha256: str


class Library:
    """The measurements of the data folder, and of tables of the operator's own; read once, when first asked."""

    def __init__(self, data: Path | None) -> None:
        self._data = data
        self._learnt: dict[tuple[str, str], Learnt] = {}
        self._reading = Lock()
        self.measured = MeasuredTables(data)

    def learnt(self, property: str, sha256: str) -> Learnt:
        """Find what a model has learnt from, else what the tables hold now.

        Args:
            property: Of the model.
            sha256: Of the data, as the model names them.

        Raises:
            SurrogateError: The tables are not there.
        """
        from surrogate import datasets

        with self._reading:
            if (property, sha256) not in self._learnt:
                measurements, read_sha256 = datasets.load_trained(property, sha256, data=self._data)
                self._learnt[property, sha256] = Learnt(measurements=tuple(measurements), sha256=read_sha256)
            return self._learnt[property, sha256]

    @cached_property
    def by_row(self) -> Mapping[str, tuple[Measurement, ...]]:
        """Row id → what was measured there."""
        from surrogate import datasets

        by_row: dict[str, list[Measurement]] = {}
        for measurement in datasets.load_all(self._data):
            by_row.setdefault(measurement.source.row_id, []).append(measurement)
        return {row: tuple(measurements) for row, measurements in by_row.items()}


class Store:
    """The campaign store, opened by the first request that needs it: a service that only predicts needs none."""

    def __init__(self, url: str, *, must_exist: bool = False) -> None:
        self._url = url
        self._must_exist = must_exist
        self._opening = Lock()
        self._store: CampaignStore | None = None

    def open(self) -> CampaignStore:
        """The store; :class:`~surrogate.errors.StoreUnavailable` when it cannot be opened (it is tried again).

        One that ``must_exist`` was there when the service started: a worker that comes later must not begin a new one.
        """
        with self._opening:
            if self._store is None:
                try:
                    self._store = CampaignStore.open(self._url, must_exist=self._must_exist)
                except NotFound as error:
                    raise StoreUnavailable(f"The campaign store is gone: {error.message}", hint=error.hint) from None
            return self._store

    def close(self) -> None:
        """Close the connections."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None


@dataclass(frozen=True, kw_only=True)
class State:
    """Made once per process, when the service starts.

    Predictions (milliseconds), explanations (tenths of a second), plans and files of instruments (seconds) and the
    store (a disk, a network) have places of their own, so that none waits for another; ``predicting`` takes small
    predictions that wait at the same moment as one. ``patience_s`` is how long an ask waits for another ask of the
    same campaign.
    """

    registry: Registry
    compute: Compute
    predicting: Together[Any, bytes]
    explaining: Compute
    planning: Compute
    measuring: Compute
    storing: Compute
    library: Library
    campaigns: Store
    patience_s: float

    @property
    def snapshot(self) -> Snapshot:
        """The models in service now."""
        return self.registry.snapshot

    def close(self) -> None:
        """Stop everything that runs in the background."""
        self.registry.close()
        self.compute.close()
        self.explaining.close()
        self.planning.close()
        self.measuring.close()
        self.storing.close()
        self.campaigns.close()


async def _state(request: Request) -> State:
    state: State = request.app.state.surrogate
    return state


Shared = Annotated[State, Depends(_state)]
#: An id of a campaign, or of a part of it, in an address.
Ident = Annotated[str, PathParameter(max_length=64)]
