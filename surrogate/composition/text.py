"""What surrounds a formula: words about form, remarks in brackets, ``mol%``, ``x = 0.5`` and ratios such as ``75:25``.

Words that describe form or state (glass-ceramic, annealed) and a bracketed remark at the end are set aside and noted; a
remark that may change the composition becomes a warning, and a bracket that holds a formula is kept for the reader of
the formula to decide. How letters, dots and subscripts are typed is unified in :mod:`.typography`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from surrogate.composition.notation import parse_plain
from surrogate.composition.typography import INVISIBLE, SPACES, join_spaced, unify
from surrogate.errors import CompositionError

MAX_LENGTH: Final = 200

_TYPOGRAPHIC: Final = re.compile(r"[^A-Za-z0-9.()]")
# fmt: off
_FORM_WORDS: Final = frozenset({
    "glass", "glassy", "glass-ceramic", "glass-ceramics", "glassceramic", "ceramic", "ceramics", "crystal",
    "crystalline", "amorphous", "single", "single-crystal", "polycrystalline", "nanocrystalline", "powder",
    "powders", "pellet", "film", "sheet", "membrane", "annealed", "sintered", "milled", "ball-milled", "ball",
    "hand", "mixed", "hot-pressed", "cold-pressed", "as", "as-received", "as-milled", "as-prepared", "received",
    "prepared", "as-synthesized", "as-synthesised", "pristine", "commercial", "solid", "electrolyte", "argyrodite",
    "thio-lisicon", "catholyte",
    "anolyte", "separator", "type", "class", "phase", "nano", "micro",
})
# fmt: on
#: What stands before a formula: a phase with a hyphen, 'β-', 'gc-', and words with a space behind them.
_LEADING: Final = re.compile(
    r"^(?:(?:alpha|beta|gamma|[αβγ]|gc|[gacot])-(?=[A-Z(\d])|(?:beta|alpha|gamma)\s+(?=[A-Z(\d])"
    r"|(?P<word>[A-Z]?[A-Za-z-]*[a-z]),?\s+(?=\S))"
)
#: 'Cl-rich' says what the formula says; 'Ge-doped' may say more.
_RICH: Final = re.compile(r"[A-Z][a-z]?-rich")
_HYPHENED: Final = re.compile(r"-([a-z][a-z-]*)$")
# A bracket that touches the formula is a remark where it gives a value: 'Li6-xPS5-xCl1+x(x=0.5)'.
_REMARK: Final = re.compile(r"(?:\s+\(([^()]*)|\(([^()=]*=[^()]*))\)$")
_VALUE: Final = r"(\d{1,9}(?:\.\d{1,25})?|\.\d{1,25})(?:\s?/\s?([1-9]\d{0,3}))?"
_ASSIGNMENTS: Final = re.compile(rf"^\s*([xyznmδX])\s*=\s*{_VALUE}\s*(?:[,;]\s*|$)")
_TRAILING_ASSIGNMENTS: Final = re.compile(rf"(?:[,;]|\s)\s*(?:(?:with|for|mit|für)\s+)?([xyznmδX])\s?=\s?{_VALUE}$")
# What shares count, as people of four languages say it: '(w/w)', '(by weight)', '(Gew.-%)', '(质量比)'.
_BASES: Final = {
    "wt": r"wt|weight|mass(?:e|en|ique)?|gew|gewicht(?:s|e)?|ma|poids|w/w|m/m|质量|重量",
    "mol": r"mol|mole|moles|molar|molaire|mol/mol|n/n|摩尔",
    "vol": r"vol|volume|volumen|v/v|体积",
    "at": r"at|atomic|atom|atoms",
}
_BASIS_WORD: Final = "|".join(_BASES.values())
_BASIS_END: Final = (
    r"[\s.-]*(?:%|ratio|per\s?cent(?:age)?s?|fractions?|prozent|anteile?|verhältnis(?:se)?|百分比|分数|比|分比)"
)
_BASIS_TEXT: Final = rf"(?:in\s|by\s|as\s|en\s|nach\s|%\s?)?(?:{_BASIS_WORD})(?:\.|{_BASIS_END})?"
_BASIS: Final = re.compile(rf"^{_BASIS_TEXT}$", re.IGNORECASE)
_TRAILING_BASIS: Final = re.compile(
    rf"[\s,]+((?:in\s|en\s)?(?:{_BASIS_WORD}){_BASIS_END}|(?:by\s(?:weight|mass|mole|moles|volume))|%?\s?(?:w/w|m/m|v/v))$",
    re.IGNORECASE,
)
_LEADING_BASIS: Final = re.compile(rf"^({_BASIS_TEXT})\s*[=:]?\s*(\d.*)$", re.IGNORECASE)
# The same at a single share: '75 Gew.-% Li2S', '5 wt.-% LiI', '75 Mol-% Li2S'.
_UNIT_AT_SHARE: Final = re.compile(r"(?<=\d)\s?(gew|ma|wt|mol|vol|at)[.\s-]*%\s*(?=[A-Z(])", re.IGNORECASE)
_MAY_CHANGE: Final = re.compile(r"[+%@]|excess|doped|dopant|coated|treated|deficien|substitut", re.IGNORECASE)
_RATIO: Final = r"(\d+(?:\.\d+)?(?:\s*[:/]\s*\d+(?:\.\d+)?)+)"
_BASIS_OF_RATIO: Final = rf"(?:\s*,?\s*({_BASIS_TEXT}))?"
_RATIO_REMARK: Final = re.compile(rf"^{_RATIO}{_BASIS_OF_RATIO}$", re.IGNORECASE)
_TRAILING_RATIO: Final = re.compile(rf"(?:\s+|\s*=\s*){_RATIO}{_BASIS_OF_RATIO}$", re.IGNORECASE)
_LEADING_RATIO: Final = re.compile(rf"^{_RATIO}{_BASIS_OF_RATIO}\s+(?-i:(?=[A-Z(]))", re.IGNORECASE)
# A remark that could as well be a piece of the formula: capitals and digits, without a word of small letters.
_LIKE_A_FORMULA: Final = re.compile(r"^(?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?)+$")
_SEVERAL: Final = re.compile(r"[;@|]|\s(?:in|or|and|with|on|in/on)\s|/(?!\d)|:")


@dataclass(kw_only=True)
class CleanText:
    """The formula part of a string and what was set aside.

    ``bracket`` is a last bracket after a space whose content looks like a formula: ``Li (OH)``. ``ratio`` are the
    shares that stand behind the components: ``Li2S-P2S5 (75:25)``.
    """

    formula: str
    basis: str | None = None
    bracket: str | None = None
    ratio: tuple[float, ...] = ()
    variables: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def set_remark_aside(self, remark: str) -> None:
        """Note a bracket that is not part of the formula."""
        self.remarks.append(remark)
        self.notes.append(f"'({remark})' was set aside as a remark.")


def clean(text: str) -> CleanText:
    """Unify typography and set aside everything around the formula.

    Raises :class:`CompositionError` for text that is empty, too long, holds control characters or several materials.
    """
    _check(text)
    cleaned = CleanText(formula=text.strip().rstrip(".;"))
    if _TYPOGRAPHIC.search(cleaned.formula):
        cleaned.formula = unify(cleaned.formula)
        if "%" in cleaned.formula:
            cleaned.formula = _UNIT_AT_SHARE.sub(_unify_unit, cleaned.formula)
        # Pieces are taken off either end until nothing is left to take.
        while _set_remark_aside(cleaned) or _set_tail_aside(cleaned) or _set_word_aside(cleaned):
            pass
        if cleaned.ratio:
            cleaned.formula = re.sub(r"\s*[:/]\s*(?=[A-Z(])", "-", cleaned.formula)
        _refuse_several(cleaned.formula)
        cleaned.formula = join_spaced(cleaned.formula)
    if not cleaned.formula:
        raise CompositionError(f"'{text.strip()}' holds no formula.", hint="Write a formula, as in Li6PS5Cl.")
    return cleaned


def _check(text: str) -> None:
    if not isinstance(text, str):
        raise CompositionError(f"A composition is text, not {type(text).__name__}.", hint="Write it as in 'Li6PS5Cl'.")
    if len(text) > MAX_LENGTH:
        raise CompositionError(
            f"The composition has {len(text)} characters ('{escape_unprintable(text[:20])}...'), "
            f"more than {MAX_LENGTH}.",
            hint="Give one formula or one mixture.",
        )
    if not text.strip():
        raise CompositionError("The composition is empty.", hint="Write a formula, as in Li6PS5Cl.")
    for char in "" if text.isprintable() else text:
        if not char.isprintable() and char not in f"\t\n{SPACES}{INVISIBLE}":
            raise CompositionError(f"The composition holds the control character {char!r}.", hint="Type it anew.")


def _unify_unit(match: re.Match[str]) -> str:
    unit = match[1].lower()
    return f" {'wt' if unit in {'gew', 'ma'} else unit}% "


def _set_remark_aside(cleaned: CleanText) -> bool:
    match = _REMARK.search(cleaned.formula)
    if not match or not match.start():
        return False
    remark = (match[1] or match[2] or "").strip()
    basis = _BASIS.match(remark)
    ratio = _RATIO_REMARK.match(_LEADING_BASIS.sub(r"\2 \1", remark))
    if cleaned.bracket is None and _LIKE_A_FORMULA.match(remark):
        cleaned.bracket = remark
    elif basis:
        cleaned.basis = _read_basis(remark)
    elif ratio and _names_components(cleaned.formula[: match.start()]):
        _take_ratio(ratio, cleaned)
    elif _take_assignments(remark, cleaned):
        pass
    elif _MAY_CHANGE.search(remark):
        cleaned.warnings.append(f"'({remark})' was set aside; if it changes the composition, write it in the formula.")
    else:
        cleaned.set_remark_aside(remark)
    cleaned.formula = cleaned.formula[: match.start()]
    return True


def _names_components(text: str) -> bool:
    """Whether the text names components without shares, which a ratio can stand behind: 'Li2S-P2S5'."""
    return len(re.findall(r"(?:^|[-+·:/])\s*[A-Z(]", text)) > 1


def _take_ratio(match: re.Match[str], cleaned: CleanText) -> None:
    cleaned.ratio = tuple(float(share) for share in re.split(r"[:/]", match.group(1)))
    words = match.group(2)
    basis = _read_basis(words) if words else cleaned.basis
    if words and "%" not in words:
        whole = sum(cleaned.ratio)
        if basis == "wt" and whole:  # a ratio by weight need not add up to 100
            cleaned.ratio = tuple(100 * share / whole for share in cleaned.ratio)
        basis = None if basis == "mol" else basis
    cleaned.basis = basis


def _read_basis(words: str) -> str:
    """``wt``, ``mol``, ``vol`` or ``at`` out of words that :data:`_BASIS` knows."""
    return next(name for name, pattern in _BASES.items() if _holds_word(pattern, words))


def _holds_word(pattern: str, words: str) -> bool:
    return re.search(rf"(?:^|[\s%])(?:{pattern})(?:\.|{_BASIS_END})?$", words, re.IGNORECASE) is not None


def _take_assignments(remark: str, cleaned: CleanText) -> bool:
    values: dict[str, float] = {}
    while match := _ASSIGNMENTS.match(remark):
        values[match[1].lower()] = _read_value(match)
        remark = remark[match.end() :]
    if remark or not values:
        return False
    cleaned.variables.update(values)
    return True


def _read_value(match: re.Match[str]) -> float:
    return float(match[2]) / float(match[3] or 1)


def _set_tail_aside(cleaned: CleanText) -> bool:
    if match := _TRAILING_BASIS.search(cleaned.formula):
        if not match.start():
            return False
        cleaned.basis = _read_basis(match.group(1))
    elif match := _TRAILING_ASSIGNMENTS.search(cleaned.formula):
        cleaned.variables[match[1].lower()] = _read_value(match)
    elif (match := _TRAILING_RATIO.search(cleaned.formula)) and _names_components(cleaned.formula[: match.start()]):
        _take_ratio(match, cleaned)
    elif (match := _LEADING_RATIO.search(cleaned.formula)) and _names_components(cleaned.formula[match.end() :]):
        _take_ratio(match, cleaned)
        cleaned.formula = cleaned.formula[match.end() :]
        return True
    else:
        return False
    cleaned.formula = cleaned.formula[: match.start()].rstrip(" ,")
    return True


def _set_word_aside(cleaned: CleanText) -> bool:
    head, space, word = cleaned.formula.rpartition(" ")
    # 'As' and 'NaNO' are elements, 'as' and 'nano' are words.
    if space and word.lower().strip(",") in _FORM_WORDS and not parse_plain(word.strip(",")):
        cleaned.formula = head.rstrip(" ,")
    elif (match := _HYPHENED.search(cleaned.formula)) and match[1] in _FORM_WORDS:
        word, cleaned.formula = match[1], cleaned.formula[: match.start()]
    elif (match := _LEADING.match(cleaned.formula)) and _is_set_aside(match["word"]):
        word, cleaned.formula = match.group().strip(" -"), cleaned.formula[match.end() :]
    else:
        return False
    says = "repeats the formula" if _RICH.fullmatch(word) else "describes the form, which has a field of its own,"
    cleaned.notes.append(f"'{word}' {says} and is not part of the composition.")
    return True


def _is_set_aside(word: str | None) -> bool:
    """Whether a word before a formula, if it is one, describes the form or repeats what the formula says."""
    if word is None:
        return True
    return not parse_plain(word) and (word.lower() in _FORM_WORDS or _RICH.fullmatch(word) is not None)


def _refuse_several(formula: str) -> None:
    match = _SEVERAL.search(formula)
    if match:
        raise CompositionError(
            f"'{match.group().strip()}' in '{formula[:60]}' joins several materials or states a ratio in another way.",
            hint="Give one composition, mixtures as in 75Li2S-25P2S5.",
        )


def escape_unprintable(text: str) -> str:
    """The text with anything that does not print escaped, for use in a message."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
