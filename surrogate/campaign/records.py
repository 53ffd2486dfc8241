"""What a campaign is told and what it answers: values without a connection to the store.

:class:`Result` goes in; :class:`SuggestionRecord`, :class:`MeasurementRecord` and :class:`Event` come out, a
:class:`Page` at a time. Times are in UTC. ``None`` means *not stated*.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from surrogate.campaign.lifecycle import OPEN
from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement, Source
from surrogate.candidate.provenance import Provenance
from surrogate.errors import InvalidInput, MeasurementError, UnknownName
from surrogate.properties import get_property
from surrogate.text import check_text, quantity
from surrogate.units import check_range
from surrogate.wire.states import MAX_REPLICATE, State, Status
from surrogate.wire.stored import read_suggestion
from surrogate.wire.suggestions import BatchOutput, SuggestionOutput

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Longest id of a measurement, and longest reason or note, in characters.
MAX_MEASUREMENT_ID, MAX_TEXT = 200, 2000
#: Numbers that differ by less, relatively, are one number.
SAME = 1e-12
T = TypeVar("T")


def checked_id(text: str, label: str) -> str:
    """Check that a text can be part of a path: letters, digits, ``.``, ``_``, ``-``, at most 64.

    Args:
        text: The id.
        label: What it is called in a refusal.

    Returns:
        The text.

    Raises:
        InvalidInput: It cannot.
    """
    if not ID.fullmatch(text):
        raise InvalidInput(
            f"The {label} '{text[:70]}' is not usable.",
            hint="Use up to 64 letters, digits, points, underscores and hyphens; begin with a letter or digit.",
        )
    return text


def checked_text(text: str | None, label: str, limit: int = MAX_TEXT) -> None:
    """Refuse control characters (a line feed is none) and what is longer than ``limit``."""
    if text is None:
        return
    if len(text) > limit:
        raise InvalidInput(f"The {label} has {len(text)} characters; {limit} are the most.", hint="Shorten it.")
    check_text(f"The {label}", text)


def checked_key(key: str | None, limit: int = MAX_MEASUREMENT_ID) -> None:
    """Refuse an idempotency key that stands for nothing: an empty one is a variable that was never set."""
    checked_text(key, "idempotency key", limit)
    if key is not None and not key.strip():
        raise InvalidInput(
            "The idempotency key is empty, so every request would be the same one.",
            hint="Give each request a key of its own, or leave the key out.",
        )


def _find_member(kind: type[StrEnum], value: str, label: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise UnknownName(label, str(value), [str(member) for member in kind]) from None


@dataclass(frozen=True, kw_only=True)
class Result:
    """One value that an experiment gave, or the word that it gave none.

    ``property`` and ``value`` (in the unit of the property) are both given, or both left out with a ``reason`` and the
    ``status`` failed (the recipe could not be made), lost or shorted (which say nothing against the recipe).
    ``suggestion`` is the suggestion it belongs to; without one, ``candidate`` says what was made.
    ``candidate`` with a suggestion holds the *actual* values where they differ from the plan. ``id`` is the client's
    own name of the value, unique in the campaign: telling it again with the same content changes nothing.
    ``replaces`` names an earlier value that this one corrects, or withdraws where it is lost; the earlier one is kept,
    and no longer used.
    ``provenance`` says which files of instruments it was read from, and how; ``note`` is free.
    ``uncertainty`` is one standard deviation on the scale of the property. Raises :class:`MeasurementError` or
    :class:`InvalidInput`.
    """

    property: str | None = None
    value: float | None = None
    suggestion: str | None = None
    candidate: Candidate | None = None
    id: str | None = None
    status: Status = Status.OK
    reason: str = ""
    censoring: Censoring = Censoring.EXACT
    uncertainty: float | None = None
    replicate: int | None = None
    source_file: str | None = None
    location: str | None = None
    note: str | None = None
    replaces: str | None = None
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        for name, kind in (("status", Status), ("censoring", Censoring)):
            object.__setattr__(self, name, _find_member(kind, getattr(self, name), name))
        self._check_texts()
        if (self.property is None) != (self.value is None):
            raise MeasurementError("A property and its value belong together.", hint="Give both, or status = failed.")
        if self.property is None and self.status.has_value:
            raise MeasurementError(f"A result that is {self.status} needs a property and a value.", hint="Give both.")
        if self.property is not None and not self.status.has_value:
            raise MeasurementError(
                f"A {self.status} experiment has no value, but {self.property} = {self.value} is given.",
                hint="Use status = partial for an experiment that gave a value and then failed.",
            )
        if self.status is not Status.OK and not self.reason.strip():
            raise InvalidInput(f"A {self.status} result needs a reason.", hint="Say in a few words what happened.")
        if self.suggestion is None and self.candidate is None:
            raise InvalidInput("A result needs a suggestion or a candidate.", hint="Say what was made.")
        self._check_value()

    def shown(self) -> str:
        """The value as a person reads it, with its sign: ``<0.01 mS/cm``; nothing for a failed experiment."""
        if self.property is None or self.value is None:
            return ""
        return f"{self.censoring.sign}{quantity(self.value, self.property)}"

    def _check_texts(self) -> None:
        for attribute in ("id", "suggestion", "replaces"):
            text = getattr(self, attribute)
            checked_text(text, attribute, MAX_MEASUREMENT_ID)
            if text is not None and not text.strip():
                raise InvalidInput(f"The {attribute} of a result is empty.", hint="Leave it out.")
        for attribute in ("reason", "source_file", "location", "note"):
            checked_text(getattr(self, attribute), attribute)

    def _check_value(self) -> None:
        check_range("uncertainty", self.uncertainty, 0.0, 1e6, MeasurementError)
        if self.replicate is not None and not 1 <= self.replicate <= MAX_REPLICATE:
            raise MeasurementError(
                f"replicate is {self.replicate:.10g}; they are counted from 1, to {MAX_REPLICATE} at most.",
                hint="Leave it out.",
            )
        if self.property is None or self.value is None:
            return
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise MeasurementError(
                f"{self.property} is {self.value!r}, which is not a finite number.", hint="Leave it out."
            )
        get_property(self.property).check(float(self.value))


@dataclass(frozen=True, kw_only=True)
class SuggestionRecord:
    """A suggestion of a campaign with its state.

    ``stored_answer`` is what the planner said of it as plain data of whatever version; read :attr:`answer`.
    ``lease_until`` is when an open one expires.
    """

    id: str
    campaign: str
    number: int
    state: State
    reason: str
    candidate: Candidate
    settings: Mapping[str, float | str]
    weigh_in_g: Mapping[str, float]
    is_replicate: bool
    stored_answer: Mapping[str, Any]
    asked: int
    created: datetime
    updated: datetime
    lease_until: datetime
    assignee: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds a lease."""
        return self.state in OPEN

    @cached_property
    def answer(self) -> SuggestionOutput:
        """What the planner said of it: predictions, expected gain, reasons, neighbours."""
        return self.read_answer()

    def read_answer(self, *, strict: bool = False) -> SuggestionOutput:
        """:attr:`answer`; ``strict`` raises pydantic's ``ValidationError`` for what would be left out."""
        return read_suggestion(
            self.stored_answer,
            self.candidate,
            number=self.number,
            settings=self.settings,
            weigh_in_g=self.weigh_in_g,
            is_replicate=self.is_replicate,
            strict=strict,
        )


