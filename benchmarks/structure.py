"""How the code is built: how much there is, how it hangs together, how it is named; a report, nothing to reach.

    python -m benchmarks.structure [--against FOLDER] [--json]

Nothing is imported or run: the Python files of this checkout are parsed, and with --against those of another checkout
beside them. Code lines are neither blank nor comment nor docstring. A public name is a function or class without an
underscore at the top level of a module without one; a declared name is listed in an ``__all__``; a name of the
interface is public and used in another package than its own, tests aside. A one-caller function
is private, and one other function alone refers to it. What a change costs is read off an earlier one of its kind: the
files whose code, docstrings aside, names that field, property, model, planner or endpoint.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from statistics import quantiles

from benchmarks._contract import command_line, ended, finish, in_sentences
from benchmarks._source_code import (
    Module,
    count_arguments,
    count_body_lines,
    find_interface,
    find_modules_in_cycles,
    find_one_caller_functions,
    has_sections,
    package_of,
    read_modules,
)
from surrogate.errors import InvalidInput

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("surrogate", "serving", "training", "benchmarks", "scripts")
#: What the product is made of: a change has to be made there; benchmarks and tests are not counted.
PRODUCT = ("surrogate", "serving", "training")
#: Where planners are known, also in older checkouts; physics has something "analytic" of its own.
PLANNING = (
    "surrogate.design", "surrogate.space", "surrogate.planner", "surrogate.campaign", "surrogate.wire", "surrogate.cli",
    "serving",
)  # fmt: skip

#: Names that say nothing of what they hold, and the words that come easily in their place.
VAGUE = frozenset({"found", "said", "made", "told", "given", "asked", "known", "wanted", "theirs", "each"})
# fmt: off
SYNONYMS = frozenset({
    "seen", "heard", "shown", "stated", "named", "held", "kept", "taken", "got", "done", "brought",
    "gone", "described", "sought", "ours", "mine", "yours", "own", "others", "what", "which", "where",
    "when", "why", "who", "thing", "things", "stuff", "something", "nothing", "anything", "everything",
    "info", "misc", "tmp", "temp", "obj", "ret", "res", "it", "that", "this", "those", "these",
})
# fmt: on

#: A change → one of its kind that was made before, the words that give it away, and where they are looked for.
CHANGES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "a field of a recipe": ("ball-to-powder ratio", ("ball_to_powder_ratio",), PRODUCT),
    "a property": ("electronic conductivity", ("electronic_conductivity",), PRODUCT),
    "a model kind": ("the tree ensemble", ("tree_ensemble",), PRODUCT),
    "a planner": ("the closed-form planner", ("analytic",), PLANNING),
    "an endpoint": ("POST /v1/explain", ("ExplainRequest", "ExplainResponse", "explain", "EXPLAIN"), PRODUCT),
}
#: Described by hand and read by the product, so part of what a change costs.
DESCRIBED = ("data/datapackage.json",)


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; there is nothing to reach, so the exit code is 0."""
    options = _parse(arguments)
    roots = {"this": ROOT} | ({"other": options.against} if options.against else {})
    modules = {label: read_modules(root, PACKAGES) for label, root in roots.items()}
    rows: list[dict[str, object]] = []
    interfaces = {label: find_interface(files) for label, files in modules.items()}
    for measure in (measure_size, measure_functions, measure_names):
        for package in PACKAGES:
            for label, files in modules.items():
                part = [m for m in files if m.name.split(".")[0] == package]
                if part:
                    rows.append({"package": package, "checkout": label} | measure(part))
    for package in PACKAGES:
        for label, files in modules.items():
            part = [m for m in files if m.name.split(".")[0] == package]
            if part:
                rows.append({"package": package, "checkout": label} | measure_interface(part, interfaces[label]))
    for change in CHANGES:
        rows += [count_touched(change, label, roots[label], files) for label, files in modules.items()]
    for label, files in modules.items():
        rows += list(_measure_folders(label, files))
    return finish("structure", rows, [], options.as_json)


def measure_size(modules: Sequence[Module]) -> dict[str, object]:
    """Files, their lines, the names they offer, and how many of them import each other in a circle."""
    lines = sum(m.n_lines for m in modules)
    public = sum(len(m.public_names) for m in modules)
    half, most = _percentiles([m.n_lines for m in modules])
    return {
        "files": len(modules),
        "lines": lines,
        "code_lines": sum(m.n_code_lines for m in modules),
        "file_p50": half,
        "file_p90": most,
        "file_max": max(m.n_lines for m in modules),
        "public_names": public,
        "public_per_1000_lines": 1000 * public / max(lines, 1),
        "declared_names": sum(len(m.declared_names) for m in modules),
        "modules_in_cycles": len(find_modules_in_cycles(modules)),
    }


