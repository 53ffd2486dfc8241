"""Follow README, tutorials and how-tos to the letter: ``python -m scripts.tutorials [--whole] [--renew] [PAGE ...]``.

Every block of ``sh``, ``console`` and ``python`` on a page is run in the order of the page, with
the real product, and timed. A comment right above a block says when it is not run like the others:

- ``<!-- not run: WHY -->``: never; counted, and there should be nearly none.
- ``<!-- prepared: WHY -->``: only with ``--whole``; otherwise what it makes is put into the folder beforehand.
- ``<!-- until stopped: PORT -->``: started, and stopped at the end of the page; it goes on when the port answers.
- ``<!-- written to: FILE -->``: what the block holds is put at the end of the file; also of ``toml`` and ``csv``.

In ``console`` blocks the lines after ``$ …`` are what the command prints, where ``…`` stands for anything. Python
blocks of a page share their names. Ports are replaced by free ones, so that pages do not disturb each other.

With ``--renew`` what the commands print is written into the page, as after models were trained anew.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

from benchmarks._processes import end, free_port, wait_until

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FOLDER = ROOT / "docs" / "tutorial"
BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<mark>not run|prepared|until stopped|written to): (?P<why>[^\n]*?) -->\n(?P=indent))?"
    r"```(?P<kind>sh|console|python|toml|csv)\n(?P<text>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
#: Kinds of block that are only looked at unless they are written to a file.
SHOWN = ("toml", "csv")
PORTS = ("3000", "5000", "8786")
#: Addresses of other machines, which the test takes for this one.
ELSEWHERE = ("10.0.0.5",)
PATIENCE_S = 120
#: By the name of a page, what is run in the place of what takes minutes, or of what would install packages.
INSTEAD: Mapping[str, Mapping[str, str]] = {
    README.name: {
        "make serve": "bentoml serve serving.service:SurrogateService",  # what the Makefile runs
        "--n 1000000 --top 1000": "--n 2000 --top 10",
        "fit all": "fit electronic_conductivity --kind group_median --out out/models",
        "evaluate ionic_conductivity --kinds all": "evaluate electronic_conductivity --kinds group_median",
    }
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of a page: what to run, where it stands, and how it is marked."""

    page: str
    line: int
    kind: str
    text: str
    mark: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A block that was followed, or left out, and how long it took."""

    block: Block
    seconds: float
    outcome: str


class Differs(Exception):
    """A block did not do what its page says."""


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            page=page.name, line=text.count("\n", 0, match.start("text")), kind=match["kind"],
            text=dedent(match["text"]), mark=match["mark"] or "", why=match["why"] or "",
        )
        for match in BLOCK.finditer(text)
        if match["mark"] or match["kind"] not in SHOWN
    ]  # fmt: skip


@dataclass(kw_only=True)
class Reader:
    """Someone who follows one page in ``folder``; ``variables`` are set in every shell, and in the text of a page each
    of ``instead`` is replaced by what there is. With ``renew`` a page is written anew where a command prints otherwise.
    """

    folder: Path
    whole: bool = False
    renew: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: dict[str, str] = field(default_factory=lambda: {port: str(free_port()) for port in PORTS})

    def follow(self, page: Path) -> Iterator[Step]:
        """Run the blocks of ``page`` one after another; :class:`Differs` for the first that fails."""
        self.instead = {**INSTEAD.get(page.name, {}), **self.instead}
        try:
            for block in blocks(page):
                begun = time.monotonic()
                outcome = self._take(block, page)
                yield Step(block=block, seconds=time.monotonic() - begun, outcome=outcome)
        finally:
            self._stop()

    def _take(self, block: Block, page: Path) -> str:
        if block.mark == "not run" or (block.mark == "prepared" and not self.whole):
            return block.mark
        text = block.text
        if block.mark == "written to":
            with (self.folder / block.why).open("a", encoding="utf-8") as file:
                file.write(text)
            return "written"
        for port, free in self.ports.items():
            text = re.sub(rf"\b{port}\b", free, text)
        for machine in ELSEWHERE:
            text = text.replace(machine, "127.0.0.1")
        for stated, there in self.instead.items():
            text = text.replace(stated, there)
        if block.mark == "until stopped":
            self._start(block, text)
            return "running"
        if block.kind == "python":
            try:
                with contextlib.chdir(self.folder), contextlib.redirect_stdout(sys.stderr):
                    exec(compile(text, f"{block.page}:{block.line}", "exec"), self.names)
            except Exception as error:
                raise Differs(f"{block.page}, line {block.line}: {type(error).__name__}: {error}") from error
        elif block.kind == "sh":
            self._shell(block, text)
        else:
            for command, expected in _conversation(text):
                self._compare_output(block, command, expected, page)
        return "done"

    def _shell(self, block: Block, text: str) -> str:
        command = ["bash", "-euo", "pipefail", "-c", text]
        process = subprocess.run(
            command, cwd=self.folder, env=self._environment(), check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if process.returncode != 0 and block.kind == "sh":
            raise Differs(f"{block.page}, line {block.line}: exit code {process.returncode}:\n{process.stdout[-3000:]}")
        return process.stdout

    def _compare_output(self, block: Block, command: str, expected: str, page: Path) -> None:
        output = "\n".join(line.rstrip() for line in self._shell(block, command).strip().splitlines())
        if expected and not _pattern(_cut_digits(expected)).fullmatch(_cut_digits(output)):
            if self.renew:
                page.write_text(page.read_text("utf-8").replace(expected, output), "utf-8")
                return
            raise Differs(
                f"{block.page}, line {block.line}: $ {command}\n--- it should say\n{expected}\n--- says\n{output}"
            )

    def _start(self, block: Block, text: str) -> None:
        port = int(self.ports[block.why])
        with (self.folder / "running.log").open("ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {text.strip()}"], cwd=self.folder, env=self._environment(),
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.running.append(process)
        if not wait_until(lambda: _answers(port), process, PATIENCE_S):
            tail = (self.folder / "running.log").read_text("utf-8", "replace")[-3000:]
            raise Differs(f"{block.page}, line {block.line}: nothing answers on the port:\n{tail}")

    def _stop(self) -> None:
        for process in self.running:
            end(process)

    def _environment(self) -> dict[str, str]:
        """As after 'source .venv/bin/activate' in the folder of the project."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        environment["PYTHONPATH"] = str(ROOT)
        environment["SURROGATE_PORT"] = self.ports["3000"]
        environment["PYTHONUNBUFFERED"] = "1"  # as on a terminal: what is said comes in the order in which it is said
        environment.setdefault("SURROGATE_WORKERS", "1")  # it answers the same, and starts in half the time
        environment["BENTOML_HOME"] = str(self.folder / ".bentoml")
        return {**environment, **self.variables}


