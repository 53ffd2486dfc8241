"""Compositions that are neutral by construction: mixtures of neutral precursors, directly or by substitution
coordinates.

Whatever is drawn ends as amounts of precursors (Li2S, P2S5, LiCl, GeS2, …), each of which is neutral, so the mixture is
neutral to rounding error whatever the numbers are. Element amounts on a grid would be neutral by accident only.

Two ways to span a space: :class:`Mixture` for glasses (mole fractions between bounds) and :class:`Argyrodite` for
Li(6−x+vz)P(1−z)M(z)S(5−x)X(1+x), with v = 5 − charge of M (Adeli et al., Angew. Chem. Int. Ed. 58, 8681 (2019) for x;
Kraft et al., J. Am. Chem. Soc. 140, 16330 (2018) for z with M = Ge).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np

from surrogate.composition import parse_composition
from surrogate.errors import SpaceError, UnknownName
from surrogate.space.variables import Array, Choice, Number, Table, Variable, applies, fitting_step

NONE = "none"
#: Sulfide that brings a dopant, and its formal charge.
DOPANT_SULFIDES: Mapping[str, tuple[str, int]] = {
    "Ge": ("GeS2", 4),
    "Si": ("SiS2", 4),
    "Sn": ("SnS2", 4),
    "Sb": ("Sb2S5", 5),
    "As": ("As2S5", 5),
}
HALIDES = ("F", "Cl", "Br", "I")
#: Difference in Li2S per formula unit above which a material does not follow the formula of argyrodites.
OFF_FORMULA = 0.02
MOLE_FRACTION = "mole_fraction_"


class Chemistry(Protocol):
    """How compositions of a space are drawn, described and read back. ``p`` precursors, ``k`` dimensions."""

    @property
    def precursors(self) -> tuple[str, ...]:
        """Formulas of the neutral precursors."""
        ...

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The settings that span the compositions."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers between 0 and 1 make one composition."""
        ...

    def draw(self, unit: Array) -> Table:
        """Settings (n rows) from places between 0 and 1, (n, dimensions)."""
        ...

    def nudge(self, table: Table, noise: Array) -> Table:
        """Move settings within their bounds.

        Args:
            table: The recipes, n rows.
            noise: By how much settings are moved, (n, dimensions), in units of their range.
        """
        ...

    def moles(self, table: Table) -> Array:
        """Amounts of the precursors per formula unit, (n, p)."""
        ...

    def settings(self, moles: Array, table: Table) -> Table:
        """Replace the numbers of the composition by those that the moles really make.

        Args:
            moles: Amounts of the precursors, (n, p).
            table: The recipes, n rows.
        """
        ...

    def recognised(self, moles: Array) -> Table:
        """The composition's settings of any moles (n, p), also of materials made elsewhere."""
        ...

    def quantities(self, moles: Array) -> dict[str, Array]:
        """What limits may speak of: coordinates, mole fractions, element amounts per formula unit, each (n,)."""
        ...

    def formula_amounts(self, moles: Array) -> Array:
        """Moles scaled to one formula unit (n, p)."""
        ...

    def strangeness(self, moles: Array, name: str) -> tuple[str, ...]:
        """A sentence on a material that the precursors make but no values of the variables describe.

        Args:
            moles: Amounts of the precursors, (p,).
            name: What the sentence calls the material.
        """
        ...


def _check_step(step: float | None) -> None:
    if step is not None and not 0.0 < step <= 1.0:
        raise SpaceError(
            f"The composition has a step of {step:g}; it lies above 0 and is 1 at most.",
            hint="Write step = 0.05, or 0 in a file for any composition.",
        )


