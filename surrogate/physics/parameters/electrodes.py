"""Composite electrodes outside Shin 2014: materials, densities, contact and interface, fade.

The table was written from theoretical capacities, densities and the primary papers; where a literature row fixed a
number it is named. Nothing here was fitted to the capacities of ``electrodes.csv`` at large, so that the simulator
stays an independent witness on unseen papers, and its errors there are those of a first-principles estimate.
"""

from dataclasses import dataclass, fields

from surrogate.physics.parameters.base import Parameter, Scale, Status, prefix_names

_SCIENCE = "10.1126/science.adt1882"
CALIBRATION_PAPERS = (_SCIENCE, "10.1021/acs.nanolett.0c01028", "10.1002/aenm.202500867")


_p = prefix_names("electrodes", Parameter)


@dataclass(frozen=True, kw_only=True)
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


def _material(
    key: str,
    *,
    lithiated: bool,
    density: float,
    plateau: float,
    electronic: float,
    contact: float,
    mill_h: float,
    efficiency: float,
    margin: float,
    share: float,
    fade: float,
    source: str,
    statuses: dict[str, tuple[Status, float]] | None = None,
) -> Material:
    """One row of the table; ``statuses`` gives status and spread of the numbers that are not merely assumed."""
    statuses = statuses or {}

    def p(name: str, value: float, unit: str, spread: float, scale: Scale = "linear", low: float = -float("inf"),
          high: float = float("inf")) -> Parameter:  # fmt: skip
        status, width = statuses.get(name, ("assumed", spread))
        return _p(f"{key}.{name}", value, unit, status, source, width, scale, low, high)

    return Material(
        key=key,
        starts_lithiated=lithiated,
        density_g_cm3=density,
        plateau_v=plateau,
        electronic_s_cm=p("electronic", electronic, "S/cm", 0.5, "log10"),
        hand_contact=p("hand_contact", contact, "-", 0.08, low=0.01, high=1.0),
        mill_time_h=p("mill_time", mill_h, "h at intensity 1", 0.2, "log10"),
        first_efficiency=p("first_efficiency", efficiency, "second/first step", 0.05, low=0.3, high=1.2),
        margin_v=p("margin", margin, "V", 0.1, "log10"),
        reversible_share=p("reversible_share", share, "of theoretical", 0.04, low=0.2, high=1.1),
        fade_per_cycle=p("fade", fade, "per cycle", 0.35, "log10"),
    )


MATERIALS = {
    m.key: m
    for m in (
        _material(
            "S",
            lithiated=False,
            density=2.07,
            plateau=2.1,
            electronic=1e-15,
            contact=0.15,
            mill_h=1.0,
            efficiency=0.97,
            margin=0.9,
            share=0.95,
            fade=5.0e-4,
            source="theory 1672 mAh/g; time scale of 10.1126/science.adt1882 (1 h against 5 h at 2000 rpm)",
        ),
        _material(
            "Li2S",
            lithiated=True,
            density=1.66,
            plateau=2.1,
            electronic=1e-13,
            contact=0.12,
            mill_h=4.0,
            efficiency=0.85,
            margin=0.9,
            share=0.85,
            fade=5.0e-4,
            source="theory 1166 mAh/g; insulating, ionic",
        ),
        _material(
            "FeS2",
            lithiated=False,
            density=4.9,
            plateau=1.7,
            electronic=1.0,
            contact=0.6,
            mill_h=2.0,
            efficiency=0.9,
            margin=0.7,
            share=0.85,
            fade=1.0e-3,
            source="theory 894 mAh/g; conversion",
        ),
        _material(
            "LiCoO2",
            lithiated=True,
            density=5.05,
            plateau=3.9,
            electronic=1e-3,
            contact=0.80,
            mill_h=1.0,
            efficiency=0.88,
            margin=0.55,
            share=0.566,
            fade=5.2344e-4,
            source="10.1021/acs.nanolett.0c01028: 155 of 274 mAh/g to 4.3 V, 109 dry mixed, 88 %, 94.9 % after 100",
            statuses={
                "hand_contact": ("fitted", 0.05),
                "first_efficiency": ("quoted", 0.02),
                "reversible_share": ("fitted", 0.015),
                "fade": ("fitted", 0.15),
            },
        ),
        _material(
            "NCM",
            lithiated=True,
            density=4.75,
            plateau=3.75,
            electronic=1e-4,
            contact=0.82,
            mill_h=1.0,
            efficiency=0.80,
            margin=0.55,
            share=0.72,
            fade=7.0e-4,
            source="about 200 of 275 mAh/g to 4.3 V",
        ),
        _material(
            "Li-rich",
            lithiated=True,
            density=4.3,
            plateau=3.6,
            electronic=1e-7,
            contact=0.6,
            mill_h=2.0,
            efficiency=0.75,
            margin=0.6,
            share=0.85,
            fade=7.0e-4,
            source="oxygen redox to 4.6 V",
        ),
        _material(
            "TiS2",
            lithiated=False,
            density=3.22,
            plateau=2.1,
            electronic=220.0,
            contact=1.0,
            mill_h=1.0,
            efficiency=0.9226,
            margin=0.8,
            share=1.0,
            fade=8.5489e-4,
            source="10.1038/srep05572",
            statuses={
                "electronic": ("quoted", 0.1),
                "hand_contact": ("assumed", 0.01),
                "first_efficiency": ("fitted", 0.01),
                "reversible_share": ("assumed", 0.0),
                "fade": ("fitted", 0.15),
            },
        ),
        _material(
            "metal sulfide",
            lithiated=False,
            density=4.5,
            plateau=1.7,
            electronic=0.1,
            contact=0.6,
            mill_h=2.0,
            efficiency=0.9,
            margin=0.7,
            share=0.8,
            fade=1.0e-3,
            source="as FeS2",
        ),
        _material(
            "spinel",
            lithiated=True,
            density=4.3,
            plateau=4.0,
            electronic=1e-6,
            contact=0.7,
            mill_h=1.0,
            efficiency=0.75,
            margin=0.4,
            share=0.85,
            fade=5.0e-4,
            source="steep ends, narrow window",
        ),
        _material(
            "olivine",
            lithiated=True,
            density=3.6,
            plateau=3.4,
            electronic=1e-9,
            contact=0.5,
            mill_h=1.0,
            efficiency=0.8,
            margin=0.4,
            share=0.9,
            fade=5.0e-4,
            source="flat, insulating",
        ),
    )
}

