"""Laws that every row of the shipped tables keeps, whoever collected it."""

from __future__ import annotations

import csv
import json
import re

import pytest

from benchmarks.growth import ADDED
from surrogate.datasets import DATA, load_all, read_package

RESOURCES = read_package(DATA)


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / RESOURCES[name].path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ELECTROLYTES, CELLS, GLASSES = (rows_of(name) for name in ("electrolytes", "electrodes", "glasses"))
COLLECTED = [*ELECTROLYTES, *CELLS, *GLASSES]


def number(row: dict[str, str], column: str) -> float | None:
    return float(row[column]) if row[column] else None


def both(row: dict[str, str], one: str, other: str) -> bool:
    return bool(row[one] and row[other])


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["record_id"] for row in rows]


def test_the_weight_fractions_of_an_electrode_are_at_most_one_together():
    parts = ("am_weight_fraction", "se_weight_fraction", "additive_weight_fraction")
    assert ids([row for row in CELLS if sum(number(row, part) or 0.0 for part in parts) > 1.02]) == []


def test_a_window_is_no_window_upside_down():
    windows = [row for row in CELLS if both(row, "voltage_min_V", "voltage_max_V")]
    assert ids([row for row in windows if number(row, "voltage_min_V") >= number(row, "voltage_max_V")]) == []
    assert len(windows) > 500


def test_a_coulombic_efficiency_is_the_ratio_of_the_capacities_beside_it():
    first = ("first_charge_capacity_mAh_g", "first_discharge_capacity_mAh_g")
    stated = [row for row in CELLS if both(row, *first) and row["coulombic_efficiency_percent"]]

    def miss(row: dict[str, str]) -> float:
        charge, discharge = (number(row, column) for column in first)
        efficiency = number(row, "coulombic_efficiency_percent")
        return min(abs(100 * discharge / charge - efficiency), abs(100 * charge / discharge - efficiency))

    assert ids([row for row in stated if miss(row) > 2.0]) == []
    assert len(stated) > 50


def test_no_time_of_mixing_is_a_mixing_without_a_mill():
    unmilled = [row for row in CELLS if number(row, "milling_time_min") == 0.0]
    assert {row["mixing_method"] for row in unmilled} <= {"hand_mixed", "as_received"}


@pytest.mark.parametrize(("rows", "factor"), [(ELECTROLYTES, 1.02), (GLASSES, 2.5)], ids=["electrolytes", "glasses"])
def test_a_row_that_is_marked_as_a_repeat_has_a_value_of_the_row_it_repeats(rows, factor):
    by_id = {row["record_id"]: row for row in rows}
    columns = ("ionic_conductivity_S_cm", "activation_energy_eV", "electronic_conductivity_S_cm")

    def repeats(row: dict[str, str]) -> bool:
        first = by_id[row["likely_duplicate_of"]]
        ratios = [number(row, column) / number(first, column) for column in columns if row[column] and first[column]]
        return any(1 / factor <= ratio <= factor for ratio in ratios)

    marked = [row for row in rows if row["likely_duplicate_of"]]
    assert ids([row for row in marked if not repeats(row)]) == []
    assert marked


@pytest.mark.parametrize("column", ["source_ref", "retrieved_from"])
def test_a_row_says_where_to_look_in_words_that_anyone_can_follow(column):
    """Folders of a machine, and what only the collector knows, lead a reader nowhere; "this paper" names none."""
    private = re.compile(r"\bcorpus\b|\bthis paper\b|^[/~]|\bC:\\|file://|localhost", re.IGNORECASE)
    assert ids([row for row in COLLECTED if private.search(row[column])]) == []


def test_no_reference_is_the_place_where_a_text_was_read():
    elsewhere = re.compile(r"github|biocloudy|scribd|digest|reading notes|https?://", re.IGNORECASE)
    assert ids([row for row in COLLECTED if elsewhere.search(row["source_ref"])]) == []


@pytest.mark.parametrize("column", ["doi", "original_doi"])
def test_a_doi_is_a_doi(column):
    written = [row[column] for row in COLLECTED if row.get(column)]
    assert [doi for doi in written if not re.fullmatch(r"10\.\d{4,9}/\S+", doi)] == []


def test_every_licence_of_a_table_is_one_of_the_package_and_named_in_its_notice():
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    of_package = [licence["name"] for licence in package["licenses"]]
    for table in package["resources"]:
        for licence in table["licenses"]:
            assert licence["name"] in of_package
            if "path" in licence:  # a licence of its own: facts ask for no notice
                assert licence["path"] in table["notice"]


def test_glasses_and_only_glasses_come_from_their_database():
    assert all(row["retrieved_from"].startswith("SciGlass") for row in GLASSES)
    assert not any("SciGlass" in row["retrieved_from"] for row in (*ELECTROLYTES, *CELLS))


def test_rows_added_since_the_first_tables_are_told_by_their_ids():
    first = [row for row in (*ELECTROLYTES, *CELLS) if not ADDED.match(row["record_id"])]
    assert (len(first), len(GLASSES)) == (583 + 562, sum(bool(ADDED.match(row["record_id"])) for row in GLASSES))


def test_a_row_that_only_quotes_a_value_names_the_work_that_quotes_it():
    quoted = [m.source for m in load_all() if m.source.quoted_in_doi and m.source.doi]
    assert quoted
    assert [source.row_id for source in quoted if source.quoted_in_doi.lower() == source.doi.lower()] == []
