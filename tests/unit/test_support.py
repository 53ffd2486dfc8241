"""A family speaks for the elements that its rows hold, as far as they hold them, and for no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.candidate.columns import electrolyte_columns
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import Electrolyte
from surrogate.candidate.settings import build
from surrogate.composition import parse_composition
from surrogate.datasets import load
from surrogate.models import Surrogate
from surrogate.models.base import Domain, DomainStatus
from surrogate.models.doubts import Doubts
from tests.trained import fitted

NAME = "ionic_conductivity"


@pytest.fixture(scope="module")
def model() -> Surrogate:
    return fitted(NAME)


def domains(model: Surrogate, *formulas: str) -> list[Domain]:
    compositions = [parse_composition(formula) for formula in formulas]
    candidates = [Candidate(subject=Electrolyte(composition=composition)) for composition in compositions]
    return [prediction.domain for prediction in model.predict(candidates, neighbours=0)]


@pytest.mark.parametrize(
    ("formula", "status", "words"),
    [
        ("Li6PSe5Cl", DomainStatus.OUT, "no argyrodite row learnt from holds Se"),
        ("Li6PTe5Br", DomainStatus.OUT, "no argyrodite row learnt from holds Te"),
        ("Li6VS5Cl", DomainStatus.OUT, "no argyrodite row learnt from holds V"),
        ("Li6PS4SeCl", DomainStatus.EDGE, "no argyrodite row learnt from holds Se"),
        ("Li5.9P0.9W0.1S5Cl", DomainStatus.EDGE, "no argyrodite row learnt from holds W"),
        ("Li5NaPS5Cl", DomainStatus.OUT, "no argyrodite row learnt from holds Na"),
        ("Li3PSe4", DomainStatus.OUT, "Se share of the anions 1 is above every Li3PS4-type row learnt from"),
        ("Li6NbS5Cl", DomainStatus.OUT, "Nb share of the framework cations 1 is above every argyrodite row"),
        ("Li10ZrP2S12", DomainStatus.EDGE, "no LGPS-type row learnt from holds Zr"),
        ("Li3NbS4", DomainStatus.OUT, "no thio-LISICON row learnt from holds Nb"),
        ("Li2ZrS3", DomainStatus.OUT, "no row of other sulfides learnt from holds Zr"),
        ("LiGaS2", DomainStatus.OUT, "Ga share of the framework cations 1 is above every row of other glass formers"),
        ("Li6AsS5Cl", DomainStatus.EDGE, "no argyrodite row learnt from holds As and Cl together"),
        ("90Li2S-10P2S5", DomainStatus.OUT, "Li per framework cation 9 is above every Li2S-P2S5 row"),
    ],
)
def test_a_composition_of_which_no_row_of_its_family_speaks_is_never_in(
    model: Surrogate, formula: str, status: DomainStatus, words: str
) -> None:
    (domain,) = domains(model, formula)
    assert domain.status is status
    assert any(reason.startswith(words) for reason in domain.reasons), domain.reasons


@pytest.mark.parametrize(
    "formula", ["Li2ZrS3", "LiGaS2", "Li2SiS3", "50Li2S-5Ga2S3-45GeS2", "Li2FeS2", "Li3AsS4", "LiYS2", "Li2S"]
)
def test_what_fits_nowhere_else_is_never_in(model: Surrogate, formula: str) -> None:
    (domain,) = domains(model, formula)
    assert domain.status is not DomainStatus.IN


def test_the_more_of_a_strange_element_the_worse_the_verdict(model: Surrogate) -> None:
    scores = [d.score for d in domains(model, *(f"Li6PS{5 - x:g}Se{x:g}Cl" for x in (0.05, 0.5, 1.5, 3.0, 4.9)))]
    assert scores == sorted(scores)
    assert scores[0] <= 0.5 < scores[1]
    assert scores[-1] > 1.0


@pytest.mark.parametrize("formula", ["Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li6PS5I", "Li10GeP2S12", "75Li2S-25P2S5"])
def test_what_many_papers_made_is_in(model: Surrogate, formula: str) -> None:
    (domain,) = domains(model, formula)
    assert domain.status is DomainStatus.IN


@pytest.mark.parametrize(
    ("formula", "settings", "words"),
    [
        ("Li5PS5Cl", {}, "the formula is off in charge: 10 % of that of its cations is left negative"),
        ("Li6PS5Cl", {"solvent": "water + THF"}, "water splits P–S bonds"),
        ("Li6PS5Cl", {"solvent": "methanol"}, "alcohols put oxygen in the place of sulfur"),
        ("Li3PS4", {"solvent": "ethanol"}, "ethanol puts oxygen in the place of sulfur"),
    ],
)
def test_what_chemistry_forbids_is_never_in(
    model: Surrogate, formula: str, settings: dict[str, Any], words: str
) -> None:
    route = {"route": "solution"} if settings else {}
    (prediction,) = model.predict([build({"electrolyte": formula, "temperature_c": 25.0, **route, **settings})])
    assert prediction.domain.status is not DomainStatus.IN
    assert any(reason.startswith(words) for reason in prediction.domain.reasons), prediction.domain.reasons
    assert prediction.warnings
    assert all(len(warning.split()) <= 30 for warning in prediction.warnings)


@pytest.mark.parametrize(
    ("formula", "solvent"), [("Li6PS5Cl", "ethanol"), ("Li3PS4", "THF"), ("Li4SnS4", "water"), ("Li3InCl6", "water")]
)
def test_a_solvent_that_serves_is_not_doubted(formula: str, solvent: str) -> None:
    columns = electrolyte_columns([build({"electrolyte": formula, "route": "solution", "solvent": solvent})])
    assert not Doubts.of(columns).least_score.any()


@pytest.mark.parametrize("formula", ["Li4P2S6", "Li2B12H12", "LiCB11H12", "Li10.35Sn1.35P1.65S12"])
def test_a_formula_that_another_state_balances_is_not_off_in_charge(formula: str) -> None:
    assert not Doubts.of(electrolyte_columns([build({"electrolyte": formula})])).charge.any()


def test_no_measured_row_is_strange_to_its_family(model: Surrogate) -> None:
    view = model.encoding.view([m.candidate for m in load(NAME)], materials=False)
    verdicts = model.applicability.verdicts(view, np.zeros(len(view.X)), model.encoding.names)
    assert verdicts.strangers is not None
    assert not verdicts.strangers.least_score.any()


def test_a_model_that_does_not_say_what_its_rows_hold_judges_by_distance_alone(model: Surrogate) -> None:
    older = replace(model, applicability=replace(model.applicability, contents=None))
    (domain,) = domains(older, "Li6PSe5Cl")
    assert not any("holds" in reason for reason in domain.reasons)
    assert domain.score < domains(model, "Li6PSe5Cl")[0].score