# -- interface with sulfide electrolytes, ohm cm2 ----------
INTERFACE_COATED = _p(
    "interface_coated",
    25.0,
    "ohm cm2",
    "quoted",
    "LiNbO3-coated layered oxides: 14 to 62 in the tables, 26 in 10.1021/acs.nanolett.0c01028",
    0.2,
    "log10",
)
INTERFACE_BARE = _p(
    "interface_bare", 200.0, "ohm cm2", "quoted", "bare layered oxides: 25 to 450 in the tables", 0.3, "log10"
)
INTERFACE_SULFIDE = _p(
    "interface_sulfide", 5.0, "ohm cm2", "quoted", "10.1038/srep05572: negligibly small for TiS2", 0.3, "log10"
)
DRY_CONTACT_FACTOR = _p(
    "dry_contact_factor",
    8.85,
    "factor on the interface resistance",
    "quoted",
    "10.1021/acs.nanolett.0c01028: 230.2 against 26.0 ohm cm2",
    0.15,
    "log10",
)
BARE_EFFICIENCY_LOSS = _p(
    "bare_efficiency_loss", 0.08, "-", "assumed", "oxidation of the sulfide at a bare oxide", 0.03, low=0.0, high=0.4
)
COMPOSITE_DAMPING = _p(
    "composite_damping",
    0.1,
    "of the dose",
    "fitted",
    "10.1002/aenm.202500867: S + Li6PS5Cl + C, 0.07 mS/cm milled against 0.14 to 0.42 mS/cm; soft partners cushion",
    0.3,
    "log10",
)
# -- electrolyte that stores charge itself ----------
ELECTROLYTE_ACTIVITY = _p(
    "electrolyte_activity",
    155.7,
    "mAh/g electrolyte after 5 h",
    "quoted",
    f"{_SCIENCE}: Li6PS5Cl milled with carbon, 2000 rpm, 1-3 V",
    0.15,
    "log10",
)
ELECTROLYTE_ACTIVITY_TIME_H = 5.0
ELECTROLYTE_ACTIVITY_EXPONENT = _p(
    "electrolyte_activity_exponent",
    2.0,
    "-",
    "assumed",
    "surface made by milling times carbon that reaches it",
    0.2,
    low=1.0,
    high=3.0,
)
# -- window ----------
OXIDE_WINDOW_SLOPE = _p(
    "oxide_window_slope",
    0.3,
    "share of theoretical per V above 4.3 V",
    "assumed",
    "delithiation of layered oxides",
    0.08,
    low=0.0,
    high=1.0,
)
OXIDE_WINDOW_REFERENCE_V = 4.3
# -- geometry and defaults ----------
DENSITY_ELECTROLYTE = _p("density_electrolyte", 1.88, "g/cm3", "quoted", "75Li2S-25P2S5", 0.05, low=1.2, high=5.5)
DENSITY_ADDITIVE = _p("density_additive", 2.0, "g/cm3", "assumed", "carbons and binders", 0.1, low=1.0, high=2.5)
ADDITIVE_ELECTRONIC = _p("additive_electronic", 10.0, "S/cm", "assumed", "pressed carbon", 0.3, "log10")
CARBON_THRESHOLD = _p(
    "carbon_threshold", 0.02, "volume fraction", "assumed", "branched carbons percolate early", 0.005, low=0.0, high=0.1
)
CARBON_EXPONENT = _p("carbon_exponent", 2.0, "-", "assumed", "three-dimensional percolation", 0.1, low=1.0, high=3.0)
GROWTH_FADE = _p(
    "growth_fade",
    0.02,
    "per square root of a cycle",
    "assumed",
    "interphase grown by diffusion and contacts lost: about a fifth of the capacity in a hundred cycles",
    0.3,
    "log10",
)
RATE_FADE_EXPONENT = _p(
    "rate_fade_exponent", 0.5, "-", "assumed", "fade per cycle falls with the time of a cycle", 0.15, low=0.0, high=1.0
)
FADE_ENERGY = _p("fade_energy", 0.3, "eV", "assumed", "thermally activated side reactions", 0.1, low=0.0)
BARE_FADE_FACTOR = _p("bare_fade_factor", 2.0, "factor", "assumed", "bare oxide against coated", 0.15, "log10")
DIFFUSION_TIME_S = _p(
    "diffusion_time", 1500.0, "s, R^2/D of an unmilled grain", "assumed", "micrometres over 1e-10 cm2/s", 0.3, "log10"
)
