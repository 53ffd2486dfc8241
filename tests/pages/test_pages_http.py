"""The pages without a browser: who may, what is refused, what hostile text becomes."""

from __future__ import annotations

import base64
import re
import tomllib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import pages
from serving.app import routed_app
from serving.http.errors import ProblemError
from serving.http.security import Role, is_page
from serving.pages import words
from serving.pages.bars import bar
from serving.pages.rendering import CONTENT_SECURITY_POLICY, assets
from serving.pages.session import local
from serving.predictions.effects import steps
from serving.predictions.form import FORM
from serving.site import ROUTERS
from surrogate.candidate.fields import FIELDS
from surrogate.properties import PROPERTIES
from surrogate.wire.explanations import EffectOutput
from tests.campaigns import GOAL, SMALL_SPACE
from tests.instruments import PELLET, SIGMA_S_PER_CM, cycling_csv, spectrum_csv
from tests.pages.conftest import Site, Visitor

ROUTES = [(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods]  # type: ignore[attr-defined]
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"


class Markup(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, their ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in names]


def make_campaign(visitor: Visitor, ident: str) -> None:
    made = visitor.post(
        "/campaigns/new", "/campaigns/new", name="Glasses", id=ident, space="own", toml=SMALL_SPACE,
        objective="maximise ionic_conductivity", key=f"make-{ident}",
    )  # fmt: skip
    assert (made.status_code, made.headers["location"]) == (303, f"/campaigns/{ident}?done=created"), made.text
    asked = visitor.post(
        f"/campaigns/{ident}/ask", f"/campaigns/{ident}", batch="2", planner="random", key=f"a-{ident}"
    )
    assert asked.status_code == 303, asked.text


@pytest.fixture(scope="module")
def lab(site: Site) -> Visitor:
    """A visitor who has made the campaign ``http`` with two suggestions."""
    made = Visitor(site)
    make_campaign(made, "http")
    return made


PAGES = (
    "/", "/predict?electrolyte.composition=Li6PS5Cl",
    "/predict?electrolyte.composition=Li6PS5Cl&why=ionic_conductivity", "/campaigns", "/campaigns/new",
    "/campaigns/http", "/what-if", "/what-if?electrolyte.composition=Li6-xPS5-xCl1%2Bx&electrolyte.x=0.5",
    "/compare", "/compare?a.electrolyte.composition=Li6PS5Cl",
    "/compare?a.electrolyte.composition=Li6PS5Cl&b.electrolyte.composition=Li6PS5Br",
    "/campaigns/http/suggestions/s1", "/campaigns/http/sheet", "/campaigns/http/files",
    "/campaigns/http/history", "/models",
    "/models/ionic_conductivity", "/data", "/data?text=argyrodite&tier=A&property=ionic_conductivity", "/data/SE0001",
    "/many", "/suggest", "/design", "/spaces", "/spaces/argyrodite", "/spaces/tis2-composite", "/campaigns/http/edit",
    "/review", "/review?campaign=http&property=ionic_conductivity",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound_and_fetches_nothing_from_elsewhere(lab: Visitor, path: str) -> None:
    answer = lab.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    page = Markup(answer.text)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    for attributes in [a for _, a in page.elements]:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert page.all("style") == []
    for source in [a.get("src") or a.get("href") for a in page.all("script", "img", "link")]:
        assert source is not None
        assert source.startswith("/")
        assert not source.startswith("//")
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    labels = {a.get("for") for a in page.all("label")}
    for control in page.all("input", "select", "textarea"):
        if control.get("type") not in ("hidden", "radio"):
            assert control.get("id") in labels, control
    for _, attributes in page.elements:
        for described in [*(attributes.get("aria-describedby") or "").split(), attributes.get("aria-labelledby")]:
            assert described is None or described in ids
    assert all(a.get("alt") is not None for a in page.all("img"))


def test_every_field_of_a_candidate_is_on_the_form_once() -> None:
    """Everything that can be said of a candidate can be typed, and the variable of a composition."""
    places = [field.path.rpartition(".")[2] for field in FORM.fields.values()]
    assert len(FORM.fields) == len(FIELDS) + 1
    assert {"x", "composition", *FIELDS} - set(places) == {
        "electrolyte",
        "separator",
        *(name for name in FIELDS if name.startswith("separator_")),
    } - {"separator_thickness_um"}


def test_pages_are_no_part_of_the_interface_for_programs() -> None:
    assert [path for path in routed_app().openapi()["paths"] if not path.startswith("/v1/")] == []
    assert [path for _, path in ROUTES if not is_page(path)] == []


def test_prediction_says_everything(visitor: Visitor) -> None:
    query = "electrolyte.composition=Li6PS5Cl&electrolyte.milling_time_h=90+min&protocol.temperature_c=25"
    cell = "&cell.electrode.active_material=Li2S&protocol.cycles=50"
    text = visitor.get(f"/predict?{query}{cell}").text
    for said in ("mS/cm", "S/cm", "90 % interval", "papers differ by a factor of 3.5", "Capacity retention", "mAh/g"):
        assert said in text
    assert "Provisional model." in text
    assert "Trained for a test." in text
    assert "champion" in text
    assert re.search(r'href="/data/\w+"', text)
    assert 'href="https://doi.org/10.' in text
    assert '"milling_time_h": 1.5' in text.replace("&#34;", '"')


def test_faults_stand_beside_their_fields_and_nothing_is_lost(visitor: Visitor) -> None:
    typed = {
        "electrolyte.composition": "LPSCl",
        "electrolyte.milling_time_h": "9,5",
        "electrolyte.milling_speed_rpm": "9999",
        "cell.electrode.active_weight_fraction": "0.9",
        "cell.electrode.electrolyte_weight_fraction": "0.4",
    }
    answer = visitor.http.get("/predict", params=typed)
    assert answer.status_code == 422
    page = Markup(answer.text)
    values = {a.get("name"): a.get("value") for a in page.all("input")}
    assert {name: values[name] for name in typed} == typed
    wrong = {a.get("name") for a in page.all("input") if a.get("aria-invalid") == "true"}
    assert wrong == {
        "electrolyte.composition",
        "electrolyte.milling_speed_rpm",
        "cell.electrode.active_material",
    }
    assert "Li5.5PS4.5Cl1.5" in answer.text  # a proposal
    mended = {"cell.electrode.active_material": "S", "electrolyte.composition": "Li6PS5Cl"}
    page = Markup(visitor.http.get("/predict", params={**typed, **mended, "electrolyte.milling_speed_rpm": ""}).text)
    wrong = {a.get("name") for a in page.all("input") if a.get("aria-invalid") == "true"}
    assert "cell.electrode.active_weight_fraction" in wrong


def test_a_decimal_comma_is_read_and_mentioned(visitor: Visitor) -> None:
    typed = {"electrolyte.composition": "Li6PS5Cl", "electrolyte.milling_time_h": "9,5"}
    answer = visitor.http.get("/predict", params=typed)
    assert answer.status_code == 200
    assert "with a decimal comma, as 9.5" in answer.text


def test_decimal_commas_of_a_campaign_and_of_an_ask_are_read_and_mentioned(visitor: Visitor) -> None:
    made = visitor.post(
        "/campaigns/new", "/campaigns/new", name="Commas", id="commas", space="own", toml=SMALL_SPACE,
        objective="maximise ionic_conductivity\nionic_conductivity >= 0,5 mS/cm", lease_h="1,5", key="make-commas",
    )  # fmt: skip
    assert made.headers["location"] == "/campaigns/commas?done=created-with-commas", made.text
    assert "commas in numbers were read as decimal points" in visitor.get(made.headers["location"]).text
    asked = visitor.post(
        "/campaigns/commas/ask", "/campaigns/commas", batch="1", planner="random", lease_h="2,5", key="a-commas"
    )
    assert asked.headers["location"] == "/campaigns/commas?done=asked-with-commas#open", asked.text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cell.electrode.electrode_heat_treatment_temperature_c", "5000"),
        ("cell.electrode.mixing_time_min", "200000"),
        ("cell.electrode.mixing_ball_to_powder_ratio", "0.001"),
        ("cell.separator.milling_time_h", "5000"),
        ("cell.electrode.theoretical_capacity_mah_per_g", "99999"),
    ],
)
def test_a_number_out_of_bounds_is_wrong_beside_its_own_field(visitor: Visitor, path: str, text: str) -> None:
    typed = {
        "cell.electrode.active_material": "MXene", "cell.electrode.active_material_chemistry": "other",
        "cell.separator.composition": "Li6PS5Cl", path: text,
    }  # fmt: skip
    answer = visitor.http.get("/predict", params=typed)
    wrong = [a.get("name") for a in Markup(answer.text).all("input") if a.get("aria-invalid") == "true"]
    assert (answer.status_code, wrong) == (422, [path])
    assert f"It is {text}; it must" in answer.text


