"""What is predicted of a candidate is what is predicted of it in company; quick ways say what slow ones say."""

from __future__ import annotations

import numpy as np
import pytest

from surrogate.candidate.amounts import Amounts, amounts_of, family_codes
from surrogate.candidate.measurement import Candidate
from surrogate.composition import Composition
from surrogate.datasets import load
from surrogate.features.composition import composition_matrix
from surrogate.models import load_models
from surrogate.models.artifact import SHIPPED
from surrogate.models.base import Prediction
from surrogate.models.surrogate import Surrogate
from surrogate.properties import PROPERTIES

#: A sum over arrays of another shape is rounded elsewhere (docs/decisions/0028).
LAST_DIGITS = 1e-12
SHIPPED_MODELS = load_models(SHIPPED)


def spread(property: str, count: int) -> list[Candidate]:
    """Candidates of the table of a property, from its beginning to its end."""
    rows = load(property)
    return [rows[at].candidate for at in np.linspace(0, len(rows) - 1, count).astype(int)]


def numbers_of(prediction: Prediction) -> list[float]:
    interval = prediction.interval
    return [prediction.median, interval.low, interval.high, prediction.scale_mean, prediction.scale_std]


@pytest.mark.parametrize("property", sorted(SHIPPED_MODELS))
def test_company_changes_no_word_of_a_prediction_and_at_most_its_last_digits(property: str) -> None:
    model, candidates = SHIPPED_MODELS[property], spread(property, 40)
    together = model.predict(candidates)
    alone = [model.predict([candidate])[0] for candidate in candidates]
    for one, other in zip(alone, together, strict=True):
        assert (one.domain, one.neighbours, one.warnings) == (other.domain, other.neighbours, other.warnings)
        assert numbers_of(one) == pytest.approx(numbers_of(other), rel=LAST_DIGITS)


@pytest.mark.parametrize("property", sorted(SHIPPED_MODELS))
def test_the_same_question_gets_the_same_bits_whatever_was_asked_before(property: str) -> None:
    model = SHIPPED_MODELS[property]
    first, second = spread(property, 2)
    before = numbers_of(model.predict([first])[0])
    model.predict([second, first], level=0.7, neighbours=5)
    assert numbers_of(model.predict([first])[0]) == before


def test_all_draws_of_the_simulator_at_once_are_the_draws_one_by_one() -> None:
    from dataclasses import replace

    from surrogate.models.simulated import ReadSimulator
    from surrogate.physics.defaults import settle_electrolytes
    from surrogate.physics.parameters.base import ParameterDraw
    from surrogate.physics.reading import DRAWS, log_conductivity

    model: Surrogate = SHIPPED_MODELS["ionic_conductivity"]
    assert isinstance(model.simulator, ReadSimulator)
    columns = model.encoding.view(spread("ionic_conductivity", 60)).columns
    batch = settle_electrolytes(columns).batch  # type: ignore[arg-type]
    constants, doses, celsius = model.simulator.read._draws
    mean = np.zeros(len(batch))
    for draw in range(DRAWS):
        one = ParameterDraw({name: float(values[draw, 0]) for name, values in constants.values.items()})
        other = replace(
            batch,
            synthesis_dose_h=batch.synthesis_dose_h * doses[draw],
            remill_dose_h=batch.remill_dose_h * doses[draw],
            heat_c=batch.heat_c + celsius[draw],
        )
        mean += log_conductivity(other, one) / DRAWS
    assert np.isfinite(mean).sum() > 30
    np.testing.assert_array_equal(model.simulator.read.log_conductivity(batch), mean)


@pytest.fixture(scope="module")
def compositions() -> list[Composition]:
    """Every composition of the tables once."""
    candidates = [m.candidate for name in PROPERTIES for m in load(name)]
    by_amounts = {c.electrolyte.composition.pairs: c.electrolyte.composition for c in candidates if c.electrolyte}
    return list(by_amounts.values())


def test_families_of_few_compositions_are_those_of_many(compositions: list[Composition]) -> None:
    many = amounts_of(compositions)
    for row, composition in enumerate(compositions):
        one: Amounts = amounts_of([composition])
        assert family_codes(one.elements, one.values)[0] == many.families[row], composition.text


def test_features_of_few_compositions_are_those_of_many(compositions: list[Composition]) -> None:
    many = composition_matrix(amounts_of(compositions))
    alone = np.vstack([composition_matrix(amounts_of([composition])) for composition in compositions])
    np.testing.assert_allclose(alone, many, rtol=LAST_DIGITS, atol=1e-12)
