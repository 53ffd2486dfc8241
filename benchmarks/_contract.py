"""What every benchmark has in common, so that a person and a program can read any of them.

`python -m benchmarks.NAME` prints a table; with `--json` it prints one JSON object on stdout and nothing else (progress
belongs on stderr). The exit code is 0 when every bar is reached and 7 when one is not, as for the quality gate of
`python -m training promote`. The object holds `benchmark`, `machine` (timings mean nothing without it), `rows` (what
was measured), `bars` (what was promised, and whether it holds) and `reached`; where a table of the user's own is judged
also `left_out` (rows of it that were not, counted by property and reason), `faults` (of rows that cannot be read, by
line and column) and `notes`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import wraps
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeGuard

from surrogate.errors import Fault, GateNotMet, SurrogateError, TableError
from surrogate.execution.interruption import INTERRUPTED
from surrogate.text import in_json_types

P = ParamSpec("P")

#: The largest seed that every generator takes.
LARGEST_SEED = 2**32 - 1
#: Faults that are printed; what is more is counted.
MOST_FAULTS = 20


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A promise about one number: its ``value``, the ``bar`` it is held to, and whether it is ``reached``.

    Use :func:`at_least` or :func:`at_most` for the two usual kinds. A value that is not a finite number, or was not
    obtained (None), reaches no bar.
    """

    name: str
    value: float | None
    bar: float
    reached: bool
    unit: str = ""

    def __post_init__(self) -> None:
        if self.reached and not _is_finite(self.value):
            raise ValueError(f"The bar '{self.name}' cannot be reached by {self.value}, which is not a finite number.")


def at_least(name: str, value: float | None, bar: float, *, unit: str = "") -> Bar:
    """A bar that ``value`` reaches when it is ``bar`` or more."""
    return Bar(name=name, value=value, bar=bar, reached=_is_finite(value) and value >= bar, unit=unit)


def at_most(name: str, value: float | None, bar: float, *, unit: str = "") -> Bar:
    """A bar that ``value`` reaches when it is ``bar`` or less."""
    return Bar(name=name, value=value, bar=bar, reached=_is_finite(value) and value <= bar, unit=unit)


@dataclass(kw_only=True)
class Aside:
    """What an answer leaves out of the user's table: ``left_out`` are counts with `property`, `rows` and `why`."""

    left_out: list[dict[str, object]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """A sentence for each."""
        counts = [f"{entry['property']}: {entry['rows']} left out: {entry['why']}." for entry in self.left_out]
        return [*counts, *listed(self.faults), *self.notes]


def listed(faults: Sequence[Fault]) -> list[str]:
    """A line for each fault, and how many more there are."""
    more = len(faults) - MOST_FAULTS
    return [*map(str, faults[:MOST_FAULTS]), *([f"… and {more} more faults."] if more > 0 else [])]


def seed_of(text: str) -> int:
    """The seed that ``text`` states, for the command line."""
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed <= LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"'{text}' is no seed; give a whole number from 0 to {LARGEST_SEED}")
    return seed


def count_of(text: str) -> int:
    """The whole number from 1 on that ``text`` states, for the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no count; give a whole number from 1 on")
    return int(text)


def seconds_of(text: str) -> float:
    """The time above 0 s that ``text`` states, for the command line."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (seconds > 0 and math.isfinite(seconds)):
        raise argparse.ArgumentTypeError(f"'{text}' is no time; give a number of seconds above 0")
    return seconds


