"""Where a measured value comes from, part by part: the files, the instrument, its software, and every assumption."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surrogate.errors import InvalidInput
from surrogate.text import check_text

#: Most files and assumptions of one value, and characters of one of their texts.
MAX_FILES, MAX_ASSUMPTIONS, MAX_CHARACTERS = 64, 64, 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file by its name and the SHA-256 of its content; a file that is renamed is recognised by the second."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        _check("name of a file", self.name)
        if not self.name.strip():
            raise InvalidInput("A file of a provenance has no name.", hint="Give the name that it had.")
        if not _SHA256.fullmatch(self.sha256):
            raise InvalidInput(
                f"'{self.sha256[:70]}' is no SHA-256.",
                hint="It has 64 digits from 0 to 9 and a to f; leave the file out.",
            )


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How a value came out of files of instruments; ``None`` is what they do not state.

    ``files`` is empty where a person wrote the reading down. ``software`` is that of the instrument and ``read_by``
    what made a value of the file, both with their versions; ``assumptions`` are sentences, all that went into the value
    beside the file among them.
    """

    files: tuple[SourceFile, ...] = ()
    instrument: str | None = None
    software: str | None = None
    read_by: str | None = None
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for label, parts, most in (
            ("files", self.files, MAX_FILES),
            ("assumptions", self.assumptions, MAX_ASSUMPTIONS),
        ):
            if len(parts) > most:
                raise InvalidInput(
                    f"A provenance has {len(parts)} {label}; {most} are the most.", hint="Leave some out."
                )
        for label in ("instrument", "software", "read_by"):
            _check(label, getattr(self, label))
        for sentence in self.assumptions:
            _check("assumption", sentence)

    def describe(self) -> str:
        """All of it in one line."""
        files = [f"{file.name} (sha256 {file.sha256[:12]}…)" for file in self.files]
        stated = (("instrument", self.instrument), ("software", self.software), ("read by", self.read_by))
        return "; ".join([*files, *(f"{label}: {text}" for label, text in stated if text), *self.assumptions])


def _check(label: str, text: str | None) -> None:
    if text is not None and len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            f"The {label} of a provenance has {len(text)} characters; {MAX_CHARACTERS} are the most.",
            hint="Shorten it.",
        )
    check_text(f"The {label} of a provenance", text)