@dataclass(frozen=True, kw_only=True)
class MeasurementRecord:
    """A told result: what was told, with its number in the campaign and the candidates as planned and as made."""

    id: str
    campaign: str
    number: int
    result: Result
    planned: Candidate | None
    candidate: Candidate
    created: datetime
    superseded_by: str | None = None

    @property
    def is_used(self) -> bool:
        """Whether planners learn from it: a later correction takes its place."""
        return self.superseded_by is None

    def measurement(self) -> Measurement | None:
        """The noun that models learn from; ``None`` for a failed experiment."""
        if self.result.property is None or self.result.value is None:
            return None
        return Measurement(
            property=self.result.property,
            value=float(self.result.value),
            candidate=self.candidate,
            source=Source(
                row_id=self.id,
                paper=f"campaign {self.campaign}",
                reference=self.result.source_file,
                location=self.result.location,
            ),
            fidelity=Fidelity.MEASURED,
            censoring=self.result.censoring,
            uncertainty=self.result.uncertainty,
        )


@dataclass(frozen=True, kw_only=True)
class Told:
    """The answer to ``tell``: the measurements, which of them were known, and the suggestions as they are now."""

    measurements: tuple[MeasurementRecord, ...]
    repeated: tuple[str, ...]
    suggestions: tuple[SuggestionRecord, ...]
    version: int
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The answer to ``ask``: the suggestions, and what the planner said of the batch as a whole."""

    suggestions: tuple[SuggestionRecord, ...]
    report: BatchOutput
    number: int
    version: int
    replayed: bool = False

    def __len__(self) -> int:
        return len(self.suggestions)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the history, which only grows."""

    number: int
    at: datetime
    kind: str
    suggestion: str | None = None
    measurement: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A campaign at a glance: how many suggestions are in which state, and how many measurements it has.

    ``trouble`` says why it cannot be worked with, ``None`` that it can.
    """

    id: str
    name: str
    objective: str
    space: str
    version: int
    created: datetime
    updated: datetime
    suggestions: Mapping[str, int]
    measurements: int
    failures: int
    batch: int
    archived: bool = False
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list in a fixed order; give ``next`` as ``after`` to go on, ``None`` is the end."""

    items: tuple[T, ...]
    next: str | None = None

    def __len__(self) -> int:
        return len(self.items)


def every(listing: Callable[..., Page[T]], **filters: Any) -> Iterator[T]:
    """Go through a list that comes in pages: ``every(campaign.suggestions, state="open")``.

    Args:
        listing: Gives a page; takes ``limit`` and ``after``.
        filters: Further arguments of it.

    Returns:
        All items, fetched page by page.
    """
    page = listing(limit=1000, **filters)
    yield from page.items
    while page.next is not None:
        page = listing(limit=1000, after=page.next, **filters)
        yield from page.items


def told_by_suggestion(records: Iterable[MeasurementRecord]) -> dict[str | None, list[MeasurementRecord]]:
    """The values that count, by the suggestion that they were told for; ``None`` is what the lab added."""
    groups: dict[str | None, list[MeasurementRecord]] = {}
    for record in records:
        if record.is_used and record.result.property is not None:
            groups.setdefault(record.result.suggestion, []).append(record)
    return groups
