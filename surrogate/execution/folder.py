"""The folder of one run: a manifest that says what the run is, and one file per finished chunk.

A chunk is written under another name and renamed when complete, so a run that is killed loses the chunks in flight and
nothing else. Nothing is ever overwritten: a folder of another run, another version or with other files is refused.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.errors import InvalidInput, Unavailable


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """A folder ``path`` for one run of a ``kind`` ("sweep"), described by the file ``manifest`` in it."""

    path: Path
    kind: str
    manifest: str

    def part(self, index: int) -> Path:
        """Where the result of chunk ``index`` is kept."""
        return self.path / f"part-{index:05d}.parquet"

    def parts(self) -> list[Path]:
        """Every result that is there, in the order of the chunks."""
        return sorted(self.path.glob("part-*.parquet"), key=lambda part: int(part.stem.removeprefix("part-")))

    def missing(self, chunks: int) -> list[int]:
        """Indices of the chunks without a result."""
        return [index for index in range(chunks) if not self.part(index).exists()]

    def prepare(self, wanted: Mapping[str, Any], chunks: int, *, resume: bool) -> list[int]:
        """Indices of the chunks that are still missing; the folder is made or, with ``resume``, checked.

        Raises :class:`InvalidInput` for a folder that is not empty (without ``resume``) or holds another run, and
        :class:`Unavailable` for one that cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            held = sorted(item.name for item in self.path.iterdir() if not item.name.startswith("."))
        except OSError as problem:
            raise unwritable(self.path, problem) from None
        if not held:
            write_whole(self.path / self.manifest, json.dumps(wanted, indent=2).encode() + b"\n")
            return list(range(chunks))
        if not resume:
            raise InvalidInput(
                f"The folder {self.path} already holds {len(held)} file{'s' if len(held) > 1 else ''}.",
                hint=f"Give --resume to go on with a {self.kind}, or another folder.",
            )
        self._check_same(wanted)
        for leftover in self.path.glob(".*.partial"):
            leftover.unlink()
        return self.missing(chunks)

    def _check_same(self, wanted: Mapping[str, Any]) -> None:
        held, plain = self.read(), json.loads(json.dumps(wanted))
        differing = [name for name in plain if held.get(name) != plain[name]]
        if differing:
            told = ", ".join(f"{name} {_short(held.get(name))} there, {_short(plain[name])} here" for name in differing)
            raise InvalidInput(
                f"The folder {self.path} holds another {self.kind}: {told}.",
                hint="Give another folder, or the same run.",
            )

    def read(self) -> dict[str, Any]:
        """What the manifest says; :class:`InvalidInput` when this is not the folder of such a run."""
        try:
            found = json.loads((self.path / self.manifest).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InvalidInput(
                f"The folder {self.path} has no readable {self.manifest}, so it is not the folder of a {self.kind}.",
                hint="Give an empty or new folder.",
            ) from None
        if not isinstance(found, dict):
            raise InvalidInput(
                f"{self.path / self.manifest} does not describe a {self.kind}.", hint="Give an empty or new folder."
            )
        return found


def _short(value: object) -> str:
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all; a full disk is one clear sentence."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as problem:
        partial.unlink(missing_ok=True)
        raise unwritable(path.parent, problem) from None


def unwritable(folder: Path, problem: OSError) -> Unavailable:
    """The sentence for a folder that the system refuses to write to."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            f"The disk with {folder} is full; the finished chunks are safe.",
            hint="Make room and run again with --resume.",
        )
    return Unavailable(f"{folder} cannot be written: {problem.strerror}.", hint="Give a folder you may write to.")
