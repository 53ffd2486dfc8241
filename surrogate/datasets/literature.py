"""The literature tables as measurements: which row means what, and which rows a model may learn from.

:func:`electrolyte_measurements` and :func:`electrode_measurements` turn one row into its measurements;
:func:`not_for_training` says, in words, why a measurement of a row is kept out of training. Both tables are described
column by column in ``data/datapackage.json``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

from surrogate.candidate.active_material import ActiveMaterial, Chemistry, active_material
from surrogate.candidate.cell import Cell, Electrode, FirstStep, Mixing, MixingMethod, Protocol
from surrogate.candidate.measurement import CENSORING_SIGNS, Candidate, Censoring, Measurement, Tier
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C, Electrolyte
from surrogate.composition import parse_composition
from surrogate.datasets.catholyte import catholyte_of
from surrogate.datasets.decisions import REPEATS
from surrogate.datasets.details import cell_details, read_host, read_promoter
from surrogate.datasets.kinds import NOT_ELECTROLYTES, OTHER_FIELDS, Kind, kind_of
from surrogate.datasets.recipes import recipe_of
from surrogate.datasets.sources import source_of
from surrogate.datasets.spellings import canonical
from surrogate.datasets.tables import Row
from surrogate.errors import CellError
from surrogate.properties import PROPERTIES, Subject

#: How tables say that a temperature was not controlled.
_ROOM_TEMPERATURE = frozenset({"RT", "room temperature"})
#: Conductivities measured between these temperatures (°C) count as at room temperature.
ROOM_TEMPERATURE_RANGE_C = (15.0, 40.0)


#: How far the reading was from the paper. A patent's composition and process are its own measurements: tier A.
TIERS: Mapping[str, Tier] = MappingProxyType(
    {
        "primary_paper": Tier.A,
        "full_text": Tier.A,
        "patent": Tier.A,
        "cited_in_primary": Tier.B,
        "abstract": Tier.B,
        "secondary_digest": Tier.C,
        "cited_in_review": Tier.D,
    }
)

# How the flags of the electrode table begin. Those not listed (a short circuit later on, no number printed) leave the
# printed values what they are.
_ELECTRODE_CENSORING: tuple[tuple[str, Censoring], ...] = (
    ("right_censored (>) on cycle_life", Censoring.EXACT),
    ("right_censored", Censoring.ABOVE),
    ("capacity_limited", Censoring.ABOVE),
    ("left_censored", Censoring.BELOW),
    ("approx", Censoring.APPROXIMATE),
    *CENSORING_SIGNS.items(),  # the signs of the electrolyte table, which tables of others may use
)

_MIXING: Mapping[str, MixingMethod] = MappingProxyType(
    {
        **{method.value: method for method in MixingMethod},
        "wet_milled": MixingMethod.BALL_MILLED,
        "se_premilled_then_ball_milled": MixingMethod.BALL_MILLED,  # the electrolyte alone first: not the electrode
        "se_coated_then_hand_mixed": MixingMethod.MILLED_THEN_HAND_MIXED,
        "ball_milled_then_hand_mixed": MixingMethod.MILLED_THEN_HAND_MIXED,
        "am_carbon_milled_then_hand_mixed": MixingMethod.MILLED_THEN_HAND_MIXED,
        "am_milled_then_hand_mixed": MixingMethod.MILLED_THEN_HAND_MIXED,
        "solution_coated": MixingMethod.SOLUTION,
        "solution_reaction": MixingMethod.SOLUTION,
        "core_shell_solution": MixingMethod.SOLUTION,
        "solution_coprecipitated_carbonized": MixingMethod.SOLUTION,
        "as_received": MixingMethod.OTHER,
        "powder_pressed": MixingMethod.OTHER,
        "gas_phase_mixed": MixingMethod.OTHER,
        "mechanofusion_coated": MixingMethod.OTHER,
    }
)

_ELECTROLYTE_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "ionic_conductivity": "ionic_conductivity_S_cm",
        "activation_energy": "activation_energy_eV",
        "electronic_conductivity": "electronic_conductivity_S_cm",
    }
)
_ELECTRODE_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "first_discharge_capacity": "first_discharge_capacity_mAh_g",
        "first_charge_capacity": "first_charge_capacity_mAh_g",
        "capacity_retention": "retention_percent",
    }
)
#: Property → the column that states it.
VALUE_COLUMNS: Mapping[str, str] = MappingProxyType({**_ELECTROLYTE_VALUES, **_ELECTRODE_VALUES})

# "vs 3rd cycle", "cycle 25 vs cycle 2", "vs the peak at cycle 130"; else "initial" and "first" mean the first.
_REFERENCE = re.compile(r"vs (?:the )?(?:(\d+)(?:st|nd|rd|th) (?:cycle|discharge)|(?:peak at )?cycle (\d+))")
_REFERENCE_FIRST = re.compile(r"\b(?:vs|relative to|figure-read|and) (?:the )?(?:initial|first)\b")


def electrolyte_measurements(row: Row, properties: Collection[str] = tuple(_ELECTROLYTE_VALUES)) -> list[Measurement]:
    """The one to three measurements of a row of the electrolyte table, none for a row that is no electrolyte.

    Args:
        row: As :func:`surrogate.datasets.read_table` gives it.
        properties: Those that are wanted.

    Raises:
        SurrogateError: The row describes something impossible.
    """
    formula = row.text("composition_normalized")
    if kind_of(row) in NOT_ELECTROLYTES or formula is None:
        return []
    candidate = electrolyte_candidate(row, formula)
    tier = TIERS.get(row.text("source_type") or "", Tier.D)
    flag = CENSORING_SIGNS.get(row.text("censored") or "", Censoring.EXACT)
    return [
        Measurement(
            property=name,
            value=value,
            candidate=candidate,
            source=source_of(row),
            tier=tier,
            censoring=flag if name == "ionic_conductivity" else Censoring.EXACT,
        )
        for name, column in _ELECTROLYTE_VALUES.items()
        if name in properties and (value := row.number(column)) is not None
    ]


def electrolyte_candidate(row: Row, formula: str) -> Candidate:
    """The electrolyte of a row of the electrolyte table, made as it says and at its measurement temperature.

    Args:
        row: As :func:`surrogate.datasets.read_table` gives it.
        formula: Its composition.
    """
    return Candidate(
        subject=Electrolyte(composition=parse_composition(formula), recipe=recipe_of(row)),
        protocol=Protocol(
            temperature_c=_temperature_c(row, "measurement_temperature_C", "measurement_temperature_label")
        ),
    )


def cell_candidate(row: Row) -> Candidate:
    """The cell that ``row`` of the electrode table describes, with its protocol; cycles belong to retentions alone."""
    material = material_of(row.text("active_material") or "")
    return Candidate(subject=_cell(row, material), protocol=_protocol(row, retention=False))


def electrode_measurements(row: Row, properties: Collection[str] = tuple(_ELECTRODE_VALUES)) -> list[Measurement]:
    """The measurements of a row of the electrode table: capacities per gram of active material, and retention.

    A capacity on another basis is no measurement of the property and is left out (:func:`capacity_basis_problem`).

    Args:
        row: As :func:`surrogate.datasets.read_table` gives it.
        properties: Those that are wanted.

    Raises:
        SurrogateError: The row describes something impossible.
    """
    material = material_of(row.text("active_material") or "")
    stated = {name: row.number(column) for name, column in _ELECTRODE_VALUES.items() if name in properties}
    if capacity_basis_problem(row):
        stated |= dict.fromkeys(("first_discharge_capacity", "first_charge_capacity"))
    cell = _cell(row, material)
    return [
        Measurement(
            property=name,
            value=value,
            candidate=Candidate(subject=cell, protocol=_protocol(row, retention=name == "capacity_retention")),
            source=source_of(row),
            tier=_tier_of(row.text("provenance_tier")),
            censoring=_electrode_censoring(row, name),
            unread_host=row.text("solid_electrolyte") if cell.electrode.electrolyte is None else None,
        )
        for name, value in stated.items()
        if value is not None
    ]


def _tier_of(text: str | None) -> Tier:
    """The tier that a word of the electrode table begins with, the last one for a word that is not ours."""
    return next((tier for tier in Tier if (text or "").startswith(f"{tier.value}_")), Tier.D)


def not_for_training(row: Row, property: str) -> str:
    """Why a value is kept out of training, ``""`` when it is used (or there is none).

    Of electrolytes, lithium conductors with a readable formula are used, conductivities only at room temperature
    (stated within 15–40 °C, called RT, or not stated). Of cells, real cells are used, capacities only per gram of
    active material. Either way each value counts once.

    Args:
        row: That states the value.
        property: Whose value it is.
    """
    if row.text("likely_duplicate_of") is not None:
        return REPEATS
    if PROPERTIES[property].subject is Subject.CELL:
        return _cell_problem(row, property)
    return _electrolyte_problem(row, property)


@lru_cache(maxsize=4096)
def material_of(text: str) -> ActiveMaterial:
    """The active material called ``text``, under its canonical name; one that is not recognised has no theoretical
    capacity, only its name.
    """
    name = canonical("active_material", text) or ""
    try:
        return active_material(name, without_shares=True)
    except CellError:
        return ActiveMaterial(text=name, chemistry=Chemistry.OTHER)


def capacity_basis_problem(row: Row) -> str:
    """Why the capacities of ``row`` are not per gram of its active material, ``""`` when they are.

    The basis agrees when it names the material itself, or a material of the same chemistry (``NCM811`` for a formula).
    """
    text, basis = row.text("active_material") or "", row.text("capacity_basis")
    if basis is None:
        return "states no capacity basis"
    if "not stated" in basis:
        return f"states its capacity basis as '{basis}'"
    material, named = material_of(text), material_of(basis)
    is_classified = material.chemistry is not Chemistry.OTHER
    if (is_classified and named.chemistry is material.chemistry) or named.name in text.split():
        return "" if "electrolyte" not in text and "as active" not in text else "uses an electrolyte as active material"
    return f"gives capacities per gram of {basis}, not of the active material"


def _electrolyte_problem(row: Row, property: str) -> str:
    kind = kind_of(row)
    if kind in NOT_ELECTROLYTES:
        return "is no electrolyte"
    if kind in OTHER_FIELDS:
        return "belongs to another field (sodium or oxide)"
    if row.text("composition_normalized") is None:
        return "has no readable formula"
    temperature = row.number("measurement_temperature_C")
    low, high = ROOM_TEMPERATURE_RANGE_C
    if property != "activation_energy" and temperature is not None and not low <= temperature <= high:
        return "was not measured at room temperature"
    return ""


def _cell_problem(row: Row, property: str) -> str:
    if kind_of(row) is not Kind.CELL:
        return "is a control or a material property, not a cell"
    if property == "capacity_retention" and row.number("retention_cycles") is None:
        return "does not say after how many cycles"
    return capacity_basis_problem(row) if property.endswith("capacity") else ""


def _temperature_c(row: Row, column: str, label: str) -> float | None:
    """The number in ``column``; without one, room temperature where ``label`` says so."""
    stated = row.number(column)
    return ROOM_TEMPERATURE_C if stated is None and row.text(label) in _ROOM_TEMPERATURE else stated


def _cell(row: Row, material: ActiveMaterial) -> Cell:
    method, details = row.text("mixing_method"), cell_details(row)
    electrode = Electrode(
        active_material=material,
        electrolyte=catholyte_of(row.text("solid_electrolyte"), row.number("se_heat_treatment_C")),
        active_weight_fraction=row.number("am_weight_fraction"),
        electrolyte_weight_fraction=row.number("se_weight_fraction"),
        additive_weight_fraction=row.number("additive_weight_fraction"),
        additive=_known_absent(canonical("additive", row.text("additive"))),
        coating=_known_absent(canonical("coating", row.text("coating"))),
        coating_thickness_nm=details.coating_thickness_nm,
        coating_weight_fraction=details.coating_weight_fraction,
        active_particle_kind=details.particle_kind,
        active_particle_size_um=details.particle_size_um,
        active_host=read_host(row, material),
        promoter=read_promoter(row, material),
        binder=details.binder,
        mixing=Mixing(
            method=_MIXING.get(method, MixingMethod.OTHER) if method else None,
            time_min=row.number("milling_time_min"),
            speed_rpm=row.number("milling_speed_rpm"),
            ball_to_powder_ratio=row.number("ball_to_powder_ratio"),
        ),
        heat_treatment_temperature_c=row.number("electrode_heat_treatment_C"),
        electrolyte_conductivity_s_per_cm=row.number("se_conductivity_S_cm"),
        active_loading_mg_per_cm2=row.number("active_loading_mg_cm2"),
    )
    return Cell(
        electrode=electrode,
        counter_electrode=canonical("counter_electrode", row.text("counter_electrode")),
        counter_electrode_thickness_um=details.anode_thickness_um,
        negative_to_positive_ratio=details.np_ratio,
        fabrication_pressure_mpa=row.number("fabrication_pressure_MPa"),
        stack_pressure_mpa=row.number("stack_pressure_MPa"),
    )


def _known_absent(text: str | None) -> str | None:
    """``""`` for what is said to be absent ("none", "none (bare)"), ``None`` for "none stated" and an empty cell."""
    if text is None or text == "none stated":
        return None
    return "" if re.match(r"none\b", text) else text


def _protocol(row: Row, *, retention: bool) -> Protocol:
    step = row.text("first_step")
    return Protocol(
        temperature_c=_temperature_c(row, "temperature_C", "temperature_as_reported"),
        voltage_min_v=row.number("voltage_min_V"),
        voltage_max_v=row.number("voltage_max_V"),
        current_ma_per_g=row.number("current_mA_g"),
        current_ma_per_cm2=row.number("current_mA_cm2"),
        c_rate=row.number("c_rate"),
        first_step=FirstStep(step) if step in set(FirstStep) else None,
        cycles=row.number("retention_cycles") if retention else None,
        reference_cycle=_reference_cycle(row) if retention else None,
    )


def _reference_cycle(row: Row) -> int | None:
    stated = row.number("retention_first_cycle_reference")
    return reference_cycle(row.text("retention_basis")) if stated is None else int(stated)


def reference_cycle(basis: str | None) -> int | None:
    """The cycle, counted from 1, that a retention is relative to, as far as ``basis`` says.

    >>> reference_cycle("0.5C, vs 3rd cycle"), reference_cycle("vs initial C/3 discharge"), reference_cycle("0.1C")
    (3, 1, None)
    """
    if basis is None:
        return None
    basis = basis.split("(")[0]  # remarks in brackets tell another reference
    if _REFERENCE_FIRST.search(basis):
        return 1
    numbered = _REFERENCE.search(basis)
    return int(numbered[1] or numbered[2]) if numbered else None


def _electrode_censoring(row: Row, property: str) -> Censoring:
    """The flag of a row belongs to its retention where it has one, else to its capacities (checked row by row)."""
    flagged_retention = row.number("retention_percent") is not None
    if flagged_retention != (property == "capacity_retention"):
        return Censoring.EXACT
    flag = row.text("censored") or ""
    return next((meaning for start, meaning in _ELECTRODE_CENSORING if flag.startswith(start)), Censoring.EXACT)
