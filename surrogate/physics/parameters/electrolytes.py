"""Electrolytes outside Song 2020: numbers from the literature tables, each with the paper it was taken from.

Conductivities are of cold-pressed pellets near room temperature unless said otherwise. The papers listed in
``CALIBRATION_PAPERS`` are those whose values fix a constant here; comparisons with them are *calibrated*.
"""

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics.parameters.base import Parameter, prefix_names
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K

_KRAFT = "10.1021/jacs.7b06327"
_ADELI = "10.1002/anie.201814222"
_ZHOU = "l. zhou dissertation / jacs 2019"
_OHNO = "10.1021/acs.chemmater.9b01857"
_SCIENCE = "10.1126/science.adt1882"
_WET = "10.1002/batt.202200041"
_REVIEW = "10.1002/adma.201901131"
_REVIEW2 = "10.1002/adma.202000751"
CALIBRATION_PAPERS = (
    _KRAFT,
    _ADELI,
    _ZHOU,
    _OHNO,
    _SCIENCE,
    _WET,
    _REVIEW,
    _REVIEW2,
    "10.1038/nmat3066",
    "10.1038/nenergy.2016.30",
    "10.1149/1.1379028",
)


_p = prefix_names("electrolytes", Parameter)


REFERENCE_TEMPERATURE_K = ROOM_TEMPERATURE_C + ZERO_CELSIUS_K

# -- Meyer-Neldel rule, ln A = a + Ea/E_MN (one pair for all sulfides) ----------
MEYER_NELDEL_ENERGY = _p(
    "meyer_neldel_energy", 0.248, "eV", "fitted",
    f"{_ZHOU}: eight pairs of conductivity and activation energy of Li6+xSixSb1-xS5I", 0.03, low=0.08
)  # fmt: skip
ENERGY_AT_1_MS = _p("energy_at_1_ms", 0.30, "eV at 1 mS/cm", "fitted", f"{_ZHOU}: same regression", 0.03, low=0.1)

# -- argyrodite crystal: log10 sigma = floor + (ceiling - floor) * logistic(drive) ----------
ORDERED_FLOOR = _p("ordered_floor", 1e-7, "S/cm", "assumed", "fully ordered argyrodite, below Li6PS5I", 0.15, "log10")
DISORDERED_CEILING = _p(
    "disordered_ceiling", 2.5e-2, "S/cm", "assumed",
    "the highest cold-pressed argyrodites of the tables approach 1e-2", 0.1, "log10"
)  # fmt: skip
HALIDE_DRIVE = {
    "Cl": _p("halide_drive.cl", 1.48, "-", "fitted", f"{_ADELI}: Li6PS5Cl 2.5 mS/cm", 0.2),
    "Br": _p("halide_drive.br", 1.26, "-", "fitted", f"{_KRAFT}, {_REVIEW2}: Li6PS5Br 1.15 to 1.9 mS/cm", 0.3),
    "F": _p("halide_drive.f", 0.0, "-", "assumed", "fluoride is too small for the site", 0.5),
}
HALIDE_EXCESS_DRIVE = _p(
    "halide_excess_drive", 1.95, "per x in Li6-xPS5-xX1+x", "fitted", f"{_ADELI}: Li5.5PS4.5Cl1.5 9.4 mS/cm", 0.3
)
HALIDE_SOLUBILITY = _p(
    "halide_solubility", 0.6, "x in Li6-xPS5-xX1+x", "assumed",
    "between 0.5 (fall at 1.55) and 0.7 (10 mS/cm at 1.7) of the tables", 0.05, low=0.2, high=0.9
)  # fmt: skip
NO_HALIDE_DRIVE = _p("no_halide_drive", -1.2, "-", "fitted", f"{_REVIEW}: Li7PS6 1.6e-6 S/cm", 0.3)
SUBSTITUENT_DRIVE = {
    "Si": _p("substituent_drive.si", 4.2, "per x", "fitted", f"{_OHNO}: Li6.7P0.3Si0.7S5I 2.0 mS/cm", 0.4),
    "Sn": _p("substituent_drive.sn", 5.25, "per x", "fitted", f"{_OHNO}: Li6.3P0.7Sn0.3S5I 0.1 mS/cm", 0.5),
    "Sb": _p("substituent_drive.sb", 0.5, "per x (isovalent)", "fitted", f"{_ZHOU}: Li6P1-xSbxS5I", 0.2),
}
ANTIMONY_SYNERGY = _p("antimony_synergy", 4.5, "per x_Sb * x_M", "fitted", f"{_ZHOU}: Li6+xMxSb1-xS5I", 0.6)
SOLUBILITY = {
    "Si": _p("solubility.si", 0.7, "x", "quoted", f"{_OHNO}, {_ZHOU}: optimum 0.6 to 0.7", 0.05, low=0.2, high=0.95),
}
SECOND_PHASE_CONDUCTIVITY = _p(
    "second_phase_conductivity", 1e-7, "S/cm", "assumed", "LiI and its like at room temperature", 0.3, "log10"
)

