"""Leads are edited, moved, assigned, closed and reopened; what is sealed or stale is refused and nothing changes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import leads
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal, StaleVersion
from leadwell.base.tx import Database, Tx
from leadwell.people import BadEmail
from tests import builders as make
from tests.verbs.conversions import refused, row


async def noted(db: Database, actor: Actor, record: UUID) -> list[asyncpg.Record]:
    async with db.read(actor) as tx:
        return await tx.fetch(
            "SELECT e.kind, e.version, e.data FROM events e WHERE e.workspace_id = $1 AND e.record_id = $2 ORDER BY e.id", tx.workspace, record
        )


async def spans(db: Database, actor: Actor, lead: UUID) -> list[tuple[str, bool]]:
    async with db.read(actor) as tx:
        rows = await tx.fetch(
            "SELECT t.type, s.left_at IS NULL AS now FROM lead_status_spans s JOIN lead_statuses t ON t.workspace_id = $1 AND t.id = s.status_id"
            " WHERE s.workspace_id = $1 AND s.lead_id = $2 ORDER BY s.entered_at, s.id", tx.workspace, lead,
        )
    return [(r["type"], r["now"]) for r in rows]


async def test_edit_writes_only_what_differs_and_says_so(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx, title="CTO", need="speed"))
    done = await db.run(actor, lambda tx: leads.update(tx, lead_id, {"title": " Chief  Engineer ", "need": "speed", "employees": 12}))
    assert (done.version, done.changes) == (2, {"title": ["CTO", "Chief Engineer"], "employees": [None, 12]})
    (event,) = await noted(db, actor, lead_id)
    assert (event["kind"], event["version"], event["data"]) == ("lead.updated", 2, {"changes": done.changes})
    again = await db.run(actor, lambda tx: leads.update(tx, lead_id, {"title": "Chief Engineer"}))
    assert (again.version, again.changes) == (2, {})
    assert len(await noted(db, actor, lead_id)) == 1


async def test_name_and_address_of_a_lead_are_those_of_its_person(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    done = await db.run(actor, lambda tx: leads.update(tx, lead_id, {"first_name": "Augusta", "email": "augusta@acme.example"}))
    lead = await row(db, actor, "leads", lead_id)
    person = await row(db, actor, "people", lead["person_id"])
    assert (person["name"], person["email"], lead["version"]) == ("Augusta Lovelace", "augusta@acme.example", 2)
    assert {"first_name", "name", "email"} <= done.changes.keys()


async def test_edit_of_a_lead_has_it_enriched_and_scored_again(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    await db.run(actor, lambda tx: leads.update(tx, lead_id, {"title": "CTO"}))
    async with db.read(actor) as tx:
        kinds = [r["kind"] for r in await tx.fetch("SELECT w.kind FROM work w WHERE w.workspace_id = $1 ORDER BY w.kind", tx.workspace)]
    assert kinds == ["enrich.person", "score.person"]


async def test_bad_edits_are_refused(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    cases: list[tuple[type[Refusal], dict[str, Any], str | None]] = [
        (BadEmail, {"email": "nonsense", "title": "CTO"}, "email"),
        (leads.BadField, {"employees": -1}, "employees"),
        (leads.BadField, {"shoe_size": 44}, None),
        (NotFound, {"source_id": uuid7()}, "source_id"),
        (NotFound, {"company_id": uuid7()}, "company_id"),
    ]
    for kind, changes, field in cases:
        assert (await refused(db, actor, kind, lambda tx, c=changes: leads.update(tx, lead_id, c))).field == field
    await refused(db, actor, StaleVersion, lambda tx: leads.update(tx, lead_id, {"title": "CTO"}, expected_version=2))
    await refused(db, actor, NotFound, lambda tx: leads.update(tx, uuid7(), {"title": "CTO"}))
    assert (await row(db, actor, "leads", lead_id))["version"] == 1


async def test_lead_needs_something_to_be_known_by(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        person = await make.make_person(tx, "Ada", email="")
        await tx.execute("UPDATE people SET name = NULL, last_name = NULL WHERE workspace_id = $1 AND id = $2", tx.workspace, person)
        return await make.make_lead(tx, person, company_name="Acme")

    lead_id = await db.run(actor, given)
    await refused(db, actor, leads.NothingLeft, lambda tx: leads.update(tx, lead_id, {"company_name": None}))


async def test_two_edits_at_once_with_one_version_let_one_pass(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))

    async def edit(title: str) -> object:
        return await db.run(actor, lambda tx: leads.update(tx, lead_id, {"title": title}, expected_version=1))

    done = await asyncio.gather(*(edit(f"Title {i}") for i in range(8)), return_exceptions=True)
    assert sum(isinstance(d, StaleVersion) for d in done) == 7
    assert (await row(db, actor, "leads", lead_id))["version"] == 2


async def test_move_keeps_the_time_in_each_status(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    async with db.read(actor) as tx:
        working, qualified = await make.status_of(tx, "WORKING"), await make.status_of(tx, "QUALIFIED")
    await db.run(actor, lambda tx: leads.set_status(tx, lead_id, working))
    await db.run(actor, lambda tx: leads.set_status(tx, lead_id, qualified))
    await db.run(actor, lambda tx: leads.set_status(tx, lead_id, qualified))
    assert await spans(db, actor, lead_id) == [("NEW", False), ("WORKING", False), ("QUALIFIED", True)]
    lead = await row(db, actor, "leads", lead_id)
    assert (lead["state"], lead["version"], lead["sales_qualified_at"]) == ("OPEN", 3, lead["status_since"])


async def test_status_that_ends_a_lead_has_its_own_verb(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    async with db.read(actor) as tx:
        closing = [await make.status_of(tx, type) for type in ("CONVERTED", "JUNK", "MERGED")]
    for status in closing:
        await refused(db, actor, leads.TransitionRefused, lambda tx, s=status: leads.set_status(tx, lead_id, s))


async def test_pipeline_may_restrict_what_follows_a_status(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID]:
        new, working, qualified = [await make.status_of(tx, type) for type in ("NEW", "WORKING", "QUALIFIED")]
        await tx.execute("UPDATE lead_statuses SET next_ids = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, new, [working])
        return await make.make_lead(tx), working, qualified

    lead_id, working, qualified = await db.run(actor, given)
    await refused(db, actor, leads.TransitionRefused, lambda tx: leads.set_status(tx, lead_id, qualified))
    assert (await db.run(actor, lambda tx: leads.set_status(tx, lead_id, working))).version == 2


async def test_lead_is_assigned_to_users_of_the_workspace_only(db: Database, actor: Actor, other_workspace: UUID) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    user = await db.run(actor, make.make_user)
    stranger = await db.run(Actor.system(other_workspace), make.make_user)
    done = await db.run(actor, lambda tx: leads.assign(tx, lead_id, user))
    assert done.changes == {"owner_id": [None, user]}
    refusal = await refused(db, actor, NotFound, lambda tx: leads.assign(tx, lead_id, stranger))
    assert refusal.field == "owner_id"


async def test_accepted_lead_is_worked_on_by_who_accepted_it(db: Database, actor: Actor) -> None:
    lead_id, user = await db.run(actor, lambda tx: make.make_lead(tx)), await db.run(actor, make.make_user)
    await db.run(Actor(actor.workspace, "USER", user), lambda tx: leads.accept(tx, lead_id))
    lead = await row(db, actor, "leads", lead_id)
    assert (lead["owner_id"], lead["sales_accepted_at"]) == (user, lead["status_since"])
    assert await spans(db, actor, lead_id) == [("NEW", False), ("WORKING", True)]


async def test_rejected_lead_goes_back_to_nurturing_until_its_date(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    await refused(db, actor, leads.ReasonRequired, lambda tx: leads.reject(tx, lead_id, "  "))
    await db.run(actor, lambda tx: leads.reject(tx, lead_id, "no budget this year"))
    lead = await row(db, actor, "leads", lead_id)
    assert lead["recycle_at"] - lead["status_since"] == timedelta(days=90)
    assert await spans(db, actor, lead_id) == [("NEW", False), ("NURTURING", True)]
    assert [e["data"]["reason"] for e in await noted(db, actor, lead_id)] == ["no budget this year"]


async def test_junk_lead_comes_back_with_its_history(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx, status="WORKING"))
    await db.run(actor, lambda tx: leads.junk(tx, lead_id, "NOT_INTERESTED", "called twice"))
    closed = await row(db, actor, "leads", lead_id)
    assert (closed["state"], closed["junk_note"], closed["closed_at"]) == ("JUNK", "called twice", closed["status_since"])
    assert closed["recycle_at"] - closed["closed_at"] == timedelta(days=180)
    await refused(db, actor, leads.AlreadyJunk, lambda tx: leads.junk(tx, lead_id, "SPAM"))
    await db.run(actor, lambda tx: leads.reopen(tx, lead_id, "asked again"))
    lead = await row(db, actor, "leads", lead_id)
    assert (lead["state"], lead["junk_reason_id"], lead["junk_note"], lead["closed_at"], lead["recycle_at"]) == ("OPEN", None, None, None, None)
    assert await spans(db, actor, lead_id) == [("WORKING", False), ("JUNK", False), ("WORKING", True)]
    assert [e["kind"] for e in await noted(db, actor, lead_id)] == ["lead.junked", "lead.reopened"]
    await refused(db, actor, leads.NotJunk, lambda tx: leads.reopen(tx, lead_id, "again"))


async def test_junk_needs_a_reason_of_the_workspace(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    refusal = await refused(db, actor, leads.UnknownReason, lambda tx: leads.junk(tx, lead_id, "BORING"))
    assert "NO_FIT" in refusal.params["known"]


async def test_junk_lead_stays_closed_while_the_person_has_another_open_one(db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        person = await make.make_person(tx)
        lead = await make.make_lead(tx, person)
        await leads.junk(tx, lead, "TIMING")
        await make.make_lead(tx, person, repeat_of_id=lead)
        return lead

    lead_id = await db.run(actor, given)
    await refused(db, actor, leads.OpenLeadExists, lambda tx: leads.reopen(tx, lead_id, "asked again"))


async def test_closing_and_editing_at_once_end_in_one_order(db: Database, actor: Actor) -> None:
    lead_id = await db.run(actor, lambda tx: make.make_lead(tx))
    verbs: list[Callable[[Tx], Awaitable[Any]]] = [lambda tx, i=i: leads.update(tx, lead_id, {"need": f"need {i}"}) for i in range(6)]
    verbs += [lambda tx: leads.junk(tx, lead_id, "NO_FIT") for _ in range(3)]
    done = await asyncio.gather(*(db.run(actor, verb) for verb in verbs), return_exceptions=True)
    assert sum(isinstance(d, leads.AlreadyJunk) for d in done) == 2
    assert (await row(db, actor, "leads", lead_id))["version"] == 8
    assert [e["version"] for e in await noted(db, actor, lead_id)] == list(range(2, 9))


def test_status_table_knows_every_type() -> None:
    from leadwell.leads.lifecycle import STATE_OF

    assert {type for type, state in STATE_OF.items() if state == "OPEN"} == {"NEW", "WORKING", "NURTURING", "QUALIFIED"}


@pytest.mark.parametrize("state", ["CONVERTED", "MERGED"])
def test_nothing_changes_a_sealed_lead(state: str) -> None:
    with pytest.raises(leads.LeadSealed):
        leads.may_change(state)
