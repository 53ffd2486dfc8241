"""From files of instruments to what a campaign keeps: matched by id, with where it comes from, all or nothing."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from surrogate.campaign import CampaignStore, Result, keeping, random_planner
from surrogate.campaign.backup import back_up, restore
from surrogate.campaign.files import address_of, as_corrections, carried_by, match_rows, results_of
from surrogate.campaign.migrations import HEAD, _run
from surrogate.campaign.records import every
from surrogate.candidate.provenance import Provenance, SourceFile
from surrogate.errors import Conflict, InvalidInput, NotFound
from surrogate.instruments.paths import measure_files
from surrogate.instruments.source import InstrumentFile, check_file
from surrogate.wire.instruments import write_reading
from tests.campaigns import GOAL, conductivity, small_space
from tests.commands import run_here as run
from tests.instruments import BROKEN, PELLET, SIGMA_S_PER_CM, spectrum_csv

PROVENANCE = Provenance(
    files=(SourceFile(name="pellet.csv", sha256="a" * 64),), instrument="VMP-300", assumptions=("thickness 1 mm",)
)


@pytest.fixture
def store(store_url):
    with CampaignStore.open(store_url()) as opened:
        yield opened


@pytest.fixture
def campaign(store):
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    campaign.ask(random_planner(), batch=3)
    return campaign


def file_of(text: str, name: str = "s1.csv") -> InstrumentFile:
    return check_file(name, text.encode())


def test_a_value_of_a_file_says_where_it_comes_from(tmp_path: Path):
    path = tmp_path / "pellet 25C.csv"
    path.write_text(spectrum_csv())
    value = measure_files(path, **PELLET).values[0]
    (file,) = value.provenance.files
    assert (file.name, file.sha256) == (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    assert any("total resistance" in sentence for sentence in value.provenance.assumptions)
    assert any("9.5 " in sentence or "0.95 mm" in sentence for sentence in value.provenance.assumptions)
    assert value.provenance.read_by.startswith("sulfide-surrogate ")


def test_all_files_of_an_activation_energy_are_named(tmp_path: Path):
    for celsius, scale in ((25, 1.0), (40, 0.6), (60, 0.33)):
        (tmp_path / f"pellet {celsius}C.csv").write_text(spectrum_csv(scale))
    values = measure_files(*sorted(tmp_path.iterdir()), **PELLET).values
    energy = next(value for value in values if value.property == "activation_energy")
    names = [file.name for file in energy.provenance.files]
    assert names == ["pellet 25C.csv", "pellet 40C.csv", "pellet 60C.csv"]


def test_provenance_is_kept_beside_a_free_note(campaign, store):
    campaign.tell(conductivity("s1", id="m1", note="a good day", provenance=PROVENANCE))
    copy = store.import_(json.loads(json.dumps(store.export("glass"))), id="copy")
    for kept in (campaign.measurement("m1"), copy.measurement("m1")):
        assert (kept.result.note, kept.result.provenance) == ("a good day", PROVENANCE)


def test_an_export_without_provenance_is_what_it_always_was(campaign, store):
    campaign.tell(conductivity("s1", id="m1"))
    data = store.export("glass")
    assert all("provenance" not in row for row in data["measurements"])
    assert store.import_(data, id="copy").measurement("m1").result.provenance is None


def test_provenance_makes_no_other_result(campaign):
    campaign.tell(conductivity("s1", id="m1"), key="once")
    assert campaign.tell(conductivity("s1", id="m1", provenance=PROVENANCE)).repeated == ("m1",)
    assert campaign.tell(conductivity("s1", id="m1"), key="once").replayed


def test_a_store_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path):
    path = tmp_path / "old.db"
    with CampaignStore.open(path) as store:
        campaign = store.create("glass", small_space(), GOAL, id="glass")
        campaign.ask(random_planner())
        campaign.tell(conductivity("s1", id="m1", note="old"))
        with store.database.write() as connection:
            _run(connection, lambda scripts, revision: scripts._downgrade_revs("0001", revision))
    with CampaignStore.open(path) as store:
        campaign = store.get("glass")
        assert campaign.measurement("m1").result.provenance is None
        assert campaign.kept_files() == ()
        campaign.tell(conductivity("s1", id="m2", provenance=PROVENANCE))
        with store.database.read() as connection:
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == HEAD


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("s4.csv", "s4"),
        ("cell_s4_25C.mpt", "s4"),
        ("S12 pellet.DTA", "s12"),
        ("Li3PS4 s4.csv", "s4"),
        ("a-s4-s4.csv", "s4"),
    ],
)
def test_a_name_carries_the_id_of_its_suggestion(name, suggestion):
    assert carried_by(name, {"s1", "s4", "s12"}) == suggestion


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cell4.csv", "nearest is s4"), ("s5.csv", "nearest is s"), ("S04.csv", "nearest is s4"),
        ("pellet.csv", "nearest is"), ("Li3PS4.csv", "nearest is s4"),
    ],
)  # fmt: skip
def test_what_matches_nothing_is_refused_with_the_nearest_id(name, says):
    with pytest.raises(InvalidInput, match="matches no suggestion") as refusal:
        carried_by(name, {"s1", "s4", "s12"})
    assert says in refusal.value.hint


def test_a_name_with_two_ids_belongs_to_neither():
    with pytest.raises(InvalidInput, match="several ids: s1, s4"):
        carried_by("s1 and s4.csv", {"s1", "s4"})


@given(st.lists(st.sampled_from(["s1", "s2", "s3"]), min_size=1, max_size=6))
def test_every_file_goes_to_its_row_and_no_other(owners):
    files = [(None, check_file(f"{owner} {n}.csv", b"x")) for n, owner in enumerate(owners)]
    rows = match_rows(["s1", "s2", "s3"], files)
    assert sorted(file.name for row in rows for file in row.files) == sorted(file.name for _, file in files)
    assert all(file.name.startswith(row.suggestion) for row in rows for file in row.files)


def test_what_is_said_of_one_row_counts_before_what_is_said_of_all():
    files = [(None, file_of("x", "s1.csv")), ("s2", file_of("y", "cell.csv"))]
    rows = match_rows(["s1", "s2"], files, details={"mass": ["2 mg", "s2=3 mg"], "thickness": ["s1 = 1 mm"]})
    assert [row.details.mass for row in rows] == ["2 mg", "3 mg"]
    assert [row.details.thickness for row in rows] == ["1 mm", None]
    for wrong in (["2 mg", "3 mg"], ["s3=2 mg"]):
        with pytest.raises(InvalidInput):
            match_rows(["s1", "s2", "s3"], files, details={"mass": wrong})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s4=cell7.csv", ("s4", "cell7.csv")), ("cell7.csv", (None, "cell7.csv")), ("T=25C.csv", (None, "T=25C.csv")),
        ("s4=R = 83 Ω, 0.95 mm, ⌀ 10 mm", ("s4", "R = 83 Ω, 0.95 mm, ⌀ 10 mm")),
    ],
)  # fmt: skip
def test_an_id_before_the_sign_addresses_the_rest(text, expected):
    assert address_of(text) == expected


def test_the_same_files_are_told_once(campaign, tmp_path: Path):
    path = tmp_path / "s1.csv"
    path.write_text(spectrum_csv())
    values = write_reading(measure_files(path, **PELLET)).values
    results = results_of(values, "s1", campaign.suggestion("s1").candidate)
    first, again = campaign.tell(results), campaign.tell(results)
    assert first.repeated == ()
    assert again.repeated == tuple(record.id for record in first.measurements)
    assert campaign.measurement(again.repeated[0]).result.value == pytest.approx(SIGMA_S_PER_CM, rel=0.02)


def test_the_same_files_with_another_thickness_are_a_correction_when_it_is_said(campaign, tmp_path: Path):
    path = tmp_path / "s1.csv"
    path.write_text(spectrum_csv())

    def results(thickness: str) -> list[Result]:
        values = write_reading(measure_files(path, thickness=thickness, diameter="10.00 mm")).values
        return results_of(values, "s1", campaign.suggestion("s1").candidate)

    campaign.tell(results("0.95 mm"))
    with pytest.raises(Conflict):
        campaign.tell(results("1.90 mm"))
    for thickness, count in (("1.90 mm", 2), ("1.90 mm", 2), ("2.85 mm", 3), ("0.95 mm", 4)):
        campaign.tell(as_corrections(campaign, results(thickness)))
        records = list(every(campaign.measurements))
        assert len(records) == count
        (used,) = [record.result.value for record in records if record.is_used]
        assert used == pytest.approx(SIGMA_S_PER_CM * float(thickness[:4]) / 0.95, rel=0.02)


def test_a_file_is_kept_when_it_is_asked_for_and_only_once(campaign, tmp_path: Path):
    file = file_of(spectrum_csv())
    campaign.tell(conductivity("s1", id="m1"))
    assert campaign.kept_files() == ()
    campaign.tell(conductivity("s1", id="m1"), keep=[file])
    campaign.tell(conductivity("s1", id="m2"), keep=[file])
    (kept,) = campaign.kept_files()
    assert (kept.name, kept.sha256, kept.size_bytes) == (file.name, file.sha256, len(file.content))
    assert campaign.kept_file(kept.sha256) == file
    assert [event.kind for event in every(campaign.history)].count("kept") == 1
    with pytest.raises(NotFound):
        campaign.kept_file("0" * 64)


def test_more_than_is_kept_leaves_nothing_behind(campaign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MAX_FILE_BYTES", 100)
    with pytest.raises(InvalidInput, match="kept at most"):
        campaign.tell(conductivity("s1", id="m1"), keep=[file_of("x" * 101)])
    monkeypatch.setattr(keeping, "MAX_CAMPAIGN_BYTES", 150)
    with pytest.raises(InvalidInput, match="are the most"):
        campaign.tell(conductivity("s1", id="m1"), keep=[file_of("x" * 80), file_of("y" * 80, "s2.csv")])
    assert (len(campaign.measurements()), campaign.kept_files()) == (0, ())


def test_a_copy_of_a_store_holds_its_files(campaign, store, tmp_path: Path):
    files = [file_of(f"{n}" * 1000, f"s{n}.csv") for n in range(1, 8)]
    campaign.tell(conductivity("s1", id="m1", provenance=PROVENANCE), keep=files)
    back_up(store.database.engine.url.render_as_string(hide_password=False), tmp_path / "copy.db")
    restore(tmp_path / "copy.db", tmp_path / "new.db")
    with CampaignStore.open(tmp_path / "new.db") as restored:
        again = restored.get("glass")
        assert again.kept_files() == campaign.kept_files()
        assert again.measurement("m1").result.provenance == PROVENANCE
        assert all(again.kept_file(file.sha256) == file for file in files)


def test_a_copy_of_an_earlier_version_is_only_read(tmp_path: Path):
    copy = tmp_path / "copy.db"
    with CampaignStore.open(copy) as store:
        store.create("glass", small_space(), GOAL, id="glass")
        with store.database.write() as connection:
            _run(connection, lambda scripts, revision: scripts._downgrade_revs("0001", revision))
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    before = copy.read_bytes()
    restore(copy, tmp_path / "new.db")
    assert copy.read_bytes() == before
    with CampaignStore.open(tmp_path / "new.db") as store:
        assert [summary.id for summary in store.list().items] == ["glass"]


@pytest.mark.parametrize("sha256", ["", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_no_hash_is_refused(sha256):
    with pytest.raises(InvalidInput, match="no SHA-256"):
        SourceFile(name="a.csv", sha256=sha256)


# -- the command line ----------


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A folder with a store and some spectra."""
    with CampaignStore.open(tmp_path / "campaigns.db") as store:
        store.create("glass", small_space(), GOAL, id="glass").ask(random_planner(), batch=3)
    for name, scale in (("s1 pellet.csv", 1.0), ("other.csv", 2.0)):
        (tmp_path / name).write_text(spectrum_csv(scale))
    return tmp_path


