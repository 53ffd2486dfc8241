"""Wishes as text and as objects."""

from __future__ import annotations

import pytest

from surrogate.errors import InvalidInput, MeasurementError, SpaceError, UnitError, UnknownName
from surrogate.planner.objective import Goal, Objective, Target, objective_of


@pytest.mark.parametrize(
    ("text", "goal", "quantity", "value"),
    [
        ("maximise ionic_conductivity", Goal.MAXIMISE, "ionic_conductivity", None),
        ("maximize ionic_conductivity", Goal.MAXIMISE, "ionic_conductivity", None),
        ("minimise process_time_h", Goal.MINIMISE, "process_time_h", None),
        ("ionic_conductivity >= 1e-3", Goal.AT_LEAST, "ionic_conductivity", 1e-3),
        ("ionic_conductivity ≥ 1 mS/cm", Goal.AT_LEAST, "ionic_conductivity", 1e-3),
        ("capacity_retention >= 90 %", Goal.AT_LEAST, "capacity_retention", 90.0),
        ("peak_temperature_c <= 300", Goal.AT_MOST, "peak_temperature_c", 300.0),
        ("process_time_h <= 90 min", Goal.AT_MOST, "process_time_h", 1.5),
        ("reach 250 first_discharge_capacity", Goal.REACH, "first_discharge_capacity", 250.0),
        ("reach 0.25 A h/g first_discharge_capacity", Goal.REACH, "first_discharge_capacity", 250.0),
        ("maximise ionic conductivity", Goal.MAXIMISE, "ionic_conductivity", None),
        ("Ionic Conductivity ≥ 1 mScm-1", Goal.AT_LEAST, "ionic_conductivity", 1e-3),
        ("reach 25 process time h", Goal.REACH, "process_time_h", 25.0),
        ("process_time <= 1 day", Goal.AT_MOST, "process_time_h", 24.0),
        ("energy density >= 300 Wh/kg", Goal.AT_LEAST, "energy_density_wh_per_kg", 300.0),
    ],
)
def test_wishes_are_read(text: str, goal: Goal, quantity: str, value: float | None) -> None:
    target = Target.parse(text)
    assert (target.goal, target.quantity) == (goal, quantity)
    assert target.value == (None if value is None else pytest.approx(value))
    again = Target.parse(str(target))
    assert (again.goal, again.quantity) == (target.goal, target.quantity)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("maximise happiness", UnknownName, "happiness"),
        ("ionic_conductivty >= 1", UnknownName, "ionic_conductivity"),
        ("maximise my ionic conductivity", SpaceError, "takes no value"),
        ("maximise conductivity", UnknownName, "Did you mean ionic_conductivity"),
        ("ionic_conductivity >= 1 mS/cm at 60 °C", SpaceError, "Conditions stand in the space"),
        ("capacity_retention >= 90 % after 100 cycles", SpaceError, "Conditions stand in the space"),
        ("maximise ionic_conductivity @ -20 °C", SpaceError, "Conditions stand in the space"),
        ("first_discharge_capacity >= 1.200", InvalidInput, "thousands separator"),
        ("electronic_conductivity <= 10-9 S/cm", UnitError, "Or write 1e-9 S/cm"),
        ("maximise ionic", UnknownName, "Did you mean ionic_conductivity"),
        ("maximise", SpaceError, "does not say what"),
        ("maximise the ionic_conductivity", SpaceError, "takes no value"),
        ("please make it good", SpaceError, "not an objective"),
        ("ionic_conductivity", SpaceError, "not an objective"),
        ("ionic_conductivity >= 5", MeasurementError, "possible range"),
        ("ionic_conductivity >= nan", InvalidInput, "no value"),
        ("ionic_conductivity >= 1 V", UnitError, "does not measure"),
        ("maximise 3 ionic_conductivity", SpaceError, "takes no value"),
        ("reach ionic_conductivity", SpaceError, "needs a finite value"),
        ("maximise ionic_conductivity weight 0", SpaceError, "positive"),
        ("maximise ionic_conductivity weight 1e", SpaceError, "not a number"),
    ],
)
def test_what_cannot_be_wished_is_refused(text: str, error: type[InvalidInput], words: str) -> None:
    with pytest.raises(error, match=words):
        Target.parse(text)


def test_an_objective_knows_its_parts() -> None:
    objective = objective_of(
        ["maximise ionic_conductivity weight 2", "minimise process_time_h", "peak_temperature_c <= 400"]
    )
    assert [t.quantity for t in objective.goals] == ["ionic_conductivity", "process_time_h"]
    assert [t.weight for t in objective.goals] == [2.0, 1.0]
    assert [t.quantity for t in objective.thresholds] == ["peak_temperature_c"]
    assert objective.properties == ("ionic_conductivity",)
    assert set(objective.derived) == {"process_time_h", "peak_temperature_c"}
    assert Objective.parse(str(objective)).goals[1] == objective.goals[1]


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([], "empty"),
        (["maximise ionic_conductivity", "minimise ionic_conductivity"], "contradict"),
        (["ionic_conductivity >= 1e-2", "ionic_conductivity <= 1e-3"], "nothing can meet"),
    ],
)
def test_contradictions_are_refused(wishes: list[str], words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        Objective.parse(wishes)
