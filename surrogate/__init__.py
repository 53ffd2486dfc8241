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
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import Result
    from surrogate.campaign.store import CampaignStore
    from surrogate.candidate.active_material import ActiveMaterial
    from surrogate.candidate.active_material import active_material as parse_active_material
    from surrogate.candidate.cell import Cell, Electrode, Mixing, Protocol
    from surrogate.candidate.measurement import Candidate, Measurement, Source
    from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
    from surrogate.candidate.settings import build as build_candidate
    from surrogate.client.service import SurrogateClient
    from surrogate.composition.parsing import parse_composition
    from surrogate.composition.value import Composition
    from surrogate.datasets.loading import load as load_measurements
    from surrogate.errors import SurrogateError
    from surrogate.instruments.paths import measure_files
    from surrogate.models.artifact import load_models
    from surrogate.models.base import Prediction
    from surrogate.models.comparing import compare
    from surrogate.models.predicting import predict
    from surrogate.planner.inverse import design as design_recipes
    from surrogate.planner.objective import Objective
    from surrogate.planner.suggest import suggest
    from surrogate.properties.property import Subject
    from surrogate.space.design_space import DesignSpace
    from surrogate.space.ready import load_space

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
    "compare",
    "design_recipes",
    "load_measurements",
    "load_models",
    "load_space",
    "measure_files",
    "parse_active_material",
    "parse_composition",
    "predict",
    "suggest",
]

__getattr__, __dir__ = lazy_names(__name__)
