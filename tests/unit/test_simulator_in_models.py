"""The simulator inside a model: asked the same way twice, and never told what is held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.composition import parse_composition
from surrogate.datasets import load, load_obelix
from surrogate.features import feature_matrix, feature_table
from surrogate.measurement import Candidate, Measurement
from surrogate.models import fit
from surrogate.models.estimators import fit_estimator
from surrogate.models.simulated import SIMULATED, with_simulator
from surrogate.models.simulator_inputs import electrolytes_in
from surrogate.models.stack import HeldOut
from surrogate.models.surrogate import encode
from surrogate.models.training_set import TrainingSet
from surrogate.physics.chain import electrolyte_batch
from surrogate.physics.coordinates import MINOR, Family
from surrogate.physics.defaults import electrolyte_row
from surrogate.properties import Subject
from surrogate.recipe import Electrolyte, HeatTreatment, Milling, Recipe, Route

NAME = "ionic_conductivity"
COLUMN = SIMULATED[NAME]


@pytest.fixture(scope="module")
def measurements() -> list[Measurement]:
    return load(NAME)


@pytest.fixture(scope="module")
def training(measurements: list[Measurement]) -> TrainingSet:
    return encode(measurements, NAME)[1]


@pytest.mark.parametrize("table", [lambda: load(NAME), lambda: load("activation_energy"), load_obelix])
def test_columns_tell_the_simulator_what_objects_tell_it(table: Callable[[], list[Measurement]]) -> None:
    rows = table()
    candidates = [m.candidate for m in rows]
    encoding, _, view = encode(rows, rows[0].property)
    known = {name.rpartition(".")[2] for name in encoding.names if name.startswith("composition.fraction.")}
    plain = [
        i
        for i, c in enumerate(candidates)
        if c.electrolyte and len(set(c.electrolyte.composition.amounts) - known) <= 1
    ]
    assert len(plain) > 80
    columns = electrolytes_in(encoding.names, view.X).take(np.array(plain))
    objects = electrolyte_batch(
        [electrolyte_row(c.electrolyte, c.protocol.temperature_c) for c in candidates if c.electrolyte]
    ).take(np.array(plain))
    np.testing.assert_array_equal(columns.family, objects.family)
    covered = objects.family != int(Family.NONE)
    for field in fields(objects):
        ours, theirs = (getattr(batch, field.name)[covered] for batch in (columns, objects))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, err_msg=field.name)


@pytest.mark.parametrize("element", sorted({*MINOR, "Se", "Sc", "Cr", "K", "Te"} - {"N"}))
@given(amount=st.floats(0.01, 0.3))
@settings(max_examples=10)
def test_a_dopant_sits_where_the_simulator_has_it_though_it_has_no_column(element: str, amount: float) -> None:
    candidates = [
        Candidate(subject=Electrolyte(composition=parse_composition(formula.format(element, round(amount, 4)))))
        for formula in ("Li6PS5Cl{}{}", "Li3PS4{}{}", "Li10GeP2S12{}{}")
    ]
    names = tuple(feature_table(Subject.ELECTROLYTE))
    columns = electrolytes_in(names, feature_matrix(candidates, Subject.ELECTROLYTE))
    objects = electrolyte_batch([electrolyte_row(c.electrolyte, None) for c in candidates if c.electrolyte])
    np.testing.assert_array_equal(columns.family, objects.family)
    for name in ("substituents", "halides", "li2s_fraction"):
        covered = objects.family != int(Family.NONE)
        np.testing.assert_allclose(getattr(columns, name)[covered], getattr(objects, name)[covered], rtol=1e-6)


@given(x=st.floats(1.21, 2.5))
@settings(max_examples=20)
def test_more_halide_than_an_argyrodite_holds_is_no_glass(x: float) -> None:
    text = f"Li{6 - x:.3f}PS{5 - x:.3f}Cl{1 + x:.3f}"
    candidates = [Candidate(subject=Electrolyte(composition=parse_composition(text)))]
    X = feature_matrix(candidates, Subject.ELECTROLYTE)
    assert electrolytes_in(tuple(feature_table(Subject.ELECTROLYTE)), X).family[0] == int(Family.NONE)
    assert electrolyte_row(candidates[0].subject).place.family is Family.NONE


def test_values_of_papers_held_out_change_nothing_that_the_others_are_told(training: TrainingSet) -> None:
    few = training.take(np.arange(160))
    out = few.paper == few.paper[0]
    held = HeldOut.of(few, out)
    other = HeldOut.of(few.with_targets(np.where(out, few.y + 2.0, few.y)), out)
    np.testing.assert_array_equal(held.X, other.X)
    np.testing.assert_array_equal(held.without.X, other.without.X)
    assert held.without.names == (*few.names, COLUMN)


def test_a_training_set_that_asks_for_no_physics_comes_back_as_it_is(training: TrainingSet) -> None:
    plain = replace(training, simulated=None)
    assert with_simulator(plain) == (plain, None)


def test_only_conductivities_ask_the_simulator() -> None:
    for name in ("activation_energy", "capacity_retention", "first_discharge_capacity"):
        assert encode(load(name)[:40], name)[1].simulated is None


def process(training: TrainingSet, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fitted = fit_estimator("gaussian_process", training, {"iterations": 20}, np.random.default_rng(0))
    return fitted.predict(X, training.group)


def test_where_the_simulator_is_silent_the_process_is_what_it_is_without(training: TrainingSet) -> None:
    few = replace(training.take(np.arange(0, len(training), 5)), simulated=None)
    silent = replace(few, names=(*few.names, COLUMN), X=np.column_stack([few.X, np.full(len(few), np.nan)]))
    for without, told in zip(process(few, few.X), process(silent, silent.X), strict=True):
        np.testing.assert_allclose(told, without, atol=1e-6)


def test_the_process_follows_a_simulator_that_is_right(training: TrainingSet) -> None:
    few = replace(training.take(np.arange(0, len(training), 5)), simulated=None)
    told = replace(few, names=(*few.names, COLUMN), X=np.column_stack([few.X, few.y]))
    raised = told.X.copy()
    raised[:, -1] += 1.0
    (plain, _), (higher, _) = process(told, told.X), process(told, raised)
    assert (higher > plain + 0.7).all()


def made(formula: str, celsius: float) -> Candidate:
    recipe = Recipe(
        route=Route.MECHANICAL_MILLING,
        milling=Milling(time_h=10.0, speed_rpm=500.0),
        heat_treatment=HeatTreatment(temperature_c=celsius, time_h=5.0),
    )
    return Candidate(subject=Electrolyte(composition=parse_composition(formula), recipe=recipe))


def test_a_model_has_the_trends_of_the_heat_treatment(measurements: list[Measurement]) -> None:
    model = fit(measurements, property=NAME, kind="gaussian_process", hyperparameters={"iterations": 8})

    def medians(formula: str, *celsius: float) -> list[float]:
        return [p.median for p in model.predict([made(formula, c) for c in celsius], neighbours=0)]

    ordered, disordered, ceramic = (
        medians("Li6PS5I", 150.0, 550.0),
        medians("Li6.5P0.5Ge0.5S5I", 180.0, 550.0),
        medians("Li7P3S11", 250.0, 550.0),
    )
    assert ordered[1] < 0.5 * ordered[0]  # annealing orders the iodide
    assert disordered[1] > 1.3 * disordered[0]  # and crystallises the disordered one
    assert ceramic[1] < 0.5 * ceramic[0]  # the fast phase of the glass-ceramic is lost
