"""A campaign as an Optuna study, for optuna-dashboard and for whoever already works with Optuna.

Suggestions and told recipes become trials: measured ones are complete, failed, cancelled and expired ones are failed,
open ones are running. Goals become objectives (``reach`` becomes a distance to minimise), thresholds become
constraints, which Optuna counts as met at zero or below. Replicates are averaged on the scale of the property. Export
is a picture of one moment: the campaign store stays the record.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import sqlalchemy as sa

from surrogate.campaign.campaign import Campaign
from surrogate.campaign.lifecycle import OPEN
from surrogate.campaign.records import MeasurementRecord, SuggestionRecord, every
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.errors import Conflict, Unavailable
from surrogate.planner.objective import Goal, Objective, Target
from surrogate.planner.observations import goals_of
from surrogate.space.design_space import DesignSpace
from surrogate.space.variables import Number, Variable
from surrogate.wire.states import State

if TYPE_CHECKING:
    import optuna

Settings = Mapping[str, float | str]


@dataclass(kw_only=True)
class _Row:
    """What becomes one trial."""

    settings: Settings
    candidate: Candidate
    state: State
    attributes: dict[str, Any]
    values: dict[str, list[float]] = field(default_factory=dict)


def export_study(
    campaign: Campaign, storage: str | optuna.storages.BaseStorage | None, *, name: str | None = None
) -> optuna.Study:
    """Write a campaign as a new study.

    Args:
        campaign: The campaign.
        storage: Of Optuna, a URL or an object.
        name: Of the study; the id of the campaign when not given.

    Raises:
        Unavailable: Optuna is missing, or the storage cannot be written.
        Conflict: There is a study of that name.
    """
    try:
        import optuna
    except ModuleNotFoundError:
        raise Unavailable("Export to a study needs the package optuna.", hint="pip install optuna") from None
    rows = _list_rows(campaign)
    goals = goals_of(campaign.objective)
    distributions = _make_distributions(campaign.space, [row.settings for row in rows])
    name = name or campaign.id
    directions: list[Literal["minimize", "maximize"]] = [
        "maximize" if goal.goal is Goal.MAXIMISE else "minimize" for goal in goals
    ]
    try:
        study = optuna.create_study(storage=storage, study_name=name, directions=directions)
    except optuna.exceptions.DuplicatedStudyError:
        raise Conflict(f"There is a study named '{name}' already.", hint="Give another name.") from None
    except (sa.exc.SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Unavailable(
            f"'{storage}' cannot be written as a study: {reason}", hint="Give a URL such as sqlite:///study.db."
        ) from None
    with warnings.catch_warnings():  # said for every study: the method may still change
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names([_name_metric(goal) for goal in goals])
    study.set_user_attr("campaign", campaign.id)
    study.set_user_attr("objective", str(campaign.objective))
    study.add_trials([_make_trial(row, goals, campaign, distributions) for row in rows])
    return study


def _name_metric(goal: Target) -> str:
    unit = f" / {goal.unit}" if goal.unit else ""
    return f"distance to {goal}" if goal.goal is Goal.REACH else f"{goal.quantity}{unit}"


def _list_rows(campaign: Campaign) -> list[_Row]:
    """Suggestions in order, then what was told without one, a row per recipe.

    A suggestion that was made otherwise than planned stands there as it was made; each further way is a row of its own.
    """
    by_suggestion = {
        s.id: _Row(settings=s.settings, candidate=s.candidate, state=s.state, attributes=_list_attributes(s))
        for s in every(campaign.suggestions)
    }
    own: dict[Candidate, _Row] = {}
    with_results: set[str | None] = set()
    for record in every(campaign.measurements):
        if not record.is_used:
            continue
        planned = by_suggestion.get(record.result.suggestion or "")
        if (
            planned is not None
            and record.candidate != planned.candidate
            and record.result.suggestion not in with_results
        ):
            planned.candidate, planned.settings = record.candidate, _list_settings(record.candidate, campaign)
        with_results.add(record.result.suggestion)
        row = planned if planned is not None and record.candidate == planned.candidate else own.get(record.candidate)
        if row is None:
            row = own[record.candidate] = _make_own_row(record, campaign)
        if record.result.property is not None and record.result.value is not None:
            row.values.setdefault(record.result.property, []).append(float(record.result.value))
        else:
            row.attributes["reason"] = record.result.reason
    return [*by_suggestion.values(), *own.values()]


def _list_attributes(suggestion: SuggestionRecord) -> dict[str, Any]:
    return {
        "suggestion": suggestion.id,
        "state": str(suggestion.state),
        "reason": suggestion.reason or suggestion.answer.reason,
        "weigh_in_g": dict(suggestion.weigh_in_g),
    }


def _make_own_row(record: MeasurementRecord, campaign: Campaign) -> _Row:
    """A recipe from elsewhere, or one of a suggestion that was made in several ways."""
    state = State.MEASURED if record.result.property is not None else State.FAILED
    settings = _list_settings(record.candidate, campaign)
    return _Row(settings=settings, candidate=record.candidate, state=state, attributes={"measurement": record.id})


def _list_settings(candidate: Candidate, campaign: Campaign) -> Settings:
    """What was set to make a candidate, and its place in the composition as the space sees it."""
    stated = read(candidate)
    used = campaign.space.described([candidate]).settings(0)
    return {**stated, **{name: value for name, value in used.items() if name not in stated}}


def _make_distributions(
    space: DesignSpace, used: Sequence[Settings]
) -> dict[str, optuna.distributions.BaseDistribution]:
    return {
        variable.name: _make_distribution(variable, [row[variable.name] for row in used if variable.name in row])
        for variable in space.all_variables
        if not variable.is_fixed
    }


def _make_distribution(variable: Variable, used: Sequence[float | str]) -> optuna.distributions.BaseDistribution:
    """The bounds of the variable, wide enough for everything that was made; its steps, if all of that lies on them."""
    import optuna

    if not isinstance(variable, Number):
        return optuna.distributions.CategoricalDistribution(tuple(dict.fromkeys([*variable.options, *map(str, used)])))
    values = [float(value) for value in used]
    low, high = min([variable.low, *values]), max([variable.high, *values])
    log = variable.logarithmic and low > 0.0
    step = variable.step if not log and variable.step is not None and _are_on_steps(variable, values) else None
    return optuna.distributions.FloatDistribution(low, high, log=log, step=step)


def _are_on_steps(variable: Number, values: Sequence[float]) -> bool:
    edges = np.array([variable.high, *values])
    return bool(np.all(variable.allows(edges)))


def _make_trial(
    row: _Row,
    goals: Sequence[Target],
    campaign: Campaign,
    distributions: Mapping[str, optuna.distributions.BaseDistribution],
) -> optuna.trial.FrozenTrial:
    from optuna.trial import TrialState, create_trial

    by_quantity = _list_quantities(row, campaign)
    values = [_compute_objective(goal, by_quantity) for goal in goals]
    complete = [value for value in values if value is not None]
    if len(complete) == len(goals) and row.state in (State.MEASURED, State.RUNNING):
        state, shown = TrialState.COMPLETE, complete
    else:
        state, shown = (TrialState.RUNNING if row.state in OPEN else TrialState.FAIL), None
    used = {name: distribution for name, distribution in distributions.items() if name in row.settings}
    return create_trial(
        state=state,
        values=shown,
        params={name: _to_plain(row.settings[name]) for name in used},
        distributions=used,
        user_attrs={**row.attributes, "told": by_quantity},
        constraints=_list_constraints(campaign.objective, by_quantity) if state is TrialState.COMPLETE else None,
    )


def _to_plain(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)


def _list_quantities(row: _Row, campaign: Campaign) -> dict[str, float]:
    """Everything known by number: told properties (replicates averaged on the scale) and derived quantities."""
    by_quantity = {}
    for target in campaign.objective.targets:
        if target.prop is not None and target.quantity in row.values:
            mean = np.mean(target.prop.to_scale(np.array(row.values[target.quantity])))
            by_quantity[target.quantity] = float(target.prop.from_scale(mean))
    if campaign.objective.derived:
        quantities = campaign.space.described([row.candidate]).quantities
        by_quantity |= {name: float(quantities[name][0]) for name in campaign.objective.derived if name in quantities}
    return by_quantity


def _compute_objective(goal: Target, by_quantity: Mapping[str, float]) -> float | None:
    if goal.quantity not in by_quantity:
        return None
    if goal.goal is Goal.REACH:
        return float(abs(goal.to_scale(by_quantity[goal.quantity]) - goal.scale_value))
    return by_quantity[goal.quantity]


def _list_constraints(objective: Objective, by_quantity: Mapping[str, float]) -> dict[str, float]:
    """Each threshold as a number that is met at zero or below, on the scale of the quantity."""
    return {
        str(target): float(target.sign * (target.scale_value - target.to_scale(by_quantity[target.quantity])))
        for target in objective.thresholds
        if target.quantity in by_quantity
    }
