"""Many candidates, all models that fit, one call."""

from __future__ import annotations

import pytest

import surrogate
from surrogate import Subject
from surrogate.errors import Unavailable, UnknownName
from surrogate.models import predicting, save
from tests.trained import small_forest

PROPERTY = "ionic_conductivity"


@pytest.fixture(scope="module")
def models():
    return {PROPERTY: small_forest(PROPERTY)}


@pytest.fixture(scope="module")
def electrolyte():
    return surrogate.build_candidate({"electrolyte": "Li6PS5Cl", "milling_time_h": 10}, Subject.ELECTROLYTE)


@pytest.fixture(scope="module")
def cell():
    return surrogate.build_candidate({"active_material": "TiS2", "electrolyte": "Li6PS5Cl"}, Subject.CELL)


def test_each_candidate_has_the_predictions_that_make_sense_for_it(models, electrolyte, cell):
    first, second, third = surrogate.predict([electrolyte, cell, electrolyte], models=models)
    assert (list(first), list(second)) == ([PROPERTY], [])
    assert first == third == {PROPERTY: models[PROPERTY].predict([electrolyte])[0]}


def test_a_folder_of_models_answers_as_the_loaded_models_do(models, electrolyte, tmp_path):
    save(models[PROPERTY], tmp_path / PROPERTY)
    assert surrogate.predict([electrolyte], models=tmp_path) == surrogate.predict([electrolyte], models=models)


def test_a_folder_is_loaded_once_and_anew_when_it_changes(models, electrolyte, tmp_path, monkeypatch):
    loads = []
    load = predicting.load_models
    monkeypatch.setattr(predicting, "load_models", lambda folder: loads.append(folder) or load(folder))
    save(models[PROPERTY], tmp_path / PROPERTY)
    first, second = (surrogate.predict([electrolyte], models=tmp_path) for _ in range(2))
    assert first == second
    assert len(loads) == 1
    save(models[PROPERTY].with_identity(version="7"), tmp_path / PROPERTY)
    (anew,) = surrogate.predict([electrolyte], models=tmp_path)
    assert anew[PROPERTY].model.version == "7"
    assert len(loads) == 2


def test_no_candidate_has_no_prediction(models):
    assert surrogate.predict([], models=models) == []


def test_the_work_is_reported_to_the_last_part(models, electrolyte, monkeypatch):
    monkeypatch.setattr("surrogate.models.predicting._PART", 2)
    steps = []
    surrogate.predict([electrolyte] * 5, models=models, progress=lambda *step: steps.append(step))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_property_that_is_unknown_or_has_no_model_is_refused(models, electrolyte, cell):
    with pytest.raises(UnknownName):
        surrogate.predict([electrolyte], models=models, properties=["conductivty"])
    with pytest.raises(Unavailable, match="no model of activation_energy"):
        surrogate.predict([electrolyte], models=models, properties=["activation_energy"])
    with pytest.raises(Unavailable, match="fits"):
        surrogate.predict([cell], models=models)
