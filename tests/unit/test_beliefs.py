"""Regressors and beliefs: laws of Gaussian processes, agreement with BoTorch, honest intervals, wrong priors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surrogate.beliefs.base import Array, Points, Regressor, log_densities
from surrogate.beliefs.forest import fit_forest
from surrogate.beliefs.gaussian_process import _negative_log_posterior, _starts, fit_rbf_process
from surrogate.beliefs.priors import PriorProcess, weigh_priors
from surrogate.beliefs.selection import WEIGHED, calibrate_intervals, fit_regressor, learn

KINDS = ("gaussian process", "residual to prior", "forest", "mixture", "prior 1", "ignorance", WEIGHED)


def law(x: Array) -> Array:
    return np.asarray(np.sin(5 * x[:, 0]) + x[:, 1] ** 2)


def rows(n: int, seed: int, *, noise: float = 0.1, d: int = 4) -> tuple[Points, Array]:
    """Points with a prior that is right up to offset and scale."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    prior = (0.8 * law(x) - 0.3)[:, None]
    return Points(x=x, prior=prior, prior_std=np.full_like(prior, 0.3)), law(x) + noise * rng.standard_normal(n)


@pytest.mark.parametrize("use_prior", [False, True])
def test_the_gradient_is_the_derivative(use_prior: bool) -> None:
    from scipy.optimize import approx_fprime

    points, y = rows(15, 0)
    gaps = (points.x[:, None] - points.x[None]) ** 2
    outer = np.einsum("ik,jk->kij", points.prior, points.prior)[: int(use_prior)]
    z = (y - y.mean()) / y.std()
    theta = _starts(4, int(use_prior), use_prior)[1] + 0.3

    def value(t: Array) -> float:
        return _negative_log_posterior(t, z, gaps, outer, use_prior)[0]

    exact = _negative_log_posterior(theta, z, gaps, outer, use_prior)[1]
    assert np.allclose(exact, approx_fprime(theta, value, 1e-7), rtol=1e-4, atol=1e-3)


def test_the_process_is_botorchs_single_task_gp() -> None:
    """The same parameters give the same posterior, and the fitted optimum is as good under BoTorch's own objective."""
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.mlls import ExactMarginalLogLikelihood

    points, y = rows(25, 1)
    ours = fit_rbf_process(Points.plain(points.x), y, name="gaussian process", use_prior=False)
    x, z = torch.tensor(points.x), torch.tensor((y - y.mean()) / y.std(ddof=1)).unsqueeze(-1)
    theirs = SingleTaskGP(x, z, outcome_transform=None)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(theirs.likelihood, theirs))

    def objective() -> float:
        theirs.train()
        mll = ExactMarginalLogLikelihood(theirs.likelihood, theirs)
        return float(mll(theirs(x), theirs.train_targets).detach())

    fitted = objective()
    theirs.covar_module.lengthscale = torch.tensor(ours.lengths)
    theirs.likelihood.noise = torch.tensor(ours.noise_share)
    assert objective() >= fitted - 0.02
    theirs.eval()
    new = np.random.default_rng(2).random((30, 4))
    with torch.no_grad():
        posterior = theirs.posterior(torch.tensor(new))
    scale = y.std(ddof=1)
    mean = posterior.mean.numpy()[:, 0] * scale + y.mean()
    std = np.sqrt(posterior.variance.numpy()[:, 0]) * scale
    assert np.abs(ours.mean(Points.plain(new)) - mean).max() < 0.05 * scale
    assert np.abs(np.sqrt(ours.variance(Points.plain(new))) - std).max() < 0.1 * scale


