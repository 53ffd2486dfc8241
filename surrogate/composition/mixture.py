"""Shares of a mixture: mole or mass, percent, fraction or ratio, brought to mole fractions that add up to 1.

Accepted: all shares given and adding up to 100 or 1; small whole mole ratios (9Li2S-3P2S5-1Ni3S2; between
charge-neutral compounds a missing one is 1, as in 5Li2S-P2S5-2LiCl); one share left out beside a share with a unit
(Li3PS4 + 10 wt% LiI: the rest). Everything else is refused: nothing is scaled silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from surrogate.composition.charge import balance
from surrogate.composition.formula import molar_mass
from surrogate.errors import CompositionError

# 33.3 + 33.3 + 33.3 is meant to be 100; 66 + 33 is not close enough to know what was meant.
_SUM_TOLERANCE: Final = 0.002
_MAX_RATIO_SUM: Final = 25
_UNUSABLE: Final = {
    "%": "'%' does not say whether mol% or wt% is meant",
    "vol": "vol% needs densities, which a composition does not have",
    "at": "at% of a compound is not defined",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One precursor: its formula, its amounts per mole, its mole fraction."""

    formula: str
    amounts: Mapping[str, float]
    share: float

    def times(self, factor: float) -> Part:
        """The same precursor with its share multiplied."""
        return replace(self, share=self.share * factor)


@dataclass(frozen=True, kw_only=True)
class Component:
    """One written component: share and unit as given (None if left out) and the parts it stands for."""

    written: str
    source: str
    share: float | None
    unit: str | None
    parts: Sequence[Part]

    @property
    def molar_mass_g_per_mol(self) -> float:
        return sum(part.share * molar_mass(part.amounts) for part in self.parts)


def fractions_of(components: Sequence[Component], *, basis: str | None, notes: list[str]) -> list[Part]:
    """Parts with mole fractions that add up to 1; ``notes`` receives how a share that was not printed was read."""
    if len(components) == 1:
        return _alone(components[0])
    unit = _unit(components, basis)
    shares = _shares(components, unit, notes)
    if unit == "wt":
        moles = [share / c.molar_mass_g_per_mol if share else 0.0 for share, c in zip(shares, components, strict=True)]
        shares = [mole / sum(moles) for mole in moles]
    return [part.times(s) for s, component in zip(shares, components, strict=True) if s for part in component.parts]


def _alone(component: Component) -> list[Part]:
    if component.share is not None:
        raise CompositionError(
            f"'{component.source[:40]}' is a share of a mixture without the other components.",
            hint="Write all components, separated by '-', as in 75Li2S-25P2S5; or drop the number in front.",
        )
    return list(component.parts)


def _unit(components: Sequence[Component], basis: str | None) -> str | None:
    units = {component.unit for component in components if component.unit} | ({basis} if basis else set())
    if len(units) > 1:
        raise CompositionError(f"The shares mix units ({', '.join(sorted(units))}).", hint="Use one of them.")
    unit = units.pop() if units else None
    if unit in _UNUSABLE:
        raise CompositionError(f"{_UNUSABLE[unit]}.", hint="Write mol% or wt%.")
    return unit


def _shares(components: Sequence[Component], unit: str | None, notes: list[str]) -> list[float]:
    given = [component.share for component in components if component.share is not None]
    missing = len(components) - len(given)
    total = sum(given)
    if missing == 0:
        for whole in (100.0, 1.0):
            if abs(total - whole) <= _SUM_TOLERANCE * whole:
                return [share / total for share in given]
    if missing == 1 and unit and total < 100:
        return _with_rest(components, unit, 100 - total, notes)
    if unit is None and given and _is_ratio(components):
        ratio = [1.0 if c.share is None else c.share for c in components]
        notes.append(f"Read as a mole ratio {':'.join(f'{share:g}' for share in ratio)}.")
        return [share / sum(ratio) for share in ratio]
    raise _refusal(components, given, total)


def _with_rest(components: Sequence[Component], unit: str, rest: float, notes: list[str]) -> list[float]:
    shares = [rest if c.share is None else c.share for c in components]
    names = (c.written for c in components)
    listed = " + ".join(f"{share:g} {unit}% {name}" for share, name in zip(shares, names, strict=True))
    notes.append(f"Shares are of the whole: read as {listed}.")
    return [share / 100 for share in shares]


def _is_ratio(components: Sequence[Component]) -> bool:
    """Small whole numbers; a left-out one counts as 1 only between neutral compounds (so 'Li7-2PS6' is none)."""
    shares = [1.0 if c.share is None else c.share for c in components]
    whole = all(share >= 1 and share == round(share) for share in shares) and sum(shares) <= _MAX_RATIO_SUM
    complete = all(c.share is not None for c in components)
    return whole and (complete or all(balance(part.amounts).is_neutral for c in components for part in c.parts))


def _refusal(components: Sequence[Component], given: Sequence[float], total: float) -> CompositionError:
    """Why the shares cannot be used: some are missing, or they add up to something else."""
    if len(given) < len(components):
        lacking = [f"'{component.written[:40]}'" for component in components if component.share is None]
        return CompositionError(
            f"Amounts are missing: {' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no share.",
            hint="Put a number in front of every component, as in 75Li2S-25P2S5.",
            proposals=_common_mixtures([component.written for component in components]),
        )
    whole = 1.0 if total < 2 else 100.0
    pairs = zip(given, components, strict=True)
    scaled = "-".join(f"{share / total * whole:.4g}{c.written}" for share, c in pairs) if total else ""
    return CompositionError(
        f"The shares {' + '.join(f'{share:g}' for share in given)} add up to {total:g}, neither 100 nor 1.",
        hint="Correct one of them, or scale them all if they are parts of a whole.",
        proposals=(scaled,) if scaled else (),
    )


def _common_mixtures(names: Sequence[str]) -> tuple[str, ...]:
    if sorted(names) == ["Li2S", "P2S5"]:
        return ("75Li2S-25P2S5", "70Li2S-30P2S5", "80Li2S-20P2S5")
    return ()
