"""What looks wrong in sound tables: repeats, contradictions, units, families, papers under two names.

Each finding names its rows and says what is odd; the verdict comes from ``decisions.csv``. Only rows that a model would
learn from are compared: what is marked as a repeat or belongs to another field needs no second look.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from surrogate.composition import Family, find_composition
from surrogate.composition.lookalike import find_neutral_lookalikes
from surrogate.datasets.decisions import BETWEEN, Decision, Verdict, read_decisions
from surrogate.datasets.kinds import family_of_formula, kind_of_formula, kind_of_label
from surrogate.datasets.literature import VALUE_COLUMNS, not_for_training
from surrogate.datasets.own import scan_own
from surrogate.datasets.package import Resource, read_package
from surrogate.datasets.sources import source_of
from surrogate.datasets.splits import paper_name
from surrogate.datasets.tables import Row, scan_table
from surrogate.properties import PROPERTIES, Subject, own_properties
from surrogate.text import number

#: Values of one recipe this many times apart are not one material measured twice.
APART = 1000.0
#: Findings that tell of a row learnt as something else than was meant.
MISTAKEN = frozenset({"kind", "family", "composition", "formula", "duplicate"})
#: What two rows must state alike to be one measurement: how it was made and how it was tested.
_SETTINGS: Mapping[Subject, tuple[str, ...]] = MappingProxyType(
    {
        Subject.ELECTROLYTE: (
            "form", "synthesis_route", "solvent", "milling_time_h", "milling_speed_rpm", "wet_milling_time_h",
            "ball_to_powder_ratio", "heat_treatment_temperature_C", "heat_treatment_time_h", "pressure_MPa",
            "measurement_temperature_C", "censored",
        ),
        Subject.CELL: (
            "record_type", "solid_electrolyte", "additive", "am_weight_fraction", "se_weight_fraction",
            "additive_weight_fraction", "coating", "coating_amount", "am_particle_kind", "am_particle_size_um",
            "mixing_method", "milling_time_min", "milling_speed_rpm", "ball_to_powder_ratio",
            "electrode_heat_treatment_C", "electrode_heat_treatment_h", "se_heat_treatment_C", "counter_electrode",
            "voltage_min_V", "voltage_max_V", "temperature_C", "fabrication_pressure_MPa", "stack_pressure_MPa",
            "current_mA_g", "current_mA_cm2", "c_rate", "first_step", "retention_cycles", "active_loading_mg_cm2",
            "capacity_basis", "censored",
        ),
    }
)  # fmt: skip
#: Amounts of one composition, written twice, agree to this share of all atoms: normalised ones are rounded.
_ROUNDED = 0.01
#: Labels of rows that are no electrolytes or have no family of their own, whatever they are made of.
_NO_KIND = frozenset({"composite_electrode", "active_material", "antiperovskite"})
#: Fewer significant digits agree by chance.
_DIGITS = 2
_PLACE = re.compile(r"(?P<journal>[A-Z][A-Za-z.& ]+?)\.? (?P<volume>\d+)(?: ?\(\d+\))?, (?P<page>[A-Za-z]?\d[\w-]*)")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something odd about ``subjects`` (rows, papers, or a label and a family); without a ``verdict`` it is open."""

    kind: str
    subjects: tuple[str, ...]
    message: str
    verdict: Verdict | None = None
    reason: str = ""

    def __str__(self) -> str:
        says = f"{self.verdict}: {self.reason}" if self.verdict else "no verdict yet; add a line to decisions.csv"
        return f"{self.message} [{says}]"


def find(folder: Path) -> list[Finding]:
    """Every finding in the electrolyte and electrode tables of ``folder`` and in those of the user's own, the ones
    without a verdict first.
    """
    tables = [
        (described, list(scan_table(folder / described.path, described).rows))
        for described in read_package(folder).values()
        if described.table in ("electrolytes", "electrodes")
    ]
    findings = findings_in(tables)
    for entry in own_properties().values():
        if entry.property.subject is Subject.ELECTROLYTE:
            findings += _find_in_own(scan_own(entry).rows)
    decisions = read_decisions(folder)
    return sorted((judged(finding, decisions) for finding in findings), key=lambda finding: finding.verdict is not None)


