"""Campaigns are made once, found again, listed in pages, and moved between stores without a change."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from surrogate.campaign import CampaignStore, Result, bayesian_planner, random_planner
from surrogate.campaign.migrations import HEAD
from surrogate.campaign.records import every
from surrogate.campaign.tables import metadata
from surrogate.datasets import load_electrolytes
from surrogate.errors import (
    CampaignError,
    ConfigError,
    Conflict,
    InvalidInput,
    NotFound,
    SpaceError,
    StoreUnavailable,
    UnknownName,
)
from tests.campaigns import GOAL, FakeClock, conductivity, small_space


@pytest.fixture
def store(store_url):
    with CampaignStore.open(store_url(), clock=FakeClock()) as opened:
        yield opened


def test_a_campaign_is_found_again_as_it_was_made(store):
    made = store.create("glass", small_space(), [GOAL, "ionic_conductivity >= 1e-4"], id="glass-1", seed=7)
    found = store.get("glass-1")
    assert (found.name, found.space, found.objective, found.seed) == ("glass", small_space(), made.objective, 7)
    assert found.version == 1


def test_creating_again_gives_the_same_campaign_and_another_content_is_a_conflict(store):
    first = store.create("glass", small_space(), GOAL, id="glass")
    assert store.create("glass", small_space(), GOAL, id="glass") == first
    with pytest.raises(Conflict, match="glass"):
        store.create("glass", small_space(), GOAL, id="glass", seed=1)


def test_an_idempotency_key_makes_a_campaign_once(store):
    first = store.create("glass", small_space(), GOAL, key="k1")
    assert store.create("glass", small_space(), GOAL, key="k1").id == first.id
    assert store.create("glass", small_space(), GOAL).id != first.id
    with pytest.raises(Conflict, match="k1"):
        store.create("another", small_space(), GOAL, key="k1")


def test_what_was_put_away_is_left_out_before_pages_are_cut(store):
    for number in range(5):
        campaign = store.create("glass", small_space(), GOAL, id=f"g{number}")
        if number in (0, 2, 3):
            campaign.change(archived=True, reason='a reason that says "archived":false')
        if number == 3:
            campaign.change(archived=False)
        campaign.change(batch=2)  # a later change that says nothing of it
    first = store.list(archived=False, limit=2)
    rest = store.list(archived=False, limit=2, after=first.next)
    assert ([c.id for c in first.items], [c.id for c in rest.items], rest.next) == (["g1", "g3"], ["g4"], None)
    assert [c.id for c in every(store.list, archived=True)] == ["g0", "g2"]
    assert (store.count(archived=True), store.count(archived=False), len(store.list())) == (2, 3, 5)


def test_ids_that_cannot_be_part_of_a_path_are_refused(store):
    for bad in ("a/b", "..", "", "a" * 65, "grün", "-x", "a b"):
        with pytest.raises(InvalidInput):
            store.create("glass", small_space(), GOAL, id=bad or "\n")


def test_what_does_not_exist_is_said_to(store):
    with pytest.raises(NotFound, match="nothing-here"):
        store.get("nothing-here")
    campaign = store.create("glass", small_space(), GOAL)
    with pytest.raises(NotFound, match="s1"):
        campaign.suggestion("s1")
    with pytest.raises(NotFound, match="m1"):
        campaign.measurement("m1")


@pytest.mark.parametrize("name", ["a\0b", "\0", "", " ", "a/b", "ü", "x" * 5000, "\ud800"])
def test_both_databases_give_the_same_answer_to_what_can_be_no_name(store, name):
    campaign = store.create("glass", small_space(), GOAL)
    for look in (store.get, store.summary, store.export, campaign.suggestion, campaign.measurement):
        with pytest.raises(NotFound):
            look(name)
    with pytest.raises(NotFound):
        campaign.update(name, "accepted")
    assert campaign.measurements(suggestion=name).items == ()
    with pytest.raises(InvalidInput, match="no place in this list"):
        campaign.history(after=name)
    if "\0" in name:
        with pytest.raises(InvalidInput, match="no place in this list"):
            store.list(after=name)


@pytest.mark.parametrize("replicate", [1, 2**31 - 1])
def test_both_databases_hold_every_number_of_a_replicate_that_is_taken(store, replicate):
    campaign = store.create("glass", small_space(), GOAL)
    campaign.ask(random_planner(), batch=1)
    told = campaign.tell(replace(conductivity("s1", 1e-3), replicate=replicate)).measurements[0]
    assert campaign.measurement(told.id).result.replicate == replicate
    for outside in (0, 2**31, 10**30):
        with pytest.raises(InvalidInput, match="counted from 1"):
            replace(conductivity("s1", 1e-3), replicate=outside)


@pytest.mark.parametrize(
    "text", ["370\u00a0MPa", "5\u2009h", "🧪🫧", "نص", "per\u00adcent", "two\nlines\tand a tab", "µm Ω"]
)
def test_every_text_that_people_write_comes_back_from_both_databases(store, text):
    campaign = store.create(text, small_space(), GOAL)
    campaign.ask(random_planner(), batch=1, assignee=text)
    told = campaign.tell(replace(conductivity("s1", 1e-3), note=text, status="partial", reason=text)).measurements[0]
    known = campaign.measurement(told.id).result
    assert (known.note, known.reason, campaign.suggestion("s1").assignee) == (text, text, text)


def test_lists_come_in_pages_that_join_without_gap_or_overlap(store):
    for n in range(5):
        store.create("glass", small_space(), GOAL, id=f"c{n}")
    assert [each.id for each in every(store.list)] == ["c0", "c1", "c2", "c3", "c4"]
    first = store.list(limit=2)
    assert [each.id for each in store.list(limit=2, after=first.next).items] == ["c2", "c3"]
    campaign = store.get("c0")
    campaign.ask(random_planner(), batch=5)
    page = campaign.suggestions(limit=2)
    assert [each.id for each in page.items] == ["s1", "s2"]
    assert [each.id for each in campaign.suggestions(limit=3, after=page.next).items] == ["s3", "s4", "s5"]
    for bad in ({"limit": 0}, {"limit": 10**6}, {"after": "x"}, {"after": "9" * 40}):
        with pytest.raises(InvalidInput):
            campaign.suggestions(**bad)
    with pytest.raises(UnknownName, match=r"Known: accepted, .*open"):
        campaign.suggestions("zzz")


def test_every_change_raises_the_version_by_one_and_reading_does_not(store):
    campaign = store.create("glass", small_space(), GOAL)
    assert campaign.ask(random_planner(), batch=2).version == 2
    campaign.update("s1", "accepted")
    assert campaign.version == 3
    assert campaign.tell(conductivity("s1", id="m1")).version == 4
    assert campaign.tell(conductivity("s1", id="m1")).version == 4
    list(every(campaign.history))
    assert campaign.version == 4
    with pytest.raises(Conflict, match="version 4"):
        campaign.update("s2", "accepted", if_version=3)
    assert campaign.update("s2", "accepted", if_version=4).state == "accepted"


def test_the_history_only_grows(store):
    campaign = store.create("glass", small_space(), GOAL)
    campaign.ask(random_planner(), batch=1)
    kinds = [event.kind for event in campaign.history().items]
    assert kinds == ["created", "proposed", "asked"]
    for statement in ("DELETE FROM event", "UPDATE event SET kind = 'x'"):
        with pytest.raises(sa.exc.DBAPIError, match="only grows"), store.database.engine.begin() as connection:
            connection.execute(sa.text(statement))
    assert [event.kind for event in campaign.history().items] == kinds


def told_campaign(store, **more):
    """A campaign in the middle of its life: measured, failed, open, corrected, and a row from the literature."""
    campaign = store.create("glass", small_space(), GOAL, id="original", seed=3, **more)
    campaign.ask(random_planner(), batch=4)
    values = [1.234567890123e-4, 3.3e-4, 0.1 + 0.2e-3]
    for n, value in enumerate(values[:2], 1):
        campaign.tell(conductivity(f"s{n}", value, id=f"m{n}"), key=f"k{n}")
    campaign.tell(conductivity("s1", 2e-4, id="m1-again", replaces="m1"))
    campaign.tell(Result(suggestion="s3", status="failed", reason="the ampoule broke", id="f3"))
    known = next(m for m in load_electrolytes() if m.property == "ionic_conductivity")
    campaign.tell(Result(property=known.property, value=known.value, candidate=known.candidate, id="paper"))
    return campaign


def test_the_next_suggestion_of_an_imported_copy_is_bit_equal(store, tmp_path):
    campaign = told_campaign(store)
    data = json.loads(json.dumps(store.export("original"), allow_nan=False))
    planner = bayesian_planner({}, planner="analytic", pool=128)
    with CampaignStore.open(tmp_path / "other.db", clock=store.clock) as other:
        copies = [other.import_(data), store.import_(data, id="copy")]
        assert other.export("original") == data
        asked = [each.ask(planner, batch=2) for each in (campaign, *copies)]
        assert len({repr((s.candidate, s.answer, s.weigh_in_g)) for a in asked for s in a.suggestions}) == 2
        assert asked[0].report == asked[1].report == asked[2].report
        assert other.get("original").learned() == campaign.learned()


def test_an_imported_copy_still_knows_what_was_told(store):
    told_campaign(store)
    copy = store.import_(store.export("original"), id="copy")
    assert copy.tell(conductivity("s2", 3.3e-4, id="m2"), key="k2").replayed
    with pytest.raises(Conflict):
        copy.tell(conductivity("s2", 3.4e-4, id="m2"))
    assert [event.kind for event in every(copy.history)] == [e.kind for e in every(store.get("original").history)]
    with pytest.raises(Conflict, match="original"):
        store.import_(store.export("original"))


def test_a_damaged_export_is_refused_as_a_whole(store):
    told_campaign(store)
    good = store.export("original")

    def damaged(change):
        data = json.loads(json.dumps(good))
        change(data)
        return data

    changes = [
        lambda d: d.update(format="something else"),
        lambda d: d.pop("suggestions"),
        lambda d: d["campaign"].pop("seed"),
        lambda d: d["suggestions"].pop(1),
        lambda d: d["suggestions"][0].update(state="dreaming"),
        lambda d: d["suggestions"][0].update(candidate={"subject": 5}),
        lambda d: d["measurements"][0].update(value=7.0),
        lambda d: d["measurements"][0].update(id="m2"),
        lambda d: d["measurements"][0].update(created="yesterday"),
        lambda d: d["campaign"].update(space={}),
        lambda d: d["campaign"].update(objective={"targets": []}),
        lambda d: d["campaign"].update(version="three"),
        lambda d: d["campaign"].update(seed=10**30),
        lambda d: d["campaign"].update(lease_s="a week"),
        lambda d: d["campaign"].update(name=None),
        lambda d: d["campaign"].update(name="x" * 201),
        lambda d: d["campaign"].update(planning_token=5),
        lambda d: d["suggestions"][0].update(reason="a\0b"),
        lambda d: d["suggestions"][0].update(settings="hot"),
        lambda d: d["suggestions"][0].update(answer=None),
        lambda d: d["suggestions"][0].update(is_replicate="no"),
        lambda d: d["measurements"][0].update(actual=7),
        lambda d: d["history"][0].update(kind="k" * 33),
    ]
    for change in changes:
        with pytest.raises(InvalidInput):
            store.import_(damaged(change), id="copy")
        with pytest.raises(NotFound):
            store.get("copy")


def test_the_migrations_make_the_tables_that_the_code_uses(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    import surrogate.campaign.migrations as migrations

    scripts = ScriptDirectory(migrations.__path__[0])
    assert scripts.get_current_head() == HEAD
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_finds_everything_and_a_newer_store_is_refused(store_url):
    url = store_url()
    with CampaignStore.open(url) as store:
        store.create("glass", small_space(), GOAL, id="glass")
    with CampaignStore.open(url) as store:
        assert store.get("glass").name == "glass"
        with store.database.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="9999"):
        CampaignStore.open(url)


def test_addresses_that_cannot_be_a_store_are_refused(tmp_path):
    for bad in ("mysql://user@host/db", "sqlite://", "sqlite:///:memory:", "://"):
        with pytest.raises(ConfigError):
            CampaignStore.open(bad)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        CampaignStore.open(tmp_path / "no folder" / "campaigns.db")
    (tmp_path / "text.db").write_text("this is a text file, not a database\n" * 100)
    with pytest.raises(StoreUnavailable, match="no SQLite database"):
        CampaignStore.open(tmp_path / "text.db")


def test_an_address_with_a_password_is_not_repeated_in_errors(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(StoreUnavailable) as caught:
        CampaignStore.open(f"postgresql://user:secret@/db?host={tmp_path}", patience_s=1)
    assert "secret" not in str(caught.value)


def refuse_today(store, campaign_id, **changed):
    """Store something in the space of a campaign that was accepted once and is refused today."""
    with store.database.write() as connection:
        table = metadata.tables["campaign"]
        mine = table.c.id == campaign_id
        space = connection.scalar(sa.select(table.c.space).where(mine))
        connection.execute(table.update().where(mine).values(space={**space, **changed}))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"prices_per_g": {"Li2S": -1.0}}, "price of Li2S is -1"),
        ({"limits": [{"rule": "milling_time_h <= 9", "when": {"route": ["miling"]}, "source": ""}]}, "miling"),
        ({"variables": None}, "variables"),
    ],
)
def test_a_campaign_that_is_refused_today_hides_no_other_and_loses_nothing(store, changed, says):
    for campaign_id in ("a", "b", "c"):
        store.create("glass", small_space(), GOAL, id=campaign_id).ask(random_planner(), batch=2)
    store.get("b").tell(conductivity("s1", id="m1"))
    before = store.summary("b")
    refuse_today(store, "b", **changed)
    listed = list(every(store.list))
    assert [each.id for each in listed] == ["a", "b", "c"]
    assert [each.trouble is None for each in listed] == [True, False, True]
    assert says in listed[1].trouble
    assert replace(listed[1], trouble=None) == before
    assert listed[1] == store.summary("b")
    with pytest.raises(CampaignError, match=r"'b' cannot be worked with.*campaign export"):
        store.get("b")
    data = store.export("b")  # put right, it goes on where it stood
    data["campaign"]["space"] = store.export("a")["campaign"]["space"]
    mended = store.import_(data, id="b2")
    assert [m.id for m in mended.measurements().items] == ["m1"]
    assert len(mended.suggestions().items) == 2


def test_a_stored_recipe_that_is_refused_today_is_named_and_blames_no_request(store):
    campaign = store.create("glass", small_space(), GOAL, id="glass")
    campaign.ask(random_planner(), batch=2)
    with store.database.write() as connection:
        table = metadata.tables["suggestion"]
        plain = connection.scalar(sa.select(table.c.candidate).where(table.c.id == "s2"))
        plain["subject"]["recipe"]["milling"]["time_h"] = -3.0
        connection.execute(table.update().where(table.c.id == "s2").values(candidate=plain))
    for read in (campaign.suggestions, lambda: campaign.suggestion("s2"), lambda: campaign.ask(random_planner())):
        with pytest.raises(CampaignError, match=r"suggestion s2 .* refused today: milling_time_h is -3"):
            read()
    assert campaign.suggestion("s1").id == "s1"
    assert campaign.summary().suggestions["proposed"] == 2


def test_an_objective_that_no_recipe_of_the_space_can_have_is_refused_at_once(store):
    for about_cells in ("maximise first_discharge_capacity", "maximise energy_density_wh_per_kg"):
        with pytest.raises(SpaceError, match="belongs to a cell, but the space is of electrolytes"):
            store.create("glass", small_space(), [GOAL, about_cells])
