"""One schema of answers: what is sent, kept and read again is the same, and nothing of it can be lost on the way."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import Suggestion, SuggestionBatch
from surrogate.wire.answers import write_batch, write_item, write_suggestion
from surrogate.wire.predictions import PropertyOutput
from surrogate.wire.stored import keep, read_suggestion
from surrogate.wire.suggestions import SuggestionOutput, SuggestResponse
from tests.campaigns import GOAL, small_space
from tests.serving.family_median import fit_family_median


@pytest.fixture(scope="module")
def batch() -> SuggestionBatch:
    """A batch of the planner with a model that answers in microseconds."""
    models = {"ionic_conductivity": fit_family_median("ionic_conductivity")}
    return suggest(small_space(), GOAL, models=models, batch=2, pool=128, planner="analytic")


def test_a_suggestion_is_kept_and_read_again_as_it_was_sent(batch: SuggestionBatch) -> None:
    for made, sent in zip(batch.suggestions, write_batch(batch).suggestions, strict=True):
        stored = json.loads(json.dumps(keep(sent), allow_nan=False))
        beside = {name: getattr(made, name) for name in ("number", "settings", "weigh_in_g", "is_replicate")}
        assert read_suggestion(stored, made.candidate, strict=True, **beside) == sent


def test_what_is_sent_reads_back_and_a_newer_field_in_it_is_left_out(batch: SuggestionBatch) -> None:
    sent = write_batch(batch)
    text = sent.model_dump_json(exclude_unset=True)
    assert SuggestResponse.model_validate_json(text) == sent
    newer = json.loads(text)
    newer["suggestions"][0]["predictions"]["ionic_conductivity"]["mood"] = "good"
    assert SuggestResponse.model_validate(newer, extra="ignore") == sent


def test_no_field_of_a_suggestion_is_lost(batch: SuggestionBatch) -> None:
    assert {field.name for field in fields(Suggestion)} <= set(SuggestionOutput.model_fields)
    assert {field.name for field in fields(SuggestionBatch)} <= set(SuggestResponse.model_fields)


def test_a_prediction_has_the_same_fields_wherever_it_is_met(batch: SuggestionBatch) -> None:
    made = batch.suggestions[0]
    (alone,) = write_item(0, made.candidate, made.predictions, {}, neighbours=0).properties.values()
    (suggested,) = write_suggestion(made).predictions.values()
    assert alone == suggested
    assert alone.scale == alone.log10
    assert set(alone.model_dump()) == set(PropertyOutput.model_fields) - {
        "logit",
        "linear",
        "measured",
        "without_own_rows",
    }


def test_a_number_without_bound_is_null_and_nan_is_refused(batch: SuggestionBatch) -> None:
    made = batch.suggestions[0]
    assert write_suggestion(replace(made, acquisition=float("-inf"))).acquisition is None
    with pytest.raises(ValueError, match="finite"):
        write_suggestion(replace(made, expected_gain=float("nan")))


def test_an_answer_reads_like_its_json(batch: SuggestionBatch) -> None:
    sent = write_batch(batch)
    assert sent["suggestions"][0]["reason"] == batch.suggestions[0].reason
    with pytest.raises(KeyError):
        sent["mood"]
