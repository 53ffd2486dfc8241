"""Numbers that describe a crystal: symmetry, cell and what follows from both with the content of the cell.

For tables that state the structure of every row, as OBELiX does. The lab sheet has no such columns, and a powder of
this field is often a mixture or a glass, so no model of the library reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import amounts_of
from surrogate.composition import Composition
from surrogate.errors import InvalidInput
from surrogate.features.elements import element_table
from surrogate.features.registry import Feature

Array = NDArray[np.float64]

N_SPACE_GROUPS = 230
#: First space group of each crystal system (International Tables for Crystallography A).
SYSTEMS = {
    "triclinic": 1, "monoclinic": 3, "orthorhombic": 16, "tetragonal": 75, "trigonal": 143, "hexagonal": 168,
    "cubic": 195,
}  # fmt: skip
CENTRINGS = "PICFRA"
ANIONS = ("O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N")
#: Volume of a close-packed oxygen, Å³ (as in quartz and corundum, 15–19): what is left over is room for ions to move.
ANION_VOLUME_ANGSTROM3 = 18.0
#: Amounts nearer to a whole number than this are whole: sites are fully occupied.
_WHOLE = 1e-3

_CELL = {
    "space_group": ("number of the space group", ""),
    "system": ("crystal system, 0 triclinic to 6 cubic", ""),
    "volume_log": ("natural logarithm of the volume of the cell in Å³", ""),
    "volume_per_atom_log": ("natural logarithm of the volume per atom in Å³", ""),
    "volume_per_anion_log": ("natural logarithm of the volume per anion in Å³", ""),
    "lithium_density_log": ("natural logarithm of lithium per nm³", ""),
    "free_volume_per_atom": ("volume per atom beyond 18 Å³ per anion", "Å³"),
    "shortest_log": ("natural logarithm of the shortest edge in Å", ""),
    "middle_log": ("natural logarithm of the middle edge in Å", ""),
    "longest_log": ("natural logarithm of the longest edge in Å", ""),
    "edge_ratio_log": ("natural logarithm of the longest over the shortest edge", ""),
    "angle_deviation": ("largest deviation of an angle from 90°", "°"),
    "a_log": ("natural logarithm of a in Å", ""),
    "b_log": ("natural logarithm of b in Å", ""),
    "c_log": ("natural logarithm of c in Å", ""),
    "alpha": ("angle α", "°"),
    "beta": ("angle β", "°"),
    "gamma": ("angle γ", "°"),
    "formula_units_log": ("natural logarithm of the formula units per cell", ""),
    "mixed_sites": ("1 if the content of the cell is not whole numbers of atoms", ""),
}


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Space group and conventional cell: ``lengths`` a, b, c in Å, ``angles`` α, β, γ in degrees, ``formula_units`` Z.

    Raises :class:`InvalidInput` for a number that no crystal has.
    """

    space_group: int
    symbol: str
    lengths: tuple[float, float, float]
    angles: tuple[float, float, float]
    formula_units: float

    def __post_init__(self) -> None:
        if not 1 <= self.space_group <= N_SPACE_GROUPS:
            raise InvalidInput(
                f"The space group is {self.space_group}; there are {N_SPACE_GROUPS}.", hint="Give its number."
            )
        if not all(number > 0 for number in (*self.lengths, self.formula_units)):
            raise InvalidInput(
                f"The cell {self.lengths} Å with Z = {self.formula_units:g} has a number that is not above 0.",
                hint="Give lengths in Å and the formula units per cell.",
            )
        if not self.volume > 0:
            raise InvalidInput(f"The angles {self.angles} ° do not close a cell.", hint="Angles are in degrees.")

    @property
    def volume(self) -> float:
        """Volume of the cell, Å³ (International Tables for Crystallography A, 1.5); 0 for angles that close no cell."""
        cosines = np.cos(np.deg2rad(self.angles))
        square = 1.0 - (cosines**2).sum() + 2.0 * cosines.prod()
        return float(np.prod(self.lengths) * np.sqrt(max(square, 0.0)))


def structure_features() -> tuple[Feature, ...]:
    """Every feature in the order of the columns of :func:`structure_matrix`."""
    cell = [
        Feature(name=f"composition.structure.{name}", meaning=words, unit=unit) for name, (words, unit) in _CELL.items()
    ]
    centrings = [
        Feature(name=f"composition.structure.centring.{c}", meaning=f"1 if the lattice is {c}") for c in CENTRINGS
    ]
    systems = [Feature(name=f"composition.structure.system.{s}", meaning=f"1 if the crystal is {s}") for s in SYSTEMS]
    return (*cell, *centrings, *systems)


def amount_matrix(compositions: Sequence[Composition]) -> Array:
    """Amounts per formula unit, (n, elements) in the order of the elemental table."""
    return amounts_of(compositions).of(element_table().symbols)


def structure_matrix(structures: Sequence[Structure], contents: Sequence[Composition]) -> Array:
    """The features of ``n`` crystals with the content of their cells, (n, d)."""
    if not structures:
        return np.empty((0, len(structure_features())))
    amounts = amount_matrix(contents)
    index = element_table().index
    anions = np.maximum(amounts[:, [index[el] for el in ANIONS]].sum(axis=1), 1e-9)
    atoms, lithium = amounts.sum(axis=1), amounts[:, index["Li"]]
    lengths, angles = np.array([s.lengths for s in structures]), np.array([s.angles for s in structures])
    edges, volume = np.sort(lengths, axis=1), np.array([s.volume for s in structures])
    group = np.array([s.space_group for s in structures])
    system = np.digitize(group, list(SYSTEMS.values())[1:])
    numbers = np.column_stack([
        group,
        system,
        np.log(volume),
        np.log(volume / atoms),
        np.log(volume / anions),
        np.log(np.maximum(1000.0 * lithium / volume, 1e-6)),
        (volume - ANION_VOLUME_ANGSTROM3 * anions) / atoms,
        np.log(edges),
        np.log(edges[:, 2] / edges[:, 0]),
        np.abs(angles - 90.0).max(axis=1),
        np.log(lengths),
        angles,
        np.log([s.formula_units for s in structures]),
        np.abs(amounts - np.round(amounts)).max(axis=1) > _WHOLE,
    ])  # fmt: skip
    centring = np.array([[s.symbol.strip()[:1] == letter for letter in CENTRINGS] for s in structures], dtype=float)
    return np.hstack([numbers, centring, system[:, None] == np.arange(len(SYSTEMS))])


def share_features() -> tuple[Feature, ...]:
    """A column per element of the elemental table, in the order of :func:`share_matrix`."""
    return tuple(
        Feature(name=f"composition.share.{el}", meaning=f"square root of the atomic fraction of {el}")
        for el in element_table().index
    )


def share_matrix(compositions: Sequence[Composition]) -> Array:
    """Square roots of the atomic fractions of all elements, (n, elements): distances between compositions of any
    chemistry, where the root keeps a dopant from vanishing beside the host (Hellinger's distance).
    """
    amounts = amount_matrix(compositions)
    return np.asarray(np.sqrt(amounts / amounts.sum(axis=1, keepdims=True)))
