"""What each endpoint promises, asked of the service as it runs in production."""

from __future__ import annotations

import re
import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from serving.http import examples
from serving.http.errors import PROBLEM_JSON
from surrogate.properties import MODELLED, PROPERTIES
from surrogate.wire.predictions import PredictResponse
from tests.serving.conftest import TRAINED

EXAMPLES = [("/v1/compositions:parse", example["value"]) for example in examples.COMPOSITION.values()] + [
    ("/v1/predict", example["value"]) for example in examples.PREDICT.values()
]
EXAMPLES += [("/v1/explain", example["value"]) for example in examples.EXPLAIN.values()]
EXAMPLES += [("/v1/compare", example["value"]) for example in examples.COMPARE.values()]
EXAMPLES += [("/v1/suggest", example["value"]) for example in examples.SUGGEST.values()]
EXAMPLES += [("/v1/design", example["value"]) for example in examples.DESIGN.values()]


def numbers_of(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers_of(item)]
    if isinstance(value, list):
        return [n for item in value for n in numbers_of(item)]
    return [value] if isinstance(value, float) else []


def item(text: str, **fields: Any) -> dict[str, Any]:
    return {"electrolyte": {"composition": text, **fields}, "protocol": {"temperature_c": 25}}


@pytest.mark.parametrize(("path", "body"), EXAMPLES)
def test_every_documented_example_works(http: httpx.Client, path: str, body: dict[str, Any]) -> None:
    answer = http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert all(abs(number) < 1e300 for number in numbers_of(answer.json()))


@pytest.mark.parametrize("body", [example["value"] for example in examples.PREDICT.values()])
def test_a_prediction_is_written_as_its_schema_says(http: httpx.Client, body: dict[str, Any]) -> None:
    wrong = {"electrolyte": {"composition": "Li6PS5Clx"}}
    for each in (body, {**body, "items": [*body["items"], wrong]}):
        PredictResponse.model_validate_json(http.post("/v1/predict", json=each).text)


def test_schema_tells_units_ranges_and_categories(http: httpx.Client) -> None:
    schema = http.get("/v1/schema").json()
    assert set(schema["properties"]) == set(MODELLED)
    assert {name for name, p in schema["properties"].items() if p["available"]} == set(TRAINED)
    field = schema["inputs"]["electrolyte"]["heat_treatment_temperature_c"]
    assert (field["unit"], field["ucum"], field["maximum"]) == ("°C", "Cel", 1200.0)
    assert "mechanical_milling" in schema["inputs"]["electrolyte"]["route"]["categories"]
    assert schema["inputs"]["electrolyte"]["composition"]["required"]
    assert "argyrodite" in schema["families"]


def test_schema_gives_a_unit_to_every_quantity(http: httpx.Client) -> None:
    """Pure numbers are the exceptions, and they are few."""
    pure = {"x", "ball_to_powder_ratio", "mixing_ball_to_powder_ratio", "c_rate", "cycles", "reference_cycle",
            "negative_to_positive_ratio"}  # fmt: skip
    for part, fields in http.get("/v1/schema").json()["inputs"].items():
        for name, field in fields.items():
            if field["type"] in ("number", "integer") and name not in pure and not name.endswith("_fraction"):
                assert field["unit"], f"{part}.{name}"
                assert field["ucum"], f"{part}.{name}"


def test_composition_is_read_and_echoed(http: httpx.Client) -> None:
    read = http.post("/v1/compositions:parse", json={"composition": "75Li2S·25P2S5"}).json()
    assert read["reading"] == "75Li2S·25P2S5 → Li3PS4"
    assert (read["family"], read["net_charge"], read["is_charge_neutral"]) == ("Li3PS4-type", 0.0, True)


def test_unreadable_composition_gets_proposals(http: httpx.Client) -> None:
    answer = http.post("/v1/compositions:parse", json={"composition": "LPSCl"})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/composition")
    assert "Li6PS5Cl" in fault["proposals"]


