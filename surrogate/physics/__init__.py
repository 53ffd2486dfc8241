"""Physics of sulfide cells: electrolyte, composite electrode, half cell, fade, energy density.

``chain.simulate`` runs the links on candidates; each link is a module that works alone on arrays. The numbers, with
their standing and source, are in ``parameters``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.physics.chain import FEATURES, simulate, simulate_matrix
    from surrogate.physics.energy_density import EnergyDensity, SolidCell
    from surrogate.physics.outcome import Level, SimulatedOutcome, Status
    from surrogate.physics.parameters import NOMINAL, Parameter, ParameterDraw, all_parameters, sample_draw

__all__ = [
    "FEATURES",
    "NOMINAL",
    "EnergyDensity",
    "Level",
    "Parameter",
    "ParameterDraw",
    "SimulatedOutcome",
    "SolidCell",
    "Status",
    "all_parameters",
    "sample_draw",
    "simulate",
    "simulate_matrix",
]

__getattr__, __dir__ = lazy_names(__name__)