@given(st.one_of(st.text(max_size=60).map(lambda t: HOSTILE + t), st.text(max_size=120)))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_text_stays_text(visitor: Visitor, text: str) -> None:
    """Whatever is typed, the page has the elements it has without it, and no attribute but its own."""
    fields = {"electrolyte.composition": text, "electrolyte.mill": text, "electrolyte.route": text, "level": text}
    answer = visitor.http.get("/predict", params=fields)
    assert answer.status_code in (200, 422)
    page = Markup(answer.text)
    assert page.all("script") == [{"src": page.all("script")[0]["src"], "defer": None}]
    assert all((a.get("src") or "").startswith("/static/") for a in page.all("img"))
    assert not [name for _, a in page.elements for name in a if name.startswith("on")]
    assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", answer.text)


def test_hostile_names_of_campaigns_and_searches_stay_text(visitor: Visitor) -> None:
    made = visitor.post(
        "/campaigns/new", "/campaigns/new", name=HOSTILE, id="hostile", space="argyrodite",
        objective="maximise ionic_conductivity",
    )  # fmt: skip
    assert made.status_code == 303
    failed = {"name": HOSTILE, "space": HOSTILE, "objective": HOSTILE, "toml": HOSTILE}
    answers = [
        visitor.get("/campaigns"), visitor.get("/campaigns/hostile"),
        visitor.http.get("/data", params={"text": HOSTILE}),
        visitor.post("/campaigns/new", "/campaigns/new", **failed), visitor.get("/campaigns/" + "%3Cscript%3E"),
        visitor.http.get("/data", params={"paper": HOSTILE}), visitor.http.get("/predict", params={HOSTILE: HOSTILE}),
    ]  # fmt: skip
    for answer in answers:
        assert len(Markup(answer.text).all("script")) == 1
        assert "<img src=x" not in answer.text


