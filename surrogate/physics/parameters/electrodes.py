"""Composite electrodes outside Shin 2014: materials, densities, contact and interface, fade.

The table was written from theoretical capacities, densities and the primary papers; where a literature row fixed a
number it is named. Nothing here was fitted to the capacities of ``electrodes.csv`` at large, so that the simulator
stays an independent witness on unseen papers, and its errors there are those of a first-principles estimate.
"""

from dataclasses import dataclass, fields
from math import inf

from surrogate.physics.parameters.base import Parameter, Scale, Status, prefix_names

_SCIENCE = "10.1126/science.adt1882"
CALIBRATION_PAPERS = (_SCIENCE, "10.1021/acs.nanolett.0c01028", "10.1002/aenm.202500867")


_p = prefix_names("electrodes", Parameter)


@dataclass(frozen=True)
class Material:
    """Physics of one class of active material. ``starts_lithiated`` decides the direction of the first step.

    ``plateau_v`` is the mean discharge potential versus Li+/Li; ``margin_v`` the overpotential that costs 63 % of the
    capacity (how steep the potential is at the end); ``hand_contact`` the share of grains reached in a hand-mixed
    composite, ``mill_time_h`` the time (intensity 1) in which milling reaches the rest; ``first_efficiency`` the
    coulombic efficiency of the first cycle, second step over first.
    """

    key: str
    starts_lithiated: bool
    density_g_cm3: float
    plateau_v: float
    electronic_s_cm: Parameter
    hand_contact: Parameter
    mill_time_h: Parameter
    first_efficiency: Parameter
    margin_v: Parameter
    reversible_share: Parameter
    fade_per_cycle: Parameter

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(value for f in fields(self) if isinstance(value := getattr(self, f.name), Parameter))


#: Name, unit, spread and bounds of the numbers of a class, in the order of the fields of :class:`Material`.
_NUMBERS: tuple[tuple[str, str, float, Scale, float, float], ...] = (
    ("electronic", "S/cm", 0.5, "log10", -inf, inf),
    ("hand_contact", "-", 0.08, "linear", 0.01, 1.0),
    ("mill_time", "h at intensity 1", 0.2, "log10", -inf, inf),
    ("first_efficiency", "second/first step", 0.05, "linear", 0.3, 1.2),
    ("margin", "V", 0.1, "log10", -inf, inf),
    ("reversible_share", "of theoretical", 0.04, "linear", 0.2, 1.1),
    ("fade", "per cycle", 0.35, "log10", -inf, inf),
)
# fmt: off
#: Class → whether it starts lithiated, density in g/cm³, plateau in V, the numbers of :data:`_NUMBERS`, their source.
_CLASSES: dict[str, tuple[bool, float, float, tuple[float, ...], str]] = {
    "S": (False, 2.07, 2.1, (1e-15, 0.15, 1.0, 0.97, 0.9, 0.95, 5.0e-4),
          "theory 1672 mAh/g; time scale of 10.1126/science.adt1882 (1 h against 5 h at 2000 rpm)"),
    "Li2S": (True, 1.66, 2.1, (1e-13, 0.12, 4.0, 0.85, 0.9, 0.85, 5.0e-4), "theory 1166 mAh/g; insulating, ionic"),
    "FeS2": (False, 4.9, 1.7, (1.0, 0.6, 2.0, 0.9, 0.7, 0.85, 1.0e-3), "theory 894 mAh/g; conversion"),
    "LiCoO2": (True, 5.05, 3.9, (1e-3, 0.80, 1.0, 0.88, 0.55, 0.566, 5.2344e-4),
               "10.1021/acs.nanolett.0c01028: 155 of 274 mAh/g to 4.3 V, 109 dry mixed, 88 %, 94.9 % after 100"),
    "NCM": (True, 4.75, 3.75, (1e-4, 0.82, 1.0, 0.80, 0.55, 0.72, 7.0e-4), "about 200 of 275 mAh/g to 4.3 V"),
    "Li-rich": (True, 4.3, 3.6, (1e-7, 0.6, 2.0, 0.75, 0.6, 0.85, 7.0e-4), "oxygen redox to 4.6 V"),
    "TiS2": (False, 3.22, 2.1, (220.0, 1.0, 1.0, 0.9226, 0.8, 1.0, 8.5489e-4), "10.1038/srep05572"),
    "metal sulfide": (False, 4.5, 1.7, (0.1, 0.6, 2.0, 0.9, 0.7, 0.8, 1.0e-3), "as FeS2"),
    "spinel": (True, 4.3, 4.0, (1e-6, 0.7, 1.0, 0.75, 0.4, 0.85, 5.0e-4), "steep ends, narrow window"),
    "olivine": (True, 3.6, 3.4, (1e-9, 0.5, 1.0, 0.8, 0.4, 0.9, 5.0e-4), "flat, insulating"),
}
# fmt: on
#: Status and spread of the numbers that are not merely assumed with the usual spread.
_FIXED: dict[tuple[str, str], tuple[Status, float]] = {
    ("LiCoO2", "hand_contact"): ("fitted", 0.05),
    ("LiCoO2", "first_efficiency"): ("quoted", 0.02),
    ("LiCoO2", "reversible_share"): ("fitted", 0.015),
    ("LiCoO2", "fade"): ("fitted", 0.15),
    ("TiS2", "electronic"): ("quoted", 0.1),
    ("TiS2", "hand_contact"): ("assumed", 0.01),
    ("TiS2", "first_efficiency"): ("fitted", 0.01),
    ("TiS2", "reversible_share"): ("assumed", 0.0),
    ("TiS2", "fade"): ("fitted", 0.15),
}


