"""Both directions of the first cycle: what a charge borrows from discharges, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.active_material import Chemistry
from surrogate.candidate.cell import Cell
from surrogate.candidate.columns import cell_columns
from surrogate.candidate.measurement import Measurement
from surrogate.candidate.settings import build
from surrogate.datasets import load, load_companions
from surrogate.errors import InvalidInput
from surrogate.features import feature_matrix
from surrogate.models import Surrogate, evaluate, fit, save
from surrogate.models import load as load_model
from surrogate.models.base import DomainStatus
from surrogate.models.first_cycle import complete, ratio
from surrogate.models.surrogate import encode
from surrogate.models.training_set import OtherDirection

CHARGE = "first_charge_capacity"


@pytest.fixture(scope="module")
def charges() -> list[Measurement]:
    return load(CHARGE)


@pytest.fixture(scope="module")
def discharges() -> list[Measurement]:
    return load_companions(CHARGE)


def chemistry(measurement: Measurement) -> Chemistry:
    assert isinstance(measurement.candidate.subject, Cell)
    return measurement.candidate.subject.electrode.active_material.chemistry


def without_sulfur(charges: list[Measurement]) -> list[Measurement]:
    return [m for m in charges if chemistry(m) is not Chemistry.SULFUR]


def rows(own_over_other: float, papers: int, *, lithiated: float = 1.0) -> OtherDirection:
    y = np.full(papers, 0.5)
    codes = np.arange(papers)
    cells = [build({"active_material": "LiCoO2"})] * papers
    return OtherDirection(
        X=np.zeros((papers, 1)),
        columns=cell_columns(cells),
        y=y,
        own=own_over_other * y,
        lithiated=np.full(papers, lithiated),
        paper=codes,
        group=codes * 0,
        tier=codes * 0,
    )


@given(st.floats(0.2, 5.0), st.integers(1, 20), st.floats(0.0, 10.0))
def test_a_cell_returns_what_it_took_until_papers_say_otherwise(stated: float, papers: int, pooling: float) -> None:
    found = ratio(rows(stated, papers), pooling=pooling)
    more = ratio(rows(stated, papers + 1), pooling=pooling)
    low, high = sorted((1.0, stated))
    assert ((low - 1e-12 <= found) & (found <= high + 1e-12)).all()
    assert abs(np.log(more[0] / stated)) <= abs(np.log(found[0] / stated)) + 1e-12


def test_a_coulombic_efficiency_may_exceed_one() -> None:
    efficiency = 1.0 / ratio(rows(0.9, 8, lithiated=0.0), pooling=3.0)
    assert (efficiency > 1.0).all()


def test_each_kind_of_cell_has_its_own_ratio() -> None:
    lithiated, not_lithiated = rows(1.3, 6), rows(0.95, 6, lithiated=0.0)
    joined = {
        name: np.concatenate([getattr(lithiated, name), getattr(not_lithiated, name)])
        for name in ("X", "y", "own", "lithiated", "paper", "group", "tier")
    }
    both = OtherDirection(columns=lithiated.columns.followed_by(not_lithiated.columns), **joined)
    found = ratio(both, pooling=0.0)
    np.testing.assert_allclose(found, np.repeat([1.3, 0.95], 6))


def test_only_cells_without_a_charge_of_their_own_are_borrowed(
    charges: list[Measurement], discharges: list[Measurement]
) -> None:
    _, training, _ = encode(charges, CHARGE, companions=discharges)
    whole = complete(training)
    stated = {m.source.row_id for m in charges}
    lent = [m for m in discharges if m.source.row_id not in stated]
    assert len(whole) == len(whole.paper) == len(whole.columns) == len(charges) + len(lent)
    np.testing.assert_array_equal(whole.y[: len(charges)], training.y)
    together = cell_columns([m.candidate for m in [*charges, *lent]])
    np.testing.assert_array_equal(feature_matrix(whole.columns), feature_matrix(together))
    np.testing.assert_array_equal(feature_matrix(together), whole.X)


def test_without_the_other_direction_nothing_is_borrowed(charges: list[Measurement]) -> None:
    _, training, _ = encode(charges, CHARGE)
    assert training.other is None
    assert complete(training) is training


def test_a_paper_that_is_held_out_takes_its_discharges_along(
    charges: list[Measurement], discharges: list[Measurement]
) -> None:
    _, training, _ = encode(charges, CHARGE, companions=discharges)
    for paper in np.unique(training.paper):
        rest = training.take(training.paper != paper)
        assert rest.other is not None
        assert paper not in rest.other.paper


def test_no_paper_is_judged_with_its_own_discharge(charges: list[Measurement], discharges: list[Measurement]) -> None:
    paper = "10.1002/smll.202404171"
    assert any(m.source.paper == paper for m in charges)
    halved = [replace(m, value=m.value / 2) if m.source.paper == paper else m for m in discharges]
    first, second = (
        evaluate(charges, property=CHARGE, kinds=("group_median",), folds=5, seed=7, companions=given)["group_median"]
        for given in (discharges, halved)
    )
    own = first.rows["paper"] == paper
    np.testing.assert_array_equal(first.rows.loc[own, "predicted"], second.rows.loc[own, "predicted"])
    assert (first.rows.loc[~own, "predicted"] != second.rows.loc[~own, "predicted"]).any()


@pytest.fixture(scope="module")
def model(charges: list[Measurement], discharges: list[Measurement]) -> Surrogate:
    """Trained on no charge of sulfur, but on its discharges."""
    return fit(without_sulfur(charges), property=CHARGE, kind="group_median", companions=discharges)


def test_a_chemistry_known_from_discharges_alone_is_predicted_near_them(
    model: Surrogate, charges: list[Measurement], discharges: list[Measurement]
) -> None:
    sulfur = next(m.candidate for m in charges if chemistry(m) is Chemistry.SULFUR)
    usual = float(np.median([m.value for m in discharges if chemistry(m) is Chemistry.SULFUR]))
    blind = fit(without_sulfur(charges), property=CHARGE, kind="group_median")
    seen, unseen = (each.predict([sulfur])[0].median for each in (model, blind))
    assert abs(seen - usual) < abs(unseen - usual)


def test_a_chemistry_whose_charge_nobody_measured_stays_out_of_the_domain(
    model: Surrogate, charges: list[Measurement]
) -> None:
    sulfur = next(m.candidate for m in charges if chemistry(m) is Chemistry.SULFUR)
    (prediction,) = model.predict([sulfur])
    assert prediction.domain.status is DomainStatus.OUT
    assert "no measurement of this family is known to the model" in prediction.domain.reasons


def test_what_was_borrowed_is_written_down_and_stored(
    model: Surrogate, discharges: list[Measurement], tmp_path: Path
) -> None:
    said = model.card.metrics["other_direction"]
    assert said["rows"] == len(discharges)
    assert said["ratio_built_with_lithium"] > 1.0  # oxides and Li2S do not take back all that they gave
    save(model, tmp_path / CHARGE)
    candidates = [m.candidate for m in discharges[:40]]
    assert load_model(tmp_path / CHARGE).predict(candidates) == model.predict(candidates)


def test_retentions_and_electronic_conductivities_have_nothing_to_borrow() -> None:
    assert load_companions("electronic_conductivity") == load_companions("capacity_retention") == []


def test_conductivities_and_activation_energies_borrow_from_each_other() -> None:
    assert {m.property for m in load_companions("ionic_conductivity")} == {"activation_energy"}
    assert {m.property for m in load_companions("activation_energy")} == {"ionic_conductivity"}


def test_a_conductivity_cannot_borrow_from_a_capacity(discharges: list[Measurement]) -> None:
    with pytest.raises(InvalidInput, match="cannot borrow from measurements of first_discharge_capacity"):
        encode(load("ionic_conductivity")[:20], "ionic_conductivity", companions=discharges)