def test_campaign_form_says_what_is_wrong_where(visitor: Visitor) -> None:
    for fields, field, words_ in (
        ({"space": "argyrodite", "objective": "raise the conductivity"}, "objective", "is not an objective"),
        ({"space": "own", "toml": "name = ", "objective": "maximise ionic_conductivity"}, "toml", "not TOML"),
        ({"space": "own", "toml": 'name = "a"', "objective": "maximise ionic_conductivity"}, "toml", "subject"),
        (
            {"space": "argyrodite", "id": "a b", "objective": "maximise ionic_conductivity"},
            "id",
            "a character that is not possible",
        ),
    ):
        answer = visitor.post("/campaigns/new", "/campaigns/new", name="Wrong", **fields)
        assert answer.status_code == 422
        page = Markup(answer.text)
        assert [a.get("name") for a in page.all("input", "textarea") if a.get("aria-invalid")] == [field]
        assert words_ in answer.text


def test_ask_and_tell_with_forms_alone(lab: Visitor) -> None:
    here = "/campaigns/http/suggestions/s1"
    assert lab.post(f"{here}/state", here, state="running").status_code == 303
    nameless = lab.post(f"{here}/state", here, state="failed")
    assert (nameless.status_code, "failed without a reason" in nameless.text) == (422, True)
    empty = lab.post(f"{here}/results", here, status="ok")
    assert (empty.status_code, "Nothing was filled in" in empty.text) == (422, True)
    huge = lab.post(f"{here}/results", here, **{"ionic_conductivity.value": "4", "ionic_conductivity.unit": "S/cm"})
    assert (huge.status_code, "outside the possible range" in huge.text) == (422, True)
    (wrong,) = [a for a in Markup(huge.text).all("input") if a.get("aria-invalid")]
    assert (wrong["name"], wrong["value"]) == ("ionic_conductivity.value", "4")
    values = {"ionic_conductivity.value": "0.4", "ionic_conductivity.unit": "mS/cm", "activation_energy.value": "0.3"}
    told = lab.post(f"{here}/results", here, key="told-once", complete="yes", **values)
    assert (told.status_code, told.headers["location"]) == (303, "/campaigns/http?done=told#told")
    again = lab.post(f"{here}/results", here, key="told-once", complete="yes", **values)
    assert again.status_code == 303
    stored = lab.get("/v1/campaigns/http/measurements").json()["items"]
    assert {(m["property"], m["value"]) for m in stored} == {("ionic_conductivity", 4e-4), ("activation_energy", 0.3)}
    assert lab.get("/v1/campaigns/http").json()["suggestions"]["measured"] == 1
    ident = next(m["id"] for m in stored if m["property"] == "ionic_conductivity")
    right = {
        "ionic_conductivity.value": "0.44",
        "ionic_conductivity.unit": "mS/cm",
        "ionic_conductivity.replaces": ident,
    }
    assert lab.post(f"{here}/results", here, **right).status_code == 303
    page = lab.get("/campaigns/http").text
    assert "0.44 mS/cm" in page
    assert "corrected by" in page
    figure = re.search(r'src="(/campaigns/http/progress/[^"]+)"', page)
    assert figure is not None
    png = lab.get(figure[1].replace("&amp;", "&"))
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")


def test_asking_twice_with_one_form_asks_once(lab: Visitor) -> None:
    before = sum(lab.get("/v1/campaigns/http").json()["suggestions"].values())
    for _ in range(2):
        asked = lab.post("/campaigns/http/ask", "/campaigns/http", batch="1", planner="random", key="the same form")
        assert asked.status_code == 303
    assert sum(lab.get("/v1/campaigns/http").json()["suggestions"].values()) == before + 1
    wrong = lab.post("/campaigns/http/ask", "/campaigns/http", batch="many", planner="oracle")
    assert wrong.status_code == 422
    assert "'many' is not a number" in unescape(wrong.text)


