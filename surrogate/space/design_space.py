"""The design space: every recipe a lab could make, with limits, steps and what the balance can weigh.

:class:`DesignSpace` is the description (read it from TOML with :func:`surrogate.space.ready.load_space`),
:class:`Pool` is ``n`` recipes drawn from it: settings, masses to weigh in, candidates, and their encoding for planners.
Everything drawn is neutral, weighable and inside every limit by construction; nothing is repaired afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import Amounts, net_charges
from surrogate.candidate.cell import COUNTED
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import Builder, check_setting
from surrogate.composition import Composition, composition_from_amounts
from surrogate.errors import SpaceError, UnknownName
from surrogate.execution.checks import check_count, check_seed
from surrogate.properties import Subject
from surrogate.space.chemistry import DOPANT_SULFIDES, HALIDES, NONE, Argyrodite, Chemistry, element_matrix
from surrogate.space.derived import milling_dose, precursor_cost, process_totals
from surrogate.space.encoding import Encoder
from surrogate.space.rules import Region, Rule, check_when
from surrogate.space.variables import (
    Array,
    Choice,
    Mask,
    Number,
    Table,
    Value,
    Variable,
    applies,
    check_names,
    resolution,
)
from surrogate.space.weighing import Balance, charges_of, molar_masses, neutral_amounts
from surrogate.text import percent

WEIGHT_FRACTIONS = ("active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction")
#: Share of a range within which a recipe lies on its end.
NEAR = 0.02
#: Draws that are tried before a space counts as empty; 2^17 finds a feasible share of 1 in 10 000 almost surely.
MAX_DRAWS = 2**17


@dataclass(frozen=True, kw_only=True)
class DesignSpace:
    """What may be made.

    ``chemistry`` spans the composition (``None``: the setting ``electrolyte`` names it), ``variables`` the process and
    the cell, ``fixed`` the settings that never change. ``rules`` must hold, ``regions`` are forbidden, ``shared``
    settings have one value within a batch (one furnace run). ``rest`` names the weight fraction that fills a composite
    up to one. Raises :class:`SpaceError` or :class:`UnknownName` for what is contradictory or does not exist.
    """

    name: str
    subject: Subject
    chemistry: Chemistry | None = None
    variables: tuple[Variable, ...] = ()
    fixed: Mapping[str, Value] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    regions: tuple[Region, ...] = ()
    shared: tuple[str, ...] = ()
    rest: str | None = None
    balance: Balance = Balance()
    composite_balance: Balance = Balance()
    prices_per_g: Mapping[str, float] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        self._check_settings()
        if self.rest is not None and self.rest not in WEIGHT_FRACTIONS:
            raise UnknownName("weight fraction", self.rest, WEIGHT_FRACTIONS)
        self._check_shared()
        self._check_prices()
        self._check_asked()
        self._check_conditions()
        if not self.dimensions:
            raise SpaceError(f"The space '{self.name}' has nothing to vary.", hint="Give a variable or a composition.")
        self.decode(np.full((2, self.dimensions), 0.5)).feasible  # noqa: B018 - every name in every limit is known

    def _check_settings(self) -> None:
        check_names(self.all_variables)
        for variable in self.variables:
            options = variable.options if isinstance(variable, Choice) else ()
            check_setting(variable.name, number=isinstance(variable, Number), options=options)
        for name, value in self.fixed.items():
            if name in {v.name for v in self.all_variables}:
                raise SpaceError(f"The setting {name} is both fixed and variable.", hint="Give it once.")
            number = not isinstance(value, str)
            check_setting(name, number=number, options=() if number else (str(value),))
            if not isinstance(value, str) and not math.isfinite(value):
                raise SpaceError(f"{name} is fixed at {value}, which is not a finite number.", hint="Leave it out.")
        if self.chemistry is not None and "electrolyte" in {*self.fixed, *(v.name for v in self.variables)}:
            raise SpaceError("The composition is given twice.", hint="Give either a composition or electrolyte.")

    def _check_shared(self) -> None:
        weighed = [v.name for v in self.coordinates if isinstance(v, Number)]
        possible = [v.name for v in self.all_variables if v.name not in weighed]
        for name in self.shared:
            if name in weighed:
                raise SpaceError(
                    f"{name} is weighed in anew for every recipe, so it is never the same twice and cannot be shared.",
                    hint=f"Give it equal bounds, or share {', '.join(possible)}.",
                )
            if name not in possible:
                raise UnknownName("shared setting", name, possible)

    def _check_asked(self) -> None:
        """Refuse settings that no prediction can be asked for: a recipe that is suggested has one."""
        bounds = {v.name: (v.low, v.step) for v in self.variables if isinstance(v, Number)}
        lowest = {n: v for n, v in self.fixed.items() if not isinstance(v, str)} | {n: b[0] for n, b in bounds.items()}
        if lowest.get("active_weight_fraction", 1.0) <= 0.0:
            raise SpaceError(
                f"active_weight_fraction starts at {lowest['active_weight_fraction']:g}; an electrode holds some "
                "active material.",
                hint="Raise the lower bound.",
            )
        for name in sorted(lowest.keys() & set(COUNTED)):
            low, step = bounds.get(name, (lowest[name], 1.0))
            if step is None or low % 1.0 or step % 1.0:
                stepped = "" if name in self.fixed else " without a step" if step is None else f" in steps of {step:g}"
                raise SpaceError(
                    f"{name} from {low:g}{stepped} is not always a whole number; cycles are counted.",
                    hint="Give a whole number, in a variable whole bounds and step = 1.",
                )

    def _check_prices(self) -> None:
        for name, price in self.prices_per_g.items():
            if not (price >= 0.0 and math.isfinite(price)):
                raise SpaceError(
                    f"The price of {name} is {price:g} per g; it must be a finite number, 0 or more.",
                    hint="Leave it out if it is not known.",
                )

    def _check_conditions(self) -> None:
        options: dict[str, tuple[str, ...]] = {"dopant": (NONE,)} if isinstance(self.chemistry, Argyrodite) else {}
        options |= {v.name: v.options for v in self.all_variables if isinstance(v, Choice)}
        options |= {name: (value,) for name, value in self.fixed.items() if isinstance(value, str)}
        for part in (*self.all_variables, *self.rules, *self.regions):
            check_when(part.when, options)

    @property
    def deciding(self) -> frozenset[str]:
        """The choices that the composition or other settings depend on."""
        return frozenset(v.name for v in self.coordinates if isinstance(v, Choice)) | {
            name for v in self.all_variables for name in v.when
        }

    @property
    def coordinates(self) -> tuple[Variable, ...]:
        """The variables of the composition; none where it is named."""
        return () if self.chemistry is None else self.chemistry.variables

    @property
    def all_variables(self) -> tuple[Variable, ...]:
        """The variables of the composition, then those of process and cell."""
        return (*self.coordinates, *self.variables)

    @property
    def dimensions(self) -> int:
        """How many numbers between 0 and 1 make one recipe."""
        chemistry = self.chemistry.dimensions if self.chemistry is not None else 0
        return chemistry + len(self.variables)

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements that a designed composition may hold."""
        return () if self.chemistry is None else element_matrix(self.chemistry.precursors)[0]

    @cached_property
    def precursor_masses(self) -> Array:
        """Molar masses of the precursors in g/mol, (p,)."""
        assert self.chemistry is not None
        return molar_masses(self.chemistry.precursors)

    @cached_property
    def weighing_tolerance(self) -> float:
        """How far a composition that was aimed at a bound may miss it: compositions on steps lie on bounds, and what is
        weighed in lies a little beside. Where there are no steps no draw lies on a bound, and none may miss it.
        """
        step = getattr(self.chemistry, "step", None)
        if self.chemistry is None or step is None:
            return 1e-9
        middle = np.full((1, self.chemistry.dimensions), 0.5)
        moles = self.chemistry.formula_amounts(self.chemistry.moles(self.chemistry.draw(middle)))
        exact = self.balance.tolerance(self.precursor_masses, float((moles @ self.precursor_masses)[0]))
        return min(2.0 * exact, float(step) / 20.0)

    def decode(self, unit: Array) -> Pool:
        """Recipes from places between 0 and 1, (n, dimensions), feasible or not: snapped to steps and weighed in."""
        start = self.chemistry.dimensions if self.chemistry is not None else 0
        table = self.chemistry.draw(unit[:, :start]) if self.chemistry is not None else Table(n=len(unit))
        numbers, choices = dict(table.numbers), dict(table.choices)
        for column, variable in enumerate(self.variables, start):
            if isinstance(variable, Choice):
                choices[variable.name] = variable.from_unit(unit[:, column])
            else:
                numbers[variable.name] = variable.from_unit(unit[:, column])
        return self.weighed(Table(n=len(unit), numbers=numbers, choices=choices).replaced(self.fixed))

    def weighed(self, table: Table) -> Pool:
        """A pool from settings: what does not apply is blanked, and every mass is rounded to the balance."""
        numbers = dict(table.numbers)
        for variable in self.variables:
            if variable.when and isinstance(variable, Number):
                numbers[variable.name] = np.where(applies(variable.when, table), numbers[variable.name], np.nan)
        table = self._composite(Table(n=table.n, numbers=numbers, choices=table.choices))
        if self.chemistry is None:
            return Pool(space=self, table=table)
        masses = self.balance.weigh(self.chemistry.moles(table), self.precursor_masses)
        moles = self.chemistry.formula_amounts(masses / self.precursor_masses)
        return Pool(space=self, table=self.chemistry.settings(moles, table), masses_g=masses, moles=moles)

    def _composite(self, table: Table) -> Table:
        """Weight fractions as they are weighed in, with the rest filled up."""
        if self.rest is None:
            return table
        weighed_names = [n for n in WEIGHT_FRACTIONS if n != self.rest]
        fractions = {n: table.numbers.get(n, np.zeros(table.n)) for n in weighed_names}
        fractions[self.rest] = 1.0 - np.sum(list(fractions.values()), axis=0)
        masses = self.composite_balance.shared_out(np.column_stack(list(fractions.values())))
        weighed = masses / masses.sum(axis=1, keepdims=True)
        return Table(
            n=table.n,
            numbers={**table.numbers, **{n: weighed[:, i] for i, n in enumerate(fractions)}},
            choices=table.choices,
        )

    def sample(self, n: int, seed: int = 0) -> Pool:
        """Draw different feasible recipes from a scrambled Sobol sequence.

        Args:
            n: How many; a small discrete space may hold fewer.
            seed: The same seed gives the same recipes.

        Raises:
            SpaceError: None is found; the message names the limits that exclude the most.
        """
        check_seed(seed)
        check_count("pool", n, error=SpaceError)
        from scipy.stats import qmc

        engine = qmc.Sobol(self.dimensions, scramble=True, rng=np.random.default_rng(seed))
        pools: list[Pool] = []
        kept, drawn, chunk = 0, 0, 2 ** max(6, math.ceil(math.log2(n)))
        while kept < n and drawn < max(MAX_DRAWS, 8 * chunk):
            pool = self.decode(engine.random(chunk))
            pool = pool.take(pool.feasible)
            pools = [Pool.joined([*pools, pool]).distinct()]
            stuck = drawn >= MAX_DRAWS // 8 and pools[0].n == kept
            kept, drawn = pools[0].n, drawn + chunk
            if stuck and kept:
                break
        if not kept:
            raise self._empty(seed)
        return pools[0].take(np.arange(min(n, kept)))

    def told_apart(self, table: Table, recipe: Table, *, weighed: bool = False) -> Mask:
        """Find the recipes that a laboratory can tell from one of its own.

        Args:
            table: The recipes, n rows.
            recipe: The one, a table of one row.
            weighed: Whether by what is weighed in alone.

        Returns:
            A mask (n,): true for another option, or a number farther away than what a laboratory can set.
        """
        apart = np.zeros(table.n, dtype=bool)
        for variable in self.coordinates if weighed else self.all_variables:
            if isinstance(variable, Choice):
                apart |= table.choices[variable.name] != recipe.choices[variable.name][0]
            else:
                smallest = min(filter(None, (variable.step, resolution(variable.name))), default=0.0)
                # What is weighed in lies a little beside its step.
                gap = np.abs(table.numbers[variable.name] - recipe.numbers[variable.name][0])
                apart |= gap > 1.05 * smallest
        return apart

    def near(self, pool: Pool, position: int, noise: Array) -> Pool:
        """Make feasible recipes around one of a pool.

        Args:
            pool: Recipes of this space.
            position: Of the recipe in the middle.
            noise: By how much numbers are moved, (n, dimensions), in units of their range.
        """
        table = pool.table.take(np.full(len(noise), position))
        start = 0
        if self.chemistry is not None:
            start = self.chemistry.dimensions
            table = self.chemistry.nudge(table, noise[:, :start])
        numbers = dict(table.numbers)
        for column, variable in enumerate(self.variables, start):
            if isinstance(variable, Number):
                place = variable.to_unit(numbers[variable.name]) + noise[:, column]
                numbers[variable.name] = variable.from_unit(np.clip(place, 0.0, 1.0))
        moved = self.weighed(Table(n=len(noise), numbers=numbers, choices=table.choices))
        return moved.take(moved.feasible).distinct()

    def _empty(self, seed: int) -> SpaceError:
        rng = np.random.default_rng(seed)
        pool = self.decode(rng.random((4096, self.dimensions)))
        broken = sorted(pool.exclusions().items(), key=lambda item: -item[1])
        worst = "; ".join(f"'{text}' excludes {percent(share)}" for text, share in broken[:3] if share > 0)
        hint = f"Of the draws, {worst}." if worst else "Widen the bounds."
        if broken[0][1] < 1.0:
            hint += (
                " Each of them can be kept alone: together they contradict each other, or leave a line too thin to "
                "hit. Leave a tolerance between them, as in 'x - z <= 0.01', or give a setting equal bounds."
            )
        return SpaceError(
            f"The space '{self.name}' is empty, or too thin to hit: no recipe could be drawn, for none of {MAX_DRAWS} "
            "draws keeps every limit.",
            hint=hint,
        )

    @cached_property
    def encoder(self) -> Encoder:
        """The crossing to what planners compute with."""
        fixed = {name: value for name, value in self.fixed.items() if name != self.rest}
        return Encoder(chemistry=self.chemistry, variables=self.variables, fixed=fixed)

    def encode(self, candidates: Sequence[Candidate]) -> Array:
        """Candidates, from this space or not, as planners see them: (n, d), see :mod:`surrogate.space.encoding`."""
        return self.encoder.candidates(candidates)

    def contains(self, candidate: Candidate) -> bool:
        """Whether this candidate could have come from this space (within what the balance can tell)."""
        return not self.violations(candidate)

    def violations(self, candidate: Candidate) -> tuple[str, ...]:
        """Why a candidate is outside, a sentence each; empty for one that is inside."""
        remarks = self.encoder.describe([candidate]).remarks[0]
        pool = self.described([candidate])
        tolerance = 1e-6
        if pool.moles is not None:
            tolerance = self.balance.tolerance(self.precursor_masses, float((pool.moles @ self.precursor_masses)[0]))
        broken = pool.broken(tolerance)
        if broken and not remarks and self.chemistry is not None and pool.moles is not None and candidate.electrolyte:
            remarks = self.chemistry.strangeness(pool.moles[0], candidate.electrolyte.composition.reduced_formula)
        return (*remarks, *broken)

    def described(self, candidates: Sequence[Candidate]) -> Pool:
        """Candidates made elsewhere in the words of this space (what it cannot say is lost; see :meth:`violations`)."""
        description = self.encoder.describe(candidates)
        table, moles, masses = description.table.replaced(self.fixed), None, None
        if self.chemistry is not None and description.moles is not None:
            moles = self.chemistry.formula_amounts(description.moles)
            recognised = self.chemistry.recognised(moles)
            table = Table(
                n=table.n,
                numbers={**table.numbers, **recognised.numbers},
                choices={**table.choices, **recognised.choices},
            )
            masses = self.balance.weigh(moles, self.precursor_masses)
        return Pool(space=self, table=self._composite(table), masses_g=masses, moles=moles)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """``n`` recipes of one space: settings, masses of the precursors in g (n, p) and moles per formula unit (n, p)."""

    space: DesignSpace
    table: Table
    masses_g: Array | None = None
    moles: Array | None = None

    @property
    def n(self) -> int:
        """How many recipes."""
        return self.table.n

    def __len__(self) -> int:
        return self.n

    def take(self, rows: NDArray[Any]) -> Pool:
        """The recipes at these positions or where a mask is true."""
        kept = np.arange(self.n)[rows]
        return Pool(
            space=self.space,
            table=self.table.take(kept),
            masses_g=None if self.masses_g is None else self.masses_g[kept],
            moles=None if self.moles is None else self.moles[kept],
        )

    @staticmethod
    def joined(pools: Sequence[Pool]) -> Pool:
        """Pools of one space, one below the other."""
        masses = [p.masses_g for p in pools if p.masses_g is not None]
        moles = [p.moles for p in pools if p.moles is not None]
        return Pool(
            space=pools[0].space,
            table=Table.joined([p.table for p in pools]),
            masses_g=np.vstack(masses) if masses else None,
            moles=np.vstack(moles) if moles else None,
        )

    def distinct(self) -> Pool:
        """Without repeats (recipes that a lab could not tell apart), first ones kept."""
        _, first = np.unique(self.keys, return_index=True)
        return self if len(first) == self.n else self.take(np.sort(first))

    @cached_property
    def encoded(self) -> Array:
        """What planners compute with, (n, d)."""
        return self.space.encoder.encode(self.table, self.moles)

    @cached_property
    def keys(self) -> Array:
        """One value per recipe; equal for recipes that a lab could not tell apart."""
        return keys_of(self.encoded)

    @cached_property
    def quantities(self) -> dict[str, Array]:
        """Every number a limit or an objective may name, each (n,)."""
        quantities = {**self.table.numbers, **process_totals(self.table), **milling_dose(self.table)}
        chemistry = self.space.chemistry
        if chemistry is not None and self.moles is not None and self.masses_g is not None:
            quantities = {**chemistry.quantities(self.moles), **quantities}
            if self.space.prices_per_g and set(chemistry.precursors) <= set(self.space.prices_per_g):
                quantities["precursor_cost_per_g"] = precursor_cost(
                    self.masses_g, chemistry.precursors, self.space.prices_per_g
                )
            # A limit on a dopant or halide that was taken out of a space is kept by every recipe.
            absent = {*DOPANT_SULFIDES, *HALIDES} - quantities.keys()
            quantities |= {element: np.zeros(self.n) for element in absent}
        return quantities

    @cached_property
    def feasible(self) -> Mask:
        """Where every bound and limit is kept and no forbidden region is entered."""
        return np.asarray(np.all([mask for _, mask in self._checks(self.space.weighing_tolerance)], axis=0))

    def exclusions(self) -> dict[str, float]:
        """Share of the recipes that each bound, limit or region excludes."""
        return {text: float(1.0 - mask.mean()) for text, mask in self._checks()}

    def broken(self, tolerance: float) -> tuple[str, ...]:
        """What the first recipe breaks by more than ``tolerance``, a sentence each."""
        return tuple(f"It breaks {text}." for text, mask in self._checks(tolerance) if not mask[0])

    def binding(self, position: int) -> tuple[str, ...]:
        """Bounds and limits that one recipe lies on, or within :data:`NEAR` of the range of."""
        limits = []
        for variable in self.space.all_variables:
            if not isinstance(variable, Number) or variable.is_fixed:
                continue
            place = float(variable.to_unit(self.table.numbers[variable.name][[position]])[0])
            if place <= NEAR or place >= 1.0 - NEAR:
                edge, bound = ("lower", variable.low) if place <= NEAR else ("upper", variable.high)
                limits.append(
                    f"{variable.name} is at its {edge} bound of {bound:g}{' ' + variable.unit if variable.unit else ''}"
                )
        one = self.take(np.array([position]))
        for rule in self.space.rules:
            slack = float(rule.slack(one.quantities, one.table)[0])
            if slack <= NEAR * max(abs(rule.bound), 1e-9):
                limits.append(f"{rule.text}{f' ({rule.source})' if rule.source else ''}")
        return tuple(limits)

    def _checks(self, tolerance: float = 1e-9) -> list[tuple[str, Mask]]:
        checks: list[tuple[str, Mask]] = [("anything", np.ones(self.n, dtype=bool))]
        for variable in self.space.all_variables:
            if isinstance(variable, Number) and not variable.is_fixed:
                value = self.table.numbers[variable.name]
                inside = (value >= variable.low - tolerance) & (value <= variable.high + tolerance)
                text = f"{variable.low:g} <= {variable.name} <= {variable.high:g}"
                checks.append((text, np.isnan(value) | inside))
        checks += [(rule.text, rule.allows(self.quantities, self.table, tolerance)) for rule in self.space.rules]
        checks += [
            (f"the forbidden region: {r.reason}", ~r.holds(self.quantities, self.table)) for r in self.space.regions
        ]
        if self.moles is not None:
            checks.append(("amounts of precursors >= 0", np.all(self.moles >= -tolerance, axis=1)))
        if self.space.rest is not None:
            checks.append((f"{self.space.rest} >= 0", self.table.numbers[self.space.rest] >= -tolerance))
        return checks

    @cached_property
    def amounts(self) -> Amounts | None:
        """Neutral amounts as weighed in, or ``None`` where the setting ``electrolyte`` names the composition."""
        chemistry = self.space.chemistry
        if chemistry is None or self.moles is None:
            return None
        elements, matrix = element_matrix(chemistry.precursors)
        charges = charges_of(chemistry.precursors, elements)
        values = neutral_amounts(self.moles @ matrix, elements, charges)
        return Amounts(elements=elements, values=values, net_charge=net_charges(elements, values))

    @cached_property
    def compositions(self) -> tuple[Composition, ...] | None:
        """Neutral compositions as weighed in, or ``None`` where the setting ``electrolyte`` names them."""
        if self.amounts is None:
            return None
        elements = self.amounts.elements
        return tuple(
            composition_from_amounts(dict(zip(elements, row, strict=True))) for row in self.amounts.values.tolist()
        )

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """What models predict and what suggestions propose."""
        builder, compositions = Builder(varied=True), self.compositions
        return tuple(
            builder.candidate(
                {name: value for name, value in self.table.row(i).items() if name in FIELDS},
                self.space.subject,
                None if compositions is None else compositions[i],
            )
            for i in range(self.n)
        )

    def settings(self, position: int) -> dict[str, Value]:
        """The lab values of one recipe: what varies in the space, then what is fixed; coordinates to four decimals."""
        row = self.table.row(position)
        names = [v.name for v in self.space.all_variables] + ([self.space.rest] if self.space.rest else [])
        ordered = {name: row[name] for name in [*names, *self.space.fixed] if name in row}
        stepped = {v.name: v for v in self.space.coordinates if isinstance(v, Number) and v.step is not None}
        return {
            name: value if isinstance(value, str) else round(_aimed_at(value, stepped.get(name)), 4)
            for name, value in ordered.items()
        }

    def weigh_in_g(self, position: int) -> dict[str, float]:
        """Masses in g for one batch, zeros left out; precursors of the electrolyte, or the parts of the composite."""
        masses: dict[str, float] = {}
        if self.masses_g is not None and self.space.chemistry is not None:
            masses = dict(zip(self.space.chemistry.precursors, self.masses_g[position].tolist(), strict=True))
        if self.space.rest is not None:
            batch = self.space.composite_balance.batch_mass_g
            for name in WEIGHT_FRACTIONS:
                share = float(self.table.numbers.get(name, np.zeros(self.n))[position])
                part = f"composite: {name.removesuffix('_weight_fraction').replace('_', ' ')}"
                masses[part] = float(self.space.composite_balance.round(np.array([share * batch]))[0])
        return {name: mass for name, mass in masses.items() if mass > 0.0}


def _aimed_at(value: float, variable: Number | None) -> float:
    """What a coordinate was drawn as: weighing in moves it by less than a twentieth of a step."""
    if variable is None or variable.step is None:
        return value
    drawn = float(variable.snap(np.array([value]))[0])
    return drawn if abs(drawn - value) < variable.step / 20.0 else value


def keys_of(encoded: Array) -> Array:
    """One number per row of an encoding, equal for rows that agree to a thousandth in every column."""
    rounded = np.ascontiguousarray(np.rint(np.nan_to_num(encoded, nan=-9.0) * 1000.0).astype(np.int64))
    weights = np.random.default_rng(20).integers(1, 2**62, size=rounded.shape[1], dtype=np.int64)
    return np.asarray((rounded.astype(np.uint64) * weights.astype(np.uint64)).sum(axis=1, dtype=np.uint64))
