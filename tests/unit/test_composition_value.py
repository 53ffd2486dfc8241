"""What follows from a composition: masses, charge, families, canonical formula; and what importing it costs."""

from __future__ import annotations

import copy
import csv
import pickle
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surrogate.composition import (
    ATOMIC_MASS_G_PER_MOL,
    ELECTRONEGATIVITY,
    FAMILIES,
    SYMBOLS,
    Composition,
    Family,
    composition_from_amounts,
    family_of,
    parse_composition,
)
from surrogate.composition.charge import RARE_STATES, USUAL_STATES
from surrogate.errors import CompositionError
from tests.strategies import argyrodites, compositions, mixture_text, precursor_mixtures

ELECTROLYTES = Path(__file__).parents[2] / "data/literature/electrolytes.csv"


def test_masses_and_electronegativities_are_those_of_pymatgen() -> None:
    from pymatgen.core import Element

    assert sorted(SYMBOLS) == sorted(Element.from_Z(z).symbol for z in range(1, 104))
    for symbol in SYMBOLS:
        element = Element(symbol)
        assert ATOMIC_MASS_G_PER_MOL[symbol] == pytest.approx(float(element.atomic_mass), rel=1e-9)
        if ELECTRONEGATIVITY[symbol] is not None:
            assert ELECTRONEGATIVITY[symbol] == pytest.approx(element.X, abs=0.006)


def test_every_element_has_an_oxidation_state_known_to_pymatgen() -> None:
    from pymatgen.core import Element

    assert set(USUAL_STATES) == SYMBOLS
    for symbol, states in USUAL_STATES.items():
        known = set(Element(symbol).oxidation_states) | {0}
        assert set(states) <= known, symbol
        assert set(RARE_STATES.get(symbol, ())).isdisjoint(states)


# -- value ---------------------------------------------------------------------------------------------------------
@given(compositions())
def test_compositions_are_immutable_hashable_and_copy(composition: Composition) -> None:
    assert composition.reading  # fills the cache
    assert composition.family in FAMILIES
    for twin in (pickle.loads(pickle.dumps(composition)), copy.deepcopy(composition)):
        assert twin == composition
        assert hash(twin) == hash(composition)
    with pytest.raises(TypeError):
        composition.amounts["Li"] = 1.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        composition.text = "other"  # type: ignore[misc]


@given(compositions())
def test_fractions_add_up_to_one(composition: Composition) -> None:
    assert sum(composition.fraction(element) for element in composition.amounts) == pytest.approx(1)
    assert all(composition.amount(element) == 0 for element in SYMBOLS - set(composition.amounts))


def test_amount_of_what_is_no_element_is_an_error() -> None:
    with pytest.raises(CompositionError, match="Xx"):
        parse_composition("Li3PS4").amount("Xx")


@given(compositions(), st.sampled_from([1e-2, 0.1, 0.5, 3.0, 7.0, 40.0]))
def test_scale_changes_neither_fractions_nor_family_nor_reduced_formula(
    composition: Composition, factor: float
) -> None:
    scaled = composition_from_amounts({el: amount * factor for el, amount in composition.amounts.items()})
    assert [scaled.fraction(el) for el in scaled.amounts] == pytest.approx(
        [composition.fraction(el) for el in composition.amounts]
    )
    assert scaled.family == composition.family
    assert scaled.reduced_formula == composition.reduced_formula
    assert scaled.molar_mass_g_per_mol == pytest.approx(factor * composition.molar_mass_g_per_mol)


@given(compositions())
def test_reduced_formula_reads_back_to_the_same_fractions(composition: Composition) -> None:
    assume("CI" not in composition.reduced_formula)
    try:
        again = parse_composition(composition.reduced_formula)
    except CompositionError:  # an abbreviation such as NPS, which happens to be made of elements
        assume(False)
    for element in composition.amounts:
        assert again.fraction(element) == pytest.approx(composition.fraction(element), abs=2e-3)


@pytest.mark.parametrize(
    ("spellings", "reduced"),
    [
        (["75Li2S-25P2S5", "Li3PS4", "Li1.5P0.5S2", "(Li2S)3(P2S5)1", "Li12P4S16"], "Li3PS4"),
        (["70Li2S-30P2S5", "Li7P3S11", "Li1.4P0.6S2.2"], "Li7P3S11"),
        (["Li5.5PS4.5Cl1.5", "Li11P2S9Cl3", "Li5.5Cl1.5PS4.5"], "Li5.5PS4.5Cl1.5"),
        (["Li10Si1/3Ge1/3Sn1/3P2S12", "Li10Si0.3333Ge0.3333Sn0.3334P2S12"], "Li10Si0.333Sn0.333Ge0.333P2S12"),
        (["Li20Ge2P4S24", "Li10GeP2S12"], "Li10GeP2S12"),
        (["Li2In0.6666666Cl4", "Li3InCl6"], "Li3InCl6"),
    ],
)
def test_spellings_of_one_material_group_together(spellings: list[str], reduced: str) -> None:
    assert {parse_composition(text).reduced_formula for text in spellings} == {reduced}


# -- charge --------------------------------------------------------------------------------------------------------
@given(precursor_mixtures())
def test_mixtures_of_neutral_precursors_are_neutral_and_conserve_mass(mixture: list[tuple[str, int]]) -> None:
    made = parse_composition(mixture_text(mixture))
    assert made.is_charge_neutral
    assert made.net_charge == pytest.approx(0, abs=1e-6)
    masses = [percent / 100 * parse_composition(name).molar_mass_g_per_mol for name, percent in mixture]
    assert made.molar_mass_g_per_mol == pytest.approx(sum(masses))
    assert dict(made.precursors) == pytest.approx({name_of(name): percent / 100 for name, percent in mixture})