def test_sheet_is_looked_at_before_it_is_taken(lab: Visitor) -> None:
    header = "row_id,property,ionic_conductivity_s_per_cm\n"
    csv = lab.get("/campaigns/http/sheet/http.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert lab.get("/campaigns/http/sheet/http.xlsx").content[:2] == b"PK"
    for content, words_ in ((b"", "No file was chosen"), (b"\x00\x01", "")):
        files = {"file": ("a.xlsx", content, "application/octet-stream")}
        refused = lab.post("/campaigns/http/sheet", "/campaigns/http/sheet", files=files, step="check")
        assert refused.status_code == 422
        assert words_ in refused.text
    for damaged in ("é", "a", "====", "YQ=\ud7ff"):
        given = {"name": "a", "ending": ".csv", "content": damaged}
        refused = lab.post("/campaigns/http/sheet", "/campaigns/http/sheet", step="check", **given)
        assert refused.status_code == 422, refused.text
        assert "No file was chosen" in refused.text
    strange = {"name": "../../etc/passwd", "ending": ".csv", "content": base64.b64encode(header.encode()).decode()}
    assert lab.post("/campaigns/http/sheet", "/campaigns/http/sheet", step="check", **strange).status_code in (200, 422)


def form_value(text: str, name: str) -> str:
    """What a hidden field of a page holds."""
    return next(str(a["value"]) for a in Markup(text).all("input") if a.get("name") == name)


def test_files_are_looked_at_before_they_are_taken(lab: Visitor) -> None:
    make_campaign(lab, "filed")
    here = "/campaigns/filed/files"
    files = [
        ("file", (f"{ident} '><img src=x onerror=alert(1)>.csv", spectrum_csv().encode())) for ident in ("s1", "s2")
    ]
    looked = lab.post(here, here, files=files, step="check", suggestion="", note=HOSTILE, **PELLET)
    assert looked.status_code == 200, looked.text
    page = Markup(looked.text)
    assert len(page.all("script")) == 1
    assert [a["src"][:22] for a in page.all("figure img", "img") if str(a["src"]).startswith("data:")] == [
        "data:image/png;base64,"
    ] * 2
    assert "unsafe" not in looked.headers["content-security-policy"]
    assert lab.get("/v1/campaigns/filed/measurements").json()["items"] == []
    rows, note = form_value(looked.text, "rows"), form_value(looked.text, "note")
    for _ in range(2):  # sent twice, told once
        taken = lab.post(here, here, step="take", rows=rows, note=note)
        assert taken.status_code == 303, taken.text
    records = lab.get("/v1/campaigns/filed/measurements").json()["items"]
    assert [record["suggestion"] for record in records] == ["s1", "s2"]
    assert {record["note"] for record in records} == {HOSTILE}
    assert all(record["provenance"]["files"][0]["sha256"] for record in records)
    for path in ("/campaigns/filed", "/campaigns/filed/suggestions/s1"):
        shown = lab.get(path)
        assert "s1 &#39;" in shown.text
        assert len(Markup(shown.text).all("script")) == 1
        assert "x" not in [a.get("src") for a in Markup(shown.text).all("img")]


def test_a_mistyped_thickness_is_put_right_when_it_is_said(lab: Visitor) -> None:
    make_campaign(lab, "mistyped")
    here = "/campaigns/mistyped/files"
    files = [("file", ("s1.csv", spectrum_csv().encode()))]
    wrong = {**PELLET, "thickness": "9.5 mm"}
    for typed, status in ((wrong, 200), (PELLET, 409), ({**PELLET, "correct": "yes"}, 200)):
        looked = lab.post(here, here, files=files, step="check", **typed)
        assert looked.status_code == status, looked.text
        if status == 409:
            assert "was told before with another content" in looked.text
            continue
        sent = {name: form_value(looked.text, name) for name in ("rows", "correct")}
        assert lab.post(here, here, step="take", **sent).status_code == 303
    first, second = lab.get("/v1/campaigns/mistyped/measurements").json()["items"]
    assert (first["superseded_by"], second["replaces"]) == (second["id"], first["id"])
    assert second["value"] == pytest.approx(SIGMA_S_PER_CM, rel=0.02)


@pytest.mark.parametrize(
    ("files", "typed", "says"),
    [
        ([], {}, "There is no file"),
        ([("file", ("", b""))], {}, "There is no file"),
        ([("file", ("cell.csv", spectrum_csv().encode()))], PELLET, "matches no suggestion"),
        ([("file", ("s1.csv", spectrum_csv().encode()))], {}, "needs the thickness"),
        ([("file", ("s1.csv", b""))], {}, "is empty"),
        ([("file", ("s1.csv", cycling_csv().encode()))], {"mass": "2 mg"}, "belongs to a cell"),
        ([("file", ("x.csv", spectrum_csv().encode()))], {**PELLET, "suggestion": "s77"}, "matches no suggestion"),
        ([], {"step": "take", "rows": "[{}]"}, "did not come back whole"),
        ([], {"step": "take", "rows": "[]"}, "0 results"),
    ],
)
def test_files_that_cannot_be_told_are_refused_on_the_page(
    lab: Visitor, files: list[Any], typed: dict[str, str], says: str
) -> None:
    before = lab.get("/v1/campaigns/http").json()
    here = "/campaigns/http/files"
    refused = lab.post(here, here, files=[*files, ("note", (None, b"x"))], **{"step": "check", **typed})
    assert refused.status_code == 422
    assert says in unescape(refused.text)
    assert lab.get("/v1/campaigns/http").json() == before


OPEN = ("/sign-in", "/sign-out", "/static/{name}")


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
def test_a_stranger_gets_the_sign_in_and_nothing_else(stranger: Visitor, method: str, path: str) -> None:
    answer = stranger.http.request(method, re.sub(r"[{}]", "", path))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


def test_key_opens_the_pages_and_goes_into_a_cookie_that_scripts_cannot_read(
    stranger: Visitor, keys: tuple[Path, dict[Role, str]]
) -> None:
    refused = stranger.sign_in("ssk_nope")
    assert (refused.status_code, "not valid any more" in refused.text) == (401, True)
    asked = stranger.get("/data?text=LGPS")
    assert asked.headers["location"] == "/sign-in?next=%2Fdata%3Ftext%3DLGPS"
    done = stranger.sign_in(keys[1][Role.READ])
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    page = stranger.get("/data")
    assert page.status_code == 200
    assert keys[1][Role.READ] not in page.text
    out = stranger.post("/sign-out", "/")
    assert out.status_code == 303
    assert stranger.get("/data").status_code == 303
    over_tls = stranger.http.post(
        "/sign-in", data={"token": stranger.token("/sign-in"), "key": keys[1][Role.READ]},
        headers={"X-Forwarded-Proto": "https"},
    )  # fmt: skip
    assert "secure" in over_tls.headers["set-cookie"].lower()


def test_cookie_opens_pages_and_no_address_of_programs(stranger: Visitor, keys: tuple[Path, dict[Role, str]]) -> None:
    stranger.sign_in(keys[1][Role.ADMIN])
    assert stranger.get("/campaigns").status_code == 200
    assert stranger.get("/v1/models").status_code == 401
    assert stranger.http.post("/v1/campaigns", json={}).status_code == 401
    read = stranger.http.post("/v1/compositions:parse", json={"composition": "Li6PS5Cl"})
    assert read.status_code == 200


#: Forms that ask for much and change nothing.
ASKING = ("/many", "/suggest", "/design")
POSTS = [path for method, path in ROUTES if method == "POST" and path not in ("/sign-in", "/sign-out", *ASKING)]


@pytest.mark.parametrize("path", POSTS)
def test_reading_key_changes_nothing(stranger: Visitor, keys: tuple[Path, dict[Role, str]], path: str) -> None:
    stranger.sign_in(keys[1][Role.READ])
    answer = stranger.post(re.sub(r"[{}]", "", path), "/data")
    assert (answer.status_code, "the role" in answer.text) == (403, True)


@pytest.mark.parametrize("path", ASKING)
def test_reading_key_may_ask_for_much(stranger: Visitor, keys: tuple[Path, dict[Role, str]], path: str) -> None:
    stranger.sign_in(keys[1][Role.READ])
    assert stranger.post(path, path, objective="raise it").status_code == 422


def test_reading_key_sees_a_campaign_and_no_form_to_change_it(
    locked: Site, stranger: Visitor, keys: tuple[Path, dict[Role, str]]
) -> None:
    writer = Visitor(locked)
    writer.sign_in(keys[1][Role.WRITE])
    make_campaign(writer, "seen")
    stranger.sign_in(keys[1][Role.READ])
    for path in ("/campaigns", "/campaigns/seen", "/campaigns/seen/suggestions/s1", "/campaigns/seen/sheet"):
        forms = {visitor: Markup(visitor.get(path).text).all("form") for visitor in (stranger, writer)}
        assert [form["action"] for form in forms[stranger] if form["method"] == "post"] == ["/sign-out"]
        assert len(forms[writer]) > 1 or path == "/campaigns"
    assert stranger.get("/campaigns/new").status_code == 403
    writer.http.close()


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
def test_form_from_elsewhere_is_refused(visitor: Visitor, path: str) -> None:
    address = re.sub(r"[{}]", "", path)
    token = visitor.token("/campaigns/new")
    cases: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"token": "0" * 64}, {}),
        ({"token": token}, {"Sec-Fetch-Site": "cross-site"}),
        ({"token": token}, {"Sec-Fetch-Site": "same-site"}),
    ]
    for fields, headers in cases:
        answer = visitor.http.post(address, data=fields, headers=headers)
        assert answer.status_code == 403
        assert "another site" in answer.text
    del visitor.http.headers["Sec-Fetch-Site"]
    for origin in ("http://evil.example", "null", "http://[", "http://evil.example/@testserver"):
        assert visitor.http.post(address, data={"token": token}, headers={"Origin": origin}).status_code == 403
    visitor.http.cookies.clear()
    assert visitor.http.post(address, data={"token": token}).status_code == 403


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/v1/models", "/é"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(address: str) -> None:
    assert local(address) == "/"
    assert local("/data?text=a") == "/data?text=a"


