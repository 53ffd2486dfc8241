"""Hypothesis strategies for valid domain objects, shared by all tests.

Each strategy makes only what the library accepts; what it refuses is generated where the refusal is tested.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from surrogate.candidate.active_material import KNOWN, ActiveMaterial, active_material
from surrogate.candidate.cell import Cell, Electrode, FirstStep, Mixing, MixingMethod, Protocol
from surrogate.candidate.field import Field, rows_of
from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement, Source, Tier
from surrogate.candidate.recipe import (
    Atmosphere,
    Densification,
    Electrolyte,
    Form,
    HeatTreatment,
    Milling,
    Recipe,
    Route,
)
from surrogate.composition import SYMBOLS, Composition, composition_from_amounts, parse_composition
from surrogate.properties import PROPERTIES, Property, Subject

# Compounds that are charge-neutral with usual oxidation states: what electrolytes are weighed in from.
NEUTRAL_PRECURSORS = (
    "Li2S", "P2S5", "LiCl", "LiBr", "LiI", "LiF", "GeS2", "SiS2", "SnS2", "Sb2S5", "Al2S3", "B2S3", "ZnO", "Li2O",
    "P2O5", "Li3N", "LiBH4", "Li3PS4", "Li6PS5Cl", "Li2ZrO3", "La2S3", "MgCl2", "InF3",
)  # fmt: skip


def amounts() -> st.SearchStrategy[float]:
    """Amounts as they are printed: at most four decimals, from 0.001 to 100."""
    return st.integers(min_value=10, max_value=1_000_000).map(lambda ten_thousandths: ten_thousandths / 10_000)


def element_amounts(*, min_size: int = 1, max_size: int = 8) -> st.SearchStrategy[dict[str, float]]:
    """Amounts of any elements, plausible or not."""
    return st.dictionaries(st.sampled_from(sorted(SYMBOLS)), amounts(), min_size=min_size, max_size=max_size)


def precursor_mixtures() -> st.SearchStrategy[list[tuple[str, int]]]:
    """Two to five different neutral precursors with whole mole percentages that add up to 100."""
    names = st.lists(st.sampled_from(NEUTRAL_PRECURSORS), min_size=2, max_size=5, unique=True)
    return names.flatmap(
        lambda chosen: st.lists(
            st.integers(min_value=1, max_value=99), min_size=len(chosen) - 1, max_size=len(chosen) - 1, unique=True
        ).map(lambda cuts: _between_cuts(chosen, sorted(cuts)))
    )


def mixture_text(mixture: list[tuple[str, int]], separator: str = "-") -> str:
    """``[("Li2S", 75), ("P2S5", 25)]`` as ``75Li2S-25P2S5``."""
    return separator.join(f"{percent}{name}" for name, percent in mixture)


def compositions() -> st.SearchStrategy[Composition]:
    """Compositions of the field: argyrodites, Li2S-P2S5 glasses, mixtures of precursors, and arbitrary elements."""
    return st.one_of(
        argyrodites(),
        st.integers(min_value=60, max_value=85).map(lambda li: parse_composition(f"{li}Li2S-{100 - li}P2S5")),
        precursor_mixtures().map(lambda mixture: parse_composition(mixture_text(mixture))),
        element_amounts().map(composition_from_amounts),
    )


def argyrodites() -> st.SearchStrategy[Composition]:
    """Li(6-x)PS(5-x)X(1+x) with X of Cl, Br, I and x from 0 to 0.7."""
    return st.builds(
        lambda halogen, x: parse_composition(f"Li6-xPS5-x{halogen}1+x", x=x),
        st.sampled_from(("Cl", "Br", "I")),
        st.integers(min_value=0, max_value=70).map(lambda hundredths: hundredths / 100),
    )


def _between_cuts(names: list[str], cuts: list[int]) -> list[tuple[str, int]]:
    edges = [0, *cuts, 100]
    return [(name, high - low) for name, low, high in zip(names, edges, edges[1:], strict=False)]


#: Texts as people write them, and such as a spreadsheet or a reader of cells might take for something else.
TEXTS = ("THF", "Fritsch P7", "LiNbO3, 5 nm", "none", "n/a", "=1+1", "'quoted", "-", "no", "1,5", "yes", "zwölf µm")


def values(field: Field) -> st.SearchStrategy[Any]:
    """What a field may be; a number also at its bounds."""
    if field.kind == "whole":
        return st.integers(int(field.low or 0), int(field.high or 0))
    if field.number:
        assert field.low is not None
        assert field.high is not None
        return st.sampled_from([field.low, field.high]) | st.floats(field.low, field.high)
    if field.kind == "flag":
        return st.booleans()
    if field.choices is not None:
        return st.sampled_from(list(field.choices))
    return st.sampled_from([*TEXTS, *([""] if field.can_be_absent else [])])


def stated(kind: type) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields of a value object, by attribute; what is in none of the dictionaries is not stated."""
    rows = {name: values(field) for name, field in rows_of(kind) if field.kind != "composition"}
    return st.fixed_dictionaries({}, optional=rows)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Recipes with all that can be said of one."""
    made = draw(stated(Recipe))
    hold = draw(st.none() | stated(HeatTreatment))
    if hold is not None:
        if hold.get("temperature_c") is not None and hold.get("time_h") == 0.0:
            del hold["time_h"]
        made.pop("heat_treated", None)
    milling = draw(st.none() | stated(Milling))
    return Recipe(
        milling=None if milling is None else Milling(**milling),
        heat_treatment=None if hold is None else HeatTreatment(**hold),
        **made,
    )


def electrolytes() -> st.SearchStrategy[Electrolyte]:
    """Compositions with recipes."""
    return st.builds(Electrolyte, composition=compositions(), recipe=recipes())


def active_materials() -> st.SearchStrategy[ActiveMaterial]:
    """Materials that are known by their names, and such as are described by their own fields."""
    described = stated(ActiveMaterial).filter(lambda made: {"text", "chemistry"} <= set(made))
    return st.sampled_from(sorted(KNOWN)).map(active_material) | described.map(lambda made: ActiveMaterial(**made))


@st.composite
def electrodes(draw: st.DrawFn) -> Electrode:
    """Composite electrodes; what is mixed by hand saw no mill."""
    made, mixing = draw(stated(Electrode)), draw(stated(Mixing))
    if mixing.get("method") is MixingMethod.HAND_MIXED:
        mixing = {"method": MixingMethod.HAND_MIXED, **draw(st.sampled_from([{}, {"time_min": 0.0}]))}
    fractions = ("active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction")
    shares = draw(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3))
    for name, share in zip(fractions, shares, strict=True):
        if name in made:
            made[name] = share / sum(shares)
    electrolyte = draw(st.none() | electrolytes())
    return Electrode(active_material=draw(active_materials()), electrolyte=electrolyte, mixing=Mixing(**mixing), **made)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Cells with their electrodes and separators."""
    return Cell(electrode=draw(electrodes()), separator=draw(st.none() | electrolytes()), **draw(stated(Cell)))


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    """Protocols that can be: the window is open, and retention is relative to a cycle that was reached."""
    made = draw(stated(Protocol))
    low, high = made.get("voltage_min_v"), made.get("voltage_max_v")
    if low is not None and high is not None and low >= high:
        made.update(voltage_min_v=1.0, voltage_max_v=3.0, first_step=FirstStep.DISCHARGE)
    if "cycles" in made and made.get("reference_cycle", 0) > made["cycles"]:
        del made["reference_cycle"]
    return Protocol(**made)


