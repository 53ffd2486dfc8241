"""Every error the product raises on purpose: one family, one sentence each, and a way out.

An error carries a ``message`` (what is wrong: the value and the rule), a ``hint`` (what to do about it), the ``field``
it is about where there is one, a stable ``code`` that HTTP answers and tables use, and an ``exit_code`` for the command
line. Catch :class:`SurrogateError` to catch them all; anything else that escapes is a bug.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar


class SurrogateError(Exception):
    """Root of the family: ``message`` says what is wrong, ``hint`` says what to do."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """So that an error comes out of another process as it was, whatever its class asks for when it is made."""
        return _restore, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


def _restore(kind: type[SurrogateError], arguments: tuple[object, ...]) -> SurrogateError:
    return kind.__new__(kind, *arguments)


class InvalidInput(SurrogateError):
    """What the user gave cannot be right; nothing was computed from it.

    ``field`` is the flat name of the field of a candidate that is to blame (``mixing_time_min``); every interface
    spells it in its own way.
    """

    code = "invalid_input"
    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", field: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field

    def rename(self, field: str) -> None:
        """Call the field otherwise, here and in the message: the milling time of a separator has a name of its own."""
        self.message = re.sub(rf"\b{re.escape(self.field or '')}\b", field, self.message, count=1)
        self.field = field


@contextmanager
def about(field: str) -> Iterator[None]:
    """Name the field that a refusal is about, where the refusal itself cannot know."""
    try:
        yield
    except InvalidInput as error:
        error.field = error.field or field
        raise


class CompositionError(InvalidInput):
    """A composition string that cannot be read, or reads as something else than was meant."""

    code = "composition"

    def __init__(
        self, message: str, *, hint: str = "", field: str | None = None, proposals: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, field=field)
        self.proposals = tuple(proposals)


class UnitError(InvalidInput):
    """A unit that is unknown, ambiguous, or measures another quantity."""

    code = "unit"


class RecipeError(InvalidInput):
    """A recipe that no lab could carry out."""

    code = "recipe"


class CellError(InvalidInput):
    """An electrode, cell or protocol that cannot exist."""

    code = "cell"


class MeasurementError(InvalidInput):
    """A measured value outside what physics allows, or without the conditions that give it a meaning."""

    code = "measurement"


class SpaceError(InvalidInput):
    """A design space or objective that is empty, contradictory, or names what does not exist."""

    code = "space"


class ConfigError(InvalidInput):
    """A configuration file with an unknown key or a value out of range."""

    code = "config"


class UnknownName(InvalidInput):
    """A name that is not in the list; what it has ``meant``, or else the nearest names are proposed.

    Where nothing is near, ``listed`` says where the names stand; without it they are told.
    """

    code = "unknown_name"

    def __init__(
        self,
        kind: str,
        name: str,
        names: Iterable[str],
        *,
        field: str | None = None,
        meant: Sequence[str] = (),
        listed: str = "",
    ) -> None:
        names = sorted(names)
        near = meant or get_close_matches(name, names, n=3, cutoff=0.5) or _find_containing(name, names)
        hint = f"Did you mean {' or '.join(near)}?" if near else listed or f"Known: {', '.join(names) or 'none'}."
        super().__init__(f"There is no {kind} named '{name}'.", hint=hint, field=field)
        self.known = tuple(names)


def _find_containing(part: str, names: Sequence[str]) -> list[str]:
    """The three shortest names of which ``part`` is a piece: 'ionic' is far from any name and yet plain."""
    return sorted((name for name in names if len(part) > 2 and part.lower() in name.lower()), key=len)[:3]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in a table: where it is, what it is, and the rule it breaks."""

    table: str
    row: int | None
    column: str | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.table
        if self.row is not None:
            place += f", line {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.message} {self.hint}".rstrip()


class TableError(InvalidInput):
    """A table with faults; each is listed by row and column in ``faults``."""

    code = "table"

    def __init__(self, faults: Sequence[Fault], *, hint: str = "") -> None:
        """``hint`` says where the full list is found; it is left out when there is one fault."""
        n = len(faults)
        super().__init__(
            f"{n} fault{'s' if n != 1 else ''} in the data, the first: {faults[0]}", hint=hint if n > 1 else ""
        )
        self.faults = tuple(faults)


class OutOfDomain(SurrogateError):
    """A prediction was asked for outside the applicability domain, and the caller wanted to be strict."""

    code = "out_of_domain"
    exit_code = 4


class Unavailable(SurrogateError):
    """A model, a data file or an optional package is missing."""

    code = "unavailable"
    exit_code = 5


class WorkerLost(SurrogateError):
    """A piece of work that ends every process that takes it, whether it crashes or asks for too much memory."""

    code = "worker_lost"


class ArtifactError(Unavailable):
    """A model artifact that is damaged, tampered with, or written by an incompatible version."""

    code = "artifact"


class StoreUnavailable(Unavailable):
    """The campaign store cannot be read or written: full, read-only, locked or out of reach. What was told before is
    safe.
    """

    code = "store_unavailable"


class CampaignError(SurrogateError):
    """Something that a campaign cannot do in the state it is in."""

    code = "campaign"
    exit_code = 3


class Conflict(CampaignError):
    """A request that contradicts what the campaign already holds; nothing was changed."""

    code = "conflict"


class KeyReused(Conflict):
    """An idempotency key that already stands for another request."""

    code = "idempotency_key"


class Busy(CampaignError):
    """Another client has the campaign right now; the same request works later."""

    code = "busy"


class NotFound(CampaignError):
    """A campaign, suggestion or measurement that does not exist."""

    code = "not_found"
    exit_code = 5


class GateNotMet(SurrogateError):
    """A model did not pass the quality gate, so the champion stays."""

    code = "gate"
    exit_code = 7
