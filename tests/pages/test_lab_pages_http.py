"""The pages beside the prediction: curves, comparisons, rows of one's own."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from serving.pages.bars import bar, reach
from serving.pages.curves import Axis, curve
from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.report.response import respond
from tests.pages.conftest import Visitor
from tests.pages.test_pages_http import Markup
from tests.trained import small_forest

ARGYRODITE = {"electrolyte.composition": "Li6-xPS5-xCl1+x", "electrolyte.x": "0.5", "protocol.temperature_c": "25"}


def wrong_fields(text: str) -> set[str | None]:
    return {a.get("name") for a in Markup(text).all("input", "select", "textarea") if a.get("aria-invalid") == "true"}


def test_a_curve_has_its_band_its_rows_and_the_same_in_numbers(visitor: Visitor) -> None:
    answer = visitor.http.get("/what-if", params={**ARGYRODITE, "high": "0,7", "low": "0"})
    page, text = Markup(answer.text), unescape(answer.text)
    assert answer.status_code == 200
    assert len(page.all("polygon")) == len(page.all("polyline")) == 1
    assert len([a for a in page.all("circle") if a["class"] == "same"]) > 20
    assert "rows of Li6-xPS5-xCl1+x" in text
    assert "The curve in numbers" in text
    assert "with a decimal comma, as 0.7" in text
    (drawn,) = [a["aria-label"] for a in page.all("svg") if a.get("class") == "plot"]
    assert drawn is not None
    assert drawn.startswith("Ionic conductivity against x: from ")
    links = [a["href"] for a in page.all("a")]
    assert any(str(link).startswith("/data/") for link in links)
    assert any(str(link).startswith("/predict?electrolyte.composition=Li6-xPS5-xCl1%2Bx") for link in links)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"setting": "x", "electrolyte.composition": "Li6PS5Cl"}, "setting", "has no variable x"),
        ({"setting": "milling_time_h", "low": "20", "high": "5"}, "low", "cannot go from 20 to 5"),
        ({"setting": "milling_time_h", "low": "often"}, "low", "'often'"),
        ({"setting": "milling_time_h", "high": "99999"}, "low", "99999"),
        ({"setting": "active_weight_fraction", "property": "ionic_conductivity"}, "setting", "belongs to a cell"),
        ({"property": "capacity_retention"}, "property", "is that of a cell"),
        ({"property": "charm"}, "property", "no such property"),
        ({"electrolyte.milling_time_h": "99999"}, "electrolyte.milling_time_h", "It is 99999"),
    ],
)
def test_what_cannot_vary_is_said_beside_its_field(
    visitor: Visitor, typed: dict[str, str], field: str, words: str
) -> None:
    answer = visitor.http.get("/what-if", params={"electrolyte.composition": "Li6PS5Cl", **typed})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {field})
    assert words in unescape(answer.text)


def test_settings_of_a_cell_vary_too(visitor: Visitor) -> None:
    cell = {"electrolyte.composition": "Li6PS5Cl", "cell.electrode.active_material": "S", "protocol.cycles": "50"}
    answer = visitor.http.get("/what-if", params={**cell, "setting": "active_weight_fraction"})
    assert answer.status_code == 200
    assert "First discharge capacity against active material fraction" in answer.text


def test_places_of_a_curve_lie_on_the_page_and_higher_values_higher() -> None:
    model, rows = small_forest("ionic_conductivity"), load("ionic_conductivity")
    recipe = build({"electrolyte": "Li6PS5Cl", "milling_time_h": 10.0})
    answer = respond(model, recipe, "milling_time_h", 1.0, 100.0, measurements=rows, logarithmic=True)
    laid = curve("ionic_conductivity", answer, Axis(label="Milling time", unit="h", is_logarithmic=True), here=10.0,
                 rows=answer.rows)  # fmt: skip
    places = [tuple(map(float, pair.split(","))) for pair in f"{laid.band} {laid.middle}".split()]
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in places)
    assert all(0 <= point.x <= 100 and 0 <= point.y <= 100 for point in laid.points)
    assert laid.here == 50.0
    assert [tick.text for tick in laid.x_ticks] == ["1", "10", "100"]
    medians = [p.median for p in answer.predictions]
    heights = [y for _, y in places[-len(medians) :]]
    assert heights.index(min(heights)) == medians.index(max(medians))
    assert [tick.at for tick in laid.y_ticks] == sorted((tick.at for tick in laid.y_ticks), reverse=True)


def test_two_recipes_stand_side_by_side_with_the_chance_and_what_differs(visitor: Visitor) -> None:
    a = {"a.electrolyte.composition": "Li6PS5I", "a.electrolyte.milling_time_h": "10"}
    b = {"b.electrolyte.composition": "Li5.5PS4.5Cl1.5"}
    answer = visitor.http.get("/compare", params={**a, **b})
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert re.search(r"B has the higher ionic conductivity than A with \d+%", text)
    differing = re.search(r'id="differ".*?</table>', text, re.S)
    assert differing is not None
    assert re.findall(r"<td>([^<]*)</td>", differing[0]) == ["Li6PS5I", "Li5.5PS4.5Cl1.5", "10 h", "not stated"]


def test_a_second_recipe_begins_as_a_copy_of_the_first(visitor: Visitor) -> None:
    a = {"a.electrolyte.composition": "Li6PS5Cl", "a.electrolyte.milling_time_h": "10"}
    for query in (a, {**a, "b.electrolyte.composition": "Li3PS4", "do": "copy"}):
        answer = visitor.http.get("/compare", params=query)
        values = {field.get("name"): field.get("value") for field in Markup(answer.text).all("input")}
        assert (values["b.electrolyte.composition"], values["b.electrolyte.milling_time_h"]) == ("Li6PS5Cl", "10")
        assert "B is a copy of A" in answer.text


def test_faults_of_both_recipes_stand_in_their_own_form(visitor: Visitor) -> None:
    typed = {
        "a.electrolyte.composition": "LPSCl", "b.electrolyte.composition": "Li6PS5Cl",
        "b.electrolyte.milling_time_h": "5000",
    }  # fmt: skip
    answer = visitor.http.get("/compare", params=typed)
    assert answer.status_code == 422
    assert wrong_fields(answer.text) == {"a.electrolyte.composition", "b.electrolyte.milling_time_h"}
    unlike = {"a.electrolyte.composition": "Li6PS5Cl", "b.cell.electrode.active_material": "S"}
    refused = visitor.http.get("/compare", params=unlike)
    assert (refused.status_code, "no property in common" in refused.text) == (422, True)


def test_bars_that_are_drawn_beside_each_other_have_one_axis() -> None:
    values = ((1e-4, 1e-5, 1e-3), (8e-3, 2e-3, 3e-2))
    ends = [end for value in values for end in reach("ionic_conductivity", *value)]
    bars = [bar("ionic_conductivity", *value, level=0.9, beside=ends) for value in values]
    assert bars[0].ticks == bars[1].ticks
    assert bars[0].median < bars[1].median


def test_rows_of_ones_own_move_the_prediction_and_are_said(visitor: Visitor) -> None:
    typed = {"electrolyte.composition": "Li6PS5Cl", "protocol.temperature_c": "25"}
    rows = "electrolyte;milling_time_h;ionic_conductivity_s_per_cm\nLi6PS5Cl;20,5;0,0089\nLi6PS5Cl;10;0,0081\n"
    answer = visitor.http.get("/predict", params={**typed, "own": rows})
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert "With 2 rows of your own; without them" in text
    assert "decimal commas were detected" in text
    assert '"given": [' in text
    medians = [_median(visitor.http.get("/predict", params=query).text) for query in (typed, {**typed, "own": rows})]
    assert medians[1] > medians[0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("electrolyte;ionic_conductivity_s_per_cm\nLPSCl;0,002\n", "Line 2: 'LPSCl' stands for several"),
        ("electrolyte,milling_time_h\nLi6PS5Cl,20\n", "No row states a value"),
        ("what is this", "No column is recognised"),
    ],
)
def test_own_rows_that_cannot_be_read_are_named(visitor: Visitor, rows: str, words: str) -> None:
    answer = visitor.http.get("/predict", params={"electrolyte.composition": "Li6PS5Cl", "own": rows})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"own"})
    assert words in unescape(answer.text)


def _median(text: str) -> float:
    found: Any = re.search(r'class="median"><strong>([\d.]+) mS/cm', text)
    return float(found[1])