def candidates(subject: Subject | None = None) -> st.SearchStrategy[Candidate]:
    """Everything that can be predicted or suggested, over all fields of the table."""
    parts = {Subject.ELECTROLYTE: electrolytes(), Subject.CELL: cells()}
    whole = st.one_of(*parts.values()) if subject is None else parts[subject]
    return st.builds(Candidate, subject=whole, protocol=protocols())


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """A possible value of a property of a candidate."""
    prop: Property = draw(st.sampled_from([p for p in PROPERTIES.values() if p.name != "capacity_retention"]))
    return Measurement(
        property=prop.name,
        value=draw(st.floats(prop.lower, prop.upper)),
        candidate=draw(candidates(prop.subject)),
        source=Source(row_id=draw(st.sampled_from(["a", "b"])), paper="p"),
        fidelity=draw(st.sampled_from(Fidelity)),
        tier=draw(st.none() | st.sampled_from(Tier)),
        censoring=draw(st.sampled_from(Censoring)),
        uncertainty=draw(st.none() | st.floats(0.0, 10.0)),
    )


def plausible_electrolytes() -> st.SearchStrategy[Candidate]:
    """Electrolytes of any recipe, each with the temperature it is measured at, as candidates."""
    hours = st.floats(0.0, 200.0)
    milling = st.builds(
        Milling,
        time_h=st.none() | hours,
        speed_rpm=st.none() | st.floats(100.0, 3000.0),
        ball_to_powder_ratio=st.none() | st.floats(1.0, 60.0),
        mill=st.sampled_from((None, "planetary", "Thinky ARE-310", "SPEX mixer mill")),
        wet=st.booleans(),
    )
    heat = st.builds(
        HeatTreatment,
        temperature_c=st.none() | st.floats(100.0, 700.0),
        time_h=st.none() | st.floats(0.1, 100.0),
        atmosphere=st.none() | st.sampled_from(Atmosphere),
    )
    furnace = st.tuples(st.none() | heat, st.none() | st.booleans()).filter(
        lambda pair: pair[0] is None or pair[1] is not False
    )
    recipes = furnace.flatmap(
        lambda pair: st.builds(
            Recipe,
            route=st.none() | st.sampled_from(Route),
            milling=st.none() | milling,
            heat_treatment=st.just(pair[0]),
            heat_treated=st.just(pair[1]),
            solvent=st.sampled_from((None, "ethanol")),
            wet_milling_time_h=st.none() | hours,
            solvent_exposed=st.booleans(),
            remilled=st.booleans(),
            form=st.none() | st.sampled_from(Form),
            densification=st.none() | st.sampled_from(Densification),
            pressure_mpa=st.none() | st.floats(0.0, 600.0),
        )
    )
    return st.builds(
        Candidate,
        subject=st.builds(Electrolyte, composition=compositions(), recipe=recipes),
        protocol=st.builds(Protocol, temperature_c=st.none() | st.floats(-40.0, 100.0)),
    )
