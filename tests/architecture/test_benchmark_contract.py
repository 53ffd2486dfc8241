"""Every benchmark can be read by a person and by a program."""

from __future__ import annotations

import argparse
import ast
import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._contract import Bar, at_least, at_most, command_line, finish, folder_of, in_sentences, seconds_of
from surrogate.errors import Unavailable
from tests.interrupts import hear_ctrl_c

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MODULES = sorted(path for path in BENCHMARKS.glob("*.py") if not path.name.startswith("_"))


def printed(capsys, rows, bars):
    code = finish("example", rows, bars, as_json=True)
    return code, json.loads(capsys.readouterr().out)


def test_one_json_object_with_the_machine_that_was_measured_on(capsys):
    code, found = printed(capsys, [{"rows": np.int64(3), "seconds": np.float64(0.5)}], [at_most("time", 0.5, 1.0)])
    assert code == 0
    assert found["rows"] == [{"rows": 3, "seconds": 0.5}]
    assert found["reached"] is True
    assert set(found["machine"]) == {"cpu", "cores", "memory_gib", "python", "platform"}


def test_a_missed_bar_is_told_by_the_exit_code(capsys):
    code, found = printed(capsys, [], [at_least("coverage", 0.5, 0.9), at_most("time", 0.5, 1.0)])
    assert code == 7
    assert [bar["reached"] for bar in found["bars"]] == [False, True]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_not_a_finite_number_is_null_and_reaches_no_bar(value, capsys):
    code, found = printed(capsys, [{"value": value, "all": np.array([1.0, np.nan])}], [at_most("x", value, 1.0)])
    assert code == 7
    assert found["rows"] == [{"value": None, "all": [1.0, None]}]
    with pytest.raises(ValueError, match="cannot be reached"):
        Bar(name="x", value=value, bar=1.0, reached=True)


@given(value=st.floats(allow_nan=False, allow_infinity=False), bar=st.floats(allow_nan=False, allow_infinity=False))
def test_a_bar_is_reached_from_one_side_only_unless_it_is_met_exactly(value, bar):
    assert (at_least("x", value, bar).reached and at_most("x", value, bar).reached) == (value == bar)
    assert at_least("x", value, bar).reached or at_most("x", value, bar).reached


def test_the_table_shows_every_row_and_every_bar(capsys):
    finish("example", [{"name": "a", "seconds": 1.0}, {"name": "b"}], [at_most("time", 1.0, 2.0)], as_json=False)
    table = capsys.readouterr().out
    assert all(word in table for word in ("seconds", "a", "b", "time", "reached"))


def test_json_is_off_unless_asked_for():
    assert command_line(None).parse_args([]).as_json is False
    assert command_line(None).parse_args(["--json"]).as_json is True


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "soon", ""])
def test_what_is_no_time_is_refused_before_anything_is_measured(text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}' is no time"):
        seconds_of(text)


def test_a_folder_is_made_or_refused_before_anything_is_measured(tmp_path):
    assert folder_of(str(tmp_path / "a" / "b")).is_dir()
    (tmp_path / "file").write_text("something else")
    for place in ("file", "file/folder"):
        with pytest.raises(argparse.ArgumentTypeError, match="cannot be made"):
            folder_of(str(tmp_path / place))


def test_what_is_wrong_is_one_sentence_and_its_exit_code(capsys):
    @in_sentences
    def main():
        raise Unavailable("There are no models.", hint="Train some.")

    assert main() == Unavailable.exit_code
    assert capsys.readouterr() == ("", "There are no models. Train some.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_what_was_started_and_is_told_by_the_exit_code(number):
    code = (
        "import time\n"
        "from benchmarks._contract import ended\n"
        "def main():\n"
        "    try:\n"
        "        print('at work', flush=True)\n"
        "        time.sleep(60)\n"
        "    finally:\n"
        "        print('ended', flush=True)\n"
        "ended(main)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=BENCHMARKS.parent,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_ctrl_c,
    )
    assert run.stdout.readline() == "at work\n"
    run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert (run.returncode, out) == (130, "ended\n")
    assert "Interrupted; nothing was kept." in err


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_benchmark_ends_through_the_contract(path):
    tree = ast.parse(path.read_text())
    taken = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "benchmarks._contract"
        for alias in node.names
    }
    assert {"finish", "in_sentences"} <= taken
    assert {"command_line", "parse_properties"} & taken
    assert ast.get_docstring(tree)