def measured(lab: Path) -> list:
    with CampaignStore.open(lab / "campaigns.db") as store:
        return list(every(store.get("glass").measurements))


def test_several_files_are_told_at_once(lab: Path):
    geometry = ("--thickness", "0.95 mm", "--thickness", "s2=1.90 mm", "--diameter", "10.00 mm")
    files = ("--file", "s1 pellet.csv", "--file", "s2=other.csv")
    answer = run("tell", "glass", *files, *geometry, "--note", "dry", "--keep", cwd=lab)
    assert (answer.returncode, answer.stdout.splitlines()) == (0, ["s1: measured", "s2: measured"]), answer.stderr
    records = measured(lab)
    assert [record.result.value for record in records] == pytest.approx([SIGMA_S_PER_CM] * 2, rel=0.02)
    assert {record.result.note for record in records} == {"dry"}
    with CampaignStore.open(lab / "campaigns.db") as store:
        assert [kept.name for kept in store.get("glass").kept_files()] == ["other.csv", "s1 pellet.csv"]
    assert run("campaign", "export", "glass", "glass.eln", cwd=lab).stdout.strip() == "glass.eln"
    copied = run("campaign", "import", "glass.eln", "--id", "copy", cwd=lab)
    assert copied.stdout.strip() == "copy", copied.stderr
    with CampaignStore.open(lab / "campaigns.db") as store:
        original, copy = store.get("glass"), store.get("copy")
        assert copy.kept_files() == original.kept_files()
        assert [r.result for r in every(copy.measurements)] == [r.result for r in every(original.measurements)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--file", "other.csv"], "nearest is s"),
        (["--file", "s9=other.csv"], "nearest is s"),
        (["s1", "--file", "s2=other.csv"], "but s1 is told"),
        (["--file", "s1 pellet.csv", "--file", "s2=missing.csv"], "cannot be read"),
        (["s1", "ionic_conductivity=1 mS/cm", "--keep"], "no file to keep"),
        ([], "Say what was measured"),
    ],
)
def test_what_cannot_be_told_leaves_nothing_behind(lab: Path, arguments: list[str], says: str):
    answer = run("tell", "glass", *arguments, "--thickness", "0.95 mm", "--diameter", "10 mm", cwd=lab)
    assert answer.returncode != 0
    assert says in answer.stderr
    assert measured(lab) == []


def test_json_of_what_is_measured_has_its_provenance(lab: Path):
    answer = run("measure", "other.csv", "--thickness", "0.95 mm", "--diameter", "10 mm", "--format", "json", cwd=lab)
    (value,) = json.loads(answer.stdout)["values"]
    digest = hashlib.sha256((lab / "other.csv").read_bytes()).hexdigest()
    assert value["provenance"]["files"] == [{"name": "other.csv", "sha256": digest}]
    assert value["unit"] == "S/cm"


def test_a_value_that_was_told_by_hand_stays_a_conflict(campaign):
    campaign.tell(conductivity("s1", 1e-3, id="m1"))
    with pytest.raises(Conflict):
        campaign.tell(conductivity("s1", 2e-3, id="m1", provenance=PROVENANCE))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_sentence(tmp_path: Path, name: str):
    content, says = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=says) as refusal:
        measure_files(path, **PELLET, mass="2 mg")
    assert "\n" not in refusal.value.message
