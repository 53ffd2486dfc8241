"""Constants of nature and conventions of the field. Spread zero: they are definitions."""

from surrogate.candidate.cell import LI_IN_OFFSET_V
from surrogate.candidate.recipe import ABSOLUTE_ZERO_C
from surrogate.physics.parameters.base import Parameter

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018 (exact by definition of k and e)
GAS_CONSTANT_J_PER_MOL_K = 8.31446261815324  # CODATA 2018 (exact)
ZERO_CELSIUS_K = -ABSOLUTE_ZERO_C  # by definition of the degree Celsius

LITHIUM_INDIUM_OFFSET_V = Parameter(
    name="universal.lithium_indium_offset",
    value=LI_IN_OFFSET_V,
    unit="V vs Li+/Li",
    status="quoted",
    source="two-phase In/LiIn plateau; the offset used throughout the literature tables",
)
