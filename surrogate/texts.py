"""What a text may hold that is kept: anything but what cannot be seen, stored or written into a file.

A note pasted from a paper holds spaces that do not break, and a name may hold an emoji or be written in any script;
all of that is text. A control character is not: PostgreSQL does not take NUL, a workbook no character that XML cannot
hold, and a mark that turns the direction of writing makes a person read something else than is there.
"""

from __future__ import annotations

import re

from surrogate.errors import InvalidInput

#: Control characters but tab and line feed, marks of direction, half characters, and what XML cannot hold.
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def is_plain(text: str) -> bool:
    """Whether ``text`` holds no control character (tab and line feed are none here)."""
    return text.isprintable() or _REFUSED.search(text) is None


def check_text(what: str, text: str | None, error: type[InvalidInput] = InvalidInput) -> None:
    """Raise ``error`` when a stated ``text`` holds a control character (tab and line feed are none here)."""
    found = None if text is None or text.isprintable() else _REFUSED.search(text)
    if found is not None:
        raise error(
            f"{what} contains the control character {_shown(found)}.",
            hint="Break lines with a line feed alone." if found[0] == "\r" else "Remove it.",
        )


def visible(text: str) -> str:
    """``text`` with what :func:`check_text` refuses written out, as in ``\\x0b``: every file can hold it then."""
    return text if text.isprintable() else _REFUSED.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
