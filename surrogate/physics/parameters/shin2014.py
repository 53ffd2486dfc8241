"""Shin et al., Sci. Rep. 4, 5572 (2014), doi 10.1038/srep05572: TiS2 milled with Li3PS4 glass-ceramic.

Used in the fit: the first discharge and charge capacities after 0, 3 and 9 min at a weight ratio of 0.5, the charge to
the 1.0 V window after 9 min, and the four composite conductivities. Held out: everything at other ratios (27 min at
1.0, hand-mixed at 2.0), the charge-first cell, and the two controls. ``benchmarks/_calibration.py`` repeats the fit.
"""

from surrogate.physics.parameters.base import Parameter

_PAPER = "10.1038/srep05572"
CALIBRATION_PAPERS = (_PAPER,)
_FIT = f"{_PAPER}: least squares on the seven capacities at ratio 0.5 and the electronic conductivity after 9 min"

# -- what the paper states ----------
ELECTROLYTE_CONDUCTIVITY = Parameter(
    name="shin2014.electrolyte_conductivity",
    value=1.0e-3,
    unit="S/cm at 30 degC",
    status="quoted",
    source=f"{_PAPER}, Table 2: 75Li2S-25P2S5 glass-ceramic, 243 degC for 1 h",
    spread=0.05,
    scale="log10",
)
ELECTROLYTE_ELECTRONIC = Parameter(
    name="shin2014.electrolyte_electronic",
    value=1.0e-8,
    unit="S/cm",
    status="quoted",
    source=f"{_PAPER}, Table 2",
    spread=0.3,
    scale="log10",
)
TITANIUM_DISULFIDE_ELECTRONIC = Parameter(
    name="shin2014.titanium_disulfide_electronic",
    value=220.0,
    unit="S/cm",
    status="quoted",
    source=f"{_PAPER}, Table 2",
    spread=0.1,
    scale="log10",
)
REACTED_ELECTRONIC = Parameter(
    name="shin2014.reacted_electronic",
    value=1.3e-3,
    unit="S/cm",
    status="quoted",
    source=f"{_PAPER}, text: fully amorphised TiS2/Li3PS4 = 0.5 by weight",
    spread=0.2,
    scale="log10",
)
REACTED_TITANIUM_WEIGHT_FRACTION = 1.0 / 3.0  # of TiS2 in that amorphous powder
PRODUCT_P_PER_TI = Parameter(
    name="shin2014.product_p_per_ti",
    value=1.14,
    unit="mol P per mol Ti",
    status="quoted",
    source=f"{_PAPER}, Fig. 4f: leanest of two compositions of the amorphous phase (1.14 and 1.34)",
    spread=0.1,
    low=0.6,
    high=2.0,
)
# -- geometry of the cells: 5 mg composite and 150 mg electrolyte on 1.3 cm diameter, pressed at 370 MPa ----------
CELL_DIAMETER_CM = 1.3
COMPOSITE_MASS_MG = 5.0
SEPARATOR_MASS_MG = 150.0
REFERENCE_SPEED_RPM = 2000.0
REFERENCE_CURRENT_MA_PER_G = 50.0

# -- the reaction during milling ----------
REACTION_RATE = Parameter(
    name="shin2014.reaction_rate",
    value=0.1093,
    unit="1/min at 2000 rpm",
    status="fitted",
    source=_FIT,
    spread=0.06,
    scale="log10",
)
REACTION_EXPONENT = Parameter(
    name="shin2014.reaction_exponent",
    value=1.230,
    unit="-",
    status="fitted",
    source=_FIT,
    spread=0.12,
    low=0.5,
    high=3.0,
)
INTERCALATION_CAPACITY = Parameter(
    name="shin2014.intercalation_capacity",
    value=237.0,
    unit="mAh/g TiS2",
    status="quoted",
    source=f"{_PAPER}, Table 1: hand-mixed electrode (theoretical 239)",
    spread=3.0,
)
REACTED_CAPACITY = Parameter(
    name="shin2014.reacted_capacity",
    value=288.9,
    unit="mAh/g TiS2, discharge to 1.5 V",
    status="fitted",
    source=_FIT,
    spread=15.0,
)
REVERSIBILITY = Parameter(
    name="shin2014.reversibility",
    value=0.9226,
    unit="charge per discharge",
    status="fitted",
    source=_FIT,
    spread=0.01,
    low=0.5,
    high=1.0,
)
EXTRACTED_CAPACITY = Parameter(
    name="shin2014.extracted_capacity",
    value=263.9,
    unit="mAh/g TiS2",
    status="fitted",
    source=_FIT + "; lithium that came with the electrolyte, extracted on the first charge",
    spread=20.0,
    low=0.0,
)
CONVERSION_CAPACITY = Parameter(
    name="shin2014.conversion_capacity",
    value=678.4,
    unit="mAh/g TiS2 between 1.0 and 1.5 V",
    status="fitted",
    source=_FIT,
    spread=40.0,
    low=0.0,
)
INTERCALATION_LIMIT_V = 1.5  # lower cut-off of the intercalation window
CONVERSION_LIMIT_V = 1.0  # lower cut-off at which the conversion is complete

# -- transport ----------
COMPOSITE_POROSITY = Parameter(
    name="shin2014.composite_porosity",
    value=0.13,
    unit="-",
    status="assumed",
    source="cold-pressed sulfide composite at 370 MPa; with it the percolation law meets 12 S/cm",
    spread=0.03,
    low=0.0,
    high=0.4,
)
PERCOLATION_THRESHOLD = Parameter(
    name="shin2014.percolation_threshold",
    value=0.05,
    unit="volume fraction",
    status="assumed",
    source="platelets percolate early; not identified apart from the exponent",
    spread=0.01,
    low=0.0,
    high=0.15,
)
PERCOLATION_EXPONENT = Parameter(
    name="shin2014.percolation_exponent",
    value=1.56,
    unit="-",
    status="fitted",
    source=f"{_PAPER}, Table 2: 12 S/cm hand-mixed, given threshold and porosity",
    spread=0.1,
    low=1.0,
    high=3.0,
)
CONTACT_FACTOR = Parameter(
    name="shin2014.contact_factor",
    value=0.2535,
    unit="-",
    status="fitted",
    source=f"{_PAPER}, Table 2: 1.4e-4 S/cm hand-mixed against Bruggeman's 5.5e-4",
    spread=0.08,
    scale="log10",
)
REACTED_IONIC = Parameter(
    name="shin2014.reacted_ionic",
    value=3.0e-4,
    unit="S/cm at 30 degC",
    status="fitted",
    source=f"{_PAPER}, Table 2: 8.7e-5 S/cm milled, with the hand-mixed contact factor kept (confounded with it)",
    spread=0.15,
    scale="log10",
)
# -- fade ----------
INTERCALATION_FADE = Parameter(
    name="shin2014.intercalation_fade",
    value=8.5489e-4,
    unit="per cycle",
    status="fitted",
    source=f"{_PAPER}: 95 % after 60 cycles, 1.5-3.0 V (hand-mixed and milled alike)",
    spread=0.15,
    scale="log10",
)
CONVERSION_FADE = Parameter(
    name="shin2014.conversion_fade",
    value=9.3e-3,
    unit="per cycle",
    status="fitted",
    source=f"{_PAPER}: 76 % after 60 cycles, 1.0-3.0 V, given the intercalation fade",
    spread=0.15,
    scale="log10",
)
