"""Run the notebooks from start to end: ``python scripts/notebook.py [NAME ...] [--out FOLDER] [--keep]``.

Each ``notebooks/*.py`` becomes an executed ``.ipynb`` in the folder (default ``out``); ``--keep`` also puts it beside
its script, which is how the outputs that are in the repository were made. Nothing of the machine or the hour is kept.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 900


def run(script: Path, out: Path) -> Path:
    """Execute ``script`` as a notebook in ``out``; the path of the result. Raises what a cell raises."""
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # random otherwise
    client = NotebookClient(
        notebook, timeout=TIMEOUT_S, kernel_name="python3", record_timing=False,
        resources={"metadata": {"path": str(out)}},
    )  # fmt: skip
    client.execute()
    notebook.metadata.pop("language_info", None)
    path = out / f"{script.stem}.ipynb"
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return path


def main() -> None:
    """Run the notebooks that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to run (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="folder of the executed notebooks")
    parser.add_argument("--keep", action="store_true", help="also store them beside their scripts")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    scripts = {script.stem: script for script in sorted((ROOT / "notebooks").glob("*.py"))}
    for name in options.names:
        if name not in scripts:
            parser.error(f"there is no notebook '{name}'; there are {', '.join(scripts)}")
    for script in (scripts[name] for name in options.names or scripts):
        start = time.perf_counter()
        path = run(script, options.out)
        if options.keep:
            (script.with_suffix(".ipynb")).write_text(path.read_text("utf-8"), "utf-8")
        print(f"{path} ({time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()