def _find_in_own(rows: Sequence[Row]) -> list[Finding]:
    """The findings about the electrolytes of a table of the user's own, unjudged."""
    labelled = [row for row in rows if row.text("family") is not None]
    learnt = [row for row in rows if row.text("likely_duplicate_of") is None]
    return [
        *_find_kinds(labelled),
        *_find_families(labelled),
        *_find_two_compositions(rows),
        *_find_doubtful(rows),
        *_find_duplicates(learnt),
    ]


def findings_in(tables: Iterable[tuple[Resource, Sequence[Row]]]) -> list[Finding]:
    """The findings of ``tables``, unjudged."""
    tables = list(tables)
    electrolytes = [row for described, rows in tables if described.table == "electrolytes" for row in rows]
    electrodes = [row for described, rows in tables if described.table == "electrodes" for row in rows]
    return [
        *_find_repeated(electrolytes, Subject.ELECTROLYTE, _find_formula),
        *_find_repeated(electrodes, Subject.CELL, lambda row: row.text("active_material")),
        *_find_contradicting(electrolytes),
        *_find_kinds(electrolytes),
        *_find_families(electrolytes),
        *_find_two_compositions(electrolytes),
        *_find_papers([*electrolytes, *electrodes]),
    ]


def find_again(before: Iterable[Row], rows: Iterable[Row], subject: Subject) -> Iterator[Finding]:
    """Find which of some new rows say again what a row before them says, unjudged: of one material, the same values.

    Rows of one paper do so unless a setting that both state differs; those of two papers where every setting is alike.
    A row that names in ``likely_duplicate_of`` what it repeats is left out: nobody learns from it.

    Args:
        before: Rows that are there already.
        rows: The new ones, which may also repeat each other.
        subject: What all of them are about.
    """
    columns = [column for name, column in VALUE_COLUMNS.items() if PROPERTIES[name].subject is subject]
    places: dict[tuple[str, str, float], list[Row]] = defaultdict(list)
    for row, is_new in (*((row, False) for row in before), *((row, True) for row in rows)):
        substance = _find_formula(row) if subject is Subject.ELECTROLYTE else row.text("active_material")
        if substance is None or row.text("likely_duplicate_of") is not None:
            continue
        keys = [(substance, column, value) for column in columns if (value := row.number(column)) is not None]
        if is_new:
            there = (other for key in keys for other in places[key] if _says_again(row, other, columns, subject))
            other = next(there, None)
            if other is not None:
                ids = (other.record_id, row.record_id)
                yield Finding(
                    kind="repeated_value",
                    subjects=ids,
                    message=f"{ids[1]} (line {row.line}) says the same of {substance} as {ids[0]}: a duplicate?",
                )
        for key in keys:
            places[key].append(row)


def _says_again(row: Row, other: Row, columns: Sequence[str], subject: Subject) -> bool:
    def differs(column: str) -> bool:
        pair = (row.cells.get(column), other.cells.get(column))
        return None not in pair and pair[0] != pair[1]

    if any(differs(column) for column in (*columns, *_SETTINGS[subject])):
        return False
    if _names_of_work(row) & _names_of_work(other):
        return True
    return all(row.cells.get(column) == other.cells.get(column) for column in _SETTINGS[subject])


def _names_of_work(row: Row) -> set[str]:
    return {paper_name(name) for column in ("paper", "doi", "original_doi") if (name := row.text(column))}


