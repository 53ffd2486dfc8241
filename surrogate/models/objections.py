"""What a chemist would object to in a prediction, in one sentence each: the warnings of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import Chemistry, metals_per_site
from surrogate.candidate.cell import Cell, Protocol
from surrogate.candidate.coatings import is_coating, propose_coatings
from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.solvents import ATTACKS, Attack, attacks_on
from surrogate.models.cell_state import lacks_electron_path
from surrogate.models.encoding import View
from surrogate.models.targets import CAPACITIES
from surrogate.physics.reference_capacity import Direction
from surrogate.properties import Property, Scale, Subject

#: Share of the theoretical capacity below which a window is said to hold no couple.
COUPLE_LEAST = 0.1
#: Share of the capacity in the window below which paths for ions, or the rate, are named.
REACHED_LEAST = 0.5
#: How far amounts that were rounded one by one may add up beside one.
ROUNDED_METALS = 0.031


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds a cell: the capacity in its window, and whether electrons, ions and time fail to reach it."""

    in_window_mah_per_g: float
    lacks_electrons: bool
    lacks_ions: bool
    lacks_time: bool


def find_limits(prop: Property, view: View) -> Sequence[Limits | Attack | None]:
    """What bounds each of ``n`` candidates: of electrolytes what a solvent does to them, ``None`` for nothing."""
    reach = view.reach
    if isinstance(view.columns, ElectrolyteColumns):
        return [ATTACKS[attack] if attack >= 0 else None for attack in attacks_on(view.columns).tolist()]
    if reach is None:
        return [None] * len(view.X)
    window, shares = reach.in_window(CAPACITIES.get(prop.name, Direction.DISCHARGE)), reach.shares
    return [
        Limits(in_window_mah_per_g=capacity, lacks_electrons=electrons, lacks_ions=ions, lacks_time=time)
        for capacity, electrons, ions, time in zip(
            window.tolist(),
            lacks_electron_path(reach.columns).tolist(),
            (shares.by_ions < REACHED_LEAST).tolist(),
            (shares.by_rate < REACHED_LEAST).tolist(),
            strict=True,
        )
    ]


def are_limited(view: View) -> NDArray[np.bool_]:
    """Whether window, paths or rate leave each of ``n`` cells so little that the law answers instead of rows, (n,).

    An electrolyte is never limited.
    """
    reach = view.reach
    if reach is None:
        return np.zeros(len(view.X), dtype=np.bool_)
    shares, materials = reach.shares, reach.columns.active_material
    theory = materials.map(lambda material: material.theoretical_capacity_mah_per_g or np.nan)
    reached = np.minimum(np.minimum(shares.by_electrons, shares.by_ions), shares.by_rate)
    with np.errstate(invalid="ignore"):
        empty = reach.in_window(Direction.DISCHARGE) < COUPLE_LEAST * theory
    return np.asarray(empty | (reached < REACHED_LEAST))


def find_objections(
    prop: Property, median: float, candidate: Candidate, limits: Limits | Attack | None
) -> tuple[str, ...]:
    """The objections to a ``median`` that is predicted for ``candidate`` within its ``limits``."""
    if prop.scale is Scale.LOG10 and not prop.lower < median < prop.upper:
        label = prop.label[0].lower() + prop.label[1:]
        return (
            f"The {label} is cut at {median:g} {prop.unit}, the end of what is possible, and its interval with it: "
            "nothing is known so far from the measurements.",
        )
    if isinstance(limits, Attack):
        return (f"{limits.deed[0].upper()}{limits.deed[1:]} ({limits.source}).",)
    if prop.subject is Subject.CELL and isinstance(candidate.subject, Cell) and limits is not None:
        value = median if prop.name in CAPACITIES else None
        return tuple(_of_cell(prop, value, candidate.subject, candidate.protocol, limits))
    return ()


def _of_cell(prop: Property, capacity: float | None, cell: Cell, protocol: Protocol, limits: Limits) -> Iterator[str]:
    """The objections to a ``capacity`` in mAh/g, or to another property of a cell."""
    electrode, material = cell.electrode, cell.electrode.active_material
    limit = material.theoretical_capacity_mah_per_g
    if capacity is not None and limit is not None and capacity > limit:
        yield (
            f"The {prop.label[0].lower()}{prop.label[1:]}, {capacity:.0f} {prop.unit}, lies above the theoretical one "
            f"of {material.name}, {limit:.0f} mAh/g: in rows learnt from, the electrolyte held lithium as well."
        )
    if limit is not None and limits.in_window_mah_per_g < COUPLE_LEAST * limit:
        low, high = (
            "an unstated cut-off" if cut is None else f"{cut:g} V"
            for cut in (protocol.voltage_min_v, protocol.voltage_max_v)
        )
        yield f"{material.name} has next to no redox couple between {low} and {high}; cut-offs are versus Li⁺/Li."
    metals = metals_per_site(material)
    if capacity is not None and metals is not None and abs(metals - 1.0) > ROUNDED_METALS:
        yield f"The metals of {material.name} add up to {metals:.3g} where LiMO2 has 1: check its formula."
    if limits.lacks_electrons:
        yield f"No carbon and no conductive host carries electrons to {material.name}: the law bounds the answer."
    if limits.lacks_ions:
        yield f"Too little electrolyte carries ions to {material.name}: the law bounds the answer."
    if capacity is not None and limits.lacks_time:
        yield "Rate, loading and temperature leave too little time for most of the capacity: the law bounds the answer."
    if electrode.coating and not is_coating(electrode.coating):
        likely = " or ".join(propose_coatings(electrode.coating))
        yield f"'{electrode.coating}' names no coating and counts as not stated: write which it is, such as {likely}."
    elif electrode.coating and material.chemistry in (Chemistry.SULFUR, Chemistry.LITHIUM_SULFIDE):
        yield f"The coating {electrode.coating} makes little difference: coatings were learnt from on oxides."
    if (electrode.active_host or electrode.promoter) and material.chemistry not in (
        Chemistry.SULFUR,
        Chemistry.LITHIUM_SULFIDE,
    ):
        yield f"Host and promoter make no difference to {material.name}: they were learnt from on sulfur and Li2S."
