"""How the fitted parameters were obtained: the fits themselves, so that anyone can repeat them.

Each function returns parameter names with the values that least squares (or, where there are as many numbers as
unknowns, the solution) gives; a test holds the stored values to them. Nothing in the simulator calls this module.
"""

from __future__ import annotations

import numpy as np

from surrogate.physics import composite as link
from surrogate.physics.effective_medium import bruggeman
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import shin2014 as shin
from surrogate.physics.parameters import song2020
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.parameters.universal import GAS_CONSTANT_J_PER_MOL_K, ZERO_CELSIUS_K

# Song 2020, S/cm at 30 degC: (Ge 180, Ge 550, I 180, I 550)
SONG_END_POINTS = np.array([0.50e-3, 6.5e-3, 0.092e-3, 0.0061e-3])
# Shin 2014, ratio 0.5: minutes, first discharge and charge in mAh/g (1.5-3.0 V), charge to the 1.0 V window after 9 min
SHIN_MINUTES = np.array([0.0, 3.0, 9.0])
SHIN_DISCHARGE = np.array([237.0, 267.0, 263.0])
SHIN_CHARGE = np.array([220.0, 285.0, 416.0])
SHIN_WIDE_CHARGE = 837.0
SHIN_IONIC, SHIN_ELECTRONIC = (1.4e-4, 8.7e-5), (12.0, 0.70)  # S/cm, hand-mixed and 9 min
_HAND_MIXED_TITANIUM = 1.0 / 3.0
#: What is fitted to the capacities, in the order of the unknowns.
_REACTION = (
    "reaction_rate", "reaction_exponent", "reacted_capacity", "reversibility", "extracted_capacity",
    "conversion_capacity",
)  # fmt: skip


def song_end_points() -> dict[str, float]:
    """Four unknowns from the four end points: amorphous conductivity, two crystallinities, two crystals.

    The conductivity of the Li6PS5I crystal is quoted, which leaves four unknowns for four numbers.
    """
    from scipy.optimize import least_squares

    def miss(x: FloatArray) -> FloatArray:
        amorphous, germanium = np.exp(x[0]), np.exp(x[1])
        fractions = np.array([x[2], x[3], x[2], x[3]])
        crystal = np.array([germanium, germanium, *[song2020.CRYSTAL_CONDUCTIVITY_IODIDE.value] * 2])
        return np.asarray(np.log(bruggeman(fractions, crystal, amorphous) / SONG_END_POINTS))

    start = [np.log(1e-4), np.log(1e-2), 0.3, 0.7]
    x = least_squares(miss, start, bounds=([-14, -8, 0.01, 0.01], [-6, -2, 0.99, 0.99]), xtol=1e-14, ftol=1e-14).x
    return {
        "song2020.amorphous_conductivity": float(np.exp(x[0])),
        "song2020.crystal_conductivity_germanium": float(np.exp(x[1])),
        "song2020.crystallinity_180": float(x[2]),
        "song2020.crystallinity_550": float(x[3]),
    }


def single_step_barrier_kj_mol() -> float:
    """Barrier of a single first-order JMAK through both crystallinities of Song 2020: too small to be one."""
    k = -np.log(1.0 - np.array([song2020.CRYSTALLINITY_180.value, song2020.CRYSTALLINITY_550.value]))
    inverse = 1.0 / (180.0 + ZERO_CELSIUS_K) - 1.0 / (550.0 + ZERO_CELSIUS_K)
    return float(1e-3 * GAS_CONSTANT_J_PER_MOL_K * np.log(k[1] / k[0]) / inverse)


def _hand_mixed_share() -> float:
    """Volume fraction of TiS2 in the pressed hand-mixed composite."""
    w = _HAND_MIXED_TITANIUM
    active, rest = w / el.MATERIALS["TiS2"].density_g_cm3, (1 - w) / el.DENSITY_ELECTROLYTE.value
    return float((1.0 - shin.COMPOSITE_POROSITY.value) * active / (active + rest))


def _electronic(left: FloatArray | float) -> FloatArray:
    threshold = shin.PERCOLATION_THRESHOLD.value
    share = (_hand_mixed_share() * np.asarray(left) - threshold) / (1.0 - threshold)
    return np.asarray(
        shin.TITANIUM_DISULFIDE_ELECTRONIC.value * np.maximum(share, 0.0) ** shin.PERCOLATION_EXPONENT.value
    )


