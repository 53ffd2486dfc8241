"""Files of instruments told to campaigns over HTTP: read apart, matched to suggestions, written all or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving.http.state import Store
from serving.instruments.uploads import Upload
from surrogate.campaign.campaign import Campaign
from surrogate.campaign.files import as_corrections, match_rows, results_of
from surrogate.campaign.records import every
from surrogate.candidate.measurement import Candidate
from surrogate.errors import NotFound
from surrogate.instruments.source import InstrumentFile
from surrogate.report.apart import measure_apart
from surrogate.wire.instruments import FilesOutput, RowOutput


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How values are told.

    ``dry_run`` writes nothing, ``complete`` says that no more will come, ``correct`` replaces what was told before,
    ``keep`` leaves the files in the store, ``figure`` draws each reading.
    """

    dry_run: bool = False
    complete: bool = False
    correct: bool = False
    keep: bool = False
    figure: bool = False


def tell(store: Store, campaign_id: str, upload: Upload, manner: Manner) -> FilesOutput:
    """Tell a campaign what files of instruments say.

    Args:
        store: The campaign store.
        campaign_id: Of the campaign.
        upload: The files and what is stated beside them.
        manner: How it is told.

    Returns:
        What was read of each suggestion, and which values are new.

    Raises:
        InvalidInput: A file cannot be right, or belongs to no suggestion; nothing is written then.
    """
    campaign = store.open().get(campaign_id)
    candidates = _candidates(campaign)
    rows = match_rows(candidates, upload.files, upload.written, upload.details, reference_cycle=upload.reference_cycle)
    read = [
        RowOutput(suggestion=row.suggestion, files=[file.name for file in row.files], **dict(measured))
        for row, measured in zip(rows, measure_apart(rows, figure=manner.figure), strict=True)
    ]
    kept = [file for _, file in upload.files] if manner.keep else []
    return _tell_rows(campaign, candidates, read, upload.note, manner, kept)


def tell_read(
    store: Store, campaign_id: str, rows: Sequence[RowOutput], *, note: str | None, correct: bool
) -> FilesOutput:
    """Tell the campaign what was read before and looked at since."""
    campaign = store.open().get(campaign_id)
    candidates = _candidates(campaign)
    for row in rows:
        if row.suggestion not in candidates:
            raise NotFound(f"There is no suggestion '{row.suggestion[:70]}' in this campaign.", hint="Send it again.")
    return _tell_rows(campaign, candidates, rows, note, Manner(correct=correct))


def _tell_rows(
    campaign: Campaign,
    candidates: dict[str, Candidate],
    rows: Sequence[RowOutput],
    note: str | None,
    manner: Manner,
    keep: Sequence[InstrumentFile] = (),
) -> FilesOutput:
    """Write the values of all rows, or none of them, and the files to ``keep``."""
    results = [
        result
        for row in rows
        for result in results_of(row.values, row.suggestion, candidates[row.suggestion], note=note)
    ]
    if manner.correct:
        results = as_corrections(campaign, results)
    written = campaign.tell(results, complete=manner.complete, dry_run=manner.dry_run, keep=keep)
    ids = [record.id for record in written.measurements]
    return FilesOutput(
        dry_run=manner.dry_run,
        rows=list(rows),
        told=[ident for ident in ids if ident not in written.repeated],
        repeated=list(written.repeated),
        kept=[] if manner.dry_run else list(dict.fromkeys(file.sha256 for file in keep)),
        questions=[] if manner.dry_run else list(campaign.questions(ids)),
        version=campaign.version,
    )


def _candidates(campaign: Campaign) -> dict[str, Candidate]:
    return {record.id: record.candidate for record in every(campaign.suggestions)}