# Halide and sulfur leave an argyrodite that is fired too hot, the sooner the more halide it holds.
ARGYRODITE_LOSS_C = _p(
    "argyrodite_loss_temperature", 620.0, "degC, for one halide", "assumed",
    "Li6PS5X is fired at 450 to 550 degC; chloride-rich ones lose phase above 500 to 550 degC", 25.0
)  # fmt: skip
ARGYRODITE_LOSS_SHIFT = _p(
    "argyrodite_loss_shift", 120.0, "degC lower per halide in excess", "assumed", "as above", 40.0, low=0.0
)
ARGYRODITE_LOSS = _p(
    "argyrodite_loss", 0.5, "decades per 100 degC above", "assumed", "a direction that furnaces show", 0.15, low=0.0
)
ARGYRODITE_LOSS_WIDTH_C = 20.0  # the onset is no kink

# -- milling ----------
REFERENCE_SPEED_RPM = 500.0  # planetary mill; intensity 1 by definition
REFERENCE_BALL_RATIO = 30.0
THINKY_REFERENCE_RPM = 2000.0  # planetary centrifugal mixer with a few balls; intensity 1 by definition
MIXER_SPEED_FLOOR_RPM = 1200.0  # above, and no mill named, a centrifugal mixer is meant
AMORPHISATION_RATE = _p(
    "amorphisation_rate", 0.35, "1/h at intensity 1", "assumed",
    "precursors of Li2S-P2S5 are glass after about 10 h in a planetary mill", 0.2, "log10"
)  # fmt: skip
AMORPHISATION_EXPONENT = _p("amorphisation_exponent", 1.0, "-", "assumed", "first order", 0.1, low=0.3, high=2.0)
UNREACTED_CONDUCTIVITY = _p("unreacted_conductivity", 1e-8, "S/cm", "assumed", "Li2S and P2S5", 0.5, "log10")
MILLED_CRYSTALLINITY = _p(
    "milled_crystallinity", 0.5, "volume fraction", "fitted", f"{_REVIEW2}: as-milled Li6PS5Cl 0.62 to 1.33 mS/cm",
    0.06, low=0.05, high=0.9
)  # fmt: skip
MILLED_DISORDER = _p(
    "milled_disorder", 0.62, "-", "fitted", f"{_REVIEW2}: as-milled Li6PS5I 0.19 mS/cm", 0.05, low=0.0, high=1.0
)
DAMAGE_RATE = _p(
    "damage_rate", 0.278, "1/h at intensity 1", "fitted",
    f"{_SCIENCE}: Li6PS5Cl milled again, 0.44, 0.11, 0.01, 0.002 mS/cm at 0, 1, 5, 10 h", 0.15, "log10"
)  # fmt: skip
DAMAGE_EXPONENT = _p("damage_exponent", 0.283, "-", "fitted", f"{_SCIENCE}: same series", 0.05, low=0.2, high=2.0)
DAMAGED_CONDUCTIVITY = _p("damaged_conductivity", 4.4e-7, "S/cm", "fitted", f"{_SCIENCE}: same series", 0.2, "log10")
WET_INTENSITY = _p(
    "wet_intensity", 0.013, "of intensity 1", "fitted", f"{_WET}: Li5.5PS4.5Cl1.5 after 4 h of wet milling", 0.3,
    "log10"
)  # fmt: skip
PARTICLE_SIZE_START_UM = _p("particle_size_start", 20.0, "um", "assumed", "hand-ground powder", 0.2, "log10")
PARTICLE_SIZE_END_UM = _p("particle_size_end", 0.5, "um", "assumed", "limit of dry milling", 0.2, "log10")
PARTICLE_SIZE_TIME_H = _p(
    "particle_size_time", 3.0, "h at intensity 1", "assumed", "size falls within hours", 0.2, "log10"
)

