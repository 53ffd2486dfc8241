"""What screening and sweeps cost as they grow: time, memory and disk, on one worker and on two.

    python -m benchmarks.scale [--json] [--models models] [--most 1000000] [--most-sweep 10000] [--small]

Every measurement is a process of its own. Time is fitted as a power of n, and the cost of 1e7 and 1e9 candidates is
extrapolated from the largest measured run (rows with the kind "extrapolated"; nobody ran them). Rates per core count
processor seconds, so that others who work on the machine do not enter; two workers are held against one by the clock,
between their first and their last chunk, so others do enter there. Featurisation is timed beside a loop over pymatgen
in this process. The default takes some ten minutes on an idle machine with two cores, ``--small`` seconds.
"""

from __future__ import annotations

import os

os.environ.update(
    OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1"
)  # rates of one core are of one core

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._contract import Bar, at_least, at_most, command_line, count_of, ended, finish, in_sentences
from benchmarks._scale import PROPERTY, SPACE

Row = dict[str, object]
ROOT = Path(__file__).resolve().parents[1]
#: Runs by the clock that are repeated, the best counting: others on the machine only ever take time away.
REPEATS = 2
#: Numbers of candidates whose cost is extrapolated.
FAR = (10**7, 10**9)
OURS_AMOUNTS, OURS_TEXT = "amounts → 184 features", "text → 184 features"
LOOP = "pymatgen, one by one: text → 132 of them, property by property"


# -- runs ----------


