"""Suggestions beside those of others: recall on measured pools, transfer, coverage, neutrality, speed, our own field.

``python -m benchmarks.suggestion [FOLDER] [--seeds 30] [--json]``. FOLDER holds csv files whose last column is the
target (see :mod:`benchmarks._pools`). Every finished run is appended to ``--state`` and not repeated, so an interrupted
benchmark goes on where it stopped; runs of a changed planner, or of another release of a peer, are made anew.
``--only`` names the parts to run. A pool that is too small for a part, or whose values are all the same, is left out of
it and said to be. The settings of the planner were chosen on seeds from 1000 on; those reported here, from 0 on, had no
say.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np

from benchmarks._choosers import OURS, methods
from benchmarks._contract import Bar, at_least, at_most, command_line, count_of, ended, finish, in_sentences
from benchmarks._field import MODELS, field_methods, run_field
from benchmarks._first_batches import BATCHES, first_jobs, first_report
from benchmarks._labs import labs_jobs, labs_report
from benchmarks._peers import DISTRIBUTIONS, find_versions, propose
from benchmarks._pools import Pool, load_pools
from surrogate.errors import Unavailable, UnknownName
from surrogate.execution.progress import ProgressDisplay
from surrogate.execution.workers import executor
from surrogate.text import counted

STARTS, STEPS = 5, 40
EARLY = 25
#: Of a campaign that is told about another pool: random starts, and suggestions.
TOLD_STARTS, TOLD_STEPS = 3, 10
#: How many of these for each of ``--seeds``: regrets scatter so much that the mean of 30 errs by as much as its bar.
TOLD_PER_SEED = 10
SOURCES = ("none", "true", "shuffled")
#: How many candidates a pool must have at the least, so that there is something left to choose at the end.
LEAST = {"recall": STARTS + STEPS + 1, "transfer": TOLD_STARTS + TOLD_STEPS + 1, "coverage": EARLY + 1}
#: Closed loops in our own field, and whether the truth has an error that no parameter explains.
FIELDS = {"field": False, "field with unknown error": True}
PARTS = ("recall", "transfer", "coverage", "field", "labs", "chances", "first", "space", "speed", "repeat")
Row = dict[str, Any]
Results = Mapping[tuple[str, ...], Row]
#: Pools by name, for each part that runs on them.
PoolsOf = Mapping[str, Mapping[str, Pool]]
_ANOTHER = "Give another file with --state."


# -- recall ----------


def _run_recall(pool: Pool, method: str, seed: int) -> Row:
    """One campaign of single suggestions from random starts: shares of the best 5 % found."""
    choose = methods()[0][method]
    seen = np.random.default_rng(seed).choice(len(pool.y), STARTS, replace=False).tolist()
    early, started = 0.0, time.perf_counter()
    for _ in range(STEPS):
        seen.append(choose(pool, seen, seed))
        if len(seen) == EARLY:
            early = len(pool.top & set(seen)) / len(pool.top)
    seconds = (time.perf_counter() - started) / STEPS
    recall = len(pool.top & set(seen)) / len(pool.top)
    return {"recall_25": early, "recall_45": recall, "seconds_per_suggestion": round(seconds, 4)}


def _recall_rows(results: Results, pools: Mapping[str, Pool], names: Iterable[str], seeds: int) -> list[Row]:
    """Mean shares of the best 5 % found and the time of one suggestion, by pool and method."""
    rows = []
    for pool in pools:
        for method in names:
            runs = [results["recall", pool, method, str(seed)] for seed in range(seeds)]
            values = np.array([r["recall_45"] for r in runs])
            rows.append({
                "part": "recall", "pool": pool, "method": method, "runs": seeds,
                "recall_25": float(np.mean([r["recall_25"] for r in runs])), "recall_45": float(values.mean()),
                "standard_error": float(values.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else None,
                "seconds_per_suggestion": float(np.mean([r["seconds_per_suggestion"] for r in runs])),
            })  # fmt: skip
    return rows


def paired(results: Results, pools: Iterable[str], other: str, seeds: int) -> tuple[float, float, float]:
    """Mean difference ours − other of recall@45 on the same starts, and its 95 % interval (bootstrap over runs)."""
    gaps = np.array([
        results["recall", pool, OURS, str(seed)]["recall_45"] - results["recall", pool, other, str(seed)]["recall_45"]
        for pool in pools for seed in range(seeds)
    ])  # fmt: skip
    rng = np.random.default_rng(0)
    means = rng.choice(gaps, size=(4000, len(gaps)), replace=True).mean(axis=1)
    return float(gaps.mean()), float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _recall_bars(results: Results, pools: Mapping[str, Pool], names: Sequence[str], seeds: int) -> list[Bar]:
    """What was promised of the planner beside a random choice and, where they ran, beside the peers."""
    bars = []
    for pool in pools:
        low = paired(results, [pool], "random", seeds)[1]
        bars.append(at_least(f"recall@45 on {pool}: lower end of ours − random", low, 0.0))
    reached = [results["recall", p, OURS, str(s)]["recall_45"] for p in pools for s in range(seeds)]
    bars.append(at_least("moonshot: mean recall@45", float(np.mean(reached)) if reached else None, 0.78))
    if reached and "baybe" in names:
        mean, low, _ = paired(results, pools, "baybe", seeds)
        worst = min(paired(results, [pool], "baybe", seeds)[0] for pool in pools)
        bars.append(at_least("recall@45: ours − BayBE", mean, -0.02))
        bars.append(at_least("recall@45: lower end of ours − BayBE", low, -0.05))
        bars.append(at_least("recall@45: ours − BayBE on the worst set", worst, -0.05))
    return bars


# -- transfer ----------


def _run_transfer(target: Pool, source: Pool, kind: str, seed: int) -> Row:
    """Regret after 3 starts and 10 suggestions; the prior is what 100 of the source's values tell: true, shuffled, or
    none.
    """
    from benchmarks._tables import learn_elsewhere, next_rows

    rng = np.random.default_rng(seed)
    prior: dict[str, Any] = {}
    if kind != "none":
        rows = rng.choice(len(source.y), min(100, len(source.y)), replace=False)
        values = rng.permutation(source.y[rows]) if kind == "shuffled" else source.y[rows]
        elsewhere = learn_elsewhere(source.x[rows], values, target.x)
        prior = {"prior": elsewhere.prior, "prior_std": elsewhere.prior_std, "between": elsewhere.between}
    start = np.random.default_rng((seed, 1))
    seen = start.choice(len(target.y), TOLD_STARTS, replace=False).tolist()
    for _ in range(TOLD_STEPS):
        seen.append(next_rows(target.x, seen, target.y[seen], seed=seed, **prior)[0])
    return {"regret_13": float((target.y.max() - target.y[seen].max()) / np.ptp(target.y))}


# -- coverage ----------


def _run_coverage(pool: Pool, seed: int) -> Row:
    """Share of the unseen rows inside the 90 % intervals after 25 measurements (5 random, 20 suggested)."""
    from benchmarks._tables import learn_rows, next_rows
    from surrogate.beliefs.base import Points

    seen = np.random.default_rng(seed).choice(len(pool.y), STARTS, replace=False).tolist()
    seen += np.random.default_rng((seed, 1)).choice(np.setdiff1d(np.arange(len(pool.y)), seen), EARLY - STARTS - 10,
                                                    replace=False).tolist()  # fmt: skip
    while len(seen) < EARLY:
        seen.append(next_rows(pool.x, seen, pool.y[seen], seed=seed)[0])
    points = Points.plain(pool.x)
    posterior = learn_rows(points, seen, pool.y[seen], seed=seed, calibrate=True)
    left = points.take(np.setdiff1d(np.arange(len(pool.y)), seen))
    y = np.delete(pool.y, seen)
    inside = np.abs(y - posterior.mean(left)) <= 1.6449 * posterior.std(left)
    return {"inside": int(inside.sum()), "rows": len(y), "winner": posterior.regressor.name}


# -- our own field ----------


def _field_rows(results: Results, names: Sequence[str], seeds: int) -> tuple[list[Row], list[Bar]]:
    """Mean experiments to 95 % of the best, and ours over BayBE's (over our own without the prior where BayBE is not
    installed).
    """
    rows, bars = [], []
    for part in FIELDS:
        spent = {
            method: [results[part, method, str(seed)]["experiments"] for seed in range(seeds)]
            for method in field_methods(names)
        }
        for method, counts in spent.items():
            unreached = sum(not results[part, method, str(seed)]["reached"] for seed in range(seeds))
            rows.append({
                "part": part, "method": method, "runs": seeds, "experiments_to_95": float(np.mean(counts)),
                "median": float(np.median(counts)), "not_reached": unreached,
            })  # fmt: skip
        for rival in ("baybe", "baybe + prior") if "baybe" in names else (f"{OURS} without prior",):
            ratio = float(np.mean(spent[OURS]) / np.mean(spent[rival]))
            bars.append(at_most(f"{part}: experiments of ours over those of {rival}", ratio, 0.5))
    return rows, bars


# -- chances ----------


def _chances_report(folder: Path) -> tuple[list[Row], list[Bar]]:
    """How often events that models give a chance happen on papers that they have not seen, from their cards."""
    from surrogate.models.artifact import load_models
    from surrogate.models.reliability import judge_chances

    rows: list[Row] = []
    try:
        models = load_models(folder)
    except Unavailable as absent:
        return [{"part": "chances", "note": f"left out: {absent.message}"}], []
    for name, model in models.items():
        judged = judge_chances(model.property, model.card.held_out)
        if not judged:
            rows.append({"part": "chances", "property": name, "note": "left out: its card keeps no held-out rows"})
            continue
        happened = {f"given_{chance:.0%}": share for chance, share in judged.items()}
        rows.append({"part": "chances", "property": name, "rows": len(model.card.held_out["value"]), **happened})
    bars = []
    for row in rows:
        if "given_20%" in row:
            bars.append(at_least(f"{row['property']}: events given 20 % that happen", row["given_20%"], 0.1))
            bars.append(at_most(f"{row['property']}: events given 20 % that happen", row["given_20%"], 0.3))
    return rows, bars


# -- the space ----------


def _space_rows(count: int) -> tuple[list[Row], list[Bar]]:
    """``count`` recipes of every ready-made space: neutral, inside the limits, weighable, no repeats."""
    from surrogate.space.ready import names, ready

    rows: list[Row] = []
    for name in names():
        space = ready(name)
        pool = space.sample(count, 0)
        charges = [abs(c.electrolyte.composition.net_charge) for c in pool.candidates if c.electrolyte is not None]
        weighable = 1.0
        if pool.masses_g is not None:
            steps = pool.masses_g * 1000.0 / space.balance.resolution_mg
            weighable = float(np.mean(np.abs(steps - np.rint(steps)).max(axis=1) < 1e-6))
        rows.append({
            "part": "space", "space": name, "recipes": pool.n, "largest_charge_e": float(max(charges)),
            "inside": float(pool.feasible.mean()), "weighable": weighable,
            "different": len(np.unique(pool.keys)) / pool.n,
        })  # fmt: skip
    bars = [
        at_most(f"largest charge of {count} recipes", max(r["largest_charge_e"] for r in rows), 1e-9, unit="e"),
        at_least("share inside every limit", min(r["inside"] for r in rows), 1.0),
        at_least("share weighable", min(r["weighable"] for r in rows), 1.0),
        at_least("share without repeats", min(r["different"] for r in rows), 1.0),
    ]
    return rows, bars


# -- speed and repeatability ----------


def _history(space: Any, models: Mapping[str, Any], properties: Sequence[str], count: int) -> list[Any]:
    from surrogate.candidate.measurement import Measurement, Source

    candidates = space.sample(count, 5).candidates
    rng, measurements = np.random.default_rng(0), []
    for name in properties:
        model = models[name]
        mean = model.posterior(candidates).mean + 0.1 * model.property.between_papers * rng.standard_normal(count)
        for i, (candidate, value) in enumerate(zip(candidates, model.property.from_scale(mean), strict=True)):
            clipped = float(np.clip(value, model.property.lower, model.property.upper))
            source = Source(row_id=f"{name}-{i}", paper="lab")
            measurements.append(Measurement(property=name, value=clipped, candidate=candidate, source=source))
    return measurements


def _speed_rows(pool: int, measurements: int) -> tuple[list[Row], list[Bar]]:
    """A batch of 4 for three objectives, after ``measurements`` recipes, over ``pool`` candidates; the second of
    two asks. BayBE gets the same candidates and values. The process keeps its memory, as the command line does, which
    halves BayBE's time.
    """
    from benchmarks._botorch import BOTORCH
    from surrogate.beliefs.simulator import simulators
    from surrogate.execution.process import settle_to_compute
    from surrogate.planner.planners import DEFAULT_PLANNER
    from surrogate.planner.suggest import suggest
    from surrogate.space.ready import ready

    space = ready("sulfur-composite")
    properties = ("first_discharge_capacity", "capacity_retention")
    settle_to_compute()
    models = simulators(properties)
    history = _history(space, models, properties, measurements)
    wish = ["maximise first_discharge_capacity", "maximise capacity_retention", "minimise process_time_h"]
    rows: list[Row] = []
    for planner in (DEFAULT_PLANNER, BOTORCH):
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            batch = suggest(space, wish, models=models, measurements=history, batch=4, pool=pool, planner=planner)
            seconds.append(time.perf_counter() - started)
        rows.append({
            "part": "speed", "planner": batch.planner, "candidates": batch.pool, "measurements": measurements,
            "objectives": 3,
            "seconds_first": seconds[0], "seconds": seconds[1],
        })  # fmt: skip
    our_seconds = rows[0]["seconds"]
    bars = [at_most("a batch of 4, three objectives", our_seconds, 5.0, unit="s")]
    if "baybe" in methods()[0]:
        rows.append(_speed_of_baybe(space, history, properties, pool))
        bars.append(at_most("the same as a multiple of BayBE's time", our_seconds / rows[-1]["seconds"], 1.0))
    return rows, bars


def _speed_of_baybe(space: Any, history: Sequence[Any], properties: Sequence[str], count: int) -> Row:
    """One ask, after one over few candidates that loads what there is to load."""
    histories = {name: [m for m in history if m.property == name] for name in properties}
    measured = space.described([m.candidate for m in histories[properties[0]]])
    pool = space.sample(count, 0)
    x = np.vstack([measured.encoded, pool.encoded])
    x = x[:, np.ptp(x, axis=0) > 0]  # BayBE refuses a column of one value
    by_property = [[m.value for m in histories[name]] for name in properties]
    values = np.column_stack([*by_property, measured.quantities["process_time_h"]])
    seconds = []
    for rows in (2 * len(values), len(x)):
        seen, minimised = range(len(values)), (False, False, True)
        proposal = propose("baybe batch", x[:rows], seen, values, minimised=minimised, batch=4)
        seconds.append(proposal.seconds)
    return {
        "part": "speed", "planner": "baybe", "candidates": count, "measurements": len(values), "objectives": 3,
        "seconds_few": seconds[0], "seconds": seconds[1],
    }  # fmt: skip


def _repeat_rows() -> tuple[list[Row], list[Bar]]:
    """The history written as settings and composition text, read again, asked again: the same answer, bit for bit."""
    from surrogate.beliefs.simulator import simulators
    from surrogate.candidate.settings import build, read
    from surrogate.composition import parse_composition
    from surrogate.planner.suggest import suggest
    from surrogate.space.ready import ready
    from surrogate.wire.answers import write_batch

    space, models = ready("argyrodite"), simulators(["ionic_conductivity"])
    history = _history(space, models, ("ionic_conductivity",), 20)
    answers = []
    for again in (False, True):
        if again:
            written = [json.loads(json.dumps(read(m.candidate))) for m in history]
            texts = [parse_composition(str(settings["electrolyte"])) for settings in written]
            rebuilt = [build(s, space.subject, text) for s, text in zip(written, texts, strict=True)]
            history = [
                type(m)(property=m.property, value=json.loads(json.dumps(m.value)), candidate=c, source=m.source)
                for m, c in zip(history, rebuilt, strict=True)
            ]
        batch = suggest(space, "maximise ionic_conductivity", models=models, measurements=history, batch=2, pool=512)
        answers.append(write_batch(batch).model_dump_json())
    equal = float(answers[0] == answers[1])
    return [{"part": "repeat", "bit_equal": bool(equal)}], [at_least("export, import, ask: bit-equal", equal, 1.0)]


# -- the whole ----------


def resumed(
    jobs: Sequence[tuple[tuple[str, ...], Callable[[], Row]]],
    state: Path,
    workers: int,
    scheduler: str | None = None,
    pools: Mapping[str, Pool] | None = None,
) -> tuple[dict[tuple[str, ...], Row], list[Row]]:
    """Results of all jobs by key; those already in ``state`` are read, the others run and are appended as they
    finish. Runs that break down are no end of the others; each is a row with its reason, and is run again next time.
    A run on ``pools`` that hold something else now is made anew.
    """
    failed: list[Row] = []
    stamps = {key: {"version": version_of(key), "data": data_of(key, pools or {})} for key, _ in jobs}
    done: dict[tuple[str, ...], Row] = {}
    for entry in finished_runs(state):
        key = tuple(entry["key"])
        if stamps.get(key) == {"version": entry["version"], "data": entry.get("data")}:
            done[key] = entry["row"]
    open_jobs = [(key, job) for key, job in jobs if key not in done]
    with (
        executor(scheduler=scheduler, workers=workers) as somewhere,
        _open(state) as file,
        ProgressDisplay(sys.stderr, unit="runs") as progress,
    ):
        progress(0, len(open_jobs))
        for count, ((key, _), finished) in enumerate(somewhere.stream(_run, open_jobs), 1):
            try:
                done[key] = finished.result()
            except Exception as problem:
                failed.append(
                    {"run": " ".join(key), "status": "failed", "reason": f"{type(problem).__name__}: {problem}"}
                )
                progress(count, len(open_jobs))
                continue
            file.write(json.dumps({"key": list(key), **stamps[key], "row": done[key]}) + "\n")
            file.flush()
            progress(count, len(open_jobs))
    return done, failed


def finished_runs(state: Path) -> list[Row]:
    """The runs that ``state`` holds; a line that was cut short when its process ended is no run."""
    if not state.exists():
        return []
    try:
        lines = state.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise Unavailable(f"'{state}' cannot be read: {problem}.", hint=_ANOTHER) from None
    entries = [entry for line in lines if (entry := _entry(line)) is not None]
    if lines and not entries:
        raise Unavailable(f"'{state}' holds no runs of this benchmark; nothing was written to it.", hint=_ANOTHER)
    return entries


def _entry(line: str) -> Row | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and {"key", "version", "row"} <= entry.keys() else None


def _open(state: Path) -> IO[str]:
    """``state``, to append a line to."""
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        before = state.read_bytes() if state.exists() else b""
        file = state.open("a", encoding="utf-8")
    except OSError as problem:
        raise Unavailable(f"'{state}' cannot be written: {problem.strerror}.", hint=_ANOTHER) from None
    if before and not before.endswith(b"\n"):  # cut short
        file.write("\n")
    return file


def _run(job: tuple[tuple[str, ...], Callable[[], Row]]) -> Row:
    return job[1]()


def version_of(key: tuple[str, ...]) -> str:
    """What a run depends on: a peer's run on the release of the peer, every other on the code of the planner too. So a
    changed planner does not reuse its old runs, and peers need not run again for it.
    """
    methods_with_release = ("tpe", "gp", *DISTRIBUTIONS)
    method = next((part.split(" ")[0] for part in key if part.split(" ")[0] in (*methods_with_release, "random")), OURS)
    if method == "random":
        return "random"
    if method in ("tpe", "gp"):
        return f"optuna {version('optuna')}"
    return f"{DISTRIBUTIONS[method]} {find_versions()[method]}" if method in DISTRIBUTIONS else code_version()


@cache
def code_version() -> str:
    """A hash of what our own runs depend on."""
    from surrogate import beliefs, planner, space

    files = [file for part in (beliefs, planner, space) for file in sorted(Path(part.__path__[0]).glob("*.py"))]
    files += sorted(Path(space.__path__[0]).glob("ready/*.toml"))
    files += [Path(__file__).with_name(name) for name in ("_tables.py", "_labs.py")]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def data_of(key: tuple[str, ...], pools: Mapping[str, Pool]) -> str:
    """What a run depends on of the folder: its pool and the one that it learns from; nothing for the other parts."""
    named = {"recall": key[1:2], "coverage": key[1:2], "transfer": key[1:3]}.get(key[0], ())
    return " ".join(pools[name].sha256 for name in named if name in pools)


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that the arguments name; the exit code is that of the contract."""
    return _run_parts(_options(arguments))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "suggestion")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent / "pools", help="folder of pools (default: ours)"
    )
    parser.add_argument(
        "--seeds",
        type=count_of,
        default=30,
        help=f"campaigns on each pool (default: 30); {TOLD_PER_SEED} times as many in the part 'transfer'",
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to run (default: all)")
    parser.add_argument("--pools", nargs="+", help="names of the pools to run (default: all)")
    parser.add_argument(
        "--methods", nargs="+", help="names of the methods to run beside ours and random (default: all installed)"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes; 0: none (default: 2)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler to work on instead")
    parser.add_argument("--models", type=Path, default=MODELS, help="exported models, for 'chances' and 'first'")
    parser.add_argument("--recipes", type=count_of, default=10_000, help="recipes per space in the part 'space'")
    parser.add_argument("--batches", type=count_of, default=BATCHES, help="batches per space in the part 'first'")
    parser.add_argument("--state", type=Path, default=Path("out") / "suggestion.jsonl", help="file of finished runs")
    return parser.parse_args(arguments)


def _run_parts(chosen: argparse.Namespace) -> int:
    all_pools, notes = load_pools(chosen.folder)
    installed, missing = methods()
    for kind, chosen_names, possible in (
        ("pool", chosen.pools, all_pools),
        ("method", chosen.methods, (*installed, *missing)),
    ):
        for name in chosen_names or ():
            if name not in possible:
                raise UnknownName(kind, name, possible)
    for note in notes:
        print(note, file=sys.stderr)
    pools = {name: pool for name, pool in all_pools.items() if not chosen.pools or name in chosen.pools}
    names = [name for name in installed if not chosen.methods or name in chosen.methods or name in (OURS, "random")]
    told_apart, left_out = _fit_for(chosen.only, pools)
    jobs = _jobs(chosen.only, told_apart, names, chosen.seeds)
    if "first" in chosen.only:
        jobs += first_jobs(chosen.models, chosen.batches)
    results, failed = resumed(jobs, chosen.state, chosen.workers, chosen.scheduler, pools)
    if failed:  # means over what is left would be means of something else
        return finish("suggestion", failed, [at_most("runs that failed", float(len(failed)), 0.0)], chosen.as_json)
    rows, bars = _report(chosen, results, told_apart, names)
    rows += left_out
    if "recall" in chosen.only:
        absent = [name for name in missing if not chosen.methods or name in chosen.methods]
        rows += [
            {"part": "recall", "method": name, "note": "not installed, not compared; run 'make peers'"}
            for name in absent
        ]
    return finish("suggestion", rows, bars, chosen.as_json)


def _fit_for(only: Sequence[str], pools: Mapping[str, Pool]) -> tuple[PoolsOf, list[Row]]:
    """The pools that each part can run on, and a row for each that it cannot."""
    reasons = {(part, name): unfit(part, pool) for part in LEAST for name, pool in pools.items()}
    fit = {part: {name: pool for name, pool in pools.items() if not reasons[part, name]} for part in LEAST}
    wanting = [
        {"part": part, "pool": name, "note": f"left out: {reason}"}
        for (part, name), reason in reasons.items()
        if reason and part in only and (part != "transfer" or any(name in pair for pair in _pairs(pools)))
    ]
    if "transfer" in only and not _pairs(pools):
        wanting.append({"part": "transfer", "note": "left out: no pool has another one to learn from"})
    return fit, wanting


def unfit(part: str, pool: Pool) -> str:
    """Why ``part`` cannot run on ``pool``; nothing where it can."""
    if len(pool.y) < LEAST[part]:
        return f"{counted(len(pool.y), 'candidate')}, and at least {LEAST[part]} are needed"
    return "" if np.ptp(pool.y) > 0 else "all its values are the same"


def _jobs(only: Sequence[str], pools: PoolsOf, names: Sequence[str], seeds: int) -> list[Any]:
    jobs: list[Any] = []
    for seed in range(seeds):
        key = str(seed)
        if "recall" in only:
            jobs += [
                (("recall", name, method, key), partial(_run_recall, pool, method, seed))
                for name, pool in pools["recall"].items()
                for method in names
            ]
        if "coverage" in only:
            jobs += [
                (("coverage", name, key), partial(_run_coverage, pool, seed))
                for name, pool in pools["coverage"].items()
            ]
        if "field" in only:
            for part, unknown_error in FIELDS.items():
                for method in field_methods(names):
                    jobs.append(((part, method, key), partial(run_field, method, seed, unknown_error)))
        if "labs" in only:
            jobs += labs_jobs(seed)
    return jobs + (_transfer_jobs(pools["transfer"], seeds) if "transfer" in only else [])


def _transfer_jobs(pools: Mapping[str, Pool], seeds: int) -> list[Any]:
    return [
        (("transfer", name, source, kind, str(seed)), partial(_run_transfer, pools[name], pools[source], kind, seed))
        for seed in range(seeds * TOLD_PER_SEED)
        for name, source in _pairs(pools)
        for kind in SOURCES
    ]


def _pairs(pools: Mapping[str, Pool]) -> list[tuple[str, str]]:
    """Pools and the one they may learn from, both ways."""
    pairs = []
    for name, pool in pools.items():
        if pool.transfer_from in pools:
            pairs += [(name, str(pool.transfer_from)), (str(pool.transfer_from), name)]
    return pairs


def _report(
    chosen: argparse.Namespace, results: Results, pools: PoolsOf, names: Sequence[str]
) -> tuple[list[Row], list[Bar]]:
    seeds = chosen.seeds
    reports: Mapping[str, Callable[[], tuple[list[Row], list[Bar]]]] = {
        "recall": lambda: (
            _recall_rows(results, pools["recall"], names, seeds), _recall_bars(results, pools["recall"], names, seeds)
        ),
        "transfer": lambda: _transfer_report(results, pools["transfer"], seeds),
        "coverage": lambda: _coverage_report(results, pools["coverage"], seeds),
        "field": lambda: _field_rows(results, names, seeds),
        "labs": lambda: labs_report(results, seeds),
        "chances": lambda: _chances_report(chosen.models),
        "space": lambda: _space_rows(chosen.recipes),
        "speed": lambda: _speed_rows(10_000, 100),
        "repeat": _repeat_rows,
        "first": lambda: first_report(results, chosen.models, chosen.batches),
    }  # fmt: skip
    parts = [report() for part, report in reports.items() if part in chosen.only]
    return [row for rows, _ in parts for row in rows], [bar for _, bars in parts for bar in bars]


def _transfer_report(results: Results, pools: Mapping[str, Pool], seeds: int) -> tuple[list[Row], list[Bar]]:
    rows, bars = [], []
    runs = seeds * TOLD_PER_SEED
    for name, source in _pairs(pools):
        regret = {
            kind: np.array([results["transfer", name, source, kind, str(seed)]["regret_13"] for seed in range(runs)])
            for kind in SOURCES
        }
        mean = {kind: float(values.mean()) for kind, values in regret.items()}
        beyond = regret["true"] - 0.5 * regret["none"]
        rows.append({
            "part": "transfer", "pool": name, "source": source, "runs": runs,
            **{f"regret_{kind}": value for kind, value in mean.items()},
            "true_beyond_half_of_none": float(beyond.mean()),
            "standard_error": float(beyond.std(ddof=1) / np.sqrt(runs)),
        })  # fmt: skip
        bars.append(at_most(f"transfer to {name}: regret with the true source", mean["true"], 0.5 * mean["none"]))
        bars.append(
            at_most(f"transfer to {name}: regret with a shuffled source", mean["shuffled"], mean["none"] + 0.05)
        )
    return rows, bars


def _coverage_report(results: Results, pools: Mapping[str, Pool], seeds: int) -> tuple[list[Row], list[Bar]]:
    rows, shares = [], []
    for name in pools:
        runs = [results["coverage", name, str(s)] for s in range(seeds)]
        share = float(np.mean([r["inside"] / r["rows"] for r in runs]))
        shares.append(share)
        rows.append({"part": "coverage", "pool": name, "runs": seeds, "coverage_90": share})
    pooled = float(np.mean(shares)) if shares else None
    return rows, [
        at_least("coverage of 90 % intervals at n = 25, pooled", pooled, 0.86),
        at_most("coverage of 90 % intervals at n = 25, pooled", pooled, 0.94),
        at_least("coverage of 90 % intervals at n = 25, worst set", min(shares, default=None), 0.82),
    ]


if __name__ == "__main__":
    ended(main, "finished runs are kept in --state; the same command goes on with the others.")
