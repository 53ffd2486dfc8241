"""The client: one method per question that the service answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from surrogate.client.campaign import CampaignClient, pages, quoted
from surrogate.client.files import file_parts, text_parts
from surrogate.client.plain import answer_of, listed
from surrogate.client.transport import Transport
from surrogate.wire.campaigns import CampaignOutput
from surrogate.wire.candidates import CandidateInput
from surrogate.wire.catalogue import (
    CompositionResponse,
    MeasurementResponse,
    ModelsResponse,
    SchemaResponse,
    ServedModel,
)
from surrogate.wire.comparisons import CompareResponse
from surrogate.wire.design import DesignResponse
from surrogate.wire.explanations import ExplainedItem
from surrogate.wire.instruments import MeasureOutput
from surrogate.wire.predictions import PredictedItem
from surrogate.wire.reviews import ReviewResponse
from surrogate.wire.spaces import SpaceOutput, SpacesResponse
from surrogate.wire.suggestions import SuggestResponse

if TYPE_CHECKING:
    import httpx

#: So many items fit into one request for predictions; longer lists are sent in parts.
MAX_ITEMS = 1000
#: So many items fit into one request for explanations.
MAX_EXPLAINED = 8
#: An item as requests describe it, or the candidate of an earlier answer.
Candidate = Mapping[str, Any] | CandidateInput
Space = str | Mapping[str, Any]
Wishes = str | Sequence[str]


class SurrogateClient:
    """A client of a running service.

    Use it as a context manager, or close it; one thread at a time may use it.

    Args:
        url: Address of the service.
        key: An API key; needed as soon as the service can be reached from other machines.
        timeout_s: How long one request may take.
        attempts: How often a request is sent at most before :class:`~surrogate.errors.Unavailable` is raised. What
            writes carries an idempotency key, so it is carried out once.
        transport: Replaces the network (httpx), as in tests.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:3000",
        *,
        key: str | None = None,
        timeout_s: float = 90.0,
        attempts: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self._transport = Transport(url, key=key, timeout_s=timeout_s, attempts=attempts, transport=transport)

    def __repr__(self) -> str:
        return f"SurrogateClient({self.url!r})"

    def __enter__(self) -> SurrogateClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def schema(self) -> SchemaResponse:
        """What can be predicted and how items are described: units, ranges, categories."""
        return answer_of(SchemaResponse, self._transport.get("/v1/schema"))

    def parse(self, composition: str, *, x: float | None = None) -> CompositionResponse:
        """Ask how a composition is read.

        Args:
            composition: In any notation.
            x: The value of the variable that it leaves open, if it does.

        Raises:
            CompositionError: It cannot be read; the error proposes readings.
        """
        body = {"composition": composition} if x is None else {"composition": composition, "x": x}
        return answer_of(CompositionResponse, self._transport.compute("/v1/compositions:parse", body))

    def predict(
        self,
        items: Sequence[Candidate],
        *,
        properties: Sequence[str] | None = None,
        level: float = 0.9,
        neighbours: int = 3,
        citations: bool = False,
        given: Sequence[Candidate] = (),
    ) -> list[PredictedItem]:
        """Predict properties of items; one answer per item in the same order, each with a status of its own.

        Args:
            items: Electrolytes or cells.
            properties: Names of properties; all that have a model when left out.
            level: Probability that an interval holds, between 0 and 1.
            neighbours: How many cited measurements come with each prediction.
            citations: Whether these bring a line to cite and BibTeX.
            given: What your laboratory measured itself: items with ``values`` by property and unit.

        Raises:
            InvalidInput: None of the items of one request (1000 of them) can be predicted.
        """
        options: dict[str, Any] = {
            "level": level,
            "neighbours": neighbours,
            "citations": citations,
        } | _select_properties(properties)
        if given:
            options["given"] = listed(given, "row")
        answers = self._send_in_parts("/v1/predict", items, MAX_ITEMS, options)
        return [answer_of(PredictedItem, answer) for answer in answers]

    def compare(
        self,
        items: Sequence[Candidate],
        *,
        properties: Sequence[str] | None = None,
        level: float = 0.9,
        given: Sequence[Candidate] = (),
    ) -> CompareResponse:
        """Compare 2 to 20 items of one kind: the chance of every pair that the second has more, made in one laboratory.

        Args:
            items: Electrolytes or cells.
            properties: Names of properties; all that have a model when left out.
            level: Probability that an interval holds, between 0 and 1.
            given: What your laboratory measured itself: items with ``values`` by property and unit.
        """
        body = {"items": listed(items, "item"), "level": level} | _select_properties(properties)
        if given:
            body["given"] = listed(given, "row")
        return answer_of(CompareResponse, self._transport.compute("/v1/compare", body))

    def explain(
        self, items: Sequence[Candidate], *, properties: Sequence[str] | None = None, papers: int = 5
    ) -> list[ExplainedItem]:
        """Explain what moves each prediction away from what is usual in its family, and which papers weigh most.

        One answer per item in the same order, each with a status of its own; effects are in decades or in the unit, as
        ``effect_unit`` says. An explanation takes as long as some thousand predictions.

        Args:
            items: Electrolytes or cells.
            properties: Names of properties; all that have a model when left out.
            papers: How many of the papers that weigh most are named.

        Raises:
            InvalidInput: None of the items of one request (8 of them) can be explained.
        """
        options = {"papers": papers} | _select_properties(properties)
        answers = self._send_in_parts("/v1/explain", items, MAX_EXPLAINED, options)
        return [answer_of(ExplainedItem, answer) for answer in answers]

    def _send_in_parts(
        self, path: str, items: Sequence[Candidate], most: int, options: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The answers to ``items``, at most so many in one request, numbered as they were given."""
        all_items = listed(items, "item")
        collected: list[dict[str, Any]] = []
        for start in range(0, len(all_items), most):
            part = all_items[start : start + most]
            answers = self._transport.compute(path, {**options, "items": part})["items"]
            collected += [{**answer, "index": answer["index"] + start} for answer in answers]
        return collected

    def suggest(self, space: Space, objective: Wishes, **more: Any) -> SuggestResponse:
        """Suggest what to make next, from the content of this request alone.

        Args:
            space: Name of a ready-made design space, or the description of one.
            objective: One wish or several, such as ``maximise ionic_conductivity``.
            more: measured, pending, failed, batch, seed, planner, simulator, without_prior, pool, min_distance,
                replicate, weighted.
        """
        return answer_of(
            SuggestResponse, self._transport.compute("/v1/suggest", {"space": space, "objective": objective, **more})
        )

    def design(self, space: Space, targets: Wishes, **more: Any) -> DesignResponse:
        """Design recipes that are expected to meet the targets.

        Args:
            space: Name of a ready-made design space, or the description of one.
            targets: One wish or several, such as ``ionic_conductivity >= 0.005``.
            more: measured, recipes, search, simulator, pool, seed.
        """
        return answer_of(
            DesignResponse, self._transport.compute("/v1/design", {"space": space, "targets": targets, **more})
        )

    def spaces(self) -> SpacesResponse:
        """The ready-made design spaces."""
        return answer_of(SpacesResponse, self._transport.get("/v1/spaces"))

    def space(self, name: str) -> SpaceOutput:
        """What is in a ready-made space; its ``space`` can be changed and sent back as one of your own."""
        return answer_of(SpaceOutput, self._transport.get(f"/v1/spaces/{quoted(name)}"))

    def measure(
        self,
        files: str | Path | Sequence[str | Path],
        *,
        figure: bool = False,
        reference_cycle: int | None = None,
        **details: str,
    ) -> MeasureOutput:
        """Read files of instruments: values with their uncertainty and where they come from; nothing is stored.

        Args:
            files: Paths of spectra of one pellet, or of records of cells.
            figure: Whether a figure comes with it, as a PNG in base64.
            reference_cycle: That retention is relative to.
            details: thickness, diameter, area, mass, temperature: texts with their units.
        """
        parts = [*file_parts(files), *text_parts(reference_cycle=reference_cycle, **details)]
        answer = self._transport.send("POST", "/v1/measure", query={"figure": str(figure).lower()}, parts=parts)
        return answer_of(MeasureOutput, answer.json())

    def models(self) -> ModelsResponse:
        """The models in service, and what is wrong with those that are not."""
        return answer_of(ModelsResponse, self._transport.get("/v1/models"))

    def model(self, property: str) -> ServedModel:
        """The model of one property."""
        return answer_of(ServedModel, self._transport.get(f"/v1/models/{quoted(property)}"))

    def measurement(self, row_id: str) -> MeasurementResponse:
        """Provenance and citation of a row that a prediction cites."""
        return answer_of(MeasurementResponse, self._transport.get(f"/v1/measurements/{quoted(row_id)}"))

    def campaigns(self, *, archived: bool | None = None) -> Iterator[CampaignOutput]:
        """Campaigns at a glance, in the order of their ids: all, only those that were put away, or only the others."""
        filters = {} if archived is None else {"archived": str(archived).lower()}
        return pages(CampaignOutput, self._transport, "/v1/campaigns", **filters)

    def review(
        self, campaigns: Sequence[str] = (), *, properties: Sequence[str] = (), limit: int = 100
    ) -> ReviewResponse:
        """Results of recipes that were made as suggested beside what was predicted for them.

        Args:
            campaigns: Ids; all campaigns of the store when empty.
            properties: Names of properties; all when empty.
            limit: Most results in the answer, the last ones.
        """
        names = {"campaign": ",".join(campaigns), "property": ",".join(properties)}
        return answer_of(ReviewResponse, self._transport.get("/v1/review", **names, limit=limit))

    def campaign(self, campaign_id: str) -> CampaignClient:
        """A campaign by its id; the first request to it says whether it exists."""
        return CampaignClient(self._transport, campaign_id)

    def create_campaign(
        self, name: str, space: Space, objective: Wishes, *, id: str | None = None, key: str | None = None, **more: Any
    ) -> CampaignClient:
        """Create a campaign, or get the one that exists with this id and content.

        Args:
            name: What the campaign is about.
            space: Name of a ready-made design space, or the description of one.
            objective: One wish or several.
            id: Of the campaign; chosen by the service when left out.
            key: Idempotency key; with the same key the request is carried out once.
            more: weighted, seed, lease_h.
        """
        body = {"name": name, "space": space, "objective": objective, **more}
        if id is not None:
            body["id"] = id
        campaign = self._transport.store("/v1/campaigns", body, key=key)
        return CampaignClient(self._transport, campaign["id"])


def _select_properties(properties: Sequence[str] | None) -> dict[str, Any]:
    """The field ``properties`` of a request; none where all are predicted."""
    if properties is None:
        return {}
    return {"properties": [properties] if isinstance(properties, str) else list(properties)}
