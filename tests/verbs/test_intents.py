"""What a hand raised by somebody known sets off: who is told, which sequences end, and what stays quiet."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import capture, events, notifications, nurture, reactions, tasks, workspaces
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.capture import Defaults, Outcome, Submission
from leadwell.delivery.verdict import astray
from tests.builders import make_contact, make_lead, make_person, make_user
from tests.mailing import FROM, enrollments, sequence

ANA = {"name": "Ana Silva", "email": "ana@acme.com"}


async def stand(tx: Tx, standing: str, owner: UUID) -> UUID | None:
    """Ana in the standing a column of the table names."""
    if standing == "unknown":
        return None
    person = await make_person(tx, "Ana Silva", "ana@acme.com")
    await (make_contact(tx, person, owner_id=owner) if standing == "contact" else make_lead(tx, person, owner_id=owner))
    return person


async def carried(db: Database, actor: Actor) -> None:
    """Every event numbered and carried up."""
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: reactions.react(tx, 500))


async def came(db: Database, actor: Actor, intent: Any = "HAND_RAISE", by: Actor | None = None, **more: Any) -> Outcome:
    await carried(db, actor)
    (outcome,) = await capture.submit(db, by or actor, [Submission("FORM", ANA, intent, **more)])
    await carried(db, actor)
    return outcome


async def told(db: Database, actor: Actor) -> list[tuple[str, str, UUID]]:
    async with db.read(actor) as tx:
        sql = "SELECT n.kind, n.title, n.user_id FROM notifications n WHERE n.workspace_id = $1"
        return [(row["kind"], row["title"], row["user_id"]) for row in await tx.fetch(sql, tx.workspace)]


@pytest.mark.parametrize(
    ("intent", "standing", "outcome"),
    [
        ("HAND_RAISE", "unknown", None), ("HAND_RAISE", "open lead", "ATTACHED"), ("HAND_RAISE", "contact", "REPEATED"),
        ("CONTENT", "unknown", None), ("CONTENT", "open lead", None), ("CONTENT", "contact", None),
        ("EVENT", "unknown", None), ("EVENT", "open lead", None), ("EVENT", "contact", None),
        ("SUBSCRIBE", "unknown", None), ("SUBSCRIBE", "open lead", None), ("SUBSCRIBE", "contact", None),
    ],
)  # fmt: skip
async def test_owner_is_told_once_when_somebody_known_raises_a_hand(
    db: Database, actor: Actor, intent: Any, standing: str, outcome: str | None
) -> None:  # fmt: skip
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, standing, owner))
    await came(db, actor, intent, defaults=Defaults(owner_id=owner))
    await carried(db, actor)
    assert await told(db, actor) == ([("HAND_RAISED", "Ana Silva asks to be spoken to", owner)] if outcome else [])
    async with db.read(actor) as tx:
        sql = "SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.raised_hand'"
        found = [row["data"] for row in await tx.fetch(sql, tx.workspace)]
    assert [one["outcome"] for one in found] == ([outcome] if outcome else [])
    assert all(one.keys() >= {"raised_at", "source_id", "form_id", "submission_id", "intent"} for one in found)


@pytest.mark.parametrize(("standing", "exit_on", "left"), [
    ("open lead", None, True), ("open lead", ["HAND_RAISE"], True), ("open lead", ["REPLY"], False), ("open lead", [], False),
    ("contact", None, True), ("contact", ["JUNK"], False),
])  # fmt: skip
async def test_sequences_that_say_so_end(db: Database, actor: Actor, standing: str, exit_on: list[str] | None, left: bool) -> None:
    async def enrolled(tx: Tx) -> None:
        person = await stand(tx, standing, await make_user(tx))
        assert person
        entered = await nurture.enroll_many(tx, await sequence(tx, "P2D", audience="BOTH", exit_on=exit_on), [person], "HAND")
        assert entered[0].refusal is None

    await db.run(actor, enrolled)
    await came(db, actor)
    state = ("EXITED", "HAND_RAISE") if left else ("ACTIVE", None)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason") == [state]


async def test_mail_planned_before_the_hand_was_raised_is_held_even_before_the_reaction(db: Database, actor: Actor) -> None:
    async def enrolled(tx: Tx) -> None:
        person = await stand(tx, "open lead", await make_user(tx))
        assert person
        await nurture.enroll_many(tx, await sequence(tx, "P2D"), [person], "HAND")

    await db.run(actor, enrolled)
    await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM))
    gate = "SELECT s.id, s.enrollment_id, s.step, s.visit FROM sends s WHERE s.workspace_id = $1"
    async with db.read(actor) as tx:
        (send,) = await tx.fetch(gate, tx.workspace)
    assert await speaks_against(db, actor, send) is None
    await capture.submit(db, actor, [Submission("FORM", ANA)])
    assert await speaks_against(db, actor, send) == "HAND_RAISED"


async def speaks_against(db: Database, actor: Actor, send: Any) -> str | None:
    """What the gate would say of the enrollment behind a mail."""
    facts = await db.run(actor, lambda tx: nurture.gate(tx, [send]))
    return astray(facts[send["id"]], send["step"], send["visit"])


async def test_sequence_entered_by_raising_a_hand_goes_on(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: sequence(tx, "P2D", entry={"capture": {"intents": ["HAND_RAISE"]}}))
    await came(db, actor)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "entered_by") == [("ACTIVE", "CAPTURE")]


async def test_quiet_submission_tells_nobody_and_ends_nothing(db: Database, actor: Actor) -> None:
    async def enrolled(tx: Tx) -> None:
        person = await stand(tx, "open lead", await make_user(tx))
        assert person
        await nurture.enroll_many(tx, await sequence(tx, "P2D"), [person], "HAND")

    await db.run(actor, enrolled)
    await came(db, actor, quiet=True)
    assert await told(db, actor) == []
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state") == [("ACTIVE",)]


async def test_owner_who_wrote_it_down_is_not_told(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, "open lead", owner))
    await came(db, actor, by=Actor(actor.workspace, "USER", owner))
    assert await told(db, actor) == []


async def test_reading_is_for_the_reader_alone(db: Database, actor: Actor) -> None:
    owner, other = await db.run(actor, make_user), await db.run(actor, lambda tx: make_user(tx, "Olga Other"))
    await db.run(actor, lambda tx: stand(tx, "open lead", owner))
    await came(db, actor)
    await came(db, actor)

    async def seen(tx: Tx, user: UUID) -> tuple[int, int]:
        return len(await notifications.of_user(tx, user, 20)), await notifications.unread(tx, user)

    async with db.read(actor) as tx:
        assert [await seen(tx, user) for user in (owner, other)] == [(2, 2), (0, 0)]
        newest = (await notifications.of_user(tx, owner, 1))[0]
    assert await db.run(actor, lambda tx: notifications.mark_read(tx, other, [newest.id])) == 0
    assert await db.run(actor, lambda tx: notifications.mark_read(tx, owner, [newest.id])) == 1
    async with db.read(actor) as tx:
        assert [one.id == newest.id for one in await notifications.of_user(tx, owner, 20, only_unread=True)] == [False]
    assert await db.run(actor, lambda tx: notifications.mark_read(tx, owner)) == 1
    async with db.read(actor) as tx:
        assert await seen(tx, owner) == (2, 0)


async def tasks_wanted(db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: workspaces.update_settings(tx, {"repeat_hand_raise": "TASK"}))


async def rows(db: Database, actor: Actor, table: str, *columns: str) -> list[tuple[Any, ...]]:
    async with db.read(actor) as tx:
        listed = ", ".join(f"t.{column}" for column in columns)
        return [tuple(row) for row in await tx.fetch(f"SELECT {listed} FROM {table} t WHERE t.workspace_id = $1 ORDER BY t.id", tx.workspace)]


@pytest.mark.parametrize(
    ("intent", "standing", "outcome", "leads", "made"),
    [
        ("HAND_RAISE", "unknown", "CREATED", 1, 0), ("HAND_RAISE", "open lead", "ATTACHED", 1, 0), ("HAND_RAISE", "contact", "TASK", 0, 1),
        ("CONTENT", "contact", "ACTIVITY", 0, 0), ("EVENT", "contact", "ACTIVITY", 0, 0), ("SUBSCRIBE", "contact", "ACTIVITY", 0, 0),
    ],
)  # fmt: skip
async def test_contact_who_raises_a_hand_leaves_a_task_where_the_workspace_wants_one(
    db: Database, actor: Actor, intent: Any, standing: str, outcome: str, leads: int, made: int
) -> None:  # fmt: skip
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, standing, owner))
    await tasks_wanted(db, actor)
    assert (await came(db, actor, intent)).outcome == outcome
    assert (len(await rows(db, actor, "leads", "id")), len(await rows(db, actor, "tasks", "id"))) == (leads, made)
    assert len(await rows(db, actor, "activities", "id")) == 1


async def test_task_says_who_asked_for_what_and_its_owner_is_told(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make_user)
    person = await db.run(actor, lambda tx: stand(tx, "contact", owner))
    await tasks_wanted(db, actor)
    await carried(db, actor)
    (outcome,) = await capture.submit(db, actor, [Submission("FORM", {**ANA, "need": "A second site"})])
    await carried(db, actor)
    assert (outcome.outcome, outcome.lead_id) == ("TASK", None)
    ((contact,),) = await rows(db, actor, "contacts", "id")
    ((task, raised_at, due_at, *more),) = await rows(
        db, actor, "tasks", "id", "raised_at", "due_at", "title", "body", "kind", "priority", "state", "assignee_id", "person_id", "contact_id", "lead_id")
    assert more == ["Ana Silva asks to be spoken to", "A second site", "TODO", "HIGH", "OPEN", owner, person, contact, None]
    async with db.read(actor) as tx:
        sql = "SELECT e.kind, e.record_id, e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = ANY($2::text[]) ORDER BY e.kind"
        raised, created = await tx.fetch(sql, tx.workspace, ["contact.raised_hand", "task.created", "lead.raised_hand"])
    assert (raised["kind"], raised["record_id"], created["kind"], created["record_id"]) == ("contact.raised_hand", contact, "task.created", task)
    assert raised["data"] == {
        "intent": "HAND_RAISE", "source_id": raised["data"]["source_id"], "form_id": None, "quiet": False, "outcome": "TASK", "task_id": str(task),
        "raised_at": raised_at.isoformat(), "submission_id": str(outcome.submission_id),
    }  # fmt: skip
    assert raised_at <= due_at
    assert await told(db, actor) == [("HAND_RAISED", "Ana Silva asks to be spoken to", owner)]
    assert await rows(db, actor, "notifications", "noun", "record_id") == [("Task", task)]
    ((data,),) = await rows(db, actor, "activities", "data")
    assert data["task_id"] == str(task)
    async with db.read(actor) as tx:
        links = await tx.fetch("SELECT l.noun, l.record_id FROM activity_links l WHERE l.workspace_id = $1", tx.workspace)
    assert [tuple(link) for link in links] == [("Contact", contact)]


async def test_asking_again_keeps_the_open_task_and_a_done_one_is_followed_by_another(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, "contact", owner))
    await tasks_wanted(db, actor)
    outcomes = await capture.submit(db, actor, [Submission("FORM", {**ANA, "need": need}) for need in ("first", "second")])
    assert [one.outcome for one in outcomes] == ["TASK", "TASK"]
    await came(db, actor)
    ((task, version, body, raised_at),) = await rows(db, actor, "tasks", "id", "version", "body", "raised_at")
    assert (version, body) == (2, "first")
    async with db.read(actor) as tx:
        sql = "SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = 'task.updated'"
        ((changed,),) = [tuple(row) for row in await tx.fetch(sql, tx.workspace)]
    before, after = changed["changes"]["raised_at"]
    assert (before < after, after) == (True, raised_at.isoformat())
    assert len(await told(db, actor)) == 3
    assert len(await rows(db, actor, "activities", "id")) == 3
    await db.run(actor, lambda tx: tasks.complete(tx, task))
    await came(db, actor)
    assert await rows(db, actor, "tasks", "state", "version") == [("DONE", 3), ("OPEN", 1)]


async def test_twenty_who_ask_at_once_leave_one_task(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, "contact", owner))
    await tasks_wanted(db, actor)
    found = await asyncio.gather(*(capture.submit(db, actor, [Submission("FORM", ANA)]) for _ in range(20)))
    assert [one.outcome for (one,) in found] == ["TASK"] * 20
    assert await rows(db, actor, "tasks", "version") == [(20,)]


async def test_quiet_hand_raised_by_a_contact_makes_no_task(db: Database, actor: Actor) -> None:
    owner = await db.run(actor, make_user)
    await db.run(actor, lambda tx: stand(tx, "contact", owner))
    await tasks_wanted(db, actor)
    assert (await came(db, actor, quiet=True)).outcome == "ACTIVITY"
    assert (await rows(db, actor, "tasks", "id"), await rows(db, actor, "leads", "id"), await told(db, actor)) == ([], [], [])
    assert len(await rows(db, actor, "activities", "id")) == 1


async def test_contact_without_owner_leaves_the_task_to_whom_the_form_names(db: Database, actor: Actor) -> None:
    other = await db.run(actor, make_user)

    async def nobodys(tx: Tx) -> UUID:
        return await make_contact(tx, await make_person(tx, "Ana Silva", "ana@acme.com"))

    await db.run(actor, nobodys)
    await tasks_wanted(db, actor)
    await came(db, actor, defaults=Defaults(owner_id=other))
    assert await rows(db, actor, "tasks", "assignee_id") == [(other,)]


@pytest.mark.parametrize(("exit_on", "state", "held"), [(None, ("EXITED", "HAND_RAISE"), "HAND_RAISED"), (["REPLY"], ("ACTIVE", None), None)])
async def test_sequences_that_say_so_end_where_a_task_is_made(
    db: Database, actor: Actor, exit_on: list[str] | None, state: tuple[str, str | None], held: str | None
) -> None:  # fmt: skip
    async def enrolled(tx: Tx) -> None:
        person = await stand(tx, "contact", await make_user(tx))
        assert person
        await nurture.enroll_many(tx, await sequence(tx, "P2D", audience="BOTH", exit_on=exit_on), [person], "HAND")

    await db.run(actor, enrolled)
    await tasks_wanted(db, actor)
    await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM))
    await carried(db, actor)
    await capture.submit(db, actor, [Submission("FORM", ANA)])
    async with db.read(actor) as tx:
        (send,) = await tx.fetch("SELECT s.id, s.enrollment_id, s.step, s.visit FROM sends s WHERE s.workspace_id = $1", tx.workspace)
    assert await speaks_against(db, actor, send) == held
    await carried(db, actor)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason") == [state]
