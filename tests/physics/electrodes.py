"""The electrode that tests of the physics change: TiS2 with Li3PS4 glass-ceramic, as in Shin et al. (2014)."""

from __future__ import annotations

from surrogate.physics.composite import ElectrodeBatch, batch_of

BASE = {
    "material": "TiS2", "theoretical": 239.3, "active": 1 / 3, "electrolyte": 2 / 3, "additive": 0.0,
    "joint_dose_h": 0.15,
    "infiltrated": False, "hand_mixed": False, "coated": True, "electrolyte_conductivity": 1e-3,
    "phosphorus_mol_per_g": 1 / 180.06, "loading_mg_cm2": 1.26, "current_ma_cm2": 0.063, "voltage_min": 1.5,
    "voltage_max": 3.0, "charge_first": False, "separator_um": 600.0,
}  # fmt: skip


def electrode(**changes: object) -> ElectrodeBatch:
    return batch_of(**(BASE | changes))
