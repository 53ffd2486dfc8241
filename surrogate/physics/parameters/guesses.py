"""What may be said of the electrolyte's constants before any table is read: round guesses, and how wide they are.

The nominal constants (:mod:`surrogate.physics.parameters.electrolytes`, :mod:`~surrogate.physics.parameters.song2020`)
were read from papers that are also rows of the literature table. A model that is judged on papers it has not seen
cannot start from them; it starts from these guesses and reads every constant again from the rows it may see
(:mod:`surrogate.physics.reading`). A guess is round, the same for all members of a kind (chloride and bromide, every
tetravalent substituent, every framework), and wide enough to be wrong by a factor: moving all of them at random by one
spread changes the error on unseen papers by less than its uncertainty (docs/decisions/0012).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters import song2020
from surrogate.physics.parameters.base import Parameter


def _guess(parameter: Parameter, value: float, spread: float) -> Parameter:
    return replace(parameter, value=value, spread=spread, status="assumed", source="a guess before any table is read")


def _same(parameters: Mapping[Any, Parameter], value: float, spread: float) -> tuple[Parameter, ...]:
    return tuple(_guess(parameter, value, spread) for parameter in parameters.values())


# To 50 degC: what thermal analysis and furnace practice have long told of these classes.
_CRYSTALLISES_C = {
    "argyrodite": 350.0,
    "lgps": 400.0,
    "thio-lisicon": 400.0,
    "glass": 250.0,
    "decomposition-70": 450.0,
    "decomposition-75": 400.0,
    "halide-glass": 200.0,
    "halide-decomposition": 300.0,
}

_ARGYRODITE = (
    _guess(e.ORDERED_FLOOR, 1e-7, 0.5),
    _guess(e.DISORDERED_CEILING, 2e-2, 0.3),
    _guess(e.HALIDE_DRIVE["Cl"], 1.0, 0.7),
    _guess(e.HALIDE_DRIVE["Br"], 1.0, 0.7),
    _guess(song2020.CRYSTAL_CONDUCTIVITY_IODIDE, 2e-6, 0.8),
    _guess(e.HALIDE_EXCESS_DRIVE, 1.5, 1.0),
    _guess(e.HALIDE_SOLUBILITY, 0.6, 0.12),
    _guess(e.NO_HALIDE_DRIVE, -1.0, 1.0),
    _guess(song2020.CRYSTAL_CONDUCTIVITY_GERMANIUM, 3e-3, 0.6),
    _guess(e.SUBSTITUENT_DRIVE["Si"], 3.0, 2.0),
    _guess(e.SUBSTITUENT_DRIVE["Sn"], 3.0, 2.0),
    _guess(e.SUBSTITUENT_DRIVE["Sb"], 1.0, 1.0),
    _guess(e.ANTIMONY_SYNERGY, 0.0, 3.0),
    _guess(e.SOLUBILITY["Si"], 0.5, 0.15),
    _guess(song2020.SOLUBILITY_GERMANIUM, 0.5, 0.15),
    _guess(song2020.SOLUBILITY_TIN, 0.4, 0.1),
    _guess(e.SECOND_PHASE_CONDUCTIVITY, 1e-7, 0.5),
    _guess(e.ARGYRODITE_LOSS_C, 620.0, 40.0),
    _guess(e.ARGYRODITE_LOSS_SHIFT, 100.0, 50.0),
    _guess(e.ARGYRODITE_LOSS, 0.6, 0.25),
)
_PROCESS = (
    _guess(e.AMORPHISATION_RATE, 0.35, 0.3),
    _guess(e.MILLED_CRYSTALLINITY, 0.5, 0.15),
    _guess(e.MILLED_DISORDER, 0.5, 0.2),
    _guess(e.DAMAGE_RATE, 0.1, 0.7),
    _guess(e.DAMAGE_EXPONENT, 0.7, 0.3),
    _guess(e.DAMAGED_CONDUCTIVITY, 1e-6, 0.7),
    _guess(e.WET_INTENSITY, 0.03, 0.7),
    *(_guess(e.CRYSTALLISATION_TEMPERATURE_C[kind], celsius, 40.0) for kind, celsius in _CRYSTALLISES_C.items()),
    _guess(e.CRYSTALLISATION_BARRIER, 150.0, 40.0),
    _guess(e.CRYSTALLISATION_EXPONENT, 1.0, 0.4),
    _guess(e.CRYSTALLINITY_LIMIT, 0.9, 0.05),
    _guess(e.GLASS_CRYSTALLINITY_LIMIT, 0.9, 0.05),
    _guess(song2020.CRYSTALLINITY_180, 0.4, 0.2),
    _guess(song2020.CRYSTALLINITY_550, 0.8, 0.15),
    _guess(song2020.AMORPHOUS_CONDUCTIVITY, 1e-4, 0.5),
    _guess(e.SINTERING_GAIN, 2.5, 0.2),
    _guess(e.SOLUTION_FACTOR, 0.4, 0.4),
)
_OTHERS = (
    *_same(e.GLASS_LOG_CONDUCTIVITY, -4.5, 1.0),
    *_same(e.METASTABLE_LOG_CONDUCTIVITY, -3.5, 1.0),
    _guess(e.STABLE_CONDUCTIVITY, 3e-7, 0.7),
    _guess(e.HALIDE_GLASS_GAIN, 0.5, 0.5),
    _guess(e.HALIDE_METASTABLE_GAIN, 0.5, 0.5),
    *_same(e.LGPS_CONDUCTIVITY, 3e-3, 0.5),
    _guess(e.LGPS_CHLORIDE_GAIN, 3.0, 4.0),
    _guess(e.LGPS_AMORPHOUS, 2e-4, 0.5),
    _guess(e.THIO_OPTIMUM, 0.3, 0.08),
    *_same(e.THIO_CONDUCTIVITY, 1e-3, 0.5),
    *_same(e.THIO_WIDTH, 0.5, 0.15),
    _guess(e.SOLID_STATE_REACTION_C, 400.0, 40.0),
)

#: The constants of link (a) that measured conductivities are read for, as priors; in this order everywhere.
GUESSES: tuple[Parameter, ...] = (*_ARGYRODITE, *_PROCESS, *_OTHERS)
