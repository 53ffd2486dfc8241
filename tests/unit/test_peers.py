"""The peers of the suggestion benchmark: what they are asked arrives whole, and where they are missing is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks import _peer_process, _peers
from benchmarks._choosers import METHODS, methods
from benchmarks._peer_process import decode, encode
from surrogate.errors import Unavailable


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 3)), elements=st.floats(width=64)))
def test_an_array_arrives_to_the_bit(array: np.ndarray) -> None:
    arrived = decode(json.loads(json.dumps(encode(array))))
    assert arrived.shape == array.shape
    assert arrived.tobytes() == array.tobytes()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_peers, "ENVIRONMENT", tmp_path / ".venv-peers")
    _peers._start.cache_clear()


@pytest.mark.usefixtures("nowhere")
def test_without_their_environment_the_peers_are_left_out_and_asking_one_says_how_to_get_it() -> None:
    available, missing = methods()
    assert set(available) == set(METHODS)
    assert missing == ("baybe", "ax")
    with pytest.raises(Unavailable, match="no environment of the peers") as caught:
        _peers.propose("baybe", np.zeros((2, 1)), [0], np.zeros((1, 1)), seed=0)
    assert "make peers" in str(caught.value)


def test_a_peer_that_fails_answers_with_its_error_and_serves_on() -> None:
    """Run without the peers, so that importing one is what fails."""
    request = {"peer": "no such peer", "x": encode(np.zeros((2, 1))), "seen": [0], "values": encode(np.zeros((1, 1)))}
    lines = "".join(json.dumps(request | {"peer": name}) + "\n" for name in ("no such peer", "another"))
    program = [sys.executable, _peer_process.__file__]
    run = subprocess.run(program, input=lines, capture_output=True, text=True, timeout=60, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert ["KeyError" in answer["error"] for answer in answers] == [True, True]


@pytest.mark.slow
@pytest.mark.skipif(set(_peers.find_versions()) != {"baybe", "ax"}, reason="the peers are not installed: 'make peers'")
def test_peers_propose_rows_of_the_space_and_the_same_ones_for_the_same_seed() -> None:
    x = np.random.default_rng(0).random((30, 2))
    values = -((x[:5] - 0.4) ** 2).sum(axis=1, keepdims=True)
    for peer in ("baybe", "ax"):
        first, again = (_peers.propose(peer, x, range(5), values, seed=1) for _ in range(2))
        assert first.rows.tobytes() == again.rows.tobytes()
        assert first.rows.shape == (1, 2)
        assert (first.rows >= 0).all()
        assert (first.rows <= 1).all()
        assert first.seconds > 0
