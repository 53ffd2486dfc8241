"""The simulator inside a model: the simulator itself, which is never told what is held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surrogate.candidate.amounts import amounts_of
from surrogate.candidate.cell import Protocol
from surrogate.candidate.columns import electrolyte_columns
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.datasets import load, load_obelix
from surrogate.models import fit
from surrogate.models.conditions import STANDARD_TEMPERATURE_C
from surrogate.models.estimators.registry import fit_estimator
from surrogate.models.explanation import explain
from surrogate.models.preparation import RESPONSE
from surrogate.models.simulated import SIMULATED, with_simulator
from surrogate.models.stack import HeldOutFold
from surrogate.models.surrogate import encode
from surrogate.models.training_set import TrainingSet
from surrogate.physics.chain import simulate
from surrogate.physics.coordinates import MINOR_LIMIT, Family, coordinates
from surrogate.physics.defaults import settle_electrolytes
from surrogate.physics.parameters.guesses import GUESSES
from surrogate.physics.reading import constants_at, log_conductivity
from surrogate.physics.remarks import first_on
from tests.strategies import plausible_electrolytes

NAME = "ionic_conductivity"
COLUMN = SIMULATED[NAME]


@pytest.fixture(scope="module")
def measurements() -> list[Measurement]:
    return load(NAME)


@pytest.fixture(scope="module")
def training(measurements: list[Measurement]) -> TrainingSet:
    return encode(measurements, NAME)[1]


def candidates_of(table: Callable[[], list[Measurement]]) -> list[Candidate]:
    return [m.candidate for m in table()]


def standalone(candidates: list[Candidate], scores: np.ndarray) -> np.ndarray:
    """log10 of what the simulator by itself says at the temperature at which models ask theirs; NaN for nothing."""
    room = [replace(c, protocol=Protocol(temperature_c=STANDARD_TEMPERATURE_C)) for c in candidates]
    outcomes = simulate(room, parameters=constants_at(scores))
    return np.log10(np.array([outcome.ionic_conductivity_s_per_cm for outcome in outcomes], dtype=float))


def inside(candidates: list[Candidate], scores: np.ndarray) -> np.ndarray:
    """What each draw of a model's simulator says, which then averages over draws."""
    batch = settle_electrolytes(electrolyte_columns(candidates).at(STANDARD_TEMPERATURE_C)).batch
    return log_conductivity(batch, constants_at(scores))


@pytest.mark.parametrize(
    "table",
    [lambda: load(NAME), lambda: load("activation_energy"), load_obelix],
    ids=["literature", "energy", "obelix"],
)
def test_the_simulator_in_a_model_is_the_simulator(table: Callable[[], list[Measurement]]) -> None:
    candidates = candidates_of(table)
    scores = np.random.default_rng(0).normal(size=len(GUESSES))
    values = inside(candidates, scores)
    np.testing.assert_allclose(values, standalone(candidates, scores), rtol=1e-12)
    assert np.isfinite(values).sum() > 80


@given(st.lists(plausible_electrolytes(), min_size=1, max_size=6), st.integers(0, 9))
@settings(max_examples=60)
def test_the_simulator_in_a_model_reads_all_that_the_simulator_reads(candidates: list[Candidate], seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=len(GUESSES))
    np.testing.assert_allclose(inside(candidates, scores), standalone(candidates, scores), rtol=1e-12)


def test_a_mill_with_few_balls_mills_less_for_a_model_too(measurements: list[Measurement]) -> None:
    milled = {
        ratio: made("Li6PS5Cl", None, Milling(time_h=5.0, speed_rpm=500.0, ball_to_powder_ratio=ratio))
        for ratio in (None, 5.0, 30.0)
    }
    nominal = simulate(list(milled.values()))
    few, unknown, many = (nominal[i].ionic_conductivity_s_per_cm for i in (1, 0, 2))
    assert few == pytest.approx(1.36e-4, rel=0.1)  # 0.83 h at reference intensity instead of 5 h
    assert unknown == many == pytest.approx(5.6e-4, rel=0.1)
    columns = electrolyte_columns(list(milled.values()))
    np.testing.assert_allclose(settle_electrolytes(columns).batch.synthesis_dose_h, [5.0, 5.0 / 6.0, 5.0])
    model = fit(measurements, property=NAME, kind="tree_ensemble", hyperparameters={"n_trees": 5})
    assert model.simulator is not None
    simulated = model.inputs(model.encoding.view(list(milled.values()), materials=False))[:, -1]
    assert simulated[0] == pytest.approx(simulated[2])
    assert simulated[1] < simulated[0] - 0.3


def test_an_explanation_counts_what_only_the_simulator_reads(measurements: list[Measurement]) -> None:
    model = fit(measurements, property=NAME, kind="gaussian_process", hyperparameters={"iterations": 8})
    one, other = (
        explain(
            model,
            made("Li6PS5Cl", None, Milling(time_h=5.0, speed_rpm=500.0, ball_to_powder_ratio=ratio)),
            measurements,
        )
        for ratio in (30.0, 5.0)
    )
    effects = [{e.part: e.size for e in explanation.effects} for explanation in (one, other)]
    assert effects[1]["milling"] < effects[0]["milling"] - 0.1
    assert sum(effects[1].values()) == pytest.approx(np.log10(other.prediction / other.start))


