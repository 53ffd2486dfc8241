"""Rows that a laboratory measured itself, pasted under the form as a table: they shift and sharpen predictions."""

from __future__ import annotations

from typing import Any

from serving.http.errors import clean, fault_of
from serving.http.state import State
from serving.http.uploads import Upload, open_apart
from serving.pages.forms import Answers, Field
from surrogate.errors import InvalidInput, SurrogateError, TableError
from surrogate.models.base import MOST_OWN_ROWS
from surrogate.properties import get_property
from surrogate.sheets import SheetReading, read_sheet
from surrogate.wire.described import describe_candidate
from surrogate.wire.problems import Fault

FIELD = Field(
    path="own",
    label="Rows measured here",
    kind="text",
    unit="",
    help="Paste them from a spreadsheet: the first line names the columns, each further line is a recipe with what was "
    "measured. Tabs, semicolons and commas separate cells; decimal commas are read.",
)
EXAMPLE = "electrolyte\tmilling_time_h\tionic_conductivity_s_per_cm\nLi6PS5Cl\t20\t0.0021"


async def read_rows(answers: Answers, state: State) -> list[dict[str, Any]]:
    """The pasted rows as a request has them; what cannot be read is blamed, how they were read is noted."""
    text = answers.value(FIELD.path).replace("\r\n", "\n").strip("\n")
    if not text.strip():
        return []
    try:
        reading = await state.compute.run(_read, text)
    except (TableError, InvalidInput) as error:
        for refused in error.faults if isinstance(error, TableError) else (error,):
            _blame(answers, refused.message, refused.hint)
        return []
    except SurrogateError as error:
        answers.blame(FIELD.path, fault_of(error))
        return []
    for fault in (*reading.faults, *reading.questions):
        where = f"Line {fault.row}: " if fault.row else ""
        _blame(answers, f"{where}{fault.message}", fault.hint)
    plain = (note.removeprefix("own rows, ") for note in reading.notes if not note.startswith("Cells are separated"))
    notes = [clean(note) for note in plain]
    answers.notes += [f"Own rows: {note[:1].lower()}{note[1:]}" for note in notes]
    rows = [_row(measurement) for measurement in reading.measurements]
    if not rows and FIELD.path not in answers.faults:
        _blame(answers, "No row states a value.", "Add a column such as ionic_conductivity_s_per_cm.")
    if len(rows) > MOST_OWN_ROWS:
        _blame(answers, f"These are {len(rows)} values; {MOST_OWN_ROWS} are the most.", "Keep those nearest in recipe.")
    return rows


def place(answers: Answers, faults: list[Fault]) -> None:
    """Put faults of ``given`` beside the pasted rows."""
    for fault in faults:
        answers.blame(FIELD.path, fault)


def _read(text: str) -> SheetReading:
    with open_apart(Upload(name="own rows", ending=".csv", content=f"{text}\n".encode())) as path:
        return read_sheet(path)


def _row(measurement: Any) -> dict[str, Any]:
    described = describe_candidate(measurement.candidate).model_dump(mode="json", exclude_unset=True)
    column = get_property(measurement.property).column
    return {**described, "values": {column: measurement.value}, "censoring": str(measurement.censoring.value)}


def _blame(answers: Answers, message: str, hint: str) -> None:
    answers.blame(FIELD.path, Fault(pointer="", code="row", message=clean(message), hint=clean(hint)))
