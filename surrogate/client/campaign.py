"""One campaign of the service: ask, tell, change, list, exchange sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from surrogate.client.plain import T, answer_of, listed
from surrogate.client.transport import Transport
from surrogate.errors import InvalidInput
from surrogate.wire.campaigns import (
    AskedOutput,
    CampaignOutput,
    EventOutput,
    MeasurementRecordOutput,
    SuggestionRecordOutput,
    ToldOutput,
)
from surrogate.wire.sheets import SheetOutput

_MEDIA_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
}
_NAME = 60


class CampaignClient:
    """A campaign by its id; made by :meth:`SurrogateClient.campaign`."""

    def __init__(self, transport: Transport, campaign_id: str) -> None:
        self.id = campaign_id
        self._transport = transport
        self._at = f"/v1/campaigns/{quoted(campaign_id)}"

    def __repr__(self) -> str:
        return f"CampaignClient({self.id!r})"

    def summary(self) -> CampaignOutput:
        """The campaign at a glance."""
        return answer_of(CampaignOutput, self._transport.get(self._at))

    def ask(self, batch: int = 4, *, key: str | None = None, **more: Any) -> AskedOutput:
        """Get a batch of suggestions to make next; the same ``key`` gives the same batch.

        Args:
            batch: How many suggestions.
            key: Idempotency key.
            more: planner, pool, min_distance, replicate, seed, assignee, lease_h.
        """
        return answer_of(
            AskedOutput, self._transport.store(f"{self._at}/suggestions", {"batch": batch, **more}, key=key)
        )

    def tell(
        self,
        results: Sequence[Mapping[str, Any]],
        *,
        complete: bool = False,
        dry_run: bool = False,
        key: str | None = None,
    ) -> ToldOutput:
        """Write down results, all or none.

        Args:
            results: Each value with its ``unit``, each failure with a ``reason``.
            complete: Whether the suggestions have all their results now.
            dry_run: Check the results and write nothing.
            key: Idempotency key; with the same key the request is carried out once.
        """
        body = {"results": listed(results, "result"), "complete": complete, "dry_run": dry_run}
        return answer_of(ToldOutput, self._transport.store(f"{self._at}/measurements", body, key=key))

    def change(
        self, suggestion_id: str, state: str, *, reason: str = "", assignee: str | None = None
    ) -> SuggestionRecordOutput:
        """Move a suggestion to another state.

        Args:
            suggestion_id: The suggestion.
            state: accepted, running, failed or cancelled.
            reason: Needed for a failure.
            assignee: Who makes it.
        """
        body = {"state": state, "reason": reason} | ({} if assignee is None else {"assignee": assignee})
        path = f"{self._at}/suggestions/{quoted(suggestion_id)}"
        return answer_of(
            SuggestionRecordOutput, self._transport.send("PATCH", path, body=body, repeatable=False).json()
        )

    def suggestion(self, suggestion_id: str) -> SuggestionRecordOutput:
        """One suggestion and its state."""
        return answer_of(SuggestionRecordOutput, self._transport.get(f"{self._at}/suggestions/{quoted(suggestion_id)}"))

    def suggestions(self, status: str | None = None) -> Iterator[SuggestionRecordOutput]:
        """All suggestions by number, or those in one state; "open" is every state with a lease."""
        return pages(SuggestionRecordOutput, self._transport, f"{self._at}/suggestions", status=status)

    def measurements(self, suggestion: str | None = None) -> Iterator[MeasurementRecordOutput]:
        """All results by number, corrected ones among them."""
        return pages(MeasurementRecordOutput, self._transport, f"{self._at}/measurements", suggestion=suggestion)

    def history(self) -> Iterator[EventOutput]:
        """Everything that happened, in order."""
        return pages(EventOutput, self._transport, f"{self._at}/history")

    def export(self, path: str | Path) -> Path:
        """Write the whole campaign to a file: .xlsx or .csv as a lab sheet, .json for another store."""
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in (*_MEDIA_TYPES, ".json"):
            raise InvalidInput(f"'{path.name}' is no name for an export.", hint="End it in .xlsx, .csv or .json.")
        query = {"format": ending.removeprefix(".")}
        path.write_bytes(self._transport.send("GET", f"{self._at}/export", query=query).content)
        return path

    def send_sheet(
        self,
        path: str | Path,
        *,
        dry_run: bool = False,
        decimal: Literal[".", ","] | None = None,
        encoding: str | None = None,
    ) -> SheetOutput:
        """Send a filled lab sheet; rows with faults come back with their cells.

        Sending it again adds only what is new, so a sheet may be sent after every experiment.

        Args:
            path: An .xlsx or .csv file.
            dry_run: Check the sheet and write nothing.
            decimal: The decimal sign of the numbers, where the sheet leaves it open.
            encoding: The encoding of a CSV file, such as ``gb18030``, where it is not Unicode.
        """
        path = Path(path)
        media_type = _MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            raise InvalidInput(f"'{path.name}' is no lab sheet.", hint="Send .xlsx or .csv.")
        answer = self._transport.send(
            "POST",
            f"{self._at}/sheet",
            query={
                "dry_run": str(dry_run).lower(),
                "decimal": decimal,
                "encoding": encoding,
                "name": _plain(path.stem),
            },
            content=path.read_bytes(),
            headers={"Content-Type": media_type},
        )
        return answer_of(SheetOutput, answer.json())


def pages(kind: type[T], transport: Transport, path: str, **query: Any) -> Iterator[T]:
    """Everything of a list, fetched page by page while it is read."""
    after: str | None = None
    while True:
        page = transport.get(path, after=after, **query)
        for item in page["items"]:
            yield answer_of(kind, item)
        after = page["next"]
        if after is None:
            return


def quoted(part: str) -> str:
    """One part of an address, whatever it holds."""
    return quote(part, safe="")


def _plain(stem: str) -> str:
    """The name of a file as the service takes it: letters, digits and a few signs."""
    name = "".join(c if c.isalnum() or c in "_ .()-" else "_" for c in stem)[:_NAME]
    return name if name[:1].isalnum() or name[:1] == "_" else f"_{name}"[:_NAME]
