"""The life of a suggestion: every move that is allowed, every one that is not, leases, and what results do to it."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from surrogate.campaign import CampaignStore, Result, State, random_planner
from surrogate.campaign.lifecycle import FOLLOWS, OPEN
from surrogate.campaign.planning import Plan
from surrogate.campaign.records import every
from surrogate.candidate.measurement import Censoring
from surrogate.errors import Conflict, InvalidInput, MeasurementError, NotFound, UnknownName
from tests.campaigns import GOAL, FakeClock, conductivity, small_space

TWO_GOALS = [GOAL, "minimise activation_energy"]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(store_url, clock):
    with CampaignStore.open(store_url(), clock=clock) as opened:
        yield opened


@pytest.fixture
def campaign(store):
    made = store.create("glass", small_space(), TWO_GOALS, id="glass", lease_s=3600)
    made.ask(random_planner(), batch=3)
    return made


def energy(suggestion: str, value: float = 0.35, **more: object) -> Result:
    return Result(property="activation_energy", value=value, suggestion=suggestion, **more)


def bring_to(campaign, clock, state):
    """Suggestion s1 in ``state``."""
    if state is State.MEASURED:
        campaign.tell([conductivity("s1"), energy("s1")])
    elif state is State.EXPIRED:
        clock.advance(hours=2)
    elif state is not State.PROPOSED:
        campaign.update("s1", state, reason="because")


def test_only_the_moves_of_the_life_cycle_are_possible(tmp_path):
    clock = FakeClock()
    with CampaignStore.open(tmp_path / "c.db", clock=clock) as store:
        for old, new in itertools.product(State, State):
            campaign = store.create(f"{old} to {new}", small_space(), TWO_GOALS, lease_s=3600)
            campaign.ask(random_planner(16), batch=1)
            bring_to(campaign, clock, old)
            assert campaign.suggestion("s1").state is old
            check_move_of(campaign, old, new)


def check_move_of(campaign, old, new):
    version = campaign.version
    if new in FOLLOWS[old]:
        assert campaign.update("s1", new, reason="because").state is new
    elif new is old and old in (State.FAILED, State.CANCELLED):
        assert campaign.update("s1", new, reason="because").state is new  # the same request once more
        assert campaign.version == version
    else:
        with pytest.raises(Conflict, match="s1"):
            campaign.update("s1", new, reason="because")
        assert campaign.suggestion("s1").state is old


def test_a_failure_needs_a_reason_and_a_state_a_name(campaign):
    with pytest.raises(InvalidInput, match="without a reason"):
        campaign.update("s1", "failed")
    with pytest.raises(UnknownName, match="runing"):
        campaign.update("s1", "runing")


def test_a_lease_that_ran_out_frees_the_suggestion(campaign, clock):
    campaign.update("s1", "accepted")
    clock.advance(minutes=59)
    campaign.update("s2", "running")
    clock.advance(minutes=2)
    assert [s.state for s in campaign.suggestions().items] == ["expired", "running", "expired"]
    assert [s.id for s in campaign.suggestions("open").items] == ["s2"]
    assert [s.id for s in campaign.suggestions("expired").items] == ["s1", "s3"]
    assert campaign.summary().suggestions["expired"] == 2
    seen = []
    campaign.ask(lambda question: seen.append(question) or random_planner()(question), batch=1)
    assert seen[0].pending == (campaign.suggestion("s2").candidate,)
    assert [e.suggestion for e in every(campaign.history) if e.kind == "expired"] == ["s1", "s3"]


def test_an_open_suggestion_renews_its_lease_when_it_moves_or_is_told_something(campaign, clock):
    clock.advance(minutes=50)
    campaign.update("s1", "accepted")
    campaign.tell(conductivity("s2"))
    clock.advance(minutes=50)
    assert [s.state for s in campaign.suggestions().items] == ["accepted", "running", "expired"]


def test_partial_results_keep_a_suggestion_running_until_all_are_there(campaign):
    assert campaign.tell(conductivity("s1")).suggestions[0].state is State.RUNNING
    assert campaign.tell(energy("s1")).suggestions[0].state is State.MEASURED
    assert campaign.tell(conductivity("s2"), complete=True).suggestions[0].state is State.MEASURED


def test_replicates_are_kept_side_by_side(campaign):
    campaign.tell([conductivity("s1", v, id=f"r{n}", replicate=n) for n, v in ((1, 1e-3), (2, 2e-3))])
    assert [m.result.replicate for m in campaign.measurements(suggestion="s1").items] == [1, 2]
    assert [m.value for m in campaign.learned()] == [1e-3, 2e-3]


def test_planned_and_actual_values_are_both_kept(campaign):
    actual = small_space().sample(1, seed=99).candidates[0]
    campaign.tell(conductivity("s1", id="m1", candidate=actual))
    record = campaign.measurement("m1")
    assert record.planned == campaign.suggestion("s1").candidate
    assert record.candidate == record.measurement().candidate == actual


def test_everything_said_about_a_value_comes_back(campaign):
    said = conductivity(
        "s1", 1e-8, id="m 1/α", censoring=Censoring.BELOW, uncertainty=0.1, replicate=2, status="partial",
        reason="the pellet cracked", source_file="lab.xlsx", location="row 7", note="measured twice\nby hand",
    )  # fmt: skip
    campaign.tell(said)
    assert campaign.measurement("m 1/α").result == said
    assert campaign.learned()[0].censoring is Censoring.BELOW


def test_failures_reach_the_planner_once_each(campaign):
    campaign.update("s1", "failed", reason="would not pelletise")
    campaign.tell(Result(suggestion="s2", status="failed", reason="short circuit"))
    assert campaign.suggestion("s2").state is State.FAILED
    assert campaign.suggestion("s2").reason == "short circuit"
    seen = []
    campaign.ask(lambda question: seen.append(question) or random_planner()(question), batch=1)
    assert seen[0].failures == (campaign.suggestion("s2").candidate, campaign.suggestion("s1").candidate)


def test_only_what_could_not_be_made_counts_against_a_recipe(campaign):
    campaign.tell(Result(suggestion="s1", status="lost", reason="the label fell off"))
    campaign.tell(Result(suggestion="s2", status="shorted", reason="the lithium went through"))
    assert [campaign.suggestion(s).state for s in ("s1", "s2")] == [State.FAILED, State.FAILED]
    assert campaign.summary().failures == 2
    seen = []
    campaign.ask(lambda question: seen.append(question) or random_planner()(question), batch=1)
    assert seen[0].failures == ()


def test_a_value_is_withdrawn_by_a_lost_result_that_replaces_it(campaign):
    campaign.tell(conductivity("s1", id="m1"))
    campaign.tell(Result(suggestion="s1", status="lost", reason="a slip of the pen", replaces="m1", id="m2"))
    assert campaign.learned() == ()
    assert campaign.measurement("m1").superseded_by == "m2"


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED, State.FAILED])
def test_late_results_are_never_refused(campaign, clock, state):
    bring_to(campaign, clock, state)
    assert campaign.tell(conductivity("s1", id="late")).suggestions[0].state is state  # half of it: kept, not enough
    assert campaign.tell(energy("s1")).suggestions[0].state is State.MEASURED
    assert len(campaign.learned()) == 2


def test_a_value_told_twice_counts_once_and_another_value_is_a_conflict(campaign):
    campaign.tell(conductivity("s1", id="m1"))
    again = campaign.tell([conductivity("s1", id="m1", source_file="renamed.xlsx"), energy("s1", id="m2")])
    assert again.repeated == ("m1",)
    for other in (conductivity("s1", 2e-3, id="m1"), conductivity("s2", id="m1"), energy("s1", id="m1")):
        with pytest.raises(Conflict, match="m1"):
            campaign.tell(other)
    assert [m.id for m in campaign.measurements().items] == ["m1", "m2"]


def test_a_value_told_again_with_other_noise_in_its_last_digit_is_the_same_value(campaign):
    campaign.tell(conductivity("s1", 0.004200000000000001, id="m1"))
    assert campaign.tell(conductivity("s1", 0.0042, id="m1")).repeated == ("m1",)
    with pytest.raises(Conflict, match=r"0\.0042"):
        campaign.tell(conductivity("s1", 0.0042001, id="m1"))


def test_an_empty_key_is_refused_instead_of_making_all_requests_the_same(campaign, store):
    for empty in ("", "  "):
        with pytest.raises(InvalidInput, match="key is empty"):
            campaign.tell(conductivity("s1"), key=empty)
        with pytest.raises(InvalidInput, match="key is empty"):
            campaign.ask(random_planner(), key=empty)
        with pytest.raises(InvalidInput, match="key is empty"):
            store.create("glass", small_space(), GOAL, key=empty)


def test_a_key_replays_the_answer_and_refuses_another_request(campaign):
    first = campaign.tell([conductivity("s1"), energy("s1")], key="k1")
    again = campaign.tell([conductivity("s1"), energy("s1")], key="k1")
    assert again.replayed
    assert not first.replayed
    assert (again.measurements, again.suggestions, again.version) == (
        first.measurements,
        first.suggestions,
        first.version,
    )
    with pytest.raises(Conflict, match="k1"):
        campaign.tell(conductivity("s1"), key="k1")
    asked = campaign.ask(random_planner(), batch=2, key="a1")
    assert campaign.ask(random_planner(), batch=2, key="a1").suggestions == asked.suggestions
    with pytest.raises(Conflict, match="a1"):
        campaign.ask(random_planner(), batch=3, key="a1")
    assert len(campaign.suggestions().items) == 5


def test_a_correction_takes_the_place_of_a_value_and_keeps_it(campaign):
    campaign.tell(conductivity("s1", 1.0e-3, id="m1"))
    campaign.tell(conductivity("s1", 1.0e-2, id="m2", replaces="m1"))
    assert [m.value for m in campaign.learned()] == [1.0e-2]
    assert campaign.measurement("m1").superseded_by == "m2"
    assert campaign.measurement("m1").result.value == 1.0e-3
    with pytest.raises(Conflict, match="m2"):
        campaign.tell(conductivity("s1", 5e-3, id="m3", replaces="m1"))
    with pytest.raises(NotFound, match="m9"):
        campaign.tell(conductivity("s1", 5e-3, id="m3", replaces="m9"))


def test_a_batch_of_results_is_told_as_a_whole_or_not_at_all(campaign):
    version = campaign.version
    cell_only = Result(property="capacity_retention", value=90.0, suggestion="s2")
    for bad, error in ((conductivity("s9"), NotFound), (cell_only, MeasurementError)):
        with pytest.raises(error):
            campaign.tell([conductivity("s1"), bad])
    with pytest.raises(MeasurementError, match="Result 2 of 3: "):  # which of many it is
        campaign.tell([conductivity("s1"), cell_only, conductivity("s2")])
    assert campaign.measurements().items == ()
    assert campaign.version == version
    assert campaign.suggestion("s1").state is State.PROPOSED


def test_a_dry_run_says_what_would_happen_and_writes_nothing(campaign):
    before = (campaign.summary(), campaign.history())
    told = campaign.tell([conductivity("s1", id="m1"), energy("s1")], dry_run=True)
    assert told.suggestions[0].state is State.MEASURED
    assert (campaign.summary(), campaign.history()) == before
    with pytest.raises(Conflict):
        campaign.tell([conductivity("s1", id="m1"), conductivity("s1", 2e-3, id="m1")], dry_run=True)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"property": "ionic_conductivity"},
        {"value": 1e-3},
        {"property": "ionic_conductivity", "value": float("nan")},
        {"property": "ionic_conductivity", "value": True},
        {"property": "ionic_conductivity", "value": 4.0},
        {"property": "conductivity", "value": 1e-3},
        {"property": "ionic_conductivity", "value": 1e-3, "status": "failed", "reason": "x"},
        {"property": "ionic_conductivity", "value": 1e-3, "status": "partial"},
        {"property": "ionic_conductivity", "value": 1e-3, "status": "great"},
        {"property": "ionic_conductivity", "value": 1e-3, "uncertainty": -1.0},
        {"property": "ionic_conductivity", "value": 1e-3, "replicate": 0},
        {"property": "ionic_conductivity", "value": 1e-3, "id": "a\x00b"},
        {"property": "ionic_conductivity", "value": 1e-3, "id": "x" * 201},
        {"property": "ionic_conductivity", "value": 1e-3, "suggestion": None},
        {"status": "failed"},
    ],
)
def test_results_that_cannot_be_are_refused_where_they_are_made(fields):
    with pytest.raises(InvalidInput):
        Result(**{"suggestion": "s1", **fields})


def test_a_planner_that_repeats_an_open_recipe_or_miscounts_is_refused(campaign):
    def stubborn(question):
        proposal = random_planner()(question).proposals[0]
        return Plan(proposals=(proposal,) * 2)

    with pytest.raises(Conflict, match="already open"):
        campaign.ask(stubborn, batch=2)
    with pytest.raises(Conflict, match="batch of 1"):
        campaign.ask(stubborn, batch=1)
    assert len(campaign.suggestions().items) == 3
    assert len(campaign.ask(random_planner(), batch=2)) == 2  # and the lock is free again


class OneCampaign(RuleBasedStateMachine):
    """Any order of calls leaves a campaign whole: what was told is there once, open means leased."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.told: dict[str, float] = {}
        self.version = 0

    @initialize()
    def begin(self):
        self.store = CampaignStore.open(Path(self.folder.name) / "c.db", clock=self.clock)
        self.campaign = self.store.create("glass", small_space(), TWO_GOALS, lease_s=3600)

    def suggestions(self):
        return list(every(self.campaign.suggestions))

    @rule(batch=st.integers(1, 3))
    def ask(self, batch):
        known = {s.candidate for s in self.suggestions() if s.is_open}
        asked = self.campaign.ask(random_planner(32), batch=batch)
        assert known.isdisjoint(s.candidate for s in asked.suggestions)

    @rule(place=st.integers(0, 9), name=st.sampled_from("abc"), value=st.sampled_from([1e-4, 2e-4]))
    def tell(self, place, name, value):
        known = self.suggestions()
        if place < len(known):
            key = f"{known[place].id}-{name}"
            try:
                told = self.campaign.tell(conductivity(known[place].id, value, id=key))
                assert (key in self.told) == (told.repeated == (key,))
                self.told.setdefault(key, value)
            except Conflict:
                assert self.told[key] != value

    @rule(
        place=st.integers(0, 9), state=st.sampled_from([s for s in State if s not in (State.MEASURED, State.EXPIRED)])
    )
    def update(self, place, state):
        known = self.suggestions()
        if place < len(known):
            try:
                self.campaign.update(known[place].id, state, reason="because")
            except Conflict:
                assert state not in FOLLOWS[known[place].state]

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes):
        self.clock.advance(minutes=minutes)

    @rule()
    def move_to_another_store(self):
        data = self.store.export(self.campaign.id)
        self.campaign = self.store.import_(data, id=f"copy-{len(self.store.list().items)}")

    @invariant()
    def whole(self):
        if not hasattr(self, "campaign"):
            return
        assert {m.id: m.result.value for m in every(self.campaign.measurements)} == self.told
        for suggestion in self.suggestions():
            assert suggestion.is_open == (suggestion.state in OPEN)
            assert not suggestion.is_open or suggestion.lease_until > self.clock()
        numbers = [event.number for event in every(self.campaign.history)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.campaign.version >= self.version
        self.version = self.campaign.version

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
        self.folder.cleanup()


TestOneCampaign = OneCampaign.TestCase
TestOneCampaign.settings = settings(max_examples=12, stateful_step_count=20)