@lru_cache(maxsize=64)
def element_matrix(precursors: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    """Elements, and their amounts in each precursor, (p, elements). Raises :class:`SpaceError` for a charged
    precursor.
    """
    compositions = [parse_composition(formula) for formula in precursors]
    for formula, composition in zip(precursors, compositions, strict=True):
        if abs(composition.net_charge) > 1e-12:
            raise SpaceError(
                f"The precursor {formula} is not neutral ({composition.net_charge:+g} e).",
                hint="Use neutral compounds.",
            )
    elements = tuple(dict.fromkeys(element for composition in compositions for element in composition.amounts))
    matrix = np.array([[c.amounts.get(element, 0.0) for element in elements] for c in compositions])
    matrix.setflags(write=False)  # shared by all who ask
    return elements, matrix


def _element_quantities(precursors: tuple[str, ...], moles: Array) -> dict[str, Array]:
    elements, matrix = element_matrix(precursors)
    amounts = moles @ matrix
    return {element: amounts[:, column] for column, element in enumerate(elements)}


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Mole fractions of ``precursors`` between bounds, adding up to one; the formula unit is one mole of precursors.

    ``bounds`` maps each precursor to its lowest and highest mole fraction; draws never leave them, however narrow.
    Fractions are drawn in steps of ``step`` where the bounds are wide enough for two (``None``: any fraction).
    """

    bounds: Mapping[str, tuple[float, float]]
    step: float | None = None

    def __post_init__(self) -> None:
        if len(self.bounds) < 2:
            raise SpaceError("A mixture needs at least two precursors.", hint="List them with their bounds.")
        for formula, (low, high) in self.bounds.items():
            if not 0.0 <= low <= high <= 1.0:
                raise SpaceError(
                    f"The mole fraction of {formula} runs from {low:g} to {high:g}; it must rise between 0 and 1.",
                    hint="Mole fractions, not mol%.",
                )
        _check_step(self.step)
        lows, highs = self._lows.sum(), self._highs.sum()
        if lows > 1.0 + 1e-12 or highs < 1.0 - 1e-12:
            raise SpaceError(
                f"The mole fractions can add up to {lows:g} to {highs:g}, never to 1.",
                hint="Lower the lower bounds or raise the upper ones.",
            )
        element_matrix(self.precursors)

    @property
    def precursors(self) -> tuple[str, ...]:
        """Formulas of the neutral precursors."""
        return tuple(self.bounds)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """One mole fraction per precursor."""
        return tuple(Number(name=MOLE_FRACTION + f, low=low, high=high) for f, (low, high) in self.bounds.items())

    @property
    def dimensions(self) -> int:
        """One less than precursors: the last follows."""
        return len(self.bounds) - 1

    @cached_property
    def _lows(self) -> Array:
        return np.array([low for low, _ in self.bounds.values()])

    @cached_property
    def _highs(self) -> Array:
        return np.array([high for _, high in self.bounds.values()])

    def draw(self, unit: Array) -> Table:
        """Each fraction in turn within what the others leave it; widest first in even spread over the simplex."""
        order = np.argsort(self._highs - self._lows, kind="stable")
        fractions = np.zeros((len(unit), len(self.bounds)))
        left = np.ones(len(unit))
        for place, component in enumerate(order):
            later = order[place + 1 :]
            low = np.maximum(self._lows[component], left - self._highs[later].sum())
            high = np.minimum(self._highs[component], left - self._lows[later].sum())
            share = self._even(unit[:, place], len(later)) if len(later) else np.ones(len(unit))
            fractions[:, component] = low + share * np.maximum(high - low, 0.0) if len(later) else left
            left = left - fractions[:, component]
        return self._table(self._on_steps(fractions))

    def _on_steps(self, fractions: Array) -> Array:
        """The nearest fractions on steps; the widest takes what is then missing."""
        open_ranges = self._highs > self._lows
        if self.step is None or any(
            fitting_step(low, high, self.step) is None
            for low, high in zip(self._lows[open_ranges], self._highs[open_ranges], strict=True)
        ):
            return fractions
        rounded = np.clip(np.rint(fractions / self.step) * self.step, self._lows, self._highs)
        widest = int(np.argsort(self._highs - self._lows, kind="stable")[-1])
        rounded[:, widest] += 1.0 - rounded.sum(axis=1)
        return np.asarray(np.round(rounded, 10))

    @staticmethod
    def _even(unit: Array, later: int) -> Array:
        """Stick breaking with Beta(1, later): uniform on an unbounded simplex."""
        return np.asarray(1.0 - (1.0 - unit) ** (1.0 / later))

    def nudge(self, table: Table, noise: Array) -> Table:
        """Move fractions, clip them to their bounds, and share the rest among those that have room.

        Args:
            table: The recipes, n rows.
            noise: By how much settings are moved, (n, dimensions), in units of their range.
        """
        fractions = self._fractions(table).copy()
        width = self._highs - self._lows
        fractions[:, :-1] += noise * width[:-1]
        for _ in range(20):
            fractions = np.clip(fractions, self._lows, self._highs)
            missing = 1.0 - fractions.sum(axis=1, keepdims=True)
            room = np.where(missing > 0, self._highs - fractions, fractions - self._lows)
            total = room.sum(axis=1, keepdims=True)
            fractions = fractions + missing * np.divide(room, total, out=np.zeros_like(room), where=total > 0)
        moved = self._table(self._on_steps(fractions))
        return Table(n=table.n, numbers={**table.numbers, **moved.numbers}, choices=table.choices)

    def moles(self, table: Table) -> Array:
        """The mole fractions themselves."""
        return self._fractions(table)

    def settings(self, moles: Array, table: Table) -> Table:
        """The mole fractions that the moles make.

        Args:
            moles: Amounts of the precursors, (n, p).
            table: The recipes, n rows.
        """
        fractions = self._table(self.formula_amounts(moles))
        return Table(n=table.n, numbers={**table.numbers, **fractions.numbers}, choices=table.choices)

    def recognised(self, moles: Array) -> Table:
        """The mole fractions."""
        return self._table(self.formula_amounts(moles))

    def quantities(self, moles: Array) -> dict[str, Array]:
        """Mole fractions by name and by formula, and element amounts per mole of precursors."""
        fractions = self.formula_amounts(moles)
        named = {MOLE_FRACTION + f: fractions[:, i] for i, f in enumerate(self.precursors)}
        plain = {f: fractions[:, i] for i, f in enumerate(self.precursors)}
        return {**_element_quantities(self.precursors, fractions), **plain, **named}

    def formula_amounts(self, moles: Array) -> Array:
        """Moles per mole of all precursors."""
        return np.asarray(moles / moles.sum(axis=1, keepdims=True))

    def strangeness(self, moles: Array, name: str) -> tuple[str, ...]:
        """Nothing: every mixture has its mole fractions.

        Args:
            moles: Amounts of the precursors, (p,).
            name: What the sentence calls the material.
        """
        return ()

    def _fractions(self, table: Table) -> Array:
        return np.column_stack([table.numbers[MOLE_FRACTION + formula] for formula in self.precursors])

    def _table(self, fractions: Array) -> Table:
        return Table(n=len(fractions), numbers={v.name: fractions[:, i] for i, v in enumerate(self.variables)})


@dataclass(frozen=True, kw_only=True)
class Argyrodite:
    """Li(6−x+vz)P(1−z)M(z)S(5−x)X(1+x) in its substitution coordinates x and z.

    ``halides`` lists the options for X: one halide ("Cl") or a pair ("Cl/Br"), whose first has the share
    ``halide_share`` of the halides. ``dopants`` lists M, "none" included; z is 0 without a dopant. ``rich`` are the
    halides of which x may be drawn, all where it is left out; with the others x is 0. x, z and the share are drawn in
    steps of ``step`` (``None``: any number).
    """

    x: tuple[float, float]
    z: tuple[float, float] = (0.0, 0.0)
    halides: tuple[str, ...] = ("Cl",)
    dopants: tuple[str, ...] = (NONE,)
    rich: tuple[str, ...] | None = None
    step: float | None = None

    def __post_init__(self) -> None:
        for option in (*self.halides, *(self.rich or ())):
            for halide in option.split("/"):
                if halide not in HALIDES:
                    raise UnknownName("halide", halide, HALIDES)
        for dopant in self.dopants:
            if dopant not in (*DOPANT_SULFIDES, NONE):
                raise UnknownName("dopant", dopant, (*DOPANT_SULFIDES, NONE))
        _check_step(self.step)
        if not (self.x[0] >= -1.0 and self.x[1] < 5.0 and self.z[0] >= 0.0 and self.z[1] <= 1.0):
            raise SpaceError(
                f"x from {self.x[0]:g} to {self.x[1]:g} and z from {self.z[0]:g} to {self.z[1]:g} leave the formula "
                "without sulfur or with negative amounts.",
                hint="x lies between -1 and 2, z between 0 and 1.",
            )
        self.variables  # noqa: B018 - bounds and options are checked where they are made

    @cached_property
    def _elements(self) -> tuple[str, ...]:
        return tuple(h for h in HALIDES if any(h in option.split("/") for option in self.halides))

    @cached_property
    def _doping(self) -> tuple[str, ...]:
        return tuple(d for d in self.dopants if d != NONE)

    @cached_property
    def precursors(self) -> tuple[str, ...]:
        """Li2S, P2S5, the lithium halides and the sulfides of the dopants."""
        return ("Li2S", "P2S5", *(f"Li{h}" for h in self._elements), *(DOPANT_SULFIDES[d][0] for d in self._doping))

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """x, z, halide, halide_share and dopant, as far as they are open."""
        pairs = tuple(option for option in self.halides if "/" in option)
        variables: list[Variable] = [Choice(name="halide", options=self.halides)]
        rich = tuple(option for option in self.halides if self.rich is None or option in self.rich)
        if rich:
            variables.append(self._number("x", self.x, {} if rich == self.halides else {"halide": rich}))
        if pairs:
            variables.append(self._number("halide_share", (0.0, 1.0), {"halide": pairs}))
        if self._doping:
            variables.append(Choice(name="dopant", options=self.dopants))
            variables.append(self._number("z", self.z, {"dopant": self._doping}))
        return tuple(variables)

    def _number(self, name: str, bounds: tuple[float, float], when: Mapping[str, tuple[str, ...]]) -> Number:
        return Number(name=name, low=bounds[0], high=bounds[1], step=fitting_step(*bounds, self.step), when=when)

    @property
    def dimensions(self) -> int:
        """One per variable."""
        return len(self.variables)

    def draw(self, unit: Array) -> Table:
        """Each variable from its own place."""
        numbers, choices = {}, {}
        for column, variable in enumerate(self.variables):
            if isinstance(variable, Choice):
                choices[variable.name] = variable.from_unit(unit[:, column])
            else:
                numbers[variable.name] = variable.from_unit(unit[:, column])
        return self._valid(Table(n=len(unit), numbers=numbers, choices=choices))

    def nudge(self, table: Table, noise: Array) -> Table:
        """Move x, z and the halide share within their bounds; the choices stay.

        Args:
            table: The recipes, n rows.
            noise: By how much settings are moved, (n, dimensions), in units of their range.
        """
        numbers = dict(table.numbers)
        for column, variable in enumerate(self.variables):
            if isinstance(variable, Number):
                moved = numbers[variable.name] + noise[:, column] * (variable.high - variable.low)
                numbers[variable.name] = variable.snap(moved)
        return self._valid(Table(n=table.n, numbers=numbers, choices=table.choices))

    def _valid(self, table: Table) -> Table:
        """NaN where a coordinate does not apply."""
        numbers = dict(table.numbers)
        for variable in self.variables:
            if variable.when:
                # A material without any halide has an x, which no argyrodite has.
                kept = applies(variable.when, table) | ((variable.name == "x") & (table.choices["halide"] == ""))
                numbers[variable.name] = np.where(kept, numbers[variable.name], np.nan)
        # Where there is nothing to choose, conditions may still speak of the choice.
        choices = table.choices if self._doping else {**table.choices, "dopant": np.full(table.n, NONE, dtype=object)}
        return Table(n=table.n, numbers=numbers, choices=choices)

    def moles(self, table: Table) -> Array:
        """Precursors per formula unit: LiX brings 1+x halides, P2S5 the phosphorus, MS2 (M2S5) the dopant, Li2S the
        rest.
        """
        x = np.nan_to_num(table.numbers.get("x", np.zeros(table.n)))  # with halides that are not rich it is 0
        z = np.nan_to_num(table.numbers.get("z", np.zeros(table.n)))  # without a dopant there is none
        halide = table.choices["halide"]
        share = table.numbers.get("halide_share", np.full(table.n, np.nan))
        halides = {h: np.zeros(table.n) for h in self._elements}
        for option in self.halides:
            first, *second = option.split("/")
            rows = halide == option
            part = share[rows] if second else np.ones(int(rows.sum()))
            halides[first][rows] += (1.0 + x[rows]) * part
            for other in second:
                halides[other][rows] += (1.0 + x[rows]) * (1.0 - part)
        dopants, lithium = {}, 6.0 - x
        for dopant in self._doping:
            _sulfide, charge = DOPANT_SULFIDES[dopant]
            amount = np.where(table.choices["dopant"] == dopant, z, 0.0)
            dopants[dopant] = amount if charge == 4 else amount / 2.0
            lithium = lithium + (5 - charge) * amount
        li2s = (lithium - (1.0 + x)) / 2.0
        return np.column_stack([li2s, (1.0 - z) / 2.0, *halides.values(), *dopants.values()])

    def settings(self, moles: Array, table: Table) -> Table:
        """x, z and the halide share as the moles make them.

        Args:
            moles: Amounts of the precursors, (n, p).
            table: The recipes, n rows.
        """
        quantities = self.quantities(moles)
        numbers = dict(table.numbers)
        for name in ("x", "z"):
            if name in numbers:
                numbers[name] = np.where(np.isnan(numbers[name]), np.nan, quantities[name])
        if "halide_share" in numbers:
            first = np.array([str(option).split("/")[0] for option in table.choices["halide"]], dtype=object)
            amount = np.select([first == h for h in self._elements], [quantities[h] for h in self._elements], 0.0)
            share = np.divide(amount, 1.0 + quantities["x"], out=np.ones(table.n), where=1.0 + quantities["x"] > 1e-12)
            numbers["halide_share"] = np.where(np.isnan(numbers["halide_share"]), np.nan, share)
        return Table(n=table.n, numbers=numbers, choices=table.choices)

    def recognised(self, moles: Array) -> Table:
        """x, z, and the options that the halides and dopants present (above 0.001 per formula) stand for; "" for
        none.
        """
        quantities = self.quantities(moles)
        n = len(moles)
        halide, dopant = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
        for i in range(n):
            halides = {h for h in self._elements if quantities[h][i] > 1e-3}
            dopants = [d for d in self._doping if quantities[d][i] > 1e-3]
            halide[i] = next((o for o in self.halides if set(o.split("/")) == halides), "")
            dopant[i] = NONE if not dopants else dopants[0] if len(dopants) == 1 else ""
        choices = {"halide": halide, **({"dopant": dopant} if self._doping else {})}
        numbers = {v.name: np.zeros(n) for v in self.variables if isinstance(v, Number)}
        return self.settings(moles, self._valid(Table(n=n, numbers=numbers, choices=choices)))

    def quantities(self, moles: Array) -> dict[str, Array]:
        """x, z, and element amounts per formula unit (P + M = 1); ``halide_share`` is a setting where two halides are
        mixed, and elsewhere a limit on it says nothing.
        """
        elements = _element_quantities(self.precursors, self.formula_amounts(moles))
        halides = np.sum([elements[h] for h in self._elements], axis=0)
        z = np.sum([elements[d] for d in self._doping], axis=0) if self._doping else np.zeros(len(moles))
        return {**elements, "x": halides - 1.0, "z": z, "halide_share": np.full(len(moles), np.nan)}

    def formula_amounts(self, moles: Array) -> Array:
        """Moles per framework cation (P and dopant together)."""
        per_mole = np.array(
            [2.0 if f.startswith(("P2", "Sb2", "As2")) else float(f.endswith("S2")) for f in self.precursors]
        )
        return np.asarray(moles / (moles @ per_mole)[:, None])

    def strangeness(self, moles: Array, name: str) -> tuple[str, ...]:
        """That a material holds another amount of Li2S than an argyrodite with its halides and dopant.

        Args:
            moles: Amounts of the precursors, (p,).
            name: What the sentence calls the material.
        """
        row = self.formula_amounts(moles[None])
        quantities = self.quantities(row)
        lithium = 6.0 - quantities["x"] + sum((5 - DOPANT_SULFIDES[d][1]) * quantities[d] for d in self._doping)
        missing = float(row[0, 0] - ((lithium - (1.0 + quantities["x"])) / 2.0)[0])
        if abs(missing) <= OFF_FORMULA:
            return ()
        return (f"{name} is no argyrodite Li(6-x+vz)P(1-z)M(z)S(5-x)X(1+x).",)
