"""A campaign: ask for the next recipes, tell what they gave, and look at everything in between.

A :class:`Campaign` is a handle; all state is in the store, so any number of handles in any number of processes work on
one campaign. Every change is one transaction: it is on the disk when the call returns, or it did not happen.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from surrogate.campaign import reading, tables
from surrogate.campaign.changes import Changed, batch_and_archived, replaced_since, write_change
from surrogate.campaign.codec import candidate_to_plain, objective_from_plain, sha256_of
from surrogate.campaign.database import Database
from surrogate.campaign.glance import summary_of, wanted_in
from surrogate.campaign.keeping import KeptFile, keep_files, list_kept, read_kept
from surrogate.campaign.ledger import Clock, Ledger, ledger, no_campaign
from surrogate.campaign.lifecycle import OPEN, check_move, state_named
from surrogate.campaign.locking import PlanningLock
from surrogate.campaign.planning import Plan, Planner, Proposal, Question
from surrogate.campaign.reading import Candidates
from surrogate.campaign.records import (
    ID,
    MAX_MEASUREMENT_ID,
    Asked,
    Event,
    MeasurementRecord,
    Page,
    Result,
    SuggestionRecord,
    Summary,
    Told,
    checked_key,
    checked_text,
)
from surrogate.campaign.telling import write_results
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import Conflict, InvalidInput, NotFound
from surrogate.instruments.source import InstrumentFile
from surrogate.planner.objective import Objective
from surrogate.planner.observations import check_subjects
from surrogate.planner.planners import BATCH
from surrogate.space.design_space import DesignSpace
from surrogate.wire.states import State, Status
from surrogate.wire.stored import read_report
from surrogate.wire.suggestions import BatchOutput

#: Largest batch of one ask, and most results of one tell.
MAX_BATCH, MAX_RESULTS = 100, 10_000
MAX_LEASE_S = 10 * 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A handle on one campaign.

    Name and seed never change. Space and objective are those of the moment in which the handle was made; an ask works
    with those of the store, which :meth:`change` may have replaced since. The rest is read when it is needed.
    """

    database: Database
    id: str
    name: str
    space: DesignSpace
    objective: Objective
    seed: int
    lease_s: float
    created: datetime
    clock: Clock
    planning_lease_s: float

    # Asking ---------------------------------------------------------------------------------------------------------

    def ask(
        self,
        planner: Planner,
        *,
        batch: int | None = None,
        seed: int | None = None,
        lease_s: float | None = None,
        assignee: str | None = None,
        key: str | None = None,
        request: Mapping[str, Any] | None = None,
        wait_s: float = 120.0,
    ) -> Asked:
        """Ask a planner for the next recipes, and keep them as suggestions with a lease.

        Nothing that is open is proposed again. Asks of one campaign come one after the other (see
        :mod:`surrogate.campaign.locking`).

        Args:
            planner: Chooses the recipes; :func:`surrogate.campaign.bayesian_planner` makes one.
            batch: How many recipes; as many as the campaign says (4, until it is changed) when not given.
            seed: Follows from the campaign's seed and the number of the ask when not given.
            lease_s: How long each suggestion is held for its laboratory, in seconds; that of the campaign when not
                given.
            assignee: Who makes them.
            key: Makes the ask repeatable: the same key gives the same suggestions again.
            request: Plain data that the key stands for.
            wait_s: How long to wait for another ask of the same campaign, in seconds.

        Returns:
            The suggestions with their numbers, and what the planner reports of the batch.

        Raises:
            Busy: Another ask took longer than ``wait_s``.
            Conflict: The key stands for another ``batch`` or ``request``, or the campaign was changed meanwhile.
        """
        _check_batch(batch)
        lease_s = self.lease_s if lease_s is None else checked_lease(lease_s)
        checked_key(key)
        checked_text(assignee, "assignee", 200)
        stated = {"ask": BATCH if batch is None else batch, "seed": seed, "lease_s": lease_s, "assignee": assignee}
        sha256, deadline = sha256_of({**stated, "request": dict(request or {})}), time.monotonic() + wait_s
        lock = PlanningLock.of(self.database, self.id, self.clock, self.planning_lease_s)
        while True:
            with ledger(self.database, self.id, self.clock) as book:
                answered = book.answered(key, sha256)
                if answered is not None:
                    return self._answer_ask(book, answered["asked"], answered["version"], replayed=True)
                if lock.take(book):
                    question, row = self._question(book, batch, seed), book.row
                    break
            lock.wait_until_free(deadline)
        with lock.kept_alive():
            plan = planner(question)
            if len(plan.proposals) != question.batch:
                raise Conflict(
                    f"The planner gave {len(plan.proposals)} recipes for a batch of {question.batch}.",
                    hint="Use another planner.",
                )
            with ledger(self.database, self.id, self.clock) as book:
                lock.check_ours(book)
                if (book.row["space"], book.row["objective"]) != (row["space"], row["objective"]):
                    raise Conflict(
                        "The campaign was changed while the planner worked.", hint="Ask again; nothing was proposed."
                    )
                proposed = self._propose(book, plan, question, lease_s, assignee)
                book.answer(key, sha256, {"asked": proposed.number, "version": proposed.version})
                lock.release(book.connection)
        return proposed

    def _question(self, book: Ledger, batch: int | None, seed: int | None) -> Question:
        candidates = Candidates()
        space, objective = wanted_in(book.row)
        records = self._all_measurements(book.connection, candidates)
        chosen_seed = seed if seed is not None else _seed_of(self.seed, book.counters["asks"] + 1)
        return Question(
            space=space,
            objective=objective,
            batch=batch_and_archived(book.connection, self.id)[0] if batch is None else batch,
            seed=chosen_seed,
            measurements=_learned(records),
            pending=tuple(record.candidate for record in self._open(book, candidates)),
            failures=self._failures(book, records, candidates),
            first_number=book.counters["n_suggestions"] + 1,
        )

    def _propose(self, book: Ledger, plan: Plan, question: Question, lease_s: float, assignee: str | None) -> Asked:
        number = book.count("asks")
        for proposal in plan.proposals:
            self._insert(book, proposal, number, lease_s, assignee)
        book.event("asked", number=number, batch=len(plan.proposals), seed=question.seed, report=dict(plan.report))
        return self._answer_ask(book, number, book.version)

    def _insert(self, book: Ledger, proposal: Proposal, ask_number: int, lease_s: float, assignee: str | None) -> None:
        place = book.count("n_suggestions")
        plain = candidate_to_plain(proposal.candidate)
        values = {
            "campaign_id": self.id,
            "id": f"s{place}",
            "number": place,
            "state": str(State.PROPOSED),
            "reason": "",
            "candidate": plain,
            "fingerprint": sha256_of(plain),
            "settings": dict(proposal.settings),
            "weigh_in_g": dict(proposal.weigh_in_g),
            "is_replicate": proposal.is_replicate,
            "answer": dict(proposal.answer),
            "asked": ask_number,
            "assignee": assignee,
            "lease_s": lease_s,
            "lease_until": book.now + timedelta(seconds=lease_s),
            "created": book.now,
            "updated": book.now,
        }
        try:
            book.connection.execute(tables.suggestion.insert().values(values))
        except sa.exc.IntegrityError:
            raise Conflict(
                "The planner proposed a recipe that is already open.", hint="Use a planner that heeds 'pending'."
            ) from None
        book.event(str(State.PROPOSED), suggestion=f"s{place}")

    def _answer_ask(self, book: Ledger, number: int, version: int, *, replayed: bool = False) -> Asked:
        table = tables.suggestion
        rows, candidates = reading.rows_of(book.connection, table, self.id, table.c.asked == number), Candidates()
        return Asked(
            suggestions=tuple(reading.suggestion_record(row, book.now, candidates) for row in rows),
            report=self._report(book.connection, number),
            number=number,
            version=version,
            replayed=replayed,
        )

    def _report(self, connection: sa.Connection, number: int) -> BatchOutput:
        table = tables.event
        query = sa.select(table.c.detail).where(table.c.campaign_id == self.id, table.c.kind == "asked")
        for detail in connection.scalars(query.order_by(table.c.number)):
            if detail["number"] == number:
                return self._read_report(connection, detail)
        raise NotFound(f"There was no ask {number} in the campaign '{self.id}'.", hint="Asks are counted from 1.")

    def read_report(self, details: Mapping[str, Any]) -> BatchOutput:
        """What the planner said of a batch, from the details of its event ``asked``."""
        with self.database.read() as connection:
            return self._read_report(connection, details)

    def _read_report(self, connection: sa.Connection, details: Mapping[str, Any]) -> BatchOutput:
        replaced = replaced_since(connection, self.id, details["number"])
        return read_report(
            details["report"],
            space=replaced["space"]["name"] if "space" in replaced else self.space.name,
            objective=str(objective_from_plain(replaced["objective"]) if "objective" in replaced else self.objective),
            seed=details["seed"],
        )

    def report(self, number: int) -> BatchOutput:
        """What the planner said about the batch of ask ``number``: models, calibration, stopping, warnings."""
        with self.database.read() as connection:
            return self._report(connection, number)

    # Telling --------------------------------------------------------------------------------------------------------

    def tell(
        self,
        results: Result | Sequence[Result],
        *,
        complete: bool = False,
        key: str | None = None,
        if_version: int | None = None,
        dry_run: bool = False,
        keep: Sequence[InstrumentFile] = (),
    ) -> Told:
        """Write down what experiments gave: all of it or, when one result cannot be right, nothing.

        A suggestion becomes ``measured`` when all properties of the objective are there, or when ``complete`` says that
        no more will come; until then it is ``running``. A result without a value makes it ``failed``; only one of the
        status failed counts against the recipe. Results of suggestions that expired or were cancelled are taken as
        well. Telling an ``id`` again with the same content changes nothing.

        Args:
            results: One result or several.
            complete: Whether no more results of these suggestions will come.
            key: Makes the whole call repeatable.
            if_version: Refuses to write to a campaign that changed since this version of it was read.
            dry_run: Whether everything is checked and nothing written.
            keep: Files of instruments that are to stay in the store, with the results or not at all.

        Returns:
            The measurements and suggestions as they are now, and which results were known before.

        Raises:
            Conflict: An ``id`` or the ``key`` was used before with another content, or the version is past.
            NotFound: A result is of a suggestion that the campaign does not have.
            MeasurementError: A value cannot be right.
        """
        all_results = (results,) if isinstance(results, Result) else tuple(results)
        if not 1 <= len(all_results) <= MAX_RESULTS:
            raise InvalidInput(
                f"{len(all_results)} results were told; 1 to {MAX_RESULTS} are possible.", hint="Tell them in parts."
            )
        checked_key(key, MAX_MEASUREMENT_ID - 8)
        failed = [r.candidate for r in all_results if not r.status.has_value and r.candidate is not None]
        check_subjects(self.space, failed, "failed")
        requests = [_request_of(result) for result in all_results]
        sha256 = sha256_of({"tell": requests, "complete": complete})
        with ledger(self.database, self.id, self.clock) as book:
            answered = book.answered(key, sha256)
            if answered is not None:
                return self._answer_tell(book, answered, replayed=True)
            book.check_version(if_version)
            properties = frozenset(objective_from_plain(book.row["objective"]).properties)
            written = write_results(book, all_results, required=properties, complete=complete, key=key)
            keep_files(book, keep)
            answer = {
                "ids": list(written.ids),
                "repeated": list(written.repeated),
                "suggestions": list(written.suggestions),
                "version": book.version,
            }
            book.answer(key, sha256, answer)
            record = self._answer_tell(book, answer)
            if dry_run:
                book.connection.rollback()
                book.changed = False
        return record

    def _answer_tell(self, book: Ledger, answer: Mapping[str, Any], *, replayed: bool = False) -> Told:
        candidates = Candidates()
        rows = (reading.measurement_row(book.connection, self.id, ident) for ident in answer["ids"])
        touched = (reading.suggestion_row(book.connection, self.id, ident) for ident in answer["suggestions"])
        return Told(
            measurements=tuple(reading.measurement_record(row, candidates) for row in rows if row is not None),
            repeated=tuple(answer["ids"]) if replayed else tuple(answer["repeated"]),
            suggestions=tuple(reading.suggestion_record(row, book.now, candidates) for row in touched),
            version=answer["version"],
            replayed=replayed,
        )

    def update(
        self,
        suggestion_id: str,
        state: State | str,
        *,
        reason: str = "",
        assignee: str | None = None,
        if_version: int | None = None,
    ) -> SuggestionRecord:
        """Move a suggestion on: accepted, running, failed or cancelled; an open one has its lease anew.

        Args:
            suggestion_id: Such as ``s4``.
            state: The new state.
            reason: Why, needed for a failure.
            assignee: Who makes it; stays when not given.
            if_version: Refuses to write to a campaign that changed since this version of it was read.

        Returns:
            The suggestion as it is now.

        Raises:
            Conflict: Its life does not have this move, or the version is past.
            NotFound: There is no such suggestion.
        """
        new = state_named(str(state))
        checked_text(reason, "reason")
        checked_text(assignee, "assignee", 200)
        with ledger(self.database, self.id, self.clock) as book:
            row = reading.suggestion_row(book.connection, self.id, suggestion_id)
            old = State(row["state"])
            if old is new and old not in OPEN and reason == row["reason"]:  # the same request once more
                return reading.suggestion_record(row, book.now, Candidates())
            book.check_version(if_version)
            check_move(suggestion_id, old, new, reason)
            values: dict[str, Any] = {} if assignee is None else {"assignee": assignee}
            if new in OPEN:
                values["lease_until"] = book.now + timedelta(seconds=row["lease_s"])
            book.move(suggestion_id, new, reason=reason, before=str(old), **values)
            row = reading.suggestion_row(book.connection, self.id, suggestion_id)
            return reading.suggestion_record(row, book.now, Candidates())

    # Changing -------------------------------------------------------------------------------------------------------

    def change(
        self,
        *,
        space: DesignSpace | None = None,
        objective: Objective | None = None,
        batch: int | None = None,
        name: str | None = None,
        archived: bool | None = None,
        reason: str = "",
        if_version: int | None = None,
    ) -> Changed:
        """Go on with another space, objective, batch size or name.

        What was suggested and told is kept, and still teaches. The history keeps what was there before. Open
        suggestions stay open. Get the campaign anew afterwards.

        Args:
            space: The new space; this and what follows stays as it is when not given.
            objective: The new objective.
            batch: The new number of recipes of an ask.
            name: The new name.
            archived: Whether the campaign is left out of lists; otherwise it is as before.
            reason: Why, for the history.
            if_version: Refuses to write to a campaign that changed since this version of it was read.

        Returns:
            The new version, and the open suggestions that the new space would not propose.

        Raises:
            Conflict: The space is of another kind of candidate, or the version is past.
        """
        _check_batch(batch)
        checked_text(reason, "reason")
        checked_text(name, "name", 200)
        with ledger(self.database, self.id, self.clock) as book:
            book.check_version(if_version)
            old = wanted_in(book.row)
            write_change(
                book, old, space=space, objective=objective, batch=batch, name=name, archived=archived, reason=reason
            )
            current = old[0] if space is None else space
            outside = [s.id for s in self._open(book, Candidates()) if not current.contains(s.candidate)]
            return Changed(version=book.version, outside=tuple(outside))

    # Reading --------------------------------------------------------------------------------------------------------

    def suggestion(self, suggestion_id: str) -> SuggestionRecord:
        """One suggestion; :class:`NotFound` when there is none."""
        with self.database.read() as connection:
            row = reading.suggestion_row(connection, self.id, suggestion_id)
            return reading.suggestion_record(row, self.clock(), Candidates())

    def suggestions(
        self, state: str | None = None, *, limit: int = 100, after: str | None = None
    ) -> Page[SuggestionRecord]:
        """List suggestions by number.

        Args:
            state: Only those in this state; "open" is every state with a lease.
            limit: The most of one page.
            after: What the page before called next.
        """
        table, now, candidates = tables.suggestion, self.clock(), Candidates()
        query = sa.select(table).where(table.c.campaign_id == self.id)
        if state is not None:
            query = query.where(reading.state_filter(state, now))
        with self.database.read() as connection:
            return reading.page_of(
                connection, query, table.c.number, lambda row: reading.suggestion_record(row, now, candidates),
                limit=limit, after=after,
            )  # fmt: skip

    def measurement(self, measurement_id: str) -> MeasurementRecord:
        """One told result; :class:`NotFound` when there is none."""
        with self.database.read() as connection:
            row = reading.measurement_row(connection, self.id, measurement_id)
            if row is None:
                raise NotFound(
                    f"There is no measurement '{measurement_id[:70]}' in the campaign '{self.id}'.",
                    hint="List the measurements of the campaign.",
                )
            return reading.measurement_record(row, Candidates())

    def measurements(
        self, *, suggestion: str | None = None, limit: int = 100, after: str | None = None
    ) -> Page[MeasurementRecord]:
        """List told results by number; corrected ones are among them.

        Args:
            suggestion: Only those of this suggestion.
            limit: The most of one page.
            after: What the page before called next.
        """
        table, candidates = tables.measurement, Candidates()
        query = sa.select(table).where(table.c.campaign_id == self.id)
        if suggestion is not None:
            condition = table.c.suggestion_id == suggestion
            query = query.where(condition if ID.fullmatch(suggestion) else sa.false())
        with self.database.read() as connection:
            return reading.page_of(
                connection, query, table.c.number, lambda row: reading.measurement_record(row, candidates),
                limit=limit, after=after,
            )  # fmt: skip

    def kept_files(self) -> tuple[KeptFile, ...]:
        """The files of instruments that are kept, without their content."""
        with self.database.read() as connection:
            return list_kept(connection, self.id)

    def kept_file(self, sha256: str) -> InstrumentFile:
        """A kept file with its content; :class:`NotFound` when there is none of this hash."""
        with self.database.read() as connection:
            return read_kept(connection, self.id, sha256)

    def history(self, *, limit: int = 100, after: str | None = None) -> Page[Event]:
        """List everything that happened, in order.

        Args:
            limit: The most of one page.
            after: What the page before called next.
        """
        table = tables.event
        query = sa.select(table).where(table.c.campaign_id == self.id)
        with self.database.read() as connection:
            return reading.page_of(connection, query, table.c.number, reading.event_record, limit=limit, after=after)

    def learned(self) -> tuple[Measurement, ...]:
        """What planners and models learn from: every value that was told and not corrected."""
        with self.database.read() as connection:
            return _learned(self._all_measurements(connection, Candidates()))

    def questions(self, ids: Sequence[str]) -> tuple[str, ...]:
        """A question for each of these results that the others contradict: a slip of the pen, or a discovery."""
        from surrogate.campaign.doubts import questions_about

        return questions_about(self.space, self.learned(), ids)

    @property
    def version(self) -> int:
        """The number of changes so far; every change raises it by one."""
        query = sa.select(tables.campaign.c.version).where(tables.campaign.c.id == self.id)
        with self.database.read() as connection:
            number = connection.scalar(query)
        if number is None:
            raise no_campaign(self.id)
        return int(number)

    def summary(self) -> Summary:
        """The campaign at a glance."""
        with self.database.read() as connection:
            return summary_of(connection, self.id, self.clock())

    # What planners need ---------------------------------------------------------------------------------------------

    def _all_measurements(self, connection: sa.Connection, candidates: Candidates) -> list[MeasurementRecord]:
        rows = reading.rows_of(connection, tables.measurement, self.id)
        return [reading.measurement_record(row, candidates) for row in rows]

    def _open(self, book: Ledger, candidates: Candidates) -> list[SuggestionRecord]:
        rows = reading.rows_of(book.connection, tables.suggestion, self.id, reading.state_filter("open", book.now))
        return [reading.suggestion_record(row, book.now, candidates) for row in rows]

    def _failures(
        self, book: Ledger, records: Sequence[MeasurementRecord], candidates: Candidates
    ) -> tuple[Candidate, ...]:
        """What could not be made: failed results, and suggestions that were set to failed without a result."""
        without_value = [record for record in records if record.is_used and not record.result.status.has_value]
        failed = [record for record in without_value if record.result.status is Status.FAILED]
        explained = {record.result.suggestion for record in without_value}
        table = tables.suggestion
        rows = reading.rows_of(book.connection, table, self.id, table.c.state == str(State.FAILED))
        silent = [
            candidates.of(row["candidate"], f"suggestion {row['id']}") for row in rows if row["id"] not in explained
        ]
        candidates_failed = (*(record.candidate for record in failed), *silent)
        return tuple(candidate for candidate in candidates_failed if candidate.kind is self.space.subject)


