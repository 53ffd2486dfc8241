"""What reading a sheet answers: rows with their results, what was held back and why, and sentences for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surrogate.campaign.records import SAME, Result
from surrogate.candidate.measurement import Candidate, Measurement, Source
from surrogate.errors import Fault
from surrogate.properties import PROPERTIES, Scale
from surrogate.sheets.grid import Workbook


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One experiment of a sheet: what was made, the results with it, and how the row was read.

    ``candidate`` is ``None`` only for a row that names a suggestion which the reader was not given. ``read_as`` is a
    sentence for people; ``lines`` are its places in the file; ``places`` says in which sheet and line the result of an
    id stands; ``other`` holds the cells of columns that are not ours.
    """

    row_id: str
    sheet: str
    lines: tuple[int, ...]
    status: str
    reason: str
    suggestion: str | None
    settings: Mapping[str, float | str]
    candidate: Candidate | None
    results: tuple[Result, ...]
    read_as: str
    confirmed: bool = False
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)

    def place_of(self, result: Result | None) -> tuple[str, int]:
        """Sheet and line in which a result stands; those of the experiment without one."""
        here = (self.sheet, self.lines[0])
        return here if result is None else self.places.get(result.id or "", here)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The values as models learn from them (a row of a suggestion that is not known has none)."""
        return tuple(
            measurement for result in self.results if (measurement := noun(result, self.candidate)) is not None
        )


@dataclass(frozen=True, kw_only=True)
class SheetReading:
    """What a file says.

    ``faults`` must be repaired, ``questions`` confirmed; ``warnings`` and ``notes`` only be read.
    """

    path: Path
    rows: tuple[SheetRow, ...]
    faults: tuple[Fault, ...]
    questions: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    notes: tuple[str, ...]
    workbook: Workbook

    @property
    def results(self) -> tuple[Result, ...]:
        """All results of the rows that go on."""
        return tuple(result for row in self.rows for result in row.results)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """All values of the rows that go on."""
        return tuple(measurement for row in self.rows for measurement in row.measurements)

    def describe(self) -> Iterator[str]:
        """The dry run, line by line: how the file and each row were read, then what is held back and why."""
        yield from self.notes
        for row in self.rows:
            yield f"{row.sheet}, line {row.lines[0]}: {row.read_as}"
        for kind, faults in (("Warning", self.warnings), ("Question", self.questions), ("Fault", self.faults)):
            for fault in faults:
                yield f"{kind}: {fault}"


def noun(result: Result, candidate: Candidate | None) -> Measurement | None:
    """A result of a sheet as models learn from it; none without a value.

    Args:
        result: The result.
        candidate: What was made, where the result itself does not say it.

    Raises:
        MeasurementError: The value is impossible.
    """
    candidate = result.candidate or candidate
    if candidate is None or result.property is None or result.value is None:
        return None
    return Measurement(
        property=result.property,
        value=result.value,
        candidate=candidate,
        source=Source(row_id=result.id or "", paper=result.source_file or "", location=result.location),
        censoring=result.censoring,
        uncertainty=result.uncertainty,
    )


def same_settings(some: Mapping[str, float | str], other: Mapping[str, float | str]) -> bool:
    """Whether two sets of settings say the same; a workbook keeps 16 digits of a number, not all 17.

    Args:
        some: Settings by name.
        other: Others.
    """
    return some.keys() == other.keys() and all(_same_value(value, other[name]) for name, value in some.items())


def _same_value(some: float | str, other: float | str) -> bool:
    """Whether two values of one setting are the same."""
    if isinstance(some, str) or isinstance(other, str):
        return some == other
    return math.isclose(some, other, rel_tol=SAME, abs_tol=0.0)


def sentence(
    row_id: str, suggestion: str | None, candidate: Candidate | None, results: Sequence[Result], status: str
) -> str:
    """Say how a row was read, for people.

    Args:
        row_id: Of the row.
        suggestion: The one that it follows, if any.
        candidate: What was made, where the row states it.
        results: Of the row.
        status: As the row has it.
    """
    recipe = f"as suggested in {suggestion}" if candidate is None else _describe_candidate(candidate)
    temperatures = {result.candidate.protocol.temperature_c for result in results if result.candidate is not None}
    outcomes = [_describe_outcome(result, with_temperature=len(temperatures) > 1) for result in results]
    outcome = "; ".join(outcomes) or f"no result in the sheet ({status or 'planned'})"
    return (
        f"{row_id}{f' (suggestion {suggestion})' if suggestion and candidate is not None else ''}: {recipe}: {outcome}"
    )


def _describe_candidate(candidate: Candidate) -> str:
    from surrogate.models.encoding import describe

    material, described = candidate.electrolyte, describe(candidate)
    if material is None:
        return described
    composition = material.composition
    if composition.title != composition.text:  # amounts as a balance gives them are not for reading
        return described
    return described.replace(composition.text, composition.reading, 1)


def _describe_outcome(result: Result, *, with_temperature: bool) -> str:
    if result.property is None or result.value is None:
        return f"{result.status} ({result.reason})"
    prop = PROPERTIES[result.property]
    sign = {"below": "< ", "above": "> ", "approximate": "≈ "}.get(str(result.censoring), "")
    spread = ""
    if result.uncertainty is not None:
        spread = f" ± {result.uncertainty:.2g} {'decades' if prop.scale is Scale.LOG10 else prop.unit}"
    temperature = None if result.candidate is None else result.candidate.protocol.temperature_c
    at = f" at {temperature:g} °C" if with_temperature and temperature is not None else ""
    return f"{prop.symbol} = {sign}{result.value:.6g} {prop.unit}{spread}{at}"
