"""What the simulator needs to know of an electrolyte, read from the feature matrix that models see.

The columns hold what :mod:`surrogate.physics.coordinates` and :mod:`surrogate.physics.defaults` read from a
composition and a recipe, so link (a) can be asked about any row that a model is asked about, tens of thousands at a
time and without an object: measured, drawn from a design space, or mixed from two rows for an explanation. The rules
are those of the two modules; a test holds both ways equal on every measured electrolyte. An element without a column is
told from what it adds to the means over all elements; where there are several, they are taken for dopants of the
network. What else has no column (the kind of mill, the ball-to-powder ratio) is taken as when it is not stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from surrogate.features.composition import FRACTIONS
from surrogate.features.elements import element_table
from surrogate.physics import coordinates as place
from surrogate.physics import defaults, milling
from surrogate.physics.coordinates import FRAMEWORK, HALIDES, Family
from surrogate.physics.electrolyte import ElectrolyteBatch
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Elements with a column of their own, by what they are to the physics.
_OUTSIDE = tuple(element for element in FRACTIONS if element not in place.COVERED)
_ON_LITHIUM_SITE = tuple(element for element in FRACTIONS if element in place.ON_LITHIUM_SITE)
_DOPANTS = tuple(element for element in FRACTIONS if element in place.MINOR and element not in _ON_LITHIUM_SITE)
# Temperature and time of the usual heat treatment by family; NaN for none.
_USUAL_HEAT = np.array([defaults.TYPICAL_HEAT.get(family, (np.nan, np.nan)) for family in Family])

# What tells an element without a column by its share in a mean over all elements.
_TELLING = ("Number", "AtomicWeight")


class _Columns:
    """The columns of X (n, d) by name."""

    def __init__(self, names: tuple[str, ...], X: Array) -> None:
        self._at, self._X = _positions(names), X

    def __getitem__(self, name: str) -> Array:
        return self._X[:, self._at[name]]

    def is_(self, name: str) -> Mask:
        """Whether a yes/no column says yes; not stated is no."""
        return np.asarray(self[name] == 1.0)

    def fractions(self, elements: Sequence[str]) -> Array:
        return self._X[:, [self._at[f"composition.fraction.{element}"] for element in elements]]


@lru_cache(maxsize=8)
def _positions(names: tuple[str, ...]) -> dict[str, int]:
    return {name: column for column, name in enumerate(names)}


def electrolytes_in(names: tuple[str, ...], X: Array) -> ElectrolyteBatch:
    """The electrolytes of X (n, d) with features ``names``; family NONE where the physics has nothing to say."""
    columns = _Columns(names, X)
    with np.errstate(divide="ignore", invalid="ignore"):
        family, substituents, halides, li2s = _coordinates(columns)
    celsius = columns["protocol.temperature_c"]
    celsius = np.where(np.isnan(celsius), defaults.TYPICAL_TEMPERATURE_C, celsius)
    family = np.where(celsius + ZERO_CELSIUS_K < defaults.LOWEST_K, int(Family.NONE), family)
    route, form = "recipe.route.", "recipe.form."
    solution = columns.is_(f"{route}solution") | columns.is_(f"{route}liquid_phase")
    solid = columns.is_(f"{route}solid_state")
    reacted_in_mill = ~(solution | solid)
    film = columns.is_(f"{route}melt_quench") | columns.is_(f"{route}thin_film") | columns.is_(f"{form}thin_film")
    time_h, speed = columns["recipe.milling_time_h"], columns["recipe.milling_speed_rpm"]
    stated = ~(np.isnan(time_h) & np.isnan(speed))
    dose, again = _dose(time_h, speed), columns.is_("recipe.remilled")
    synthesis = np.where(again | ~stated, defaults.TYPICAL_MILLING_H, dose)
    synthesis = np.where(film, defaults.FULL_DOSE_H, synthesis)
    heat_c, heat_h = _heat(columns, family, halides.sum(axis=1), li2s, solution, solid)
    wet = columns["recipe.wet_milling_time_h"]
    return ElectrolyteBatch(
        family=family.astype(np.int64),
        substituents=substituents,
        halides=halides,
        li2s_fraction=li2s,
        synthesis_dose_h=np.where(reacted_in_mill, synthesis, 0.0),
        remill_dose_h=np.where(again & stated, dose, 0.0),
        wet_milling_h=np.where(np.isnan(wet), 0.0, wet),
        heat_c=heat_c,
        heat_h=heat_h,
        precursors_milled=reacted_in_mill,
        from_solution=solution,
        sintered=columns.is_("recipe.densification.sintered") | columns.is_("recipe.densification.hot-pressed"),
        temperature_k=celsius + ZERO_CELSIUS_K,
    )


def _coordinates(columns: _Columns) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """Family (n,), substituents (n, 5) and halides (n, 4) per network site, and the Li2S fraction (n,)."""
    further, element = _without_column(columns)
    on_lithium = np.where(np.isin(element, _rows_of(frozenset(place.ON_LITHIUM_SITE))), further, 0.0)
    selenium = np.where(np.isin(element, _rows_of(frozenset({"Se"}))), further, 0.0)
    dopants = np.column_stack([columns.fractions(_DOPANTS), further - on_lithium - selenium])
    lithium, phosphorus, sulfur, oxygen = columns.fractions(("Li", "P", "S", "O")).T
    sulfur = sulfur + selenium
    minor = np.column_stack([dopants, columns.fractions(_ON_LITHIUM_SITE), on_lithium])
    framework = columns.fractions(FRAMEWORK)
    site = phosphorus + framework.sum(axis=1) + dopants.sum(axis=1)
    substituents, halides = framework / site[:, None], columns.fractions(HALIDES) / site[:, None]
    chalcogen, salt = (sulfur + oxygen) / site, halides.sum(axis=1)
    anions, tetravalent = chalcogen + salt, substituents.sum(axis=1)
    covered = (lithium > 0) & (sulfur > 0) & (site > 0) & ~(columns.fractions(_OUTSIDE) > 0).any(axis=1)
    covered &= (element < 0) | np.isin(element, _rows_of(frozenset(place.COVERED)))
    covered &= minor.max(axis=1) / site <= place.MINOR_LIMIT + place.LAST_DIGITS
    covered &= oxygen <= (place.OXYGEN_LIMIT + place.LAST_DIGITS) * (sulfur + oxygen)
    few, many = place.ARGYRODITE_ANIONS
    argyrodite = (few <= anions) & (anions <= many) & (salt <= place.ARGYRODITE_HALIDES)
    lithium_sulfide = np.maximum(lithium / site - salt, 0.0)
    li2s = lithium_sulfide / (lithium_sulfide + 1.0)
    substituted = tetravalent > place.SUBSTITUTED
    four = substituted & (place.FOUR_ANIONS[0] <= anions) & (anions <= place.FOUR_ANIONS[1])
    four &= substituents[:, FRAMEWORK.index("Sb")] <= place.MINOR_LIMIT + place.LAST_DIGITS
    four &= salt <= place.HALIDE_LIMIT + place.LAST_DIGITS
    four &= substituents[:, :3].sum(axis=1) >= place.LEAST_TETRAVALENT
    low, high = place.LGPS_SHARE
    lgps = ((low <= tetravalent) & (tetravalent <= high)) | columns.is_("composition.family.lgps_type")
    lgps &= ~columns.is_("composition.family.thio_lisicon")
    low, high = place.BINARY_LI2S
    binary = ~substituted & (low <= li2s) & (li2s <= high)
    binary &= np.abs(chalcogen - (2.5 + lithium_sulfide / 2)) <= place.BINARY_SULFUR
    kinds = [argyrodite, (anions >= few) | ~(four | binary), binary, lgps]
    codes = [Family.ARGYRODITE, Family.NONE, Family.GLASS, Family.LGPS]
    family = np.select(kinds, [int(code) for code in codes], int(Family.THIO_LISICON))
    family[~covered] = int(Family.NONE)
    outside = family == int(Family.NONE)
    substituents[outside], halides[outside] = 0.0, 0.0
    li2s = np.where(family == int(Family.GLASS), li2s, place.Coordinates.li2s_fraction)
    return family, substituents, halides, li2s


def _without_column(columns: _Columns) -> tuple[Array, NDArray[np.int64]]:
    """The atomic fraction of the elements without a column of their own, (n,), and which one it is as a row of the
    elemental table, −1 where there is none, or more than one: the mean atomic number and weight over all elements are
    known, so that what the others leave of both is that of the one.
    """
    told, with_column = _told()
    shares = columns.fractions(FRACTIONS)
    further = 1.0 - shares.sum(axis=1)
    further = np.where(further > 1e-9, further, 0.0)
    found = np.full(len(further), -1, dtype=np.int64)
    rows = np.flatnonzero(further)
    means = np.column_stack([columns[f"composition.magpie.{name}.mean"][rows] for name in _TELLING])
    left = (means - shares[rows] @ with_column) / further[rows, None]
    nearest = np.abs(left[:, None, 0] - told[None, :, 0]).argmin(axis=1)
    alone = (np.abs(left - told[nearest]) < 1e-3 * told[nearest]).all(axis=1)
    found[rows[alone]] = nearest[alone]
    return further, found


@cache
def _rows_of(symbols: frozenset[str]) -> list[int]:
    """The rows of these elements in the elemental table."""
    index = element_table().index()
    return [index[symbol] for symbol in sorted(symbols)]


@cache
def _told() -> tuple[Array, Array]:
    """What tells an element, of all in the elemental table and of those with a column of their own."""
    table = element_table()
    told = table.values[:, [table.properties.index(name) for name in _TELLING]]
    return told, told[[table.index()[symbol] for symbol in FRACTIONS]]


def _dose(time_h: Array, speed_rpm: Array) -> Array:
    """Hours at reference intensity, (n,): as :func:`surrogate.physics.defaults.milling_dose`."""
    time = np.where(np.isnan(time_h), defaults.TYPICAL_MILLING_H, time_h)
    speed = np.where(np.isnan(speed_rpm), defaults.TYPICAL_SPEED_RPM, speed_rpm)
    return milling.dose(time, milling.intensity(speed, e.REFERENCE_BALL_RATIO, speed >= e.MIXER_SPEED_FLOOR_RPM))


def _heat(
    columns: _Columns, family: NDArray[np.int64], salt: Array, li2s: Array, solution: Mask, solid: Mask
) -> tuple[Array, Array]:
    """°C and hours (n,) of the heat treatment, NaN without one: as ``surrogate.physics.defaults`` settles them."""
    glass, argyrodite = family == int(Family.GLASS), family == int(Family.ARGYRODITE)
    route, form = "recipe.route.", "recipe.form."
    amorphous = columns.is_(f"{form}glass") | columns.is_(f"{form}thin_film")
    amorphous |= columns.is_(f"{route}melt_quench") | columns.is_(f"{route}thin_film")
    unstated = np.isnan(columns[f"{form}glass"])
    probable = np.select(
        [
            amorphous,
            columns.is_(f"{form}glass-ceramic") & argyrodite,
            unstated & columns.is_(f"{route}mechanical_milling"),
        ],
        [np.zeros_like(solution), solution, np.zeros_like(solution)],
        ~columns.is_(f"{form}low-crystalline") | solution,
    )
    said = columns["recipe.heat_treated"]
    heated = np.where(np.isnan(said), probable, said == 1.0) & (family != int(Family.NONE))
    grown = solution & (glass | (argyrodite & ~columns.is_(f"{form}crystalline")))
    cases = [grown, solid & glass, glass & (salt > defaults.HALIDE_GLASS), glass & (li2s < defaults.LOW_LI2S)]
    usual = [
        defaults.TYPICAL_SOLUTION_HEAT,
        defaults.TYPICAL_SOLID_STATE_GLASS_HEAT,
        defaults.TYPICAL_HALIDE_GLASS_HEAT,
        defaults.TYPICAL_70_HEAT,
    ]
    typical = [np.select(cases, [pair[k] for pair in usual], _USUAL_HEAT[family, k]) for k in (0, 1)]
    stated = columns["recipe.heat_treatment_temperature_c"], 10.0 ** columns["recipe.heat_treatment_time_log10"]
    settled = [np.where(np.isnan(s), t, s) for s, t in zip(stated, typical, strict=True)]
    return np.where(heated, settled[0], np.nan), np.where(heated, settled[1], np.nan)
