"""Constants of nature."""

from surrogate.candidate.recipe import ABSOLUTE_ZERO_C

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018 (exact by definition of k and e)
GAS_CONSTANT_J_PER_MOL_K = 8.31446261815324  # CODATA 2018 (exact)
ZERO_CELSIUS_K = -ABSOLUTE_ZERO_C  # by definition of the degree Celsius
