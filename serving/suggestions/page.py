"""``/suggest`` and ``/design``: what to make next, or what meets a wish, without a campaign that remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import ValidationError

from serving.http import conversion
from serving.http.errors import ProblemError
from serving.http.state import Shared, State
from serving.pages import forms
from serving.pages.forms import NO, YES, Answers, Field
from serving.pages.rendering import page
from serving.pages.routing import page_router, problem_of
from serving.pages.session import form_of
from serving.pages.shown import MASS, read_mass, recipe_shown
from serving.predictions.form import FORM, address_of
from serving.suggestions import wishes
from serving.suggestions import work as suggestions
from surrogate.errors import SurrogateError
from surrogate.planner.planners import PLANNERS
from surrogate.wire.base import Input
from surrogate.wire.design import DesignRequest, DesignResponse
from surrogate.wire.suggestions import SuggestRequest, SuggestResponse

router = page_router()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of the two pages: its request, what its wishes are called there, and the numbers that can be chosen."""

    address: str
    request: type[Input]
    wishes: str
    numbers: tuple[str, ...]

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields of the form beside wishes and space."""
        numbers = {name: forms.field_of(self.request, name) for name in self.numbers}
        flags = [name for name in ("simulator", "without_prior") if name in self.request.model_fields]
        return {
            **{n: replace(f, label=_LABELS.get(n, f.label), help=_HELP.get(n, f.help)) for n, f in numbers.items()},
            # Without a word there is none: nothing that could be left unstated.
            **{
                n: replace(forms.field_of(self.request, n), required=True, options=((NO, NO), (YES, YES)))
                for n in flags
            },
        }


SUGGEST = Kind(address="/suggest", request=SuggestRequest, wishes="objective", numbers=("batch", "seed"))
DESIGN = Kind(address="/design", request=DesignRequest, wishes="targets", numbers=("recipes", "seed"))
_LABELS = {"recipes": "How many recipes", "seed": "Seed"}
_HELP = {"seed": "The same seed gives the same answer."}


@router.get("/suggest")
async def suggest_form(request: Request, state: Shared) -> Response:
    """The form for what to make next."""
    return _page(request, SUGGEST, _started(request), state)


@router.get("/design")
async def design_form(request: Request, state: Shared) -> Response:
    """The form for what meets a wish."""
    return _page(request, DESIGN, _started(request), state)


@router.post("/suggest")
async def suggest(request: Request, state: Shared) -> Response:
    """What to make next; nothing is remembered of it."""
    return await _plan(request, SUGGEST, state)


@router.post("/design")
async def design(request: Request, state: Shared) -> Response:
    """What meets the wishes, or what comes nearest and what stands in the way."""
    return await _plan(request, DESIGN, state)


def _started(request: Request) -> Answers:
    typed = forms.typed(request.query_params)
    return Answers(typed={**wishes.START, **{name: text for name, text in typed.items() if text}})


async def _plan(request: Request, kind: Kind, state: State) -> Response:
    """The recipes, or the form again with what is wrong."""
    answers = Answers(typed=forms.typed(await form_of(request)))
    stated = forms.read(kind.request, kind.fields.values(), answers)
    stated |= {kind.wishes: wishes.read_wishes(answers), "space": wishes.read_space(answers)}
    if kind is SUGGEST:
        stated["weighted"] = answers.value(wishes.WEIGHTED) == YES
        if planner := answers.value("planner"):
            stated["planner"] = planner
    mass_g = read_mass(answers)
    answer: SuggestResponse | DesignResponse | None = None
    if answers.is_sound:
        try:
            sent = kind.request.model_validate(stated)
            work: Any = suggestions.suggest if kind is SUGGEST else suggestions.design
            answer = await state.planning.run(work, sent, state.snapshot)
        except (ValidationError, ProblemError, SurrogateError) as error:
            status, _, faults = problem_of(error)
            if status != HTTPStatus.UNPROCESSABLE_ENTITY or not faults:
                raise
            wishes.place(answers, faults, _all(kind))
    status = HTTPStatus.OK if answers.is_sound else HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(request, kind, answers, state, status=status, answer=answer, mass_g=mass_g)


def _all(kind: Kind) -> Mapping[str, Field]:
    return {**wishes.fields(), **kind.fields, MASS.path: MASS}


def _page(
    request: Request,
    kind: Kind,
    answers: Answers,
    state: State,
    *,
    status: int = 200,
    answer: SuggestResponse | DesignResponse | None = None,
    mass_g: float | None = None,
) -> Response:
    recipes: list[Any] = []
    if answer is not None:
        recipes = list(answer.suggestions if isinstance(answer, SuggestResponse) else answer.recipes)
    kept = {name: answers.value(name) for name in wishes.NAMES}
    kept = {name: text for name, text in kept.items() if text and (name != wishes.TOML or kept["space"] == wishes.OWN)}
    return page(
        request,
        "plan.html",
        status=status,
        kind=kind,
        is_suggestion=kind is SUGGEST,
        answers=answers,
        fields=_all(kind),
        choices=wishes.choices(),
        mass=MASS,
        planners=[(planner.name, planner.on_page) for planner in PLANNERS.values() if not planner.missing],
        answer=answer,
        sentence=_sentence(answer),
        recipes=[_shown(recipe, mass_g) for recipe in recipes],
        notes=list(dict.fromkeys(answers.notes)),
        other=f"{(DESIGN if kind is SUGGEST else SUGGEST).address}?{urlencode(kept)}",
        campaign=f"/campaigns/new?{urlencode(kept)}",
        reason_not_ready=state.snapshot.reason_not_ready,
    )


def _sentence(answer: SuggestResponse | DesignResponse | None) -> str:
    """What is said of the recipes as a whole."""
    if isinstance(answer, DesignResponse):
        return answer.sentence
    return answer.stopping.sentence if answer is not None and answer.stopping is not None else ""


def _shown(recipe: Any, mass_g: float | None) -> dict[str, Any]:
    """A recipe with the addresses at which it is looked at more closely."""
    typed = FORM.typed_for(conversion.build(recipe.candidate))
    return {
        **recipe_shown(recipe, mass_g),
        "predict": address_of("/predict", typed),
        "what_if": address_of("/what-if", typed),
    }