def test_files_of_the_pages_and_no_others(visitor: Visitor) -> None:
    for name, found in assets().items():
        answer = visitor.get(f"/static/{name}")
        assert (answer.content, "immutable" in answer.headers["cache-control"]) == (found.content, True)
    for name in ("..%2fsession.py", "page.css%00", "nothing"):
        assert visitor.get(f"/static/{name}").status_code == 404


ARGYRODITE = "/predict?electrolyte.composition=Li5.5PS4.5Cl1.5&electrolyte.milling_time_h=90+min"
CELL = (
    "/predict?electrolyte.composition=Li6PS5Cl&cell.electrode.active_material=Li2S&cell.electrode.milling_time_min=60"
)


def test_predicting_explains_nothing_until_it_is_asked(visitor: Visitor) -> None:
    page = Markup(visitor.get(ARGYRODITE + "&protocol.temperature_c=25").text)
    (link,) = [a["href"] for a in page.all("a") if a.get("data-fills")]
    assert page.all("section")[0]["id"] == "answer"
    assert not [a for a in page.all("section") if a.get("class") == "why"]
    assert link is not None
    assert link.endswith("&why=ionic_conductivity#why-ionic_conductivity")
    assert "milling_time_h=90" in link


def test_what_moved_it_is_a_list_of_bars_with_words(visitor: Visitor) -> None:
    """The link alone, without a script, opens the page with the explanation in its place."""
    (link,) = [a["href"] for a in Markup(visitor.get(ARGYRODITE).text).all("a") if a.get("data-fills")]
    text = visitor.get(unescape(str(link)).partition("#")[0]).text
    page = Markup(text)
    assert not [a for a in page.all("a") if a.get("data-fills")]
    (section,) = [a for a in page.all("section") if a.get("class") == "why"]
    assert section["id"] == "why-ionic_conductivity"
    said = text.split('<section class="why"')[1].split("</section>")[0]
    assert re.search(r"Usual for argyrodite: <strong>[\d.]+ mS/cm</strong>", said)
    assert re.search(r'<th scope="row">Composition</th><td class="number">×[\d.]+</td>', said)
    assert 'aria-label="raises it"' in said
    assert re.search(r"\d+ % of what moved it came through the simulator", said)
    assert re.search(r'href="https://doi.org/10\.', said)
    assert re.search(r"<li><strong>\d+ %</strong>", said)
    (prediction,) = re.findall(r'<p class="median"><strong>([^<]+)</strong>', text)
    assert f"Here: <strong>{prediction}</strong>" in said


