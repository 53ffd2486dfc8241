"""Archives for electronic laboratory notebooks: what the format asks for, every hash and size right, and back again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from surrogate.campaign import CampaignStore, Result, Status, random_planner
from surrogate.campaign.files import results_of
from surrogate.candidate.settings import build
from surrogate.errors import InvalidInput, Unavailable
from surrogate.instruments.paths import measure_files
from surrogate.instruments.source import check_file, open_file
from surrogate.properties import Subject
from surrogate.report.eln import METADATA, read_eln, write_eln
from surrogate.wire.instruments import write_reading
from tests.campaigns import GOAL, conductivity, small_space
from tests.instruments import PELLET, SIGMA_S_PER_CM, spectrum_csv

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    """A campaign with a suggestion that has kept files, a failed one, an open one, and a recipe of the lab."""
    folder = tmp_path_factory.mktemp("eln")
    with CampaignStore.open(folder / "campaigns.db") as opened:
        campaign = opened.create(f"Glasses {HOSTILE}", small_space(), GOAL, id="glass")
        campaign.ask(random_planner(), batch=3)
        planned = campaign.suggestion("s1").candidate
        paths = [folder / "pellet ÄÖ 25C.csv", folder / "pellet ÄÖ 40C.csv"]
        for path, scale in zip(paths, (1.0, 0.6), strict=True):
            path.write_text(spectrum_csv(scale))
        values = write_reading(measure_files(*paths, **PELLET)).values
        results = results_of(values, "s1", planned, note=HOSTILE)
        campaign.tell(results, keep=[open_file(path) for path in paths])
        campaign.tell(Result(suggestion="s2", status=Status.FAILED, reason="the ampoule broke"))
        own = build({"electrolyte": "Li6PS5Cl"}, Subject.ELECTROLYTE)
        campaign.tell(Result(property="ionic_conductivity", value=2e-3, candidate=own, id="own"))
        yield opened


@pytest.fixture(scope="module")
def archive(store: CampaignStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_eln(store, "glass", tmp_path_factory.mktemp("out") / "Glass one.eln")


def graph_of(archive: Path) -> dict[str, dict[str, Any]]:
    with zipfile.ZipFile(archive) as opened:
        name = next(name for name in opened.namelist() if name.endswith(METADATA))
        return {node["@id"]: node for node in json.loads(opened.read(name))["@graph"]}


def test_there_is_one_folder_with_the_metadata_in_it(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert opened.testzip() is None
    assert {name.split("/")[0] for name in names} == {"Glass_one"}
    assert f"Glass_one/{METADATA}" in names
    assert len(names) == len(set(names))
    assert all(name.isascii() and not any(sign in name for sign in " %\\:") and ".." not in name for name in names)


def test_the_graph_says_what_importers_ask_for(archive: Path) -> None:
    graph = graph_of(archive)
    assert graph[METADATA]["sdPublisher"]["@id"] in graph
    assert graph[METADATA]["version"]
    assert graph[METADATA]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    for node in graph.values():
        assert isinstance(node["@type"], str)
        for part in node.get("hasPart", []):
            assert part["@id"] in graph
        if node["@type"] in ("Dataset", "File"):
            assert node["name"]
    parts = [graph[part["@id"]] for part in graph["./"]["hasPart"]]
    assert [part["@type"] for part in parts] == ["Dataset"] * 5  # the campaign, three suggestions, what was added
    assert all("hasPart" in part for part in parts)
    assert parts[0]["identifier"] == "glass"


def test_a_library_of_the_format_reads_it_and_finds_every_file(archive: Path, tmp_path: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path)
    crate = rocrate.ROCrate(tmp_path / "Glass_one")
    assert crate.root_dataset["name"].startswith("Glasses")
    files = [entity for entity in crate.data_entities if entity.type == "File"]
    on_disk = [path for path in (tmp_path / "Glass_one").rglob("*") if path.is_file() and path.name != METADATA]
    assert len(files) == len(on_disk) == 8  # campaign and sheet, four experiments, two spectra
    for entity in files:
        content = (tmp_path / "Glass_one" / entity.id.removeprefix("./")).read_bytes()
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
    crate.write(tmp_path / "again")
    assert (tmp_path / "again" / "campaign" / "campaign.json").read_bytes() == next(
        path for path in on_disk if path.name == "campaign.json"
    ).read_bytes()


def test_values_come_with_units_and_where_they_come_from(archive: Path) -> None:
    graph = graph_of(archive)
    values = [graph[value["@id"]] for value in graph["./s1/"]["variableMeasured"]]
    assert {value["unitText"] for value in values} == {"S/cm"}
    assert values[0]["value"] == pytest.approx(SIGMA_S_PER_CM, rel=0.02)
    assert "pellet ÄÖ 25C.csv" in values[0]["measurementTechnique"]
    assert [graph[part["@id"]]["name"] for part in graph["./s1/"]["hasPart"]][1:] == [
        "pellet ÄÖ 25C.csv",
        "pellet ÄÖ 40C.csv",
    ]
    assert graph["./s2/"]["creativeWorkStatus"] == "failed"
    assert "the ampoule broke" in graph["./s2/"]["text"]
    assert all(HOSTILE not in node.get("text", "") for node in graph.values())


def test_the_same_campaign_gives_the_same_bytes(store: CampaignStore, archive: Path, tmp_path: Path) -> None:
    assert write_eln(store, "glass", tmp_path / archive.name).read_bytes() == archive.read_bytes()


def test_it_comes_back_whole(store: CampaignStore, archive: Path, tmp_path: Path) -> None:
    data, files = read_eln(archive)
    with CampaignStore.open(tmp_path / "other.db") as other:
        copy = other.import_(data, files=files)
        assert other.export("glass") == store.export("glass")
        original = store.get("glass")
        assert copy.kept_files() == original.kept_files()
        for kept in copy.kept_files():
            assert copy.kept_file(kept.sha256) == original.kept_file(kept.sha256)


def _rewrite(archive: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_what_was_changed_or_is_no_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    changed = _rewrite(archive, tmp_path / "a.eln", lambda n, c: c + b"1" if n.endswith(".csv") else c)
    with pytest.raises(InvalidInput, match="is not what it was"):
        read_eln(changed)
    foreign = _rewrite(archive, tmp_path / "b.eln", lambda n, c: b'{"@graph": []}' if n.endswith(METADATA) else c)
    with pytest.raises(InvalidInput, match="holds no campaign"):
        read_eln(foreign)
    for name, content in (("c.eln", b""), ("d.eln", archive.read_bytes()[:2000]), ("e.eln", b"PK\3\4" + bytes(100))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput, match="no archive of a notebook"):
            read_eln(tmp_path / name)
    with pytest.raises(Unavailable):
        read_eln(tmp_path / "missing.eln")
    with (
        zipfile.ZipFile(tmp_path / "bomb.eln", "w", zipfile.ZIP_DEFLATED) as bomb,
        bomb.open("x/" + METADATA, "w", force_zip64=True) as stream,
    ):
        for _ in range(600):
            stream.write(bytes(2**20))
    with pytest.raises(InvalidInput, match="unpacks to more"):
        read_eln(tmp_path / "bomb.eln")


def test_a_kept_file_comes_back_whatever_it_is_called(tmp_path: Path) -> None:
    names = (
        "experiment.json",
        "campaign.json",
        "ro-crate-metadata.json",
        "..",
        "Ä" * 200 + ".csv",
        "a b.csv",
        "a_b.csv",
    )
    with CampaignStore.open(tmp_path / "c.db") as store:
        campaign = store.create("Named", small_space(), GOAL, id="named")
        campaign.ask(random_planner())
        files = [check_file(name, name.encode() + bytes([n])) for n, name in enumerate(names)]
        campaign.tell(conductivity("s1", id="m1"), keep=files)
        _, back = read_eln(write_eln(store, "named", tmp_path / "named.eln"))
        assert {file.sha256 for file in back} == {file.sha256 for file in files}


def test_an_empty_campaign_is_an_archive_too(tmp_path: Path) -> None:
    with CampaignStore.open(tmp_path / "c.db") as store:
        store.create("Empty", small_space(), GOAL, id="empty").ask(random_planner())
        store.get("empty").tell(conductivity("s1", id="m1"))
        data, files = read_eln(write_eln(store, "empty", tmp_path / "empty.eln"))
        assert files == []
        assert store.import_(data, id="copy").measurement("m1").result.value == 1e-3
        with pytest.raises(InvalidInput, match="no name for an archive"):
            write_eln(store, "empty", tmp_path / "empty.zip")
