"""What surrounds a formula: typography, words about form, remarks in brackets, ``mol%`` and ``x = 0.5``.

Typography is unified (subscripts, dots, dashes). Words that describe form or state (glass-ceramic, annealed) and a
bracketed remark at the end are set aside and noted; a remark that may change the composition becomes a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from surrogate.errors import CompositionError

MAX_LENGTH: Final = 200

_SPACES: Final = "\u00a0\u2002\u2003\u2009\u202f\u3000"
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
_TYPOGRAPHY: Final = str.maketrans(
    {
        **{chr(0x2080 + digit): str(digit) for digit in range(10)},
        "\u2093": "x",
        **dict.fromkeys("\u00b7\u2022\u2219\u22c5\u2027\u30fb\u25cf*", "\u00b7"),  # dots between precursors
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u208b", "-"),  # hyphens, dashes, minus
        **dict.fromkeys("\uff0b\u208a", "+"),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_INVISIBLE, ""),
        **{chr(0xFF00 + ord(char) - 0x20): char for char in "(),:;%"},  # full width
        "\u2236": ":",
    }
)
_TYPOGRAPHIC: Final = re.compile(r"[^A-Za-z0-9.()]")
# fmt: off
_FORM_WORDS: Final = frozenset({
    "glass", "glassy", "glass-ceramic", "glass-ceramics", "glassceramic", "ceramic", "ceramics", "crystal",
    "crystalline", "amorphous", "single", "single-crystal", "polycrystalline", "nanocrystalline", "powder",
    "powders", "pellet", "film", "sheet", "membrane", "annealed", "sintered", "milled", "ball-milled", "ball",
    "hand", "mixed", "hot-pressed", "cold-pressed", "as", "as-received", "as-milled", "as-prepared", "received",
    "prepared", "pristine", "commercial", "solid", "electrolyte", "argyrodite", "thio-lisicon", "catholyte",
    "anolyte", "separator", "type", "class", "phase", "nano", "micro",
})
# fmt: on
_LEADING: Final = re.compile(
    r"^(?:(?:alpha|beta|gamma|[αβγ])-(?=[A-Z(\d])|(?:amorphous|crystalline|glassy|nano|beta|alpha)\s+(?=[A-Z(\d]))"
)
_REMARK: Final = re.compile(r"\s+\(([^()]*)\)$")
_ASSIGNMENTS: Final = re.compile(r"^\s*([xyznmδ])\s*=\s*(\d{1,9}(?:\.\d{1,25})?)\s*(?:[,;]\s*|$)")
_TRAILING_ASSIGNMENTS: Final = re.compile(r"(?:,|\s)\s*(?:with\s+)?([xyznmδ])\s?=\s?(\d{1,9}(?:\.\d{1,25})?)$")
_BASIS: Final = re.compile(r"^(?:in\s+)?(mol|wt|vol|at)\.?\s?%$")
_TRAILING_BASIS: Final = re.compile(r"[\s,]+(mol|wt|vol|at)\.?\s?%$")
_MAY_CHANGE: Final = re.compile(r"[+%@]|excess|doped|dopant|coated|treated|deficien|substitut", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"[;@|]|\s(?:in|or|and|with|on|in/on)\s|/(?!\d)|:")


@dataclass(kw_only=True)
class CleanText:
    """The formula part of a string and what was set aside."""

    formula: str
    basis: str | None = None
    variables: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def clean(text: str) -> CleanText:
    """Unify typography and set aside everything around the formula.

    Raises :class:`CompositionError` for text that is empty, too long, holds control characters or several materials.
    """
    _check(text)
    found = CleanText(formula=text.strip())
    if _TYPOGRAPHIC.search(found.formula):
        found.formula = re.sub(r"\s+", " ", found.formula.translate(_TYPOGRAPHY)).strip()
        while _set_aside(found):
            pass
        _refuse_several(found.formula)
    if not found.formula:
        raise CompositionError(f"'{text.strip()}' holds no formula.", hint="Write a formula, as in Li6PS5Cl.")
    return found


def _check(text: str) -> None:
    if not isinstance(text, str):
        raise CompositionError(f"A composition is text, not {type(text).__name__}.", hint="Write it as in 'Li6PS5Cl'.")
    if len(text) > MAX_LENGTH:
        raise CompositionError(
            f"The composition has {len(text)} characters ('{printable(text[:20])}...'), more than {MAX_LENGTH}.",
            hint="Give one formula or one mixture.",
        )
    if not text.strip():
        raise CompositionError("The composition is empty.", hint="Write a formula, as in Li6PS5Cl.")
    for char in "" if text.isprintable() else text:
        if not char.isprintable() and char not in f"\t\n{_SPACES}{_INVISIBLE}":
            raise CompositionError(f"The composition holds the control character {char!r}.", hint="Type it anew.")


def _set_aside(found: CleanText) -> bool:
    """Take one piece off either end; False when nothing is left to take."""
    return _set_aside_remark(found) or _set_aside_tail(found) or _set_aside_word(found)


def _set_aside_remark(found: CleanText) -> bool:
    match = _REMARK.search(found.formula)
    if not match or not match.start():
        return False
    found.formula, remark = found.formula[: match.start()], match.group(1).strip()
    basis = _BASIS.match(remark)
    if basis:
        found.basis = basis.group(1)
    elif _take_assignments(remark, found):
        pass
    elif _MAY_CHANGE.search(remark):
        found.warnings.append(f"'({remark})' was set aside; if it changes the composition, write it into the formula.")
    else:
        found.remarks.append(remark)
        found.notes.append(f"'({remark})' was set aside as a remark.")
    return True


def _take_assignments(remark: str, found: CleanText) -> bool:
    values: dict[str, float] = {}
    while match := _ASSIGNMENTS.match(remark):
        values[match.group(1)] = float(match.group(2))
        remark = remark[match.end() :]
    if remark or not values:
        return False
    found.variables.update(values)
    return True


def _set_aside_tail(found: CleanText) -> bool:
    if match := _TRAILING_BASIS.search(found.formula):
        if not match.start():
            return False
        found.basis = match.group(1)
    elif match := _TRAILING_ASSIGNMENTS.search(found.formula):
        found.variables[match.group(1)] = float(match.group(2))
    else:
        return False
    found.formula = found.formula[: match.start()].rstrip(" ,")
    return True


def _set_aside_word(found: CleanText) -> bool:
    head, space, word = found.formula.rpartition(" ")
    if space and word.lower().strip(",") in _FORM_WORDS:
        found.formula = head.rstrip(" ,")
    elif match := _LEADING.match(found.formula):
        word, found.formula = match.group().strip(" -"), found.formula[match.end() :]
    else:
        return False
    found.notes.append(f"'{word}' describes the form and is not part of the composition.")
    return True


def _refuse_several(formula: str) -> None:
    match = _SEVERAL.search(formula)
    if match:
        raise CompositionError(
            f"'{match.group().strip()}' in '{formula[:60]}' joins several materials or states a ratio in another way.",
            hint="Give one composition, mixtures as in 75Li2S-25P2S5.",
        )


def printable(text: str) -> str:
    """The text with anything that does not print escaped, for use in a message."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
