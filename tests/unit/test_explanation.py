"""What moved a prediction: effects that add up, come from what differs, and do not depend on who wrote the recipe."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surrogate.candidate.cell import Protocol
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe
from surrogate.composition import parse_composition
from surrogate.datasets import load
from surrogate.errors import InvalidInput
from surrogate.features import feature_table
from surrogate.models import artifact, fit
from surrogate.models.encoding import group_of
from surrogate.models.explanation import ALL_GROUPS, BACKGROUND, PARTS, _shapley, explain, part_of
from surrogate.models.surrogate import Surrogate
from surrogate.properties import Subject
from surrogate.report.sources import shares
from surrogate.text import effect
from tests.trained import fitted


@pytest.fixture(scope="module")
def forest() -> Surrogate:
    return fitted("ionic_conductivity", "tree_ensemble", {"n_trees": 30}, seed=3)


def argyrodite(formula: str = "Li6PS5Cl", *, temperature_c: float = 550.0) -> Candidate:
    recipe = Recipe(milling=Milling(time_h=20.0), heat_treatment=HeatTreatment(temperature_c=temperature_c))
    return Candidate(
        subject=Electrolyte(composition=parse_composition(formula), recipe=recipe),
        protocol=Protocol(temperature_c=25.0),
    )


def test_effects_lead_from_the_start_to_the_prediction(forest: Surrogate) -> None:
    found = explain(forest, argyrodite(), load("ionic_conductivity"))
    (prediction,) = forest.predict([argyrodite()])
    assert found.prediction == pytest.approx(prediction.median, rel=1e-9)
    moved = sum(effect.size for effect in found.effects)
    assert math.log10(found.start) + moved == pytest.approx(math.log10(found.prediction), abs=1e-9)


def test_the_largest_effect_comes_first(forest: Surrogate) -> None:
    sizes = [abs(effect.size) for effect in explain(forest, argyrodite(), load("ionic_conductivity")).effects]
    assert sizes == sorted(sizes, reverse=True)


def test_a_part_in_which_nothing_differs_has_no_effect(forest: Surrogate) -> None:
    same = [m for m in load("ionic_conductivity") if m.candidate.protocol.temperature_c == 25.0]
    parts = {effect.part for effect in explain(forest, argyrodite(), same).effects}
    assert "measurement temperature" not in parts
    assert {"composition", "heat treatment", "milling"} <= parts


def test_it_compares_with_rows_of_the_family_from_as_many_papers_as_possible(forest: Surrogate) -> None:
    measured = load("ionic_conductivity")
    papers = {m.source.paper for m in measured if group_of(m.candidate) == "argyrodite"}
    found = explain(forest, argyrodite(), measured)
    assert found.group == "argyrodite"
    assert (found.rows, found.papers) == (BACKGROUND, min(BACKGROUND, len(papers)))


def test_a_family_that_nobody_measured_is_compared_with_every_family(forest: Surrogate) -> None:
    measured = [m for m in load("ionic_conductivity") if group_of(m.candidate) != "argyrodite"]
    found = explain(forest, argyrodite(), measured)
    assert (found.rows, found.group) == (BACKGROUND, ALL_GROUPS[Subject.ELECTROLYTE])


def test_nothing_to_compare_with_is_a_sentence(forest: Surrogate) -> None:
    with pytest.raises(InvalidInput, match="compares with measured rows, and none were given"):
        explain(forest, argyrodite(), [])


@pytest.mark.parametrize("subject", Subject)
def test_every_feature_belongs_to_a_part(subject: Subject) -> None:
    parts = {part_of(name, subject) for name in feature_table(subject)}
    assert parts == set(PARTS[subject])


def test_shapley_values_of_a_game_with_an_interaction() -> None:
    # Worth: 1 for the first, 2 for the second, 5 for both; the surplus of 2 is shared equally.
    np.testing.assert_allclose(_shapley(np.array([0.0, 1.0, 2.0, 5.0]), 2), [2.0, 3.0])


def test_capacities_are_explained_in_the_unit_with_the_theoretical_capacity_of_the_material() -> None:
    measured = load("first_discharge_capacity")
    model = fit(
        measured, property="first_discharge_capacity", kind="tree_ensemble", hyperparameters={"n_trees": 20}, seed=0
    )
    candidate = measured[0].candidate
    found = explain(model, candidate, measured)
    assert found.start + sum(effect.size for effect in found.effects) == pytest.approx(found.prediction, abs=1e-6)
    assert found.prediction == pytest.approx(model.predict([candidate])[0].median, rel=1e-9)


def test_papers_of_a_charge_weigh_what_discharges_of_other_cells_leave() -> None:
    model = artifact.load(artifact.SHIPPED / "first_charge_capacity")
    of_papers = shares(model, load("first_charge_capacity")[0].candidate)
    assert 0.0 < sum(share.share for share in of_papers) < 1.0
    assert {share.paper for share in of_papers} <= {row.paper for row in model.rows}


@pytest.mark.parametrize(
    ("property", "size", "said"),
    [
        ("ionic_conductivity", 0.301, "×2"),
        ("ionic_conductivity", -0.301, "×0.5"),
        ("activation_energy", 0.0113, "+0.0113 eV"),
        ("first_discharge_capacity", -12.34, "−12.3 mAh/g"),
        ("capacity_retention", 0.55, "+0.55 points"),
    ],
)
def test_an_effect_is_a_factor_or_a_difference_in_words(property: str, size: float, said: str) -> None:
    assert effect(size, property) == said


def test_the_simulator_has_its_share_of_what_moved(forest: Surrogate) -> None:
    found = explain(forest, argyrodite("Li6PS5I"), load("ionic_conductivity"))
    otherwise = sum(effect.size for effect in found.effects) - found.from_physics
    assert 0.0 < found.physics_share < 1.0
    assert found.physics_share == pytest.approx(abs(found.from_physics) / (abs(found.from_physics) + abs(otherwise)))
    assert found.from_physics < 0.0  # the simulator knows that annealed iodide conducts worse than usual argyrodites


def test_without_the_simulator_physics_has_no_share() -> None:
    rows = load("ionic_conductivity")[:120]
    plain = fit(
        rows,
        property="ionic_conductivity",
        kind="tree_ensemble",
        hyperparameters={"n_trees": 10},
        physics=False,
    )
    assert explain(plain, argyrodite(), rows).physics_share == 0.0
