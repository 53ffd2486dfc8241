"""Splits never part a paper, use every row once, and do not depend on chance beyond the seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.measurement import Candidate, Fidelity, Measurement, Source
from surrogate.candidate.recipe import Electrolyte
from surrogate.composition import parse_composition
from surrogate.datasets import (
    check_once,
    leave_one_paper_out,
    load,
    paper_folds,
    sha256_of,
    without_duplicates,
)
from surrogate.errors import InvalidInput
from surrogate.models.training_set import paper_weights

ELECTROLYTE = Candidate(subject=Electrolyte(composition=parse_composition("Li6PS5Cl")))


def measurement(paper: str, row: int, *, simulated: bool = False, duplicate_of: str | None = None) -> Measurement:
    return Measurement(
        property="ionic_conductivity",
        value=1e-3,
        candidate=ELECTROLYTE,
        source=Source(row_id=str(row), paper=paper, duplicate_of=duplicate_of),
        fidelity=Fidelity.SIMULATED if simulated else Fidelity.MEASURED,
    )


papers = st.lists(st.sampled_from("abcdefghij"), min_size=4, max_size=60).filter(lambda p: len(set(p)) >= 3)


@given(papers=papers, n_folds=st.integers(min_value=2, max_value=3), seed=st.integers(min_value=0, max_value=99))
def test_folds_partition_the_rows_and_keep_papers_whole(papers, n_folds, seed):
    rows = [measurement(paper, i) for i, paper in enumerate(papers)]
    folds = paper_folds(rows, n_folds, seed)
    assert sorted(np.concatenate([f.test for f in folds])) == list(range(len(rows)))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(len(rows)))
        assert not {papers[i] for i in fold.train} & {papers[i] for i in fold.test}


@given(papers=papers, seed=st.integers(min_value=0, max_value=99), order=st.randoms(use_true_random=False))
def test_folds_depend_on_the_papers_and_the_seed_not_on_the_order(papers, seed, order):
    rows = [measurement(paper, i) for i, paper in enumerate(papers)]
    shuffled = rows.copy()
    order.shuffle(shuffled)
    assert [f.papers for f in paper_folds(rows, 3, seed)] == [f.papers for f in paper_folds(shuffled, 3, seed)]


@given(papers=papers)
def test_weights_make_papers_equal_with_mean_one(papers):
    weights = paper_weights(np.unique(papers, return_inverse=True)[1])
    totals = [weights[[p == paper for p in papers]].sum() for paper in set(papers)]
    assert np.allclose(totals, totals[0])
    assert weights.mean() == pytest.approx(1.0)


def test_leave_one_paper_out_has_a_fold_for_each_paper():
    rows = load("ionic_conductivity")
    folds = leave_one_paper_out(rows)
    assert len(folds) == len({m.source.paper for m in rows})
    assert all(len(f.papers) == 1 for f in folds)


def test_simulated_rows_are_in_every_training_part_and_in_no_test():
    rows = [measurement(p, i) for i, p in enumerate("aabbc")] + [measurement("sweep", 9, simulated=True)]
    for fold in paper_folds(rows, 3, seed=0):
        assert 5 in fold.train
        assert 5 not in fold.test


def test_too_many_folds_are_refused_with_the_number_that_works():
    with pytest.raises(InvalidInput, match="4 folds of 3 papers"):
        paper_folds([measurement(p, i) for i, p in enumerate("abc")], 4, seed=0)


@pytest.mark.parametrize(("rows", "words"), [(0, "0 papers"), (2, "1 paper ")])
def test_what_no_fold_can_be_made_of_is_said(rows, words):
    one = measurement("a", 0)
    with pytest.raises(InvalidInput, match=words):
        paper_folds([one] * rows, 2, 0)


def test_duplicates_are_dropped_and_the_rest_keeps_its_order():
    rows = [measurement("a", 1), measurement("b", 2, duplicate_of="1"), measurement("c", 3)]
    assert [m.source.row_id for m in without_duplicates(rows)] == ["1", "3"]


@given(picked=st.lists(st.integers(0, 5), max_size=8))
def test_a_value_counts_once_or_is_refused(picked):
    """Rows 3 to 5 say that they repeat rows 0 to 2."""
    rows = [measurement("a", n, duplicate_of=str(n - 3) if n > 2 else None) for n in range(6)]
    given = [rows[n] for n in picked]
    if len({n % 3 for n in picked}) == len(picked):
        check_once(given)
    else:
        with pytest.raises(InvalidInput, match="would count twice"):
            check_once(given)
    check_once(without_duplicates(given))


def test_folds_of_real_rows_are_balanced():
    sizes = [len(f.test) for f in paper_folds(load("ionic_conductivity"), 5, seed=1)]
    assert max(sizes) - min(sizes) <= 5


def test_the_hash_is_that_of_the_content_in_its_order():
    rows = load("ionic_conductivity")
    assert sha256_of(rows) == sha256_of(load("ionic_conductivity"))
    assert sha256_of(rows) != sha256_of(rows[::-1])
    assert sha256_of(rows) != sha256_of(rows[1:])