def _make_material(key: str) -> Material:
    lithiated, density, plateau, values, source = _CLASSES[key]
    parameters = []
    for (name, unit, usual, scale, low, high), value in zip(_NUMBERS, values, strict=True):
        status, spread = _FIXED.get((key, name), ("assumed", usual))
        parameters.append(_p(f"{key}.{name}", value, unit, status, source, spread, scale, low, high))
    return Material(key, lithiated, density, plateau, *parameters)


MATERIALS = {key: _make_material(key) for key in _CLASSES}

# fmt: off
# -- interface with sulfide electrolytes, ohm cm2 ----------
INTERFACE_COATED = _p(
    "interface_coated", 25.0, "ohm cm2", "quoted",
    "LiNbO3-coated layered oxides: 14 to 62 in the tables, 26 in 10.1021/acs.nanolett.0c01028", 0.2, "log10")
INTERFACE_BARE = _p(
    "interface_bare", 200.0, "ohm cm2", "quoted", "bare layered oxides: 25 to 450 in the tables", 0.3, "log10")
INTERFACE_SULFIDE = _p(
    "interface_sulfide", 5.0, "ohm cm2", "quoted", "10.1038/srep05572: negligibly small for TiS2", 0.3, "log10")
DRY_CONTACT_FACTOR = _p(
    "dry_contact_factor", 8.85, "factor on the interface resistance", "quoted",
    "10.1021/acs.nanolett.0c01028: 230.2 against 26.0 ohm cm2", 0.15, "log10")
BARE_EFFICIENCY_LOSS = _p(
    "bare_efficiency_loss", 0.08, "-", "assumed", "oxidation of the sulfide at a bare oxide", 0.03, low=0.0, high=0.4)
COMPOSITE_DAMPING = _p(
    "composite_damping", 0.1, "of the dose", "fitted",
    "10.1002/aenm.202500867: S + Li6PS5Cl + C, 0.07 mS/cm milled against 0.14 to 0.42 mS/cm; soft partners cushion",
    0.3, "log10")
# -- electrolyte that stores charge itself ----------
ELECTROLYTE_ACTIVITY = _p(
    "electrolyte_activity", 155.7, "mAh/g electrolyte after 5 h", "quoted",
    f"{_SCIENCE}: Li6PS5Cl milled with carbon, 2000 rpm, 1-3 V", 0.15, "log10")
ELECTROLYTE_ACTIVITY_TIME_H = 5.0
ELECTROLYTE_ACTIVITY_EXPONENT = _p(
    "electrolyte_activity_exponent", 2.0, "-", "assumed",
    "surface made by milling times carbon that reaches it", 0.2, low=1.0, high=3.0)
# -- window ----------
OXIDE_WINDOW_SLOPE = _p(
    "oxide_window_slope", 0.3, "share of theoretical per V above 4.3 V", "assumed",
    "delithiation of layered oxides", 0.08, low=0.0, high=1.0)
OXIDE_WINDOW_REFERENCE_V = 4.3
# -- geometry and defaults ----------
DENSITY_ELECTROLYTE = _p("density_electrolyte", 1.88, "g/cm3", "quoted", "75Li2S-25P2S5", 0.05, low=1.2, high=5.5)
DENSITY_ADDITIVE = _p("density_additive", 2.0, "g/cm3", "assumed", "carbons and binders", 0.1, low=1.0, high=2.5)
ADDITIVE_ELECTRONIC = _p("additive_electronic", 10.0, "S/cm", "assumed", "pressed carbon", 0.3, "log10")
CARBON_THRESHOLD = _p(
    "carbon_threshold", 0.02, "volume fraction", "assumed", "branched carbons percolate early", 0.005,
    low=0.0, high=0.1)
CARBON_EXPONENT = _p("carbon_exponent", 2.0, "-", "assumed", "three-dimensional percolation", 0.1, low=1.0, high=3.0)
GROWTH_FADE = _p(
    "growth_fade", 0.02, "per square root of a cycle", "assumed",
    "interphase grown by diffusion and contacts lost: about a fifth of the capacity in a hundred cycles", 0.3, "log10")
RATE_FADE_EXPONENT = _p(
    "rate_fade_exponent", 0.5, "-", "assumed", "fade per cycle falls with the time of a cycle", 0.15,
    low=0.0, high=1.0)
FADE_ENERGY = _p("fade_energy", 0.3, "eV", "assumed", "thermally activated side reactions", 0.1, low=0.0)
BARE_FADE_FACTOR = _p("bare_fade_factor", 2.0, "factor", "assumed", "bare oxide against coated", 0.15, "log10")
DIFFUSION_TIME_S = _p(
    "diffusion_time", 1500.0, "s, R^2/D of an unmilled grain", "assumed", "micrometres over 1e-10 cm2/s", 0.3, "log10")