# -- heat treatment (JMAK): rate 1/h at the stated temperature, barrier, exponent; end points identify none ----------
CRYSTALLISATION_TEMPERATURE_C = {
    "argyrodite": _p(
        "crystallisation_temperature.argyrodite", 300.0, "degC (rate 1/h)", "assumed",
        "between the end points 180 and 550 degC of 10.1021/acs.nanolett.0c01028", 20.0),
    "lgps": _p("crystallisation_temperature.lgps", 400.0, "degC (rate 1/h)", "assumed", "above thermal signals", 20.0),
    "thio-lisicon": _p(
        "crystallisation_temperature.thio_lisicon", 420.0, "degC (rate 1/h)", "assumed", "as LGPS", 25.0),
    "glass": _p(
        "crystallisation_temperature.glass", 232.0, "degC (rate 1/h)", "assumed",
        "Li2S-P2S5 glasses crystallise near 240 degC", 10.0),
    "decomposition-70": _p(
        "crystallisation_temperature.decomposition_70", 470.0, "degC (rate 1/h)", "assumed",
        "Li7P3S11 is lost between 360 and 550 degC", 20.0),
    "decomposition-75": _p(
        "crystallisation_temperature.decomposition_75", 400.0, "degC (rate 1/h)", "assumed",
        "the fast Li3PS4 phase is lost on hotter treatment", 30.0),
    "halide-glass": _p(
        "crystallisation_temperature.halide_glass", 165.0, "degC (rate 1/h)", "assumed",
        "LiX lowers the crystallisation of Li3PS4 glass", 10.0),
    "halide-decomposition": _p(
        "crystallisation_temperature.halide_decomposition", 275.0, "degC (rate 1/h)", "assumed",
        "the thio-LISICON-like phase of Li7P2S8X is lost above", 20.0),
}  # fmt: skip
CRYSTALLISATION_BARRIER = _p(
    "crystallisation_barrier", 150.0, "kJ/mol", "assumed", "sulfide glasses: 100 to 250", 20.0, low=60.0
)
SOLID_STATE_REACTION_C = _p(
    "solid_state_reaction_temperature", 400.0, "degC (rate 1/h)", "assumed",
    "ground precursors are fired for hours to days at 450 to 700 degC; no row lies below", 25.0
)  # fmt: skip
#: Of a reaction through its product: 0.54 to 0.62 (Hancock & Sharp, J. Am. Ceram. Soc. 55, 74 (1972)).
SOLID_STATE_EXPONENT = 0.6
DECOMPOSITION_BARRIER = _p("decomposition_barrier", 200.0, "kJ/mol", "assumed", "reconstructive", 30.0, low=80.0)
CRYSTALLISATION_EXPONENT = _p(
    "crystallisation_exponent", 1.5, "-", "assumed", "JMAK, growth after nucleation", 0.2, low=0.5, high=4.0
)
CRYSTALLINITY_LIMIT = _p(
    "crystallinity_limit", 0.95, "volume fraction", "assumed", "milled and annealed powder", 0.02, low=0.5, high=1.0
)
GLASS_CRYSTALLINITY_LIMIT = _p(
    "glass_crystallinity_limit", 0.9, "volume fraction", "assumed", "glass-ceramic", 0.04, low=0.3, high=1.0
)


# -- Li2S-P2S5: log10 of the conductivity at 25 degC over the Li2S fraction, straight between these points; how sure we
# are of them all is the spread of the shift ----------
def _points(name: str, series: str, logs: dict[float, float]) -> dict[float, Parameter]:
    return {
        x: _p(f"{name}.{x:.2f}", v, "log10 S/cm", "quoted", f"{_REVIEW}, {_REVIEW2}: {series}") for x, v in logs.items()
    }


