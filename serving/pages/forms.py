"""Forms from the schemas of requests and the table of fields, with units, ranges and categories.

A field of a form is named after its place in the request (``cell.electrode.active_material``), so that the pointer of a
fault (``/cell/electrode/active_material``) leads back to it. An empty field is *not stated*.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from serving.http.errors import fault_of
from surrogate.candidate.field import NO as NO
from surrogate.candidate.field import YES as YES
from surrogate.candidate.field import Field as Row
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.spellings import read_stated_number
from surrogate.errors import InvalidInput, KeyReused, UnitError
from surrogate.text import spoken
from surrogate.units import parse_quantity
from surrogate.wire.base import Input
from surrogate.wire.catalogue import FieldOutput
from surrogate.wire.fields import describe
from surrogate.wire.problems import Fault

#: Longest text of a field that is looked at; a composition has at most 200 characters, a space of one's own some more.
MAX_TEXT = 20_000


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form."""

    path: str
    label: str
    kind: str  # number, text, flag or choice
    unit: str
    help: str
    required: bool = False
    name: str = ""  # of its row in the table of fields
    options: tuple[tuple[str, str], ...] = ()  # value → words

    @property
    def ident(self) -> str:
        """Its id on the page."""
        return self.path.replace(".", "-").replace("_", "-")

    def spoken(self, text: str) -> str:
        """What was typed or chosen, in words: a bare number with the unit of the field."""
        if self.kind == "number" and self.unit and text[-1:].isdigit():
            return f"{text} {self.unit}"
        return dict(self.options).get(text, text)


