"""``/report`` and ``/campaigns/{id}/report.html``: one page with everything, to keep and to print."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request, Response

from serving.http import conversion
from serving.http.errors import ProblemError, blaming
from serving.http.registry import Snapshot
from serving.http.state import Ident, Shared, State, Store
from serving.pages.routing import page_router
from serving.predictions.form import FORM, read_query
from surrogate.candidate.measurement import Candidate
from surrogate.models.surrogate import Surrogate
from surrogate.wire.candidates import CandidateInput

router = page_router()


@router.get("/report")
async def report(request: Request, state: Shared) -> Response:
    """A report on the recipe of the form."""
    answers = read_query(request.query_params)
    items = FORM.items(answers)
    FORM.place_what_else(answers, items)
    if not answers.is_sound:
        faults = [*answers.general, *(fault for faults in answers.faults.values() for fault in faults)]
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, faults[0].message, errors=faults)
    with blaming("/items"):
        candidates = [conversion.build_question(CandidateInput.model_validate(item)) for item in items]
    return await _sent(state, "report", candidates=candidates)


@router.get("/campaigns/{campaign_id}/report.html")
async def report_campaign(campaign_id: Ident, state: Shared) -> Response:
    """A report on a campaign: what was suggested, expected and measured."""
    return await _sent(state, campaign_id, campaign=campaign_id)


async def _sent(state: State, name: str, *, candidates: list[Candidate] | None = None, campaign: str = "") -> Response:
    text = await state.planning.run(_write, state.snapshot, state.campaigns, candidates or [], campaign)
    headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
    return Response(text.encode(), media_type="text/html; charset=utf-8", headers=headers)


def _write(snapshot: Snapshot, store: Store, candidates: list[Candidate], campaign_id: str) -> str:
    from surrogate.report.document import Content, report_html

    snapshot.check_ready()
    models = {name: model for name, model in snapshot.surrogates.items() if isinstance(model, Surrogate)}
    campaign = store.open().get(campaign_id) if campaign_id else None
    if campaign is not None:
        models = {name: models[name] for name in campaign.objective.properties if name in models} or models
    elif candidates:
        kinds = {candidate.kind for candidate in candidates}
        models = {name: model for name, model in models.items() if model.property.subject in kinds}
    return report_html(Content(models=models, candidates=candidates, campaign=campaign))
