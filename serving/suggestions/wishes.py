"""What is wanted, among which recipes: the part of a form that campaigns, suggestions and designs share."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from serving.http.errors import clean
from serving.pages import forms
from serving.pages.forms import Answers, Field
from surrogate.properties import MODELLED
from surrogate.space.derived import DERIVED
from surrogate.space.energy import FROM_PROPERTY
from surrogate.space.ready import names, ready
from surrogate.wire.problems import Fault

#: A space of one's own is chosen by this word and written in a field of its own.
OWN = "own"
WISHES, SPACE, TOML, WEIGHTED = "objective", "space", "toml", "weighted"
NAMES = (WISHES, SPACE, TOML, WEIGHTED)
START: Mapping[str, str] = {WISHES: "maximise ionic_conductivity", SPACE: "argyrodite"}
EXAMPLE = """name = "glass"
subject = "electrolyte"

[composition]
kind = "mixture"
precursors = { Li2S = [0.60, 0.80], P2S5 = [0.20, 0.40] }

[variables.milling_time_h]
low = 5
high = 60
step = 1

[fixed]
route = "mechanical_milling"
temperature_c = 25
"""


@cache
def spaces() -> tuple[tuple[str, str], ...]:
    """The ready-made spaces with what they span."""
    return tuple((name, ready(name).title) for name in names())


@cache
def fields() -> Mapping[str, Field]:
    """The fields of this part that a fault may be about."""
    wishes = Field(path=WISHES, label="What is wanted", kind="text", unit="", help="")
    space = Field(path=SPACE, label="Design space", kind="text", unit="", help="")
    return {WISHES: wishes, SPACE: space, TOML: Field(path=TOML, label="Space as TOML", kind="text", unit="", help="")}


def choices() -> dict[str, Any]:
    """What the template of this part shows."""
    quantities = [*MODELLED, *DERIVED, *FROM_PROPERTY]
    return {"spaces": spaces(), "own": OWN, "example": EXAMPLE, "wishes": quantities}


def read_wishes(answers: Answers) -> str | list[str]:
    """One wish, or several from as many lines."""
    wishes = [line.strip() for line in answers.value(WISHES).splitlines() if line.strip()]
    return wishes[0] if len(wishes) == 1 else wishes


def read_space(answers: Answers) -> str | dict[str, Any]:
    """The name of the space, or the one that was written; blamed where that is no TOML."""
    if answers.value(SPACE) != OWN:
        return answers.value(SPACE)
    try:
        return tomllib.loads(answers.value(TOML).replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        hint = "Compare it with the example."
        fault = Fault(pointer="", code="toml", message=f"This is not TOML: {clean(str(error), limit=200)}.", hint=hint)
        answers.blame(TOML, fault)
        return {}


def place(answers: Answers, faults: Sequence[Fault], all_fields: Mapping[str, Field]) -> None:
    """Put faults beside their fields; those of a space of one's own beside its text, with their place in it.

    Args:
        answers: Get the faults.
        faults: With pointers into the request.
        all_fields: Of the form, by path.
    """
    own = answers.value(SPACE) == OWN
    for fault in faults:
        path = forms.dotted(fault.pointer)
        if own and path.startswith(SPACE):
            inside = path.removeprefix(SPACE).strip(".")
            message = f"{inside}: {fault.message}" if inside else fault.message
            answers.blame(TOML, fault.model_copy(update={"message": message}))
        else:
            forms.place(answers, [fault], all_fields, move=_path)


def _path(pointer: str) -> str:
    """The path of a field on the form: the wishes of a design are called targets in its request."""
    path = forms.dotted(pointer)
    return f"{WISHES}{path.removeprefix('targets')}" if path.startswith("targets") else path