def measure_interface(modules: Sequence[Module], interface: Set[tuple[str, str]]) -> dict[str, object]:
    """Count the public names that other packages use; ``interface`` comes from :func:`find_interface`."""
    lines = sum(m.n_lines for m in modules)
    used = sum((package_of(m.name), name) in interface for m in modules for name in m.public_names)
    return {"interface_names": used, "interface_per_1000_lines": 1000 * used / max(lines, 1)}


def measure_functions(modules: Sequence[Module]) -> dict[str, object]:
    """Functions, the length of their bodies, and how many private ones have one caller."""
    functions = [function for m in modules for function in m.functions]
    bodies = [count_body_lines(function) for function in functions]
    alone = [count_body_lines(function) for _, function in find_one_caller_functions(modules)]
    half, most = _percentiles(bodies)
    return {
        "functions": len(functions),
        "per_1000_code_lines": 1000 * len(functions) / max(sum(m.n_code_lines for m in modules), 1),
        "body_p50": half,
        "body_p90": most,
        "body_max": max(bodies, default=0),
        "one_caller": len(alone),
        "one_caller_share": len(alone) / max(len(functions), 1),
        "one_caller_up_to_4_lines": sum(n <= 4 for n in alone),
    }


def measure_names(modules: Sequence[Module]) -> dict[str, object]:
    """Names that are bound, how many of them are vague, and which functions document their arguments."""
    names = [name for m in modules for name in m.bindings]
    vague = [name for name in names if name in VAGUE]
    with_arguments = [f for m in modules for f in m.functions if not f.name.startswith("_") and count_arguments(f) > 1]
    documented = sum(map(has_sections, with_arguments))
    return {
        "bindings": len(names),
        "vague": len(vague),
        "vague_share": len(vague) / max(len(names), 1),
        "vague_synonyms": sum(name in SYNONYMS for name in names),
        "with_arguments": len(with_arguments),
        "structured_docstrings": documented,
        "structured_share": documented / max(len(with_arguments), 1),
    }


def count_touched(change: str, label: str, root: Path, modules: Sequence[Module]) -> dict[str, object]:
    """Count the files that name the representative of a change; generated ones and documents are left out.

    Args:
        change: A key of :data:`CHANGES`.
        label: Of the checkout in the answer.
        root: The folder of the checkout.
        modules: Its files.
    """
    example, words, packages = CHANGES[change]
    files = [
        str(m.path)
        for m in modules
        if f"{m.name}.".startswith(tuple(f"{p}." for p in packages)) and not m.words.isdisjoint(words)
    ]
    files += [name for name in DESCRIBED if any(word in _read(root / name) for word in words)]
    return {"to_add": change, "checkout": label, "files": len(files), "counted_by": example, "where": ", ".join(files)}


def _measure_folders(label: str, modules: Sequence[Module]) -> Iterator[dict[str, object]]:
    """Code lines of each package inside the library, and of the modules that stand beside them together."""
    parts: dict[str, list[Module]] = {}
    for m in modules:
        if m.path.parts[0] == "surrogate":
            parts.setdefault(m.path.parts[1] if len(m.path.parts) > 2 else "beside them", []).append(m)
    for folder, files in parts.items():
        lines = sum(m.n_code_lines for m in files)
        yield {"folder": folder, "checkout": label, "files": len(files), "code_lines": lines}


def _percentiles(numbers: Sequence[int]) -> tuple[float, float]:
    """The median and the 90th percentile; 0 of no numbers."""
    cuts = quantiles(numbers, n=10, method="inclusive") if len(numbers) > 1 else [*(numbers or [0])] * 9
    return float(cuts[4]), float(cuts[8])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "structure")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout, measured beside this one")
    options = parser.parse_args(arguments)
    if options.against and not (options.against / "surrogate").is_dir():
        raise InvalidInput(
            f"The folder '{options.against}' is no checkout of this project: it has no folder 'surrogate'.",
            hint="Name the root of a clone or worktree.",
        )
    return options


if __name__ == "__main__":
    ended(main)
