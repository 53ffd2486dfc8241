"""A sheet read row by row: what each row means, what is wrong with it, what looks wrong, and what was assumed.

:func:`read_sheet` changes nothing anywhere; the answer *is* the dry run. Rows that can be right go on in
:attr:`SheetReading.rows`; rows with faults or open questions stay behind, each with its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from surrogate.campaign.records import Result
from surrogate.candidate.cell import MixingMethod
from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, check_reported
from surrogate.candidate.settings import OF_A_MATERIAL, OF_A_MILL, build, read, value_of
from surrogate.errors import Fault, SurrogateError, UnknownName
from surrogate.planner.observations import view
from surrogate.properties import PROPERTIES, Property, Scale
from surrogate.sheets import plausibility
from surrogate.sheets.answers import SheetReading, SheetRow, noun, same_settings, sentence
from surrogate.sheets.columns import COLUMNS, YES, uncertainty_columns, value_columns
from surrogate.sheets.grid import Workbook, read_workbook
from surrogate.sheets.lines import Line, LineReader, Settings
from surrogate.tables.cells import Read
from surrogate.text import counted
from surrogate.wire.states import WITHOUT_VALUE, Status

#: The property whose values of one composition are compared with each other.
CONTRADICTED = "ionic_conductivity"


def read_sheet(
    path: str | Path,
    *,
    suggestions: Mapping[str, Candidate] | None = None,
    decimal: str | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, float | str] | None = None,
    origin: str | None = None,
) -> SheetReading:
    """Read an Excel or CSV file of experiments and results.

    With ``columns`` and ``fixed``, tables of other tools (NIMO's ``candidates.csv``) are read.

    Args:
        path: The file.
        suggestions: The candidates that rows may follow, by suggestion id.
        decimal: "." or ","; this and what follows is detected and reported when not given.
        separator: One character between cells.
        encoding: Of a text file.
        columns: Foreign headers → machine names.
        fixed: Settings that the file leaves out.
        origin: Another campaign that the sheet is from: rows then say themselves what was made, and results are called
            after it.

    Raises:
        UnknownName: ``columns`` or ``fixed`` name what is no column.
        Unavailable: There is no such file.
        InvalidInput: It is neither Excel nor CSV.
        TableError: No column is recognised.
    """
    for name in [*(columns or {}).values(), *(fixed or {})]:
        if name not in COLUMNS:
            raise UnknownName("column", name, COLUMNS)
    workbook = read_workbook(Path(path), decimal=decimal, separator=separator, renamed=columns, encoding=encoding)
    reader = _Reader(workbook=workbook, suggestions=dict(suggestions or {}), fixed=dict(fixed or {}), origin=origin)
    return reader.read()


@dataclass(kw_only=True)
class _Reader:
    workbook: Workbook
    suggestions: dict[str, Candidate]
    fixed: Settings
    origin: str | None = None
    faults: list[Fault] = field(default_factory=list)
    questions: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self) -> SheetReading:
        lines = LineReader(workbook=self.workbook)
        experiments, results = lines.read()
        self.faults += [*self.workbook.faults, *(fault for grid in self.workbook.grids for fault in grid.faults)]
        self.faults += lines.faults
        self.warnings += lines.warnings
        rows = [
            row
            for group in self._group_lines(experiments, results, lines.refused)
            if (row := self._read_row(*group)) is not None
        ]
        rows = self._refuse_repeated_rows(rows)
        return SheetReading(
            path=self.workbook.path,
            rows=tuple(rows),
            faults=tuple(self.faults),
            questions=tuple(self.questions),
            warnings=tuple(self.warnings),
            notes=(*self.workbook.notes, *self.notes),
            workbook=self.workbook,
        )

    # Rows -----------------------------------------------------------------------------------------------------------

    def _group_lines(
        self, experiments: list[Line], results: list[Line], refused: Set[str]
    ) -> Iterator[tuple[Line | None, list[Line]]]:
        """Each experiment with its result lines; results may also name a suggestion directly, unless an experiment of
        this name was ``refused``: it may say that something else was made than was suggested.
        """
        by_id: dict[str, list[Line]] = {}
        for line in results:
            by_id.setdefault(line.text("row_id"), []).append(line)
        seen: dict[str, Line] = {}
        for line in experiments:
            row_id = line.text("row_id")
            if row_id in seen and _adds_results(line, seen[row_id]):
                by_id.setdefault(row_id, []).append(line)
                continue
            if row_id in seen:
                first = seen[row_id]
                message = f"The row ID '{row_id}' is already used in line {first.number} of {first.grid.sheet}."
                self.faults.append(line.fault(message, "Give every row its own.", "row_id"))
                continue
            seen[row_id] = line
        self._warn_of_like_names(seen)
        names = [*seen, *self.suggestions]
        for row_id, line in seen.items():
            yield line, by_id.pop(row_id, [])
        for row_id, lines in by_id.items():
            if row_id in refused:
                self.notes.append(f"{counted(len(lines), 'result')} of row {row_id} wait until that row is repaired.")
            elif row_id in self.suggestions:
                yield None, lines
            else:
                self._refuse_orphan(row_id, lines, names)

    def _refuse_orphan(self, row_id: str, lines: Sequence[Line], names: Sequence[str]) -> None:
        """Results of an experiment that is not there."""
        near = _find_nearest(row_id, names)
        hint = f"Did you mean '{near}'?" if near else "Describe what was made in a row of this name."
        for line in lines:
            message = f"No row of the experiments has the row ID '{row_id}'."
            self.faults.append(line.fault(message, hint, "row_id"))

    def _warn_of_like_names(self, seen: Mapping[str, Line]) -> None:
        """Two row IDs that differ in capitals, spaces or dashes alone are rather one."""
        first: dict[str, str] = {}
        for row_id, line in seen.items():
            like = first.setdefault(_strip_row_id(row_id), row_id)
            if like != row_id:
                message = f"The row IDs '{like}' and '{row_id}' differ only in how they are written."
                self.warnings.append(line.fault(message, "Give them one name if they are one experiment.", "row_id"))

    def _read_row(self, line: Line | None, results: list[Line]) -> SheetRow | None:
        head = line if line is not None else results[0]
        row_id = head.text("row_id")
        suggestion = head.text("suggestion") or (row_id if line is None or row_id in self.suggestions else None)
        suggestion = suggestion if self.origin is None else None
        stated = {**self.fixed, **head.settings} if line is not None else {}
        try:
            candidate = self._read_candidate(stated, suggestion)
        except SurrogateError as error:
            self.faults.append(head.refused(error))
            return None
        n_faults = len(self.faults)
        reported: list[Result] = []
        places: dict[str, tuple[str, int]] = {}
        for source in ([line] if line is not None else []) + results:
            alone = not results
            of_line = self._read_results(source, row_id, suggestion, candidate, is_head=source is line, alone=alone)
            for plain in of_line:
                result = _name_in_series(plain, reported)
                if str(result.id) in places:
                    self.faults.append(_refuse_repeated(source, result, places))
                    continue
                places[str(result.id)] = (source.grid.sheet, source.number)
                reported.append(result)
        if len(self.faults) > n_faults:
            return None
        row = SheetRow(
            row_id=row_id,
            sheet=head.grid.sheet,
            lines=tuple(dict.fromkeys(source.number for source in (head, *results))),
            status=head.text("status") or ("ok" if reported else "planned"),
            reason=head.text("reason"),
            suggestion=suggestion,
            settings=stated,
            candidate=candidate,
            results=tuple(reported),
            read_as=sentence(row_id, suggestion, candidate, reported, head.text("status")),
            confirmed=any(source.text("confirmed") == YES for source in (head, *results)),
            places=places,
            other={header: head.cells[place] for header, place in head.grid.others.items() if place < len(head.cells)},
        )
        return row if self._is_plausible(row, head, results) else None

    def _read_candidate(self, stated: Settings, suggestion: str | None) -> Candidate | None:
        """What was made: the suggestion with what the row states differently, or what the row states alone."""
        if suggestion is not None and suggestion not in self.suggestions and not stated:
            return None
        planned = self.suggestions.get(suggestion or "")
        settings = {**(_take_planned(planned, stated) if planned is not None else {}), **stated}
        if planned is not None and same_settings(settings, read(planned)):
            return planned
        built = build(settings)
        if built != planned:
            check_reported(built)
        return built

    def _read_results(
        self,
        line: Line,
        row_id: str,
        suggestion: str | None,
        candidate: Candidate | None,
        *,
        is_head: bool,
        alone: bool,
    ) -> list[Result]:
        """The results of one line; none, and a fault, when one of them cannot be."""
        values = {p: line.values[c.name] for p, c in value_columns().items() if c.name in line.values}
        status = line.text("status")
        if not values and not (status in WITHOUT_VALUE and (alone or not is_head)):
            return []
        if not values and not line.text("reason"):
            message = f"The row {'' if status == 'failed' else 'is '}{status} without a reason."
            self.faults.append(line.fault(message, "Say in a few words what happened.", "reason"))
            return []
        try:
            actual = None if candidate is None else self._with_conditions(candidate, line, is_head=is_head)
        except SurrogateError as error:
            self.faults.append(line.refused(error))
            return []
        of_line: list[Result] = []
        for prop, value in values.items() or [(None, None)]:
            try:
                result = self._read_result(line, row_id, suggestion, actual, prop, value)
                noun(result, actual)
                of_line.append(result)
            except SurrogateError as error:
                where = None if prop is None else value_columns()[prop].name
                self.faults.append(line.fault(error.message, error.hint, where))
                return []
        return of_line

    def _with_conditions(self, candidate: Candidate, line: Line, *, is_head: bool) -> Candidate:
        """Conditions that stand beside the result hold for it alone."""
        if is_head or not line.settings:
            return candidate
        beside = {n: v for n, v in line.settings.items() if COLUMNS[n].group == "protocol"}
        stated = {FIELDS[n].path[-1]: value_of(FIELDS[n], v) for n, v in beside.items()}
        adjusted = replace(candidate, protocol=replace(candidate.protocol, **stated))
        if adjusted != candidate:
            check_reported(adjusted)
        return adjusted

    def _read_result(
        self,
        line: Line,
        row_id: str,
        suggestion: str | None,
        actual: Candidate | None,
        prop: str | None,
        value: Read | None,
    ) -> Result:
        replicate = line.values.get("replicate")
        number = None if replicate is None else int(replicate.value)
        status = line.text("status") or "ok"
        if status not in tuple(Status):
            status = "ok"
        return Result(
            property=prop,
            value=None if value is None else value.value,
            suggestion=suggestion,
            candidate=self._select_candidate(actual, suggestion, prop),
            id=self._name_result(
                line.text("measurement_id")
                or ":".join(filter(None, [row_id, str(number or ""), prop or line.text("status")]))
            ),
            status=Status(status),
            reason=line.text("reason"),
            censoring="exact" if value is None else value.censoring,  # type: ignore[arg-type]
            uncertainty=None if prop is None or value is None else _read_uncertainty(line, PROPERTIES[prop], value),
            replicate=number,
            source_file=self.workbook.path.name,
            location=f"{line.grid.sheet}, line {line.number}",
            note=line.text("note") or None,
            replaces=self._name_result(line.text("replaces")) or None,
        )

    def _name_result(self, result_id: str) -> str:
        """A result by its id in the campaign that the sheet is from, if that is another."""
        return f"{self.origin}/{result_id}" if self.origin is not None and result_id else result_id

    def _select_candidate(self, actual: Candidate | None, suggestion: str | None, prop: str | None) -> Candidate | None:
        """The candidate to tell: nothing when it is as suggested, the electrolyte of a cell for its conductivity."""
        if actual is None:
            return None
        seen = actual if prop is None else view(actual, prop)
        return None if suggestion is not None and seen == self.suggestions.get(suggestion) else seen

    # Plausibility ---------------------------------------------------------------------------------------------------

    def _is_plausible(self, row: SheetRow, head: Line, results: Sequence[Line]) -> bool:
        lines = [head, *results]
        is_questioned = False
        planned = self.suggestions.get(row.suggestion or "")
        # What a planner wrote is in °C, as round as it is.
        follows = row.suggestion is not None and (planned is None or planned == row.candidate)
        for remark in plausibility.remarks(row.candidate, row.results):
            if follows and remark.column == "heat_treatment_temperature_c":
                continue
            place = row.place_of(remark.result) if remark.result is not None else None
            line = next(
                (
                    line
                    for line in lines
                    if (remark.column in line.values or remark.column in line.settings)
                    and place in (None, (line.grid.sheet, line.number))
                ),
                head,
            )
            fault = line.fault(remark.message, remark.hint, remark.column)
            if not remark.is_question or row.confirmed:
                self.warnings.append(fault)
            else:
                self.questions.append(fault)
                is_questioned = True
        return not is_questioned

    def _refuse_repeated_rows(self, rows: list[SheetRow]) -> list[SheetRow]:
        """Hold back rows that contradict another by orders of magnitude."""
        kept: list[SheetRow] = []
        for row in rows:
            message, hint, column = plausibility.contradiction(row, [*kept, row])
            if message and not row.confirmed:
                sheet, number = row.place_of(next((r for r in row.results if r.property == CONTRADICTED), None))
                self.questions.append(Fault(table=sheet, row=number, column=column, message=message, hint=hint))
                continue
            kept.append(row)
        return kept


def _adds_results(line: Line, first: Line) -> bool:
    """Whether a further line of one row ID says nothing new about what was made: it only adds results."""
    settings = {name: value for name, value in line.settings.items() if COLUMNS[name].group != "protocol"}
    return bool(line.values) and all(first.settings.get(name) == value for name, value in settings.items())


def _take_planned(planned: Candidate, stated: Settings) -> Settings:
    """The settings of a suggestion, without those that what was made instead has no place for."""
    settings = read(planned)
    by_hand = stated.get("mixing_method") == MixingMethod.HAND_MIXED
    other = stated.get("active_material", settings.get("active_material")) != settings.get("active_material")
    dropped = (*(OF_A_MILL if by_hand else ()), *(OF_A_MATERIAL if other else ()))
    return {name: value for name, value in settings.items() if name not in dropped}


def _name_in_series(result: Result, before: Sequence[Result]) -> Result:
    """The result under a name of its own, if it was measured under other conditions than one of the same name.

    The first of a series keeps its plain name, so that it stays the same measurement when more are added.
    """
    first = next((other for other in before if other.id == result.id), None)
    if first is None or result.candidate is None or first.candidate is None:
        return result
    here, there = read(result.candidate), read(first.candidate)
    conditions = [f"{name}={here[name]}" for name in here if FIELDS[name].per_result and here[name] != there.get(name)]
    return replace(result, id=":".join([str(result.id), *conditions]))


def _refuse_repeated(line: Line, result: Result, places: Mapping[str, tuple[str, int]]) -> Fault:
    sheet, number = places[str(result.id)]
    return line.fault(
        f"The row has two results called '{result.id}', the first in line {number} of {sheet}.",
        "Number them in the column Replicate, or state what they were measured at.",
        None if result.property is None else value_columns()[result.property].name,
    )


def _strip_row_id(row_id: str) -> str:
    """A row ID without capitals, spaces, dashes and leading zeros, in which people err."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", row_id.casefold()))


def _find_nearest(row_id: str, names: Sequence[str]) -> str | None:
    alike = [name for name in names if _strip_row_id(name) == _strip_row_id(row_id)]
    near = alike or get_close_matches(row_id, names, n=1, cutoff=0.75)
    return near[0] if near else None


def _read_uncertainty(line: Line, prop: Property, value: Read) -> float | None:
    """One standard deviation on the scale of the property; of a logarithm it is the relative one, in decades."""
    column = uncertainty_columns()[prop.name]
    if column.name in line.values:
        return line.values[column.name].value
    if value.uncertainty is None:
        return None
    return value.uncertainty / (value.value * 2.302585092994046) if prop.scale is Scale.LOG10 else value.uncertainty
