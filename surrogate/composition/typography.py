"""How a formula is typed: subscripts, dots and dashes, LaTeX and HTML, spaces between the pieces.

Everything becomes the plain notation ``Li6PS5Cl`` with ``·`` or ``-`` between precursors. Nothing is guessed: what has
no plain form (a charge, a tag that is not known) stays and is refused by the grammar.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

SPACES: Final = "\u00a0\u2002\u2003\u2009\u202f\u3000"
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_CHARACTERS: Final = str.maketrans(
    {
        **dict.fromkeys("\u00b7\u2022\u2219\u22c5\u2027\u30fb\u25cf\u02d9*", "\u00b7"),  # dots between precursors
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u208b", "-"),  # hyphens, dashes, minus
        **dict.fromkeys("\uff0b\u208a", "+"),
        **dict.fromkeys(SPACES, " "),
        **dict.fromkeys(INVISIBLE, ""),
        **dict.fromkeys("\u03c7\u0445", "x"),  # Greek chi and Cyrillic ha, which stand for a variable
        "\u3010": "[",
        "\u3011": "]",
        "\u2236": ":",
        "\u2044": "/",
        "\u2032": "'",
    }
)
_QUOTES: Final = (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("„", "“"), ("«", "»"))
#: A soft hyphen that was a minus on the page: before a variable, as in Li6-x.
_SOFT_MINUS: Final = re.compile(r"\u00ad(?=\d*(?:\.\d+)?[xyznmδ](?![a-z]))")
#: Raised digits are amounts where no others are; beside others they are a footnote, an isotope or a charge.
_RAISED_DIGITS: Final = re.compile(r"[⁰¹²³⁴-⁹]+")
_LEVEL_DIGITS: Final = re.compile(r"[0-9₀-₉]")
_SUPERSCRIPT_CHARGE: Final = re.compile("([⁰¹²³⁴-⁹]*)([⁺⁻])")
_MIXED_FRACTION: Final = re.compile(r"\d[¼½¾⅐-⅞]")
_TAGS: Final = re.compile(r"</?(?:sub|i|b|em|strong|span|p)\s*/?>", re.IGNORECASE)
_RAISED: Final = re.compile(r"<sup>(.*?)</sup>", re.IGNORECASE)
_COMMANDS: Final = re.compile(r"\\(?:mathrm|mathit|mathbf|text|textrm|textnormal|rm|ce|ch)(?![A-Za-z])\s*")
_DOT_COMMANDS: Final = re.compile(r"\s*\\(?:cdot|bullet|textperiodcentered)(?![A-Za-z])\s*")
_LATEX_SPACES: Final = re.compile(r"\\[,;:! ]|~")
_TILDES: Final = re.compile(r"~([^~\s]{1,20})~")
_LOWERED_GROUP: Final = re.compile(r"(?:_|\\textsubscript)\{([^{}A-Z]+)\}")
_LOWERED: Final = re.compile(r"_(?=[0-9.xyznmδ(])")
_AMOUNT_WITHOUT_UNDERSCORE: Final = re.compile(r"[A-Za-z)\]}]\d")
_SYMBOL: Final = re.compile(r"[A-Z][a-z]?|#")
_GROUP: Final = re.compile(r"[(\[][A-Za-z0-9.]+[)\]][\d.]*")
_GLUED: Final = re.compile(r"[A-Za-z]\d|\d[A-Za-z(\[]")
_BRACKET_THEN_AMOUNT: Final = re.compile(r"([)\]])\s(\d+(?:\.\d+)?)(?=$|[)\]]|\s(?![a-z%]))")
_SEPARATOR: Final = re.compile(r"(\s*[-+·]\s*)")


def unify(text: str) -> str:
    """The text in plain characters: one kind of dot, dash and space, no subscripts, quotes, LaTeX or HTML."""
    text = text.strip()
    for opening, closing in _QUOTES:
        if len(text) > 2 and text.startswith(opening) and text.endswith(closing):
            text = text[1:-1].strip()
    if "<" in text or "&" in text:
        text = _strip_html(text)
    text = _TILDES.sub(r"\1", text)
    if any(sign in text for sign in "\\$_{"):
        text = _strip_latex(text)
    if not text.isascii():
        text = _SUPERSCRIPT_CHARGE.sub(r"^\1\2", text).translate(str.maketrans("⁺⁻", "+-"))
        if _LEVEL_DIGITS.search(text):
            text = re.sub(rf"(?<!\^){_RAISED_DIGITS.pattern}", lambda raised: f"^{raised[0]}", text)
        text = _SOFT_MINUS.sub("-", text)
        if not _MIXED_FRACTION.search(text):
            text = unicodedata.normalize("NFKC", text.translate(_CHARACTERS))
    return re.sub(r"\s+", " ", text.translate(_CHARACTERS)).strip()


def _strip_html(text: str) -> str:
    """Subscripts as plain amounts; what is raised and no plain amount is a charge, which the grammar refuses."""
    text = html.unescape(_TAGS.sub("", text))
    is_alone = not _LEVEL_DIGITS.search(_RAISED.sub("", text))
    return _RAISED.sub(lambda raised: raised[1] if is_alone and raised[1].isdigit() else f"^{raised[1]}", text)


def _strip_latex(text: str) -> str:
    text = _DOT_COMMANDS.sub("·", text.replace("$", ""))
    text = _LATEX_SPACES.sub("", _COMMANDS.sub("", text))
    is_lowered = text.count("_") > 1 or not _AMOUNT_WITHOUT_UNDERSCORE.search(text)
    text = _LOWERED_GROUP.sub(r"\1", text)
    if is_lowered:
        text = _LOWERED.sub("", text)
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return text


def join_spaced(text: str) -> str:
    """``Li 3.35 Ge 0.35 P 0.65 S 4`` and ``(PO4) 3`` without the spaces before their amounts.

    Only where every piece stands alone: in ``Li2S 25 P2S5`` the number may be a share whose separator is missing.
    """
    if " " not in text:
        return text
    text = _BRACKET_THEN_AMOUNT.sub(r"\1\2", text)
    return "".join(_join_piece(piece) for piece in _SEPARATOR.split(text))


def _join_piece(piece: str) -> str:
    pieces = _GROUP.sub("#", piece)  # a bracket without a space inside counts as one element
    symbols = re.findall(r"[A-Za-z]+|#", pieces)
    if len(symbols) < 2 or not all(_SYMBOL.fullmatch(symbol) for symbol in symbols):
        return piece
    if _GLUED.search(pieces) or not re.search(r"[A-Za-z)\]#]\s+\d", pieces):
        return piece
    return "".join(piece.split())
