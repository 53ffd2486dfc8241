"""What to make next: objectives, acquisition, suggestions, inverse design, screening.

``surrogate.suggest`` and ``surrogate.design_recipes`` are the ways in; their questions and answers are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.planner.inverse import DesignAnswer, DesignedCandidate
    from surrogate.planner.objective import Goal, Objective, Target
    from surrogate.planner.planners import PLANNERS
    from surrogate.planner.suggestion import ModelChoice, Stopping, Suggestion, SuggestionBatch

__all__ = [
    "PLANNERS",
    "DesignAnswer",
    "DesignedCandidate",
    "Goal",
    "ModelChoice",
    "Objective",
    "Stopping",
    "Suggestion",
    "SuggestionBatch",
    "Target",
]

__getattr__, __dir__ = lazy_names(__name__)
