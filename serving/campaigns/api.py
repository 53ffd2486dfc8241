"""``/v1/campaigns``: the durable record of suggestions and measurements towards an objective."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from serving.campaigns import files, notebooks, sheets
from serving.campaigns import work as campaigns
from serving.http import examples
from serving.http.bodies import JsonRoute, check_file_type
from serving.http.errors import ProblemError
from serving.http.security import READ, WRITE
from serving.http.state import Ident, Shared
from serving.http.uploads import CSV, SHEETS, XLSX, Upload
from serving.instruments.uploads import body_schema, read_upload
from surrogate.wire.campaigns import (
    AskedOutput,
    AskInput,
    CampaignChange,
    CampaignChangedOutput,
    CampaignInput,
    CampaignOutput,
    CampaignPage,
    EventPage,
    MeasurementPage,
    SuggestionChange,
    SuggestionPage,
    SuggestionRecordOutput,
    TellInput,
    ToldOutput,
)
from surrogate.wire.instruments import FilesOutput
from surrogate.wire.problems import Fault
from surrogate.wire.sheets import SheetOutput

router = APIRouter(tags=["campaigns"], route_class=JsonRoute, prefix="/v1/campaigns")

Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=100, description="Repeat a request safely.")
]
Match = Annotated[str | None, Header(alias="If-Match", max_length=30, description="The version this is meant for.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str | None, Query(max_length=64, description="What the page before called next.")]

NewCampaign = Annotated[CampaignInput, Body(openapi_examples=examples.CAMPAIGN)]
Ask = Annotated[AskInput, Body(openapi_examples=examples.ASK)]
Tell = Annotated[TellInput, Body(openapi_examples=examples.TELL)]
CampaignChanges = Annotated[CampaignChange, Body(openapi_examples=examples.CAMPAIGN_CHANGE)]
Change = Annotated[SuggestionChange, Body(openapi_examples=examples.CHANGE)]


@router.post("", summary="Create a campaign", status_code=HTTPStatus.CREATED, dependencies=[WRITE])
async def create_campaign(body: NewCampaign, state: Shared, response: Response, key: Key = None) -> CampaignOutput:
    """A space and an objective, kept. The same id and content, or the same key, give the campaign that exists."""
    campaign, replayed = await state.storing.run(campaigns.create, state.campaigns, body, key)
    _mark(response, replayed)
    response.headers["Location"] = f"/v1/campaigns/{campaign.id}"
    return campaign


@router.get("", summary="List campaigns", dependencies=[READ])
async def list_campaigns(
    state: Shared,
    limit: Limit = 100,
    after: After = None,
    archived: Annotated[bool | None, Query(description="Only those that were put away, or only the others.")] = None,
) -> CampaignPage:
    """Campaigns at a glance, in the order of their ids."""
    return await state.storing.run(campaigns.list_campaigns, state.campaigns, limit, after, archived)


@router.get("/{campaign_id}", summary="A campaign at a glance", dependencies=[READ])
async def get_campaign(campaign_id: Ident, state: Shared, response: Response) -> CampaignOutput:
    """How many suggestions are in which state, how much was measured; the ETag is its version."""
    campaign = await state.storing.run(campaigns.get_campaign, state.campaigns, campaign_id)
    response.headers["ETag"] = f'"{campaign.version}"'
    return campaign


@router.patch("/{campaign_id}", summary="Change what is wanted", dependencies=[WRITE])
async def change_campaign(
    campaign_id: Ident, changes: CampaignChanges, state: Shared, response: Response, if_match: Match = None
) -> CampaignChangedOutput:
    """Another objective, space or batch size from here on; results are kept, and the history says what was before."""
    changed = await state.storing.run(
        campaigns.change_campaign, state.campaigns, campaign_id, changes, _version(if_match)
    )
    response.headers["ETag"] = f'"{changed.version}"'
    return changed


@router.post(
    "/{campaign_id}/suggestions", summary="Ask what to make next", status_code=HTTPStatus.CREATED, dependencies=[WRITE]
)
async def ask(campaign_id: Ident, body: Ask, state: Shared, response: Response, key: Key = None) -> AskedOutput:
    """A batch that repeats nothing open, kept with a lease; if the answer is lost, the same key gives it again."""
    answer, replayed = await state.planning.run(
        campaigns.ask, state.campaigns, campaign_id, body, state.snapshot, key, state.patience_s
    )
    _mark(response, replayed)
    return answer


@router.get("/{campaign_id}/suggestions", summary="List suggestions", dependencies=[READ])
async def list_suggestions(
    campaign_id: Ident,
    state: Shared,
    status: Annotated[str | None, Query(max_length=20, description="open, or one of the states.")] = None,
    limit: Limit = 100,
    after: After = None,
) -> SuggestionPage:
    """Suggestions by number, all or those in one state; ``open`` is every state with a lease."""
    return await state.storing.run(campaigns.list_suggestions, state.campaigns, campaign_id, status, limit, after)


@router.get("/{campaign_id}/suggestions/{suggestion_id}", summary="One suggestion", dependencies=[READ])
async def get_suggestion(campaign_id: Ident, suggestion_id: Ident, state: Shared) -> SuggestionRecordOutput:
    """The recipe, what the planner said of it, and its state."""
    return await state.storing.run(campaigns.get_suggestion, state.campaigns, campaign_id, suggestion_id)


@router.patch(
    "/{campaign_id}/suggestions/{suggestion_id}", summary="Say what became of a suggestion", dependencies=[WRITE]
)
async def change_suggestion(
    campaign_id: Ident, suggestion_id: Ident, body: Change, state: Shared, if_match: Match = None
) -> SuggestionRecordOutput:
    """Accepted, running, failed (with a reason) or cancelled; measured comes from telling results."""
    version = _version(if_match)
    return await state.storing.run(
        campaigns.change_suggestion, state.campaigns, campaign_id, suggestion_id, body, version
    )


@router.post(
    "/{campaign_id}/measurements",
    summary="Tell results",
    status_code=HTTPStatus.CREATED,
    dependencies=[WRITE],
    responses={200: {"model": ToldOutput, "description": "What a dry run would do"}},
)
async def tell(
    campaign_id: Ident, body: Tell, state: Shared, response: Response, key: Key = None, if_match: Match = None
) -> ToldOutput:
    """Values in any unit of the property, failures with a reason, a part of the properties or all of them."""
    version = _version(if_match)
    answer, replayed = await state.storing.run(campaigns.tell, state.campaigns, campaign_id, body, key, version)
    _mark(response, replayed)
    if body.dry_run:
        response.status_code = HTTPStatus.OK
    return answer


@router.get("/{campaign_id}/measurements", summary="List told results", dependencies=[READ])
async def list_measurements(
    campaign_id: Ident,
    state: Shared,
    suggestion: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    after: After = None,
) -> MeasurementPage:
    """Results by number, corrected ones among them."""
    return await state.storing.run(campaigns.list_measurements, state.campaigns, campaign_id, suggestion, limit, after)


@router.get("/{campaign_id}/history", summary="Everything that happened", dependencies=[READ])
async def list_events(campaign_id: Ident, state: Shared, limit: Limit = 100, after: After = None) -> EventPage:
    """The history in order; nothing in it ever changes."""
    return await state.storing.run(campaigns.list_events, state.campaigns, campaign_id, limit, after)


_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The campaign in the format that was asked for",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            **{
                media_type: {"schema": {"type": "string", "format": "binary"}}
                for media_type in (*SHEETS, notebooks.MEDIA_TYPE)
            },
        },
    }
}


@router.get("/{campaign_id}/export", summary="The whole campaign", dependencies=[READ], responses=_FORMATS)
async def export(
    campaign_id: Ident, state: Shared, format: Annotated[Literal["json", "xlsx", "csv", "eln"], Query()] = "json"
) -> Response:
    """As JSON for another store to import, as a lab sheet that can be filled in and sent back, or as .eln (a zipped
    RO-Crate), with the files that are kept, for an electronic laboratory notebook.
    """
    if format == "json":
        return JSONResponse(await state.storing.run(lambda: state.campaigns.open().export(campaign_id)))
    if format == "eln":
        return await state.storing.run(notebooks.export, state.campaigns, campaign_id)
    return await state.storing.run(sheets.export, state.campaigns, campaign_id, format)


_SHEET_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself.",
        "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in SHEETS},
    }
}


@router.post("/{campaign_id}/sheet", summary="Tell a filled lab sheet", dependencies=[WRITE], openapi_extra=_SHEET_BODY)
async def import_sheet(
    campaign_id: Ident,
    request: Request,
    state: Shared,
    dry_run: Annotated[bool, Query(description="Read and check everything, write nothing.")] = False,
    decimal: Annotated[Literal[".", ","] | None, Query(description="The decimal sign; left out: detected.")] = None,
    encoding: Annotated[
        str | None,
        Query(max_length=40, pattern=r"^[\w.-]+$", description="Of a CSV file, such as gb18030; left out: detected."),
    ] = None,
    name: Annotated[
        str,
        Query(max_length=60, pattern=r"^\w[\w .()-]*$", description="Of the file, kept as the source of its values."),
    ] = "sheet",
    from_campaign: Annotated[
        str | None,
        Query(max_length=64, description="The campaign that the sheet is from, where it is another than this one."),
    ] = None,
) -> SheetOutput:
    """Rows that can be right are told, the others come back with their cells; a second time tells only what is new."""
    # The ending that belongs to the media type of the body; 415 when it is no sheet.
    hint = f"Send Content-Type: {XLSX} or {CSV}, and no Content-Encoding."
    ending = SHEETS[check_file_type(request, SHEETS, "The body has to be an Excel workbook or CSV.", hint)]
    content = await request.body()
    if not content:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "The body is empty.", errors=[_EMPTY])
    upload = Upload(name=name, ending=ending, content=content, decimal=decimal, encoding=encoding, origin=from_campaign)
    return await state.storing.run(sheets.tell, state.campaigns, campaign_id, upload, dry_run)


@router.post(
    "/{campaign_id}/files",
    summary="Tell files of instruments",
    dependencies=[WRITE],
    openapi_extra=body_schema(rows=True),
)
async def import_files(
    campaign_id: Ident,
    request: Request,
    state: Shared,
    dry_run: Annotated[bool, Query(description="Read and check everything, write nothing.")] = False,
    complete: Annotated[bool, Query(description="No more values of these suggestions will come.")] = False,
    correct: Annotated[
        bool, Query(description="Put right what the same files gave before, as with another mass.")
    ] = False,
    keep: Annotated[bool, Query(description="Keep the files in the store too, up to 8 MB each.")] = False,
    figure: Annotated[bool, Query(description="Draw what was read of each suggestion.")] = False,
) -> FilesOutput:
    """Values with their conditions and provenance; all are taken or, when one file cannot be right, none."""
    upload = await read_upload(request, rows=True)
    manner = files.Manner(dry_run=dry_run, complete=complete, correct=correct, keep=keep, figure=figure)
    return await state.measuring.run(files.tell, state.campaigns, campaign_id, upload, manner)


_EMPTY = Fault(pointer="", code="empty", message="The body is empty.", hint="Send the file as the body.")


def _mark(response: Response, replayed: bool) -> None:
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    text = if_match.strip().strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        fault = Fault(
            pointer="",
            code="if_match",
            message="The If-Match header holds no version of a campaign.",
            hint='Send the ETag of the campaign, as in If-Match: "7".',
        )
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message, errors=[fault])
    return int(text)
