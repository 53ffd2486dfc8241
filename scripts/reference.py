"""The pages of ``docs/reference`` that follow from the code: ``python -m scripts.reference``.

A test compares them with the code, so that no command, setting, property, column or error goes undocumented.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from scripts import python_reference

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by 'python -m scripts.reference' from the code. Do not edit. -->"
WIDTH = 100
#: Programs that read their arguments with argparse.
PLAIN = ("training check", "training simulate", "serving.keys")
BENCHMARKS = (
    "accuracy", "first_hour", "growth", "neighbours", "floor", "reading", "simulator", "suggestion", "service", "scale",
    "trends", "structure", "instruments",
)  # fmt: skip


def pages() -> dict[str, str]:
    """File name → content."""
    return {
        "command-line.md": command_line(),
        "settings.md": settings(),
        "properties.md": properties(),
        "lab-sheet.md": _lab_sheet(),
        "errors.md": errors(),
        "python.md": _page(["# Python", MADE, *python_reference.sections()]),
    }


def command_line() -> str:
    """Every command with its help."""
    from surrogate.cli.main import _typer as library
    from training.commands import app as training

    parts = [
        "# Command line",
        MADE,
        "Data go to stdout, everything else to stderr. `--format json` or `csv` is for programs.",
        "Whatever takes long tells on stderr how far it is and how much time is left. Ctrl-C ends it with 130 and says "
        "what is left behind and how to go on.",
        _table(("exit code", "means"), EXIT_CODES),
        _table(("variable", "means"), VARIABLES),
        "The service has [variables of its own](service.md#settings).",
    ]
    for name, group in (("surrogate", library), ("python -m training", training)):
        parts += [f"## {name}", *_commands(name, typer.main.get_command(group))]
    for module in PLAIN[:2]:
        parts += [f"#### Options of python -m {module}", _block(_help(module))]
    parts += ["## python -m serving.keys", _block(_help("serving.keys"))]
    parts += ["## Benchmarks", "Each takes `--json` for programs, and ends with 7 where a bar is not reached.", ""]
    parts += [
        _table(("command", "what it measures"), [(f"`python -m benchmarks.{n}`", _first_line(n)) for n in BENCHMARKS])
    ]
    return _page(parts)


#: What the library and training read from the environment.
VARIABLES = [
    ("`SURROGATE_PROPERTIES`", "a TOML file with [properties of your own](../how-to/own-property.md)"),
    ("`MLFLOW_TRACKING_URI`", "where training writes its runs (default: `mlflow.db` in the working folder)"),
    (
        "`SURROGATE_ARTIFACTS`",
        "where the files of runs go, for a tracking database without a server: a folder or `s3://…`",
    ),
]

EXIT_CODES = [
    ("0", "done"),
    ("1", "unexpected"),
    ("2", "usage: unknown option or command"),
    ("3", "invalid input: nothing was computed from it"),
    ("4", "out of domain, with `--strict`"),
    ("5", "model, data or package missing"),
    ("7", "quality gate or bar not met"),
    ("130", "interrupted"),
]


def _commands(name: str, command: Any) -> Iterator[str]:
    """Heading and help of every command below ``command``."""
    context = command.make_context(name, [], resilient_parsing=True)
    for verb in command.list_commands(context):
        below = command.get_command(context, verb)
        path = f"{name} {verb}"
        if hasattr(below, "list_commands"):
            yield from _commands(path, below)
            continue
        inner = type(context)(below, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
        yield f"### {path}"
        yield _block(below.get_help(inner))


def _help(module: str) -> str:
    """What ``python -m module --help`` prints."""
    command = [sys.executable, "-m", *module.split(), "--help"]
    process = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "COLUMNS": str(WIDTH)}, capture_output=True, text=True, check=True
    )
    return process.stdout


def _first_line(benchmark: str) -> str:
    import ast

    text = ast.get_docstring(ast.parse((ROOT / "benchmarks" / f"{benchmark}.py").read_text("utf-8"))) or ""
    return text.splitlines()[0]


ENERGY_MEANING = (
    "energy of the cell per mass, Wh/kg, with a lithium anode, current collectors and the stated loading, fractions "
    "and separator ([the simulator](../explanation/simulator.md), link e)"
)


def settings() -> str:
    """Every NAME=VALUE, and the ready-made spaces."""
    from surrogate.candidate.fields import FIELDS
    from surrogate.space.ready import names, ready
    from surrogate.wire.described import place_of

    parts = [
        "# Settings of a candidate",
        MADE,
        "What `surrogate predict` takes as `NAME=VALUE`, what the columns of a CSV for `--file` are called, and what a "
        "design space may vary. Values may carry another unit of the same quantity (`'milling_time_h=90 min'`, "
        "`'temperature_c=300 K'`). What is left out is *not stated*, which is not zero. The value of a variable in a "
        "composition is given in the same way: `surrogate predict Li6-xPS5-xCl1+x x=0.5`.",
        "The HTTP interface has the same fields, each in its place, by the same names. Requests may use the names that "
        "some fields had formerly, and answers still do.",
    ]
    for part, title in (("electrolyte", "Electrolyte"), ("cell", "Cell"), ("protocol", "Protocol")):
        rows = [
            (
                f"`{f.name}`", f"{f.label}. {f.meaning}", f.unit, _possible(f),
                f"`{'.'.join(place_of(f, of_cell=False))}`" + (f", formerly `{f.formerly}`" if f.formerly else ""),
            )
            for f in FIELDS.values()
            if f.part == part
        ]  # fmt: skip
        parts += [f"## {title}", _table(("name", "meaning", "unit", "values", "over HTTP"), rows)]
    parts += [
        "## Ready-made design spaces",
        _table(("name", "what it spans"), [(f"`{n}`", ready(n).title) for n in names()]),
    ]
    return _page(parts)


def _possible(field: Any) -> str:
    """What a field may be."""
    if field.number:
        return f"{field.low:g} to {field.high:g}"
    return ", ".join(field.options) or "text"


def _follows_meaning(name: str) -> str:
    from surrogate.space.energy import PER_ACTIVE, PER_ELECTRODE

    if name in PER_ELECTRODE.values():
        return "capacity per mass of the electrode: active material, electrolyte and additive, mAh/g"
    return "the same per mass of active material, mAh/g" if name in PER_ACTIVE.values() else ENERGY_MEANING


def properties() -> str:
    """The table of properties, quantities that follow from a recipe, and units that are understood."""
    from surrogate.properties import MODELLED, PROPERTIES
    from surrogate.space.derived import DERIVED
    from surrogate.space.energy import FROM_PROPERTY
    from surrogate.units import CANONICAL

    rows = [
        (
            f"`{p.name}`", f"{p.label} ({p.symbol})", p.unit, p.scale.value, f"{p.lower:g} to {p.upper:g}",
            f"{p.between_papers:g}", p.subject.value, "yes" if p.name in MODELLED else "no",
        )
        for p in PROPERTIES.values()
    ]  # fmt: skip
    head = ("name", "label", "unit", "modelled as", "possible values", "papers differ by", "belongs to", "has a model")
    return _page(
        [
            "# Properties and units",
            MADE,
            "Values outside the possible range are refused, with the likely mistake. *Papers differ by* is the "
            "spread, on the modelled scale (decades for conductivities), of what different papers report for one "
            "composition.",
            _table(head, rows),
            "## What each means",
            "\n".join(f"- **{p.label}.** {p.meaning}" for p in PROPERTIES.values()),
            "## Quantities that follow from a recipe",
            "They can be wished for like properties, and have no uncertainty.",
            _table(("name", "meaning"), [(f"`{name}`", meaning) for name, meaning in DERIVED.items()]),
            "These follow from a recipe and a predicted property, and are as uncertain as that. Where a space varies "
            "the share of active material, a capacity that is maximised is counted per gram of electrode.",
            _table(
                ("name", "from", "meaning"),
                [(f"`{n}`", f"`{p}`", _follows_meaning(n)) for n, p in FROM_PROPERTY.items()],
            ),
            "## Units",
            "The unit of a number stands at the end of its name. On input the field's spellings are understood (`S "
            "cm-1`, `mS/cm`, `mA h g⁻¹`, `°C`, `K`, `min`); a bare `C` is refused, because it may be a temperature, "
            "a rate or a charge.",
            _table(
                ("ending of the name", "unit"),
                [(f"`_{ending}`", printed) for ending, (_, printed) in CANONICAL.items()],
            ),
        ]
    )


def _lab_sheet() -> str:
    """The columns of the lab sheet."""
    from surrogate.sheets.schema import READ_ME_LINES, markdown

    return _page(["# Lab sheet", MADE, "\n".join(f"- {line}" for line in READ_ME_LINES[1:]), markdown().rstrip()])


def errors() -> str:
    """The classes of errors, with the code that HTTP answers carry and the exit code of the command line."""
    from surrogate import errors as module

    errors = [
        error
        for error in vars(module).values()
        if isinstance(error, type) and issubclass(error, module.SurrogateError) and error is not module.SurrogateError
    ]
    rows = [
        (
            f"`{error.code}`",
            f"`{error.__name__}`",
            str(error.exit_code),
            " ".join((error.__doc__ or "").split("\n\n")[0].split()),
        )
        for error in errors
    ]
    return _page(
        [
            "# Errors",
            MADE,
            "Every error is a sentence with the value and the rule, and a hint with the way out. Over HTTP it is a "
            "problem ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) whose `errors` carry these codes with a "
            "pointer to the place; see [the service](service.md#errors) for the statuses.",
            _table(("code", "class", "exit code", "when"), rows),
        ]
    )


def _summary(kind: type) -> str:
    """The first paragraph of a docstring in one line, as Markdown."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _block(text: str) -> str:
    return "```text\n" + "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n```"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(texts: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Write the pages that have changed."""
    for name, content in texts.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    write(pages())