def test_each_property_of_a_cell_is_explained_for_itself(visitor: Visitor) -> None:
    text = visitor.get(CELL + "&why=first_discharge_capacity").text
    assert text.count('<section class="why"') == 1
    assert text.count("data-fills") == 2  # the conductivity and the retention can still be asked for
    assert "mAh/g</strong> <span" in text.split('<section class="why"')[1]


def test_a_property_that_was_not_predicted_is_not_explained(visitor: Visitor) -> None:
    for name in ("colour", "capacity_retention", "", HOSTILE):
        answer = visitor.http.get("/predict", params={"electrolyte.composition": "Li6PS5Cl", "why": name})
        assert (answer.status_code, '<section class="why"' in answer.text) == (200, False)


def test_an_explanation_that_cannot_be_had_leaves_the_prediction(
    visitor: Visitor, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken(*_: Any) -> None:
        raise ProblemError(429, "All models are at work.", headers={"Retry-After": "5"})

    monkeypatch.setattr(site.state.explaining, "run", taken)
    answer = visitor.get(ARGYRODITE + "&why=ionic_conductivity")
    assert answer.status_code == 200
    assert "All models are at work. Load the page again in a moment." in answer.text
    assert '<p class="median">' in answer.text


@given(st.lists(st.floats(-3.0, 3.0), max_size=8))
def test_bars_of_effects_stay_inside_and_point_the_right_way(sizes: list[float]) -> None:
    effects = [EffectOutput(part="milling", size=size, factor=None, share=0.0) for size in sizes]
    for size, step in zip(sizes, steps("ionic_conductivity", effects), strict=True):
        assert 0.0 <= step.x <= 50.0
        assert step.x + step.width <= 100.0 + 1e-9
        assert step.raises == (size >= 0)
        assert step.words.startswith("×")


def test_worked_examples_are_answered(visitor: Visitor) -> None:
    links = [a["href"] for a in Markup(visitor.get("/").text).all("a") if (a["href"] or "").startswith("/predict?")]
    answers = [visitor.get(str(link)) for link in links]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert ["Capacity retention" in answer.text for answer in answers] == [False, True]


def test_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs(visitor: Visitor) -> None:
    for path, accept, kind in (
        ("/nowhere", "text/html,*/*", "text/html"), ("/nowhere", "*/*", "application/problem+json"),
        ("/v1/nowhere", "text/html", "application/problem+json"),
    ):  # fmt: skip
        answer = visitor.http.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, kind)


