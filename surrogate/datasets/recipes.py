"""From the words of the electrolyte table (route, densification, atmosphere, form) to a :class:`Recipe`.

A route is a base and what was done afterwards, joined by ``+``. What a word does not say stays ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from surrogate.candidate.recipe import Atmosphere, Densification, Form, HeatTreatment, Milling, Recipe, Route
from surrogate.datasets.tables import Row

#: Base of a route → how the phase was formed. ``None``: the source does not say how (a glass of unknown making, a
#: finished powder that was processed further).
_BASES: Mapping[str, Route | None] = MappingProxyType(
    {
        "mechanical_milling": Route.MECHANICAL_MILLING,
        "wet_mechanical_milling": Route.MECHANICAL_MILLING,
        "solid_state": Route.SOLID_STATE,
        "melt_quench": Route.MELT_QUENCH,
        "co-melting": Route.MELT_QUENCH,
        "solution": Route.SOLUTION,
        "ammonium_assisted_wet_chemistry": Route.SOLUTION,
        "liquid_phase_shaking": Route.SOLUTION,
        "liquid_phase_stirring": Route.SOLUTION,
        "sputtering": Route.THIN_FILM,
        "hand_mixing": Route.MIXING,
        "glass": None,
        "wet_milling": None,
        "post_synthesis_milling": None,
    }
)

_FORMS: Mapping[str, Form] = MappingProxyType(
    {
        **{form.value: form for form in Form},
        "amorphous": Form.GLASS,  # a milled powder without reflections; the table keeps both words
        "nanocrystalline": Form.CRYSTALLINE,
    }
)

# First match wins: heat under pressure, then the words "cold" and "sintered", then a bare pressing pressure.
_DENSIFICATIONS: tuple[tuple[str, Densification], ...] = (
    (r"hot.?press|warm.?press|spark_plasma", Densification.HOT_PRESSED),
    (r"cold.?press|green compact", Densification.COLD_PRESSED),
    (r"sinter|then heated|before anneal", Densification.SINTERED),
    (r"press|isostatic|mould|fab|separator pellet|^\d+ MPa$", Densification.COLD_PRESSED),
)
_BRIEF_SOURCES = frozenset({"abstract", "cited_in_primary", "cited_in_review"})
_NOT_HEATED = re.compile(r"no heat treatment|without anneal|as.milled|milled form")
_PRESSURE = re.compile(
    r"(?P<stack>stack (?:about )?|(?:measured )?under )?(?P<value>\d+(?:\.\d+)?) MPa"
    r"(?P<after> stack| during measurement| applied)?"
)


def recipe_of(row: Row) -> Recipe:
    """The recipe that ``row`` of the electrolyte table describes; raises :class:`RecipeError` for an impossible one."""
    route = row.text("synthesis_route") or ""
    base, *after = route.split("+")
    base = "solution" if base.startswith("solution") else base
    heat_treatment = _read_heat_treatment(row)
    pressure_mpa = row.number("pressure_MPa")
    pressed = row.text("densification_note") or ("spark_plasma" if "spark_plasma_sintering" in after else "")
    return Recipe(
        route=_BASES.get(base),
        milling=_read_milling(row, wet=base == "wet_mechanical_milling"),
        heat_treatment=heat_treatment,
        heat_treated=True if heat_treatment is not None else _read_heat_treated(row, base, after),
        solvent=_read_solvent(row),
        wet_milling_time_h=row.number("wet_milling_time_h"),
        solvent_exposed="solvent_exposure" in after,
        remilled=base == "post_synthesis_milling",
        form=_FORMS.get(row.text("form") or ""),
        densification=_read_densification(pressed),
        pressure_mpa=_read_forming_pressure_mpa(pressed) if pressure_mpa is None else pressure_mpa,
    )


def _read_densification(note: str) -> Densification | None:
    """How a pellet was made dense; ``None`` when the note names only the pressure of the measurement, or nothing.

    >>> _read_densification("pelletised 360 MPa, then heated"), _read_densification("98 MPa stack pressure")
    (<Densification.SINTERED: 'sintered'>, None)
    """
    forming = re.sub(r"\d+ MPa stack pressure|stack about \d+ MPa", "", note).strip(" ,")
    return next((kind for pattern, kind in _DENSIFICATIONS if re.search(pattern, forming)), None)


def _read_forming_pressure_mpa(note: str) -> float | None:
    """The highest forming pressure in ``note``; the stack pressure of the measurement is another quantity.

    >>> _read_forming_pressure_mpa("cold pressed 294 MPa, 9 MPa stack")
    294.0
    """
    pressures = [float(m["value"]) for m in _PRESSURE.finditer(note) if not (m["stack"] or m["after"])]
    return max(pressures, default=None)


def _read_milling(row: Row, *, wet: bool) -> Milling | None:
    time_h, speed_rpm = row.number("milling_time_h"), row.number("milling_speed_rpm")
    ratio = row.number("ball_to_powder_ratio")
    if time_h is None and speed_rpm is None and ratio is None and not wet:
        return None
    return Milling(time_h=time_h, speed_rpm=speed_rpm, ball_to_powder_ratio=ratio, wet=wet)


def _read_heat_treatment(row: Row) -> HeatTreatment | None:
    temperature_c, time_h = row.number("heat_treatment_temperature_C"), row.number("heat_treatment_time_h")
    if temperature_c is None and time_h is None:
        return None
    return HeatTreatment(
        temperature_c=temperature_c, time_h=time_h, atmosphere=_read_atmosphere(row.text("atmosphere"))
    )


def _read_heat_treated(row: Row, base: str, after: list[str]) -> bool | None:
    """Whether there was a heat treatment, for a row without its temperature.

    A solid-state reaction takes place in a furnace. The table writes ``+annealing`` wherever a source has it, so
    milling without it is milling alone, unless the source is an abstract or a citation, which may just not mention it:
    there the note must say so, or the product be a glass, which a heat treatment would have crystallised, or
    nanocrystalline, which one would have coarsened.
    """
    if base == "solid_state" or {"annealing", "heat_treatment"} & set(after):
        return True
    if base != "mechanical_milling":
        return None
    complete = row.text("source_type") not in _BRIEF_SOURCES
    glassy = _FORMS.get(row.text("form") or "") in (Form.GLASS, Form.LOW_CRYSTALLINE)
    glassy |= row.text("form") == "nanocrystalline"
    return False if complete or glassy or _NOT_HEATED.search(row.text("evidence") or "") else None


def _read_atmosphere(text: str | None) -> Atmosphere | None:
    for beginning, atmosphere in (
        ("vacuum", Atmosphere.VACUUM),
        ("sealed", Atmosphere.SEALED),
        ("Ar", Atmosphere.ARGON),
        ("glove box", Atmosphere.ARGON),
        ("H2S", Atmosphere.H2S),
    ):
        if text is not None and text.startswith(beginning):
            return atmosphere
    return None


def _read_solvent(row: Row) -> str | None:
    """The solvent without remarks in brackets; a route ``solution_THF`` names one where the column is empty."""
    text = row.text("solvent")
    if text is not None:
        return re.sub(r"\s*\(.*?\)", "", text).strip()
    named = re.match(r"solution_(\w[\w-]*)", row.text("synthesis_route") or "")
    return named[1].replace("-", " + ").replace("_", " ") if named else None
