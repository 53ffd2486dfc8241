"""What looks wrong although it is possible: warnings that let a row pass, and questions that a person has to answer.

A question holds its row back until the column Confirmed says ``yes``. Values that are impossible are refused before,
by the property itself (above 0.1 S/cm: "mS/cm in a column of S/cm?").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surrogate.campaign.records import Result
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.spellings import KELVIN_RANGE_C, MOST_AS_SHARE, looks_like_kelvin
from surrogate.sheets.answers import SheetRow
from surrogate.sheets.columns import value_columns

#: A capacity above this multiple of the theoretical one is remarked on; milled TiS2 really shows more than 1 (Shin et
#: al., Sci. Rep. 4, 5572 (2014)).
CAPACITY_TOLERANCE = 1.1
#: Conductivities of one composition that differ by this factor are rather in different units.
CONTRADICTION = 1000.0
#: A conductivity may really change that much over a wider range of temperature.
LIKE_TEMPERATURES_C = 50.0


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something that looks wrong: in which column, of which result if of one, in a sentence, and what to do."""

    column: str
    message: str
    hint: str
    is_question: bool = False
    result: Result | None = None


def remarks(candidate: Candidate | None, results: Sequence[Result]) -> Iterator[Remark]:
    """What one row makes us say.

    Args:
        candidate: What was made; nothing is said where it is not known.
        results: What came out.
    """
    if candidate is None:
        return
    yield from _check_composition(candidate)
    yield from _check_kelvin([candidate, *(r.candidate for r in results if r.candidate is not None)])
    yield from _check_heat_treatment(candidate)
    yield from _check_capacity(candidate, results)
    yield from _check_retention(results)


def _check_composition(candidate: Candidate) -> Iterator[Remark]:
    material = candidate.electrolyte
    if material is None:
        return
    charge = material.composition.balance
    for warning in material.composition.warnings:
        # Without an anion nothing conducts ions: an element or alloy in this column is a slip, or a word.
        yield Remark(
            column="electrolyte", message=warning, hint="Check the composition.", is_question=not charge.is_ionic
        )


def _check_kelvin(candidates: Sequence[Candidate]) -> Iterator[Remark]:
    for temperature in sorted({c.protocol.temperature_c for c in candidates if c.protocol.temperature_c is not None}):
        if KELVIN_RANGE_C[0] <= temperature <= KELVIN_RANGE_C[1]:
            yield Remark(
                column="temperature_c",
                message=f"The measurement temperature is {temperature:g} °C; is that {temperature:g} K?",
                hint=f"Write '{temperature:g} K' if it is, or 'yes' in Confirmed if it really is in °C.",
                is_question=True,
            )
        elif temperature > KELVIN_RANGE_C[1]:
            yield Remark(
                column="temperature_c",
                message=f"The measurement temperature is {temperature:g} °C; is that the temperature of the furnace?",
                hint="Name its column 'Heat treatment temperature', or write 'yes' in Confirmed if it is right.",
                is_question=True,
            )


def _check_heat_treatment(candidate: Candidate) -> Iterator[Remark]:
    material = candidate.electrolyte
    treatment = None if material is None else material.recipe.heat_treatment
    temperature = None if treatment is None else treatment.temperature_c
    meant = None if temperature is None else looks_like_kelvin(temperature)
    if temperature is not None and meant is not None:
        yield Remark(
            column="heat_treatment_temperature_c",
            message=f"The heat treatment temperature is {temperature:g} °C; is that {temperature:g} K, {meant:g} °C?",
            hint=f"Write '{temperature:g} K' if it is, or 'yes' in Confirmed if it really is in °C.",
            is_question=True,
        )


def _check_retention(results: Sequence[Result]) -> Iterator[Remark]:
    for result in results:
        share = result.value if result.property == "capacity_retention" else None
        if share is not None and share <= MOST_AS_SHARE:
            yield Remark(
                column=value_columns()["capacity_retention"].name,
                message=f"The capacity retention is {share:g} %; is that {100 * share:g} %?",
                hint=f"Write '{100 * share:g}' if it is, or 'yes' in Confirmed if nearly nothing was left.",
                is_question=True,
                result=result,
            )


def _check_capacity(candidate: Candidate, results: Sequence[Result]) -> Iterator[Remark]:
    if not isinstance(candidate.subject, Cell):
        return
    material = candidate.subject.electrode.active_material
    limit = material.theoretical_capacity_mah_per_g
    for result in results:
        capacity = result.property in ("first_discharge_capacity", "first_charge_capacity")
        if capacity and limit is not None and result.value is not None and result.value > CAPACITY_TOLERANCE * limit:
            yield Remark(
                column=value_columns()[str(result.property)].name,
                message=f"{result.value:g} mAh/g is {result.value / limit:.2f} times the theoretical {limit:.0f} mAh/g "
                f"of {material.name}.",
                hint="Is it per gram of active material, and which electrolyte or additive takes part?",
                result=result,
            )


def contradiction(row: SheetRow, others: Sequence[SheetRow]) -> tuple[str, str, str]:
    """Find another value of the same composition that contradicts a conductivity.

    Args:
        row: With the conductivity.
        others: With the other values; the row may be among them.

    Returns:
        Message, hint and column; both texts empty where nothing contradicts.
    """
    column = value_columns()["ionic_conductivity"].label
    for value in _list_conductivities(row.results):
        for other in others:
            if _find_formula(other.candidate) is None or not _are_alike(row.candidate, other.candidate):
                continue
            for other_value in _list_conductivities(other.results):
                if max(value, other_value) >= CONTRADICTION * min(value, other_value):
                    return (
                        f"{value:g} S/cm, but {other_value:g} S/cm for the same composition in row {other.row_id}.",
                        "Is one of them in another unit? Write 'yes' in Confirmed if both are right.",
                        column,
                    )
    return "", "", column


def _are_alike(some: Candidate | None, other: Candidate | None) -> bool:
    """Whether two candidates have one composition and were, as far as is stated, measured at like temperatures."""
    if some is None or other is None or _find_formula(some) != _find_formula(other):
        return False
    here, there = some.protocol.temperature_c, other.protocol.temperature_c
    return here is None or there is None or abs(here - there) <= LIKE_TEMPERATURES_C


def _list_conductivities(results: Sequence[Result]) -> list[float]:
    return [
        r.value
        for r in results
        if r.property == "ionic_conductivity" and r.value is not None and r.censoring == "exact"
    ]


def _find_formula(candidate: Candidate | None) -> str | None:
    material = None if candidate is None else candidate.electrolyte
    return None if material is None else material.composition.reduced_formula
