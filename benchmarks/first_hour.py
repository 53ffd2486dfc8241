"""The first hour of somebody new: seconds from a clone to answers, and words in the sentences that are read there.

    python -m benchmarks.first_hour [--only words seconds page] [--json]

`seconds` clones this repository as it is committed into a temporary folder and does there what the README says: set up
what predicting needs, predict, ask for suggestions. `page` goes on with the whole environment and the service until its
first page. Both install packages, so they are as quick as the index that pip asks. `words` reads the README, every
error that the code raises, and, after `seconds`, what the suggestions say.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks._contract import Bar, at_most, command_line, ended, finish, in_sentences
from benchmarks._processes import HOST, free_port, is_up, running, wait_until
from benchmarks._sentences import messages, sentences, sentences_of_page, words
from surrogate.errors import Unavailable

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("words", "seconds", "page")
#: Whose errors people read.
PACKAGES = ("surrogate", "training", "serving")
#: Bars: seconds to the first answer; words of the first sentence of the README, of any sentence, and of a reason.
FIRST_ANSWER_S, FIRST_SENTENCE, SENTENCE, REASON = 180.0, 25, 30, 30
SUGGEST = ("suggest", "maximise ionic_conductivity", "process_time_h <= 24", "--format", "json")
#: Seconds for an installation, and for the first page of a service that starts.
PATIENCE_S, PAGE_S = 3600.0, 300.0
Row = dict[str, Any]


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print times and longest sentences; return 0 when every bar is reached, else 7."""
    parser = command_line(__doc__, "first_hour")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure (default: all)")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    bars: list[Bar] = []
    answers: dict[str, list[str]] = {}
    if "seconds" in options.only or "page" in options.only:
        with _fresh_clone() as (clone, started):
            if "seconds" in options.only:
                times, answers = _first_answers(clone, started)
                rows += times
                bars.append(at_most("seconds to the first prediction", times[0]["seconds"], FIRST_ANSWER_S, unit="s"))
            if "page" in options.only:
                rows.append(_first_page(clone))
    if "words" in options.only:
        lengths, word_bars = longest(answers)
        rows += lengths
        bars += word_bars
    return finish("first_hour", rows, bars, options.as_json)


@contextmanager
def _fresh_clone() -> Iterator[tuple[Path, float]]:
    """A clone of what is committed here, removed in the end, and the moment at which cloning began."""
    if not (ROOT / ".git").exists():
        raise Unavailable(f"'{ROOT}' is no git repository, so it cannot be cloned.", hint="Use --only words.")
    with TemporaryDirectory(prefix="first-hour-") as folder:
        started = time.monotonic()
        clone = Path(folder) / "clone"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], Path(folder))
        yield clone, started


def _first_answers(clone: Path, started: float) -> tuple[list[Row], dict[str, list[str]]]:
    """Times of the first prediction and the first suggestions, and what these say by the kind of sentence.

    Args:
        clone: Folder of the repository.
        started: When cloning began, on the monotonic clock.
    """
    run(["make", "predict"], clone)
    times = [{"step": "clone, make predict, first prediction", "seconds": time.monotonic() - started}]
    begun = time.monotonic()
    answer = json.loads(run([str(clone / ".venv-predict" / "bin" / "surrogate"), *SUGGEST], clone))
    times.append({"step": "first suggestions, after that", "seconds": time.monotonic() - begun})
    suggestions = answer["suggestions"]
    verdicts = [p["domain"] for s in suggestions for p in s["predictions"].values()]
    return times, {
        "reason of a suggestion": [s["reason"] for s in suggestions],
        "reason of a verdict": [reason for verdict in verdicts for reason in verdict["reasons"]],
        "advice": [answer["stopping"]["sentence"], *answer["warnings"]],
    }


def _first_page(clone: Path) -> Row:
    """The time of the whole set-up, and of the service after it until a page is there."""
    begun = time.monotonic()
    run(["make", "setup"], clone)
    port = free_port()
    settings = _environment(SURROGATE_PORT=str(port), SURROGATE_AUTH="off")
    with (
        (clone / "service.log").open("w") as log,
        running(["make", "serve"], cwd=clone, env=settings, stdout=log, stderr=log) as service,
    ):
        if not wait_until(lambda: is_up(f"http://{HOST}:{port}/"), service, PAGE_S):
            raise Unavailable("The service shows no page.", hint="Run 'make serve' and read what it says.")
        seconds = time.monotonic() - begun
    return {"step": "make setup, make serve, first page", "seconds": seconds}


def longest(answers: Mapping[str, Sequence[str]]) -> tuple[list[Row], list[Bar]]:
    """The longest sentence of the README and of every kind of message, with their bars.

    Args:
        answers: The sentences of suggestions, by kind; without, these kinds are left out.
    """
    page = sentences_of_page((ROOT / "README.md").read_text("utf-8"))
    kinds: dict[str, list[str]] = {"README": page, **{kind: list(texts) for kind, texts in answers.items()}}
    for package in PACKAGES:
        for name, text in messages(ROOT / package):
            kinds.setdefault(name, []).append(text)
    rows: list[Row] = []
    for kind, texts in kinds.items():
        split = [sentence for text in texts for sentence in sentences(text)]
        if split:
            sentence = max(split, key=words)
            rows.append({"kind": kind, "sentences": len(split), "words": words(sentence), "longest": sentence})
    bars = [
        at_most("words in the first sentence of the README", words(page[0]), FIRST_SENTENCE),
        *(at_most(f"words in the longest sentence: {row['kind']}", row["words"], SENTENCE) for row in rows),
    ]
    reasons = answers.get("reason of a suggestion")
    if reasons:
        bars.append(at_most("words in the longest reason of a suggestion", max(map(words, reasons)), REASON))
    return rows, bars


def run(command: Sequence[str], folder: Path) -> str:
    """What a command prints; :class:`Unavailable` with its last line when it fails, or takes too long."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with running(command, cwd=folder, env=_environment(), **pipes) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Unavailable(
                f"'{' '.join(command)}' took more than {PATIENCE_S:g} s.", hint="Look at the network and at other work."
            ) from None
    if process.returncode:
        last = (err.strip() or out.strip() or "nothing").splitlines()[-1]
        raise Unavailable(f"'{' '.join(command)}' ended with {process.returncode}: {last}")
    return str(out)


def _environment(**settings: str) -> dict[str, str]:
    """That of somebody new, with ``settings``: nothing of this project, and no Python path into this folder."""
    prefixes = ("SURROGATE_", "PYTHONPATH", "MAKE", "MFLAGS", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)} | settings


if __name__ == "__main__":
    ended(main)
