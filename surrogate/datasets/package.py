"""The data package: which tables there are, and what every column means, in which unit and within which bounds.

``data/datapackage.json`` follows the tabular data package of Frictionless (specs.frictionlessdata.io, version 1), with
two additions per field: ``unit``, and the formats ``composition`` (a formula that must be readable) and
``number-or-bound`` (a number that may carry ``<`` or ``>``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surrogate.errors import Fault, TableError, Unavailable, UnknownName
from surrogate.properties import Subject

PACKAGE_FILE = "datapackage.json"

_PACKAGE = Path(__file__).resolve().parents[1]
#: The default data folder: ``data/`` beside the package in a checkout, an editable install and the service image; what
#: is installed from a wheel has it inside the package.
DATA = next(
    (folder for folder in (_PACKAGE.parent / "data", _PACKAGE / "data") if (folder / PACKAGE_FILE).is_file()),
    _PACKAGE.parent / "data",
)


#: The kind of table whose rows are of a subject.
TABLE_OF: Mapping[Subject, str] = MappingProxyType({Subject.ELECTROLYTE: "electrolytes", Subject.CELL: "electrodes"})


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: ``kind`` is ``string``, ``number`` or ``integer``; bounds are in ``unit`` and both allowed."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    format: str = "default"
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One table of the package: its file, its columns in the order of the file, and the hash of what was shipped.

    ``table`` says whose columns it has and how its rows are read (``electrolytes``, ``electrodes``, ``obelix``):
    several files may hold rows of one kind. ``licence`` says what its rows may be used for, ``notice`` what has to be
    told wherever they go. A table ``of_others`` is no part of a package: whatever its encoding, separator and
    spellings, it is read.
    """

    name: str
    path: str
    table: str = ""
    licence: str | None = None
    notice: str | None = None
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    key: str | None = None
    paper_column: str | None = None
    sha256: str | None = None
    of_others: bool = False

    def with_columns(self, columns: Mapping[str, Column]) -> Resource:
        """The same table with other columns."""
        return replace(self, columns=MappingProxyType(dict(columns)))


def resource(name: str) -> Resource:
    """The shipped description of the table ``name``; :class:`UnknownName` proposes the nearest."""
    resources = read_package(DATA)
    if name not in resources:
        raise UnknownName("table", name, resources)
    return resources[name]


def read_package(folder: Path) -> dict[str, Resource]:
    """All tables that ``folder`` describes, by name; a folder without its own description uses the shipped one.

    Raises :class:`Unavailable` when there is no description at all, :class:`TableError` when it cannot be read.
    """
    path = next((p for p in (folder / PACKAGE_FILE, DATA / PACKAGE_FILE) if p.is_file()), None)
    if path is None:
        raise Unavailable(
            f"There is no {PACKAGE_FILE} in {folder}.",
            hint="Give the folder that holds the tables.",
        )
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return {r["name"]: _resource(r) for r in described["resources"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        fault = Fault(
            table=PACKAGE_FILE,
            row=None,
            column=None,
            message=f"The description of the tables cannot be read ({problem}).",
            hint="Restore it from the repository.",
        )
        raise TableError([fault]) from None


def sha256_of_file(path: Path) -> str:
    """The sha256 of the bytes of ``path``, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _resource(described: Mapping[str, Any]) -> Resource:
    columns = [_column(f) for f in described["schema"]["fields"]]
    return Resource(
        name=described["name"],
        path=described["path"],
        table=described.get("table", described["name"]),
        licence="; ".join(licence["title"] for licence in described.get("licenses", ())) or None,
        notice=described.get("notice"),
        columns=MappingProxyType({c.name: c for c in columns}),
        key=described["schema"].get("primaryKey"),
        paper_column=described.get("paperColumn"),
        sha256=described.get("hash", "").removeprefix("sha256:") or None,
    )


def _column(described: Mapping[str, Any]) -> Column:
    rules = described.get("constraints", {})
    return Column(
        name=described["name"],
        kind=described["type"],
        meaning=described.get("description", ""),
        unit=described.get("unit", ""),
        format=described.get("format", "default"),
        required=rules.get("required", False),
        unique=rules.get("unique", False),
        minimum=rules.get("minimum"),
        maximum=rules.get("maximum"),
        allowed=tuple(rules.get("enum", ())),
    )