def test_errors_are_pages(visitor: Visitor) -> None:
    for path, status in (
        ("/campaigns/none", 404), ("/data/none", 404), ("/models/none", 404), ("/data?start=-1", 422),
        ("/campaigns/none/sheet/a.pdf", 422), ("/campaigns/none/progress/x.png", 404),
        ("/models/none/parity.png", 404), ("/models/ionic_conductivity/parity.png", 404),
    ):  # fmt: skip
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path


def test_numbers_are_written_as_people_write_them() -> None:
    assert words.plain(4.1e-9) == "4.1 × 10⁻⁹"
    assert words.scientific(0.0041) == "4.1 × 10⁻³"
    assert words.quantity(0.0041, "ionic_conductivity") == "4.1 mS/cm"
    assert words.stored(0.0041, "ionic_conductivity") == "4.1 × 10⁻³ S/cm"
    assert words.away("2026-01-02T00:00:00+00:00", now=words.datetime(2026, 1, 1, tzinfo=words.UTC)) == "in 1 day"


@given(
    st.sampled_from(sorted(PROPERTIES)),
    st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3),
    st.lists(st.floats(0.0, 1.0), max_size=5),
)
@settings(max_examples=100)
def test_bars_keep_the_order_of_values_and_stay_inside(name: str, three: list[float], near: list[float]) -> None:
    prop = PROPERTIES[name]
    logarithmic = prop.scale.value == "log10"
    span: Any = (prop.to_scale(prop.lower), prop.to_scale(prop.upper)) if logarithmic else (prop.lower, prop.upper)

    def value(share: float) -> float:
        scaled = float(span[0] + share * (span[1] - span[0]))
        return 10.0**scaled if logarithmic else scaled

    low, median, high = sorted(value(share) for share in three)
    drawn = bar(name, median, low, high, level=0.9, points=[value(share) for share in near])
    assert 0 <= drawn.low <= drawn.median <= drawn.high <= 100
    assert drawn.floor_low <= drawn.median <= drawn.floor_high
    places = [tick.at for tick in drawn.ticks]
    assert places == sorted(places)
    assert 1 <= len(places) <= 6
    assert len(drawn.points) == len(near)


def test_advice_of_the_last_batch_is_said_to_be_old_once_newer_results_are_there(visitor: Visitor) -> None:
    new = {"id": "advised", "name": "Advised", "space": tomllib.loads(SMALL_SPACE), "objective": GOAL}
    at = "/v1/campaigns/advised"
    assert visitor.http.post("/v1/campaigns", json=new).status_code == 201
    ask = {"batch": 1, "planner": "analytic", "pool": 128}
    assert visitor.http.post(f"{at}/suggestions", json=ask).status_code == 201
    said, old = "No recipe is measured for this objective", "before the newest results"
    text = visitor.get("/campaigns/advised").text
    assert said in text
    assert old not in text
    result = {"suggestion": "s1", "property": "ionic_conductivity", "value": 0.4, "unit": "mS/cm"}
    assert visitor.http.post(f"{at}/measurements", json={"results": [result]}).status_code == 201
    text = visitor.get("/campaigns/advised").text
    assert text.index(old) < text.index(said)


def test_the_history_says_every_result_with_its_sign_and_what_corrected_it(visitor: Visitor) -> None:
    new = {"id": "historic", "name": "Historic", "space": tomllib.loads(SMALL_SPACE), "objective": GOAL}
    at = "/v1/campaigns/historic"
    assert visitor.http.post("/v1/campaigns", json=new).status_code == 201
    ask = {"batch": 2, "planner": "analytic", "pool": 128}
    assert visitor.http.post(f"{at}/suggestions", json=ask).status_code == 201
    told = {"suggestion": "s1", "property": "ionic_conductivity", "unit": "mS/cm"}
    results = [
        {**told, "id": "first", "value": 0.4, "censoring": "below"},
        {**told, "id": "second", "value": 0.3, "replaces": "first", "note": "another pellet"},
        {"suggestion": "s2", "status": "failed", "reason": "pellet cracked"},
    ]
    for result in results:
        assert visitor.http.post(f"{at}/measurements", json={"results": [result]}).status_code == 201
    rows = re.findall(r"<tr><td.*?</tr>", visitor.get("/campaigns/historic/history").text)
    lines = [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]
    assert any("asked for 2 recipes" in line for line in lines)
    assert any("s1 Ionic conductivity <0.4 mS/cm first" in line for line in lines)
    assert any("s1 Ionic conductivity 0.3 mS/cm second another pellet; corrects first" in line for line in lines)
    assert any("result corrected s1 Ionic conductivity <0.4 mS/cm first by second" in line for line in lines)
    assert any("it failed s2" in line and "pellet cracked" in line for line in lines)


