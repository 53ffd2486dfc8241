"""HTML from values: text is escaped unless it is :class:`Html` already, so nothing that a user wrote becomes markup."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

CSS_PIXELS_PER_INCH = 96
VOID = frozenset({"img", "meta", "br"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, *content: str | None, **attributes: str | None) -> Html:
    """One element. ``class_`` is the attribute ``class``; content and attributes that are ``None`` are left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value, quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(content)}</{name}>")


def joined(parts: Iterable[str | None], between: str = "") -> Html:
    """All parts one after the other, text escaped."""
    separator = between if isinstance(between, Html) else html.escape(between, quote=False)
    escaped = (part if isinstance(part, Html) else html.escape(part, quote=False) for part in parts if part is not None)
    return Html(separator.join(escaped))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> Html:
    """A table; columns in ``numbers`` are set flush right."""

    def line(cell: str, cells: Sequence[str]) -> Html:
        return tag("tr", *(tag(cell, c, class_="number" if i in numbers else None) for i, c in enumerate(cells)))

    return tag(
        "table",
        tag("thead", line("th", head)),
        tag("tbody", *(line("td", row) for row in rows)),
    )


def items(texts: Iterable[str], *, kind: str = "ul", class_: str | None = None) -> Html:
    """A list; nothing when it is empty."""
    entries = [tag("li", text) for text in texts]
    return tag(kind, *entries, class_=class_) if entries else Html("")


def picture(png: bytes, alt: str, caption: str = "", *, width_in: float | None = None) -> Html:
    """A PNG inside the page.

    Args:
        png: Its bytes.
        alt: Words for those who cannot see it.
        caption: Below it.
        width_in: Its width in inches.
    """
    width = None if width_in is None else f"{width_in * CSS_PIXELS_PER_INCH:.0f}"
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return tag("figure", tag("img", src=source, alt=alt, width=width), tag("figcaption", caption) if caption else None)
