"""The page of the Python API: the public names with their signatures and docstrings, as Markdown."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import surrogate

#: Packages whose names may be imported from the package itself, beside the public face.
PACKAGES = (
    "composition", "properties", "candidate", "datasets", "features", "physics", "instruments", "models", "space",
    "planner", "campaign", "sheets", "report", "report.figures", "client", "wire", "tables", "execution",
)  # fmt: skip
_WIDTH = 100


def sections() -> Iterator[str]:
    """The sections of the page below its title."""
    yield (
        "`import surrogate` is quick, because each of these names is loaded when it is used. They are the public face "
        "of the library: they change only with a note in the changelog. [The library in Python](../tutorial/python.md) "
        "shows them at work."
    )
    functions = [name for name in surrogate.__all__ if not isinstance(getattr(surrogate, name), type)]
    for title, names in (("Functions", functions), ("Classes", [n for n in surrogate.__all__ if n not in functions])):
        yield f"## {title}"
        for name in names:
            yield from _describe(name, getattr(surrogate, name))
    yield "## Packages"
    yield (
        "For work that the functions above do not cover. Names that this page does not list are private and may change "
        "at any time."
    )
    for package in PACKAGES:
        module = importlib.import_module(f"surrogate.{package}")
        yield f"### surrogate.{package}"
        yield _first_paragraph(module)
        yield "\n".join(
            f"- `{name}`: {_summarise(getattr(module, name))}" for name in sorted(module.__all__, key=str.lower)
        )


def _describe(name: str, value: Any) -> Iterator[str]:
    """A function or class: its signature, its docstring, and the public methods of a class."""
    yield f"### {name}"
    yield f"```python\n{name}{_signature(value, _WIDTH)}\n```"
    yield _markdown(inspect.getdoc(value) or "")
    members = []
    for member, attribute in sorted(vars(value).items()) if isinstance(value, type) else ():
        method = getattr(attribute, "__func__", attribute)
        if not member.startswith("_") and (inspect.isfunction(method) or isinstance(method, property)):
            call = _signature(method) if inspect.isfunction(method) else ""
            members.append(f"- `{member}{call}`: {_first_paragraph(method)}")
    if members:
        yield "\n".join(members)


def _signature(value: Any, width: int | None = None) -> str:
    """The arguments as they stand in the code, without ``self`` and ``cls``; one a line where they are too wide."""
    signature = inspect.signature(value)
    parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    parts: list[str] = []
    for place, parameter in enumerate(parameters):
        if parameter.kind is parameter.KEYWORD_ONLY and (not place or parameters[place - 1].kind is not parameter.kind):
            parts.append("*")
        default = "" if parameter.default is parameter.empty else f" = {_default(parameter.default)}"
        parts.append(f"{parameter.name}: {parameter.annotation}{default}")
    result = "" if isinstance(value, type) else f" -> {signature.return_annotation}"
    one_line = f"({', '.join(parts)}){result}"
    if width is None or len(one_line) <= width:
        return one_line
    return "(\n    " + ",\n    ".join(parts) + f",\n){result}"


def _default(value: Any) -> str:
    if callable(value):
        return str(value.__name__)
    if isinstance(value, Path):
        return f'Path("{value}")'
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if is_dataclass(value):
        return f"{type(value).__name__}()"
    return "…" if repr(value).startswith("<") else repr(value).replace("'", '"')


def _markdown(docstring: str) -> str:
    """A docstring as Markdown: roles become code, and arguments and errors lists."""
    text = re.sub(r":\w+:`~?\.?([^`]*)`", lambda role: f"`{role[1].rpartition('.')[2]}`", docstring)
    prose, *parts = re.split(r"^(?=(?:Args|Returns|Raises):$)", text.replace("``", "`"), flags=re.MULTILINE)
    for part in parts:
        title, _, body = part.rstrip().partition(":\n")
        entries = textwrap.dedent(body)
        if title != "Returns":
            entries = re.sub(r"^(\w+): ", r"- `\1`: ", entries, flags=re.MULTILINE)
        prose += f"**{title}**\n\n{entries}\n\n"
    return prose.rstrip()


def _summarise(value: Any) -> str:
    """The first paragraph of a docstring, or the type of a constant."""
    is_function = inspect.isroutine(inspect.unwrap(value)) if callable(value) else False
    if is_function or isinstance(value, type) or type(value).__module__.startswith("surrogate"):
        return _first_paragraph(value)
    return "a type" if hasattr(value, "__origin__") else f"a constant, `{type(value).__name__}`"


def _first_paragraph(value: Any) -> str:
    return _markdown(" ".join((inspect.getdoc(value) or "").split("\n\n")[0].split()))
