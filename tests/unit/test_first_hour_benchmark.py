"""The words that somebody new reads: sentences are cut where they end, and the README keeps its bars."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks._sentences import messages, sentences, sentences_of_page, words
from benchmarks.first_hour import FIRST_SENTENCE, SENTENCE, longest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "count"),
    [("One sentence. Another one.", 2), ("At 3.5 mS/cm it is good.", 1), ("Is it? **Yes.** `x` is.", 2), ("", 0)],
)
def test_a_sentence_ends_where_the_next_one_begins(text, count):
    assert len(sentences(text)) == count


def test_of_a_page_only_what_is_read_counts():
    page = "# Title\n\nOne [link](there.md).\n\n```sh\nsurrogate\n```\n\n| a | b |\n|---|---|\n\n- First.\n- Second.\n"
    assert sentences_of_page(page) == ["One link.", "First.", "Second."]
    assert [words(sentence) for sentence in sentences_of_page(page)] == [2, 1, 1]


def test_messages_are_read_from_the_code_with_a_word_for_each_value(tmp_path):
    (tmp_path / "module.py").write_text('raise errors.NotFound(f"There is no {name} here.", hint="Make one.")\n')
    assert list(messages(tmp_path)) == [("NotFound", "There is no {} here."), ("NotFound", "Make one.")]


def test_the_readme_and_every_error_keep_their_bars():
    rows, bars = longest({})
    assert {"README", "InvalidInput", "Unavailable"} <= {row["kind"] for row in rows}
    assert [bar.name for bar in bars if not bar.reached] == []
    assert (FIRST_SENTENCE, SENTENCE) == (25, 30)
