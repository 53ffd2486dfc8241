"""What can be predicted or suggested: its fields, its nouns, and many candidates as columns.

:func:`build` makes a candidate of settings and :func:`read` is its inverse; :data:`FIELDS` lists what can be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.candidate.active_material import ActiveMaterial, Chemistry
    from surrogate.candidate.active_material import active_material as parse_active_material
    from surrogate.candidate.cell import (
        ActiveHost,
        Cell,
        Electrode,
        FirstStep,
        Mixing,
        MixingMethod,
        ParticleKind,
        Protocol,
    )
    from surrogate.candidate.columns import CellColumns, ElectrolyteColumns, columns_of
    from surrogate.candidate.field import Field
    from surrogate.candidate.fields import FIELDS
    from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement, Source, Tier
    from surrogate.candidate.recipe import (
        Atmosphere,
        Densification,
        Electrolyte,
        Form,
        HeatTreatment,
        Milling,
        Recipe,
        Route,
    )
    from surrogate.candidate.settings import build, read

__all__ = [
    "FIELDS",
    "ActiveHost",
    "ActiveMaterial",
    "Atmosphere",
    "Candidate",
    "Cell",
    "CellColumns",
    "Censoring",
    "Chemistry",
    "Densification",
    "Electrode",
    "Electrolyte",
    "ElectrolyteColumns",
    "Fidelity",
    "Field",
    "FirstStep",
    "Form",
    "HeatTreatment",
    "Measurement",
    "Milling",
    "Mixing",
    "MixingMethod",
    "ParticleKind",
    "Protocol",
    "Recipe",
    "Route",
    "Source",
    "Tier",
    "build",
    "columns_of",
    "parse_active_material",
    "read",
]

__getattr__, __dir__ = lazy_names(__name__)