def name_of(text: str) -> str:
    return parse_composition(text).formula


@given(argyrodites())
def test_halogen_rich_argyrodites_are_neutral(composition: Composition) -> None:
    assert composition.is_charge_neutral
    assert composition.family is Family.argyrodite


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Li1.4P0.6S2.2", "Li7P3S11"),  # as tables of mole fractions have it
        ("Li1.5P0.5S2", "Li3PS4"),
        ("P0.5S1.75Li1.25I0.25", "Li5P2S7I"),
        ("Li1.56P0.44S1.88", "Li3.55PS4.27"),  # no small whole numbers
        ("Li5.399872PS4.400012Br1.28001I0.32", "Li5.4PS4.4Br1.28I0.32"),  # as masses on a balance give it
        ("Li5.375PS4.375Cl1.625", "Li5.375PS4.375Cl1.625"),  # as someone wrote it
        ("Li9.54Si1.74P1.44S11.7Cl0.3", "Li9.54Si1.74P1.44S11.7Cl0.3"),
        ("75Li2S-25P2S5", "75Li2S-25P2S5"),
    ],
)
def test_a_composition_is_called_as_the_field_calls_it(text: str, title: str) -> None:
    assert parse_composition(text).title == title


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Li6PS5Cl", {"Li": 1, "P": 5, "S": -2, "Cl": -1}),
        ("Na3SbS4", {"Na": 1, "Sb": 5, "S": -2}),
        ("Li4P2S6", {"Li": 1, "P": 4, "S": -2}),
        ("FeS2", {"Fe": 2, "S": -1}),
        ("LiCoO2", {"Li": 1, "Co": 3, "O": -2}),
        ("Li2SO4", {"Li": 1, "S": 6, "O": -2}),
        ("LiBH4", {"Li": 1, "B": 3, "H": -1}),
        ("S", {"S": 0}),
        ("LiIn", {"Li": 0, "In": 0}),
        ("Li0.5In", {"Li": 0, "In": 0}),
    ],
)
def test_oxidation_states(text: str, states: dict[str, float]) -> None:
    assert dict(parse_composition(text).oxidation_states) == states


def test_charge_is_reported_and_not_repaired() -> None:
    read = parse_composition("Li5PS5Cl")
    assert read.net_charge == pytest.approx(-1)
    assert not read.is_charge_neutral
    assert read.formula == "Li5PS5Cl"


@pytest.mark.parametrize("scale", [1, 7])
def test_a_charge_is_what_rounding_costs_up_to_0_2_percent_of_the_positive_charge(scale: int) -> None:
    """0.022 e for Li6PS5Cl, however many formula units are written."""
    for lithium, neutral in ((6.02, True), (5.98, True), (6.03, False), (5.97, False)):
        text = f"Li{scale * lithium:.4f}P{scale}S{5 * scale}Cl{scale}"
        assert parse_composition(text).is_charge_neutral is neutral, text


# -- families ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Li6PS5Cl", Family.argyrodite),
        ("Li6.6P0.4Ge0.6S5I", Family.argyrodite),
        ("Li5.35PS4.35(BH4)1.15Cl0.5", Family.argyrodite),
        # Dopants of either site: six anions per framework cation tell where they sit.
        *((text, Family.argyrodite) for text in ("Li5.6Al0.133PS5Cl", "Li5.4Ga0.2PS5Cl", "Li5.7Y0.1PS5Cl")),
        *((text, Family.argyrodite) for text in ("Li5.8Mg0.1PS5Cl", "Li6.45P0.85Zn0.15S5Cl", "Li5.6Ca0.2PS5Cl")),
        ("Li11AlP2S12", Family.lgps_type),
        ("Li10GeP2S12", Family.lgps_type),
        ("Li9.54Si1.74P1.44S11.7Cl0.3", Family.lgps_type),
        ("70Li2S-30P2S5", Family.li7p3s11_type),
        ("75Li2S-25P2S5", Family.li3ps4_type),
        ("80Li2S-20P2S5", Family.li2s_p2s5),
        ("Li7P2S8I", Family.li7p2s8x),
        ("Li3.25Ge0.25P0.75S4", Family.thio_lisicon),
        ("Li4SnS4", Family.li4sns4_type),
        ("Li7Si2S7I", Family.sulfide_other),
        ("Li3InCl6", Family.halide),
        ("Li2MgCl4", Family.halide),
        ("LiI", Family.other),
        ("LiCl0.5Br0.5", Family.other),
        ("Na3PS4", Family.sodium_sulfide),
        ("NaTaCl6", Family.sodium_halide),
        ("Li7La3Zr2O12", Family.oxide),
        ("TiS2", Family.other),
    ],
)
def test_families_of_known_materials(text: str, family: Family) -> None:
    assert parse_composition(text).family is family
    assert family_of(parse_composition(text).amounts) is family


def test_families_agree_with_the_literature_table() -> None:
    """Labels that name a chemistry, that is: "sulfide_glass_other" names a form, which no composition shows."""
    labels = {family.value for family in Family if "glass" not in family.value}
    with ELECTROLYTES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["composition_normalized"] and row["family"] in labels]
    agreeing = sum(parse_composition(row["composition_normalized"]).family == row["family"] for row in rows)
    assert agreeing / len(rows) >= 0.95
