"""Files of instruments as they are sent: parts of one body, each with the suggestion it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from surrogate.errors import InvalidInput, Unavailable

#: Files by the suggestion they belong to, or in a list: then their names carry it.
Files = str | Path | Sequence[str | Path] | Mapping[str, str | Path | Sequence[str | Path]]
#: What no file says: one text for all suggestions, or one by suggestion.
Detail = str | Mapping[str, str] | None
Part = tuple[str, tuple[str | None, bytes]]


def file_parts(files: Files) -> list[Part]:
    """A part for each file; raises :class:`InvalidInput` for none, :class:`Unavailable` for one that is not there."""
    by_field = files.items() if isinstance(files, Mapping) else [("file", files)]
    parts: list[Part] = []
    for field, paths in by_field:
        for path in [paths] if isinstance(paths, str | Path) else paths:
            try:
                parts.append((field, (Path(path).name, Path(path).read_bytes())))
            except OSError as error:
                raise Unavailable(f"'{path}' cannot be read: {error.strerror}.", hint="Check the path.") from None
    if not parts:
        raise InvalidInput("There is no file to send.", hint="Give at least one path.")
    return parts


def text_parts(**texts: Detail | int) -> list[Part]:
    """A part for each text that is stated, addressed to its suggestion where it has one: ``s4=12.3 mg``."""
    parts: list[Part] = []
    for field, stated in texts.items():
        if isinstance(stated, Mapping):
            parts += [(field, (None, f"{suggestion}={text}".encode())) for suggestion, text in stated.items()]
        elif stated is not None:
            parts.append((field, (None, str(stated).encode())))
    return parts
