"""What a cell reaches of the capacity between its cut-offs: paths for electrons and ions, and the time of a step.

    r = e · i · k,  k = 1 / (1 + C* / C_half),  C* = C · √(L / L₀ · σ₀ / σ) · e^(E/R (1/T − 1/T₀))

The share e of an insulator rises with carbon from next to nothing to 1, over a few per cent of it; i opens where the
electrolyte begins to percolate through the electrode; k falls where a step is too fast for the loading L, the
conductivity σ and the temperature T. In cells as they are usually built and tested all three are about 1, so that what
rows teach is what they taught before. What is not stated hinders nothing. Numbers and their sources stand in
``parameters/reference_capacities.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics.conduction import inverse_kelvin_from_room
from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K
from surrogate.physics.reference_capacity import logistic, read_parameters

Array = NDArray[np.float64]

#: Classes of active materials that share their numbers, in the order of their codes.
CLASSES = ("oxide", "conversion", "other")


@dataclass(frozen=True, kw_only=True)
class Paths:
    """How charge gets to the active material of ``n`` cells, as columns (n,); NaN is *not stated*.

    ``of_class`` are positions in :data:`CLASSES`. ``insulates`` says that the active material conducts no electrons and
    that nothing but the stated carbon does; ``carbon_weight_fraction`` is that of the electrode.
    ``electrolyte_volume_fraction`` is that of the solids, NaN where the active material conducts ions itself.
    """

    of_class: NDArray[np.int64]
    insulates: NDArray[np.bool_]
    carbon_weight_fraction: Array
    electrolyte_volume_fraction: Array
    c_rate: Array
    loading_mg_per_cm2: Array
    conductivity_s_per_cm: Array
    temperature_c: Array


@dataclass(frozen=True, kw_only=True)
class Shares:
    """What paths for electrons and ions and the time of a step leave of the capacity in the window, (n,), 0 to 1."""

    by_electrons: Array
    by_ions: Array
    by_rate: Array

    @property
    def reached(self) -> Array:
        """What all of them leave, (n,)."""
        return self.by_electrons * self.by_ions * self.by_rate


def accessible_shares(paths: Paths) -> Shares:
    """What ``n`` cells reach of the capacity in their windows."""
    return Shares(by_electrons=_electron_share(paths), by_ions=_ion_share(paths), by_rate=_rate_share(paths))


def _electron_share(paths: Paths) -> Array:
    law = read_parameters()["electron_path"]
    carbon = np.nan_to_num(paths.carbon_weight_fraction, nan=law["carbon_weight_fraction"])
    opened = np.clip(carbon / law["carbon_weight_fraction"], 0.0, 1.0)
    return np.where(paths.insulates, law["share_without"] + (1.0 - law["share_without"]) * opened, 1.0)


def _ion_share(paths: Paths) -> Array:
    law = read_parameters()["ion_path"]
    return logistic((paths.electrolyte_volume_fraction - law["volume_fraction"]) / law["width"])


def _rate_share(paths: Paths) -> Array:
    law = read_parameters()["rate"]
    half, loading = (
        np.array([of_class[kind] for kind in CLASSES])[paths.of_class]
        for of_class in ({k: law[f"half_c_rate_{k}"] for k in CLASSES}, law["usual_loading_mg_per_cm2"])
    )
    hindrance = np.nan_to_num(paths.loading_mg_per_cm2 / loading, nan=1.0)
    hindrance = hindrance * np.nan_to_num(law["usual_conductivity_s_per_cm"] / paths.conductivity_s_per_cm, nan=1.0)
    warmth = inverse_kelvin_from_room(np.nan_to_num(paths.temperature_c, nan=ROOM_TEMPERATURE_C))
    slowing = -law["barrier_ev"] / BOLTZMANN_EV_PER_K * warmth
    fast = np.nan_to_num(paths.c_rate) * np.sqrt(hindrance) * np.exp(np.clip(slowing, -30.0, 30.0))
    return np.asarray(1.0 / (1.0 + fast / half))
