"""Song et al., Nano Lett. 20, 4337 (2020), doi 10.1021/acs.nanolett.0c01028: solution-processed iodide argyrodites.

Four end points (Li6PS5I and Li6.5P0.5Ge0.5S5I after 180 and 550 degC) fix four unknowns: one amorphous conductivity,
two crystallinities, one crystal conductivity (that of Li6PS5I is quoted, and is recovered by the fit). Four unknowns
for four numbers prove one thing only: the opposite trends need no family-specific kinetics.
"""

from surrogate.physics.parameters.base import Parameter, prefix_names

_PAPER = "10.1021/acs.nanolett.0c01028"
CALIBRATION_PAPERS = (_PAPER,)
_p = prefix_names("song2020", Parameter)
_FOUR = f"{_PAPER}: the four end points 0.092, 0.0061, 0.50 and 6.5 mS/cm, Bruggeman mixing"

REFERENCE_TEMPERATURE_K = 303.15  # the paper measures at 30 degC

AMORPHOUS_CONDUCTIVITY = _p("amorphous_conductivity", 1.49e-4, "S/cm at 30 degC", "fitted", _FOUR, 0.15, "log10")
CRYSTAL_CONDUCTIVITY_IODIDE = _p(
    "crystal_conductivity_iodide", 1.3e-6, "S/cm at 30 degC", "quoted",
    f"{_PAPER}, text: Li6PS5I prepared at 550 degC in the solid state", 0.15, "log10"
)  # fmt: skip
CRYSTAL_CONDUCTIVITY_GERMANIUM = _p(
    "crystal_conductivity_germanium", 1.12e-2, "S/cm at 30 degC", "fitted", _FOUR, 0.15, "log10"
)
GERMANIUM_ANCHOR = 0.5  # x of Li6+xP1-xGexS5I at which the crystal conductivity above is fitted

CRYSTALLINITY_180 = _p("crystallinity_180", 0.26, "volume fraction", "fitted", _FOUR, 0.03, low=0.02, high=0.9)
CRYSTALLINITY_550 = _p("crystallinity_550", 0.71, "volume fraction", "fitted", _FOUR, 0.04, low=0.05, high=1.0)
SOLUBILITY_GERMANIUM = _p(
    "solubility_germanium", 0.5, "x in Li6+xP1-xGexS5I", "quoted",
    f"{_PAPER}, Fig. 1b: optimum at x = 0.5; LiI appears in the pattern at 0.8", 0.05, low=0.2, high=0.8
)  # fmt: skip
SOLUBILITY_TIN = _p(
    "solubility_tin", 0.3, "x in Li6+xP1-xSnxS5I", "quoted",
    f"{_PAPER}, text: optimum at x = 0.3 (0.25 in the heat-treatment series)", 0.05, low=0.1, high=0.6
)  # fmt: skip
