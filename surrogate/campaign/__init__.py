"""Campaigns: the durable record of suggestions and measurements towards an objective; the only part with a state.

Open a :class:`CampaignStore`, make or get a :class:`Campaign`, ``ask`` it for suggestions and ``tell`` it results.
``surrogate.sheets`` reads and writes the lab sheet. Names are loaded when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.optuna_study import export_study
    from surrogate.campaign.planning import Planner, bayesian_planner, random_planner
    from surrogate.campaign.records import Page, Result, SuggestionRecord, Told
    from surrogate.campaign.store import CampaignStore
    from surrogate.wire.states import State, Status

__all__ = [
    "Campaign",
    "CampaignStore",
    "Page",
    "Planner",
    "Result",
    "State",
    "Status",
    "SuggestionRecord",
    "Told",
    "bayesian_planner",
    "export_study",
    "random_planner",
]

__getattr__, __dir__ = lazy_names(__name__)
