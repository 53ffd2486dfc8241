"""Formal oxidation states and charge balance of a set of amounts.

Every element has usual states (the first is the one expected in a solid electrolyte or an electrode of this field) and
rare ones, after Greenwood and Earnshaw, *Chemistry of the Elements*, 2nd ed. (1997). The usual states are tried first;
the assignment with the smallest absolute charge wins. A rare state is used for at most one element, only where it is
the way to neutrality, and it is reported. Nothing is repaired: a composition that is not neutral stays as written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from math import inf, prod
from types import MappingProxyType
from typing import Final

# |net charge| up to this share of the total positive charge counts as neutral: 0.022 e for Li6PS5Cl (11 positive
# charges), what rounding amounts to two or three decimals costs. Relative, so that it does not depend on scale.
NEUTRALITY_TOLERANCE: Final = 0.002
_MAX_ASSIGNMENTS: Final = 20_000
_MAX_USUAL: Final = 500  # assignments of usual states beyond which no rare one is looked for
# Charges that differ by less are equal: what is left of summing in another order.
_NOISE: Final = 2e-9


def _read(table: str) -> dict[str, tuple[int, ...]]:
    return {(cells := row.split())[0]: tuple(int(state) for state in cells[1:]) for row in table.split(";")}


USUAL_STATES: Final[dict[str, tuple[int, ...]]] = _read(
    "H 1 -1; Li 1; Na 1; K 1; Rb 1; Cs 1; Fr 1; Be 2; Mg 2; Ca 2; Sr 2; Ba 2; Ra 2; B 3; Al 3; Ga 3; In 3; Tl 1 3;"
    "C 4; Si 4; Ge 4; Sn 4; Pb 2 4; N -3; P 5; As 5; Sb 5; Bi 3 5; O -2; S -2; Se -2; Te -2 6; Po 4; F -1; Cl -1;"
    "Br -1; I -1; At -1; Sc 3; Y 3; Ti 4; Zr 4; Hf 4; V 5 4 3; Nb 5; Ta 5; Cr 3; Mo 6 4; W 6 4; Mn 2 3 4; Tc 7 4;"
    "Re 7 4; Fe 3 2; Co 3 2; Ni 2 3; Ru 4 3; Rh 3; Pd 2; Os 4; Ir 4 3; Pt 4 2; Cu 1 2; Ag 1; Au 3 1; Zn 2; Cd 2;"
    "Hg 2 1; La 3; Ce 3 4; Pr 3 4; Nd 3; Pm 3; Sm 3; Eu 3 2; Gd 3; Tb 3 4; Dy 3; Ho 3; Er 3; Tm 3; Yb 3; Lu 3;"
    "Ac 3; Th 4; Pa 5; U 6 4; Np 5; Pu 4; Am 3; Cm 3; Bk 3; Cf 3; Es 3; Fm 3; Md 3; No 2; Lr 3;"
    "He 0; Ne 0; Ar 0; Kr 0; Xe 0; Rn 0"
)
_EXPECTED: Final = {element: float(states[0]) for element, states in USUAL_STATES.items()}
# S -1 is the disulfide of FeS2 and TiS3, O -1 the peroxide, P 4 the P-P bond of Li4P2S6, P 3 of P2S3.
RARE_STATES: Final[dict[str, tuple[int, ...]]] = _read(
    "P 4 3; As 3; Sb 3; Sn 2; Ge 2; Ti 3; Nb 4 3; Mo 5; W 5; V 2; Cr 2 6; Ni 4; Co 4; Mn 7; In 1; Sm 2; Yb 2; S -1;"
    "Se 4; Te 4; O -1; C -4 2"
)
# Boron and hydrogen in about equal numbers are cages such as B12H12 2- and CB11H12 1-, of no formal state.
_CAGE: Final = (0.85, 1.15)
# High states of non-metals inside oxo-anions (sulfate, perchlorate, nitrate): only with at least three O per atom.
_OXO_STATES: Final = {"S": (6, 4), "Se": (6,), "Cl": (7, 5), "Br": (5,), "I": (5, 7), "N": (5,)}


@dataclass(frozen=True, kw_only=True)
class ChargeBalance:
    """States chosen for one set of amounts and the charge they leave, in e for the amounts as given."""

    states: Mapping[str, float]
    net: float
    positive: float
    rare: tuple[str, ...] = ()

    @property
    def is_ionic(self) -> bool:
        """Whether there are a cation and an anion; without both (elements, alloys) formal charges say nothing."""
        return self.positive > 0

    @property
    def is_neutral(self) -> bool:
        """Whether it is ionic, and its net charge within :data:`NEUTRALITY_TOLERANCE` of the total positive charge."""
        return self.is_ionic and abs(self.net) <= NEUTRALITY_TOLERANCE * self.positive


def is_plainly_neutral(amounts: Mapping[str, float]) -> bool:
    """Whether the expected state of every element makes it neutral, as nearly always; :func:`balance` looks further."""
    net = positive = 0.0
    for element, amount in amounts.items():
        charge = amount * _EXPECTED[element]
        net += charge
        if charge > 0.0:
            positive += charge
    return positive > 0.0 and abs(net) <= NEUTRALITY_TOLERANCE * positive


def balance(amounts: Mapping[str, float]) -> ChargeBalance:
    """States that minimise the absolute charge; usual states first, ties to the more usual ones.

    Without any element of positive or without any of negative usual state (metals, alloys, elements, Se with S), and of
    cages of boron, formal states say nothing: all are 0 and the charge is 0.
    """
    states = _find_most_usual(tuple(amounts))
    if states is None or _CAGE[0] <= amounts.get("H", 0.0) / amounts.get("B", inf) <= _CAGE[1]:
        return ChargeBalance(states=dict.fromkeys(amounts, 0.0), net=0.0, positive=0.0)
    expected = _balance_states(amounts, states)
    if expected.is_neutral:
        return expected
    usual = _choose_best(amounts, [USUAL_STATES[el] for el in amounts])
    if usual.is_neutral:
        return usual
    return _try_rare_states(amounts) or usual


def balance_mixture(parts: Sequence[tuple[Mapping[str, float], float]]) -> ChargeBalance:
    """Balance of ``(amounts, mole fraction)`` parts, each with its own states; states are averaged over the atoms.

    Li3PS4 with a little P2S3 has P +5 and P +3 side by side; one state per element could not say so.
    """
    charge: dict[str, float] = {}
    total: dict[str, float] = {}
    positive = 0.0
    rare: list[str] = []
    for amounts, share in parts:
        part = balance(amounts)
        positive += share * part.positive
        rare += [el for el in part.rare if el not in rare]
        for el, amount in amounts.items():
            charge[el] = charge.get(el, 0.0) + share * amount * part.states[el]
            total[el] = total.get(el, 0.0) + share * amount
    states = {el: charge[el] / total[el] for el in charge}
    return ChargeBalance(states=states, net=_drop_noise(sum(charge.values())), positive=positive, rare=tuple(rare))


def write_charge_warnings(formula: str, charge: ChargeBalance) -> tuple[str, ...]:
    """Sentences for a composition without charges, not neutral, or neutral only with a rare oxidation state.

    Args:
        formula: What they call it.
        charge: Its balance.
    """
    if not charge.is_ionic:
        return (f"{formula} {_explain_no_charges(tuple(charge.states))}",)
    if not charge.is_neutral:
        states = ", ".join(f"{el}{_write_signed(state)}" for el, state in charge.states.items())
        return (f"{formula} is not charge-neutral: {charge.net:+.3g} e per formula unit with {states}.",)
    return tuple(
        f"{formula} is charge-neutral only with {el}{_write_signed(charge.states[el])}, an unusual state (usual: "
        f"{' or '.join(_write_signed(s) for s in USUAL_STATES[el])})."
        for el in charge.rare
    )


def _explain_no_charges(elements: tuple[str, ...]) -> str:
    if len(elements) == 1:
        return "is an element, not a compound."
    if {"B", "H"} <= set(elements):
        return "holds a cage of boron and hydrogen, and no charge balance shows whether it reads as meant."
    if any(max(USUAL_STATES[el]) > 0 for el in elements):
        return "holds no usual anion: it is an alloy, and no charge balance shows whether it reads as meant."
    return "holds no cation, and no charge balance shows whether it reads as meant."


@lru_cache(maxsize=4096)
def _find_most_usual(elements: tuple[str, ...]) -> Mapping[str, float] | None:
    """The first state of each element, or None for one element and where none can be positive or none negative."""
    states = [USUAL_STATES[el] for el in elements]
    if len(states) < 2 or not (any(max(s) > 0 for s in states) and any(min(s) < 0 for s in states)):
        return None
    return MappingProxyType({el: float(s[0]) for el, s in zip(elements, states, strict=True)})


def _try_rare_states(amounts: Mapping[str, float]) -> ChargeBalance | None:
    """A neutral assignment in which one element has a rare state and all others usual ones, or None."""
    if prod(len(USUAL_STATES[el]) for el in amounts) > _MAX_USUAL:
        return None  # where so much is usual, some choice always fits
    for rare in amounts:
        options = [_list_further_states(el, amounts) if el == rare else USUAL_STATES[el] for el in amounts]
        charge = _choose_best(amounts, options) if all(options) and _can_balance(amounts, options) else None
        if charge is not None and charge.is_neutral:
            return replace(charge, rare=(rare,))
    return None


def _can_balance(amounts: Mapping[str, float], options: Sequence[tuple[int, ...]]) -> bool:
    """Whether a choice leaves no more than what counts as neutral beside the greatest positive charge there can be."""
    values = tuple(amounts.values())
    tolerance = NEUTRALITY_TOLERANCE * sum(v * max(*s, 0) for v, s in zip(values, options, strict=True))
    least = sum(v * min(s) for v, s in zip(values, options, strict=True))
    greatest = sum(v * max(s) for v, s in zip(values, options, strict=True))
    if least > tolerance or greatest < -tolerance:
        return False
    if prod(map(len, options)) > _MAX_ASSIGNMENTS:
        return True
    half = _find_half(options)
    left = sorted(_list_charges(values[:half], options[:half]))
    right = sorted(_list_charges(values[half:], options[half:]))
    return _find_least_sum(left, right) <= tolerance + _NOISE


def _list_charges(values: Sequence[float], options: Sequence[tuple[int, ...]]) -> set[float]:
    """Every charge these elements can add up to."""
    sums = {0.0}
    for value, states in zip(values, options, strict=True):
        sums = {round(net + value * state, 9) for net in sums for state in states}
    return sums


def _list_further_states(element: str, amounts: Mapping[str, float]) -> tuple[int, ...]:
    states = RARE_STATES.get(element, ())
    if element in _OXO_STATES and amounts.get("O", 0.0) >= 3.0 * amounts[element]:
        states += _OXO_STATES[element]
    return states


def _balance_states(amounts: Mapping[str, float], states: Mapping[str, float]) -> ChargeBalance:
    """The charge that these states leave, whatever others there are."""
    charges = [amount * states[el] for el, amount in amounts.items()]
    positive = sum([charge for charge in charges if charge > 0])
    return ChargeBalance(states=states, net=_drop_noise(sum(charges)), positive=positive)


def _choose_best(amounts: Mapping[str, float], options: Sequence[tuple[int, ...]]) -> ChargeBalance:
    """The choice of one state each that leaves the least charge, of equals the most usual, then the first in order.

    The elements are parted into two halves whose sums are listed and sorted; for every sum of the one the nearest
    opposite sum of the other is looked up. That is some hundred steps where all choices would be ten thousands.
    """
    if prod(map(len, options)) > _MAX_ASSIGNMENTS:
        options = [states[:1] for states in options]  # dozens of elements of mixed valence: the expected states only
    values = tuple(amounts.values())
    half = _find_half(options)
    left = _list_sums(values[:half], options[:half])
    right = _list_sums(values[half:], options[half:])
    sums = sorted(right)
    nearest = _find_least_sum(sorted(left), sums)
    ties = [
        (unusual + right[other][0], choice + right[other][1])
        for net, (unusual, choice) in left.items()
        for other in _find_opposites(net, sums, nearest)
    ]
    choice = min(ties)[1]
    states = {el: float(states[place]) for el, states, place in zip(amounts, options, choice, strict=True)}
    return _balance_states(amounts, states)


def _find_half(options: Sequence[tuple[int, ...]]) -> int:
    """How many elements make the first half, so that both have about as many choices."""
    whole = prod(map(len, options))
    size = 1
    for place, states in enumerate(options):
        if size * size >= whole:
            return place
        size *= len(states)
    return len(options)


def _list_sums(values: Sequence[float], options: Sequence[tuple[int, ...]]) -> dict[float, tuple[int, tuple[int, ...]]]:
    """Every charge these elements can add up to, with how unusual the first most usual choice for it is."""
    sums: dict[float, tuple[int, tuple[int, ...]]] = {0.0: (0, ())}
    for value, states in zip(values, options, strict=True):
        grown: dict[float, tuple[int, tuple[int, ...]]] = {}
        for net, (unusual, choice) in sums.items():
            for place, state in enumerate(states):
                total = round(net + value * state, 9)
                candidate = (unusual + place, (*choice, place))
                if total not in grown or candidate < grown[total]:
                    grown[total] = candidate
        sums = grown
    return sums


def _find_least_sum(left: Sequence[float], right: Sequence[float]) -> float:
    """The smallest magnitude that one of ``left`` and one of ``right``, both sorted, add up to; walks each once."""
    least = abs(left[0] + right[-1])
    place = len(right) - 1
    for net in left:
        while place >= 0:
            total = net + right[place]
            least = min(least, abs(total))
            if total <= 0:
                break
            place -= 1
    return least


def _find_opposites(net: float, sums: Sequence[float], nearest: float) -> list[float]:
    """List the charges of the sorted ``sums`` that bring ``net`` to within ``nearest`` of zero."""
    limit = nearest + _NOISE
    begin = bisect_left(sums, -net - limit)
    return list(takewhile(lambda other: net + other <= limit, sums[begin:]))


def _drop_noise(charge: float) -> float:
    """Drop the noise of summation so that a neutral composition has a charge of exactly 0."""
    return round(charge, 9) + 0.0


def _write_signed(state: float) -> str:
    return f"{state:+.3g}"
