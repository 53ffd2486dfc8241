"""A store with results of suggestions that were made as suggested, some of them far from what was predicted."""

from __future__ import annotations

from collections.abc import Sequence

from surrogate.beliefs.simulator import simulators
from surrogate.campaign import CampaignStore, bayesian_planner
from tests.campaigns import GOAL, conductivity, small_space

NAME = "ionic_conductivity"


def tell_results(store: CampaignStore, ident: str, factors: Sequence[float]) -> None:
    """Make the campaign ``ident``, whose results are ``factors`` times what was predicted for them."""
    campaign = store.create(f"Glasses of {ident}", small_space(), GOAL, id=ident)
    planner = bayesian_planner(simulators([NAME]), planner="analytic", pool=64)
    for suggestion, factor in zip(campaign.ask(planner, batch=len(factors)).suggestions, factors, strict=True):
        campaign.tell(conductivity(suggestion.id, factor * suggestion.answer.predictions[NAME].median))
