"""The report is one file that needs nothing else, says what it knows, and turns no user's text into markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.campaign import CampaignStore, Result, bayesian_planner
from surrogate.candidate.settings import build
from surrogate.errors import InvalidInput, Unavailable
from surrogate.models import Surrogate, save
from surrogate.planner.suggest import suggest
from surrogate.properties import Subject
from surrogate.report.document import Content, report_html, write_report
from surrogate.report.markup import table, tag
from surrogate.space.ready import ready
from tests.trained import small_forest

GOALS = "maximise ionic_conductivity, minimise process_time_h"
VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Which elements there are, whether they are closed, and what they load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.anchors: list[str] = []
        self.ids: list[str] = []
        self.alternatives: list[str | None] = []
        self.elements: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.elements.add(tag)
        self.loaded += [said[name] or "" for name in ("src", "srcset", "data", "poster") if name in said]
        self.anchors += [str(said["href"])] if "href" in said else []
        self.ids += [str(said["id"])] if "id" in said else []
        if tag == "img":
            self.alternatives.append(said.get("alt"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def models() -> Mapping[str, Surrogate]:
    return {name: small_forest(name) for name in ("ionic_conductivity", "first_discharge_capacity")}


@pytest.fixture(scope="module")
def content(models: Mapping[str, Surrogate]) -> Content:
    space = ready("argyrodite")
    batch = suggest(space, GOALS, models=models, batch=2, planner="analytic", pool=64)
    material = build({"electrolyte": "Li6PS5Cl", "heat_treatment_temperature_c": 550.0}, Subject.ELECTROLYTE)
    hostile = build({**ready("tis2-composite").fixed, "additive": "<script>alert(1)</script>"}, Subject.CELL)
    return Content(models=models, candidates=[material, hostile], batch=batch, space=space)


@pytest.fixture(scope="module")
def page(content: Content) -> str:
    return report_html(content)


def test_it_is_one_well_formed_file_that_loads_nothing(page: str) -> None:
    outline = Outline(page)
    assert not outline.open
    assert outline.loaded
    assert all(source.startswith("data:image/png;base64,") for source in outline.loaded)
    assert not outline.elements & {"script", "link", "iframe", "object"}
    assert "url(" not in page
    assert "@import" not in page
    assert all(outline.alternatives)


def test_links_go_to_its_own_references_or_to_a_doi(page: str) -> None:
    outline = Outline(page)
    inside = {link.removeprefix("#") for link in outline.anchors if link.startswith("#")}
    assert inside
    assert inside <= set(outline.ids)
    assert all(link.startswith(("#", "https://doi.org/10.")) for link in outline.anchors)


def test_it_says_what_a_lab_needs(page: str, content: Content) -> None:
    text = re.sub(r"<[^>]+>", " ", page)
    assert content.batch is not None
    for suggestion in content.batch.suggestions:
        for formula, mass in suggestion.weigh_in_g.items():
            assert formula in text
            assert f"{mass:.4f}" in text
    for words in ("90 % interval", "nearest measurements", "left out", "error on unseen papers", "mS/cm", "mAh/g"):
        assert words in text


def test_what_a_user_wrote_stays_text(page: str) -> None:
    assert "<script" not in page


def test_the_same_content_is_the_same_file(page: str, content: Content) -> None:
    assert report_html(content) == page


def test_a_campaign_shows_expected_and_measured(models: Mapping[str, Surrogate], tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / "campaigns.db") as store:
        campaign = store.create("glass <ceramics>", "li2s-p2s5", "maximise ionic_conductivity", id="glass")
        asked = campaign.ask(bayesian_planner(models, planner="analytic", pool=64), batch=2)
        campaign.tell(Result(property="ionic_conductivity", value=1e-3, suggestion=asked.suggestions[0].id))
        below = Result(property="electronic_conductivity", value=1e-9, censoring="below", suggestion="s2")
        own = Result(property="ionic_conductivity", value=2e-3, candidate=asked.suggestions[0].candidate)
        campaign.tell([below, own])
        page = report_html(Content(models=models, campaign=campaign))
    assert "glass &lt;ceramics&gt;" in page
    assert "expected and measured" in page
    for said in ("Ionic conductivity 1 mS/cm", "Electronic conductivity &lt;1e-09 S/cm", "Ionic conductivity 2 mS/cm"):
        assert f"<td>{said}</td>" in page


def test_without_models_or_a_place_to_write_it_says_so(content: Content, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        report_html(Content(models={}))
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput):
        write_report(Content(models=content.models), tmp_path / "file" / "report.html")


def test_the_command_writes_it(
    models: Mapping[str, Surrogate], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from surrogate.cli import app

    for name, model in models.items():
        save(model, tmp_path / "models" / name)
    out = tmp_path / "report.html"
    command = ["surrogate", "report", "Li6PS5Cl", "milling_time_h=20", "--out", str(out)]
    monkeypatch.setattr("sys.argv", [*command, "--models", str(tmp_path / "models")])
    with pytest.raises(SystemExit) as end:
        app()
    assert end.value.code in (0, None)
    assert capsys.readouterr().out.strip() == str(out)
    assert "Li6PS5Cl" in out.read_text("utf-8")


def test_a_folder_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from surrogate.cli import app

    # There are no models: what is said first is that the place cannot be.
    monkeypatch.setattr("sys.argv", ["surrogate", "report", "Li6PS5Cl", "--out", str(tmp_path), "--models", "nowhere"])
    with pytest.raises(SystemExit) as end:
        app()
    assert end.value.code == 3
    assert "is a folder. Name the page in it" in capsys.readouterr().err


@given(st.text(), st.text())
def test_markup_escapes_everything(text: str, attribute: str) -> None:
    class Reader(HTMLParser):
        said, attributes = "", [("", "")]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.attributes = [(n, v or "") for n, v in attrs]

        def handle_data(self, data: str) -> None:
            self.said += data

    reader = Reader(convert_charrefs=True)
    reader.feed(tag("p", text, title=attribute))
    reader.close()
    assert reader.said == text
    assert reader.attributes == [("title", attribute)]


def test_tables_have_as_many_cells_as_rows_say() -> None:
    page = table(("a", "b"), [("1", "<2>"), ("3", "4")], numbers=(1,))
    assert page.count("<td") == 4
    assert "&lt;2&gt;" in page
