"""One campaign of the service: ask, tell, change, list, exchange sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from surrogate.client.files import Detail, Files, file_parts, text_parts
from surrogate.client.plain import T, answer_of, listed
from surrogate.client.transport import Transport
from surrogate.errors import InvalidInput
from surrogate.wire.campaigns import (
    AskedOutput,
    CampaignChangedOutput,
    CampaignOutput,
    EventOutput,
    MeasurementRecordOutput,
    SuggestionRecordOutput,
    ToldOutput,
)
from surrogate.wire.instruments import FilesOutput
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

    def change_campaign(self, **changes: Any) -> CampaignChangedOutput:
        """Go on with another objective, space or batch size; what was told is kept.

        Args:
            changes: space, objective, weighted, batch, name, archived, reason; what is left out stays.
        """
        answer = self._transport.send("PATCH", self._at, body=changes, repeatable=False)
        return answer_of(CampaignChangedOutput, answer.json())

    def ask(self, batch: int | None = None, *, key: str | None = None, **more: Any) -> AskedOutput:
        """Get a batch of suggestions to make next; the same ``key`` gives the same batch.

        Args:
            batch: How many suggestions; left out, as many as the campaign says.
            key: Idempotency key.
            more: planner, simulator, without_prior, pool, min_distance, replicate, seed, assignee, lease_h.
        """
        body = more if batch is None else {"batch": batch, **more}
        return answer_of(AskedOutput, self._transport.store(f"{self._at}/suggestions", body, key=key))

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
        """Write the whole campaign to a file: .xlsx or .csv as a lab sheet, .json for another store, .eln for a
        notebook.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in (*_MEDIA_TYPES, ".json", ".eln"):
            raise InvalidInput(f"'{path.name}' is no name for an export.", hint="End it in .xlsx, .csv, .json or .eln.")
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
        # The name of a file as the service takes it: letters, digits and a few signs.
        name = "".join(c if c.isalnum() or c in "_ .()-" else "_" for c in path.stem)[:_NAME]
        answer = self._transport.send(
            "POST",
            f"{self._at}/sheet",
            query={
                "dry_run": str(dry_run).lower(),
                "decimal": decimal,
                "encoding": encoding,
                "name": name if name[:1].isalnum() or name[:1] == "_" else f"_{name}"[:_NAME],
            },
            content=path.read_bytes(),
            headers={"Content-Type": media_type},
        )
        return answer_of(SheetOutput, answer.json())

    def send_files(
        self,
        files: Files,
        *,
        mass: Detail = None,
        thickness: Detail = None,
        diameter: Detail = None,
        area: Detail = None,
        temperature: Detail = None,
        reference_cycle: int | None = None,
        note: str | None = None,
        **options: bool,
    ) -> FilesOutput:
        """Tell what files of instruments say, all of them or none; sending them again adds nothing.

        Args:
            files: Paths by suggestion, or in a list where each name carries its suggestion: ``cell_s4.csv``.
            mass: Of the active material, ``12.3 mg``, for all suggestions or by suggestion.
            thickness: Of the pellet.
            diameter: Of the pellet.
            area: Of the pellet instead of its diameter.
            temperature: Of spectra whose files do not say it.
            reference_cycle: That retention is relative to.
            note: Your own words about the values.
            options: dry_run, complete, correct (what the same files gave before), keep (the files too), figure.
        """
        stated = text_parts(
            mass=mass, thickness=thickness, diameter=diameter, area=area, temperature=temperature,
            reference_cycle=reference_cycle, note=note,
        )  # fmt: skip
        query = {name: str(value).lower() for name, value in options.items()}
        answer = self._transport.send("POST", f"{self._at}/files", query=query, parts=[*file_parts(files), *stated])
        return answer_of(FilesOutput, answer.json())


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
