"""Conditions on choices (``when``): an option that does not exist must not switch anything off unnoticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surrogate.candidate.fields import FIELDS
from surrogate.design.chemistry import DOPANT_SULFIDES, HALIDES, NONE
from surrogate.errors import SpaceError


def check_when(when: Mapping[str, Sequence[str]], options: Mapping[str, Sequence[str]]) -> None:
    """Refuse a condition on an option that no space could have: it would hold nowhere, and nobody would notice.

    An option that this space leaves out though it exists is no mistake: a limit may speak of more than is varied.
    """
    for name, wanted in when.items():
        if name not in options:
            raise SpaceError(
                f"A condition names the choice '{name}', which the space does not have.", hint="Check 'when'."
            )
        for option in wanted:
            if option not in options[name] and not _exists(name, option, options[name]):
                raise SpaceError(
                    f"A condition names '{option}', but {name} has no such option; it has {', '.join(options[name])}.",
                    hint="Check 'when'.",
                )


def _exists(name: str, option: str, offered: Sequence[str]) -> bool:
    """Whether an option that is not offered is one all the same, and not an offered pair in another order."""
    if name == "halide":
        parts = option.split("/")
        return set(parts) <= set(HALIDES) and sorted(parts) not in [sorted(each.split("/")) for each in offered]
    known = (NONE, *DOPANT_SULFIDES) if name == "dopant" else FIELDS[name].options if name in FIELDS else ()
    return option in known
