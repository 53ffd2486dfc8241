"""Process-aware surrogate models and inverse design for sulfide all-solid-state batteries.

The names below are the public face: they stay, everything else may change between minor versions. Describe a
:class:`Candidate` with :func:`build_candidate`, predict its properties with :func:`predict`, and let :func:`suggest`
choose what to make next from a :class:`DesignSpace`. Importing this package is quick: a name is loaded when it is used.
"""

from __future__ import annotations

from surrogate._lazy import lazy_names
from surrogate.version import __version__ as __version__

TYPE_CHECKING = False  # as type checkers understand it, without the cost of importing typing
if TYPE_CHECKING:
    from surrogate.active_material import ActiveMaterial
    from surrogate.active_material import active_material as parse_active_material
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import Result
    from surrogate.campaign.store import CampaignStore
    from surrogate.candidate.settings import build as build_candidate
    from surrogate.cell import Cell, Electrode, Mixing, Protocol
    from surrogate.client.service import SurrogateClient
    from surrogate.composition.parsing import parse_composition
    from surrogate.composition.value import Composition
    from surrogate.datasets.loading import load as load_measurements
    from surrogate.design.inverse import design as design_recipes
    from surrogate.design.objective import Objective
    from surrogate.design.planner import suggest
    from surrogate.design.space import DesignSpace
    from surrogate.design.spaces import load_space
    from surrogate.errors import SurrogateError
    from surrogate.measurement import Candidate, Measurement, Source
    from surrogate.models.artifact import load_models
    from surrogate.models.base import Prediction
    from surrogate.models.predicting import predict
    from surrogate.properties.property import Subject
    from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe

__all__ = [
    "ActiveMaterial",
    "Campaign",
    "CampaignStore",
    "Candidate",
    "Cell",
    "Composition",
    "DesignSpace",
    "Electrode",
    "Electrolyte",
    "HeatTreatment",
    "Measurement",
    "Milling",
    "Mixing",
    "Objective",
    "Prediction",
    "Protocol",
    "Recipe",
    "Result",
    "Source",
    "Subject",
    "SurrogateClient",
    "SurrogateError",
    "build_candidate",
    "design_recipes",
    "load_measurements",
    "load_models",
    "load_space",
    "parse_active_material",
    "parse_composition",
    "predict",
    "suggest",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "surrogate.active_material": "ActiveMaterial parse_active_material=active_material",
        "surrogate.campaign.campaign": "Campaign",
        "surrogate.campaign.records": "Result",
        "surrogate.campaign.store": "CampaignStore",
        "surrogate.cell": "Cell Electrode Mixing Protocol",
        "surrogate.client.service": "SurrogateClient",
        "surrogate.composition.parsing": "parse_composition",
        "surrogate.composition.value": "Composition",
        "surrogate.datasets.loading": "load_measurements=load",
        "surrogate.design.inverse": "design_recipes=design",
        "surrogate.design.objective": "Objective",
        "surrogate.design.planner": "suggest",
        "surrogate.candidate.settings": "build_candidate=build",
        "surrogate.design.space": "DesignSpace",
        "surrogate.design.spaces": "load_space",
        "surrogate.errors": "SurrogateError",
        "surrogate.measurement": "Candidate Measurement Source",
        "surrogate.models.artifact": "load_models",
        "surrogate.models.base": "Prediction",
        "surrogate.models.predicting": "predict",
        "surrogate.properties.property": "Subject",
        "surrogate.recipe": "Electrolyte HeatTreatment Milling Recipe",
    },
)