def shin_reaction() -> dict[str, float]:
    """Six parameters from seven capacities and one conductivity at ratio 0.5, by relative errors (ln sigma times
    0.3)."""
    from scipy.optimize import least_squares

    def miss(x: FloatArray) -> FloatArray:
        k, n, reacted, reversible, extracted, conversion = x
        y = -np.expm1(-((k * SHIN_MINUTES) ** n))
        discharge = shin.INTERCALATION_CAPACITY.value * (1.0 - y) + reacted * y
        charge = reversible * discharge + extracted * y
        wide = charge[2] + conversion * y[2]
        electron = 0.3 * np.log(_electronic(1.0 - y[2]) / SHIN_ELECTRONIC[1])
        return np.array(
            [*(discharge / SHIN_DISCHARGE - 1), *(charge / SHIN_CHARGE - 1), wide / SHIN_WIDE_CHARGE - 1, electron]
        )

    bounds = ([0.01, 0.5, 240.0, 0.8, 0.0, 100.0], [1.0, 3.0, 500.0, 1.0, 800.0, 2000.0])
    x = least_squares(miss, [0.111, 1.25, 290.0, 0.926, 258.0, 671.0], bounds=bounds).x
    return {f"shin2014.{name}": float(value) for name, value in zip(_REACTION, x, strict=True)}


def shin_conduction() -> dict[str, float]:
    """Contact factor from the hand-mixed, conductivity of the reaction phase from the milled electrode (confounded)."""
    from scipy.optimize import brentq

    base = {
        "material": "TiS2",
        "theoretical": 239.3,
        "active": _HAND_MIXED_TITANIUM,
        "electrolyte": 1 - _HAND_MIXED_TITANIUM,
        "additive": 0.0,
        "joint_dose_h": 0.0,
        "infiltrated": False,
        "hand_mixed": True,
        "coated": True,
        "electrolyte_conductivity": shin.ELECTROLYTE_CONDUCTIVITY.value,
        "phosphorus_mol_per_g": 1 / 180.06,
        "loading_mg_cm2": 1.26,
        "current_ma_cm2": 0.063,
        "voltage_min": 1.5,
        "voltage_max": 3.0,
        "charge_first": False,
        "separator_um": 600.0,
    }
    from surrogate.physics.parameters.base import ParameterDraw

    def ionic(minutes: float, draw: ParameterDraw) -> float:
        batch = link.batch_of(**(base | {"joint_dose_h": minutes / 60.0}))
        y = link.reacted_fraction(batch, draw)
        return float(link.ionic_conductivity(batch, link.volume_fractions(batch, y, draw), draw)[0])

    plain = ionic(0.0, ParameterDraw({shin.CONTACT_FACTOR.name: 1.0}))
    factor = SHIN_IONIC[0] / plain

    def miss(log_sigma: float) -> float:
        draw = ParameterDraw({shin.CONTACT_FACTOR.name: factor, shin.REACTED_IONIC.name: 10.0**log_sigma})
        return ionic(9.0, draw) - SHIN_IONIC[1]

    reacted = 10.0 ** float(brentq(miss, -5.0, -2.5))
    return {"shin2014.contact_factor": factor, "shin2014.reacted_ionic": reacted}


def fades() -> dict[str, float]:
    """One fade per published retention; the conversion's with the intercalation's share of the charge taken off."""
    fit = shin_reaction()
    k, n, reacted, reversible, extracted, conversion = (fit[f"shin2014.{name}"] for name in _REACTION)
    y = -np.expm1(-((k * 9.0) ** n))
    narrow = reversible * (shin.INTERCALATION_CAPACITY.value * (1 - y) + reacted * y) + extracted * y
    total = narrow + conversion * y
    left = (0.76 * total - 0.95 * narrow) / (conversion * y)
    return {
        "shin2014.intercalation_fade": float(-np.log(0.95) / 60),
        "shin2014.conversion_fade": float(-np.log(left) / 60),
        "electrodes.LiCoO2.fade": float(-np.log(0.949) / 100),
    }
