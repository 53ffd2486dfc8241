"""The pages beside the prediction in a real Chromium: from a prediction to its curve and to a comparison."""

from __future__ import annotations

import pytest

from tests.pages.person import Person

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
    assert "B has the higher ionic conductivity than A" in person.text
    left, right = (side.rect for side in person.all("article .pair > div")[:2])
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True)


def test_what_is_hidden_is_not_seen(person: Person) -> None:
    person.open("/compare")
    assert not person.one("button[hidden]").is_displayed()