def judged(finding: Finding, decisions: Iterable[Decision]) -> Finding:
    """The finding with its verdict: of the decision that names all of its subjects.

    Args:
        finding: Without a verdict.
        decisions: Of the data folder.
    """
    for decision in decisions:
        same = finding.subjects == decision.subjects
        # A pair of labels has an order; of rows and papers the decision may name more than are left to compare.
        among = finding.kind not in ("kind", "family") and set(finding.subjects) <= set(decision.subjects)
        if decision.finding == finding.kind and (same or among):
            return replace(finding, verdict=decision.verdict, reason=decision.reason)
    return finding


def _find_formula(row: Row) -> str | None:
    composition = find_composition(row.text("composition_normalized"))
    return None if composition is None else composition.reduced_formula


def _find_repeated(rows: Sequence[Row], subject: Subject, material: Callable[[Row], str | None]) -> Iterator[Finding]:
    """One value of one material in several papers: a quotation, or chance."""
    for name, column in VALUE_COLUMNS.items():
        if PROPERTIES[name].subject is not subject:
            continue
        places: dict[tuple[str, float], list[Row]] = defaultdict(list)
        for row in rows:
            value, substance = row.number(column), material(row)
            if value and substance and not not_for_training(row, name) and count_digits(value) >= _DIGITS:
                places[substance, float(f"{value:.3g}")].append(row)
        for (substance, value), same in places.items():
            # Two of them may agree by chance; a value that somebody quotes seldom does.
            if len({_name_paper(row) for row in same}) > 1 and any(map(_is_quoted, same)):
                ids = tuple(row.record_id for row in same)
                message = (
                    f"{PROPERTIES[name].label} {number(value)} {PROPERTIES[name].unit} of {substance} stands in "
                    f"several sources: {', '.join(ids)}."
                )
                yield Finding(kind="repeated_value", subjects=ids, message=message)


def _find_contradicting(rows: Sequence[Row]) -> Iterator[Finding]:
    """Conductivities of one recipe that are a thousand apart, or have the same digits at another power of ten."""
    name, column = "ionic_conductivity", VALUE_COLUMNS["ionic_conductivity"]
    recipes: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        substance = _find_formula(row)
        if substance and row.number(column) and not not_for_training(row, name):
            recipes[substance, row.number("heat_treatment_temperature_C"), (row.text("form") or "")].append(row)
    for (formula, *_), same in recipes.items():
        values = {row.record_id: row.number(column) or math.nan for row in same}
        low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
        if values[high] >= APART * values[low]:
            message = (
                f"Conductivities of {formula} from one recipe are {values[high] / values[low]:.0f} times apart: "
                f"{number(values[low])} S/cm in {low}, {number(values[high])} S/cm in {high}."
            )
            yield Finding(kind="thousandfold", subjects=(low, high), message=message)
        for one, other in _find_powers_of_ten(values):
            message = (
                f"Conductivities of {formula} have the same digits at another power of ten, {number(values[one])} S/cm "
                f"in {one} and {number(values[other])} S/cm in {other}: a unit?"
            )
            yield Finding(kind="power_of_ten", subjects=(one, other), message=message)


def _find_powers_of_ten(values: dict[str, float]) -> Iterator[tuple[str, str]]:
    ordered = sorted(values, key=values.__getitem__)
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            power = math.log10(values[other] / values[one])
            if power > 0.5 and abs(power - round(power)) < 1e-6 and count_digits(values[one]) >= _DIGITS:
                yield one, other


def _find_families(rows: Sequence[Row]) -> Iterator[Finding]:
    """Labels of the table that the composition contradicts, one finding per pair of them."""
    labels = {family.value for family in Family}
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        label, family = row.text("family") or "", family_of_formula(row.text("composition_normalized"))
        learnt = not not_for_training(row, "activation_energy")
        if family is not None and learnt and label in labels and label != family.value:
            pairs[label, family.value].append(row.record_id)
    for (label, read_as), ids in pairs.items():
        shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        message = f"Rows labelled {label} are {read_as} by their composition: {shown}."
        yield Finding(kind="family", subjects=(label, read_as), message=message)


