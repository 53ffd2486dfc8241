"""Which texts name a coating: a compound, an abbreviation of the field, or words for one.

A word that names none, 'chocolate', is answered as if nobody had stated a coating, and the answer asks what was meant.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from surrogate.composition import SYMBOLS

#: What is proposed in place of a word that names no coating.
COATINGS = (
    "LiNbO3", "LiTaO3", "Li2ZrO3", "Li2O-ZrO2", "Li4Ti5O12", "Li3PO4", "Li3BO3", "Li4SiO4", "Li2WO4", "Li3InCl6",
    "Li6PS5Cl", "Al2O3", "ZrO2", "TiO2", "carbon", "polyimide",
)  # fmt: skip
_BY_NAME = {name.casefold(): name for name in COATINGS}
_SYMBOL = "|".join(sorted(SYMBOLS, key=lambda symbol: (-len(symbol), symbol)))
#: One element or several, with amounts or without: LiNbO3, Li-Nb-Ta, S. A word that begins with a symbol is none.
_COMPOUND = re.compile(
    rf"(?<![A-Za-z])(?:(?:{_SYMBOL})[\d.xyz+()\[\]-]*){{2,}}(?![a-z])|(?<![A-Za-z])(?:{_SYMBOL})(?:\d|\W|$)"
)
#: LNO, LZO, PEDOT.
_ABBREVIATION = re.compile(r"(?<![A-Za-z])[A-Z]{2,6}(?![a-z])")
_WORDS = re.compile(
    r"oxide|(niob|tantal|titan|zircon|alumin|tungst|phosph|silic|bor|carbon|manganat|cobalt)(at|ic|i?a\b|\b)|"
    r"(fluor|chlor|brom|iod|hal|sulf|sulph|nitr)ide|carbon|graph(ite|ene)|poly|lithium|coat|shell|surface|layer|treat|"
    r"gold|silver|acid|inter(layer|phase)|glass|ceramic|ionic|sol.?gel|argyrodite|LiPON|beschicht|包覆",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_coating(text: str) -> bool:
    """Whether ``text`` can name what coats an active material.

    >>> is_coating("LiNbO3, 5 nm"), is_coating("LZO"), is_coating("Li silicate"), is_coating("chocolate")
    (True, True, True, False)
    """
    patterns = (_COMPOUND, _ABBREVIATION, _WORDS)
    return text.strip().casefold() in _BY_NAME or any(pattern.search(text) for pattern in patterns)


def propose_coatings(text: str) -> tuple[str, ...]:
    """Up to two coatings whose names are near ``text``; the commonest ones where none is."""
    near = get_close_matches(text.casefold(), _BY_NAME, n=2, cutoff=0.5)
    return tuple(_BY_NAME[name] for name in near) or COATINGS[:2]
