"""Text or numbers in, :class:`Composition` out: the one door through which compositions enter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NoReturn

from surrogate.composition.abbreviations import explain_abbreviation, explain_piece, is_readable_abbreviation
from surrogate.composition.charge import ChargeBalance, balance, is_plainly_neutral, write_charge_warnings
from surrogate.composition.formula import MAX_AMOUNT, check_amounts, formula_of, order_amounts
from surrogate.composition.lookalike import (
    find_carbon_for_chlorine,
    find_neutral_lookalikes,
    insert_separator,
    propose_readings,
)
from surrogate.composition.mixture import Component, Part
from surrogate.composition.notation import VARIABLE_NAMES, Parser, VariableWithoutValue, parse_plain
from surrogate.composition.text import MAX_LENGTH, CleanText, clean, escape_unprintable
from surrogate.composition.typos import add_anion, complete_metals, guess_meant, is_sound, may_be_an_alloy
from surrogate.composition.value import Composition, balance_parts
from surrogate.errors import CompositionError

# Remarks longer than this are prose, not a formula to compare with.
_MAX_REMARK: Final = 60
# Typos are not looked for in alloys of so many elements, nor where every amount has a decimal point.
_MAX_ELEMENTS: Final = 10
_MAX_DOUBTFUL: Final = 4  # formulas of one mixture in which typos are looked for
# Share of the positive charge by which an analysed composition may miss neutrality.
_NEARLY_NEUTRAL: Final = 0.1
_EXPLICIT: Final = re.compile(r"(?:[A-Z][a-z]?\d+\.\d+)+")
_O_BEFORE_POINT: Final = re.compile(r"O\.\d+")
_BARE_ZERO: Final = re.compile(r"([A-Z][a-z]?)0(?![\d.])")
_NO_VALUES: Final[Mapping[str, float]] = MappingProxyType({})
_STATED: Final = re.compile(rf"(?<![A-Za-z])([{VARIABLE_NAMES}X])\s*[=≈<>≤≥∈][^()]*")
_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
_NOBLE: Final = frozenset({"He", "Ne", "Ar", "Rn"})  # atmospheres: no compound holds them
_RARE_NAMES: Final = {"Po": "polonium", "No": "nobelium"}


def parse_composition(
    text: str, *, variables: Mapping[str, float] | None = None, x: float | None = None
) -> Composition:
    """Read a composition in any notation of the field.

    Formulas (``Li6PS5Cl``, ``Li₆PS₅Cl``, ``Li 3.35 Ge 0.35 P 0.65 S 4``, ``Li5.4PS4.4(BH4)0.6Cl``), mixtures
    (``75Li2S-25P2S5``, ``Li2S-P2S5 (75:25)``, ``95(80Li2S·20P2S5)·5LiI``, ``Li3PS4 + 10 wt% LiI``), adducts
    (``Li3PS4·0.5LiI``, ``LiCl·H2O``) and formulas with variables (``Li6-xPS5-xCl1+x`` with ``x=0.5``, or
    ``variables={"x": 0.5, "y": 0}``, or "(x = 0.5)" in the text).

    Args:
        text: What was typed; at most 200 characters.
        variables: Values of the variables of the formula by name.
        x: The value of ``x``, for short.

    Raises:
        CompositionError: The text has no certain reading. The message names the piece, ``proposals`` holds likely
            readings. What is read and looks wrong is in ``warnings``; nothing is repaired.
    """
    if not variables and x is None and type(text) is str and len(text) <= MAX_LENGTH:
        return read_once(text)
    return _read_anew(text, variables, x)


@lru_cache(maxsize=8192)
def read_once(text: str) -> Composition:
    """The composition of a text without variables: one object, with what follows from it, for all its recipes."""
    amounts = parse_plain(text)  # the common case, quick
    if amounts and not is_readable_abbreviation(text):
        return _make_checked(text, text, amounts)
    return _read_anew(text, None, None)


@lru_cache(maxsize=4096)
def find_composition(text: str | None) -> Composition | None:
    """The composition of a text; ``None`` for no text and for one that :func:`parse_composition` refuses."""
    try:
        return None if text is None else parse_composition(text)
    except CompositionError:
        return None


def _read_anew(text: str, variables: Mapping[str, float] | None, x: float | None) -> Composition:
    cleaned = clean(text)
    if is_readable_abbreviation(cleaned.formula):
        _refuse(cleaned.formula, CompositionError(f"'{cleaned.formula}' is an abbreviation."))
    values = cleaned.variables
    try:
        values = _collect_values(variables, x, cleaned)
        return _read(_with_variables(text, values, cleaned), cleaned, values)
    except VariableWithoutValue as error:
        raise _explain_no_value(text) or error from None
    except CompositionError as error:
        _refuse(cleaned.formula, error, values)


def composition_from_amounts(amounts: Mapping[str, float], *, text: str | None = None) -> Composition:
    """Make a composition of amounts.

    Args:
        amounts: By element, finite and at least 0; zeros are left out.
        text: How it is written; the formula of the amounts when not given.

    Raises:
        CompositionError: An amount or an element cannot be.
    """
    pairs = check_amounts(amounts)
    formula = formula_of(dict(pairs))
    composition = Composition(text=formula if text is None else text, pairs=pairs)
    return replace(composition, warnings=write_charge_warnings(formula, composition.balance))


def _read(text: str, cleaned: CleanText, values: Mapping[str, float]) -> Composition:
    if cleaned.bracket:
        _place_bracket(cleaned, cleaned.bracket, values)
    parser = Parser(
        text=cleaned.formula,
        variables=values,
        basis=cleaned.basis,
        ratio=cleaned.ratio,
        notes=cleaned.notes,
        warnings=cleaned.warnings,
    )
    parts = parser.parse()
    amounts: dict[str, float] = {}
    for part in parts:
        for element, amount in part.amounts.items():
            amounts[element] = amounts.get(element, 0.0) + part.share * amount
    if len(parser.formulas) > 1:
        _refuse_typos(cleaned.formula, parser.formulas, values)
    for component in parser.formulas if len(parser.formulas) > 1 else ():
        charge = balance(component.parts[0].amounts)
        if not charge.is_ionic:
            cleaned.warnings += write_charge_warnings(component.written, charge)
    cleaned.warnings.extend(_ask_for_separator(cleaned.formula, parser.repeated))
    if pointed := _O_BEFORE_POINT.search(cleaned.formula):
        decimals = pointed[0][1:]
        cleaned.warnings.append(f"'O{decimals}' is read as oxygen O0{decimals}; write 0{decimals} if the O is a zero.")
    for name in sorted(set(values) - parser.used):
        cleaned.warnings.append(f"The value of {name} was not used: '{cleaned.formula}' does not depend on it.")
    return _make_checked(
        text,
        cleaned.formula,
        dict(check_amounts(amounts)),
        parts=parts if len(parts) > 1 else (),
        notes=cleaned.notes,
        warnings=cleaned.warnings,
        remarks=cleaned.remarks,
    )


def _ask_for_separator(formula: str, repeated: Sequence[str]) -> Iterator[str]:
    """Ask whether a separator is missing where elements are ``repeated`` or the pieces are formulas of their own."""
    if repeated:
        split = insert_separator(formula)
        example = f", as in '{split}'" if split else ""
        yield f"{repeated[0]} occurs twice; is a separator missing{example}?"
    elif " " in formula and all(is_sound(parse_plain(piece)) for piece in formula.split()):
        listed = formula.replace(" ", "-")
        yield f"'{formula}' was read as one formula; is a separator missing, as in '{listed}'?"


def _place_bracket(cleaned: CleanText, bracket: str, values: Mapping[str, float]) -> None:
    """Decide whether the last bracket after a space belongs to the formula: in 'Li (OH)' it does.

    It is a remark where it repeats the formula, or where the formula is neutral without it; it belongs to the formula
    where it makes that neutral. Where neither tells, it is a remark behind what is nearly neutral, such as a measured
    composition, and else refused.
    """
    head = _read_amounts(cleaned.formula, values)
    inside = _read_amounts(bracket, {})
    if head is None or is_sound(head) or (inside and _have_same_ratios(head, inside)):
        cleaned.set_remark_aside(bracket)
        return
    joined = f"{cleaned.formula}({bracket})"
    if is_sound(_read_amounts(joined, values)):
        cleaned.formula = joined
        cleaned.notes.append(f"'({bracket})' was read as part of the formula.")
        return
    charge = balance(head)
    if charge.is_ionic and abs(charge.net) <= _NEARLY_NEUTRAL * charge.positive:
        cleaned.set_remark_aside(bracket)
        return
    raise CompositionError(
        f"'({bracket})' behind '{cleaned.formula[:40]}' may be a remark or a part of the formula.",
        hint="Write it without the space, or leave it out.",
        proposals=(joined, cleaned.formula) if inside else (cleaned.formula,),
    )


def _have_same_ratios(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    scale = sum(one.values()) / sum(other.values())
    return set(one) == set(other) and all(abs(one[el] - scale * other[el]) <= 1e-3 * one[el] for el in one)


def _read_amounts(text: str, values: Mapping[str, float]) -> dict[str, float] | None:
    """The amounts of one formula or mixture, or None for what is none or names an element twice."""
    try:
        plain = parse_plain(text)
        if plain or (text.isalnum() and not values):
            return plain  # letters and digits alone that are not plain name an element twice
        parser = Parser(text=text, variables=values)
        parts = parser.parse()
    except CompositionError:
        return None
    amounts: dict[str, float] = {}
    for part in parts:
        for element, amount in part.amounts.items():
            amounts[element] = amounts.get(element, 0.0) + part.share * amount
    return None if parser.repeated else amounts


def _refuse_typos(text: str, formulas: Sequence[Component], values: Mapping[str, float]) -> None:
    """Refuse a text in which a formula is no neutral compound as written, but is one with a typo undone."""
    corrected, pieces = text, []
    doubtful = [c for c in formulas if not balance(c.parts[0].amounts).is_neutral][:_MAX_DOUBTFUL]
    for component in sorted(doubtful, key=lambda formula: formula.span, reverse=True):
        amounts = component.parts[0].amounts
        if _is_explicit(component.written, amounts):
            continue
        proposals = guess_meant(component.written, lambda edited: _read_amounts(edited, values))
        if proposals and may_be_an_alloy(amounts):
            continue
        if not proposals and len(formulas) > 1 and len(amounts) == 1:
            proposals = add_anion(component.written, amounts, [other.parts[0].amounts for other in formulas])
        if proposals:
            begin, end = component.span
            tail = text[begin + len(component.written) : end]
            corrected = f"{corrected[:begin]}{proposals[0]}{tail}{corrected[end:]}"
            pieces.append(component.written)
    if pieces:
        raise _explain_typo(text, tuple(reversed(pieces)), (corrected,))


def _is_explicit(written: str, amounts: Mapping[str, float]) -> bool:
    return len(amounts) > _MAX_ELEMENTS or _EXPLICIT.fullmatch(written) is not None


def _explain_typo(text: str, pieces: Sequence[str], proposals: tuple[str, ...]) -> CompositionError:
    listed = " and ".join(f"'{escape_unprintable(piece[:40])}'" for piece in pieces)
    context = "" if pieces == (text,) else f" in '{escape_unprintable(text[:60])}'"
    says = "are no neutral compounds" if len(pieces) > 1 else "is no neutral compound"
    return CompositionError(
        f"{listed}{context} {says} as written.",
        hint=f"Did you mean {' or '.join(proposals)}? If not, write every amount with its decimals, as in Ca1.0Co3.0.",
        proposals=proposals,
    )


def _make_checked(
    text: str,
    formula: str,
    amounts: Mapping[str, float],
    *,
    parts: Sequence[Part] = (),
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Composition:
    """The composition with what its charge and its letters warn of; refuses carbon and iodine that is chlorine."""
    carbon = find_carbon_for_chlorine(formula) if "C" in amounts and "I" in amounts else None
    if carbon:
        raise CompositionError(
            f"'{carbon.piece}' in '{formula}' is carbon and iodine; chlorine is 'Cl' with a small L.",
            hint=f"Write {carbon.proposal}, or 'C1I1' if carbon and iodine are meant.",
            proposals=(carbon.proposal,),
        )
    if "C" in amounts and not parts and not _is_explicit(formula, amounts):
        completed = complete_metals(formula, amounts)
        if completed:
            raise CompositionError(
                f"'{formula[:60]}' has carbon among its metals.",
                hint=f"Did you mean {completed[0]}? If not, write every amount with its decimals, as in Ca1.0Co3.0.",
                proposals=completed,
            )
    if len(amounts) > 1 and not _NOBLE.isdisjoint(amounts):
        warnings = [*warnings, _ask_for_noble_gas(formula, next(el for el in amounts if el in _NOBLE))]
    pairs = order_amounts(amounts)
    precursors = _sum_precursors(parts) if parts else ()
    if parts or not is_plainly_neutral(amounts):
        charge = balance_parts(pairs, precursors)
        if charge.rare or not charge.is_neutral:
            warnings = [*warnings, *_list_doubts(formula, pairs, charge, is_single=not parts)]
    if not _RARE_NAMES.keys().isdisjoint(amounts):
        warnings = [
            *warnings,
            *(f"{el} is {name}; oxygen is a capital O." for el, name in _RARE_NAMES.items() if el in amounts),
        ]
    if "0" in formula and _BARE_ZERO.search(formula):
        notes = [*notes, *(f"{zero[1]} has the amount 0 and was left out." for zero in _BARE_ZERO.finditer(formula))]
    if remarks:
        warnings = [*warnings, *_find_contradicting_remarks(Composition(text=text, pairs=pairs), remarks)]
    return Composition(text=text, pairs=pairs, precursors=precursors, warnings=tuple(warnings), notes=tuple(notes))


def _ask_for_noble_gas(formula: str, gas: str) -> str:
    """A warning of a noble gas in a formula; refuses one behind a space, which is the atmosphere: 'Li6PS5Cl Ar'."""
    head, space, last = formula.rpartition(" ")
    if space and last == gas:
        raise CompositionError(
            f"'{gas}' in '{formula[:60]}' is a noble gas, which is in no compound.",
            hint=f"Did you mean {head} under {gas}? Say the atmosphere in a field of its own.",
            proposals=(head,),
        )
    return f"{gas} is a noble gas, which is in no compound."


def _list_doubts(
    formula: str, pairs: Sequence[tuple[str, float]], charge: ChargeBalance, *, is_single: bool
) -> list[str]:
    """What a composition that is not plainly neutral may have been meant to be; refuses what reads as a typo."""
    amounts = dict(pairs)
    warnings = []
    if is_single and not charge.is_neutral and not _is_explicit(formula, amounts):
        proposals = guess_meant(formula, lambda edited: _read_amounts(edited, {}))
        if proposals and not may_be_an_alloy(amounts):
            raise _explain_typo(formula, (formula,), proposals)
        warnings += [f"Did you mean {proposal}?" for proposal in proposals]
    warnings += [
        f"'{other.piece}' is not read as one element; did you mean {other.proposal}?"
        for other in find_neutral_lookalikes(formula.replace(" ", ""))
    ]
    return [*warnings, *write_charge_warnings(formula_of(amounts), charge)]


def _sum_precursors(parts: Sequence[Part]) -> tuple[tuple[str, float], ...]:
    shares: dict[str, float] = {}
    for part in parts:
        shares[part.formula] = shares.get(part.formula, 0.0) + part.share
    return tuple(shares.items())


def _find_contradicting_remarks(composition: Composition, remarks: Sequence[str]) -> list[str]:
    """Warn where a remark such as '(Li3PS4)' is a composition that differs from the one beside it."""
    return [
        f"'({remark})' is another composition than {composition.formula}; only the latter was read."
        for remark in remarks
        if len(remark) <= _MAX_REMARK
        and (parse_plain(remark) or any(char.isdigit() for char in remark))
        and (other := find_composition(remark)) is not None
        and other.reduced_formula != composition.reduced_formula
    ]


def _with_variables(text: str, values: Mapping[str, float], cleaned: CleanText) -> str:
    """The text with the values that it leaves open behind it: so it says everything, and tells one x from another."""
    apart = [f"{name} = {Decimal(repr(value)):f}" for name, value in values.items() if name not in cleaned.variables]
    return f"{text} ({', '.join(apart)})" if apart else text


def _collect_values(variables: Mapping[str, float] | None, x: float | None, cleaned: CleanText) -> dict[str, float]:
    values = dict(cleaned.variables)
    for name, value in (*(variables or {}).items(), *([("x", x)] if x is not None else [])):
        if name not in VARIABLE_NAMES or len(name) != 1:
            raise CompositionError(f"'{name}' is not a variable.", hint=f"Use {', '.join(VARIABLE_NAMES)}.")
        if not math.isfinite(value) or abs(value) > MAX_AMOUNT:
            raise CompositionError(f"{name} = {value} is not a finite amount.", hint="Give a number, as in x=0.5.")
        if values.get(name, value) != value:
            raise CompositionError(f"{name} has two values, {values[name]:g} and {value:g}.", hint="Give it once.")
        values[name] = float(value)
    return values


def _refuse(formula: str, error: CompositionError, values: Mapping[str, float] = _NO_VALUES) -> NoReturn:
    """The most helpful error for a formula that could not be read: abbreviation, likely reading, or the plain one."""
    abbreviation = explain_abbreviation(formula)
    if abbreviation is not None:
        raise abbreviation from None
    piece = None if error.proposals else explain_piece(formula)
    if piece is not None:
        raise piece from None
    proposals = error.proposals or guess_meant(formula, lambda edited: _read_amounts(edited, values))
    proposals = proposals or propose_readings(formula, lambda text: _read(text, clean(text), {}))
    hint = f"Did you mean {' or '.join(proposals)}?" if proposals and not error.proposals else error.hint
    shown = escape_unprintable(formula[:60])
    message = error.message if f"'{formula}'" in error.message else f"{error.message} In '{shown}'."
    raise CompositionError(message, hint=hint, proposals=proposals) from None


def _explain_no_value(text: str) -> CompositionError | None:
    """What is wrong with what the text says of a variable, such as ``(x=0,3)`` or ``(0<x<0.5)``; None if nothing."""
    stated = _STATED.search(text)
    if stated is None:
        return None
    name, pointed = stated[1].lower(), _COMMA.sub(".", stated[0])
    proposals = (text.replace(stated[0], pointed),) if pointed != stated[0] else ()
    question = f"Did you mean {proposals[0]}? " if proposals else ""
    return CompositionError(
        f"'{escape_unprintable(stated[0].strip()[:40])}' is no single value of {name}.",
        hint=f"{question}Write one number with a decimal point, as in {name}=0.5.",
        proposals=proposals,
    )
