"""Another table of the same inputs as a prior for a table: what it says, when it helps, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._tables import learn_elsewhere, next_rows
from surrogate.errors import SpaceError
from surrogate.space.variables import Array


def _smooth(x: Array) -> Array:
    return np.asarray(np.exp(-8.0 * ((x - 0.7) ** 2).sum(axis=1)))


def _rugged(x: Array) -> Array:
    return np.asarray(1.0 * (x[:, 0] > 0.8) + 0.5 * (x[:, 1] > 0.6) * (x[:, 2] < 0.3))


@pytest.fixture(scope="module")
def inputs() -> Array:
    return np.random.default_rng(5).random((200, 3))


def test_each_of_the_two_models_is_nearer_on_its_own_kind_of_table(inputs: Array) -> None:
    known, asked = inputs[:80], inputs[80:]
    for truth, better in ((_smooth, 0), (_rugged, 1)):
        told = learn_elsewhere(known, truth(known), asked)
        errors = np.abs(told.prior - truth(asked)[:, None]).mean(axis=0)
        assert errors[better] == errors.min() < errors.max()
        assert told.prior.shape == told.prior_std.shape == (len(asked), 2)
        assert np.all(told.prior_std > 0)


def test_a_prior_from_elsewhere_is_on_the_scale_of_its_table(inputs: Array) -> None:
    plain = learn_elsewhere(inputs[:40], _smooth(inputs[:40]), inputs)
    wider = learn_elsewhere(inputs[:40], 4.0 * _smooth(inputs[:40]), inputs)
    np.testing.assert_allclose(wider.prior[:, 0], 4.0 * plain.prior[:, 0], rtol=1e-6)
    # Trees stop at an absolute impurity, so a few of them split once more on a wider scale.
    np.testing.assert_allclose(wider.prior[:, 1], 4.0 * plain.prior[:, 1], atol=0.1 * wider.between)
    assert wider.between == pytest.approx(4.0 * plain.between)


def test_a_related_table_shortens_the_search(inputs: Array) -> None:
    def truth(x: Array) -> Array:
        return _smooth(x) + 0.5 * _rugged(x)

    y = truth(inputs) + 0.2 * inputs[:, 1]

    def regret(seed: int, helped: bool) -> float:
        rng = np.random.default_rng(seed)
        seen = rng.choice(len(inputs), 3, replace=False).tolist()
        elsewhere = rng.random((60, 3))
        told = learn_elsewhere(elsewhere, truth(elsewhere), inputs)
        prior = {"prior": told.prior, "prior_std": told.prior_std, "between": told.between} if helped else {}
        for _ in range(5):
            seen.append(next_rows(inputs, seen, y[seen], seed=seed, **prior)[0])  # type: ignore[arg-type]
        return float((y.max() - y[seen].max()) / np.ptp(y))

    alone, helped = (np.mean([regret(seed, with_table) for seed in range(5)]) for with_table in (False, True))
    assert helped <= 0.5 * alone


def test_the_same_table_and_seed_tell_the_same_bits(inputs: Array) -> None:
    first, second = (learn_elsewhere(inputs[:30], _rugged(inputs[:30]), inputs, seed=4) for _ in range(2))
    assert first.prior.tobytes() == second.prior.tobytes()
    assert first.prior_std.tobytes() == second.prior_std.tobytes()


@pytest.mark.parametrize(
    ("x", "values", "message"),
    [
        (np.zeros((5, 3)), np.arange(5.0), "has 5 rows of inputs and 5 values; at least 6"),
        (np.zeros((8, 3)), np.arange(7.0), "has 8 rows of inputs and 7 values"),
        (np.zeros((8, 2)), np.arange(8.0), "has 2 inputs, the candidates have 3"),
        (np.full((8, 3), np.nan), np.arange(8.0), "gaps or infinite numbers"),
        (np.zeros((8, 3)), np.array([*range(7), np.inf]), "gaps or infinite numbers"),
        (np.zeros((8, 3)), np.full(8, 2.5), "All values of the other table are 2.5"),
    ],
)
def test_a_table_that_tells_nothing_is_refused_with_the_reason(x: Array, values: Array, message: str) -> None:
    with pytest.raises(SpaceError, match=message) as caught:
        learn_elsewhere(x, values, np.zeros((4, 3)))
    assert caught.value.hint
