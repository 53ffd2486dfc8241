"""Campaigns as lab sheets over HTTP: out, filled in, back, and nothing twice."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from serving.campaigns.sheets import CSV, XLSX
from serving.http.errors import PROBLEM_JSON
from surrogate.errors import InvalidInput
from surrogate.sheets import read_sheet
from tests.campaigns import SMALL_SPACE
from tests.serving.conftest import Application, Client

NEW = {
    "id": "glass",
    "name": "Glasses",
    "space": tomllib.loads(SMALL_SPACE),
    "objective": "maximise ionic_conductivity",
}
COLUMN = "ionic_conductivity_s_per_cm"
SHEET = "/v1/campaigns/glass/sheet"


@pytest.fixture
def client(application: Application, tmp_path: Path) -> Client:
    """The application with a campaign of two suggestions."""
    made = application(campaigns=str(tmp_path / "campaigns.db"))
    assert made.post("/v1/campaigns", json=NEW).status_code == 201
    asked = {"batch": 2, "planner": "random", "pool": 128}
    assert made.post("/v1/campaigns/glass/suggestions", json=asked).status_code == 201
    return made


def exported(client: Client) -> Any:
    answer = client.get("/v1/campaigns/glass/export?format=xlsx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"] == 'attachment; filename="glass.xlsx"'
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def saved(workbook: Any) -> bytes:
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def send(client: Client, content: bytes, media_type: str = XLSX, query: str = "") -> httpx.Response:
    return client.post(SHEET + query, content=content, headers={"Content-Type": media_type})


def filled(client: Client, values: dict[str, Any]) -> bytes:
    """The export with a result for some of its rows, in the sheet Results."""
    workbook = exported(client)
    sheet = workbook["Results"]
    names = {cell.value: cell.column for cell in sheet[2]}
    for row, (row_id, value) in enumerate(values.items(), sheet.max_row + 1):
        sheet.cell(row, names["row_id"], row_id)
        sheet.cell(row, next(c for n, c in names.items() if str(n).startswith("ionic_conductivity")), value)
    return saved(workbook)


def test_export_sent_back_changes_nothing(client: Client) -> None:
    before = client.get("/v1/campaigns/glass").json()
    answer = send(client, saved(exported(client)))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["told"], said["moved"], said["faults"], said["questions"]) == ([], [], [], [])
    assert client.get("/v1/campaigns/glass").json() == before


def test_filled_sheet_is_told_once(client: Client) -> None:
    content = filled(client, {"s1": 1.2e-3})
    dry = send(client, content, query="?dry_run=true").json()
    assert dry["dry_run"]
    assert client.get("/v1/campaigns/glass").json()["measurements"] == 0
    told = send(client, content, query="?name=Labor Mai").json()
    assert told["told"] == dry["told"] == ["s1:ionic_conductivity"]
    again = send(client, content).json()
    assert (again["told"], again["repeated"]) == ([], told["told"])
    assert client.get("/v1/campaigns/glass/suggestions/s1").json()["state"] == "measured"
    assert again["version"] == client.get("/v1/campaigns/glass").json()["version"]


def test_fault_names_its_cell_and_the_good_row_goes_on(client: Client) -> None:
    said = send(client, filled(client, {"s1": 1.2e-3, "s2": 5.0})).json()
    assert said["told"] == ["s1:ionic_conductivity"]
    (fault,) = said["faults"]
    assert fault["sheet"] == "Results"
    assert fault["cell"].endswith(str(fault["row"]))
    assert fault["message"]
    assert client.get("/v1/campaigns/glass").json()["measurements"] == 1


def test_csv_goes_out_and_comes_back(client: Client) -> None:
    answer = client.get("/v1/campaigns/glass/export?format=csv")
    assert answer.headers["content-type"].startswith(CSV)
    said = send(client, answer.content, f"{CSV}; charset=utf-8")
    assert (said.status_code, said.json()["told"], said.json()["faults"]) == (200, [], [])


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"", XLSX, 400),
        (b"row_id", "application/json", 415),
        (b"row_id", "", 415),
        (b"not a workbook", XLSX, 422),
        (b"PK\x03\x04" + b"\x00" * 60, XLSX, 422),
        (b"\x00\x01\x02", CSV, 422),
        (b"\xff\xfe\x00", CSV, 422),
        (b"colour,taste\nred,sweet\n", CSV, 422),
        (b"row_id\n" + b"x" * 200_000, CSV, 422),
        (b"row_id,electrolyte\n" + b"a,Li6PS5Cl\n" * 3000, CSV, 422),
        (b"," * 3_000_000, CSV, 413),
    ],
)
def test_what_is_no_sheet_is_refused(client: Client, content: bytes, media_type: str, status: int) -> None:
    answer = send(client, content, media_type)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM_JSON), answer.text
    assert status == 413 or answer.json()["errors"][0]["message"]


def test_sheet_of_no_campaign_is_404(client: Client) -> None:
    answer = client.post("/v1/campaigns/none/sheet", content=b"row_id\n", headers={"Content-Type": CSV})
    assert answer.status_code == 404


def _workbook(sheet: str, *, pad: int = 0) -> bytes:
    """A real workbook whose first sheet is replaced."""
    source, target = io.BytesIO(saved(openpyxl.Workbook())), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = sheet if part.filename == "xl/worksheets/sheet1.xml" else old.read(part).decode()
            new.writestr(part.filename, content)
        new.writestr("pad.bin", b"\x00" * pad)
    return target.getvalue()


_SPREADSHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData>{}'
)


@pytest.mark.parametrize(
    "content",
    [
        _workbook(_SPREADSHEET.format('<row r="1048576"><c r="XFD1048576"/></row>', "</worksheet>")),
        _workbook(_SPREADSHEET.format('<row><c r="OJ1"/></row><row><c r="A9999"/></row>', "</worksheet>")),
        _workbook(_SPREADSHEET.format("", '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>')),
        _workbook(_SPREADSHEET.format("<row>" + "<c/>" * 1000 + "</row>", "</worksheet>")),
        _workbook(_SPREADSHEET.format("<row/>" * 30_000, "</worksheet>")),
        _workbook('<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _SPREADSHEET.format("<row><c>&a;</c></row>", "</worksheet>")),
        _workbook(_SPREADSHEET.format("", "</worksheet>"), pad=64 * 1024 * 1024),
        _workbook("<worksheet>"),
    ],
    ids=["far corner", "wide and long", "merged", "implicit columns", "implicit rows", "entity", "bomb", "cut off"],
)  # fmt: skip
def test_workbook_that_would_grow_without_bounds_is_refused_unopened(
    client: Client, tmp_path: Path, content: bytes
) -> None:
    assert len(content) < 200_000
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_sheet(path)
    answer = send(client, content)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == refused.value.message  # one sentence, wherever it is read


def test_the_encoding_of_a_text_file_can_be_declared(client: Client) -> None:
    header = "Row ID,Electrolyte composition,Heat treatment temperature / ℃,Ionic conductivity / mS/cm"
    text = f"{header}\nA1,Li6PS5Cl,550,3.2\n"
    content = text.encode("gb18030")
    refused = send(client, content, CSV, "?dry_run=true")
    assert refused.status_code == 422
    assert "gb18030" in refused.text
    answer = send(client, content, CSV, "?dry_run=true&encoding=gb18030").json()
    assert (len(answer["rows"]), answer["faults"]) == (1, [])
    assert send(client, content, CSV, "?encoding=klingon").status_code == 422
