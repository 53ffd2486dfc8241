"""Constants of nature and conventions of the field. Spread zero: they are definitions."""

from surrogate.physics.parameters.base import Parameter

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018 (exact by definition of k and e)
GAS_CONSTANT_J_PER_MOL_K = 8.31446261815324  # CODATA 2018 (exact)
FARADAY_C_PER_MOL = 96485.33212  # CODATA 2018 (exact)
FARADAY_MAH_PER_MOL = FARADAY_C_PER_MOL / 3.6
ZERO_CELSIUS_K = 273.15

LITHIUM_INDIUM_OFFSET_V = Parameter(
    name="universal.lithium_indium_offset",
    value=0.62,
    unit="V vs Li+/Li",
    status="quoted",
    source="two-phase In/LiIn plateau; the offset used throughout the literature tables",
)
