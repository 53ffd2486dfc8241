"""Models: what they promise of every prediction, whatever kind they are."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from surrogate.candidate.active_material import active_material
from surrogate.candidate.cell import Cell, Electrode
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.candidate.recipe import Electrolyte, HeatTreatment, Milling, Recipe, Route
from surrogate.composition import parse_composition
from surrogate.datasets import load, without_duplicates
from surrogate.errors import ArtifactError, ConfigError, InvalidInput, Unavailable, UnknownName
from surrogate.models import Surrogate, evaluate, fit, load_models, save
from surrogate.models import load as load_model
from surrogate.models.base import DomainStatus
from surrogate.models.calibration import Calibration
from surrogate.models.estimators.registry import ESTIMATORS, fit_estimator, from_arrays, to_arrays
from surrogate.models.evaluation import gate
from surrogate.models.preparation import Preparation
from surrogate.models.stack import paper_fold_codes
from surrogate.models.surrogate import CACHED, encode
from surrogate.models.training_set import paper_weights, weighted_median
from tests.trained import fitted

QUICK = {
    "tree_ensemble": {"n_trees": 40},
    "neural_ensemble": {"n_members": 4, "epochs": 30},
    "gaussian_process": {"iterations": 15},
    "blind_process": {"iterations": 5},
    "group_median": {},
    "read_law": {},
    "factor_trees": {"n_trees": 40},
    "recipe_median": {},
}


@pytest.fixture(scope="module")
def conductivities() -> list[Measurement]:
    return load("ionic_conductivity")


@pytest.fixture(scope="module")
def model() -> Surrogate:
    return fitted("ionic_conductivity", "stack", QUICK, seed=3)


def argyrodite(temperature_c: float | None) -> Candidate:
    treatment = None if temperature_c is None else HeatTreatment(temperature_c=temperature_c)
    return Candidate(
        subject=Electrolyte(composition=parse_composition("Li6PS5Cl"), recipe=Recipe(heat_treatment=treatment))
    )


def test_every_prediction_has_interval_domain_neighbours_and_identity(model: Surrogate) -> None:
    (prediction,) = model.predict([argyrodite(550.0)])
    assert prediction.interval.low <= prediction.median <= prediction.interval.high
    assert prediction.domain.status in DomainStatus
    assert len(prediction.neighbours) == 3
    assert all(n.doi or n.paper for n in prediction.neighbours)
    assert prediction.model.data_sha256 == model.identity.data_sha256
    assert prediction.unit == "S/cm"


def test_a_wider_level_contains_a_narrower_one(model: Surrogate) -> None:
    candidates = [argyrodite(t) for t in (None, 180.0, 550.0)]
    narrow, wide = (model.predict(candidates, level=level) for level in (0.5, 0.9))
    for a, b in zip(narrow, wide, strict=True):
        assert b.interval.low <= a.interval.low <= a.interval.high <= b.interval.high


def test_order_and_company_do_not_change_a_prediction(model: Surrogate) -> None:
    candidates = [argyrodite(t) for t in (None, 180.0, 350.0, 550.0)]
    together = model.predict(candidates)
    alone = [model.predict([c])[0] for c in candidates]
    reversed_ = model.predict(candidates[::-1])[::-1]
    for a, b, c in zip(together, alone, reversed_, strict=True):
        for one in (b, c):
            assert a.median == pytest.approx(one.median, rel=1e-9)
            assert a.interval.low == pytest.approx(one.interval.low, rel=1e-9)
            assert a.interval.high == pytest.approx(one.interval.high, rel=1e-9)


def test_members_asked_side_by_side_say_the_same(model: Surrogate) -> None:
    candidates = [argyrodite(300.0 + i) for i in range(CACHED + 50)]
    with ThreadPoolExecutor(2) as threads:
        assert replace(model, threads=threads).predict(candidates) == model.predict(candidates)


def test_the_posterior_agrees_with_the_prediction(model: Surrogate) -> None:
    candidates = [argyrodite(550.0), argyrodite(None)]
    posterior = model.posterior(candidates)
    predictions = model.predict(candidates)
    np.testing.assert_allclose(posterior.mean, [p.scale_mean for p in predictions])
    np.testing.assert_allclose(posterior.std, [p.scale_std for p in predictions])
    assert (posterior.std_model > 0).all()


def test_no_candidate_gives_no_prediction(model: Surrogate) -> None:
    assert model.predict([]) == []
    assert len(model.posterior([]).mean) == 0


def test_a_furnace_hotter_than_every_row_is_out_with_the_reason_in_words(model: Surrogate) -> None:
    (prediction,) = model.predict([argyrodite(1100.0)])
    assert prediction.domain.status is DomainStatus.OUT
    assert any("heat treatment 1100 °C is above every argyrodite row" in reason for reason in prediction.domain.reasons)


def test_a_family_never_seen_is_out(model: Surrogate) -> None:
    oxide = Candidate(subject=Electrolyte(composition=parse_composition("Na3Zr2Si2PO12")))
    (prediction,) = model.predict([oxide])
    assert prediction.domain.status is DomainStatus.OUT


def test_the_same_seed_gives_the_same_bits(conductivities: list[Measurement]) -> None:
    few = conductivities[:60]
    candidates = [m.candidate for m in few[:20]]
    kinds = {name: QUICK[name] for name in ESTIMATORS}
    first, second = (fit(few, property="ionic_conductivity", hyperparameters=kinds, seed=5) for _ in range(2))
    assert first.predict(candidates) == second.predict(candidates)


@pytest.mark.parametrize("kind", sorted(ESTIMATORS))
def test_stored_arrays_give_back_the_same_estimator(kind: str, conductivities: list[Measurement]) -> None:
    _, training, view = encode(conductivities[:120], "ionic_conductivity")
    estimator = fit_estimator(kind, training, QUICK[kind], np.random.default_rng(0))
    restored = from_arrays(ESTIMATORS[kind].stored, to_arrays(estimator))
    for before, after in zip(estimator.predict(view.X, view.group), restored.predict(view.X, view.group), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_flattened_forest_is_scikit_learns(conductivities: list[Measurement]) -> None:
    from sklearn.ensemble import ExtraTreesRegressor

    from surrogate.models.estimators import tree_ensemble

    _, training, view = encode(conductivities, "ionic_conductivity")
    forest = ExtraTreesRegressor(n_estimators=5, min_samples_leaf=3, random_state=0).fit(training.X, training.y)
    ours = tree_ensemble._flatten([t.tree_ for t in forest.estimators_], training, np.ones(len(training)))
    mean = ours.row_weights(view.X) @ training.y
    np.testing.assert_allclose(mean, forest.predict(view.X), rtol=1e-10)


def test_row_weights_are_shares_of_the_training_rows(conductivities: list[Measurement]) -> None:
    _, training, view = encode(conductivities, "ionic_conductivity")
    forest = fit_estimator("tree_ensemble", training, QUICK["tree_ensemble"], np.random.default_rng(0))
    weights = forest.row_weights(view.X[:10])  # type: ignore[attr-defined]
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_an_artifact_is_read_back_to_the_bit_and_refused_when_changed(model: Surrogate, tmp_path: Path) -> None:
    folder = save(model, tmp_path / "ionic_conductivity")
    candidates = [argyrodite(t) for t in (None, 550.0)]
    assert load_model(folder).predict(candidates) == model.predict(candidates)
    assert set(load_models(tmp_path)) == {"ionic_conductivity"}
    arrays = folder / "arrays.npz"
    content = bytearray(arrays.read_bytes())
    content[len(content) // 2] ^= 1
    arrays.write_bytes(content)
    with pytest.raises(ArtifactError, match="sha256 differs"):
        load_model(folder)


def test_a_manifest_that_was_edited_is_refused(model: Surrogate, tmp_path: Path) -> None:
    folder = save(model, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["identity"]["status"] = "champion"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="changed after it was saved"):
        load_model(folder)


def test_an_artifact_predicts_where_only_the_library_is(model: Surrogate, tmp_path: Path) -> None:
    folder = save(model, tmp_path / "m")
    code = (
        "import sys\n"
        "for name in ('torch', 'sklearn', 'mlflow', 'bentoml', 'skops', 'pickle5'): sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from surrogate.models import load\n"
        "from surrogate.composition import parse_composition\n"
        "from surrogate.candidate.measurement import Candidate\n"
        "from surrogate.candidate.recipe import Electrolyte\n"
        f"model = load(Path({str(folder)!r}))\n"
        "print(model.predict([Candidate(subject=Electrolyte(composition=parse_composition('Li6PS5Cl')))])[0].median)\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert float(answer.stdout) == pytest.approx(model.predict([argyrodite(None)])[0].median)


def test_missing_models_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="training fit"):
        load_models(tmp_path)


def test_unknown_kinds_and_settings_name_what_exists(conductivities: list[Measurement]) -> None:
    with pytest.raises(UnknownName, match="tree_ensemble"):
        fit(conductivities, property="ionic_conductivity", kind="tree_ensembel")
    with pytest.raises(ConfigError, match="no hyper-parameter 'trees'"):
        fit(conductivities, property="ionic_conductivity", kind="tree_ensemble", hyperparameters={"trees": 3})


def test_one_paper_is_not_enough(conductivities: list[Measurement]) -> None:
    paper = conductivities[0].source.paper
    with pytest.raises(InvalidInput, match="at least two papers"):
        fit([m for m in conductivities if m.source.paper == paper], property="ionic_conductivity", kind="group_median")


def test_an_unseen_paper_is_really_unseen(conductivities: list[Measurement]) -> None:
    """Changing the values of a held-out paper changes nothing of what is predicted for it."""
    kinds, some = ("group_median", "tree_ensemble"), conductivities[::3]
    before = evaluate(some, property="ionic_conductivity", kinds=kinds, hyperparameters=QUICK, folds=3)
    fold = before["tree_ensemble"].rows
    paper = fold["paper"].value_counts().index[0]
    moved = [replace(m, value=m.value / 10) if m.source.paper == paper else m for m in some]
    after = evaluate(moved, property="ionic_conductivity", kinds=kinds, hyperparameters=QUICK, folds=3)
    for kind in kinds:
        here = before[kind].rows["paper"] == paper
        np.testing.assert_array_equal(before[kind].rows["predicted"][here], after[kind].rows["predicted"][here])


def test_evaluation_has_the_baselines_and_covers_what_it_says(conductivities: list[Measurement]) -> None:
    answer = evaluate(
        conductivities, property="ionic_conductivity", kinds=("tree_ensemble",), hyperparameters=QUICK, folds=5
    )["tree_ensemble"]
    assert answer.metrics["n_rows"] == len(conductivities)
    assert {"global_median", "group_median", "nearest_neighbour"} <= set(answer.baselines)
    assert answer.metrics["mae"] < answer.baselines["group_median"]["mae"]
    assert 0.84 <= answer.metrics["coverage_90"] <= 0.96
    assert answer.metrics["coverage_50"] < answer.metrics["coverage_80"] < answer.metrics["coverage_90"]


def test_calibration_covers_exchangeable_residuals_at_the_level_asked() -> None:
    rng = np.random.default_rng(0)
    sign = rng.uniform(0.5, 2.0, size=(4000, 1))
    residual = rng.standard_normal(4000) * sign[:, 0]
    learnt = Calibration.fit(residual[:2000], sign[:2000], np.ones(2000), 2000)
    for level in (0.5, 0.8, 0.9):
        low, high = learnt.interval(sign[2000:], level)
        covered = ((low <= residual[2000:]) & (residual[2000:] <= high)).mean()
        assert covered == pytest.approx(level, abs=0.03)


def test_the_higher_the_level_the_wider_even_beyond_what_the_papers_support() -> None:
    rng = np.random.default_rng(0)
    signs = np.ones((40, 1))
    for n_papers in (2, 8, 40):
        calibration = Calibration.fit(rng.standard_normal(40), signs, np.ones(40), n_papers)
        ends = np.array([calibration.interval(signs[:1], level) for level in (0.5, 0.9, 0.99, 0.999, 0.99999)])
        assert np.all(np.diff(ends[:, 0, 0]) < 0)
        assert np.all(np.diff(ends[:, 1, 0]) > 0)
        assert np.all(np.isfinite(ends))


def test_rows_that_agree_by_chance_do_not_make_the_value_beside_them_out(conductivities: list[Measurement]) -> None:
    one_time = [m for m in conductivities if m.candidate.electrolyte.composition.family.value == "Li7P3S11-type"]
    model = fitted("ionic_conductivity")
    column = model.encoding.names.index("recipe.milling_time_h")
    hours = [encode([m], "ionic_conductivity")[2].X[0, column] for m in one_time]
    shortest = float(np.nanmin(hours))
    recipe = Recipe(route=Route.MECHANICAL_MILLING, milling=Milling(time_h=0.7 * shortest))
    glass = Candidate(subject=Electrolyte(composition=parse_composition("70Li2S-30P2S5"), recipe=recipe))
    (prediction,) = model.predict([glass])
    (reason,) = (r for r in prediction.domain.reasons if r.startswith("milling time"))
    known = f"every Li7P3S11-type row learnt from ({shortest:.4g} h)"
    assert reason == f"milling time {0.7 * shortest:.4g} h is below {known}"
    view = model.encoding.view([glass], materials=False)
    beyond = model.applicability.verdicts(view, np.zeros(1), model.encoding.names).beyond
    assert 0.0 < beyond.max() < 1.0


@pytest.mark.parametrize("property", ["first_discharge_capacity", "first_charge_capacity"])
def test_a_median_above_the_theoretical_capacity_says_so_and_no_other(property: str) -> None:
    model = fitted(property)
    for name in ("S", "Se", "Te", "SeS2", "FeF3", "graphite", "TiS2", "LiCoO2", "LiTi2(PS4)3", "S or Li2S"):
        (prediction,) = model.predict([_half_cell(name)])
        theory = active_material(name).theoretical_capacity_mah_per_g
        above = theory is not None and prediction.median > theory
        assert any("lies above the theoretical one" in warning for warning in prediction.warnings) == above


def test_iron_fluoride_and_graphite_are_expected_below_what_they_can_hold() -> None:
    model = fitted("first_discharge_capacity")
    for name in ("FeF3", "graphite"):
        (prediction,) = model.predict([_half_cell(name)])
        assert prediction.median < active_material(name).theoretical_capacity_mah_per_g


@pytest.mark.parametrize(
    ("electrolyte", "status"),
    [
        ("Li7La3Zr2O12", DomainStatus.OUT), ("Na3PS4", DomainStatus.OUT), ("C2H4O", DomainStatus.OUT),
        ("TiS2", DomainStatus.OUT), ("Li2SiS3", DomainStatus.EDGE), ("Li6PS5Cl", None), ("Li10GeP2S12", None),
    ],
)  # fmt: skip
def test_a_cell_with_an_electrolyte_that_no_cell_had_is_not_in(electrolyte: str, status: DomainStatus | None) -> None:
    model = fitted("first_discharge_capacity")
    (prediction,) = model.predict([_half_cell("LiNi0.8Co0.1Mn0.1O2", electrolyte)])
    said = any(reason.startswith("no row learnt from has an electrolyte") for reason in prediction.domain.reasons)
    assert said == (status is not None)
    assert status in (None, prediction.domain.status)


def test_no_wet_milling_is_no_short_one(conductivities: list[Measurement]) -> None:
    model = fitted("ionic_conductivity")
    powder = parse_composition("Li6PS5Cl")
    milled = [Electrolyte(composition=powder, recipe=Recipe(wet_milling_time_h=hours)) for hours in (0.0, 1e-3)]
    said = model.predict([Candidate(subject=electrolyte) for electrolyte in milled])
    assert [any(reason.startswith("wet milling") for reason in p.domain.reasons) for p in said] == [False, True]


@pytest.mark.parametrize(
    ("inside", "outside", "words"),
    [
        ("70Li2S-30P2S5", "40Li2S-60P2S5", "Li2S share of Li2S and P2S5 0.4 is below every Li2S-P2S5 row"),
        ("Li5.5PS4.5Cl1.5", "Li4.9PS3.9Cl2.1", "Cl share of the anions 0.35 is above every argyrodite row"),
        ("Li6PS4.8O0.2Cl", "Li6PS4OCl", "oxygen share of the anions 0.1667 is above every argyrodite row"),
    ],
)
def test_a_composition_beyond_every_row_of_its_family_is_not_in(
    conductivities: list[Measurement], inside: str, outside: str, words: str
) -> None:
    model = fitted("ionic_conductivity")
    near, far = model.predict(
        [Candidate(subject=Electrolyte(composition=parse_composition(text))) for text in (inside, outside)]
    )
    assert not any(words.split(" 0")[0] in reason for reason in near.domain.reasons)
    assert any(reason.startswith(words) for reason in far.domain.reasons)
    assert far.domain.status is not DomainStatus.IN


def test_no_measured_row_is_beyond_the_rows_of_its_family(conductivities: list[Measurement]) -> None:
    model = fitted("ionic_conductivity")
    view = model.encoding.view([m.candidate for m in conductivities], materials=False)
    assert not model.applicability.verdicts(view, np.zeros(len(view.X)), model.encoding.names).beyond.any()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_few_papers_widen_the_interval(level: float) -> None:
    residual, sign = np.linspace(-1, 1, 200), np.ones((200, 1))
    few, many = (Calibration.fit(residual, sign, np.ones(200), n).interval(sign[:1], level) for n in (10, 1000))
    assert few[0] < many[0] < 0.0 < many[1] < few[1]
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(1.0 + 1.0 / 11, rel=0.01)


def test_a_dozen_papers_are_enough_for_the_coverage_that_is_said() -> None:
    rng = np.random.default_rng(0)
    n, sign, covered = 12, np.ones((12, 1)), []
    for _ in range(400):
        *known, unseen = rng.uniform(-1.0, 1.0, n + 1)
        low, high = Calibration.fit(np.array(known), sign, np.ones(n), n).interval(sign[:1], 0.8)
        covered.append(low[0] <= unseen <= high[0])
    assert np.mean(covered) > 0.78  # without the correction for a finite number of papers: 0.735


def test_papers_count_the_same_however_many_rows_they_have() -> None:
    weights = paper_weights(np.array([0, 0, 0, 1]))
    assert weights[:3].sum() == pytest.approx(weights[3])
    assert weighted_median(np.array([0.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, 9.0])) > 0.5


def test_inner_folds_never_split_a_paper() -> None:
    paper = np.random.default_rng(0).integers(20, size=200)
    fold = paper_fold_codes(paper, 5, np.random.default_rng(1))
    assert all(len(set(fold[paper == p])) == 1 for p in np.unique(paper))


def test_preparation_marks_gaps_and_gives_finite_numbers() -> None:
    X = np.array([[1.0, np.nan, 5.0], [2.0, 3.0, 5.0], [4.0, np.nan, 5.0], [3.0, 7.0, 5.0]])
    prepared = Preparation.fit(X, range(3))
    made = prepared(X)
    assert np.isfinite(made).all()
    assert made.shape == (4, prepared.width) == (4, 3)  # two columns that vary and one marker
    np.testing.assert_array_equal(made[:, 2], [1.0, 0.0, 1.0, 0.0])


def test_a_reason_of_the_gate_shows_which_error_is_larger() -> None:
    gain = {"baseline": "global_median", "gain": -0.03, "interval": [-0.5, 0.4], "interval_90": [-0.4, 0.3]}
    metrics = {"mae": 11.94, "coverage_90": 0.9, "n_papers": 50, "unit": "points", "gain_over_best_median": gain}
    (reason,) = gate(metrics, {"global_median": {"mae": 11.91}}).reasons
    assert reason == "its error on unseen papers, 11.94 points, is not below that of the global median, 11.91"


def test_a_group_of_what_fits_nowhere_else_vouches_for_nothing() -> None:
    model = fitted("first_discharge_capacity")
    fluoride, layered = model.predict([_half_cell(name) for name in ("FeF3", "LiNi0.8Co0.1Mn0.1O2")])
    assert fluoride.domain.status is not DomainStatus.IN
    assert "other materials have little in common" in fluoride.domain.reasons
    assert not any("in common" in reason for reason in layered.domain.reasons)


def _half_cell(active: str, electrolyte: str | None = None) -> Candidate:
    made = None if electrolyte is None else Electrolyte(composition=parse_composition(electrolyte))
    return Candidate(subject=Cell(electrode=Electrode(active_material=active_material(active), electrolyte=made)))


def test_a_path_may_be_text(model: Surrogate, tmp_path: Path) -> None:
    folder = save(model, str(tmp_path / "models" / "ionic_conductivity"))
    assert load_model(str(folder)).identity == model.identity
    assert list(load_models(str(tmp_path / "models"))) == ["ionic_conductivity"]


def test_a_name_instead_of_a_folder_says_what_is_wanted() -> None:
    with pytest.raises(Unavailable, match=r"no model in 'ionic_conductivity'.* such as models/ionic_conductivity"):
        load_model("ionic_conductivity")


def test_the_folder_of_one_model_names_the_one_above_it(model: Surrogate, tmp_path: Path) -> None:
    folder = save(model, tmp_path / "ionic_conductivity")
    with pytest.raises(Unavailable, match=f"is the folder of one model.* Give '{tmp_path}'"):
        load_models(folder)


def test_two_models_of_one_property_are_refused(model: Surrogate, tmp_path: Path) -> None:
    for name in ("ionic_conductivity", "ionic_conductivity-old"):
        save(model, tmp_path / name)
    with pytest.raises(ArtifactError, match="two models of ionic_conductivity"):
        load_models(tmp_path)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("stack", {"n_trees": 400}, "by estimator"),
        ("stack", {"tree_ensembel": {"n_trees": 400}}, "'tree_ensembel'"),
        ("tree_ensemble", {"n_trees": -1}, "whole number from 1"),
        ("tree_ensemble", {"n_trees": "many"}, "whole number from 1"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_fitted(
    conductivities: list[Measurement], kind: str, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        fit(conductivities, property="ionic_conductivity", kind=kind, hyperparameters=settings)


def test_values_that_all_say_the_same_teach_no_model() -> None:
    same = [replace(m, value=0.3) for m in load("activation_energy")]
    with pytest.raises(InvalidInput, match="all say the same"):
        fit(same, property="activation_energy", kind="group_median")


def test_numbers_that_cannot_be_are_refused(model: Surrogate, conductivities: list[Measurement]) -> None:
    for level in (-0.1, 0.0, 1.0, 2.0, math.nan):
        with pytest.raises(InvalidInput, match="must lie between 0 and 1"):
            model.predict([argyrodite(25)], level=level)
        with pytest.raises(InvalidInput, match="must lie between 0 and 1"):
            model.intervals([argyrodite(25)], [0.5, level])
    with pytest.raises(InvalidInput, match="-1 neighbours"):
        model.predict([argyrodite(25)], neighbours=-1)
    with pytest.raises(InvalidInput, match="1 sets of hyper-parameters"):
        evaluate(conductivities, property="ionic_conductivity", kinds=("group_median",), folds=2, hyperparameters=[{}])


def test_a_measurement_given_twice_teaches_nothing_twice() -> None:
    rows = load("electronic_conductivity")
    with pytest.raises(InvalidInput, match="would count twice: it is given twice"):
        evaluate([*rows, rows[7]], property="electronic_conductivity", kinds=("group_median",), folds=2)
    once = partial(fit, property="electronic_conductivity", kind="group_median")
    with pytest.raises(InvalidInput, match="would count twice: it is given twice"):
        once([*rows, rows[7]])
    asked = [m.candidate for m in rows]
    assert once(without_duplicates([*rows, *rows])).predict(asked) == once(rows).predict(asked)
