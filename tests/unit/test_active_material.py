"""Active materials are recognised by what they are, and their theoretical capacity is Faraday's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.active_material import (
    ActiveMaterial,
    Chemistry,
    active_material,
    metals_per_site,
    theoretical_capacity,
)
from surrogate.candidate.settings import build
from surrogate.datasets import DATA, load, read_package, read_table
from surrogate.datasets.literature import material_of
from surrogate.errors import CellError
from surrogate.features.electrode import nickel_fraction
from surrogate.models.objections import Limits, find_objections
from surrogate.properties import get_property

NAMES = sorted(
    {
        row.text("active_material") or ""
        for row in read_table(DATA / "literature/electrodes.csv", read_package(DATA)["electrodes"])
    }
)

# Materials whose reaction or stoichiometry is not known well enough to name a class.
UNNAMED = {
    "none (SE only)", "none (super P + SE control)", "none (Li6PS5Cl as active)", "78Li2S-22P2S5 (as active material)",
    "amorphous Li-Ti-P-S (a-BMe1, TiS2/SE 0.5)", "amorphous Li-Ti-P-S (a-BMe2, TiS2/SE 1.0)",
    "Li3PS4+n (n=5)", "polymer/organo-sulfide PSD", "DTT (dibenzo[b,i]thianthrene-5,7,12,14-tetraone)",
    "Li1.13Ti0.57Fe0.3S2", "Li6PS5Cl (electrolyte as active material, with carbon)",
    "Li6PS5Cl0.5Br0.5 (electrolyte as cathode precursor, with MWCNT)",
}  # fmt: skip
# Outside the classes, with a reaction that is known.
KNOWN_OTHERS = {
    "FeF3", "graphite", "graphite (17.7 um)", "natural graphite (D50 11.2 um)", "Se", "SeS2", "Te",
    "Te (91 wt% in Te91@LPSC-350 nanocomposite)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "electrons", "printed"),
    [
        ("S", 2, 1672), ("Li2S", 2, 1167), ("TiS2", 1, 239), ("FeS2", 4, 894), ("LiCoO2", 1, 274), ("LiFePO4", 1, 170),
        ("Li4Ti5O12", 3, 175), ("Li1.2Mn0.54Co0.13Ni0.13O2", 1.2, 377), ("SeS2", 6, 1124), ("FeF3", 3, 712),
        ("Co3S4", 8, 703), ("MoS2", 4, 670), ("C6", 1, 372),
    ],
)  # fmt: skip
def test_the_capacity_is_the_one_that_the_field_prints(formula, electrons, printed):
    assert theoretical_capacity(formula, electrons) == pytest.approx(printed, abs=1)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_of_the_table_is_recognised_or_known_to_be_unnamed(name):
    chemistry = material_of(name).chemistry
    assert (chemistry is Chemistry.OTHER) == (name in UNNAMED | KNOWN_OTHERS)


@pytest.mark.parametrize(
    ("name", "chemistry", "capacity"),
    [
        ("S (70% in CNG)", Chemistry.SULFUR, 1672),
        ("S@CNT", Chemistry.SULFUR, 1672),
        ("CoNC@S", Chemistry.SULFUR, 1672),
        ("LPO-ALD-coated S/acetylene black", Chemistry.SULFUR, 1672),
        ("S9.3I (sulfur iodide)", Chemistry.SULFUR, None),
        ("S + WS2", Chemistry.SULFUR, None),
        ("90Li2S-10CuI", Chemistry.LITHIUM_SULFIDE, 1167),
        ("92Li2S@8LiFeS2 (4 nm Li2S)", Chemistry.LITHIUM_SULFIDE, 1167),
        ("Li2S@LiVS2 core-shell (60:40 wt)", Chemistry.LITHIUM_SULFIDE, None),
        ("amorphous TiS4", Chemistry.METAL_SULFIDE, 609),
        ("LiTi2(PS4)3", Chemistry.METAL_SULFIDE, 1062),
        ("Mo6S8", Chemistry.METAL_SULFIDE, 129),
        ("VS2", Chemistry.LAYERED_SULFIDE, 233),
        ("CoS2", Chemistry.METAL_SULFIDE, 871),
        ("SC-Ni90 (bare)", Chemistry.LAYERED_OXIDE, 276),
        ("LiNi0.83Co-Mn oxide (NCM83)", Chemistry.LAYERED_OXIDE, 276),
        ("NCA, 94% Ni", Chemistry.LAYERED_OXIDE, 276),
        ("LiNi1/3Mn1/3Co1/3O2", Chemistry.LAYERED_OXIDE, 278),
        ("Li2RuO3", Chemistry.LITHIUM_RICH_OXIDE, 329),
        ("Li-rich layered oxide (LLO@S)", Chemistry.LITHIUM_RICH_OXIDE, None),
        ("LiNi0.5Mn1.5O4", Chemistry.SPINEL, 147),
        ("Si (1-5 um, no carbon, SE-free electrode)", Chemistry.ALLOY, 3579),
    ],
)
def test_class_and_capacity_of_names_that_look_alike(name, chemistry, capacity):
    material = active_material(name)
    assert material.chemistry is chemistry
    assert material.theoretical_capacity_mah_per_g == (None if capacity is None else pytest.approx(capacity, abs=2))


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("Li₂S", "Li2S"), ("LiNi₀.₈Co₀.₁Mn₀.₁O₂", "LiNi0.8Co0.1Mn0.1O2"), ("Sulfur", "S"), ("lithium sulfide", "Li2S"),
        ("silicon", "Si"), ("Graphite", "graphite"), ("LTO", "Li4Ti5O12"), ("LFP", "LiFePO4"), ("LMO", "LiMn2O4"),
        ("LNMO", "LiNi0.5Mn1.5O4"), ("LNO", "LiNiO2"), ("Li[Ni0.8Co0.1Mn0.1]O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiCoO2(5um)", "LiCoO2"), ("Li[Li0.2Mn0.54Ni0.13Co0.13]O2", "Li1.2Mn0.54Ni0.13Co0.13O2"),
    ],
)  # fmt: skip
def test_other_spellings_are_the_same_material(spelled, meant):
    one, other = active_material(spelled), active_material(meant)
    assert one.chemistry is other.chemistry
    assert one.theoretical_capacity_mah_per_g == pytest.approx(other.theoretical_capacity_mah_per_g)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("LiCo1O2", "LiCoO2"), ("Li1CoO2", "LiCoO2"), ("Li1.0Co1.00O2 (5 um)", "LiCoO2 (5 um)"), ("LiNi1O2", "LiNiO2"),
        ("Li2S1", "Li2S"), ("S1", "S"), ("Ti1S2", "TiS2"), ("Fe1S2", "FeS2"), ("Li1Mn2O4", "LiMn2O4"),
        ("Li1Fe1P1O4", "LiFePO4"), ("Li1Ni0.8Co0.1Mn0.1O2", "LiNi0.8Co0.1Mn0.1O2"), ("Si1", "Si"),
        ("Li[Ni1]1O2", "Li[Ni]O2"),
    ],
)  # fmt: skip
def test_an_amount_of_one_that_is_written_out_changes_nothing(written, meant):
    assert active_material(written) == active_material(meant)


@pytest.mark.parametrize("name", ["Li1.2Mn0.54Co0.13Ni0.13O2", "LiNi1/3Co1/3Mn1/3O2", "LiNi0.88Co0.10W0.01Al0.01O2"])
def test_other_amounts_that_begin_or_end_with_a_one_stay(name):
    assert active_material(name).text == name


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.sampled_from(["Li{}O2", "Li({})O2", "Li[{}]O2", "Li{}O2 (5 um)", "Li({})O2(5um)"]),
)
def test_a_layered_oxide_holds_one_lithium_however_its_metals_are_bracketed(nickel, share, written):
    cobalt = round((100 - nickel) * share / 100)
    amounts = {"Ni": nickel, "Co": cobalt, "Mn": 100 - nickel - cobalt}
    metals = "".join(f"{element}{amount / 100:g}" for element, amount in amounts.items() if amount)
    material = active_material(written.format(metals))
    assert material.chemistry is Chemistry.LAYERED_OXIDE
    assert 273 < material.theoretical_capacity_mah_per_g < 287  # LiCoO2 to LiMnO2


@pytest.mark.parametrize("metal", ["Fe", "Co", "Ni", "Cu", "Mn", "Mo", "W", "V"])
@pytest.mark.parametrize("sulfur", [1, 3, 4])
def test_a_sulfide_that_converts_takes_two_electrons_per_sulfur(metal, sulfur):
    capacity = active_material(f"{metal}S{sulfur if sulfur > 1 else ''}").theoretical_capacity_mah_per_g
    assert capacity == pytest.approx(theoretical_capacity(f"{metal}S{sulfur}", 2 * sulfur))


def test_a_formula_with_brackets_keeps_its_name_and_a_remark_goes():
    assert ActiveMaterial(text="LiTi2(PS4)3", chemistry=Chemistry.OTHER).name == "LiTi2(PS4)3"
    assert active_material("LiCoO2 (5 um)").name == "LiCoO2"


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(CellError, match=r"not recognised.*LiCoO2"):
        active_material("unobtainium")


@pytest.mark.parametrize("name", ["NMC", "NCM", "SC-NCM", "NCM (5 um)"])
def test_a_name_of_several_stoichiometries_is_asked_back_with_them(name):
    with pytest.raises(CellError, match="stands for several stoichiometries") as caught:
        active_material(name)
    assert all(meant in caught.value.hint for meant in ("NCM111", "NCM523", "NCM622", "NCM811"))
    assert active_material(name, without_shares=True).chemistry is Chemistry.LAYERED_OXIDE


@pytest.mark.parametrize("name", ["NCM9055", "NCM8l1", "NMC 118", "SC-NCM1", "NCM900505", "NCM 823", "NCM25"])
def test_digits_that_can_be_no_shares_are_asked_back(name):
    """None of them says how much nickel there is, and a model would go on without a word."""
    with pytest.raises(CellError, match="no shares of nickel") as caught:
        active_material(name)
    assert "or the formula" in caught.value.hint


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ncm811", "NCM811"), ("NCM 6:2:2", "NCM622"), ("NMC(8/1/1)", "NMC811"), ("ＮＣＭ８１１", "NCM811"),
        ("single crystal NCM83", "SC-NCM83"), ("sc-ncm 811", "SC-NCM 811"), ("lco", "LCO"), ("Schwefel", "S"),
        ("soufre", "S"), ("硫", "S"), ("Graphit", "graphite"), ("NCM811", "NCM811"), ("NCA", "NCA"),
    ],
)  # fmt: skip
def test_a_name_in_other_letters_or_words_is_the_same_material(written, meant):
    assert active_material(written) == active_material(meant)


@pytest.mark.parametrize("digits", ["111", "333", "442", "523", "532", "622", "721", "811", "955", "83", "90"])
def test_the_nickel_of_every_name_of_digits_that_is_taken_is_read(digits):
    nickel = nickel_fraction(active_material(f"NCM{digits}"))
    assert 0.3 <= nickel <= 1.0


@pytest.mark.parametrize(
    ("written", "core", "coat"),
    [
        ("LNO@NCM811", "NCM811", "LNO"), ("LiNbO3@NCM811", "NCM811", "LiNbO3"), ("NCM523@LNO", "NCM523", "LNO"),
        ("LNO-coated NCM811", "NCM811", "LNO"), ("LiNbO3-coated LiCoO2", "LiCoO2", "LiNbO3"), ("LTO@LCO", "LCO", "LTO"),
    ],
)  # fmt: skip
def test_a_coat_in_the_name_of_an_oxide_goes_into_its_own_field(written, core, coat):
    with pytest.raises(CellError, match="names a coating too") as caught:
        active_material(written)
    assert caught.value.hint == f"Write {core} alone, and {coat} as its coating."


@pytest.mark.parametrize("name", ["S@CNT", "Li2S@C", "CoNC@S", "Li2S@LiVS2 core-shell (60:40 wt)", "LiCoO2 (5 um)"])
def test_what_carries_sulfur_is_no_coat(name):
    active_material(name)


@pytest.mark.parametrize("name", ["NCM811", "NMC 622", "NCM (90 % Ni)", "NCA", "SC-NCM83"])
def test_a_name_that_tells_its_nickel_is_read(name):
    assert active_material(name).chemistry is Chemistry.LAYERED_OXIDE


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("LiNi08Co01Mn01O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiNi8Co1Mn1O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiNi0.8C0.1Mn0.1O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiN0.8Co0.1Mn0.1O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiNi0,8Co0,1Mn0,1O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiNi0.8Co0.1Mn1O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiNiO.8CoO.1MnO.1O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiCo02", "LiCoO2"), ("LiC0O2", "LiCoO2"),
        ("LiFePo4", "LiFePO4"), ("LiFeP04", "LiFePO4"), ("LiMn204", "LiMn2O4"), ("Li4Ti5012", "Li4Ti5O12"),
        ("Li2s", "Li2S"), ("LI2S", "Li2S"), ("TIS2", "TiS2"), ("Fes2", "FeS2"), ("Mos2", "MoS2"),
        ("LiNiO.8Co0.1Mn0.1O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiNi0.8Co0.lMn0.1O2", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiNi0·8Co0·1Mn0·1O2", "LiNi0.8Co0.1Mn0.1O2"), ("LiNi0.8Co0.1Mn0.1O2-A", "LiNi0.8Co0.1Mn0.1O2"),
        ("LiNi0.8Co0.15AI0.05O2", "LiNi0.8Co0.15Al0.05O2"), ("LiNi0.8Co0.15A10.05O2", "LiNi0.8Co0.15Al0.05O2"),
        ("LiNi0.8Co0.1Mn0.1O22", "LiNi0.8Co0.1Mn0.1O2"), ("LiCOO2", "LiCoO2"), ("Li25", "Li2S"), ("Ti52", "TiS2"),
    ],
)  # fmt: skip
def test_a_typo_is_refused_with_what_was_meant(typed, meant):
    with pytest.raises(CellError) as caught:
        active_material(typed)
    assert meant in caught.value.hint.partition("Known by name")[0]


@pytest.mark.parametrize("text", ["LiNi0.8Co0.1Mn0.1O20", "FeS20", "LiNi0.8Co0.1Mn0.1", "n/a", "-", "LiIn"])
def test_no_capacity_is_made_of_what_is_no_active_material(text):
    with pytest.raises(CellError):
        active_material(text)


def test_few_measured_discharges_exceed_theory_and_those_only_where_the_electrolyte_takes_part():
    above = [
        m.candidate.subject.electrode.active_material.text
        for m in load("first_discharge_capacity")
        if (theory := m.candidate.subject.electrode.active_material.theoretical_capacity_mah_per_g) is not None
        and m.value > 1.1 * theory
    ]
    assert set(above) <= {"TiS2", "Te", "Se", "S", "amorphous TiS4", "NiS (50 nm)"}


@pytest.mark.parametrize(
    ("formula", "metals"),
    [
        ("LiNi0.8Co0.1Mn0.1O2", 1.0), ("LiNi0.33Co0.33Mn0.33O2", 0.99), ("LiCoO2", 1.0), ("LiNi0.8Co0.2Mn0.1O2", 1.1),
        ("LiNi0.8Co0.1O2", 0.9), ("NCM811", None), ("Li1.2Mn0.54Ni0.13Co0.13O2", None), ("LiFePO4", None), ("S", None),
    ],
)  # fmt: skip
def test_metals_that_do_not_fill_the_site_of_a_layered_oxide_are_remarked_on(formula, metals):
    assert metals_per_site(active_material(formula)) == (None if metals is None else pytest.approx(metals))
    candidate = build({"electrolyte": "Li6PS5Cl", "active_material": formula, "additive": "carbon"})
    limits = Limits(in_window_mah_per_g=200.0, lacks_electrons=False, lacks_ions=False, lacks_time=False)
    remarks = find_objections(get_property("first_discharge_capacity"), 100.0, candidate, limits)
    assert any(f"metals of {formula} add up to" in remark for remark in remarks) == (metals in {0.9, 1.1})


def test_no_material_of_the_tables_has_metals_that_do_not_fill_their_site():
    materials = [m.candidate.subject.electrode.active_material for m in load("first_discharge_capacity")]
    assert all((metals_per_site(material) or 1.0) == pytest.approx(1.0, abs=0.031) for material in materials)