def _find_two_compositions(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows whose two compositions are not the same: a model learns the normalised one."""
    for row in rows:
        written, learnt = row.text("composition"), row.text("composition_normalized")
        one, other = find_composition(written), find_composition(learnt)  # nobody compares a name or a label
        if one is not None and other is not None and _differ(one.amounts, other.amounts):
            record = row.record_id
            message = f"The composition of {record} is {written}, but {learnt} is learnt."
            yield Finding(kind="composition", subjects=(record,), message=message)


def _find_doubtful(rows: Sequence[Row]) -> Iterator[Finding]:
    """Formulas that are neutral with another letter or digit, and not as they stand."""
    for row in rows:
        formula = row.text("composition_normalized") or row.text("composition") or ""
        proposals = [other.proposal for other in find_neutral_lookalikes(formula)] if family_of_formula(formula) else []
        if proposals:
            record = row.record_id
            message = f"The composition of {record} is learnt as {formula}; did you mean {proposals[0]}?"
            yield Finding(kind="formula", subjects=(record,), message=message)


def _find_duplicates(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows that state the same of one material and are not marked as repeats."""
    first: dict[tuple[tuple[str, object], ...], str] = {}
    for row in rows:
        record = row.record_id
        stated = tuple(sorted((k, v) for k, v in row.cells.items() if v is not None and k != "record_id"))
        other = first.setdefault(stated, record)
        if other != record:
            message = f"{record} says the same as {other}, and would count twice."
            yield Finding(kind="duplicate", subjects=(other, record), message=message)


def _differ(some: Mapping[str, float], other: Mapping[str, float]) -> bool:
    all_some, all_other = sum(some.values()), sum(other.values())
    return any(
        abs(some.get(element, 0.0) / all_some - other.get(element, 0.0) / all_other) > _ROUNDED
        for element in {*some, *other}
    )


def _find_papers(rows: Sequence[Row]) -> Iterator[Finding]:
    """Papers that have one DOI, or one place in a journal, under two names."""
    names: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        source = source_of(row)
        if source.doi:
            names[f"the DOI {source.doi.lower()}"].add(_name_paper(row))
        place = _PLACE.search(source.reference or "")
        if place:
            journal = re.sub(r"[^a-z]", "", place["journal"].lower())
            names[f"{journal} {place['volume']}, {place['page']}"].add(_name_paper(row))
    for described, papers in names.items():
        if len(papers) > 1:
            ordered = tuple(sorted(papers, key=lambda name: (not name.startswith("10."), name)))
            yield Finding(
                kind="paper_names",
                subjects=ordered,
                message=f"One paper has several names ({described}): {BETWEEN.join(ordered)}.",
            )


def _find_kinds(rows: Sequence[Row]) -> Iterator[Finding]:
    """Labels and compositions that are of two kinds, of which a model learns from one: by pairs of both."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        label, formula = row.text("family") or "", row.text("composition_normalized")
        read_as = kind_of_formula(formula)
        if family_of_formula(formula) is not None and label not in _NO_KIND and kind_of_label(label) is not read_as:
            pairs[label, str(read_as or "lithium sulfide")].append(row.record_id)
    for (label, kind), ids in pairs.items():
        message = f"Rows labelled {label} are of the kind {kind} by their composition: {', '.join(ids)}."
        yield Finding(kind="kind", subjects=(label, kind), message=message)


def _name_paper(row: Row) -> str:
    return paper_name(row.text("paper") or "")


def _is_quoted(row: Row) -> bool:
    source = source_of(row)
    return source.quoted_in is not None or source.quoted_in_doi is not None


def count_digits(value: float) -> int:
    """Count the significant digits of a value; zeros at its end may be none.

    >>> count_digits(0.0412), count_digits(120.0)
    (3, 2)
    """
    return len(f"{value:.6e}".split("e")[0].replace(".", "").rstrip("0"))
