"""Numbers that describe a composition: elemental statistics, and the descriptors the field reasons with.

Everything works on an amount matrix (n compositions × elements), so ten thousand compositions cost a few matrix
products. Amounts are per formula unit as written; every descriptor is independent of that choice, except where its
meaning says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from surrogate.composition import Composition, Family
from surrogate.features.elements import element_table
from surrogate.features.registry import Feature

Array = NDArray[np.float64]

STATISTICS = {
    "minimum": "smallest",
    "maximum": "largest",
    "range": "largest minus smallest",
    "mean": "mean, weighted by atomic fraction,",
    "avg_dev": "mean absolute deviation, weighted by atomic fraction,",
    "mode": "value of the most abundant element",
}
FRACTIONS = (
    "Li",
    "Na",
    "P",
    "S",
    "O",
    "F",
    "Cl",
    "Br",
    "I",
    "Ge",
    "Si",
    "Sn",
    "Sb",
    "As",
    "Al",
    "Y",
    "In",
    "Zr",
    "Er",
    "N",
)
HALOGENS = ("F", "Cl", "Br", "I")
CHALCOGENS = ("O", "S", "Se", "Te")
#: Framework cations in tetrahedra or octahedra that sulfides are built from.
NETWORK = (
    "P",
    "Ge",
    "Si",
    "Sn",
    "Sb",
    "As",
    "Al",
    "B",
    "Ga",
    "In",
    "Y",
    "Zr",
    "Er",
    "W",
    "Mo",
    "Zn",
    "Ta",
    "Nb",
    "Hf",
    "Sc",
)

#: Effective ionic radii, Å (Shannon, Acta Cryst. A32, 751 (1976)): network cations in the coordination they have in
#: sulfides (IV; VI for Sb, Y, In, Zr, Er, Sc, Hf), anions VI.
RADII_ANGSTROM = {
    "P": 0.17, "Ge": 0.39, "Si": 0.26, "Sn": 0.55, "Sb": 0.60, "As": 0.335, "Al": 0.39, "B": 0.11, "Ga": 0.47,
    "In": 0.80, "Y": 0.90, "Zr": 0.72, "Er": 0.89, "W": 0.42, "Mo": 0.41, "Zn": 0.60, "Ta": 0.64, "Nb": 0.48,
    "Hf": 0.71, "Sc": 0.745, "S": 1.84, "O": 1.40, "Se": 1.98, "Te": 2.21, "F": 1.33, "Cl": 1.81, "Br": 1.96, "I": 2.20,
}  # fmt: skip
#: Electronic polarisabilities of the anions, Å³ (Tessman, Kahn, Shockley, Phys. Rev. 92, 890 (1953); S²⁻, Se²⁻, Te²⁻:
#: Pauling, Proc. R. Soc. A 114, 181 (1927)).
POLARISABILITY_ANGSTROM3 = {"O": 2.4, "S": 10.2, "Se": 10.5, "Te": 14.0, "F": 0.9, "Cl": 3.0, "Br": 4.2, "I": 6.4}

_DESCRIPTORS = {
    "lithium_per_network_cation": ("Li per framework cation (P, Ge, Si, Sn, …)", ""),
    "lithium_per_anion": ("Li (with Na) per anion", ""),
    "halide_per_anion": ("share of halides among the anions", ""),
    "halide_per_network_cation": ("halides per framework cation; 1 in Li6PS5X", ""),
    "oxygen_per_anion": ("share of oxygen among the anions", ""),
    "free_chalcogen": ("share of S and O that is not bound in tetrahedra, 1 − 4·network/chalcogen", ""),
    "substituted_network": ("share of framework cations other than phosphorus", ""),
    "network_radius": ("mean radius of the framework cations", "Å"),
    "network_radius_spread": ("standard deviation of the radius of the framework cations", "Å"),
    "halide_radius": ("mean radius of the halides", "Å"),
    "site_disorder_mismatch": ("|radius of halide − radius of S²⁻|: small values let S²⁻ and X⁻ share a site", "Å"),
    "anion_mixing_entropy": ("mixing entropy of the anions, −Σ p ln p", ""),
    "halide_mixing_entropy": ("mixing entropy among the halides, −Σ p ln p", ""),
    "network_mixing_entropy": ("mixing entropy among the framework cations, −Σ p ln p", ""),
    "anion_polarisability": ("mean polarisability of the anions", "Å³"),
    "electronegativity_spread": ("standard deviation of the Pauling electronegativity over all atoms", ""),
    "alkali_sulfide_fraction": ("Li2S share of a glass xLi2S·(1−x)P2S5 (halide counted as LiX): (Li−X)/(Li−X+P)", ""),
    "net_charge_per_anion": ("formal charge left over per anion; 0 for a balanced composition", "e"),
}


@cache
def composition_features() -> tuple[Feature, ...]:
    """Every composition feature in the order of the columns of :func:`composition_matrix`."""
    magpie = [
        Feature(name=f"composition.magpie.{prop}.{stat}", meaning=f"{words} {prop} over the elements (Magpie)")
        for stat, words in STATISTICS.items()
        for prop in element_table().properties
    ]
    fractions = [Feature(name=f"composition.fraction.{el}", meaning=f"atomic fraction of {el}") for el in FRACTIONS]
    descriptors = [
        Feature(name=f"composition.{name}", meaning=meaning, unit=unit)
        for name, (meaning, unit) in _DESCRIPTORS.items()
    ]
    families = [Feature(name=f"composition.family.{_slug(f)}", meaning=f"1 if the family is {f}") for f in Family]
    return (*magpie, *fractions, *descriptors, *families)


def composition_matrix(compositions: Sequence[Composition]) -> Array:
    """The features of ``n`` compositions, (n, d) in the order of :func:`composition_features`."""
    unique = {id(c): c for c in compositions}
    rows = {key: row for row, key in enumerate(unique)}
    distinct = list(unique.values())
    amounts = amount_matrix(distinct)
    blocks = (
        magpie_matrix(amounts),
        _fraction_matrix(amounts),
        _descriptor_matrix(amounts, np.array([c.net_charge for c in distinct])),
        np.array([[float(c.family is family) for family in Family] for c in distinct]).reshape(len(distinct), -1),
    )
    return np.hstack(blocks)[[rows[id(c)] for c in compositions]]


def amount_matrix(compositions: Sequence[Composition]) -> Array:
    """Amounts per formula unit, (n, elements) in the order of the elemental table."""
    column = element_table().index()
    matrix = np.zeros((len(compositions), len(column)))
    for row, composition in enumerate(compositions):
        for element, amount in composition.amounts.items():
            matrix[row, column[element]] = amount
    return matrix


def magpie_matrix(amounts: Array) -> Array:
    """The 132 Magpie statistics of Ward et al. 2016, (n, 132), statistics major as in :data:`STATISTICS`."""
    table = element_table().values
    present = amounts > 0
    fraction = amounts / amounts.sum(axis=1, keepdims=True)
    known = np.nan_to_num(table)  # products with a zero fraction; elements that are present keep their NaN below
    low = _reduce(present, table, np.fmin, np.inf)
    high = _reduce(present, table, np.fmax, -np.inf)
    mean = fraction @ known
    deviation = np.zeros_like(mean)
    for element in np.flatnonzero(present.any(axis=0)):
        deviation += fraction[:, [element]] * np.abs(known[element] - mean)
    most = (amounts >= amounts.max(axis=1, keepdims=True) * (1 - 1e-12)) & present
    mode = _reduce(most, table, np.fmin, np.inf)
    gaps = present.astype(float) @ np.isnan(table) > 0
    statistics = [low, high, high - low, mean, deviation, mode]
    return np.hstack([np.where(gaps, np.nan, block) for block in statistics])


def _reduce(mask: NDArray[np.bool_], table: Array, combine: np.ufunc, start: float) -> Array:
    """``combine`` the property of every element that ``mask`` (n, elements) selects, (n, properties)."""
    out = np.full((len(mask), table.shape[1]), start)
    for element in np.flatnonzero(mask.any(axis=0)):
        rows = mask[:, element]
        out[rows] = combine(out[rows], table[element])
    return out


def _fraction_matrix(amounts: Array) -> Array:
    column = element_table().index()
    fraction = amounts / amounts.sum(axis=1, keepdims=True)
    return np.asarray(fraction[:, [column[element] for element in FRACTIONS]])


def _descriptor_matrix(amounts: Array, net_charge: Array) -> Array:
    """The descriptors of :data:`_DESCRIPTORS`, (n, descriptors); NaN where a ratio has nothing below the line."""
    lithium = _sum(amounts, ("Li", "Na"))
    network, halide, chalcogen = (_sum(amounts, group) for group in (NETWORK, HALOGENS, CHALCOGENS))
    anions = halide + chalcogen
    halide_radius = _mean(amounts, HALOGENS, RADII_ANGSTROM)
    network_radius = _mean(amounts, NETWORK, RADII_ANGSTROM)
    network_square = _mean(amounts, NETWORK, {el: RADII_ANGSTROM[el] ** 2 for el in NETWORK})
    electronegativity = element_table().values[:, element_table().properties.index("Electronegativity")]
    fraction = amounts / amounts.sum(axis=1, keepdims=True)
    mean_en = fraction @ np.nan_to_num(electronegativity)
    square_en = fraction @ np.nan_to_num(electronegativity) ** 2
    columns = {
        "lithium_per_network_cation": _ratio(lithium, network),
        "lithium_per_anion": _ratio(lithium, anions),
        "halide_per_anion": _ratio(halide, anions),
        "halide_per_network_cation": _ratio(halide, network),
        "oxygen_per_anion": _ratio(_sum(amounts, ("O",)), anions),
        "free_chalcogen": 1.0 - _ratio(4.0 * network, chalcogen),
        "substituted_network": 1.0 - _ratio(_sum(amounts, ("P",)), network),
        "network_radius": network_radius,
        "network_radius_spread": np.sqrt(np.maximum(network_square - network_radius**2, 0.0)),
        "halide_radius": halide_radius,
        "site_disorder_mismatch": np.abs(halide_radius - RADII_ANGSTROM["S"]),
        "anion_mixing_entropy": _entropy(amounts, HALOGENS + CHALCOGENS),
        "halide_mixing_entropy": _entropy(amounts, HALOGENS),
        "network_mixing_entropy": _entropy(amounts, NETWORK),
        "anion_polarisability": _mean(amounts, HALOGENS + CHALCOGENS, POLARISABILITY_ANGSTROM3),
        "electronegativity_spread": np.sqrt(np.maximum(square_en - mean_en**2, 0.0)),
        "alkali_sulfide_fraction": _ratio(lithium - halide, lithium - halide + _sum(amounts, ("P",))),
        "net_charge_per_anion": _ratio(net_charge, anions),
    }
    return np.column_stack([columns[name] for name in _DESCRIPTORS])


def _columns(elements: Sequence[str]) -> list[int]:
    index = element_table().index()
    return [index[element] for element in elements]


def _sum(amounts: Array, elements: Sequence[str]) -> Array:
    return np.asarray(amounts[:, _columns(elements)].sum(axis=1))


def _mean(amounts: Array, elements: Sequence[str], values: dict[str, float]) -> Array:
    weights = amounts[:, _columns(elements)]
    return _ratio(weights @ np.array([values[element] for element in elements]), weights.sum(axis=1))


def _entropy(amounts: Array, elements: Sequence[str]) -> Array:
    weights = amounts[:, _columns(elements)]
    share = weights / np.where(weights.sum(axis=1, keepdims=True) > 0, weights.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(-(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1))


def _ratio(above: Array, below: Array) -> Array:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 1e-12))


def _slug(family: Family) -> str:
    return str(family.value).replace("-", "_").replace(" ", "_").lower()
