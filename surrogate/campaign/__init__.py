"""Campaigns: the durable record of suggestions and measurements towards an objective; the only part with a state.

Open a :class:`CampaignStore`, make or get a :class:`Campaign`, ``ask`` it for suggestions and ``tell`` it results.
``surrogate.campaign.sheets`` reads and writes the lab sheet. Names are loaded when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

_HOME = {
    "Campaign": "campaign",
    "CampaignStore": "store",
    "Page": "records",
    "Planner": "planning",
    "Result": "records",
    "State": "lifecycle",
    "Status": "records",
    "SuggestionRecord": "records",
    "Told": "records",
    "bayesian_planner": "planning",
    "export_study": "optuna_study",
    "random_planner": "planning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'surrogate.campaign' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"surrogate.campaign.{_HOME[name]}"), name)