GLASS_LOG_CONDUCTIVITY = _points(
    "glass_log_conductivity",
    "glasses",
    {0.50: -6.5, 0.60: -5.49, 0.67: -4.42, 0.70: -4.35, 0.75: -3.60, 0.80: -3.80, 0.90: -5.0},
)
GLASS_SHIFT = _p(
    "glass_shift", 1.0, "factor on the glass conductivities", "quoted", f"{_REVIEW}: glasses", 0.2, "log10"
)
METASTABLE_LOG_CONDUCTIVITY = _points(
    "metastable_log_conductivity",
    "glass-ceramics",
    {0.50: -6.5, 0.60: -5.0, 0.67: -3.4, 0.70: -2.45, 0.75: -2.94, 0.78: -2.86, 0.80: -2.95, 0.90: -4.5},
)
METASTABLE_SHIFT = _p(
    "metastable_shift", 1.0, "factor on the glass-ceramic conductivities", "quoted",
    f"{_REVIEW}, {_REVIEW2}: glass-ceramics; 1.0 mS/cm of 10.1038/srep05572", 0.2, "log10"
)  # fmt: skip
STABLE_CONDUCTIVITY = _p(
    "stable_conductivity", 3e-7, "S/cm", "quoted",
    f"{_REVIEW}: crystalline Li3PS4 3e-7, Li4P2S6 1e-7, 70:30 solid state 2.6e-8", 0.4, "log10"
)  # fmt: skip
HALIDE_GLASS_GAIN = _p(
    "halide_glass_gain", 0.6, "decades per LiX/P, glass", "fitted", f"{_REVIEW}: LiI glasses 1 mS/cm", 0.2
)
HALIDE_METASTABLE_GAIN = _p(
    "halide_metastable_gain", 0.9, "decades per LiX/P, glass-ceramic", "assumed", "Li7P2S8X: 0.6 to 7.8 mS/cm", 0.3
)

# -- LGPS type and thio-LISICON ----------
LGPS_CONDUCTIVITY = {
    "Ge": _p("lgps_conductivity.ge", 1.2e-2, "S/cm, sintered", "quoted", "10.1038/nmat3066", 0.2, "log10"),
    "Si": _p("lgps_conductivity.si", 5e-3, "S/cm, sintered", "quoted", f"{_REVIEW}: 2.3 mS/cm and up", 0.25, "log10"),
    "Sn": _p("lgps_conductivity.sn", 5e-3, "S/cm, sintered", "quoted", f"{_REVIEW}: 4 mS/cm", 0.2, "log10"),
    "Al": _p("lgps_conductivity.al", 8e-4, "S/cm, sintered", "quoted", f"{_REVIEW}: Li11AlP2S12", 0.2, "log10"),
}
LGPS_CHLORIDE_GAIN = _p(
    "lgps_chloride_gain", 7.3, "decades per Cl/(P+M)", "fitted",
    "10.1038/nenergy.2016.30: Li9.54Si1.74P1.44S11.7Cl0.3 25 mS/cm", 1.5, low=0.0
)  # fmt: skip
LGPS_AMORPHOUS = _p("lgps_amorphous", 2e-4, "S/cm", "assumed", "milled precursor of LGPS", 0.3, "log10")
THIO_OPTIMUM = _p(
    "thio_optimum", 0.25, "M/(P+M)", "quoted", "10.1149/1.1379028: Li3.25Ge0.25P0.75S4", 0.02, low=0.1, high=0.5
)
THIO_CONDUCTIVITY = {
    "Ge": _p("thio_conductivity.ge", 2.2e-3, "S/cm", "quoted", "10.1149/1.1379028", 0.2, "log10"),
    "Si": _p("thio_conductivity.si", 1.2e-3, "S/cm", "fitted", f"{_ZHOU}: Li3+xSixP1-xS4", 0.15, "log10"),
    "Sn": _p("thio_conductivity.sn", 1.2e-3, "S/cm", "assumed", "as silicon", 0.2, "log10"),
}
THIO_WIDTH = {
    "Ge": _p("thio_width.ge", 0.37, "M/(P+M)", "fitted", f"{_REVIEW}: Li4GeS4 2e-7 S/cm", 0.03, low=0.15),
    "Si": _p("thio_width.si", 0.495, "M/(P+M)", "fitted", f"{_ZHOU}: Li3.67Si0.67P0.33S4", 0.03, low=0.15),
    "Sn": _p("thio_width.sn", 0.68, "M/(P+M)", "fitted", f"{_REVIEW}: Li4SnS4 7e-5 S/cm", 0.05, low=0.15),
}
# -- pellet ----------
SINTERING_GAIN = _p(
    "sintering_gain", 2.5, "factor", "quoted", "cold-pressed against sintered pellets differ by 2 to 5", 0.12, "log10"
)
SOLUTION_FACTOR = _p(
    "solution_factor", 0.3, "factor on Li2S-P2S5 phases grown from solvents", "fitted",
    f"{_REVIEW}: Li7P3S11 and Li3PS4 from solvents", 0.3, "log10"
)  # fmt: skip
