"""The pages in a real Chromium: what a person does, with a mouse, with a keyboard, on a telephone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest

from serving.http.security import Role
from tests.campaigns import SMALL_SPACE
from tests.instruments import spectrum_csv
from tests.pages.conftest import Site, begin_campaign
from tests.pages.person import Person

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402


@pytest.fixture(scope="module")
def campaign(site: Site) -> str:
    """A campaign with two open suggestions."""
    return begin_campaign(site, "browser", 2)


@pytest.fixture(scope="module")
def rich(campaign: str, site: Site) -> str:
    """A campaign with everything a page can show: results, a figure, suggestions of a model of its own, a failure."""
    wanted = {"id": "rich", "name": "A" * 60, "space": "argyrodite", "objective": "maximise ionic_conductivity"}
    ask = {"batch": 2, "planner": "analytic", "pool": 128, "assignee": "A" * 60}
    told = {"suggestion": "s1", "property": "ionic_conductivity", "value": 1.0, "unit": "mS/cm", "note": "n" * 80}
    with httpx.Client(base_url=f"{site.url}/v1", timeout=60.0) as http:
        http.post("campaigns", json=wanted).raise_for_status()
        http.post("campaigns/rich/suggestions", json=ask).raise_for_status()
        http.post("campaigns/rich/measurements", json={"results": [told]}).raise_for_status()
        failed = {"state": "failed", "reason": "r" * 80}
        http.patch("campaigns/rich/suggestions/s2", json=failed).raise_for_status()
        http.post("campaigns/rich/suggestions", json=ask).raise_for_status()
    return "/campaigns/rich"


def test_form_is_filled_and_the_answer_read(person: Person) -> None:
    person.open("/")
    person.write("electrolyte.composition", "Li5.5PS4.5Cl1.5")
    person.choose("electrolyte.route", "mechanical_milling")
    person.write("electrolyte.milling_time_h", "90 min")
    person.write("protocol.temperature_c", "25")
    person.press("Predict")
    assert "Ionic conductivity" in person.text
    assert "mS/cm" in person.one(".prediction .median").text
    assert "interval" in person.one(".prediction").text
    assert person.one(".prediction svg.bar").size["width"] > 500
    assert person.one(".prediction .badge").text.endswith("the domain")
    assert "10." in person.one(".prediction table a").text
    address = person.driver.current_url
    assert "milling_time_h=90" in address
    assert "heat_treatment" not in address  # what is empty is not sent
    person.press("SE" + person.one(".prediction td a[href^='/data/']").text.removeprefix("SE"))
    assert "Where it stands" in person.text
    person.driver.get(address)
    assert person.one('[name="electrolyte.milling_time_h"]').get_attribute("value") == "90 min"


def test_what_moved_it_comes_into_the_card_without_another_page(person: Person) -> None:
    person.open("/predict?electrolyte.composition=Li5.5PS4.5Cl1.5&protocol.temperature_c=25")
    address, page = person.driver.current_url, person.one("html")
    link = person.one("a[data-fills]")
    link.send_keys(Keys.ENTER)
    person.wait(lambda: person.all("table.effects"))
    assert (person.driver.current_url, person.one("html")) == (address, page)
    said = person.one("section.why")
    assert person.driver.switch_to.active_element == said
    assert "Composition" in said.text
    assert "Papers that weigh most" in said.text
    assert max(bar.size["width"] for bar in person.all("table.effects rect")) > 50


def test_what_moved_it_is_another_page_where_fetching_fails(person: Person) -> None:
    person.open("/predict?electrolyte.composition=Li6PS5Cl")
    person.driver.execute_script("window.fetch = () => Promise.reject(new Error('offline'))")
    before = person.one("html")
    person.one("a[data-fills]").click()
    person.wait(lambda: person.left(before))
    assert person.driver.current_url.endswith("&why=ionic_conductivity#why-ionic_conductivity")
    assert person.all("table.effects tbody tr")


def test_composition_is_echoed_as_one_types_and_proposals_can_be_taken(person: Person) -> None:
    person.open("/")
    assert person.one("#echo").get_attribute("aria-live") == "polite"
    person.write("electrolyte.composition", "75Li2S·25P2S5")
    person.wait(lambda: "Li3PS4" in person.one("#echo").text)
    person.write("electrolyte.composition", "LPSCl")
    person.wait(lambda: person.all("#echo button"))
    taken = person.all("#echo button")[0].text
    person.all("#echo button")[0].click()
    person.wait(lambda: "argyrodite" in person.one("#echo").text)
    assert person.one('[name="electrolyte.composition"]').get_attribute("value") == taken
    person.write("electrolyte.composition", "<img src=x onerror=alert(1)>")
    person.wait(lambda: person.all("#echo .bad"))
    assert person.all("#echo img") == []


def test_fault_stands_beside_its_field_and_has_the_focus(person: Person) -> None:
    person.open("/")
    person.write("electrolyte.composition", "Li6PS5Cl")
    person.write("electrolyte.heat_treatment_temperature_c", "5000")
    person.press("Predict")
    field = person.one('[name="electrolyte.heat_treatment_temperature_c"]')
    assert (field.get_attribute("aria-invalid"), field.get_attribute("value")) == ("true", "5000")
    told = person.one(f"#{field.get_attribute('aria-describedby').split()[-1]}").text
    assert "1200" in told
    assert person.driver.switch_to.active_element.get_attribute("id") == "faults"
    person.one("#faults a").click()
    assert person.driver.switch_to.active_element == field
    assert person.one('[name="electrolyte.composition"]').get_attribute("value") == "Li6PS5Cl"


def test_a_whole_round_of_ask_and_tell(person: Person) -> None:
    person.open("/campaigns")
    person.press("New campaign")
    person.write("name", "A round in the browser")
    person.one('[name="space"][value="own"]').click()
    person.wait(lambda: person.one("#toml").is_displayed())
    person.write("toml", SMALL_SPACE)
    person.press("Create the campaign")
    here = person.driver.current_url.partition("?")[0]
    person.write("batch", "2")
    person.choose("planner", "analytic")
    person.press("Ask for suggestions")
    assert len(person.all("article.suggestion")) == 2
    assert "Weigh in" in person.text
    person.press("Accept")
    assert "accepted" in person.one("article.suggestion").text
    person.press("Start")
    assert "running" in person.one("article.suggestion").text
    person.press("Enter results")
    person.write("ionic_conductivity.value", "0.31")
    person.press("Write it down")
    assert "0.31 mS/cm" in person.text
    assert "Results" in person.text
    figure = person.one("figure img")
    person.driver.execute_script("arguments[0].scrollIntoView()", figure)
    person.wait(lambda: int(figure.get_attribute("naturalWidth")) > 600)
    person.one("article.suggestion details summary").click()
    person.write("reason", "The ampoule cracked.")
    person.press("Failed")
    assert "The ampoule cracked." in person.text
    assert "Nothing is open" in person.text
    person.driver.get(here + "/history")
    assert "failed" in person.text


def test_bad_cell_of_a_sheet_is_named_and_the_good_rows_are_taken(
    person: Person, campaign: str, tmp_path: Path
) -> None:
    exported = httpx.get(f"{person.url}{campaign}/sheet/browser.xlsx").content
    workbook = openpyxl.load_workbook(io.BytesIO(exported))
    sheet = workbook["Results"]
    names = {str(cell.value): cell.column for cell in sheet[2]}
    value = next(column for name, column in names.items() if name.startswith("ionic_conductivity"))
    first = sheet.max_row + 1
    for row, (ident, said) in enumerate((("s1", 0.0012), ("s2", "lots")), first):
        sheet.cell(row, names["row_id"], ident)
        sheet.cell(row, value, said)
    bad = sheet.cell(first + 1, value).coordinate
    workbook.save(tmp_path / "filled.xlsx")

    person.open(f"{campaign}/sheet")
    person.one("#file").send_keys(str(tmp_path / "filled.xlsx"))
    person.press("Look at it")
    assert "Nothing is written down yet" in person.text
    assert person.one("table.cells tbody th").text == bad
    assert "lots" in person.one("table.cells tbody").text
    assert httpx.get(f"{person.url}/v1{campaign}").json()["measurements"] == 0
    person.press("Write down the rows that are right")
    assert bad in person.text
    assert httpx.get(f"{person.url}/v1{campaign}").json()["measurements"] == 1
    person.open(campaign)
    assert "1.2 mS/cm" in person.text


def test_files_of_instruments_are_shown_with_their_figure_and_then_written_down(
    person: Person, site: Site, tmp_path: Path
) -> None:
    begin_campaign(site, "measured", 2)
    paths = [tmp_path / "s1 25C.csv", tmp_path / "pellet_s2.csv"]
    for path in paths:
        path.write_text(spectrum_csv())
    person.open("/campaigns/measured")
    person.press("Files of instruments")
    person.one("#file").send_keys("\n".join(map(str, paths)))
    person.write("thickness", "0.95 mm")
    person.write("diameter", "s1=10.00 mm; s2=5.00 mm")
    person.press("Look at them")
    assert "Nothing is written down yet. 2 new results" in person.text
    for figure in person.all("figure img"):
        assert person.driver.execute_script("return arguments[0].naturalWidth", figure) > 200
    assert len(person.all("figure img")) == 2
    assert httpx.get(f"{person.url}/v1/campaigns/measured").json()["measurements"] == 0
    person.press("Write it down")
    assert "The values of the files are written down" in person.text
    assert "from pellet_s2.csv" in person.text
    assert httpx.get(f"{person.url}/v1/campaigns/measured").json()["measurements"] == 2


def test_keyboard_alone_gets_from_the_address_to_the_answer(person: Person) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    def type_keys(*keys: str) -> None:
        ActionChains(person.driver).send_keys(*keys).perform()

    person.open("/")
    type_keys(Keys.TAB)
    skip = person.driver.switch_to.active_element
    assert skip.text == "Skip to the content"
    type_keys(Keys.ENTER, *[Keys.TAB] * (1 + len(person.all("main .lead a"))))
    field = person.driver.switch_to.active_element
    assert field.get_attribute("name") == "electrolyte.composition"
    shown = person.driver.execute_script("return getComputedStyle(arguments[0]).outlineWidth", field)
    assert float(shown.removesuffix("px")) >= 2
    seen = [field.get_attribute("name")]
    type_keys("Li6PS5Cl")
    before = person.one("html")
    while person.driver.switch_to.active_element.text != "Predict":
        type_keys(Keys.TAB)
        seen.append(person.driver.switch_to.active_element.get_attribute("name"))
        assert len(seen) < 60
    named = [name for name in seen if name]
    places = {name: place for place, name in enumerate(person.driver.execute_script(
        "return [...document.querySelectorAll('#describe [name]')].map(e => e.name)"
    ))}  # fmt: skip
    assert [places[name] for name in named] == sorted(places[name] for name in named)
    type_keys(Keys.ENTER)
    person.wait(lambda: person.left(before))
    assert person.driver.switch_to.active_element.get_attribute("id") == "answer"
    assert "mS/cm" in person.text


PATHS = (
    "/predict?electrolyte.composition=Li6PS5Cl&cell.electrode.active_material=S&protocol.cycles=50"
    "&why=ionic_conductivity",
    "/predict?electrolyte.composition=LPSCl&electrolyte.milling_time_h=9,5",
    "/campaigns", "/campaigns/new", "/campaigns/browser", "/campaigns/browser/suggestions/s1",
    "/campaigns/browser/sheet", "/campaigns/browser/files", "/campaigns/browser/history", "/models",
    "/models/ionic_conductivity",
    "/data?text=LGPS", "/data/SE0001", "/campaigns/none", "/campaigns/rich", "/campaigns/rich/suggestions/s3",
    "/campaigns/rich/history",
    "/what-if?electrolyte.composition=Li6-xPS5-xCl1%2Bx&electrolyte.x=0.5",
    "/what-if?electrolyte.composition=Li6PS5Cl&property=capacity_retention",
    "/compare?a.electrolyte.composition=Li6PS5Cl&b.electrolyte.composition=Li6PS5Br"
    "&a.cell.electrode.active_material=S&b.cell.electrode.active_material=Li2S",
    "/many", "/suggest", "/design", "/spaces/argyrodite", "/campaigns/browser/edit",
    "/v1/docs",
)  # fmt: skip


def test_no_page_is_wider_than_a_telephone(person: Person, rich: str) -> None:
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wide = []
    for path in PATHS:
        person.open(path)
        if person.driver.execute_script("return document.documentElement.scrollWidth") > 360:
            wide.append(path)
        for table in person.all("table.effects"):  # it does not scroll in a box of its own
            wide += [path] * (table.rect["x"] + table.rect["width"] > 346)
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide == []


CONTRAST = """
const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const found = numbers(getComputedStyle(e).backgroundColor);
    if (found.length === 3 || found[3] > 0.99) return found;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility()
  && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && !e.closest("svg")).map((e) => {
  const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
  return [(a + 0.05) / (b + 0.05), e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 40)];
}).filter(([ratio]) => ratio < 4.5);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_told_from_its_ground(person: Person, rich: str, scheme: str) -> None:
    """Contrast of 4.5 to 1 everywhere (WCAG 2.2, level AA)."""
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    person.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    faint = []
    for path in (*PATHS[:3], *PATHS[8:10], *PATHS[16:], rich):
        person.open(path)
        faint += person.driver.execute_script(CONTRAST)
    person.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert faint == []


