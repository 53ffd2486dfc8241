"""Files of instruments over HTTP: read, told to a campaign with where they come from, all of them or none."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

from serving.http.errors import PROBLEM_JSON
from surrogate.client import SurrogateClient
from surrogate.report.eln import MEDIA_TYPE, read_eln
from tests.campaigns import SMALL_SPACE
from tests.instruments import BROKEN, PELLET, SIGMA_S_PER_CM, cycling_csv, spectrum_csv
from tests.serving.conftest import Application, Client, InProcess

FILES = "/v1/campaigns/glass/files"


def part(name: str, content: bytes | str, field: str = "file") -> tuple[str, tuple[str, bytes]]:
    return field, (name, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def client(application: Application, tmp_path: Path) -> Client:
    """The application with a campaign of three suggestions."""
    made = application(campaigns=str(tmp_path / "campaigns.db"))
    new = {"id": "glass", "name": "Glasses", "space": tomllib.loads(SMALL_SPACE)}
    assert made.post("/v1/campaigns", json={**new, "objective": "maximise ionic_conductivity"}).status_code == 201
    asked = {"batch": 3, "planner": "random", "pool": 128}
    assert made.post("/v1/campaigns/glass/suggestions", json=asked).status_code == 201
    return made


def told(client: Client) -> list[Any]:
    return list(client.get("/v1/campaigns/glass/measurements").json()["items"])


def test_a_spectrum_is_read_with_its_figure_and_nothing_is_stored(client: Client) -> None:
    answer = client.post("/v1/measure?figure=true", files=[part("pellet 25C.csv", spectrum_csv())], data=PELLET)
    assert answer.status_code == 200, answer.text
    (value,) = answer.json()["values"]
    assert (value["property"], value["unit"], value["temperature_c"]) == ("ionic_conductivity", "S/cm", 25.0)
    assert value["value"] == pytest.approx(SIGMA_S_PER_CM, rel=0.02)
    assert value["provenance"]["files"][0]["sha256"] == hashlib.sha256(spectrum_csv().encode()).hexdigest()
    assert base64.b64decode(answer.json()["figure_png"]).startswith(b"\x89PNG")
    assert told(client) == []


def test_cycling_is_read_and_drawn(client: Client) -> None:
    answer = client.post("/v1/measure?figure=true", files=[part("cell.csv", cycling_csv())], data={"mass": "2.00 mg"})
    assert answer.status_code == 200, answer.text
    values = {value["property"]: value["value"] for value in answer.json()["values"]}
    assert values["first_discharge_capacity"] == pytest.approx(500.0, rel=1e-3)
    assert values["capacity_retention"] == pytest.approx(97.0, rel=1e-3)
    assert answer.json()["figure_png"]


def test_a_resistance_needs_no_file(client: Client) -> None:
    answer = client.post("/v1/measure", files=[("written", (None, "R = 83 Ω, 0.95 mm, ⌀ 10 mm"))])
    assert answer.status_code == 200, answer.text
    assert answer.json()["figure_png"] is None


def test_files_go_to_the_suggestions_they_name(client: Client) -> None:
    files = [part("s1 pellet.csv", spectrum_csv()), part("other.csv", spectrum_csv(2.0), field="s2")]
    data = {"thickness": ["0.95 mm", "s2=1.90 mm"], "diameter": "10.00 mm", "note": "dry"}
    looked = client.post(f"{FILES}?dry_run=true&figure=true", files=files, data=data)
    assert looked.status_code == 200, looked.text
    assert all(row["figure_png"] for row in looked.json()["rows"])
    assert told(client) == []
    answer = client.post(f"{FILES}?keep=true", files=files, data=data)
    assert answer.status_code == 200, answer.text
    assert [row["suggestion"] for row in answer.json()["rows"]] == ["s1", "s2"]
    assert len(answer.json()["kept"]) == 2
    records = told(client)
    assert {record["suggestion"]: record["value"] for record in records} == pytest.approx(
        {"s1": SIGMA_S_PER_CM, "s2": SIGMA_S_PER_CM}, rel=0.02
    )
    assert [record["note"] for record in records] == ["dry", "dry"]
    assert [record["provenance"]["files"][0]["name"] for record in records] == ["s1 pellet.csv", "other.csv"]
    again = client.post(FILES, files=files, data=data)
    assert (again.json()["told"], len(again.json()["repeated"])) == ([], 2)


def test_a_campaign_is_exported_for_a_notebook_with_its_files(client: Client, tmp_path: Path) -> None:
    kept = client.post(f"{FILES}?keep=true", files=[part("s1.csv", spectrum_csv())], data=PELLET)
    assert kept.status_code == 200
    answer = client.get("/v1/campaigns/glass/export?format=eln")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    assert answer.headers["content-disposition"] == 'attachment; filename="glass.eln"'
    (tmp_path / "glass.eln").write_bytes(answer.content)
    data, files = read_eln(tmp_path / "glass.eln")
    assert data == client.get("/v1/campaigns/glass/export").json()
    assert [file.content for file in files] == [spectrum_csv().encode()]
    with SurrogateClient("http://service", transport=InProcess(client)) as ours:
        exported = ours.campaign("glass").export(tmp_path / "again.eln")
    assert exported.read_bytes() == answer.content
    assert client.get("/v1/campaigns/none/export?format=eln").status_code == 404


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_sentence_and_leave_nothing_behind(client: Client, name: str) -> None:
    content, says = BROKEN[name]
    files = [part("s2.csv", spectrum_csv()), part(name, content)]
    for path in ("/v1/measure", FILES):
        answer = client.post(path, files=files, data={**PELLET, "mass": "2 mg"})
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM_JSON), answer.text
        assert says in answer.json()["detail"]
    assert told(client) == []


@pytest.mark.parametrize(
    ("files", "data", "status", "says"),
    [
        ([part("s1.csv", spectrum_csv())], {}, 422, "needs the thickness"),
        ([part("s1.csv", cycling_csv())], PELLET, 422, "mass is not given"),
        ([part("s1.csv", cycling_csv())], {"mass": "2 mg"}, 422, "belongs to a cell"),
        ([part("cell9.csv", spectrum_csv())], PELLET, 422, "matches no suggestion"),
        ([part("a.csv", spectrum_csv(), field="s9")], PELLET, 422, "matches no suggestion"),
        ([part("s1.csv", spectrum_csv(), field="fiel")], PELLET, 422, "no field named"),
        ([part("s1.csv", spectrum_csv())], {**PELLET, "diametre": "1 cm"}, 422, "no field named"),
        ([part("s1.csv", spectrum_csv())], {**PELLET, "mass": "s2=2 mg"}, 422, "no file of s2"),
        ([part(f"s1 {n}.csv", "x") for n in range(40)], PELLET, 400, "Too many files"),
        ([("note", (None, "x"))], {}, 422, "There is no file"),
        ([part("s1.csv", b"f\n" * 1_200_000)], PELLET, 413, ""),
    ],
)
def test_what_cannot_be_kept_leaves_nothing_behind(
    client: Client, files: list[Any], data: dict[str, Any], status: int, says: str
) -> None:
    answer = client.post(FILES, files=files, data=data)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM_JSON), answer.text
    assert says in answer.json()["detail"]
    assert told(client) == []


def test_another_media_type_is_415(client: Client) -> None:
    for path in ("/v1/measure", FILES):
        assert client.post(path, json={}).status_code == 415
        broken = {"Content-Type": "multipart/form-data"}
        assert client.post(path, content=b"--x", headers=broken).status_code == 400


def test_a_program_may_read_the_files_itself_and_say_where_values_come_from(client: Client) -> None:
    result = {"suggestion": "s1", "property": "ionic_conductivity", "value": 1.0, "unit": "mS/cm", "note": "mine"}
    file = {"name": "a.csv", "sha256": "a" * 64}
    provenance = {"files": [file], "instrument": "VMP-300", "assumptions": ["thickness 1 mm"]}
    answer = client.post(
        "/v1/campaigns/glass/measurements", json={"results": [{**result, "provenance": provenance}]}
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    (record,) = told(client)
    assert record["note"] == "mine"
    assert record["provenance"] == {**provenance, "software": None, "read_by": None}
    wrong = {**result, "provenance": {"files": [{**file, "sha256": "A"}]}}
    assert client.post("/v1/campaigns/glass/measurements", json={"results": [wrong]}).status_code == 422


def test_the_client_sends_files_as_they_lie_there(client: Client, tmp_path: Path) -> None:
    for name in ("pellet_s1.csv", "other.csv"):
        (tmp_path / name).write_text(spectrum_csv())
    transport = InProcess(client)
    with SurrogateClient("http://service", transport=transport) as ours:
        measured = ours.measure(tmp_path / "other.csv", **PELLET)
        assert measured.values[0].value == pytest.approx(SIGMA_S_PER_CM, rel=0.02)
        campaign = ours.campaign("glass")
        assert campaign.send_files([tmp_path / "pellet_s1.csv"], **PELLET, dry_run=True).dry_run
        sent = campaign.send_files(
            {"s2": tmp_path / "other.csv"}, thickness={"s2": "0.95 mm"}, diameter="10.00 mm", keep=True
        )  # fmt: skip
        assert [row.suggestion for row in sent.rows] == ["s2"]
        (record,) = campaign.measurements()
        assert record.provenance is not None
        assert record.provenance.files[0].name == "other.csv"