@dataclass(kw_only=True)
class Answers:
    """What was typed into a form, what was read of it, and what is wrong with it, by field; ``general`` is the rest."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    general: list[Fault] = field(default_factory=list)
    #: What was read otherwise than it stands, as a decimal comma.
    notes: list[str] = field(default_factory=list)

    def value(self, path: str) -> str:
        """What stands in a field."""
        return self.typed.get(path, "")

    def says(self, prefix: str) -> bool:
        """Whether anything under ``prefix`` was filled in."""
        return any(value.strip() for path, value in self.typed.items() if path.startswith(prefix))

    def blame(self, path: str | None, fault: Fault) -> None:
        """Put a fault beside a field, once.

        Args:
            path: Of the field; ``None`` for above the form.
            fault: What is wrong.
        """
        faults = self.general if path is None else self.faults.setdefault(path, [])
        again = any(fault.message == other.message or fault.code == other.code == "missing" for other in faults)
        if not again:
            faults.append(fault)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.faults and not self.general


@cache
def field_of(part: type[Input], name: str, prefix: str = "") -> Field:
    """Make a field of a form from one of a request.

    Args:
        part: The model of the request, or of a part of it.
        name: Of its field.
        prefix: Before the path of the field on the form.
    """
    schema = _describe_fields(part)[name]
    categories = [(c, c.replace("_", " ")) for c in schema.categories or ()]
    return Field(
        path=f"{prefix}{name}",
        label=_LABELS.get(name) or spoken(name).capitalize(),
        kind=_kind(schema),
        unit=schema.unit or "",
        help=_HELP.get(name, _help(schema)),
        required=schema.required,
        options=tuple(categories),
    )


@cache
def _describe_fields(part: type[Input]) -> Mapping[str, FieldOutput]:
    return describe(part)


#: What the fields of other requests are called than their names say; those of candidates are called as in the table.
_LABELS = {
    "x": "Value of x",
    "lease_h": "Kept open for",
    "batch": "How many recipes",
    "assignee": "For whom",
    "replicate": "Repeat the best recipe once",
    "pool": "Recipes compared",
    "objective": "What is wanted",
    "space": "Design space",
}


#: Where the words of the schema are for those who write JSON.
_HELP = {
    "x": "For a composition with x in it.",
    "id": "Letters, digits, points and hyphens; left empty: one is made.",
}


def field_of_row(row: Row, place: Sequence[str]) -> Field:
    """Make a field of a form from a row of the table of fields.

    Args:
        row: Of the table.
        place: Of the field in the request.
    """
    share = row.high == 1.0 and "0 to 1" not in row.meaning
    return Field(
        path=".".join(place),
        label=row.label,
        name=row.name,
        kind="number" if row.number else "text" if row.kind == "composition" else row.kind,
        unit=row.unit,
        help=f"{row.meaning} 0 to 1." if share else row.meaning,
        options=tuple((option, option.replace("_", " ")) for option in row.options if row.kind == "choice"),
    )


def _kind(schema: FieldOutput) -> str:
    if schema.categories:
        return "choice"
    first = schema.type.split(" or ")[0]
    return {"number": "number", "integer": "number", "boolean": "flag"}.get(first, "text")


def _help(schema: FieldOutput) -> str:
    """The description of a field; for a share with its bounds, because percent are so near."""
    if schema.maximum == 1.0 and schema.minimum is not None:
        return f"{schema.description} {schema.minimum:g} to 1.".strip()
    return schema.description


def read(part: type[Input], fields: Iterable[Field], answers: Answers) -> dict[str, Any]:
    """Read the fields of one part of a request that were filled in.

    Args:
        part: The model of the part.
        fields: Of the form.
        answers: What was typed; gets the faults and the notes.

    Returns:
        Values by name.
    """
    return {path.rpartition(".")[2]: value for path, value in read_fields(fields, answers).items()}


def read_fields(fields: Iterable[Field], answers: Answers) -> dict[str, Any]:
    """Read the fields that were filled in.

    Args:
        fields: Of the form.
        answers: What was typed; gets the faults and the notes.

    Returns:
        Values by path.
    """
    values: dict[str, Any] = {}
    for item in fields:
        text = answers.value(item.path).strip()
        if not text:
            continue
        try:
            values[item.path] = _READERS[item.kind](text, item, answers.notes)
        except InvalidInput as error:
            answers.blame(item.path, fault_of(error))
    return values


def _number(text: str, field: Field, notes: list[str]) -> float | int:
    if len(text) > 60:
        raise UnitError("That is too long for a number.", hint="Write digits, and a unit where there is one.")
    if field.name in FIELDS:
        value = read_stated_number(FIELDS[field.name], text, notes, name=field.label)
    elif not field.unit and "," not in text:
        try:
            value = float(text)
        except ValueError:
            raise UnitError(f"'{text}' is not a number.", hint="Write digits alone.") from None
    else:
        value = parse_quantity(text, field.unit, name=field.label, notes=notes)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _flag(text: str, *_: object) -> bool:
    if text not in (YES, NO):
        raise UnitError(f"'{text[:40]}' is neither yes nor no.", hint="Choose one of them.")
    return text == YES


_READERS: Mapping[str, Callable[[str, Field, list[str]], Any]] = {
    "number": _number,
    "flag": _flag,
    "text": lambda text, *_: text,
    "choice": lambda text, *_: text,
}


def place(
    answers: Answers, faults: Sequence[Fault], fields: Mapping[str, Field], *, move: Callable[[str], str]
) -> None:
    """Put faults of the interface beside the fields they belong to.

    A fault of a part stands beside the field of which it is a part, else above the form.

    Args:
        answers: Get the faults.
        faults: With pointers into the request.
        fields: Of the form, by path.
        move: Turns a pointer into a path.
    """
    for fault in faults:
        if fault.code == KeyReused.code:
            answers.blame(None, fault.model_copy(update=_SENT_BEFORE))
            continue
        path = move(fault.pointer)
        while path and path not in fields:
            path = path.rpartition(".")[0]
        answers.blame(path or None, _spoken(fault) if path else fault)


#: What is said of a form that came back by the button Back, was changed, and was sent again.
_SENT_BEFORE = {
    "message": "This form was sent before, with something else in it; that was kept.",
    "hint": "Send it once more if this is meant beside it.",
}


def key_of(answers: Answers) -> str:
    """The key that goes with a form, so that it counts once however often it is sent.

    It is a new one where the old one stands for other content.
    """
    stale = any(fault.code == KeyReused.code for fault in answers.general)
    return secrets.token_hex(16) if stale or not answers.value("key") else answers.value("key")


def _spoken(fault: Fault) -> Fault:
    """A fault in the words of a form, where the field beside it needs no name."""
    if fault.code == "missing":
        return fault.model_copy(update={"message": "It is needed."})
    name = re.escape(fault.pointer.rpartition("/")[2])
    return fault.model_copy(update={"message": re.sub(rf"^{name}\b", "It", fault.message)})


def dotted(pointer: str) -> str:
    """A JSON pointer as the path of a field."""
    return pointer.strip("/").replace("/", ".")


def typed(sent: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a form or of a query, shortened to what can be meant."""
    return {name: value[:MAX_TEXT] for name, value in sent.items() if isinstance(value, str) and len(name) <= 100}
