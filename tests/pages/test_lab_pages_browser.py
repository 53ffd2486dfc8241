"""The pages beside the prediction in a real Chromium: from a prediction to its curve and to a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import Site, begin_campaign
from tests.pages.person import Person
from tests.reviews import tell_results

pytest.importorskip("selenium", reason="selenium is not installed")


def test_a_prediction_leads_to_the_curve_of_its_recipe(person: Person) -> None:
    person.open("/predict?electrolyte.composition=Li6-xPS5-xCl1%2Bx&electrolyte.x=0.5&protocol.temperature_c=25")
    person.press("What if a setting changes")
    plot = person.one("svg.plot")
    assert plot.size["width"] > 500
    band = person.one("polygon.band")
    assert band.size["width"] == pytest.approx(plot.size["width"], abs=2)  # it is stretched, its texts are not
    assert person.one("svg.plot text").size["height"] < 20
    assert len(person.all("circle.same")) > 20
    person.choose("setting", "milling_time_h")
    person.write("high", "50")
    person.press("Draw the curve")
    assert person.one("#answer-title").text == "Ionic conductivity against milling time"
    assert "high=50" in person.driver.current_url


def test_a_recipe_is_compared_with_a_copy_that_was_changed(person: Person) -> None:
    person.open("/compare")
    person.write("a.electrolyte.composition", "Li6PS5I")
    person.write("a.electrolyte.milling_time_h", "10")
    person.press("Copy A to B")
    assert person.one('[name="b.electrolyte.milling_time_h"]').get_attribute("value") == "10"
    person.write("b.electrolyte.composition", "Li5.5PS4.5Cl1.5")
    person.wait(lambda: "argyrodite" in person.one("#b-echo").text)
    person.one('[name="b.electrolyte.composition"]').send_keys("\n")  # Enter compares, and copies nothing
    person.wait(lambda: person.all("#answer"))
    assert "B conducts better than A: " in person.text
    left, right = (side.rect for side in person.all("article .pair > div")[:2])
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True)


def test_what_is_hidden_is_not_seen(person: Person) -> None:
    person.open("/compare")
    assert not person.one("button[hidden]").is_displayed()


def test_a_citation_is_copied_by_a_button(person: Person) -> None:
    person.open("/data/SE0001")
    button = person.one('button[data-copies="bibtex"]')
    assert button.is_displayed()
    button.click()
    person.wait(lambda: button.text == "Copied")
    assert "@" in person.driver.execute_script("return getSelection().toString()")


def test_a_table_of_recipes_is_predicted_and_taken_home(person: Person, tmp_path: Path) -> None:
    table = tmp_path / "recipes.csv"
    table.write_text("row_id,electrolyte\na,Li3PS4\nb,Li5.5PS4.5Cl1.5\n")
    person.open("/many")
    person.one("#file").send_keys(str(table))
    person.press("Predict them")
    assert "2 recipes predicted" in person.text
    person.press("Highest ionic conductivity first")
    assert [cell.text for cell in person.all("tbody th")] == ["b", "a"]


def test_a_wish_becomes_recipes_and_then_a_campaign(person: Person) -> None:
    person.open("/spaces/li2s-p2s5?mass=2")
    assert "2 g, weighed to" in person.text
    person.press("Suggest recipes in it")
    person.write("batch", "1")
    person.choose("planner", "random")
    person.press("Suggest recipes")
    assert len(person.all("article.suggestion")) == 1
    assert "2.0000" in person.one("article.suggestion tr.sum").text
    person.press("Begin a campaign with this")
    assert person.one('[name="space"][value="own"]').is_selected()
    person.write("name", "Glasses of two grams")
    person.press("Create the campaign")
    assert "Glasses of two grams" in person.text


def test_a_suggestion_is_edited_and_the_campaign_put_away(person: Person, campaign: str) -> None:
    person.open(f"{campaign}/suggestions/s1")
    person.one("details.sheet summary").click()
    person.write("edit.milling_time_h", "11")
    person.press("Take the edited recipe")
    assert "takes the place of the suggestion" in person.text
    assert "11 h" in person.one("article.suggestion").text
    person.open(campaign)
    person.press("Edit, rename, archive")
    person.write("name", "Put away")
    person.press("Change it")
    assert person.one("h1").text == "Put away"
    person.press("Edit, rename, archive")
    person.press("Archive the campaign")
    assert "Put away: 1" in person.text
    assert campaign not in [link.get_attribute("href").removeprefix(person.url) for link in person.all("tbody a")]


def test_predictions_are_reviewed_by_keyboard_and_on_a_telephone(person: Person, site: Site) -> None:
    from selenium.webdriver.common.keys import Keys

    tell_results(site.state.campaigns.open(), "kept", [0.5, 1.0, 2.0, 1e-6])
    person.open("/campaigns/kept")
    person.press("Were the predictions kept?")
    assert "3 of 4 results lay inside the 90 % interval" in person.text
    assert (len(person.all("circle.inside")), len(person.all("svg.outside"))) == (3, 1)
    first, last = (person.all("circle.inside")[place].location["x"] for place in (0, -1))
    assert last - first > 300
    summary = person.one("section.card summary")
    summary.send_keys(Keys.ENTER)
    link = person.one('section.card a[href$="/suggestions/s4"]')
    assert link.is_displayed()
    shape = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
    assert person.driver.execute_script("return document.documentElement.scrollWidth") == 390
    assert person.one("svg.plot").size["width"] > 300
    person.choose("property", "capacity_retention")
    person.one('[name="property"]').submit()
    person.wait(lambda: "No result here" in person.text)


@pytest.fixture(scope="module")
def campaign(site: Site) -> str:
    """A campaign with one open suggestion."""
    return begin_campaign(site, "desk", 1)
