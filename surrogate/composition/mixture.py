"""Shares of a mixture: mole or mass, percent, fraction or ratio, brought to mole fractions that add up to 1.

Accepted: all shares stated and adding up to 100 or 1; small whole mole ratios of compounds (9Li2S-3P2S5-1Ni3S2; between
charge-neutral compounds a missing one is 1, as in 5Li2S-P2S5-2LiCl); adducts with a dot (LiCl·H2O, Li3PS4·0.5LiI); one
share left out beside a share with a unit (Li3PS4 + 10 wt% LiI: the rest). Everything else is refused: nothing is scaled
silently.
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
_MAX_ADDUCT: Final = 4
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
    span: tuple[int, int]  # of the formula in the text
    share: float | None
    unit: str | None
    parts: Sequence[Part]
    is_adduct: bool = False  # joined to the others by dots alone

    @property
    def molar_mass_g_per_mol(self) -> float:
        return sum(part.share * molar_mass(part.amounts) for part in self.parts)


def apply_ratio(components: Sequence[Component], ratio: Sequence[float]) -> list[Component]:
    """The components with the shares that stand behind all of them: ``Li2S-P2S5 (75:25)``.

    Args:
        components: Without shares of their own.
        ratio: A share for each.

    Raises:
        CompositionError: There are other shares, or not as many as components.
    """
    written = ":".join(f"{share:g}" for share in ratio)
    if len(ratio) != len(components) or any(component.share is not None for component in components):
        raise CompositionError(
            f"The ratio {written} does not fit the components: it has {len(ratio)} numbers for {len(components)}.",
            hint="Put a number in front of every component, as in 75Li2S-25P2S5.",
        )
    return [replace(component, share=share) for component, share in zip(components, ratio, strict=True)]


def find_fractions(
    components: Sequence[Component], *, basis: str | None, notes: list[str], warnings: list[str]
) -> list[Part]:
    """Parts with mole fractions that add up to 1.

    Args:
        components: What was written, one or more.
        basis: ``mol`` or ``wt`` where the text states it for all components.
        notes: Receives how a share that was not printed was read.
        warnings: Receives a reading of shares that may not be meant.

    Raises:
        CompositionError: The shares have no certain reading; ``proposals`` holds likely ones.
    """
    if len(components) == 1:
        return _read_alone(components[0], basis)
    unit = _read_unit(components, basis)
    shares = _find_shares(components, unit, notes, warnings)
    if unit == "wt":
        moles = [share / c.molar_mass_g_per_mol if share else 0.0 for share, c in zip(shares, components, strict=True)]
        shares = [mole / sum(moles) for mole in moles]
    return [part.times(s) for s, component in zip(shares, components, strict=True) if s for part in component.parts]


def _read_alone(component: Component, basis: str | None) -> list[Part]:
    if basis not in (None, "mol") and len(component.parts) > 1:
        raise CompositionError(
            f"The amounts in '{component.source[:40]}' are moles, but '{basis}%' stands behind them.",
            hint="Write the shares in front, as in 75Li2S-25P2S5 (wt%).",
        )
    if component.share is not None:
        raise CompositionError(
            f"'{component.source[:40]}' is a share of a mixture without the other components.",
            hint="Write all components, separated by '-', as in 75Li2S-25P2S5; or drop the number in front.",
        )
    return list(component.parts)


def _read_unit(components: Sequence[Component], basis: str | None) -> str | None:
    units = {component.unit for component in components if component.unit} | ({basis} if basis else set())
    if len(units) > 1:
        raise CompositionError(f"The shares mix units ({', '.join(sorted(units))}).", hint="Use one of them.")
    unit = units.pop() if units else None
    if unit in _UNUSABLE:
        raise CompositionError(f"{_UNUSABLE[unit]}.", hint="Write mol% or wt%.")
    bare = [c for c in components if c.share is not None and not c.unit]
    if unit == "wt" and not basis and bare:
        proposals = _propose_by_mass(components)
        question = f"Did you mean {' or '.join(proposals)}? " if proposals else ""
        raise CompositionError(
            f"'wt%' stands at {len(components) - len(bare)} of {len(components)} components; the shares of the others "
            "may be moles.",
            hint=f"{question}Write wt% at every share, or (wt%) behind them all.",
            proposals=proposals,
        )
    return unit


def _propose_by_mass(components: Sequence[Component]) -> tuple[str, ...]:
    """Likely readings of 75Li2S-25P2S5-5 wt% LiI: an addition to a whole by moles, or all shares by mass."""
    bare = [c for c in components if c.share is not None and not c.unit]
    weighed = [c for c in components if c.unit]
    total = sum(c.share or 0.0 for c in components)
    proposals = []
    if _adds_up([c.share or 0.0 for c in bare]) and sum(c.share or 0.0 for c in weighed) < 100:
        whole = "-".join(f"{c.share:g}{c.written}" for c in bare)
        proposals.append(" + ".join([f"({whole})", *(f"{c.share:g} wt% {c.written}" for c in weighed)]))
    if _adds_up([total]):
        mixture = "-".join(f"{c.share:g}{c.written}" for c in components)
        proposals += [f"{mixture} (wt%)", f"{mixture} (mol%)"]
    return tuple(proposals)


def _adds_up(shares: Sequence[float]) -> bool:
    return any(abs(sum(shares) - whole) <= _SUM_TOLERANCE * whole for whole in (100.0, 1.0))


def _find_shares(
    components: Sequence[Component], unit: str | None, notes: list[str], warnings: list[str]
) -> list[float]:
    stated = [component.share for component in components if component.share is not None]
    missing = len(components) - len(stated)
    total = sum(stated)
    if missing == 0 and _adds_up(stated):
        return [share / total for share in stated]
    if missing == 1 and unit and total < 100:
        return _fill_rest(components, unit, 100 - total, notes)
    if unit is None and (_is_ratio(components) or _is_adduct(components)):
        ratio = [1.0 if c.share is None else c.share for c in components]
        _report_ratio(components, ":".join(f"{share:g}" for share in ratio), notes, warnings)
        return [share / sum(ratio) for share in ratio]
    raise _explain_shares(components, stated, total)


def _report_ratio(components: Sequence[Component], ratio: str, notes: list[str], warnings: list[str]) -> None:
    """A note; a warning where the first component has no number and the others may be percentages or names."""
    hydrate = all(set(part.amounts) == {"H", "O"} for c in components[1:] for part in c.parts)
    many = any((c.share or 1.0) > _MAX_ADDUCT for c in components)
    if components[0].share is None and not hydrate and (many or not components[0].is_adduct):
        warnings.append(f"Read as a mole ratio {ratio}; write all shares if something else is meant.")
    else:
        notes.append(f"Read as a mole ratio {ratio}.")


def _fill_rest(components: Sequence[Component], unit: str, rest: float, notes: list[str]) -> list[float]:
    shares = [rest if c.share is None else c.share for c in components]
    names = (c.written for c in components)
    listed = " + ".join(f"{share:g} {unit}% {name}" for share, name in zip(shares, names, strict=True))
    notes.append(f"Shares are of the whole: read as {listed}.")
    return [share / 100 for share in shares]


def _is_ratio(components: Sequence[Component]) -> bool:
    """Small whole numbers of compounds; a left-out one is 1 only between neutral formulas (so 'Li7-2PS6' is none)."""
    shares = [1.0 if c.share is None else c.share for c in components]
    whole = all(share >= 1 and share == round(share) for share in shares) and sum(shares) <= _MAX_RATIO_SUM
    if not whole or all(c.share is None for c in components):
        return False
    if all(c.share is not None for c in components):
        return all(balance(part.amounts).is_ionic for c in components for part in c.parts)
    return all(_is_neutral_formula(c) for c in components)


def _is_adduct(components: Sequence[Component]) -> bool:
    """Neutral formulas joined by dots, the first one mole: LiCl·H2O, Li3PS4·0.5LiI; 'Li2S·P2S5' names a system."""
    if not all(c.is_adduct and _is_neutral_formula(c) for c in components):
        return False
    further = [c.share for c in components[1:]]
    if components[0].share not in (None, 1.0) or any(s is not None and s > _MAX_RATIO_SUM for s in further):
        return False
    return any(s is not None for s in further) or not all(_is_glass_former(c.parts[0].amounts) for c in components)


def _is_neutral_formula(component: Component) -> bool:
    return len(component.parts) == 1 and balance(component.parts[0].amounts).is_neutral


def _is_glass_former(amounts: Mapping[str, float]) -> bool:
    """Binary sulfides and selenides, whose systems are written like adducts."""
    return len(amounts) == 2 and bool({"S", "Se"} & set(amounts))


def check_group_shares(groups: Sequence[tuple[Sequence[Part], float]]) -> None:
    """Refuse compounds in brackets whose amounts look like shares and add up to no whole: ``(Li2S)75(P2S5)20``."""
    total = sum(amount for _, amount in groups)
    if total > _MAX_RATIO_SUM and all(balance(part.amounts).is_neutral for parts, _ in groups for part in parts):
        listed = " + ".join(f"{amount:g}" for _, amount in groups)
        raise CompositionError(
            f"The shares {listed} add up to {total:g}, neither 100 nor 1.",
            hint="Correct one of them, or scale them all if they are parts of a whole.",
        )


def _explain_shares(components: Sequence[Component], stated: Sequence[float], total: float) -> CompositionError:
    """Why the shares cannot be used: some are missing, or they add up to something else."""
    if len(stated) < len(components):
        return _explain_missing_shares(components)
    whole = 1.0 if total < 2 else 100.0
    pairs = zip(stated, components, strict=True)
    unit = next((f" ({c.unit}%)" for c in components if c.unit), "")
    ionic = all(balance(part.amounts).is_ionic for c in components for part in c.parts)
    scaled = "-".join(f"{share / total * whole:.4g}{c.written}" for share, c in pairs) + unit if total and ionic else ""
    return CompositionError(
        f"The shares {' + '.join(f'{share:g}' for share in stated)} add up to {total:g}, neither 100 nor 1.",
        hint="Correct one of them, or scale them all if they are parts of a whole.",
        proposals=(scaled,) if scaled else (),
    )


def _explain_missing_shares(components: Sequence[Component]) -> CompositionError:
    lacking = [f"'{component.written[:40]}'" for component in components if component.share is None]
    proposals = _propose_shares(components)
    question = f"Did you mean {' or '.join(proposals)}? " if proposals else ""
    return CompositionError(
        f"Amounts are missing: {' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no share.",
        hint=f"{question}Put a number in front of every component, as in 75Li2S-25P2S5.",
        proposals=proposals,
    )


def _propose_shares(components: Sequence[Component]) -> tuple[str, ...]:
    """What 'Li2S-P2S5', 'Li6PS5Cl-5C' and '(75Li2S-25P2S5)-20LiI' may mean: a mixture, a sample's name, a rest."""
    first, *further = components
    if first.share is not None:
        return ()
    shares = [c.share for c in further if c.share is not None]
    if not shares:
        if all(_is_neutral_formula(c) and not _is_glass_former(c.parts[0].amounts) for c in components):
            return ("·".join(c.written for c in components),)
        return _propose_mixtures([component.written for component in components])
    if len(shares) < len(further):
        return ()
    if any(not balance(part.amounts).is_ionic for c in further for part in c.parts):
        are_names = all(set(part.amounts.values()) == {1.0} for c in further for part in c.parts)
        return (first.written,) if are_names and _is_neutral_formula(first) else ()
    listed = "".join(f"-{c.share:g}{c.written}" for c in further)
    if len(first.parts) > 1:
        whole = 100.0 if sum(shares) >= 1 else 1.0
        total = whole + sum(shares)
        rest = [f"{whole - sum(shares):g}{first.written}{listed}"] if sum(shares) < whole else []
        moles = [(part.formula, whole * part.share) for part in first.parts]
        moles += [(c.written, c.share or 0.0) for c in further]
        return (*rest, "-".join(f"{100 * amount / total:.4g}{formula}" for formula, amount in moles))
    if all(_is_neutral_formula(c) for c in components):
        return (f"{first.written}{listed}".replace("-", "·"),)
    return ()


def _propose_mixtures(names: Sequence[str]) -> tuple[str, ...]:
    if sorted(names) == ["Li2S", "P2S5"]:
        return ("75Li2S-25P2S5", "70Li2S-30P2S5", "80Li2S-20P2S5")
    return ()
