"""What suggestions and designs say of themselves is true: chances, safe bets, what nothing is known of."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.beliefs.simulator import simulators
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.cli import output
from surrogate.models.base import Domain, DomainStatus, Prediction
from surrogate.planner import reasons
from surrogate.planner.inverse import design
from surrogate.planner.observations import view
from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import Suggestion, SuggestionBatch
from surrogate.space.ready import ready
from surrogate.text import in_percent

SIGMA = "ionic_conductivity"
MODELS = simulators([SIGMA, "first_discharge_capacity"])


def ask(
    *wishes: str, models: dict[str, Any] | None = None, batch: int = 1, space: str = "argyrodite"
) -> SuggestionBatch:
    given = MODELS if models is None else models
    return suggest(ready(space), wishes, models=given, batch=batch, pool=256, planner="analytic")


def test_a_threshold_that_no_recipe_meets_is_said_with_what_comes_nearest() -> None:
    batch = ask(f"maximise {SIGMA}", "process_time_h <= 0.5")
    (warning,) = batch.warnings
    shortest = batch.suggestions[0].derived["process_time_h"]
    assert f"meets process_time_h <= 0.5 h: the nearest comes to {shortest:g} h" in warning
    assert "Loosen it or widen the space" in warning
    assert batch.suggestions[0].chances == {"process_time_h <= 0.5 h": 0.0}
    assert "practically no chance" in batch.suggestions[0].reason
    assert "safe bet" not in batch.suggestions[0].reason


def test_a_threshold_beyond_every_prediction_is_said() -> None:
    (warning,) = ask("energy_density_wh_per_kg >= 5000", space="sulfur-composite").warnings
    assert "has a chance above 0.1 %" in warning
    assert not ask(f"{SIGMA} >= 1 mS/cm").warnings


def test_chances_of_thresholds_multiply_to_that_of_all() -> None:
    (made,) = ask(f"maximise {SIGMA}", f"{SIGMA} >= 5 mS/cm", "process_time_h <= 20").suggestions
    assert np.prod(list(made.chances.values())) == pytest.approx(made.chance_of_thresholds)
    assert "%" not in made.reason  # chances stand beside it


def test_what_nothing_is_known_of_has_no_number_but_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    batch = ask(f"maximise {SIGMA}", f"{SIGMA} >= 1 mS/cm", models={})
    (made,) = batch.suggestions
    assert not made.predictions
    assert not made.chances
    assert "nothing is known of ionic conductivity" in made.reason
    assert "Expected gain" not in made.reason
    assert "neither a model nor a measurement" in batch.warnings[0]
    output.suggestions(batch, "table")
    assert "mS/cm" not in capsys.readouterr().out.split("why:")[1]


def test_a_recipe_that_adds_nothing_is_no_safe_bet() -> None:
    first, second = ask("minimise process_time_h", batch=2).suggestions
    assert "Expected gain over a typical recipe of the space: " in first.reason
    assert second.expected_gain < 1e-6
    assert "Not expected to improve" in second.reason
    assert "safe bet" not in second.reason


def test_the_first_of_a_batch_is_called_its_best_bet_or_safe_and_what_may_fail_is_not_safe() -> None:
    first, *others = ask(f"maximise {SIGMA}", batch=3).suggestions
    assert first.reason.startswith(("The best bet", "A safe bet"))
    assert not any("best bet" in other.reason for other in others)
    rng = np.random.default_rng(0)
    space = ready("argyrodite")
    made = space.sample(8, 1).candidates
    measured = [
        Measurement(property=SIGMA, value=float(10 ** rng.normal(-3.0, 0.1)), candidate=c,
                    source=Source(row_id=str(i), paper="lab"))
        for i, c in enumerate(made[:4])
    ]  # fmt: skip
    batch = suggest(
        space, f"maximise {SIGMA}", models=MODELS, measurements=measured, failures=made[4:], batch=3, pool=256
    )
    for suggestion in batch.suggestions:
        if suggestion.chance_of_success < 0.9:
            assert "A safe bet" not in suggestion.reason
            assert f"{100 * suggestion.chance_of_success:.0f} %" in suggestion.reason
            assert ("Similar recipes failed" in suggestion.reason) == (suggestion.chance_of_success < 0.5)


def test_of_a_recipe_that_was_made_no_chance_to_work_is_said() -> None:
    (suggestion,) = ask(f"maximise {SIGMA}").suggestions
    likely = replace(suggestion, chance_of_success=0.83)
    assert reasons._chance_to_work(likely) == "Its chance to work is 83 %, since some recipes failed."
    assert reasons._chance_to_work(replace(likely, is_replicate=True)) == ""


def test_recipes_say_the_chance_of_all_at_once_that_the_sentence_says(capsys: pytest.CaptureFixture[str]) -> None:
    wishes = [f"{SIGMA} >= 2 mS/cm", f"{SIGMA} >= 3 mS/cm"]
    answer = design(ready("argyrodite"), wishes, models=MODELS, pool=256, recipes=1)
    (recipe,) = answer.recipes
    assert recipe.chance_of_all > np.prod(list(recipe.chances.values()))
    output.design(answer, "table")
    printed = capsys.readouterr().out
    assert printed.count(f"all {in_percent(recipe.chance_of_all)}\n") == 1
    output.design(answer, "csv")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert float(row["chance_of_all"]) == pytest.approx(recipe.chance_of_all)


@pytest.mark.parametrize(
    ("status", "factor", "words"),
    [
        (DomainStatus.IN, 1.5, "A safe bet on what is known."),
        (DomainStatus.IN, 2.0, "A bet on what is known, though its interval is wide."),
        (DomainStatus.OUT, 1.5, "No safe bet: for ionic conductivity it is out of domain"),
        (DomainStatus.EDGE, 1.5, "No safe bet: for ionic conductivity it lies at the edge of the domain"),
    ],
)
def test_a_safe_bet_lies_in_the_domain_of_the_models_and_is_narrow(
    monkeypatch: pytest.MonkeyPatch, status: DomainStatus, factor: float, words: str
) -> None:
    monkeypatch.setattr(reasons, "_exploit_share", lambda chosen: 1.0)
    inside = reasons.predicted

    def elsewhere(*of: object) -> object:
        domain = Domain(status=status, score=9.0, reasons=("Nothing like it.",))
        prediction: Prediction = inside(*of)  # type: ignore[arg-type]
        middle = prediction.median
        interval = replace(prediction.interval, low=middle / factor, high=middle * factor)
        return replace(prediction, domain=domain, interval=interval)

    monkeypatch.setattr(reasons, "predicted", elsewhere)
    assert words in ask(f"maximise {SIGMA}").suggestions[0].reason


@pytest.mark.parametrize(
    "wishes", [(f"maximise {SIGMA}",), (f"maximise {SIGMA}", "minimise process_time_h"), (f"{SIGMA} >= 30 mS/cm",)]
)
def test_a_reason_is_read_once_thirty_words_no_number_twice_and_no_word_of_the_planner(wishes: tuple[str, ...]) -> None:
    batch = ask(*wishes, batch=4)
    for suggestion in batch.suggestions:
        assert 0 < len(suggestion.reason.split()) <= 30
        numbers = re.findall(r"\d[\d.]*", suggestion.reason)
        assert len(numbers) == len(set(numbers))
    said = " ".join([batch.stopping.sentence, *(s.reason for s in batch.suggestions)]).lower()
    assert not re.search(r"exploit|acquisition|hypervolume|pareto|posterior|decades", said)


def test_the_gain_of_one_goal_is_said_in_its_own_terms() -> None:
    made: Suggestion = ask(f"maximise {SIGMA}").suggestions[0]
    assert f"a factor of {10**made.expected_gain:.3g}." in made.reason
    assert "Expected gain" not in ask(f"maximise {SIGMA}", "minimise process_time_h").suggestions[0].reason


def test_a_value_that_nothing_comes_to_is_said_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    answer = design(ready("argyrodite"), "reach 500 process_time_h", models={}, pool=256, recipes=2)
    longest = max(recipe.derived["process_time_h"] for recipe in answer.recipes)
    assert f"None is expected to come to 500 h of process_time_h: the nearest of these comes to {longest:g} h" in (
        answer.sentence
    )
    assert "Pareto" not in answer.sentence  # one goal has no front
    output.design(answer, "table")
    assert "chance" not in capsys.readouterr().out
    assert "None is" not in design(ready("argyrodite"), "reach 10 process_time_h", models={}, pool=256).sentence


def test_what_is_hopeless_is_ranked_by_how_near_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    space = ready("sulfur-composite")
    wish = "energy_density_wh_per_kg"
    answer = design(space, f"{wish} >= 5000", models=MODELS, pool=256, recipes=1)
    best = design(space, f"maximise {wish}", models=MODELS, pool=256, recipes=1)
    assert answer.recipes[0].derived[wish] >= 0.99 * best.recipes[0].derived[wish]
    assert f"The nearest is expected to come to {answer.recipes[0].derived[wish]:.0f} Wh/kg" in answer.sentence
    output.design(answer, "table")
    assert f"held by: {answer.recipes[0].binding[0]}" in capsys.readouterr().out


def test_the_limit_of_the_space_that_stands_in_the_way_is_named() -> None:
    answer = design(ready("argyrodite"), "process_time_h >= 100", models={}, pool=256, recipes=1)
    assert answer.standing_in_the_way == "process_time_h >= 100 h"
    assert "milling_time_h + heat_treatment_time_h <= 60" in answer.sentence


def _predictions(candidate: Candidate) -> dict[str, Prediction]:
    return {name: model.predict([view(candidate, name)])[0] for name, model in MODELS.items()}


def test_less_than_even_is_not_expected() -> None:
    space, capacity = ready("sulfur-composite"), "first_discharge_capacity"
    (best,) = design(space, f"maximise {capacity}", models=MODELS, pool=256, recipes=1).recipes
    wishes = [f"{n} >= {0.99 * p.median}" for n, p in _predictions(best.candidate).items()]
    answer = design(space, wishes, models=MODELS, pool=256, recipes=1)
    assert answer.met
    assert answer.recipes[0].chance_of_all < 0.5
    assert "by itself; the chance that it meets all at once is" in answer.sentence
    answer = design(ready("argyrodite"), f"{SIGMA} >= 3 mS/cm", models=MODELS, pool=256, recipes=1)
    assert "1 recipe is expected to meet ionic_conductivity >= 3 mS/cm; its chance is " in answer.sentence
    assert "best" not in answer.sentence
    assert [in_percent(p) for p in (0.0, 0.004, 0.44, 0.9999, 1.0)] == [
        "0 %",
        "below 1 %",
        "44 %",
        "above 99 %",
        "100 %",
    ]


def test_tables_for_programs_hold_masses_and_predictions(capsys: pytest.CaptureFixture[str]) -> None:
    answer = design(ready("argyrodite"), f"{SIGMA} >= 1 mS/cm", models=MODELS, pool=256, recipes=1)
    output.design(answer, "csv")
    output.suggestions(ask(f"maximise {SIGMA}"), "csv")
    designed, _, suggested, _ = capsys.readouterr().out.splitlines()
    for header in (designed, suggested):
        assert {
            "composition",
            "Li2S_g",
            "P2S5_g",
            "ionic_conductivity_s_per_cm",
            "ionic_conductivity_low_s_per_cm",
        } <= (set(header.split(",")))
    assert "chance_of_all" in designed
    assert "chance_of" not in suggested


def test_a_cell_is_headed_by_its_active_material(capsys: pytest.CaptureFixture[str]) -> None:
    wish = "maximise first_discharge_capacity"
    output.design(design(ready("tis2-composite"), wish, models=MODELS, pool=64, recipes=1), "table")
    assert "1. TiS2 with 75Li2S-25P2S5" in capsys.readouterr().out
