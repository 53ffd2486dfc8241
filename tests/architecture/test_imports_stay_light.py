"""Importing the library and asking the command line for help cost next to nothing, in a Python of their own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

import pytest

# Nothing of this may be paid for by someone who has not asked for it yet.
HEAVY = {
    "botorch", "dask", "gpytorch", "matplotlib", "mlflow", "numpy", "optuna", "pandas", "pint", "plotly", "pybamm",
    "pymatgen", "scipy", "skops", "sklearn", "sqlalchemy", "torch",
}  # fmt: skip


def fresh_python(code: str) -> Any:
    """Run ``code`` in a new interpreter; it prints JSON."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def cpu_seconds(*command: str) -> tuple[float, str]:
    """Processor time of ``command`` (unlike the clock, it does not depend on what else the machine does)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def test_importing_the_library_loads_the_standard_library_only():
    code = """
import sys, time, json
before, started = set(sys.modules), time.process_time()
import surrogate
seconds = time.process_time() - started
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps({"seconds": seconds, "foreign": sorted(loaded - sys.stdlib_module_names - {"surrogate"})}))
"""
    found = fresh_python(code)
    assert found["foreign"] == []
    assert found["seconds"] < 1


@pytest.mark.parametrize(
    ("modules", "unneeded"),
    [
        ("surrogate.composition", {"pymatgen", "numpy", "pandas"}),
        ("surrogate.physics.chain, surrogate.physics.sweep", {"pybamm", "dask", "distributed", "torch", "pyarrow"}),
        (
            "surrogate.planner.suggest, surrogate.planner.inverse, surrogate.space.ready",
            {"torch", "botorch", "optuna", "sklearn", "pybamm", "mlflow"},
        ),
    ],
)
def test_a_part_loads_nothing_that_only_other_parts_need(modules, unneeded):
    assert unneeded.isdisjoint(fresh_python(f"import json, sys, {modules}; print(json.dumps(list(sys.modules)))"))


def test_the_command_line_asks_for_nothing_heavy_before_it_has_work_to_do():
    code = """
import sys, json
import surrogate.cli
print(json.dumps({"loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""
    assert HEAVY.isdisjoint(fresh_python(code)["loaded"])


def test_a_prediction_is_shown_without_the_planners():
    code = """
import sys, json
from surrogate.cli import notes, output, read
print(json.dumps({"loaded": sorted(sys.modules)}))
"""
    planners = {
        "surrogate.planner.inverse",
        "surrogate.planner.observations",
        "surrogate.planner.suggest",
        "surrogate.space.design_space",
    }
    assert planners.isdisjoint(fresh_python(code)["loaded"])


def test_help_answers_in_under_a_second():
    command = (sys.executable, "-m", "surrogate.cli", "--help")
    cpu_seconds(*command)  # the first call may have to compile
    seconds, text = min(cpu_seconds(*command) for _ in range(2))
    assert "predict" in text
    assert "suggest" in text
    assert seconds < 1
