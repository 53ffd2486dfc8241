"""A word that names no coating is asked back and counts as not stated; what tables and people write is read."""

from __future__ import annotations

import numpy as np
import pytest

from surrogate.candidate.cell import Cell
from surrogate.candidate.coatings import COATINGS, is_coating, propose_coatings
from surrogate.candidate.columns import cell_columns
from surrogate.candidate.settings import build
from surrogate.datasets import load


@pytest.mark.parametrize(
    "text",
    [*COATINGS, "LiNbO3 (sol-gel, 300 C)", "Li-Nb-Ta oxide", "LZO 6-8 nm", "lithium niobate", "alumina", "Al",
     "carbon-coated", "S treatment", "linbo3", "PEDOT", "amorphous Li-Ti-O 3 nm"],
)  # fmt: skip
def test_a_compound_an_abbreviation_and_words_for_one_name_a_coating(text: str) -> None:
    assert is_coating(text)


@pytest.mark.parametrize("text", ["chocolate", "Chocolate", "banana", "nothing special", "boring"])
def test_another_word_names_none_and_something_is_proposed(text: str) -> None:
    assert not is_coating(text)
    assert all(is_coating(name) for name in propose_coatings(text))


@pytest.mark.parametrize(("text", "meant"), [("LiNb3O", "LiNbO3"), ("polimide", "polyimide"), ("carbn", "carbon")])
def test_the_nearest_name_is_proposed_first(text: str, meant: str) -> None:
    assert propose_coatings(text)[0] == meant


def test_every_coating_of_the_tables_is_one() -> None:
    subjects = [row.candidate.subject for row in load("first_discharge_capacity")]
    texts = {cell.electrode.coating for cell in subjects if isinstance(cell, Cell)} - {None, ""}
    assert len(texts) > 15
    assert not [text for text in texts if text is not None and not is_coating(text)]


def test_a_cell_with_such_a_word_is_answered_as_one_without_a_coating_stated() -> None:
    cells = [build({"active_material": "LiCoO2", **({"coating": text} if text else {})})
             for text in ("chocolate", "", "LiNbO3", "none")]  # fmt: skip
    np.testing.assert_equal(cell_columns(cells).coated, [np.nan, np.nan, 1.0, 0.0])