def _conversation(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console with what it is expected to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        ends = next((n for n in range(1, len(lines)) if _is_whole("\n".join(lines[:n]))), len(lines))
        yield "\n".join(lines[:ends]), "\n".join(lines[ends:]).strip()


def _is_whole(command: str) -> bool:
    """Whether nothing of a command is to follow: no quote is open, and no line goes on."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def _cut_digits(text: str) -> str:
    """``text`` with ten digits of numbers that have more: the last follow the order of sums, which machines choose."""
    return re.sub(r"\d+\.\d{12,}", lambda number: f"{float(number[0]):.10g}", text)


def _pattern(expected: str) -> re.Pattern[str]:
    return re.compile(".*?".join(re.escape(part) for part in expected.split("…")), re.DOTALL)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow the pages and print how long each took; 1 when one does not do what it says."""
    parser = argparse.ArgumentParser(description="Follow the tutorials to the letter.")
    parser.add_argument("pages", nargs="*", type=Path, help="pages (default: all)")
    parser.add_argument("--whole", action="store_true", help="train the models as the pages say, some minutes")
    parser.add_argument("--renew", action="store_true", help="write what the commands print into the pages")
    options = parser.parse_args(arguments)
    pages = [page.resolve() for page in options.pages] or [FOLDER / name for name in ORDER]
    with TemporaryDirectory(prefix="surrogate-tutorial-") as place:
        folder = Path(place)
        if not options.whole and pages != [README]:  # which shows the models of the package
            shutil.copytree(ROOT / "models", folder / "models")
        for page in pages:
            total = 0.0
            reader = Reader(folder=folder, whole=options.whole, renew=options.renew)
            try:
                for step in reader.follow(page):
                    total += step.seconds
                    first = step.block.text.strip().splitlines()[0]
                    print(
                        f"{page.name}:{step.block.line:<4} {step.seconds:6.1f} s  {step.outcome:8} {first[:80]}",
                        flush=True,
                    )
            except Differs as fault:
                print(fault, file=sys.stderr)
                return 1
            print(f"{page.name}: {total / 60:.1f} min\n", flush=True)
    return 0


#: As a reader takes them; a page may rest on those before it.
ORDER = ("first-suggestions.md", "campaign.md", "instruments.md", "python.md", "train-and-promote.md")

if __name__ == "__main__":
    raise SystemExit(main())
