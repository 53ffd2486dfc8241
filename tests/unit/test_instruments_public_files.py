"""Files that nobody here wrote say what their own projects state; skipped without the package registry."""

from __future__ import annotations

import pytest

from benchmarks import instruments
from surrogate.errors import Unavailable


@pytest.fixture(scope="module")
def rows():
    try:
        return [*instruments.spectra_rows(), *instruments.pellet_rows(), *instruments.cycling_rows()]
    except Unavailable as trouble:
        pytest.skip(str(trouble))


def test_public_files_say_what_their_projects_state(rows):
    assert {row["format"] for row in rows} >= set(instruments.CORE)
    assert [row["file"] for row in rows if row["deviation_percent"] > 0.1] == []


def test_a_binary_file_of_biologic_says_what_its_project_states(rows):
    pytest.importorskip("galvani", reason="the extra instruments-gpl is not installed")
    assert [row["deviation_percent"] < 0.001 for row in instruments.mpr_rows()] == [True, True]


def test_other_experiments_are_refused_in_one_sentence(rows):
    assert [row["refused"] for row in instruments.refusals() if not row["is_one"]] == []