def test_prediction_carries_everything_that_makes_it_trustworthy(http: httpx.Client) -> None:
    body = {"items": [{"id": "a", **item("Li6PS5Cl")}], "properties": ["ionic_conductivity"], "level": 0.8}
    (answer,) = http.post("/v1/predict", json=body).json()["items"]
    made = answer["properties"]["ionic_conductivity"]
    assert (answer["id"], answer["status"]) == ("a", "ok")
    assert (made["unit"], made["conditions"]) == ("S/cm", {"temperature_c": 25.0})
    assert made["interval"]["level"] == 0.8
    assert made["interval"]["low"] <= made["median"] <= made["interval"]["high"]
    assert set(made["log10"]) == {"mean", "std"}
    assert made["domain"]["status"] in ("in", "edge", "out")
    assert len(made["neighbours"]) == 3
    assert made["model"]["status"] == "provisional"
    assert made["model"]["reason"]
    assert re.fullmatch("[0-9a-f]{64}", made["model"]["data_sha256"])


def test_energy_density_follows_where_the_recipe_says_enough(http: httpx.Client) -> None:
    electrode = {"active_material": "S", "active_weight_fraction": 0.4, "electrolyte_weight_fraction": 0.5}
    loaded = {"cell": {"electrode": {**electrode, "active_loading_mg_per_cm2": 5.0}}}
    body = {"items": [loaded, {"cell": {"electrode": electrode}}, item("Li6PS5Cl")]}
    stated, bare, electrolyte = (answer["derived"] for answer in http.post("/v1/predict", json=body).json()["items"])
    made = stated["energy_density_wh_per_kg"]
    assert (made["unit"], made["ucum"], made["follows_from"]) == ("Wh/kg", "W.h/kg", "first_discharge_capacity")
    assert made["interval"]["low"] <= made["median"] <= made["interval"]["high"]
    assert any("lithium anode" in each for each in made["assumptions"])
    assert bare == electrolyte == {}


def test_wider_level_gives_wider_interval(http: httpx.Client) -> None:
    def interval(level: float) -> dict[str, float]:
        body = {"items": [item("Li6PS5Cl")], "properties": ["ionic_conductivity"], "level": level}
        made = http.post("/v1/predict", json=body).json()["items"][0]["properties"]["ionic_conductivity"]
        return dict(made["interval"])

    narrow, wide = interval(0.6), interval(0.95)
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_cited_neighbours_lead_to_their_source(http: httpx.Client) -> None:
    body = {"items": [item("Li6PS5Cl")], "neighbours": 5}
    made = http.post("/v1/predict", json=body).json()["items"][0]["properties"]["ionic_conductivity"]
    for near in made["neighbours"]:
        row = http.get(f"/v1/measurements/{near['row_id']}").json()
        assert near["value"] in [v["value"] for v in row["values"] if v["property"] == "ionic_conductivity"]
        assert row["source"]["paper"]
        assert row["source"]["doi"] == near["doi"]


def test_a_row_that_is_not_there_is_answered_with_its_nearest(http: httpx.Client) -> None:
    far, near = (http.get(f"/v1/measurements/{row_id}") for row_id in ("NOPE1", "se0259"))
    assert (far.status_code, near.status_code) == (404, 404)
    assert len(far.text) < 1000
    assert near.json()["errors"][0]["hint"] == "Did you mean SE0259?"


def test_what_the_tables_hold_of_a_material_comes_with_its_prediction(http: httpx.Client) -> None:
    items = [item("Li9.54Si1.74P1.44S11.7Cl0.3"), item("Li6.123PS5.123Cl0.877")]
    body = {"items": items, "properties": ["ionic_conductivity"], "citations": True}
    record, unheard_of = (
        answer["properties"]["ionic_conductivity"] for answer in http.post("/v1/predict", json=body).json()["items"]
    )
    measured = record["measured"]
    assert measured["sentence"] == "measured: 1 independent value of 1 paper, 25 mS/cm"
    assert (measured["values"], measured["papers"], measured["low"], measured["high"]) == (1, 1, 0.025, 0.025)
    assert "measured" not in unheard_of
    for row in (*measured["rows"], *record["neighbours"]):
        source = http.get(f"/v1/measurements/{row['row_id']}").json()["source"]
        assert (row["citation"], row["bibtex"]) == (source["citation"], source["bibtex"])