def _run_row(kind: str, n: int, workers: int, models: Path, chunk: int | None = None) -> Row:
    """One measurement in its own process. ``workers=0`` is that process alone."""
    print(f"{kind}, {n} in {f'{workers} workers' if workers else 'one process'}", file=sys.stderr, flush=True)
    question = {"kind": kind, "n": n, "workers": workers, "models": str(models), "chunk": chunk}
    command = [sys.executable, "-m", "benchmarks._scale", json.dumps(question)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if process.returncode:
        raise RuntimeError(f"A measurement failed: {process.stderr.strip().splitlines()[-1:]}")
    answer = json.loads(process.stdout)
    return {
        "what": kind,
        "kind": "measured",
        "n": n,
        "workers": workers,
        **answer,
        "per_core_second": n / answer["cpu_seconds"],
    }


def growth(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    """The exponent of processor time in n: fitted to all runs, and between the two largest."""
    runs = sorted((float(row["n"]), float(row["cpu_seconds"])) for row in rows)  # type: ignore[arg-type]
    if len(runs) < 2:
        return None, None
    n, seconds = np.log10(np.array(runs)).T
    return float(np.polyfit(n, seconds, 1)[0]), float((seconds[-1] - seconds[-2]) / (n[-1] - n[-2]))


def extrapolated(rows: Sequence[Row], n: int) -> Row:
    """The cost of ``n`` from the largest run and how time grew up to it; memory and disk as the design promises them.

    Shortlists have a fixed size per chunk, and chunks grow until they hold 2^18 candidates.
    """
    from surrogate.planner.screening.task import chunk_for

    last = max(rows, key=lambda row: _number(row["n"]))
    exponent = max(growth(rows)[1] or 1.0, 1.0)
    held = int(last["n"])  # type: ignore[call-overload]
    seconds = float(last["cpu_seconds"]) * (n / held) ** exponent  # type: ignore[arg-type]
    per_chunk = float(last["written_mib"]) / -(-held // chunk_for(held))  # type: ignore[arg-type]
    return {
        "what": "screening",
        "kind": "extrapolated",
        "n": n,
        "core_hours": seconds / 3600,
        "hours_on_2_cores": seconds / 3600 / 2,
        "hours_on_100_cores": seconds / 3600 / 100,
        "written_mib": per_chunk * -(-n // chunk_for(n)),
    }


def _speedup_rows(kind: str, n: int, models: Path, chunk: int) -> list[Row]:
    """One worker and two in turn, the better of each kept."""
    best: dict[int, Row] = {}
    for _ in range(REPEATS):
        for workers in (1, 2):
            row = _run_row(kind, n, workers, models, chunk)
            held = best.get(workers)
            if held is None or _steady(row) > _steady(held):
                best[workers] = row
    return [best[1], best[2]]


def _steady(row: Mapping[str, object]) -> float:
    rate = row["steady_per_second"]
    return float(rate) if isinstance(rate, (int, float)) else 0.0


# -- featurisation ----------


def _feature_rows(n: int) -> list[Row]:
    """Compositions per processor second: ours from amounts and from text, and one by one over pymatgen."""
    from surrogate.candidate.amounts import amounts_of_texts
    from surrogate.features.composition import composition_matrix
    from surrogate.space.ready import ready

    amounts = ready(SPACE).sample(n, 0).amounts
    assert amounts is not None
    texts = [composition.text for composition in ready(SPACE).sample(n, 0).compositions or ()]
    few = texts[: max(200, n // 20)]
    blocks = [amounts.take(np.arange(start, min(start + 4096, n))) for start in range(0, n, 4096)]

    def from_text() -> None:
        for start in range(0, n, 4096):
            composition_matrix(amounts_of_texts(texts[start : start + 4096]))

    rates = {
        OURS_AMOUNTS: _rate(lambda: [composition_matrix(block) for block in blocks], n),
        OURS_TEXT: _rate(from_text, n),
        LOOP: _rate(lambda: [_pymatgen_statistics(text) for text in few], len(few)),
        "pymatgen, one by one: text → 132 of them, all properties in one array": _rate(
            lambda: [_pymatgen_statistics_at_once(text) for text in few], len(few)
        ),
    }
    gap = 0.0
    for i in range(0, n, max(1, n // 50)):
        ours = composition_matrix(amounts.take(np.array([i])))[0, :132]
        for reference in (_pymatgen_statistics(texts[i]), _pymatgen_statistics_at_once(texts[i])):
            gap = max(gap, float(np.nanmax(np.abs(ours - reference))))
    return [
        *({"what": "featurisation", "how": how, "per_core_second": rate} for how, rate in rates.items()),
        {"what": "featurisation: largest difference to pymatgen", "value": gap},
    ]


def _pymatgen_statistics(text: str) -> np.ndarray:
    """The 132 Magpie statistics of one composition as featurisers are usually written: pymatgen's Composition, then
    property by property the values of its elements, then statistic by statistic.
    """
    from pymatgen.core.composition import Composition

    table = _values_by_symbol()
    parts = Composition(text).fractional_composition.get_el_amt_dict()
    share = list(parts.values())
    columns = []
    for property in range(22):
        values = [table[element][property] for element in parts]
        mean = float(np.average(values, weights=share))
        deviation = float(np.average(np.abs(np.subtract(values, mean)), weights=share))
        most = min(value for value, s in zip(values, share, strict=True) if s >= max(share) * (1 - 1e-12))
        low, high = min(values), max(values)
        columns.append([low, high, high - low, mean, deviation, most])
    return np.array(columns).T.ravel()


def _pymatgen_statistics_at_once(text: str) -> np.ndarray:
    """The same with all properties in one array: as quick as a loop over compositions gets."""
    from pymatgen.core.composition import Composition

    table = _values_by_symbol()
    parts = Composition(text).fractional_composition.get_el_amt_dict()
    values, share = np.array([table[element] for element in parts]), np.array(list(parts.values()))
    mean = share @ values
    deviation = share @ np.abs(values - mean)
    most = values[share >= share.max() * (1 - 1e-12)].min(axis=0)
    low, high = values.min(axis=0), values.max(axis=0)
    return np.concatenate([low, high, high - low, mean, deviation, most])


@cache
def _values_by_symbol() -> dict[str, list[float]]:
    from surrogate.features.elements import element_table

    table = element_table()
    return dict(zip(table.symbols, table.values.tolist(), strict=True))


def _rate(work: Callable[[], object], n: int) -> float:
    """Best rate of a few repeats, per processor second."""
    best = 0.0
    for _ in range(3):
        begun = time.process_time()
        work()
        best = max(best, n / (time.process_time() - begun))
    return best


# -- bars ----------


def _bars_of(rows: Sequence[Row], screening: Sequence[Row], pairs: Mapping[str, Sequence[Row]]) -> list[Bar]:
    """What was promised, computed from the rows."""
    rate = {row["how"]: _number(row["per_core_second"]) for row in rows if row["what"] == "featurisation"}
    fitted, last = growth(screening)
    largest = max(screening, key=lambda row: _number(row["n"]))
    exponent = None if fitted is None or last is None else max(fitted, last)
    held = max(_number(row["peak_beyond_start_mib"]) for row in screening)
    per_core = _number(largest["per_core_second"])
    return [
        at_least("featurisation from amounts", rate[OURS_AMOUNTS], 20_000, unit="compositions/s/core"),
        at_least("featurisation from text", rate[OURS_TEXT], 20_000, unit="compositions/s/core"),
        at_least("featurisation from text, over a loop over pymatgen", rate[OURS_TEXT] / rate[LOOP], 10, unit="times"),
        at_least("screening, interval and domain included", per_core, 3_000, unit="candidates/s/core"),
        at_most("screening: exponent of time in n, fitted or of the last step", exponent, 1.05),
        at_most("screening: peak memory beyond the models", held, 1024, unit="MiB"),
        *(at_least(f"{kind}: two workers over one", _ratio(pair), 1.7, unit="times") for kind, pair in pairs.items()),
    ]


def _ratio(pair: Sequence[Row]) -> float | None:
    one, two = (_steady(row) for row in pair)
    return two / one if one > 0 else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, extrapolate and judge; see the module."""
    parser = command_line(__doc__, "scale")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of exported models")
    parser.add_argument("--most", type=count_of, default=10**6, help="largest screening (default: 1000000)")
    parser.add_argument("--most-sweep", type=count_of, default=10**4, help="largest sweep (default: 10000)")
    parser.add_argument("--small", action="store_true", help="seconds instead of minutes, with a small model")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="benchmark-scale-") as folder:
        models = _small_models(Path(folder)) if options.small else options.models
        return _measured(models, options.most, options.most_sweep, options.small, options.as_json)


def _measured(models: Path, most: int, most_sweep: int, small: bool, as_json: bool) -> int:
    if not small:
        from surrogate.models import load

        load(models / PROPERTY)  # said in a sentence before minutes are spent
    rows = _feature_rows(2_000 if small else 20_000)
    sizes = [2_000, 12_000] if small else [n for n in (10**3, 10**4, 10**5, 10**6, 10**7) if n <= most]
    sweeps = [64, 128] if small else [n for n in (10**2, 10**3, 10**4) if n <= most_sweep]
    screening = [_run_row("screening", n, 0, models) for n in sizes]
    swept = [_run_row("sweep", n, 0, models) for n in sweeps]
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    pairs = {} if small else {
        "screening": _speedup_rows("screening", min(most, 262_144), models, 8_192),
        "sweep": _speedup_rows("sweep", min(most_sweep, 8_192), models, 128),
    }  # fmt: skip
    for what, runs in (("screening", screening), ("sweep", swept)):
        fitted, last = growth(runs)
        rows.append({"what": f"{what}: growth", "exponent_fitted": fitted, "exponent_of_the_last_step": last})
    rows += [*screening, *swept, *(row for pair in pairs.values() for row in pair)]
    rows += [extrapolated(screening, n) for n in FAR]
    rows.append({"what": "processes waiting per core before the workers (over 1: others work here)", "value": waiting})
    return finish("scale", rows, _bars_of(rows, screening, pairs), as_json)


def _small_models(folder: Path) -> Path:
    """A model that is trained in a second: what it says is worth little, what it costs is of the same kind."""
    from surrogate.datasets import load
    from surrogate.models import fit, save

    few = {"n_trees": 4, "min_leaf": 20}
    save(fit(load(PROPERTY), property=PROPERTY, kind="tree_ensemble", hyperparameters=few), folder / PROPERTY)
    return folder


if __name__ == "__main__":
    ended(main)