def test_key_signs_in_and_out(chrome: Any, locked: Site, keys: tuple[Path, dict[Role, str]]) -> None:
    person = Person(chrome, locked.url)
    chrome.get(locked.url + "/sign-in")
    chrome.delete_all_cookies()
    person.open("/data?text=LGPS")
    assert person.one("h1").text == "Sign in"
    person.write("key", keys[1][Role.READ])
    person.press("Sign in")
    assert person.driver.current_url.endswith("/data?text=LGPS")
    assert keys[1][Role.READ] not in chrome.execute_script("return document.cookie")
    person.open("/")
    person.write("electrolyte.composition", "75Li2S·25P2S5")
    person.wait(lambda: "Li3PS4" in person.one("#echo").text)
    before = person.one("html")
    chrome.find_element(By.XPATH, "//button[.='Sign out']").click()
    person.wait(lambda: person.left(before))
    person.open("/models")
    assert person.one("h1").text == "Sign in"


def test_nothing_is_fetched_from_another_host(chrome: Any, person: Person, campaign: str) -> None:
    for path in (PATHS[0], *PATHS[3:5], PATHS[9]):
        person.open(path)
    messages = (json.loads(line["message"])["message"] for line in chrome.get_log("performance"))
    sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert sum(url.startswith(person.url) for url in sent) > 8
    assert [url for url in sent if urlsplit(url).scheme != "data" and not url.startswith(person.url)] == []