def test_leave_one_out_is_what_leaving_one_out_gives() -> None:
    points, y = rows(12, 3)
    model = fit_rbf_process(points, y, name="residual to prior", use_prior=True)
    mean, std = model.leave_one_out()
    from dataclasses import replace

    for row in range(len(y)):
        kept = np.delete(np.arange(len(y)), row)
        less = replace(model, points=points.take(kept), y=y[kept])
        left = points.take(np.array([row]))
        assert mean[row] == pytest.approx(float(less.mean(left)[0]), abs=1e-8)
        assert std[row] ** 2 == pytest.approx(float(less.variance(left)[0]) + model.noise, abs=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_covariances_are_symmetric_positive_and_agree_with_variances(kind: str) -> None:
    points, y = rows(20, 4)
    model: Regressor = fit_regressor(kind, points, y, between=0.5, seed=0)
    new = rows(40, 5)[0]
    covariance = model.covariance(new, new)
    assert np.allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > -1e-8
    assert np.allclose(np.diag(covariance), model.variance(new), atol=1e-8)
    other = rows(7, 6)[0]
    assert np.allclose(model.covariance(new, other), model.covariance(other, new).T)
    both = model.covariance(Points.joined([new, other]), Points.joined([new, other]))
    assert np.allclose(both[: len(new), len(new) :], model.covariance(new, other), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_fits_are_the_same_bit_for_bit(kind: str) -> None:
    points, y = rows(20, 7)
    new = rows(10, 8)[0]
    first, again = (fit_regressor(kind, points, y, between=0.5, seed=3).mean(new) for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_a_good_prior_wins_and_a_wrong_one_does_little_harm() -> None:
    points, y = rows(10, 9, noise=0.05)
    new, truth = rows(300, 10, noise=0.0)
    shuffled = np.random.default_rng(0).permutation(len(points) + len(new))
    prior = np.vstack([points.prior, new.prior])[shuffled]
    wrong = Points(x=points.x, prior=prior[:10], prior_std=points.prior_std)
    wrong_new = Points(x=new.x, prior=prior[10:], prior_std=new.prior_std)

    def error(p: Points, n: Points, kind: str) -> float:
        return float(np.sqrt(np.mean((fit_regressor(kind, p, y, between=0.5, seed=0).mean(n) - truth) ** 2)))

    plain = error(points, new, "gaussian process")
    assert error(points, new, "residual to prior") < 0.5 * plain
    assert error(wrong, wrong_new, "residual to prior") < 1.35 * plain


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_best_leave_one_out_score_wins_once_there_are_twenty_rows(seed: int) -> None:
    few, many = (learn(*rows(n, seed), between=0.5, calibrate=False) for n in (19, 20))
    for belief in (few, many):
        assert set(belief.scores) == {"prior 1", WEIGHED, "gaussian process", "residual to prior", "forest", "mixture"}
        assert max(belief.scores, key=belief.scores.__getitem__) == "residual to prior"
    assert few.regressor.name == WEIGHED
    assert many.regressor.name == "residual to prior"


def test_a_best_score_that_is_not_clearly_better_does_not_win() -> None:
    belief = learn(*rows(60, 11), between=0.5, calibrate=False)
    assert max(belief.scores, key=belief.scores.__getitem__) == "residual to prior"
    assert belief.regressor.name == WEIGHED


def test_with_nothing_measured_the_prior_speaks() -> None:
    points, _ = rows(5, 12)
    empty = points.take(np.arange(0))
    belief = learn(empty, np.zeros(0), between=0.5)
    assert belief.regressor.name == "prior 1"
    assert np.allclose(belief.mean(points), points.prior[:, 0])
    assert np.all(belief.std(points) > belief.std_model(points))


def test_with_nothing_at_all_there_is_ignorance() -> None:
    x = np.random.default_rng(0).random((6, 3))
    belief = learn(Points.plain(x).take(np.arange(0)), np.zeros(0), between=0.5)
    assert belief.regressor.name == "ignorance"
    assert np.ptp(belief.std_model(Points.plain(x))) == 0.0


def test_one_measurement_moves_the_prior_everywhere_by_the_labs_offset() -> None:
    points, _ = rows(50, 13)
    first = points.take(np.array([0]))
    model = PriorProcess(name="prior 1", points=first, y=first.prior[:, 0] - 0.5, column=0, between=0.5)
    shift = model.mean(points) - points.prior[:, 0]
    assert np.all(shift < -0.2)
    assert np.argmin(shift) == 0
    assert np.all(shift > -0.5)


def test_a_prior_that_correlates_with_nothing_is_as_good_as_none() -> None:
    points, y = rows(10, 17)
    new, _ = rows(40, 18)
    none = weigh_priors(WEIGHED, Points.plain(points.x), y, between=0.5)
    uncorrelated = weigh_priors(WEIGHED, points, y, between=0.5, correlations=(0.0,))
    plain = Points.plain(new.x)
    assert np.array_equal(uncorrelated.mean(new), none.mean(plain))
    assert np.array_equal(uncorrelated.variance(new), none.variance(plain))


def test_a_prior_that_says_nothing_has_as_much_say_as_none() -> None:
    """It predicts the mean of the rows everywhere and errs as far as papers differ: the same as no prior at all."""
    points, y = rows(10, 17)
    empty = Points(x=points.x, prior=np.full((10, 1), y.mean()), prior_std=np.full((10, 1), 0.5))
    weighed = weigh_priors(WEIGHED, empty, y, between=0.5)
    none = sum(w for w, member in zip(weighed.weights, weighed.members, strict=True) if member.column < 0)
    assert none == pytest.approx(0.5, abs=0.02)  # members that hardly count are left out


def test_an_option_that_no_row_has_keeps_its_doubt() -> None:
    """Of two recipes that are alike in every number, the one with an option of its own is less sure."""
    x = np.linspace(0.0, 1.0, 12)[:, None]
    plain = Points.plain(np.hstack([x, np.zeros((12, 1))]))
    points = replace(plain, options=np.zeros((12, 1)))
    y = -3.0 + 0.5 * x[:, 0] + 0.05 * np.random.default_rng(0).standard_normal(12)
    belief = weigh_priors(WEIGHED, points, y, between=0.5)
    new = replace(plain.take(np.array([6, 6])), options=np.array([[0.0], [1.0]]))
    std = np.sqrt(belief.variance(new))
    assert std[1] > 2.0 * std[0]


def test_what_a_number_does_by_itself_is_learnt_from_few_rows() -> None:
    """Slopes in many numbers at once: with trends they are foreseen from rows that leave most of the space empty."""
    rng = np.random.default_rng(0)
    x, new = rng.random((16, 6)), rng.random((200, 6))
    slopes = np.array([1.0, -0.8, 0.6, -0.4, 0.3, 0.2])
    errors = []
    for trends in (False, True):
        measured, unseen = (
            replace(Points.plain(u), options=np.zeros((len(u), 1)), trends=2.0 * u - 1.0 if trends else None)
            for u in (x, new)
        )
        belief = weigh_priors(WEIGHED, measured, x @ slopes, between=0.5)
        errors.append(float(np.std(belief.mean(unseen) - new @ slopes)))
    assert errors[1] < 0.7 * errors[0]


def test_the_evidence_tells_a_true_prior_from_a_shuffled_one() -> None:
    points, y = rows(12, 19, noise=0.05)
    rng = np.random.default_rng(0)
    wrong = Points(x=points.x, prior=rng.permutation(points.prior), prior_std=points.prior_std)
    true = weigh_priors(WEIGHED, points, y, between=0.5)
    shuffled = weigh_priors(WEIGHED, wrong, y, between=0.5)
    assert true.weights.sum() == pytest.approx(1.0)
    assert true.correlation > shuffled.correlation + 0.2


def test_of_two_priors_the_one_that_the_rows_confirm_speaks() -> None:
    points, y = rows(15, 20, noise=0.05)
    noise = np.random.default_rng(1).permutation(points.prior)
    both = Points(x=points.x, prior=np.hstack([noise, points.prior]), prior_std=np.repeat(points.prior_std, 2, axis=1))
    found = weigh_priors(WEIGHED, both, y, between=0.5)
    share = sum(w for w, member in zip(found.weights, found.members, strict=True) if member.column == 1)
    assert share > 0.8


def test_the_evidence_is_the_density_of_the_rows() -> None:
    from scipy.stats import multivariate_normal

    points, y = rows(6, 21)
    process = PriorProcess(name="p", points=points, y=y, column=0, between=0.5, correlation=0.8)
    before = PriorProcess(name="p", points=points.take([]), y=y[:0], column=0, between=0.5, correlation=0.8)
    gram = before.covariance(points, points) + before.noise * np.eye(6)
    exact = multivariate_normal(before.mean(points), gram).logpdf(y)
    assert process.log_evidence - 3.0 * np.log(2.0 * np.pi) == pytest.approx(float(exact), abs=1e-9)


def test_intervals_hold_what_they_promise_over_many_small_campaigns() -> None:
    inside, total = 0, 0
    for seed in range(12):
        points, y = rows(25, 100 + seed, noise=0.2)
        belief = learn(Points.plain(points.x), y, between=0.5, seed=seed, kinds=("gaussian process",))
        new, truth = rows(200, 200 + seed, noise=0.2)
        plain = Points.plain(new.x)
        inside += int(np.sum(np.abs(truth - belief.mean(plain)) <= 1.6449 * belief.std(plain)))
        total += len(truth)
    assert 0.86 <= inside / total <= 0.97


def test_calibration_reports_folds_and_last_and_never_narrows() -> None:
    points, y = rows(24, 14)
    whole = fit_regressor("gaussian process", points, y, between=0.5, seed=0)
    found = calibrate_intervals(whole, points, y, between=0.5, seed=0)
    assert found.widened >= 1.0
    assert found.n_last == 8
    assert found.cross_validated is not None
    assert found.last is not None
    points, y = points.take(np.arange(2)), y[:2]
    few = calibrate_intervals(fit_regressor("prior 1", points, y, between=0.5, seed=0), points, y, between=0.5, seed=0)
    assert few.cross_validated is None
    assert few.widened > 1.2


def test_equal_values_do_not_break_a_fit() -> None:
    points, _ = rows(8, 15)
    y = np.full(8, 2.0)
    for kind in KINDS:
        model = fit_regressor(kind, points, y, between=0.5, seed=0)
        assert np.isfinite(model.mean(points)).all()
        assert np.isfinite(log_densities(y, *model.leave_one_out())).all()


def test_a_forest_says_how_wrong_it_was_out_of_bag() -> None:
    points, y = rows(60, 16, noise=0.3)
    mean, std = fit_forest(points, y, seed=0).leave_one_out()
    assert float(np.mean(((y - mean) / std) ** 2)) == pytest.approx(1.0, abs=0.05)