def test_an_answer_says_what_was_described_for_there_is_no_form_on_paper(visitor: Visitor) -> None:
    given = {
        "electrolyte.composition": "Li6PS5Cl",
        "electrolyte.route": "mechanical_milling",
        "electrolyte.milling_time_h": "90 min",
        "electrolyte.heat_treatment_temperature_c": "550",
    }
    text = visitor.http.get("/predict", params=given).text
    described = re.search(r'class="soft described">(.*?)</p>', text)
    assert described is not None
    assert described[1] == (
        "Synthesis route: mechanical milling · Milling time: 90 min · Heat treatment temperature: 550 °C"
    )


def test_no_two_fields_of_the_form_have_one_name(visitor: Visitor) -> None:
    labels = [(field.label, field.unit) for field in FORM.fields.values()]
    assert len(set(labels)) == len(labels)


def test_what_is_wrong_is_listed_in_the_order_of_the_form(visitor: Visitor) -> None:
    wrong = {
        "cell.electrode.active_weight_fraction": "300",
        "electrolyte.milling_time_h": "abc",
        "electrolyte.composition": "LPSCl",
        "electrolyte.heat_treatment_temperature_c": "5000",
    }
    text = visitor.http.get("/predict", params=wrong).text
    listed = re.findall(r'<li><a href="#([^"]+)"', text)
    ids = [field.ident for field in FORM.fields.values()]
    assert listed == sorted(listed, key=ids.index)
    assert len(listed) == 5  # and the active material, which is missing


def test_a_form_that_came_back_changed_asks_once_more_under_a_new_key(visitor: Visitor) -> None:
    """The button Back shows the form with its old key: what is sent then is not done unasked, nor refused for ever."""
    make_campaign(visitor, "back")
    at, page = "/campaigns/back/ask", "/campaigns/back"
    again = visitor.post(at, page, batch="1", planner="random", key="a-back")
    assert again.status_code == 422
    assert "This form was sent before" in again.text
    assert "idempotency" not in again.text
    key = re.search(r'name="key" value="([^"]+)"', again.text)
    assert key is not None
    assert key[1] != "a-back"
    assert visitor.post(at, page, batch="1", planner="random", key=key[1]).status_code == 303
    assert len(visitor.http.get("/v1/campaigns/back/suggestions").json()["items"]) == 3


def test_a_second_click_is_no_fault(visitor: Visitor) -> None:
    make_campaign(visitor, "clicked")
    for state, more in (("accepted", {}), ("failed", {"reason": "pellet cracked"}), ("failed", {"reason": "another"})):
        at = "/campaigns/clicked/suggestions/s1"
        codes = [visitor.post(f"{at}/state", at.replace("s1", "s2"), state=state, **more).status_code for _ in range(2)]
        assert codes == ([422, 422] if more.get("reason") == "another" else [303, 303])


def test_a_warning_of_the_composition_is_said_once(visitor: Visitor) -> None:
    text = visitor.http.get("/predict", params={"electrolyte.composition": "Li7PS5Cl"}).text
    assert text.split('id="describe"')[0].count("an unusual state") == 1


def test_a_reason_alone_moves_nothing(visitor: Visitor) -> None:
    """Enter in the reason presses the first button of its form: it must not accept what failed."""
    make_campaign(visitor, "entered")
    at = "/campaigns/entered/suggestions/s1"
    shown = visitor.get(at).text
    form = re.search(rf'<form[^>]*action="{at}/state".*?</form>', shown, re.DOTALL)
    assert form is not None
    first = re.search(r"<button[^>]*>", form[0])
    assert first is not None
    assert "name=" not in first[0]
    answer = visitor.post(f"{at}/state", at, reason="pellet cracked", stay="yes")
    assert answer.status_code == 422
    assert "Nothing says how it goes." in answer.text
    assert 'value="pellet cracked"' in answer.text
    assert visitor.http.get(f"/v1{at}").json()["state"] == "proposed"
    card = visitor.get("/campaigns/entered").text
    for each in re.findall(r"<form.*?</form>", card, re.DOTALL):
        if 'name="reason"' in each:
            assert re.findall(r'<button[^>]*value="(\w+)"', each) == ["failed"]


def test_what_is_missing_is_said_without_the_name_for_programs(visitor: Visitor) -> None:
    text = visitor.http.get("/predict", params={"electrolyte.milling_time_h": "5", "do": "predict"}).text
    assert "It is needed." in text
    assert "The field &#39;composition&#39;" not in text


def test_no_template_makes_a_plural_of_its_own() -> None:
    folder = Path(pages.__file__).parent / "templates"
    assert [path.name for path in folder.glob("*.html") if re.search(r"""else ["']s["']""", path.read_text())] == []
