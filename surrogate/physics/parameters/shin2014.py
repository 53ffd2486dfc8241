"""Shin et al., Sci. Rep. 4, 5572 (2014), doi 10.1038/srep05572: TiS2 milled with Li3PS4 glass-ceramic.

Used in the fit: the first discharge and charge capacities after 0, 3 and 9 min at a weight ratio of 0.5, the charge to
the 1.0 V window after 9 min, and the four composite conductivities. Held out: everything at other ratios (27 min at
1.0, hand-mixed at 2.0), the charge-first cell, and the two controls. ``benchmarks/_calibration.py`` repeats the fit.
"""

from surrogate.physics.parameters.base import Parameter, prefix_names

_PAPER = "10.1038/srep05572"
CALIBRATION_PAPERS = (_PAPER,)
_p = prefix_names("shin2014", Parameter)
_FIT = f"{_PAPER}: least squares on the seven capacities at ratio 0.5 and the electronic conductivity after 9 min"

# -- what the paper states ----------
ELECTROLYTE_CONDUCTIVITY = _p(
    "electrolyte_conductivity", 1.0e-3, "S/cm at 30 degC", "quoted",
    f"{_PAPER}, Table 2: 75Li2S-25P2S5 glass-ceramic, 243 degC for 1 h", 0.05, "log10"
)  # fmt: skip
ELECTROLYTE_ELECTRONIC = _p("electrolyte_electronic", 1.0e-8, "S/cm", "quoted", f"{_PAPER}, Table 2", 0.3, "log10")
TITANIUM_DISULFIDE_ELECTRONIC = _p(
    "titanium_disulfide_electronic", 220.0, "S/cm", "quoted", f"{_PAPER}, Table 2", 0.1, "log10"
)
REACTED_ELECTRONIC = _p(
    "reacted_electronic", 1.3e-3, "S/cm", "quoted", f"{_PAPER}, text: fully amorphised TiS2/Li3PS4 = 0.5 by weight",
    0.2, "log10"
)  # fmt: skip
REACTED_TITANIUM_WEIGHT_FRACTION = 1.0 / 3.0  # of TiS2 in that amorphous powder
PRODUCT_P_PER_TI = _p(
    "product_p_per_ti", 1.14, "mol P per mol Ti", "quoted",
    f"{_PAPER}, Fig. 4f: leanest of two compositions of the amorphous phase (1.14 and 1.34)", 0.1, low=0.6, high=2.0
)  # fmt: skip
# -- geometry of the cells: 5 mg composite and 150 mg electrolyte on 1.3 cm diameter, pressed at 370 MPa ----------
CELL_DIAMETER_CM = 1.3
COMPOSITE_MASS_MG = 5.0
REFERENCE_SPEED_RPM = 2000.0
REFERENCE_CURRENT_MA_PER_G = 50.0

# -- the reaction during milling ----------
REACTION_RATE = _p("reaction_rate", 0.1093, "1/min at 2000 rpm", "fitted", _FIT, 0.06, "log10")
REACTION_EXPONENT = _p("reaction_exponent", 1.230, "-", "fitted", _FIT, 0.12, low=0.5, high=3.0)
INTERCALATION_CAPACITY = _p(
    "intercalation_capacity", 237.0, "mAh/g TiS2", "quoted",
    f"{_PAPER}, Table 1: hand-mixed electrode (theoretical 239)", 3.0
)  # fmt: skip
REACTED_CAPACITY = _p("reacted_capacity", 288.9, "mAh/g TiS2, discharge to 1.5 V", "fitted", _FIT, 15.0)
REVERSIBILITY = _p("reversibility", 0.9226, "charge per discharge", "fitted", _FIT, 0.01, low=0.5, high=1.0)
EXTRACTED_CAPACITY = _p(
    "extracted_capacity", 263.9, "mAh/g TiS2", "fitted",
    _FIT + "; lithium that came with the electrolyte, extracted on the first charge", 20.0, low=0.0
)  # fmt: skip
CONVERSION_CAPACITY = _p(
    "conversion_capacity", 678.4, "mAh/g TiS2 between 1.0 and 1.5 V", "fitted", _FIT, 40.0, low=0.0
)
INTERCALATION_LIMIT_V = 1.5  # lower cut-off of the intercalation window
CONVERSION_LIMIT_V = 1.0  # lower cut-off at which the conversion is complete

# -- transport ----------
COMPOSITE_POROSITY = _p(
    "composite_porosity", 0.13, "-", "assumed",
    "cold-pressed sulfide composite at 370 MPa; with it the percolation law meets 12 S/cm", 0.03, low=0.0, high=0.4
)  # fmt: skip
PERCOLATION_THRESHOLD = _p(
    "percolation_threshold", 0.05, "volume fraction", "assumed",
    "platelets percolate early; not identified apart from the exponent", 0.01, low=0.0, high=0.15
)  # fmt: skip
PERCOLATION_EXPONENT = _p(
    "percolation_exponent", 1.56, "-", "fitted",
    f"{_PAPER}, Table 2: 12 S/cm hand-mixed, given threshold and porosity", 0.1, low=1.0, high=3.0
)  # fmt: skip
CONTACT_FACTOR = _p(
    "contact_factor", 0.2535, "-", "fitted", f"{_PAPER}, Table 2: 1.4e-4 S/cm hand-mixed against Bruggeman's 5.5e-4",
    0.08, "log10"
)  # fmt: skip
REACTED_IONIC = _p(
    "reacted_ionic", 3.0e-4, "S/cm at 30 degC", "fitted",
    f"{_PAPER}, Table 2: 8.7e-5 S/cm milled, with the hand-mixed contact factor kept (confounded with it)", 0.15,
    "log10"
)  # fmt: skip
# -- fade ----------
INTERCALATION_FADE = _p(
    "intercalation_fade", 8.5489e-4, "per cycle", "fitted",
    f"{_PAPER}: 95 % after 60 cycles, 1.5-3.0 V (hand-mixed and milled alike)", 0.15, "log10"
)  # fmt: skip
CONVERSION_FADE = _p(
    "conversion_fade", 9.3e-3, "per cycle", "fitted",
    f"{_PAPER}: 76 % after 60 cycles, 1.0-3.0 V, given the intercalation fade", 0.15, "log10"
)  # fmt: skip