def folder_of(text: str) -> Path:
    """The folder that ``text`` names, made and open for writing before anything is measured, for the command line."""
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise argparse.ArgumentTypeError(f"the folder '{text}' cannot be made: {problem.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"the folder '{text}' cannot be written to; name another")
    return folder


def in_sentences(main: Callable[P, int]) -> Callable[P, int]:
    """``main`` that says what is wrong on stderr, a line for every fault of a table, and returns its exit code."""

    @wraps(main)
    def answered(*arguments: P.args, **named: P.kwargs) -> int:
        try:
            return main(*arguments, **named)
        except SurrogateError as error:
            for line in listed(error.faults) if isinstance(error, TableError) else [str(error)]:
                print(line, file=sys.stderr)
            return error.exit_code

    return answered


def ended(main: Callable[[], int], left: str = "nothing was kept. Run the same command again.") -> NoReturn:
    """End the program as ``main`` does; by Ctrl-C, or by whoever ends the job, with 130.

    Either way what was started is ended: servers that are measured must not outlive the benchmark.

    Args:
        main: Measures and returns the exit code.
        left: What an interrupted run leaves behind, in words.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except KeyboardInterrupt:
        print(f"\nInterrupted; {left}", file=sys.stderr)
        code = INTERRUPTED
    raise SystemExit(code)


def command_line(description: str | None, name: str = "NAME") -> argparse.ArgumentParser:
    """Make a parser with the arguments that every benchmark takes; add your own to it.

    Args:
        description: Above the arguments in the help, usually the docstring of the module.
        name: Of the benchmark, as in ``python -m benchmarks.NAME``.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout, nothing else")
    return parser


def parse_properties(
    description: str | None, name: str, arguments: Sequence[str] | None, properties: Sequence[str]
) -> argparse.Namespace:
    """Read the command line of a benchmark that takes ``--properties``, by default all of ``properties``."""
    parser = command_line(description, name)
    add_properties(parser, properties)
    return parser.parse_args(arguments)


def add_properties(
    parser: argparse.ArgumentParser, properties: Sequence[str], default: Sequence[str] | None = None
) -> None:
    """Let a benchmark take ``--properties``, any of ``properties``, by default all or those in ``default``."""
    words = "all" if default is None else ", ".join(default)
    parser.add_argument(
        "--properties", nargs="+", default=list(default or properties), choices=properties, metavar="PROPERTY",
        help=f"{', '.join(properties)} (default: {words})",
    )  # fmt: skip


def finish(
    name: str, rows: Sequence[Mapping[str, object]], bars: Sequence[Bar], as_json: bool, aside: Aside | None = None
) -> int:
    """Print what was measured and which bars it reaches.

    Numbers that are not finite are printed as null: they are missing, and JSON has no word for them.

    Args:
        name: Of the benchmark.
        rows: What was measured; rows with the same columns make one table.
        bars: What was promised.
        as_json: Whether a program reads it.
        aside: What of the user's table was left out, and why.

    Returns:
        The exit code: 0 where every bar is reached, else 7.
    """
    reached = all(bar.reached for bar in bars)
    if as_json:
        report = {"benchmark": name, "machine": machine(), "rows": rows, "bars": [asdict(b) for b in bars]}
        report |= {"reached": reached} | (asdict(aside) if aside else {})
        print(json.dumps(in_json_types(report), allow_nan=False, ensure_ascii=False, indent=2))
    else:
        _print_tables(name, rows, bars)
        for line in aside.lines() if aside else ():
            print(line)
    return 0 if reached else GateNotMet.exit_code


def machine() -> dict[str, object]:
    """What the timings were taken on: processor, cores this process may use, memory, Python, platform."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _cpu_model() -> str:
    table = Path("/proc/cpuinfo")
    if table.exists():
        for line in table.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _is_finite(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _print_tables(name: str, rows: Sequence[Mapping[str, object]], bars: Sequence[Bar]) -> None:
    from rich.console import Console
    from rich.table import Table

    # A pipe has no width of its own; there every value stays on its line.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 220)
    m = machine()
    console.print(f"{m['cpu']}, {m['cores']} cores, {m['memory_gib']} GiB, Python {m['python']}", highlight=False)
    for part in _alike(rows):
        measured = Table(title=name, box=None, header_style="bold")
        columns = list(dict.fromkeys(key for row in part for key in row))
        for column in columns:
            measured.add_column(column, justify="right" if _is_numeric(part, column) else "left")
        for row in part:
            measured.add_row(*(_cell(row.get(column)) for column in columns))
        console.print(measured)
    if bars:
        promised = Table("", "promise", "measured", "bar", "unit", title=f"{name}: bars")
        for bar in bars:
            sign = "[green]reached[/]" if bar.reached else "[red]missed[/]"
            promised.add_row(sign, bar.name, _cell(bar.value), _cell(bar.bar), bar.unit)
        console.print(promised)


def _alike(rows: Sequence[Mapping[str, object]]) -> list[list[Mapping[str, object]]]:
    """Rows with the same columns together, in the order of their first row: one table each."""
    parts: dict[tuple[str, ...], list[Mapping[str, object]]] = {}
    for row in rows:
        parts.setdefault(tuple(row), []).append(row)
    return list(parts.values())


def _is_numeric(rows: Sequence[Mapping[str, object]], column: str) -> bool:
    return all(isinstance(row.get(column), (int, float, type(None))) for row in rows)


def _cell(value: object) -> str:
    value = in_json_types(value)
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