@given(amount=st.floats(0.01, 0.3))
@example(amount=0.15)
@settings(max_examples=20)
def test_a_dopant_of_the_network_has_a_limit(amount: float) -> None:
    texts = [f"{host}Fe{amount:.4f}" for host in ("Li6PS5Cl", "Li3PS4", "Li10GeP2S12")]
    place = coordinates(amounts_of([parse_composition(text) for text in texts]))
    for row, cations in enumerate((1.0, 1.0, 3.0)):
        share = round(amount, 4) / (cations + round(amount, 4))
        assert first_on(row, place.reasons).startswith("a dopant") is bool(share > MINOR_LIMIT + 1e-9)


@pytest.mark.parametrize("element", ["Sc", "Cr", "K", "Te"])
def test_an_element_that_no_law_knows_is_named(element: str) -> None:
    place = coordinates(amounts_of([parse_composition("Li6PS5Cl"), parse_composition(f"Li6PS5Cl{element}0.1")]))
    assert first_on(0, place.reasons) == ""
    assert first_on(1, place.reasons) == f"no law for {element} in a sulfide electrolyte"


def test_two_dopants_are_two_dopants(measurements: list[Measurement]) -> None:
    mixed = next(c for c in candidates_of(lambda: measurements) if "W0.25Ti0.25" in c.subject.composition.text)  # type: ignore[union-attr]
    assert np.isfinite(inside([mixed], np.zeros(len(GUESSES))))


@given(x=st.floats(1.21, 2.5))
@settings(max_examples=20)
def test_more_halide_than_an_argyrodite_holds_is_no_glass(x: float) -> None:
    composition = parse_composition(f"Li{6 - x:.3f}PS{5 - x:.3f}Cl{1 + x:.3f}")
    assert coordinates(amounts_of([composition])).family[0] == int(Family.NONE)


def test_values_of_papers_held_out_change_nothing_that_the_others_are_told(training: TrainingSet) -> None:
    few = training.take(np.arange(160))
    out = few.paper == few.paper[0]
    held = HeldOutFold.split(few, out)
    other = HeldOutFold.split(few.with_targets(np.where(out, few.y + 2.0, few.y)), out)
    np.testing.assert_array_equal(held.X, other.X)
    np.testing.assert_array_equal(held.without.X, other.without.X)
    assert held.without.names == (*few.names, RESPONSE, COLUMN)


def test_half_of_what_heat_does_to_an_argyrodite_leads_members_that_hear_nothing_else(training: TrainingSet) -> None:
    training_set, simulator = with_simulator(training)
    assert simulator is not None
    candidates = [made("Li6PS5Cl", None), made("Li6PS5Cl", 180.0), made("Li6PS5Cl", 550.0), made("Li10GeP2S12", 400.0)]
    columns = electrolyte_columns(candidates)
    X = simulator.append_to(np.zeros((4, 0)), columns)
    response = X[:, training_set.names.index(RESPONSE) - len(training_set.names)]
    assert -1.5 <= response[0] <= response[1] < response[2] - 0.1
    assert response[3] == 0.0  # no argyrodite


def test_a_training_set_that_asks_for_no_physics_comes_back_as_it_is(training: TrainingSet) -> None:
    plain = replace(training, simulated=None)
    assert with_simulator(plain) == (plain, None)


@pytest.mark.parametrize("name", sorted(SIMULATED))
def test_a_property_with_a_law_asks_the_physics(name: str) -> None:
    assert encode(load(name)[:40], name)[1].simulated == SIMULATED[name]


def test_a_property_without_a_law_asks_no_physics() -> None:
    assert encode(load("electronic_conductivity")[:40], "electronic_conductivity")[1].simulated is None


def process(training: TrainingSet, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fitted = fit_estimator("gaussian_process", training, {"iterations": 20}, np.random.default_rng(0))
    return fitted.predict(X, training.group)


def test_where_the_simulator_is_silent_the_process_is_what_it_is_without(training: TrainingSet) -> None:
    few = replace(training.take(np.arange(0, len(training), 5)), simulated=None)
    silent = replace(few, names=(*few.names, COLUMN), X=np.column_stack([few.X, np.full(len(few), np.nan)]))
    for without, told in zip(process(few, few.X), process(silent, silent.X), strict=True):
        np.testing.assert_allclose(told, without, atol=1e-6)


def test_the_process_follows_a_simulator_only_where_rows_support_it(training: TrainingSet) -> None:
    few = replace(training.take(np.arange(0, len(training), 5)), simulated=None)
    informed = replace(few, names=(*few.names, COLUMN), X=np.column_stack([few.X, few.y]))
    beyond = informed.X.copy()
    beyond[:, -1] += 30.0
    (plain, spread), (far, far_spread) = process(informed, informed.X), process(informed, beyond)
    assert np.corrcoef(plain, few.y)[0, 1] > 0.9
    assert (np.abs(far - plain) < np.ptp(few.y)).all()  # not thirty decades
    assert (far_spread > spread).mean() > 0.9


def made(formula: str, celsius: float | None, milling: Milling | None = None) -> Candidate:
    recipe = Recipe(
        route=Route.MECHANICAL_MILLING,
        milling=milling or Milling(time_h=10.0, speed_rpm=500.0),
        heat_treatment=None if celsius is None else HeatTreatment(temperature_c=celsius, time_h=5.0),
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