def _learned(records: Sequence[MeasurementRecord]) -> tuple[Measurement, ...]:
    """The values that were told and not corrected."""
    return tuple(m for record in records if record.is_used and (m := record.measurement()) is not None)


def _check_batch(batch: int | None) -> None:
    """Refuse a batch of none or of very many; ``None`` is not stated."""
    if batch is not None and not 1 <= batch <= MAX_BATCH:
        raise InvalidInput(
            f"A batch of {batch} was asked for; 1 to {MAX_BATCH} are possible.", hint=f"The default is {BATCH}."
        )


def checked_lease(lease_s: float) -> float:
    """A lease that makes sense: above 0 and at most ten years, in seconds."""
    if not 0.0 < lease_s <= MAX_LEASE_S:
        raise InvalidInput(f"A lease of {lease_s:g} s is not possible.", hint="Give seconds; 14 days are 1209600.")
    return float(lease_s)


def _seed_of(seed: int, ask: int) -> int:
    """The seed of the ``ask``-th ask: the same for a campaign and its imported copy."""
    return int(np.random.SeedSequence([seed, ask]).generate_state(1)[0])


def _request_of(result: Result) -> dict[str, Any]:
    """What a client said of a result, for the hash of its request; what says nothing is not in it, as it never was."""
    stated = {**reading.result_row(result), "id": result.id}
    return {name: value for name, value in stated.items() if name != "provenance" or value is not None}
