"""Which characters a stored text may hold: all but those that cannot be seen, stored or written into a file.

Non-breaking spaces from a paper, an emoji, a name in any script: all of that is text. Control characters are not.
PostgreSQL refuses NUL, a workbook refuses what XML cannot hold, and a mark that reverses the direction of writing makes
a person read something else than is there.
"""

from __future__ import annotations

import re

from surrogate.errors import InvalidInput

#: Control characters but tab and line feed, marks of direction, half characters, and what XML cannot hold.
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def is_plain(text: str) -> bool:
    """Whether ``text`` holds no control character (tab and line feed are none here)."""
    return text.isprintable() or _REFUSED.search(text) is None


def check_text(name: str, text: str | None, error: type[InvalidInput] = InvalidInput) -> None:
    """Refuse a text that holds a control character (tab and line feed are none here).

    Args:
        name: What the message calls it.
        text: None is not stated, and passes.
        error: The class that is raised.
    """
    match = None if text is None or text.isprintable() else _REFUSED.search(text)
    if match is not None:
        raise error(
            f"{name} contains the control character {_escape(match)}.",
            hint="Break lines with a line feed alone." if match[0] == "\r" else "Remove it.",
        )


def visible(text: str) -> str:
    """``text`` with what :func:`check_text` refuses written out, as in ``\\x0b``: every file can hold it then."""
    return text if text.isprintable() else _REFUSED.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
