"""The pages beside the prediction: curves, comparisons, rows of one's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from importlib import resources
from typing import Any

import pytest
from starlette.datastructures import UploadFile

from serving.campaigns.results import read_spread
from serving.pages.bars import bar, reach
from serving.pages.curves import Axis, curve
from serving.predictions.form import FORM
from serving.reviews.figure import lay_out
from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.errors import UnitError
from surrogate.properties import PROPERTIES
from surrogate.report.response import respond
from surrogate.report.review import Reviewed, standings
from surrogate.space.ready import names, parse_space
from tests.campaigns import SMALL_SPACE
from tests.pages.conftest import Site, Visitor
from tests.pages.test_pages_http import Markup, make_campaign
from tests.reviews import tell_results
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


def test_rows_of_ones_own_move_a_curve_and_go_with_its_links(visitor: Visitor) -> None:
    rows = "electrolyte\theat_treatment_temperature_c\tionic_conductivity_s_per_cm\nLi5.5PS4.5Cl1.5\t500\t1.2e-4"
    drawn = []
    for query in (ARGYRODITE, {**ARGYRODITE, "own": rows}):
        answer = visitor.http.get("/what-if", params={**query, "low": "0", "high": "0.7"})
        assert answer.status_code == 200
        drawn.append([a["points"] for a in Markup(answer.text).all("polyline")])
    assert drawn[0] != drawn[1]
    assert "With 1 row of your own." in answer.text
    links = [str(a["href"]) for a in Markup(answer.text).all("a")]
    assert any(link.startswith("/predict?") and "own=" in link for link in links)
    refused = visitor.http.get("/what-if", params={**ARGYRODITE, "own": "electrolyte\tsigma\nLPSCl\t1"})
    assert (refused.status_code, wrong_fields(refused.text)) == (422, {"own"})


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
    assert re.search(r"B conducts better than A: (above )?\d+ %", text)
    differing = re.search(r'id="differ".*?</table>', text, re.S)
    assert differing is not None
    assert re.findall(r"<td>([^<]*)</td>", differing[0]) == ["Li6PS5I", "Li5.5PS4.5Cl1.5", "10 h", "not stated"]


def test_rows_of_ones_own_shift_a_comparison_as_they_shift_a_prediction(visitor: Visitor) -> None:
    sides = {"a.electrolyte.composition": "Li6PS5Cl", "b.electrolyte.composition": "Li5.5PS4.5Cl1.5"}
    rows = "electrolyte\tionic_conductivity_s_per_cm\n" + "Li6PS5Cl\t0,0002\n" * 3
    answer = visitor.http.get("/compare", params={**sides, "own": rows})
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert "With 3 rows of your own; without them" in text
    assert "Own rows: " in text  # how they were read is said
    refused = visitor.http.get("/compare", params={**sides, "own": "electrolyte\nLi6PS5Cl"})
    assert refused.status_code == 422
    assert "No row states a value." in unescape(refused.text)


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
        ("what is this", "Nothing separates its cells"),
    ],
)
def test_own_rows_that_cannot_be_read_are_named(visitor: Visitor, rows: str, words: str) -> None:
    answer = visitor.http.get("/predict", params={"electrolyte.composition": "Li6PS5Cl", "own": rows})
    assert (answer.status_code, wrong_fields(answer.text)) == (422, {"own"})
    assert words in unescape(answer.text)


SHEET = (
    "row_id;electrolyte;milling_time_h;active_material\n"
    "a;Li6PS5Cl;20,5;\nb;LPSCl;10;\nc;Li5.5PS4.5Cl1.5;;\nd;Li6PS5Cl;;S\n=1+1;Li3PS4;;\n"
)


def send_sheet(visitor: Visitor, content: bytes, name: str = "recipes.csv", **fields: str) -> Any:
    return visitor.post("/many", "/many", files={"file": (name, content, "text/csv")}, **fields)


def test_a_sheet_of_recipes_is_predicted_row_by_row(visitor: Visitor) -> None:
    answer = send_sheet(visitor, SHEET.encode())
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert "4 recipes predicted; 1 cell to mend, whose rows are left out" in text
    assert "'LPSCl' stands for several" in text
    assert "Decimal commas were detected" in text
    assert re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+)', text.split('aria-label="Predictions"')[1]) == [
        "a", "c", "d", "=1+1",
    ]  # fmt: skip
    assert "milling_time_h=20.5" in text  # each leads to its page
    hidden = {str(f["name"]): str(f["value"]) for f in Markup(answer.text).all("input") if f.get("type") == "hidden"}
    sent = {name: hidden[name] for name in ("name", "ending", "content", "decimal", "encoding")}
    ordered = visitor.post("/many", "/many", order="ionic_conductivity", step="show", **sent)
    medians = re.findall(r"<strong>([\d.]+) mS/cm", ordered.text)
    assert len(medians) == 3
    assert [float(m) for m in medians] == sorted(map(float, medians), reverse=True)
    down = visitor.post("/many", "/many", step="csv", **sent)
    assert down.headers["content-disposition"] == 'attachment; filename="predictions.csv"'
    lines = list(csv.DictReader(io.StringIO(down.content.decode("utf-8-sig"))))
    assert [line["row_id"] for line in lines] == ["a", "c", "d", "'=1+1"]
    assert (lines[0]["milling_time_h"], lines[2]["active_material"]) == ("20.5", "S")
    low, median, high = (float(lines[0][f"ionic_conductivity_s_per_cm_{end}"]) for end in ("low", "median", "high"))
    assert low < median < high
    assert (lines[2]["ionic_conductivity_domain"], lines[0]["ionic_conductivity_domain"] != "") == ("", True)
    assert lines[2]["first_discharge_capacity_mah_per_g_median"]


def test_what_is_no_sheet_of_recipes_is_refused(visitor: Visitor) -> None:
    for content, name, words in (
        (b"", "a.csv", "No file was chosen"),
        (b"\x00\x01", "a.xlsx", "no Excel workbook"),
        (b"what,is,this\n1,2,3\n", "a.csv", "No column is recognised"),
        (b"electrolyte\n", "a.csv", "describes no recipe"),
        (b"electrolyte\n" + b"Li6PS5Cl\n" * 1001, "a.csv", "1000 are the most"),
    ):
        answer = send_sheet(visitor, content, name)
        assert (answer.status_code, words in unescape(answer.text)) == (422, True), answer.text
    assert visitor.http.post("/many", files={"file": ("a.csv", SHEET.encode(), "text/csv")}).status_code == 403


def test_an_empty_sheet_can_be_had_without_a_campaign(visitor: Visitor) -> None:
    book = visitor.get("/sheet/empty.xlsx")
    assert book.content[:2] == b"PK"
    assert "lab-sheet.xlsx" in book.headers["content-disposition"]
    assert "electrolyte" in visitor.get("/sheet/empty.csv").text
    assert visitor.get("/sheet/empty.txt").status_code == 422


def test_a_row_is_cited_as_text_and_as_bibtex(visitor: Visitor) -> None:
    text = unescape(visitor.get("/data/SE0259").text)
    source = visitor.get("/v1/measurements/SE0259").json()["source"]
    assert f'id="citation" class="wrapped" tabindex="0" aria-labelledby="cite-text">{source["citation"]}</pre>' in text
    file = visitor.get("/data/SE0259.bib")
    assert (file.text, file.headers["content-type"]) == (source["bibtex"], "application/x-bibtex")
    assert source["bibtex"] in text
    assert visitor.get("/data/none.bib").status_code == 404


def test_recipes_are_suggested_without_a_campaign(visitor: Visitor) -> None:
    wish = {"objective": "maximise ionic_conductivity", "space": "own", "toml": SMALL_SPACE}
    answer = visitor.post("/suggest", "/suggest", **wish, batch="2", planner="analytic", simulator="no", seed="3")
    page, text = Markup(answer.text), unescape(answer.text)
    assert answer.status_code == 200, text
    assert len([a for a in page.all("article") if a.get("class") == "card suggestion"]) == 2
    assert "Weigh in" in text
    assert "Why:" in text
    links = [str(a.get("href")) for a in page.all("a")]
    assert len([link for link in links if link.startswith("/predict?electrolyte.composition=")]) == 2
    begin = [link for link in links if link.startswith("/campaigns/new?") and "toml" in link][-1]
    form = unescape(visitor.get(begin).text)
    assert "precursors" in form
    assert re.search(r'value="own" checked', form)


def test_recipes_are_designed_with_the_chance_of_each_wish(visitor: Visitor) -> None:
    wish = {
        "objective": "ionic_conductivity >= 0,1 mS/cm\nminimise process_time_h",
        "space": "own",
        "toml": SMALL_SPACE,
    }
    answer = visitor.post("/design", "/design", **wish, recipes="2", simulator="no")
    text = unescape(answer.text)
    assert answer.status_code == 200, text
    assert re.search(r"chance (above |below )?\d+ %", text)
    assert "ionic_conductivity >= " in text


@pytest.mark.parametrize("page", ["/suggest", "/design"])
def test_plans_say_what_is_wrong_where(visitor: Visitor, page: str) -> None:
    for typed, field in (
        ({"objective": "raise it", "space": "argyrodite"}, "objective"),
        ({"objective": "maximise ionic_conductivity", "space": "own", "toml": "name ="}, "toml"),
        ({"objective": "maximise ionic_conductivity", "space": "own", "toml": 'name = "a"'}, "toml"),
        ({"objective": "maximise ionic_conductivity", "space": "argyrodite", "seed": "many"}, "seed"),
    ):
        answer = visitor.post(page, page, **typed)
        assert (answer.status_code, wrong_fields(answer.text)) == (422, {field}), answer.text


def test_a_recipe_is_typed_into_the_form_as_it_is() -> None:
    settings: dict[str, float | str] = {
        "electrolyte": "Li6PS5Cl", "milling_time_h": 1 / 3, "heat_treated": "no", "active_material": "S",
        "coating": "none", "temperature_c": 25.0, "separator": "Li6PS5Br", "separator_milling_time_h": 3.0,
    }  # fmt: skip
    typed = FORM.typed_for(build(settings))
    assert typed["electrolyte.composition"] == "Li6PS5Cl"
    assert typed["cell.separator.milling_time_h"] == "3"
    assert set(typed) <= set(FORM.fields)
    assert len(typed) == len(settings)


def _median(text: str) -> float:
    found: Any = re.search(r'class="median"><strong>([\d.]+) mS/cm', text)
    return float(found[1])


@pytest.fixture(scope="module")
def lab(site: Site) -> Visitor:
    """A visitor with a campaign of two suggestions."""
    made = Visitor(site)
    make_campaign(made, "edits")
    return made


def test_a_suggestion_is_edited_before_it_is_made(lab: Visitor) -> None:
    here = "/campaigns/edits/suggestions/s1"
    page = lab.get(here).text
    fields = {str(a.get("name")): a.get("value") for a in Markup(page).all("input") if "edit." in str(a.get("name"))}
    assert "edit.milling_time_h" in fields
    assert "edit.electrolyte" not in fields
    unchanged = {name: str(value) for name, value in fields.items()}
    refused = lab.post(f"{here}/edit", here, **unchanged)
    assert (refused.status_code, "Nothing is different" in refused.text) == (422, True)
    absurd = lab.post(f"{here}/edit", here, **{**unchanged, "edit.milling_time_h": "99999"})
    assert (absurd.status_code, wrong_fields(absurd.text)) == (422, {"edit.milling_time_h"})
    assert "It is 99999" in absurd.text
    typed = {**unchanged, "edit.milling_time_h": "7,25"}
    for _ in range(2):  # a second click is the same edit
        edited = lab.post(f"{here}/edit", here, **typed)
        assert edited.status_code == 303
        assert edited.headers["location"].endswith("?done=edited")
    new = edited.headers["location"].partition("?")[0].rpartition("/")[2]
    records = {r["id"]: r for r in lab.get("/v1/campaigns/edits/suggestions").json()["items"]}
    assert (records["s1"]["state"], records[new]["state"]) == ("cancelled", "proposed")
    assert new in records["s1"]["reason"]
    assert records[new]["candidate"]["electrolyte"]["milling_time_h"] == 7.25
    assert records[new]["weigh_in_g"] == records["s1"]["weigh_in_g"]
    assert "ionic_conductivity" in records[new]["answer"]["predictions"]
    assert "s1 with milling time 7.25 h instead of" in unescape(lab.get(f"/campaigns/edits/suggestions/{new}").text)
    assert "suggestion edited by hand" in lab.get("/campaigns/edits/history").text
    late = lab.post(f"{here}/edit", here, **{**typed, "edit.milling_time_h": "8"})
    assert (late.status_code, "cannot be edited any more" in late.text) == (422, True)


@pytest.mark.parametrize(
    ("text", "spread"),
    [
        ("0,05", 0.05),
        ("0.05 decades", 0.05),
        ("10 %", 0.0434294),
        ("10%", 0.0434294),
        ("± 0.41 mS/cm", 0.0434294),
        ("4.1e-4 S/cm", 0.0434294),
    ],
)
def test_an_uncertainty_is_read_as_people_state_one(text: str, spread: float) -> None:
    conductivity = PROPERTIES["ionic_conductivity"]
    assert read_spread(text, 4.1, "mS/cm", conductivity, []) == pytest.approx(spread, rel=1e-4)


def test_an_uncertainty_of_a_capacity_is_in_its_unit_or_a_part_of_it() -> None:
    capacity, retention = PROPERTIES["first_discharge_capacity"], PROPERTIES["capacity_retention"]
    assert read_spread("5 %", 200.0, "mAh/g", capacity, []) == pytest.approx(10.0)
    assert (
        read_spread("10 mAh/g", 200.0, "mAh/g", capacity, []) == read_spread("10", 200.0, "mAh/g", capacity, []) == 10
    )
    assert read_spread("2 %", 90.0, "%", retention, []) == 2.0
    with pytest.raises(UnitError, match="does not measure"):
        read_spread("2 h", 200.0, "mAh/g", capacity, [])


def test_a_value_is_told_with_its_unit_and_its_uncertainty(site: Site) -> None:
    visitor = Visitor(site)
    make_campaign(visitor, "spread")
    here = "/campaigns/spread/suggestions/s1"
    typed = {"ionic_conductivity.value": "0,0041 S/cm", "ionic_conductivity.unit": "mS/cm"}
    wrong = visitor.post(f"{here}/results", here, **{**typed, "ionic_conductivity.uncertainty": "much"})
    assert (wrong.status_code, wrong_fields(wrong.text)) == (422, {"ionic_conductivity.uncertainty"})
    answer = visitor.post(f"{here}/results", here, **{**typed, "ionic_conductivity.uncertainty": "10 %"})
    assert answer.status_code == 303, answer.text
    (result,) = visitor.get("/v1/campaigns/spread/measurements").json()["items"]
    assert (result["value"], result["unit"]) == (0.0041, "S/cm")
    assert result["uncertainty"] == pytest.approx(0.0434294, rel=1e-4)
    visitor.http.close()


def test_a_share_in_percent_is_told_how_to_be_written(visitor: Visitor) -> None:
    typed = {"cell.electrode.active_material": "S", "cell.electrode.active_weight_fraction": "70"}
    answer = visitor.http.get("/predict", params=typed)
    assert "Write 0.7 or 70 %." in unescape(answer.text)


def test_masses_follow_the_batch_that_is_made(lab: Visitor) -> None:
    def masses(query: str) -> list[float]:
        text = lab.get(f"/campaigns/edits/suggestions/s2{query}").text
        return [float(cell) for cell in re.findall(r'<td class="number">(\d+\.\d{4})</td>', text)]

    plain, more = masses(""), masses("?mass=2,5")
    assert (plain[-1], more[-1]) == (1.0, 2.5)
    assert more == pytest.approx([2.5 * mass for mass in plain], abs=1e-3)
    for page in ("/campaigns/edits", "/campaigns/edits/suggestions/s2"):
        assert "2.5000" in lab.get(f"{page}?mass=2,5").text
        assert "It is -1 g" in unescape(lab.get(f"{page}?mass=-1").text)


def test_a_recipe_and_a_campaign_are_reported_in_one_file(lab: Visitor) -> None:
    recipe = lab.http.get("/report", params={"electrolyte.composition": "Li6PS5Cl", "protocol.temperature_c": "25"})
    assert recipe.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert "Li6PS5Cl" in recipe.text
    assert recipe.text.startswith("<!DOCTYPE html>")
    campaign = lab.get("/campaigns/edits/report.html")
    assert (campaign.status_code, "edits.html" in campaign.headers["content-disposition"]) == (200, True)
    refused = lab.http.get("/report", params={"electrolyte.composition": "LPSCl"})
    assert (refused.status_code, "stands for several" in unescape(refused.text)) == (422, True)
    assert lab.get("/campaigns/none/report.html").status_code == 404


def test_a_campaign_is_renamed_changed_and_put_away(site: Site) -> None:
    visitor = Visitor(site)
    make_campaign(visitor, "moving")
    form = "/campaigns/moving/edit"
    page = Markup(visitor.get(form).text)
    values = {a.get("name"): a.get("value") for a in page.all("input") if a.get("type") != "radio"}
    assert (values["name"], values["batch"]) == ("Glasses", "4")
    stay = {"name": "Glasses", "batch": "4", "objective": "maximise ionic_conductivity", "space": "same"}
    done = visitor.post(
        form, form, **{**stay, "name": "Glasses of the new mill", "batch": "2", "reason": "a smaller mill"}
    )
    assert (done.status_code, done.headers["location"]) == (303, "/campaigns/moving?done=changed")
    now = visitor.get("/v1/campaigns/moving").json()
    assert (now["name"], now["batch"], now["archived"]) == ("Glasses of the new mill", 2, False)
    assert "changed: batch, name" in visitor.get("/campaigns/moving/history").text
    for field, text in (("objective", "raise it"), ("batch", "0"), ("space", "nope")):
        wrong = visitor.post(form, form, **{**stay, field: text})
        assert wrong.status_code == 422
        assert f"{field}-fault" in wrong.text
    assert visitor.post("/campaigns/moving/archive", form, archived="yes").headers["location"] == "/campaigns"
    assert "/campaigns/moving" not in visitor.get("/campaigns").text
    assert "/campaigns/moving" in visitor.get("/campaigns?archived=yes").text
    assert visitor.post("/campaigns/moving/archive", form, archived="no").status_code == 303
    assert "/campaigns/moving" in visitor.get("/campaigns").text


@pytest.fixture(scope="module")
def reviewed(site: Site) -> Iterator[Visitor]:
    """A visitor of a store with two results inside their intervals and one outside."""
    tell_results(site.state.campaigns.open(), "reviewed", [0.5, 0.5, 1e-6])
    made = Visitor(site)
    yield made
    made.http.close()


def test_results_stand_beside_what_was_predicted_for_them(reviewed: Visitor) -> None:
    page = reviewed.get("/review?campaign=reviewed")
    markup, text = Markup(page.text), unescape(page.text)
    assert page.status_code == 200
    assert "2 of 3 results lay inside the 90 % interval" in text
    assert "3 results cannot tell yet" in text
    shapes = [a.get("class") for _, a in markup.elements if a.get("class") in ("inside", "outside")]
    assert shapes == ["inside", "inside", "outside"]
    cells = re.findall(r"<td>(yes|no)</td>", page.text)
    assert cells == ["no", "yes", "yes"]  # the newest comes first
    assert 'href="/campaigns/reviewed/suggestions/s3"' in page.text
    assert 'href="/review?campaign=reviewed"' in reviewed.get("/campaigns/reviewed").text
    assert 'href="/review"' in reviewed.get("/models").text
    assert 'href="/review?property=ionic_conductivity"' in reviewed.get("/models/ionic_conductivity").text
    assert "No result here" in reviewed.get("/review?property=activation_energy").text
    assert reviewed.get("/review?campaign=nowhere").status_code == 404


def test_one_result_and_a_property_without_decades_are_drawn_too() -> None:
    day = datetime(2026, 11, 29, tzinfo=UTC)
    row = Reviewed(
        property_name="capacity_retention", recorded=day, campaign="c", suggestion="s1", model="m", expected=80.0,
        low=70.0, high=90.0, level=0.9, measured=85.0,
    )  # fmt: skip
    (standing,) = standings([row])
    drawn = lay_out("capacity_retention", [(row, standing)])
    (mark,) = drawn.marks
    assert mark.high < mark.y < drawn.zero < mark.low  # upwards is more than predicted
    assert drawn.y_title == "measured − predicted / %"
    assert [tick.text for tick in drawn.x_ticks] == ["29 Nov"]


def test_files_that_came_with_a_form_are_closed_with_its_request(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str | None] = []
    close = UploadFile.close

    async def watch(upload: UploadFile) -> None:
        closed.append(upload.filename)
        await close(upload)

    monkeypatch.setattr(UploadFile, "close", watch)
    assert send_sheet(visitor, SHEET.encode(), "closed.csv").status_code == 200
    assert send_sheet(visitor, b"", "empty.csv").status_code == 422
    assert closed == ["closed.csv", "empty.csv"]


def test_every_word_that_is_explained_stands_on_a_page() -> None:
    templates = resources.files("serving.pages").joinpath("templates")
    texts = {entry.name: entry.read_text("utf-8") for entry in templates.iterdir()}
    meanings = set(re.findall(r'^"(\w+)": \(', texts.pop("glossary.html"), re.MULTILINE))
    used = {
        word for text in texts.values() for call in re.findall(r"glossary\(([^)]+)\)", text)
        for word in re.findall(r'"(\w+)"', call)
    }  # fmt: skip
    assert used == meanings


def test_a_space_is_shown_with_its_sources_and_changed_in_a_copy(visitor: Visitor) -> None:
    assert all(f'href="/spaces/{name}"' in visitor.get("/spaces").text for name in names())
    plain = unescape(visitor.get("/spaces/argyrodite").text)
    for words in ("Milling time", "Adeli et al.", "Rules of thumb", "Dopants M"):
        assert words in plain
    typed = {"without": "Ge, Si", "changes": "heat_treatment_temperature_c = 500 °C\nCl <= 1,4", "mass": "2,5"}
    changed = visitor.http.get("/spaces/argyrodite", params=typed)
    text = unescape(changed.text)
    assert (changed.status_code, "with your changes" in text) == (200, True)
    assert "Cl = '1,4' was read with a decimal comma" in text
    file = visitor.http.get("/spaces/argyrodite.toml", params=typed)
    space = parse_space(file.text)
    assert space.balance.batch_mass_g == 2.5
    assert not {"Ge", "Si"} & set(space.elements)
    assert space == parse_space(unescape(re.search(r'class="code">(.*?)</textarea>', changed.text, re.S)[1]))  # type: ignore[index]
    for wrong, field, words in (
        ({"without": "Xy"}, "without", "named 'Xy'"),
        ({"changes": "more of it"}, "changes", "is no change"),
        ({"changes": "milling_time_h = long"}, "changes", "milling_time_h"),
        ({"mass": "-1"}, "", ""),
    ):
        answer = visitor.http.get("/spaces/argyrodite", params=wrong)
        assert (answer.status_code, words in unescape(answer.text)) == (422, True), wrong
        assert not field or wrong_fields(answer.text) == {field}
    assert visitor.get("/spaces/nope").status_code == 404
