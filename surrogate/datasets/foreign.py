"""Rows of tables of others as the readers of our own take them.

Nobody else keeps our vocabulary or our columns. A word that we do not know counts as *other*, a number of a recipe that
cannot be read as not stated, and both are reported; only what was made and what was measured must be readable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from surrogate.datasets.literature import VALUE_COLUMNS
from surrogate.datasets.package import Resource
from surrogate.datasets.tables import Row, UnknownWord, Value, parse_bound
from surrogate.errors import Fault
from surrogate.text import counted

#: What says the material. Where the first is empty, the second is read.
_FORMULAS = ("composition_normalized", "composition")
#: Columns whose faults cost what the row states, since nobody knows the material or the value.
ESSENTIAL = frozenset((*VALUE_COLUMNS.values(), *_FORMULAS, "active_material", "retention_cycles"))
#: Columns whose words decide what a value is: a limit, or of no cell at all.
DECISIVE = frozenset({"censored", "record_type"})
#: What tells one piece of work from another, the best first.
_WORKS = ("paper", "doi", "paper_group", "source_ref", "record_id")
#: What a word that is not ours becomes, where the column has a word for it; a value with a strange flag is no limit.
_OTHER = MappingProxyType({"mixing_method": "other", "censored": "~"})
#: A basis of capacities that names no material; an empty cell counts as such.
_OF_THE_ACTIVE_MATERIAL = re.compile(
    r"(?:per g(?:ram)? of )?(?:(?:cathode |the )?active (?:material|mass)|C?AM)?", re.I
)
_MOST_NAMED = 6


def loosened(described: Resource) -> Resource:
    """``described`` with values that may be bounds, where every row needs nothing but the active material of a cell."""
    columns = {
        name: replace(column, required=column.required and name == "active_material")
        for name, column in described.columns.items()
    }
    for name in columns.keys() & set(VALUE_COLUMNS.values()):
        columns[name] = replace(columns[name], kind="string", format="number-or-bound")
    return described.with_columns(columns)


@dataclass(frozen=True, kw_only=True)
class Loosened:
    """A row that the readers of our tables take, the ``faults`` that are left, and those that cost nothing."""

    row: Row
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]


def loosen(row: Row, faults: Iterable[Fault], described: Resource) -> Loosened:
    """Take what is not known for other or not stated, and fill in what follows from the rest of the row.

    Args:
        row: As it was read; without cells where nobody knows which is which.
        faults: Of the row.
        described: Its table.
    """
    essential = [fault for fault in faults if fault.column is None or fault.column in ESSENTIAL]
    remarks = [fault for fault in faults if fault not in essential]
    if not row.cells:
        return Loosened(row=row, faults=tuple(essential), remarks=tuple(remarks))
    cells: dict[str, Value] = dict(row.cells)
    for column in {fault.column for fault in remarks if fault.column is not None}:
        cells[column] = _OTHER.get(column)
    normalized, plain = _FORMULAS
    if normalized in described.columns or plain in described.columns:
        cells[normalized] = cells.get(normalized) or cells.get(plain)
    if "active_material" in described.columns:
        cells["record_type"] = cells.get("record_type") or "cell"
        if _OF_THE_ACTIVE_MATERIAL.fullmatch(str(cells.get("capacity_basis") or "")):
            cells["capacity_basis"] = cells.get("active_material")
            remarks.append(row.fault("The basis is not named.", column="capacity_basis"))
    for column in set(VALUE_COLUMNS.values()) & cells.keys():
        stated = cells[column]
        if isinstance(stated, str) and not any(fault.column == column for fault in essential):
            cells[column], sign = parse_bound(stated)
            cells["censored"] = cells.get("censored") or sign or None
    cells["record_id"] = cells.get("record_id") or f"line {row.line}"
    cells["paper"] = next(cells[name] for name in _WORKS if cells.get(name))
    return Loosened(row=replace(row, cells=MappingProxyType(cells)), faults=tuple(essential), remarks=tuple(remarks))


def unknown_words(faults: Iterable[Fault]) -> dict[str, str]:
    """The columns of options in which words stand that are not ours, each with a sentence that says so.

    Those of :data:`DECISIVE` are left out: such a word stays a fault.
    """
    strange = [fault for fault in faults if isinstance(fault, UnknownWord) and fault.column not in DECISIVE]
    columns = list(dict.fromkeys(fault.column for fault in strange if fault.column))
    return dict(zip(columns, in_sentences(strange, columns), strict=True))


def with_any_words(described: Resource, columns: Collection[str]) -> Resource:
    """The description of a table with any word allowed in some columns.

    Args:
        described: The table.
        columns: Their names.
    """
    free = {name: replace(column, allowed=()) for name, column in described.columns.items() if name in columns}
    return described.with_columns({**described.columns, **free})


def in_sentences(remarks: Sequence[Fault], words: Collection[str]) -> list[str]:
    """What was taken for other or not stated, a sentence for each column.

    Args:
        remarks: What was noticed, cell by cell.
        words: The columns of options.
    """
    sentences = []
    for column in dict.fromkeys(remark.column or "" for remark in remarks):
        of_column = [remark for remark in remarks if remark.column == column]
        lines = sorted({remark.row or 0 for remark in of_column})
        places = ", ".join(map(str, lines[:_MOST_NAMED])) + (", …" if len(lines) > _MOST_NAMED else "")
        meaning = "words that are not known count as other" if column in words else "what cannot be read is not stated"
        meaning = "capacities count per gram of the active material" if column == "capacity_basis" else meaning
        reasons = "; ".join(dict.fromkeys(map(_reason, of_column[:_MOST_NAMED])))
        sentences.append(f"{column}: {meaning} in {counted(len(lines), 'row')} (line {places}): {reasons}.")
    return sentences


def _reason(remark: Fault) -> str:
    """The message of a remark, with the allowed word that an unknown one may mean."""
    nearest = remark.nearest if isinstance(remark, UnknownWord) else None
    return remark.message.rstrip(".") + (f" (did you mean {nearest}?)" if nearest else "")
