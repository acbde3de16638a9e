"""What somebody lets happen later reaches no farther than they may themselves: when it is written, when it is brought into use, and whenever it acts."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from leadwell import automation, capture, nurture, ready, transfer
from leadwell.access import Viewer, keys
from leadwell.access.refusals import FieldNotYours
from leadwell.access.standing import standing
from leadwell.automation.refusals import RightGone
from leadwell.automation.rules import parse
from leadwell.base.actor import Actor
from leadwell.base.refusals import Forbidden, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.catalog import FieldForbidden
from leadwell.transfer import ImportOptions, asking, uploads
from leadwell.transfer.refusals import ImportForbidden, ImportStarted, RevertForbidden
from tests import builders as make
from tests.mailing import leads, topic
from tests.stepping import begun, outcomes, walk
from tests.verbs.assigning import carried, rows
from workers import automation as worker

WIDE = {"*": {"verbs": ["*"], "rows": "all"}}
NARROW = {"*": {"verbs": ["*"], "rows": "all"},
          "leads": {"verbs": ["read", "update", "enroll"], "rows": "all", "hide": ["budget"], "readonly": ["interest"]}}  # fmt: skip


async def author(db: Database, actor: Actor, grants: dict[str, Any] = WIDE) -> Viewer:
    """A user with a role of their own."""

    async def verb(tx: Tx) -> Viewer | None:
        await make.insert(tx, "roles", id=make.uuid7(), code="AUTHOR", name="Author", grants=grants, **await make.stamps(tx))
        return await standing(tx, f"USER:{await make.make_user(tx, role='AUTHOR')}")

    found = await db.run(actor, verb)
    assert found
    return found


async def narrowed(db: Database, actor: Actor, viewer: Viewer, grants: dict[str, Any] = NARROW) -> Viewer:
    await db.run(actor, lambda tx: tx.execute("UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'AUTHOR'", tx.workspace, grants))
    async with db.read(actor) as tx:
        found = await standing(tx, viewer.credential)
    assert found
    return found


def rule(*do: dict[str, Any], where: Any = None) -> dict[str, Any]:
    return {"noun": "Lead", "when": {"kind": "CREATED"}, "where": where or {}, "do": list(do)}


SETS = {"kind": "SET", "set": {"interest": "Gold"}}


async def test_an_automation_says_no_more_than_its_author_may_do_with_every_record(db: Database, actor: Actor) -> None:
    viewer = await author(db, actor, NARROW)
    seller = Viewer.of_user(actor.workspace, viewer.id, "S", "S", {**WIDE, "leads": {"verbs": ["*"], "rows": {"read": "all", "*": "own"}}})
    blind = Viewer.of_user(actor.workspace, viewer.id, "B", "B", {"automations": {"verbs": ["*"], "rows": "all"}})
    refused: list[tuple[Viewer, dict[str, Any], type[Refusal], str]] = [
        (viewer, rule({"kind": "WEBHOOK", "name": "x"}, SETS), FieldNotYours, "rule.do.1.set.interest"),
        (viewer, rule({"kind": "ASSIGN"}), Forbidden, "rule.do.0"),
        (viewer, rule({"kind": "WEBHOOK", "name": "x"}, where={"budget": {"gt": 5}}), FieldForbidden, "rule.where"),
        (seller, rule({"kind": "SET", "set": {"need": "Gold"}}), Forbidden, "rule.do.0.set"),
        (blind, rule({"kind": "TASK", "title": "Call"}), Forbidden, "rule.do.0"),
    ]
    for by, given, kind, at in refused:
        with pytest.raises(kind) as told:
            await db.run(actor, lambda tx, by=by, given=given: automation.create(tx, "No", given, by))
        assert told.value.field == at
    assert await rows(db, actor, "automations") == []
    id = await db.run(actor, lambda tx: automation.create(tx, "Yes", rule({"kind": "SET", "set": {"need": "Gold"}}), viewer))
    with pytest.raises(FieldNotYours):
        await db.run(actor, lambda tx: automation.draft(tx, id, rule(SETS), viewer))
    with pytest.raises(Forbidden):
        await db.run(actor, lambda tx: automation.publish(tx, id, seller))
    assert [one["state"] for one in await rows(db, actor, "automations")] == ["DRAFT"]


async def test_an_automation_acts_with_the_rights_that_who_published_it_has_by_then(db: Database, actor: Actor) -> None:
    viewer = await author(db, actor)
    acting = viewer.actor("r" * 32)

    async def written(tx: Tx) -> UUID:
        id = await automation.create(tx, "Gold", rule(SETS, {"kind": "WEBHOOK", "name": "gold"}), viewer)
        await automation.publish(tx, id, viewer)
        return id

    id = await db.run(acting, written)

    async def comes(name: str) -> tuple[Any, ...]:
        (outcome,) = await capture.submit(db, actor, [Submission("FORM", {"email": f"{name}@acme.example"})])
        await carried(db, actor, worker.KINDS)
        (lead,) = await rows(db, actor, "leads", id=outcome.lead_id)
        run = (await rows(db, actor, "automation_runs", "at, t.id"))[-1]
        return (lead["interest"], *((one["done"], one.get("message")) for one in run["results"]))

    gone = RightGone().message
    assert await comes("ana") == ("Gold", (True, None), (True, None))
    less = await narrowed(db, actor, viewer)
    assert await comes("bo") == (None, (False, gone), (True, None))
    await db.run(acting, lambda tx: automation.pause(tx, id))
    with pytest.raises(FieldNotYours):
        await db.run(acting, lambda tx: automation.resume(tx, id, less))
    boss = Viewer.of_user(actor.workspace, await db.run(actor, lambda tx: make.make_user(tx, role="OWNER")), "Bo", "OWNER", WIDE)
    await db.run(boss.actor("q" * 32), lambda tx: automation.resume(tx, id, boss))
    assert await comes("cy") == ("Gold", (True, None), (True, None))
    await db.run(actor, lambda tx: tx.execute("UPDATE users SET archived_at = now() WHERE workspace_id = $1 AND id = $2", tx.workspace, boss.id))
    assert await comes("di") == (None, (False, gone), (True, None))


async def test_an_automation_is_tried_among_the_records_that_one_sees(db: Database, actor: Actor) -> None:
    async def some(tx: Tx) -> Viewer:
        mine, other = await make.make_user(tx), await make.make_user(tx)
        for owner in (mine, other, other):
            await make.make_lead(tx, await make.make_person(tx), owner_id=owner)
        return Viewer.of_user(tx.workspace, mine, "S", "S", {"*": {"verbs": ["read"], "rows": "own"}})

    seller = await db.run(actor, some)
    given = parse(rule({"kind": "WEBHOOK", "name": "x"}))
    async with db.read(actor) as tx:
        assert [(await automation.preview(tx, given, by)).matching for by in (None, seller)] == [3, 1]


STEPS = [{"kind": "FIELD", "noun": "Lead", "set": {"interest": "Gold"}, "id": "it"}, {"kind": "NOTIFY", "title": "Look", "id": "on"}]
ASKS = [{"kind": "BRANCH", "paths": [{"next": "on", "noun": "Lead", "where": {"budget": {"gt": 5}}}]}, STEPS[1]]


async def test_a_sequence_asks_and_writes_no_more_than_its_author(db: Database, actor: Actor) -> None:
    viewer = await author(db, actor, NARROW)

    async def made(tx: Tx, steps: Any = (), by: Viewer | None = viewer, goal: Any = None) -> UUID:
        return await nurture.create_sequence(tx, nurture.NewSequence("Walk", await topic(tx), steps, goal=goal), by)

    goal = {"noun": "Lead", "where": {"budget": {"gt": 5}}}
    for steps, to, kind, at in (
        (STEPS, None, FieldNotYours, "steps.0.set.interest"), (ASKS, None, FieldForbidden, "steps.0.paths.0.where"),
        (STEPS[1:], goal, FieldForbidden, "goal.where"),
    ):
        with pytest.raises(kind) as told:
            await db.run(actor, lambda tx, steps=steps, to=to: made(tx, steps, goal=to))
        assert told.value.field == at
    assert await rows(db, actor, "sequences") == []
    id = await db.run(actor, lambda tx: made(tx, STEPS, None))
    for verb in (
        lambda tx: nurture.publish(tx, id, author=viewer), lambda tx: nurture.update_draft(tx, id, {}, STEPS, author=viewer),
        lambda tx: nurture.update_draft(tx, id, {"goal": goal}, author=viewer), lambda tx: ready.copy(tx, id, "Copy", viewer),
    ):  # fmt: skip
        with pytest.raises((FieldNotYours, FieldForbidden)):
            await db.run(actor, verb)
    assert [(one["name"], one["state"], one["goal"]) for one in await rows(db, actor, "sequences")] == [("Walk", "DRAFT", None)]


async def test_a_step_writes_with_the_rights_that_who_published_it_has_by_then(db: Database, actor: Actor) -> None:
    viewer = await author(db, actor)
    id, _ = await db.run(viewer.actor("r" * 32), lambda tx: begun(tx, STEPS, 1))
    assert await walk(db, actor) == 2
    assert [lead["interest"] for lead in await rows(db, actor, "leads")] == ["Gold"]
    await narrowed(db, actor, viewer)

    async def another(tx: Tx) -> UUID:
        (person,) = await leads(tx, 1)
        assert [entry.refusal for entry in await nurture.enroll_many(tx, id, [person], "HAND")] == [None]
        return person

    person = await db.run(actor, another)
    await walk(db, actor)
    assert (await outcomes(db, actor, person))[0] == ("it", "REFUSED")
    assert [lead["interest"] for lead in await rows(db, actor, "leads", person_id=person)] == [None]


TEXT = b"Lead ID,Last Name,Email\n" + b"".join(b"%d,P%d,p%d@acme.example\n" % (i, i, i) for i in range(1_005))   # two batches


async def pieces() -> AsyncIterator[bytes]:
    yield TEXT


async def test_an_import_ends_when_its_key_is_revoked_and_goes_on_for_somebody_who_may(db: Database, actor: Actor) -> None:
    made = await db.run(actor, lambda tx: keys.create(tx, "Importer", ["imports:*", "leads:*", "people:*"]))
    credential = f"KEY:{made.record.id}"
    upload = await db.run(actor, lambda tx: uploads.begin(tx, "leads.csv", credential))
    await uploads.receive(db, actor, upload, credential, 0, pieces())
    acting = Actor(actor.workspace, "KEY", made.record.id, credential=credential)
    id = await db.run(acting, lambda tx: asking.create(tx, asking.NewImport(upload, ImportOptions()), credential))
    reader = Viewer.of_user(actor.workspace, make.uuid7(), "R", "R", {"imports": {"verbs": ["*"], "rows": "all"}})
    with pytest.raises(Forbidden):
        await db.run(actor, lambda tx: asking.start(tx, id, reader))
    async with db.read(actor) as tx:
        mine = await standing(tx, credential)
    await db.run(acting, lambda tx: asking.start(tx, id, mine))
    assert await transfer.perform(Revoking(db, made.record.id), actor.workspace, id)  # type: ignore[arg-type]

    async def stands() -> tuple[Any, ...]:
        (one,) = await rows(db, actor, "imports")
        return one["state"], one["done_rows"], one["created_count"], one["error"], len(await rows(db, actor, "leads"))

    assert await stands() == ("FAILED", 1_000, 1_000, ImportForbidden().message, 1_000)
    boss = Viewer.of_user(actor.workspace, await db.run(actor, lambda tx: make.make_user(tx, role="OWNER")), "Bo", "OWNER", WIDE)
    await db.run(boss.actor("q" * 32), lambda tx: asking.start(tx, id, boss))
    assert await transfer.perform(db, actor.workspace, id) or await transfer.resume(db, boss.actor("q" * 32), id, asked=True)
    assert await stands() == ("DONE", 1_005, 1_005, None, 1_005)
    assert [one["data"]["created"] for one in await rows(db, actor, "events", "id", kind="import.failed")] == [1_000]


async def test_taking_an_import_back_ends_when_its_key_is_revoked_and_goes_on_for_somebody_who_may(db: Database, actor: Actor) -> None:
    upload = await db.run(actor, lambda tx: uploads.begin(tx, "leads.csv", "me"))
    await uploads.receive(db, actor, upload, "me", 0, pieces())
    id = await db.run(actor, lambda tx: asking.create(tx, asking.NewImport(upload, ImportOptions()), "me"))
    await db.run(actor, lambda tx: asking.start(tx, id))
    assert await transfer.perform(db, actor.workspace, id)
    made = await db.run(actor, lambda tx: keys.create(tx, "Importer", ["imports:*", "leads:*", "people:*"]))
    async with db.read(actor) as tx:
        mine = await standing(tx, f"KEY:{made.record.id}")
    assert mine
    for short in (["imports:*"], ["imports:read", "leads:*"]):
        narrow = Viewer.of_key(actor.workspace, make.uuid7(), "Narrow", short)
        with pytest.raises(Forbidden):
            await db.run(actor, lambda tx, narrow=narrow: transfer.ask_revert(tx, id, narrow))
    await db.run(mine.actor("q" * 32), lambda tx: transfer.ask_revert(tx, id, mine))
    counts = await transfer.revert(Revoking(db, made.record.id, "reverted_count"), actor, id)  # type: ignore[arg-type]

    async def stands() -> tuple[Any, ...]:
        (one,) = await rows(db, actor, "imports")
        return one["state"], one["reverted_count"], one["error"], len([lead for lead in await rows(db, actor, "leads") if lead["archived_at"] is None])

    assert (counts["records"], await stands()) == (10, ("FAILED", 10, RevertForbidden().message, 1_000))
    boss = Viewer.of_user(actor.workspace, await db.run(actor, lambda tx: make.make_user(tx, role="OWNER")), "Bo", "OWNER", WIDE)
    with pytest.raises(ImportStarted) as refused:
        await db.run(actor, lambda tx: asking.start(tx, id, boss))
    assert refused.value.message == "This import is taken back in part."
    await db.run(boss.actor("q" * 32), lambda tx: transfer.ask_revert(tx, id, boss))
    assert (await transfer.revert(db, actor, id))["records"] == 2_000
    assert await stands() == ("REVERTED", 2_010, None, 0)
    assert [one["data"] for one in await rows(db, actor, "events", "id", kind="import.failed")] == [{"taken_back": 10, "left": 0}]
    moved = [(one["credential"], one["data"]["state"]) for one in await rows(db, actor, "events", "id", kind="import.moved")]
    assert moved[1:] == [(mine.credential, "REVERTING"), (boss.credential, "REVERTING")]


class Revoking(Database):
    """The same database, on which a key is revoked as soon as a count of its one import is more than nothing."""

    def __init__(self, db: Database, key: UUID, count: str = "done_rows") -> None:
        super().__init__(db.pool, db.client, db.ring)
        self.key: UUID | None = key
        self.count = count

    async def run(self, actor: Actor, work: Any, **more: Any) -> Any:
        result = await super().run(actor, work, **more)
        async with self.read(actor) as tx:
            begun = await tx.value(f"SELECT i.{self.count} FROM imports i WHERE i.workspace_id = $1", tx.workspace)
        if begun and self.key:
            key, self.key = self.key, None
            await super().run(Actor.system(actor.workspace), lambda tx: keys.revoke(tx, key))
        return result
