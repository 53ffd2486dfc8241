"""The grammar: a cleaned string becomes components, each a formula with its share.

    mixture   = component (separator component)*         separator: - + and the dots, which text.py turns into '·'
    component = [coefficient] formula                     coefficient: 75, 0.75, 10 wt%, 10 mol%, x, (1-x)
    formula   = (element | '(' mixture ')') [amount] ...  amount: 3, 0.25, 1/3, x, 6-x, 2+0.5x, (6-x), (2/3-x), (1-x)/2

A mixture of more than one component stands for one mole of mixture. The text has at most 200 characters and brackets
nest at most 8 deep, so the recursion is bounded and every pattern is matched in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn

from surrogate.composition.elements import SYMBOLS
from surrogate.composition.formula import MAX_AMOUNT, MIN_AMOUNT, check_amount, formula_of, read_number
from surrogate.composition.mixture import Component, Part, apply_ratio, check_group_shares, find_fractions
from surrogate.errors import CompositionError

MAX_DEPTH: Final = 8
VARIABLE_NAMES: Final = "xyznmδ"

_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"
_PLAIN: Final = re.compile(r"([A-Z][a-z]?)((?:[1-9]\d*|0)(?:\.\d+)?)?")
_WHOLLY_PLAIN: Final = re.compile(r"(?:[A-Z][a-z]?(?:(?:[1-9]\d*|0(?!\d))(?:\.\d+)?)?)+")
_AMOUNT: Final = re.compile(rf"{_NUMBER}(?:/\d+)?")
# A number and nothing that belongs to the amount behind it: the common case, quick.
_NUMBER_ALONE: Final = re.compile(rf"{_NUMBER}(?![\d./+\-{VARIABLE_NAMES}])")
_TERM: Final = re.compile(rf"({_NUMBER})?([{VARIABLE_NAMES}](?![a-z]))?")
_SIGNED_VARIABLE: Final = re.compile(rf"[+-]{_NUMBER}?[{VARIABLE_NAMES}](?![a-z])")
_STARTS_AMOUNT: Final = re.compile(rf"[0-9.]|[{VARIABLE_NAMES}](?![a-z])")
_BRACKETED: Final = re.compile(rf"\(([0-9./+\-{VARIABLE_NAMES}]{{1,40}})\)")
_DIVISOR: Final = re.compile(r"/(\d+)")
_UNIT: Final = re.compile(r"\s*(mol|wt|vol|at)?\.?\s?%\s*(?:of\s+)?")
_SEPARATORS: Final = "-+·"


def parse_plain(text: str) -> dict[str, float] | None:
    """Amounts of a formula of elements and decimals only (the common case, quick), or None if it is anything else."""
    if not _WHOLLY_PLAIN.fullmatch(text):
        return None
    pieces = _PLAIN.findall(text)
    amounts = {symbol: float(digits) if digits else 1.0 for symbol, digits in pieces}
    if len(amounts) < len(pieces) or not SYMBOLS.issuperset(amounts):
        return None
    if min(amounts.values()) < MIN_AMOUNT or max(amounts.values()) > MAX_AMOUNT:
        checked = {symbol: check_amount(amounts[symbol], symbol + digits) for symbol, digits in pieces}
        return {symbol: amount for symbol, amount in checked.items() if amount}
    return amounts


class VariableWithoutValue(CompositionError):
    """An amount depends on a variable of which the text gives no value."""


@dataclass(kw_only=True)
class Parser:
    """One pass over one text. ``variables`` are the values of x, y ...; ``used`` collects those that occur."""

    text: str
    variables: Mapping[str, float]
    basis: str | None = None  # 'mol' or 'wt' where the text states it for all components
    ratio: Sequence[float] = ()  # shares that the text states behind the components
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)  # elements seen twice in one formula, outside brackets
    formulas: list[Component] = field(default_factory=list)  # every component that is one formula
    position: int = 0

    def parse(self) -> list[Part]:
        """Parts of the whole text, their shares adding up to 1 (one part: a formula)."""
        components = self._parse_mixture(depth=0)
        if self.position < len(self.text):
            self._refuse_character()
        if self.ratio:
            components = apply_ratio(components, self.ratio)
        return self._parse_fractions(components, self.basis)

    def _parse_fractions(self, components: Sequence[Component], basis: str | None) -> list[Part]:
        return find_fractions(components, basis=basis, notes=self.notes, warnings=self.warnings)

    # -- mixture ------------------------------------------------------------------------------------------------
    def _parse_mixture(self, depth: int) -> list[Component]:
        if depth > MAX_DEPTH:
            raise CompositionError(f"Brackets nest more than {MAX_DEPTH} deep.", hint="Write the formula out.")
        components = [self._parse_component(depth)]
        separators = set()
        while True:
            self._skip_spaces()
            if self._peek() not in _SEPARATORS or not self._peek():
                break
            separators.add(self._peek())
            self.position += 1
            components.append(self._parse_component(depth))
        if separators == {"·"}:
            components = [replace(component, is_adduct=True) for component in components]
        if depth == 0 or len(components) > 1:
            self.formulas += [component for component in components if len(component.parts) == 1]
        return components

    def _parse_component(self, depth: int) -> Component:
        self._skip_spaces()
        start = self.position
        share, unit = self._parse_coefficient()
        self._skip_spaces()
        begin = self.position
        parts = self._parse_formula(depth, mixing=share is not None)
        end = self.position
        return Component(
            written=self.text[begin:end].strip(),
            source=self.text[start:end],
            span=(begin, end),
            share=share,
            unit=unit,
            parts=parts,
        )

    def _parse_coefficient(self) -> tuple[float | None, str | None]:
        bracketed = _BRACKETED.match(self.text, self.position)
        if bracketed:
            self.position = bracketed.end()
            return self._evaluate(bracketed.group(1)), self._read_unit()
        if not _STARTS_AMOUNT.match(self.text, self.position):
            return None, None
        return self._sum(mixing=True), self._read_unit()

    def _read_unit(self) -> str | None:
        match = _UNIT.match(self.text, self.position)
        if not match:
            return None
        self.position = match.end()
        return match.group(1) or "%"

    # -- formula ------------------------------------------------------------------------------------------------
    def _parse_formula(self, depth: int, *, mixing: bool) -> list[Part]:
        """Parts of one component. A single formula gives one part; a bracketed mixture gives its precursors."""
        units: list[tuple[list[Part], float, bool]] = []
        seen: set[str] = set()
        begin = self.position
        while True:
            unit = self._group(depth) if self._peek() in {"(", "[", "{"} else self._parse_element(seen, depth)
            if unit is None:
                break
            before = self.position
            amount = self._parse_amount(mixing=mixing)
            units.append((unit, amount, self.position > before))
            # Spaces between the pieces of one formula ('Li6 P S5 Cl'); left alone before anything else.
            ahead = self.position
            while self.text[ahead : ahead + 1].isspace():
                ahead += 1
            if "A" <= self.text[ahead : ahead + 1] <= "Z" or self.text[ahead : ahead + 1] in {"(", "["}:
                self.position = ahead
        if not units:
            self._refuse_character()
        return _join(units, self.text[begin : self.position].strip())

    def _parse_element(self, seen: set[str], depth: int) -> list[Part] | None:
        char = self._peek()
        if not ("A" <= char <= "Z"):
            return None
        pair = self.text[self.position : self.position + 2]
        symbol = pair if pair in SYMBOLS else char
        if symbol not in SYMBOLS:
            self._refuse_character()
        if symbol in seen and depth == 0:
            self.repeated.append(symbol)
        seen.add(symbol)
        self.position += len(symbol)
        return [Part(formula=symbol, amounts={symbol: 1.0}, share=1.0)]

    def _group(self, depth: int) -> list[Part]:
        opened = self._peek()
        closing = {"(": ")", "[": "]", "{": "}"}[opened]
        self.position += 1
        begin = self.position
        components = self._parse_mixture(depth + 1)
        if self._peek() != closing:
            if self.position >= len(self.text):
                raise CompositionError(f"A bracket '{opened}' is opened but not closed.", hint="Close the bracket.")
            self._refuse_character()
        end = self.position
        self.position += 1
        try:
            return self._parse_fractions(components, None)
        except CompositionError as error:
            whole = [f"{self.text[:begin]}{proposal}{self.text[end:]}" for proposal in error.proposals]
            raise CompositionError(error.message, hint=error.hint, proposals=whole) from None

    def _parse_amount(self, *, mixing: bool) -> float:
        bracketed = _BRACKETED.match(self.text, self.position)
        if bracketed:
            self.position = bracketed.end()
            return self._divide(self._evaluate(bracketed.group(1)))
        return self._sum(mixing=mixing) if _STARTS_AMOUNT.match(self.text, self.position) else 1.0

    # -- numbers ------------------------------------------------------------------------------------------------
    def _evaluate(self, expression: str) -> float:
        inner = Parser(text=expression, variables=self.variables, used=self.used)
        value = inner._sum(mixing=False, start_signed=True)
        while inner.position < len(expression) and expression[inner.position] in "+-":
            sign = -1.0 if expression[inner.position] == "-" else 1.0
            inner.position += 1
            value += sign * inner._parse_term()
        if inner.position < len(expression):
            raise CompositionError(f"'({expression})' is not a sum of numbers and variables.")
        return check_amount(value, f"({expression})")

    def _sum(self, *, mixing: bool, start_signed: bool = False) -> float:
        """A number or variable with further ``+x`` or ``-0.5x`` terms; ``mixing`` reads ``4-xLiI`` as a separator."""
        begin = self.position
        if alone := _NUMBER_ALONE.match(self.text, begin):
            self.position = alone.end()
            return check_amount(read_number(alone[0]), alone[0])
        value = self._parse_term()
        while match := _SIGNED_VARIABLE.match(self.text, self.position):
            following = self.text[match.end() : match.end() + 1]
            if mixing and (following.isupper() or following == "("):
                break
            sign = -1.0 if self._peek() == "-" else 1.0
            self.position += 1
            value += sign * self._parse_term()
        return value if start_signed else check_amount(value, self.text[begin : self.position])

    def _parse_term(self) -> float:
        fraction = _AMOUNT.match(self.text, self.position)
        if fraction and "/" in fraction.group():
            self.position = fraction.end()
            return read_number(fraction.group())
        match = _TERM.match(self.text, self.position)
        if match is None or not match.group():
            self._refuse_character()
        number, name = match.groups()
        self.position = match.end()
        if name is None:
            return read_number(number)
        self.used.add(name)
        if name not in self.variables:
            raise VariableWithoutValue(
                f"The amount depends on '{name}', which has no value.", hint=f"Give a value, for example {name}=0.5."
            )
        return self._divide((read_number(number) if number else 1.0) * self.variables[name])

    def _divide(self, value: float) -> float:
        """``value`` by the whole number behind a slash, as in ``x/2``, where there is one."""
        match = _DIVISOR.match(self.text, self.position)
        if match is None:
            return value
        self.position = match.end()
        return value * read_number(f"1{match.group()}")

    # -- reading ------------------------------------------------------------------------------------------------
    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _skip_spaces(self) -> None:
        while self._peek().isspace():
            self.position += 1

    def _refuse_character(self) -> NoReturn:
        rest = self.text[self.position :].strip()
        if not rest:
            raise CompositionError("The text ends where a formula is expected.", hint="Complete or drop the last part.")
        piece = re.split(r"[\s·+()\[\]-]", rest, maxsplit=1)[0] or rest[0]
        if rest[0].isdigit():
            message, hint = f"'{piece}' is an amount where an element is expected.", "Separate precursors with '-'."
        elif rest[0].isalpha():
            message = f"'{piece}' does not start with the symbol of an element."
            hint = "Write element symbols, as in Li6PS5Cl."
        elif rest[0] == ",":
            message = f"',' at '{rest[:20]}' is neither a decimal point nor a share."
            hint = "Write decimals with a point, and an amount behind every element."
        elif rest[0] == "^":
            message = f"'{piece}' is raised, as a charge, an isotope or a footnote is."
            hint = "Write amounts level or lowered, and leave out what is raised."
        else:
            message = f"'{rest[0]}' at '{rest[:20]}' is not part of a formula."
            hint = "Give one formula or mixture."
        raise CompositionError(message, hint=hint)


def _join(units: list[tuple[list[Part], float, bool]], written: str) -> list[Part]:
    """One formula out of its pieces, or precursors where the pieces are bracketed and their amounts are shares."""
    if len(units) == 1 and len(units[0][0]) > 1:
        parts, amount, explicit = units[0]
        if explicit and amount != 1:
            raise CompositionError(
                f"'{written}' multiplies a mixture.", hint="Write the share in front of the bracket."
            )
        return parts
    shares = [amount for _, amount, _ in units]
    are_groups = len(units) > 1 and all(
        explicit and (len(parts) > 1 or len(parts[0].amounts) > 1) for parts, _, explicit in units
    )
    if are_groups and any(abs(sum(shares) - whole) < 1e-6 * whole for whole in (1.0, 100.0)):
        whole = sum(shares)
        return [part.times(amount / whole) for parts, amount, _ in units for part in parts]
    if are_groups:
        check_group_shares([(parts, amount) for parts, amount, _ in units])
    amounts: dict[str, float] = {}
    for parts, amount, _ in units:
        for part in parts:
            for el, value in part.amounts.items():
                amounts[el] = amounts.get(el, 0.0) + amount * part.share * value
    amounts = {el: value for el, value in amounts.items() if value}
    return [Part(formula=formula_of(amounts), amounts=amounts, share=1.0)]
