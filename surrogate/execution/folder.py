"""The folder of one run: a manifest that says what the run is, and one file per finished chunk.

A chunk is written under another name and renamed when complete, so a run that is killed loses the chunks in flight and
nothing else. Nothing is ever overwritten: a folder of another run, another version or with other files is refused.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

    def missing(self, chunks: int) -> list[int]:
        """Indices of the chunks without a result."""
        return [index for index in range(chunks) if not self.part(index).exists()]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Until it is left, no other process of this machine works in the folder; :class:`InvalidInput` when one does.

        The lock is the system's, so that it ends with the process that holds it, however that ends.
        """
        try:
            import fcntl
        except ImportError:  # no such locks on this system
            yield
            return
        self._make()
        try:
            lock = (self.path / ".lock").open("w")
        except OSError as problem:
            raise unwritable(self.path, problem) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InvalidInput(
                    f"Another process is at work in {self.path}.", hint="Wait for it, or give another folder."
                ) from None
            yield

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise unwritable(self.path, problem) from None

    def prepare(self, description: Mapping[str, Any], chunks: int, *, resume: bool) -> list[int]:
        """Make the folder or, with ``resume``, check it.

        Args:
            description: What is computed, which a resumed run must share.
            chunks: How many there are.
            resume: Go on with what the folder holds already.

        Returns:
            Indices of the chunks that are still missing.

        Raises:
            InvalidInput: The folder is not empty (without ``resume``), or holds another run.
            Unavailable: It cannot be written.
        """
        self._make()
        try:
            names = sorted(item.name for item in self.path.iterdir() if not item.name.startswith("."))
        except OSError as problem:
            raise unwritable(self.path, problem) from None
        if not names:
            write_whole(self.path / self.manifest, json.dumps(description, indent=2).encode() + b"\n")
            return list(range(chunks))
        begun = names == [self.manifest] and self.read() == _plain(description)  # the same run, before its first chunk
        if not resume and not begun:
            raise InvalidInput(
                f"The folder {self.path} already holds {len(names)} file{'s' if len(names) > 1 else ''}.",
                hint=f"Give --resume to go on with a {self.kind}, or another folder.",
            )
        self._check_same(description)
        for leftover in self.path.glob(".*.partial"):
            leftover.unlink()
        return self.missing(chunks)

    def _check_same(self, description: Mapping[str, Any]) -> None:
        stored, here = _flatten(self.read()), _flatten(_plain(description))
        differing = [name for name in here if stored.get(name) != here[name]]
        if differing:
            differences = ", ".join(
                f"{name} {_shorten(stored.get(name))} there, {_shorten(here[name])} here" for name in differing
            )
            raise InvalidInput(
                f"The folder {self.path} holds another {self.kind}: {differences}.",
                hint="Give another folder, or the same run.",
            )

    def read(self) -> dict[str, Any]:
        """The manifest; :class:`InvalidInput` when this is not the folder of such a run."""
        try:
            manifest = json.loads((self.path / self.manifest).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InvalidInput(
                f"The folder {self.path} has no readable {self.manifest}, so it is not the folder of a {self.kind}.",
                hint="Give an empty or new folder.",
            ) from None
        if not isinstance(manifest, dict):
            raise InvalidInput(
                f"{self.path / self.manifest} does not describe a {self.kind}.", hint="Give an empty or new folder."
            )
        return manifest


def _plain(values: Mapping[str, Any]) -> Any:
    """As they come back from a file: tuples as lists, keys as text."""
    return json.loads(json.dumps(values))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by their path: ``models.ionic_conductivity.version``."""
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        leaves |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return leaves


def _shorten(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all; a full disk is one clear sentence.

    Args:
        path: Of the file.
        content: Its bytes.

    Raises:
        Unavailable: The folder cannot be written.
    """
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
    """The sentence for a folder that the system refuses to write to.

    Args:
        folder: The folder.
        problem: What the system says.
    """
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            f"The disk with {folder} is full; the finished chunks are safe.",
            hint="Make room and run again with --resume.",
        )
    return Unavailable(f"{folder} cannot be written: {problem.strerror}.", hint="Give a folder you may write to.")
