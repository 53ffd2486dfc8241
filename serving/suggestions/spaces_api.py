"""``/v1/spaces``: the ready-made design spaces, and what is in one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from serving.http.security import READ
from surrogate.space.ready import names, ready
from surrogate.space.thumb import rules_about
from surrogate.space.writing import space_to_plain, space_to_toml
from surrogate.wire.spaces import RuleOfThumbOutput, SpaceLine, SpaceOutput, SpacesResponse

router = APIRouter(tags=["suggestions"], prefix="/v1/spaces", dependencies=[READ])


@router.get("", summary="List the ready-made spaces")
def list_spaces() -> SpacesResponse:
    """Their names, and what each spans."""
    spaces = [ready(name) for name in names()]
    return SpacesResponse(spaces=[SpaceLine(name=s.name, title=s.title, subject=s.subject) for s in spaces])


@router.get("/{name}", summary="What is in a ready-made space")
def get_space(name: Annotated[str, Path(max_length=64)]) -> SpaceOutput:
    """Settings, bounds, steps and limits with who says so, to read, to change and to send back as a space of one's own;
    ``toml`` is the same as a file.
    """
    space = ready(name)
    return SpaceOutput(
        name=space.name,
        title=space.title,
        subject=space.subject,
        space=space_to_plain(space),
        toml=space_to_toml(space),
        rules_of_thumb=[
            RuleOfThumbOutput(
                rule=r.rule.text,
                when={name: list(options) for name, options in r.when.items()},
                reason=r.reason,
                source=r.source,
            )
            for r in rules_about(str(space.subject))
        ],
    )
