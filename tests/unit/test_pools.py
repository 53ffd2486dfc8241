"""Folders of pools for the suggestion benchmark: what is read, what is refused, and what is left out of which part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks._pools import load_pools, read_pool
from benchmarks.suggestion import LEAST, TOLD_PER_SEED, _jobs, data_of, main, resumed, unfit
from surrogate.errors import ConfigError, TableError, Unavailable

X = np.random.default_rng(0).random((60, 2)).round(3)


def table(path: Path, y: object = None, header: str = "a,b,y", rows: int = 60) -> Path:
    values = X.sum(axis=1) if y is None else np.broadcast_to(y, len(X))
    lines = [f"{a},{b},{value}" for (a, b), value in zip(X, values, strict=True)][:rows]
    path.write_text("\n".join([header, *lines] if header else lines) + "\n", "utf-8")
    return path


def described(folder: Path, text: str) -> Path:
    (folder / "pools.toml").write_text(text, "utf-8")
    return folder


def test_a_folder_without_a_description_is_maximised_and_says_so(tmp_path: Path) -> None:
    table(tmp_path / "bowl.csv")
    pools, notes = load_pools(tmp_path)
    assert pools["bowl"].y.max() == X.sum(axis=1).max()
    assert notes == ["bowl: no entry in pools.toml, so it is maximised."]


def test_a_first_line_of_numbers_is_a_candidate_unless_the_description_says_otherwise(tmp_path: Path) -> None:
    path = table(tmp_path / "bowl.csv", header="")
    assert len(read_pool(path, {}).y) == 60
    assert len(read_pool(path, {"header": True}).y) == 59
    assert len(read_pool(table(path), {}).y) == 60


def test_words_become_a_column_each_and_repeats_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("solvent,t,y\nTHF,1,2\nDME,1,3\nTHF,1,4\nDOL,2,0\n", "utf-8")
    pool = read_pool(path, {})
    assert pool.inputs.shape == (3, 4)
    assert sorted(pool.y) == [0, 3, 3]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a,y\n1,2\n2,nan\n", 3, "not a finite number"),
        ("a,y\n1,2\ninf,3\n", 3, "not a finite number"),
        ("a,y\n1,2\n,3\n", 3, "The cell is empty"),
        ("a,y\n1,2\nred,3\n", 3, "'red' is not"),
        ("a,y\n1,2\n2,high\n", 3, "'high' is not"),
        ("a,y\n1,2\n2\n", 3, "1 cells where the first line has 2"),
        ("a;y\n1;2\n", 1, "There is one column"),
        ("a,y\n", 1, "no rows below the header"),
        ('a,y\n1,"2\n', 2, "cannot be split"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(TableError) as refused:
        read_pool(path, {})
    assert [fault.row for fault in refused.value.faults] == [line]
    assert words in refused.value.faults[0].message


def test_a_mixture_that_does_not_add_up_is_told(tmp_path: Path) -> None:
    (tmp_path / "pools.toml").write_text("[bowl]\nsimplex = 1\n", "utf-8")
    (tmp_path / "bowl.csv").write_text("a,b,y\n0.5,0.5,1\n0.3,0.695,2\n0.3,0.6,3\n", "utf-8")
    pools, notes = load_pools(tmp_path)
    assert len(pools["bowl"].y) == 3
    assert notes == ["bowl: the inputs of 1 of 3 candidates do not add up to 1."]


def test_what_else_a_description_holds_is_told_and_left_alone(tmp_path: Path) -> None:
    table(tmp_path / "bowl.csv")
    (tmp_path / "pools.toml").write_text("version = 2\n[bowl]\nlicence = 'CC0'\ndirection = 'minimize'\n", "utf-8")
    pools, notes = load_pools(tmp_path)
    assert notes == [
        "'version' in pools.toml is no table of a pool and is not read.",
        "bowl: 'licence' in pools.toml is not read.",
    ]
    (tmp_path / "pools.toml").write_text("[bowl]\ndirection = 'minimise'\n", "utf-8")
    assert np.array_equal(pools["bowl"].y, load_pools(tmp_path)[0]["bowl"].y)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[bowl]\ndirecton = 'minimise'\n", "Did you mean direction"),
        ("[bowl]\ndirection = 'min'\n", '\'min\'; it must be "maximise" or "minimise"'),
        ("[bowl]\nheader = 'no'\n", "true or false"),
        ("[bowl\n", "is not TOML"),
    ],
)
def test_a_description_that_cannot_be_right_is_refused(tmp_path: Path, text: str, words: str) -> None:
    table(tmp_path / "bowl.csv")
    with pytest.raises(ConfigError, match=words):
        load_pools(described(tmp_path, text))


def test_a_folder_without_tables_ends_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere")]) == Unavailable.exit_code
    assert "holds no csv file" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--pools", "--methods"])
def test_a_name_that_is_not_there_is_refused(tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    table(tmp_path / "bowl.csv")
    assert main([str(tmp_path), option, "nonsense"]) == 3
    assert "named 'nonsense'" in capsys.readouterr().err


def test_pools_that_say_nothing_are_left_out_and_reach_no_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(tmp_path / "small.csv", rows=6)
    table(tmp_path / "flat.csv", y=1.0)
    arguments = [str(tmp_path), "--only", "recall", "coverage", "--workers", "0", "--json"]
    assert main([*arguments, "--state", str(tmp_path / "state.jsonl")]) == 7
    found = json.loads(capsys.readouterr().out)
    notes = {(row["part"], row["pool"]): row["note"] for row in found["rows"] if "pool" in row}
    assert notes == {
        ("recall", "small"): "left out: 6 candidates, and at least 46 are needed",
        ("coverage", "small"): "left out: 6 candidates, and at least 26 are needed",
        ("recall", "flat"): "left out: all its values are the same",
        ("coverage", "flat"): "left out: all its values are the same",
    }
    assert all(bar["value"] is None and not bar["reached"] for bar in found["bars"])


def test_pools_that_know_of_no_other_are_not_silently_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(tmp_path / "bowl.csv")
    main([str(tmp_path), "--only", "transfer", "--workers", "0", "--state", str(tmp_path / "state.jsonl"), "--json"])
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row == {"part": "transfer", "note": "left out: no pool has another one to learn from"}


def test_a_pool_of_the_least_size_leaves_something_to_choose(tmp_path: Path) -> None:
    pool = read_pool(table(tmp_path / "bowl.csv", rows=LEAST["recall"]), {})
    assert not unfit("recall", pool)
    assert unfit("recall", read_pool(table(tmp_path / "bowl.csv", rows=LEAST["recall"] - 1), {}))


def test_runs_on_a_table_that_has_changed_are_made_anew(tmp_path: Path) -> None:
    state, made = tmp_path / "state.jsonl", []

    def run() -> None:
        pools, _ = load_pools(tmp_path)
        key = ("recall", "bowl", "random", "0")
        resumed([(key, lambda: made.append(1) or {"run": len(made)})], state, 0, None, pools)

    table(tmp_path / "bowl.csv")
    run()
    run()
    assert len(made) == 1
    described(tmp_path, "[bowl]\ndirection = 'minimise'\n")
    run()
    assert len(made) == 2


def test_what_a_run_depends_on_is_its_pool_and_the_one_it_learns_from(tmp_path: Path) -> None:
    table(tmp_path / "one.csv")
    table(tmp_path / "two.csv", y=X[:, 0])
    pools, _ = load_pools(described(tmp_path, "[one]\ntransfer_from = 'two'\n[two]\n"))
    one, two = pools["one"].sha256, pools["two"].sha256
    assert data_of(("recall", "one", "ours", "0"), pools) == one
    assert data_of(("transfer", "one", "two", "true", "0"), pools) == f"{one} {two}"
    assert data_of(("transfer", "two", "one", "true", "0"), pools) == f"{two} {one}"
    assert data_of(("field", "ours", "0"), pools) == ""


def test_two_pools_may_learn_from_the_same_one(tmp_path: Path) -> None:
    for name, column in (("one", 0), ("two", 1)):
        table(tmp_path / f"{name}.csv", y=X[:, column])
    table(tmp_path / "source.csv")
    pools, _ = load_pools(described(tmp_path, "[one]\ntransfer_from = 'source'\n[two]\ntransfer_from = 'source'\n"))
    jobs = _jobs(["transfer"], {"transfer": pools}, ["ours"], 1)
    assert len({key for key, _ in jobs}) == len(jobs) == 12 * TOLD_PER_SEED


def test_a_line_of_the_state_that_was_cut_short_is_run_again(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    jobs = [(("recall", "bowl", "random", str(seed)), lambda: {"x": 1}) for seed in range(2)]
    resumed(jobs, state, 0)
    whole = state.read_text("utf-8")
    state.write_text(whole[:-20], "utf-8")
    done, failed = resumed(jobs, state, 0)
    assert len(done) == 2
    assert not failed
    assert len(state.read_text("utf-8").splitlines()) == 3
    assert resumed(jobs, state, 0)[0] == done


def test_a_state_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("mine\n", "utf-8")
    with pytest.raises(Unavailable, match="holds no runs"):
        resumed([], other, 0)
    with pytest.raises(Unavailable, match="cannot be"):
        resumed([], tmp_path, 0)
    assert other.read_text("utf-8") == "mine\n"
