"""Text or numbers in, :class:`Composition` out: the one door through which compositions enter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NoReturn

from surrogate.composition.charge import charge_warnings
from surrogate.composition.formula import MAX_AMOUNT, checked_amounts, formula_of
from surrogate.composition.lookalike import (
    abbreviation_error,
    chlorine_written_as_carbon,
    is_readable_abbreviation,
    neutral_lookalikes,
    proposals_for,
    with_separator,
)
from surrogate.composition.mixture import Part
from surrogate.composition.notation import VARIABLE_NAMES, Parser, parse_plain
from surrogate.composition.text import CleanText, clean, printable
from surrogate.composition.value import Composition
from surrogate.errors import CompositionError

# Remarks longer than this are prose, not a formula to compare with.
_MAX_REMARK: Final = 60


def parse_composition(
    text: str, *, variables: Mapping[str, float] | None = None, x: float | None = None
) -> Composition:
    """Read a composition in any notation of the field.

    Formulas (``Li6PS5Cl``, ``Li₆PS₅Cl``, ``Li5.4PS4.4(BH4)0.6Cl``), mixtures (``75Li2S-25P2S5``,
    ``0.75Li2S+0.25P2S5``, ``95(80Li2S·20P2S5)·5LiI``, ``Li3PS4 + 10 wt% LiI``) and formulas with variables
    (``Li6-xPS5-xCl1+x`` with ``x=0.5``, or ``variables={"x": 0.5, "y": 0}``, or "(x = 0.5)" in the text).

    Raises :class:`CompositionError` naming the offending piece, with ``proposals`` where a reading is likely. Charge
    and look-alikes are reported in ``warnings``; nothing is repaired.
    """
    found = clean(text)
    if is_readable_abbreviation(found.formula):
        _refuse(found.formula, CompositionError(f"'{found.formula}' is an abbreviation."))
    if not (variables or x is not None or found.basis or found.variables):
        amounts = parse_plain(found.formula)
        if amounts:
            return _finished(text, amounts, (), found)
    try:
        values = _values(variables, x, found)
        return _read(_with_variables(text, values, found), found, values)
    except CompositionError as error:
        _refuse(found.formula, error)


def composition_from_amounts(amounts: Mapping[str, float], *, text: str | None = None) -> Composition:
    """A composition from element -> amount (finite, at least 0; zeros are left out).

    ``text`` defaults to the formula of the amounts. Raises :class:`CompositionError`.
    """
    pairs = checked_amounts(amounts)
    formula = formula_of(dict(pairs))
    made = Composition(text=formula if text is None else text, pairs=pairs)
    return replace(made, warnings=charge_warnings(formula, made.balance))


def _read(text: str, found: CleanText, values: Mapping[str, float]) -> Composition:
    parser = Parser(text=found.formula, variables=values, basis=found.basis, notes=found.notes)
    parts = parser.parse()
    amounts: dict[str, float] = {}
    for part in parts:
        for element, amount in part.amounts.items():
            amounts[element] = amounts.get(element, 0.0) + part.share * amount
    if parser.repeated:
        split = with_separator(found.formula)
        example = f", as in '{split}'" if split else ""
        found.warnings.append(f"{parser.repeated[0]} occurs twice; is a separator missing{example}?")
    for name in sorted(set(values) - parser.used):
        found.warnings.append(f"The value of {name} was not used: '{found.formula}' does not depend on it.")
    return _finished(text, amounts, parts if len(parts) > 1 else (), found)


def _finished(text: str, amounts: Mapping[str, float], parts: Sequence[Part], found: CleanText) -> Composition:
    if "C" in amounts:
        carbon = chlorine_written_as_carbon(found.formula)
        if carbon:
            raise CompositionError(
                f"'{carbon.piece}' in '{found.formula}' is carbon and iodine; chlorine is 'Cl' with a small L.",
                hint=f"Write {carbon.proposal}, or 'C1I1' if carbon and iodine are meant.",
                proposals=(carbon.proposal,),
            )
    made = Composition(text=text, pairs=checked_amounts(amounts), precursors=_precursors(parts))
    charge = made.balance
    warnings = list(found.warnings)
    if not charge.is_neutral or charge.rare:
        warnings += [
            f"'{other.piece}' is not read as one element; did you mean {other.proposal}?"
            for other in neutral_lookalikes(found.formula)
        ]
        warnings += charge_warnings(made.formula, charge)
    warnings += _contradicting_remarks(made, found)
    if not warnings and not found.notes:
        return made
    return replace(made, warnings=tuple(warnings), notes=tuple(found.notes))


def _precursors(parts: Sequence[Part]) -> tuple[tuple[str, float], ...]:
    shares: dict[str, float] = {}
    for part in parts:
        shares[part.formula] = shares.get(part.formula, 0.0) + part.share
    return tuple(shares.items())


def _contradicting_remarks(made: Composition, found: CleanText) -> list[str]:
    """Warn where a remark such as '(Li3PS4)' is a composition that differs from the one beside it."""
    return [
        f"'({remark})' is another composition than {made.formula}; only the latter was read."
        for remark in found.remarks
        if (other := _reading_of_remark(remark)) and other.reduced_formula != made.reduced_formula
    ]


def _reading_of_remark(remark: str) -> Composition | None:
    if len(remark) > _MAX_REMARK or not any(char.isdigit() for char in remark):
        return None
    try:
        return parse_composition(remark)
    except CompositionError:
        return None


def _with_variables(text: str, values: Mapping[str, float], found: CleanText) -> str:
    """The text with the values that it leaves open behind it: so it says everything, and tells one x from another."""
    apart = [f"{name} = {Decimal(repr(value)):f}" for name, value in values.items() if name not in found.variables]
    return f"{text} ({', '.join(apart)})" if apart else text


def _values(variables: Mapping[str, float] | None, x: float | None, found: CleanText) -> dict[str, float]:
    values = dict(found.variables)
    for name, value in (*(variables or {}).items(), *([("x", x)] if x is not None else [])):
        if name not in VARIABLE_NAMES or len(name) != 1:
            raise CompositionError(f"'{name}' is not a variable.", hint=f"Use {', '.join(VARIABLE_NAMES)}.")
        if not math.isfinite(value) or abs(value) > MAX_AMOUNT:
            raise CompositionError(f"{name} = {value} is not a finite amount.", hint="Give a number, as in x=0.5.")
        if values.get(name, value) != value:
            raise CompositionError(f"{name} has two values, {values[name]:g} and {value:g}.", hint="Give it once.")
        values[name] = float(value)
    return values


def _refuse(formula: str, error: CompositionError) -> NoReturn:
    """The most helpful error for a formula that could not be read: abbreviation, likely reading, or the plain one."""
    known = abbreviation_error(formula)
    if known is not None:
        raise known from None
    proposals = error.proposals or proposals_for(formula, _read_without_proposals)
    hint = f"Did you mean {' or '.join(proposals)}?" if proposals and not error.proposals else error.hint
    shown = printable(formula[:60])
    message = error.message if f"'{formula}'" in error.message else f"{error.message} In '{shown}'."
    raise CompositionError(message, hint=hint, proposals=proposals) from None


def _read_without_proposals(text: str) -> Composition:
    return _read(text, clean(text), {})
