"""Numbers that describe a composition: elemental statistics, and the descriptors the field reasons with.

Everything works on an amount matrix (n compositions × elements), so ten thousand compositions cost a few matrix
products. Amounts are per formula unit as written; every descriptor is independent of that choice, except where its
meaning says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.amounts import FAMILIES, Amounts
from surrogate.composition import Family
from surrogate.composition.charge import USUAL_STATES
from surrogate.composition.family import ARGYRODITE_ANIONS, EITHER_TRIVALENT, MOST_MOVED
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
    "Li", "Na", "P", "S", "O", "F", "Cl", "Br", "I", "Ge", "Si", "Sn", "Sb", "As", "Al", "Y", "In", "Zr", "Er", "N",
)  # fmt: skip
#: The borohydride ion, which sits where a halide does, as one anion.
BOROHYDRIDE = "BH4"
#: Hydrogens per boron between which the boron is that of borohydride.
BOROHYDRIDE_RATIO = (3.5, 4.5)
HALOGENS = ("F", "Cl", "Br", "I", BOROHYDRIDE)
CHALCOGENS = ("O", "S", "Se", "Te")
#: So many compositions are worked out as one array over all their elements; more of them element by element.
_FEW = 8
#: Framework cations in tetrahedra or octahedra that sulfides are built from.
NETWORK = (
    "P", "Ge", "Si", "Sn", "Sb", "As", "Al", "B", "Ga", "In", "Y", "Zr", "Er", "W", "Mo", "Zn", "Ta", "Nb", "Hf",
    "Sc", "Ti", "Bi", "La", "Ce", "Nd", "Gd", "Ho", "Yb",
)  # fmt: skip
#: Those of them that come with the lithium of argyrodites as well, where six anions per framework cation say so.
EITHER = tuple(element for element in (*EITHER_TRIVALENT, "Zn") if element in NETWORK)
#: Formal charges that are expected of them, e.
_CHARGES = {element: float(USUAL_STATES[element][0]) for element in NETWORK}

#: Effective ionic radii, Å (Shannon, Acta Cryst. A32, 751 (1976)): network cations in the coordination they have in
#: sulfides (IV; VI for Sb, Y, In, Zr, Er, Sc, Hf, Bi, lanthanides), anions VI. Borohydride: Pistorius, Z. Phys. Chem.
#: 88, 253 (1974).
RADII_ANGSTROM = {
    "P": 0.17, "Ge": 0.39, "Si": 0.26, "Sn": 0.55, "Sb": 0.60, "As": 0.335, "Al": 0.39, "B": 0.11, "Ga": 0.47,
    "In": 0.80, "Y": 0.90, "Zr": 0.72, "Er": 0.89, "W": 0.42, "Mo": 0.41, "Zn": 0.60, "Ta": 0.64, "Nb": 0.48,
    "Hf": 0.71, "Sc": 0.745, "Ti": 0.42, "Bi": 1.03, "La": 1.032, "Ce": 1.01, "Nd": 0.983, "Gd": 0.938, "Ho": 0.901,
    "Yb": 0.868, "S": 1.84, "O": 1.40, "Se": 1.98, "Te": 2.21, "F": 1.33, "Cl": 1.81, "Br": 1.96, "I": 2.20,
    BOROHYDRIDE: 2.03,
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
    "network_charge_spread": (
        "standard deviation of the formal charge of the framework cations; 0 where they are isovalent",
        "e",
    ),
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
    slugs = {f: str(f.value).replace("-", "_").replace(" ", "_").lower() for f in Family}
    families = [Feature(name=f"composition.family.{slugs[f]}", meaning=f"1 if the family is {f}") for f in Family]
    return (*magpie, *fractions, *descriptors, *families)


def composition_matrix(amounts: Amounts) -> Array:
    """The features of ``n`` compositions, (n, d) in the order of :func:`composition_features`."""
    index = element_table().index
    table = element_table().values[np.array([index[element] for element in amounts.elements], dtype=np.int64)]
    blocks = (
        _magpie(amounts.values, table),
        amounts.of(FRACTIONS) / amounts.values.sum(axis=1, keepdims=True),
        _descriptors(_Groups(_set_dopants_apart(_join_borohydride(amounts), amounts.families)), _Groups(amounts)),
        (amounts.families[:, None] == np.arange(len(FAMILIES))).astype(float),
    )
    return np.hstack(blocks)


def _magpie(amounts: Array, table: Array) -> Array:
    """The statistics of ``amounts`` (n, e) over the rows of ``table`` (e, properties)."""
    present = amounts > 0
    fraction = amounts / amounts.sum(axis=1, keepdims=True)
    numbers = np.nan_to_num(table)  # products with a zero fraction; elements that are present keep their NaN below
    low = _reduce(present, table, np.fmin, np.inf)
    high = _reduce(present, table, np.fmax, -np.inf)
    mean = fraction @ numbers
    if len(amounts) <= _FEW:
        deviation = (fraction[:, :, None] * np.abs(numbers - mean[:, None, :])).sum(axis=1)
    else:  # many rows at once, without an array of all elements of all rows
        deviation = np.zeros_like(mean)
        for element in range(len(table)):
            deviation += fraction[:, [element]] * np.abs(numbers[element] - mean)
    most = (amounts >= amounts.max(axis=1, keepdims=True) * (1 - 1e-12)) & present
    mode = _reduce(most, table, np.fmin, np.inf)
    statistics = [low, high, high - low, mean, deviation, mode]
    if np.isnan(table).any():
        gaps = present.astype(float) @ np.isnan(table) > 0
        statistics = [np.where(gaps, np.nan, block) for block in statistics]
    return np.hstack(statistics)


def _reduce(mask: NDArray[np.bool_], table: Array, combine: np.ufunc, start: float) -> Array:
    """``combine`` the property of every element that ``mask`` (n, elements) selects, (n, properties)."""
    if len(mask) <= _FEW:
        return np.asarray(combine.reduce(np.where(mask[:, :, None], table, start), axis=1))
    out = np.full((len(mask), table.shape[1]), start)
    for element, row in enumerate(table):
        combine(out, row, out=out, where=mask[:, [element]])
    return out


@lru_cache(maxsize=4096)
def _columns_of(elements: tuple[str, ...], of: tuple[str, ...]) -> NDArray[np.intp]:
    """The places among ``elements`` of those of a group that occur."""
    return np.array([elements.index(element) for element in of if element in elements], dtype=np.intp)


@lru_cache(maxsize=4096)
def _numbers_of(elements: tuple[str, ...], of: tuple[str, ...], quantity: str) -> Array:
    """A number of each element of a group that occurs among ``elements``."""
    numbers = _QUANTITIES[quantity]
    return np.array([numbers[element] for element in of if element in elements])


@cache
def _electronegativities() -> Mapping[str, float]:
    table = element_table()
    pauling = np.nan_to_num(table.values[:, table.properties.index("Electronegativity")])
    return dict(zip(table.symbols, pauling.tolist(), strict=True))


class _Groups:
    """What groups of elements have in common; an element that does not occur has the amount 0."""

    def __init__(self, amounts: Amounts) -> None:
        self.amounts = amounts
        self._present: dict[tuple[str, ...], tuple[Array, Array]] = {}

    def present(self, of: tuple[str, ...]) -> tuple[Array, Array]:
        """The amounts (n, h) of those of the elements that occur, and their sum, (n,)."""
        kept = self._present.get(of)
        if kept is None:
            weights = self.amounts.values[:, _columns_of(self.amounts.elements, of)]
            kept = self._present[of] = weights, weights.sum(axis=1)
        return kept

    def total(self, of: tuple[str, ...]) -> Array:
        """The amount of all of them together, (n,)."""
        return self.present(of)[1]

    def weighted(self, of: tuple[str, ...], quantity: str) -> Array:
        """The sum of amount times ``quantity`` over them, (n,): their mean once it is divided by their total."""
        return np.asarray(self.present(of)[0] @ _numbers_of(self.amounts.elements, of, quantity))

    def squares(self, of: tuple[str, ...], quantity: str, mean: Array) -> Array:
        """The sum of amount times squared deviation from the ``mean`` (n,) over them, (n,).

        From the deviations, not from the mean of the squares, whose rounding looks like a spread where there is none.
        """
        deviations = _numbers_of(self.amounts.elements, of, quantity) - mean[:, None]
        return np.asarray((self.present(of)[0] * deviations**2).sum(axis=1))

    def entropy(self, of: tuple[str, ...]) -> Array:
        """The mixing entropy among them, −Σ p ln p, (n,)."""
        weights, sums = self.present(of)
        total = sums[:, None]
        share = weights / np.where(total > 0, total, 1.0)
        return np.asarray(-(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1))


#: The numbers of elements that descriptors average, by name.
_QUANTITIES: Mapping[str, Mapping[str, float]] = {
    "radius": RADII_ANGSTROM,
    "polarisability": POLARISABILITY_ANGSTROM3,
    "electronegativity": _electronegativities(),
    "charge": _CHARGES,
}


def _join_borohydride(amounts: Amounts) -> Amounts:
    """``amounts`` with boron and hydrogen of borohydride as one anion; the same where there is none."""
    boron, hydrogen = amounts.of(("B", "H")).T
    low, high = BOROHYDRIDE_RATIO
    ions = np.where((boron > 0) & (hydrogen >= low * boron) & (hydrogen <= high * boron), boron, 0.0)
    if not ions.any():
        return amounts
    values = amounts.values.copy()
    values[:, amounts.column["B"]] -= ions
    values[:, amounts.column["H"]] *= ions == 0.0
    elements = (*amounts.elements, BOROHYDRIDE)
    return Amounts(elements=elements, values=np.column_stack([values, ions]), net_charge=amounts.net_charge)


def _set_dopants_apart(amounts: Amounts, families: NDArray[np.int64]) -> Amounts:
    """``amounts`` without the cations of :data:`EITHER` that sit with the lithium of an argyrodite.

    Args:
        amounts: The compositions, n.
        families: Their families, (n,).
    """
    dopants = amounts.of(EITHER).sum(axis=1)
    if not dopants.any():
        return amounts
    network, anions = (amounts.of(of).sum(axis=1) for of in (NETWORK, HALOGENS + CHALCOGENS))
    host = network - dopants
    apart = (families == FAMILIES.index(Family.argyrodite)) & (dopants <= MOST_MOVED * host)
    # Anions per cation are nearer to six without them: |a/h − 6| < |a/n − 6|.
    apart &= np.abs(anions - ARGYRODITE_ANIONS * host) * network < np.abs(anions - ARGYRODITE_ANIONS * network) * host
    values = amounts.values.copy()
    for column in _columns_of(amounts.elements, EITHER):
        values[apart, column] = 0.0
    return Amounts(elements=amounts.elements, values=values, net_charge=amounts.net_charge)


def _descriptors(group: _Groups, atoms: _Groups) -> Array:
    """The descriptors of :data:`_DESCRIPTORS`, (n, descriptors); NaN where a ratio has nothing below the line.

    Args:
        group: Compositions with borohydride as one anion, and without dopants that are no framework.
        atoms: The same element by element.
    """
    ratios, every = _ratios(_list_parts(group, atoms)), atoms.amounts.elements
    network, whole = group.total(NETWORK), atoms.total(every)
    variances = _ratios(
        {
            "network_radius": (group.squares(NETWORK, "radius", ratios["network_radius"]), network),
            "network_charge": (group.squares(NETWORK, "charge", ratios["network_charge"]), network),
            "electronegativity": (atoms.squares(every, "electronegativity", ratios["electronegativity"]), whole),
        }
    )
    columns = {
        **ratios,
        "free_chalcogen": 1.0 - ratios["free_chalcogen"],
        "substituted_network": 1.0 - ratios["substituted_network"],
        "network_radius_spread": np.sqrt(variances["network_radius"]),
        "site_disorder_mismatch": np.abs(ratios["halide_radius"] - RADII_ANGSTROM["S"]),
        "anion_mixing_entropy": group.entropy(HALOGENS + CHALCOGENS),
        "halide_mixing_entropy": group.entropy(HALOGENS),
        "network_charge_spread": np.sqrt(variances["network_charge"]),
        "network_mixing_entropy": group.entropy(NETWORK),
        "electronegativity_spread": np.sqrt(variances["electronegativity"]),
    }
    return np.array([columns[name] for name in _DESCRIPTORS]).T


def _list_parts(group: _Groups, atoms: _Groups) -> dict[str, tuple[Array, Array]]:
    """What is above and below the line of each descriptor that is a ratio or a mean, (n,) each, by name."""
    every, polarised = atoms.amounts.elements, tuple(POLARISABILITY_ANGSTROM3)
    lithium = group.total(("Li", "Na"))
    network, halide, chalcogen = (group.total(of) for of in (NETWORK, HALOGENS, CHALCOGENS))
    anions, phosphorus, whole = halide + chalcogen, group.total(("P",)), atoms.total(every)
    return {
        "lithium_per_network_cation": (lithium, network),
        "lithium_per_anion": (lithium, anions),
        "halide_per_anion": (halide, anions),
        "halide_per_network_cation": (halide, network),
        "oxygen_per_anion": (group.total(("O",)), anions),
        "free_chalcogen": (4.0 * network, chalcogen),
        "substituted_network": (phosphorus, network),
        "network_radius": (group.weighted(NETWORK, "radius"), network),
        "network_charge": (group.weighted(NETWORK, "charge"), network),
        "halide_radius": (group.weighted(HALOGENS, "radius"), halide),
        "anion_polarisability": (group.weighted(polarised, "polarisability"), group.total(polarised)),
        "electronegativity": (atoms.weighted(every, "electronegativity"), whole),
        "alkali_sulfide_fraction": (lithium - halide, lithium - halide + phosphorus),
        "net_charge_per_anion": (atoms.amounts.net_charge, anions),
    }


def _ratios(parts: Mapping[str, tuple[Array, Array]]) -> dict[str, Array]:
    """What is above divided by what is below, (n,) each and all at once; NaN where nothing is below."""
    above, below = (np.array(side) for side in zip(*parts.values(), strict=True))
    ratios = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 1e-12)
    return dict(zip(parts, ratios, strict=True))
