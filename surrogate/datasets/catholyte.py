"""Which electrolyte is in the composite electrode, from the free text of the electrode table.

The column mixes catholyte and separator, brand-like classes and shells. What names one composition is parsed; all else
is ``None``: an electrode whose electrolyte is not known exactly.
"""

from __future__ import annotations

import re
from functools import lru_cache

from surrogate.candidate.recipe import Electrolyte, Form, HeatTreatment, Recipe
from surrogate.composition import find_composition

# Words that say that the composition is not the printed formula.
_INEXACT = re.compile(r"\bclass\b|\bor\b|@|\bnone\b|\bliquid\b|\btype\b(?!\))|MIEC|\bLPB\b|XNBR|\(\+")
_CATHODE_SIDE = re.compile(r"catholyte|in cathode|cathode side|infiltrated")
_GLASS = re.compile(r"\bglass\b")
# Where the formula ends and remarks begin.
_REMARK = re.compile(r"\s+(?:\(|/|\+|glass|with\b|treated|in cathode|catholyte|as received|ball milled|separator)")


@lru_cache(maxsize=1024)
def catholyte_of(text: str | None, heat_treatment_temperature_c: float | None = None) -> Electrolyte | None:
    """The electrolyte of the electrode, ``None`` when a text does not name exactly one.

    >>> catholyte_of("Li3InCl6 (catholyte); Li6PS5Cl separator").composition.text
    'Li3InCl6'

    Args:
        text: Of the electrode table.
        heat_treatment_temperature_c: Of the electrolyte, where the table states it.
    """
    part = _find_electrode_part(text) if text else None
    if part is None or _INEXACT.search(part):
        return None
    formula = re.sub(r"^(alpha|beta)-", "", _REMARK.split(part, maxsplit=1)[0]).strip()
    composition = find_composition(formula)
    if composition is None or not composition.amount("Li"):  # "P2S5 in cathode" is a precursor
        return None
    treatment = heat_treatment_temperature_c
    recipe = Recipe(
        form=Form.GLASS_CERAMIC if re.search(r"glass.ceramic", part) else Form.GLASS if _GLASS.search(part) else None,
        heat_treatment=None if treatment is None else HeatTreatment(temperature_c=treatment),
    )
    return Electrolyte(composition=composition, recipe=recipe)


def _find_electrode_part(text: str) -> str | None:
    """The part of a list that belongs to the electrode; a list that does not say is no answer."""
    parts = [part.strip() for part in text.split(";")]
    named = [part for part in parts if _CATHODE_SIDE.search(part)]
    if named:
        return named[0]
    rest = [part for part in parts if "separator" not in part]
    return rest[0] if len(parts) == 1 and rest else None