def test_thousand_items_keep_their_order(http: httpx.Client) -> None:
    """Each is predicted as if it had been alone."""
    items = [{"id": str(i), **item("Li6PS5Cl", heat_treatment_temperature_c=100 + i // 2)} for i in range(1000)]
    answers = http.post("/v1/predict", json={"items": items, "neighbours": 0}).json()["items"]
    assert [a["id"] for a in answers] == [str(i) for i in range(1000)]
    assert [a["index"] for a in answers] == list(range(1000))
    alone = http.post("/v1/predict", json={"items": [items[777]], "neighbours": 0}).json()["items"][0]
    assert alone["properties"] == answers[777]["properties"]
    assert alone["properties"]["ionic_conductivity"]["neighbours"] == []


def test_bad_items_do_not_spoil_good_ones(http: httpx.Client) -> None:
    items = [
        item("LPSCl"),
        item("Li6PS5Cl"),
        {"electrolyte": {"composition": "Li6PS5Cl", "milling_time": 3}},
        {"cell": {"electrode": {"active_material": "unobtainium"}}},
        {"id": "low", **item("Li6PS5Cl", milling_time_h=-3)},
        {"cell": {"electrode": {"active_material": "TiS2"}}, "protocol": {"c_rate": 0.1, "current_ma_per_g": 1000.0}},
    ]
    answer = http.post("/v1/predict", json={"items": items})
    got = answer.json()["items"]
    assert answer.status_code == 200
    assert [a["status"] for a in got] == ["error", "ok", "error", "error", "error", "error"]
    assert [a["errors"][0]["pointer"] if a["errors"] else None for a in got] == [
        "/items/0/electrolyte/composition",
        None,
        "/items/2/electrolyte/milling_time",
        "/items/3/cell/electrode/active_material",
        "/items/4/electrolyte/milling_time_h",
        "/items/5/protocol/c_rate",
    ]
    assert "milling_time_h" in got[2]["errors"][0]["hint"]
    assert got[4]["id"] == "low"


def test_property_belongs_to_its_subject(http: httpx.Client) -> None:
    cell = {"cell": examples.SULFUR_CELL, "protocol": examples.PROTOCOL}
    first, second = http.post("/v1/predict", json={"items": [cell, item("Li6PS5Cl")]}).json()["items"]
    assert set(first["properties"]) == {"first_discharge_capacity", "capacity_retention"}
    assert set(second["properties"]) == {"ionic_conductivity"}
    answer = http.post("/v1/predict", json={"items": [cell], "properties": ["ionic_conductivity"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_such_property")


def test_model_not_in_service_is_503_and_unknown_property_422(http: httpx.Client) -> None:
    missing = http.post("/v1/predict", json={"items": [item("S")], "properties": ["first_charge_capacity"]})
    unknown = http.post("/v1/predict", json={"items": [item("S")], "properties": ["ionic_conductivty"]})
    assert (missing.status_code, missing.headers["content-type"]) == (503, PROBLEM_JSON)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/properties/0")
    assert "ionic_conductivity" in unknown.json()["errors"][0]["hint"]


def test_models_tell_version_status_and_card(http: httpx.Client) -> None:
    models = http.get("/v1/models").json()
    assert models["ready"]
    assert {m["property"] for m in models["models"]} == set(TRAINED)
    one = http.get("/v1/models/ionic_conductivity").json()
    assert one["card"]["n_measurements"] > 100
    assert one["card"]["kind"] == TRAINED["ionic_conductivity"]
    assert http.get("/v1/models/first_charge_capacity").status_code == 503
    assert http.get("/v1/models/colour").status_code == 404


def test_suggestions_can_be_weighed_in_and_sent_back(http: httpx.Client) -> None:
    asked = {**examples.SUGGEST["conductor"]["value"]}
    first = http.post("/v1/suggest", json=asked).json()
    for made in first["suggestions"]:
        assert abs(sum(made["weigh_in_g"].values()) - 1.0) < 0.001  # the batch of the ready-made space is 1 g
        assert made["reason"]
        assert made["predictions"]["ionic_conductivity"]["interval"]
        assert 0.0 <= made["exploit_share"] <= 1.0
    asked["pending"] = [made["candidate"] for made in first["suggestions"]]
    second = http.post("/v1/suggest", json=asked).json()
    settings = [made["settings"] for made in first["suggestions"]]
    assert all(made["settings"] not in settings for made in second["suggestions"])


def test_same_suggestion_request_has_the_same_answer(http: httpx.Client) -> None:
    asked = examples.SUGGEST["own_space"]["value"]
    assert http.post("/v1/suggest", json=asked).json() == http.post("/v1/suggest", json=asked).json()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"space": "argyrodit"}, "/space"),
        ({"space": {"name": "empty", "subject": "electrolyte"}}, "/space"),
        ({"space": {"name": "x", "subject": "electrolyte", "variables": {"colour": {"low": 0, "high": 1}}}}, "/space"),
        ({"objective": "make it better"}, "/objective"),
        ({"objective": ["maximise ionic_conductivity", "minimise ionic_conductivity"]}, "/objective"),
        ({"objective": "ionic_conductivity >= 5 mAh/g"}, "/objective"),
        ({"objective": "maximise first_discharge_capacity"}, ""),
        ({"measured": [{**item("Li6PS5Cl"), "values": {"ionic_conductivity": 1e-3}}]},
         "/measured/0/values/ionic_conductivity"),
        ({"measured": [{**item("Li6PS5Cl"), "values": {"ionic_conductivity_s_per_cm": 3.0}}]},
         "/measured/0/values/ionic_conductivity_s_per_cm"),
        ({"pending": [item("LPSCl")]}, "/pending/0/electrolyte/composition"),
        ({"failed": [{"electrolyte": {}}]}, "/failed/0/electrolyte/composition"),
        ({"failed": [{"cell": {"electrode": {"active_material": "TiS2"}}}]}, "/failed"),
        ({"pending": [{"cell": {"electrode": {"active_material": "TiS2"}}}]}, "/pending"),
        ({"min_distance": -1}, "/min_distance"),
        ({"batch": 0}, "/batch"),
        ({"planner": "tea leaves"}, "/planner"),
    ],
)  # fmt: skip
def test_contradictory_suggestion_request_points_at_the_fault(
    http: httpx.Client, changes: dict[str, Any], pointer: str
) -> None:
    answer = http.post("/v1/suggest", json={**examples.SUGGEST["conductor"]["value"], **changes})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_health_answers_while_models_are_at_work(http: httpx.Client) -> None:
    """Two plans at once occupy both workers; neither keeps the event loop from answering."""
    heavy = {**examples.SUGGEST["conductor"]["value"], "pool": 2048}
    with ThreadPoolExecutor(2) as pool:
        plans = [pool.submit(http.post, "/v1/suggest", json={**heavy, "seed": seed}) for seed in (5, 6)]
        waits = []
        while not all(plan.done() for plan in plans):
            answer = http.get("/livez", timeout=5.0)
            assert answer.status_code == 200
            waits.append(answer.elapsed.total_seconds())
    assert [plan.result().status_code for plan in plans] == [200, 200]
    assert statistics.median(waits) < 0.5


def test_measurement_tells_provenance_and_citation(http: httpx.Client) -> None:
    row = http.get("/v1/measurements/SE0001").json()
    assert row["source"]["url"] == "https://doi.org/10.1038/srep05572"
    assert {v["property"] for v in row["values"]} == {"ionic_conductivity", "electronic_conductivity"}
    assert all(v["unit"] == PROPERTIES[v["property"]].unit for v in row["values"])
    assert "Apache License 2.0" in row["source"]["license"]
    assert "Open Database License" in http.get("/v1/measurements/E2-0156").json()["source"]["license"]
    assert http.get("/v1/measurements/SE9999999").status_code == 404


def test_a_value_that_a_review_quotes_leads_to_the_paper_that_reported_it(http: httpx.Client) -> None:
    source = http.get("/v1/measurements/SE0259").json()["source"]
    assert (source["doi"], source["quoted_in_doi"]) == ("10.1038/nmat3066", "10.1016/j.apmt.2022.101692")
    assert source["citation"].startswith("Kamaya")
    assert "; as quoted in " in source["citation"]
    assert "this paper" not in f"{source['reference']} {source['location']} {source['citation']}".lower()
    assert source["bibtex"].count("doi = {") == 2


def test_documentation_needs_nothing_from_outside(http: httpx.Client) -> None:
    page = http.get("/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", page.text)
    for path in http.get("/v1/openapi.json").json()["paths"]:
        assert path in page.text


def test_metrics_count_requests_by_route_and_verdicts(http: httpx.Client) -> None:
    http.post("/v1/predict", json={"items": [item("Li6PS5Cl")]})
    http.get("/no/such/address")
    metrics = http.get("/metrics").text
    assert re.search(r'surrogate_requests_total\{code="200",method="POST",route="/v1/predict"\}', metrics)
    assert re.search(r'surrogate_predictions_total\{domain="\w+",property="ionic_conductivity",version=', metrics)
    assert "surrogate_request_duration_seconds_bucket" in metrics
    assert "/no/such/address" not in metrics


@pytest.mark.parametrize(
    "path", ["/", "/v1/schema", "/v1/docs", "/v1/openapi.json", "/metrics", "/campaigns", "/v1/campaigns", "/nothing"]
)
def test_head_is_answered_like_get_without_the_body(http: httpx.Client, path: str) -> None:
    got, head = http.get(path), http.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    changing = {"x-request-id", "date", "set-cookie", "content-length"}  # pages hold a token, metrics count
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }
    assert "content-length" in head.headers
    assert http.get("/v1/schema").status_code == 200  # the connection can be used on


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("PUT", "/v1/campaigns", "GET, HEAD, POST"),
        ("DELETE", "/v1/campaigns/x/suggestions/s1", "GET, HEAD, PATCH"),
        ("GET", "/v1/predict", "POST"),
        ("HEAD", "/v1/predict", "POST"),
        ("POST", "/v1/openapi.json", "GET, HEAD"),
        ("DELETE", "/sign-in", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_is_not_taken_is_told_all_that_are(
    http: httpx.Client, method: str, path: str, takes: str
) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, takes)


def test_every_answer_has_an_id_and_security_headers(http: httpx.Client) -> None:
    for path in ("/v1/schema", "/nothing", "/v1/docs", "/metrics"):
        answer = http.get(path, headers={"X-Request-ID": "mine-1"})
        assert answer.headers["x-request-id"] == "mine-1"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    forged = http.get("/v1/schema", headers={"X-Request-ID": "a" * 1000})
    assert len(forged.headers["x-request-id"]) == 16


def test_own_rows_shift_a_prediction_and_the_answer_says_from_what(http: httpx.Client) -> None:
    usual = http.post("/v1/predict", json={"items": [item("Li6PS5Cl")]}).json()["items"][0]
    before = usual["properties"]["ionic_conductivity"]
    row = {**item("Li6PS5Cl"), "values": {"ionic_conductivity_s_per_cm": 4 * before["median"]}}
    told = http.post("/v1/predict", json={"items": [item("Li6PS5Cl")], "given": [row]}).json()["items"][0]
    after = told["properties"]["ionic_conductivity"]
    assert after["median"] > before["median"]
    assert after["without_own_rows"] == {
        "own_rows": 1,
        "median": before["median"],
        "interval": before["interval"],
    }
    assert "without_own_rows" not in before


def test_a_wrong_own_row_is_pointed_at(http: httpx.Client) -> None:
    row = {**item("Li6PS5Cl"), "values": {"colour": 1.0}}
    answer = http.post("/v1/predict", json={"items": [item("Li6PS5Cl")], "given": [row]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/given/0")


def test_own_rows_shift_a_comparison(http: httpx.Client) -> None:
    body = {"items": [item("Li6PS5Cl"), item("Li3PS4")], "properties": ["ionic_conductivity"]}
    rows = {"Li3PS4": 0.01, "Li6PS5Cl": 1e-6}
    own_rows = [{**item(text), "values": {"ionic_conductivity_s_per_cm": value}} for text, value in rows.items()]
    usual, shifted = (http.post("/v1/compare", json={**body, **more}).json() for more in ({}, {"given": own_rows}))
    assert shifted["comparisons"][0]["chance"] > usual["comparisons"][0]["chance"]
    wrong = http.post("/v1/compare", json={**body, "given": [{**item("Li6PS5Cl"), "values": {"colour": 1.0}}]})
    assert wrong.status_code == 422
    assert "/given/0/values/colour" in wrong.text


def test_items_of_two_kinds_cannot_be_compared(http: httpx.Client) -> None:
    cell = {"cell": {"electrode": {"active_material": "S"}}}
    answer = http.post("/v1/compare", json={"items": [item("Li6PS5Cl"), cell]})
    assert answer.status_code == 422
    assert "no property in common" in answer.text
