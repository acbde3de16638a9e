"""Publishing: every problem at once, a live version that never changes, and what becomes of people under way."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell import delivery, nurture, segments, templates, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.nurture import Course, Wish, migrating
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_WINDOW
from tests import builders as b
from tests.mailing import leads, sends, template, topic
from tests.stepping import Killed, begun, count, later, mail, outcomes, sandbox, standing, walk

DAY, WEEK, END = {"kind": "WAIT", "duration": "P1D"}, {"kind": "WAIT", "duration": "P7D"}, {"kind": "EXIT"}


async def test_everything_that_keeps_it_from_running_is_told_at_once_with_the_name_of_its_step(db: Database, actor: Actor) -> None:
    async def draft(tx: Tx) -> tuple[UUID, list[tuple[str | None, str]]]:
        bare = await template(tx, "Bare", delivery.Words("Hi", "<p>Buy</p>"))
        gone = await template(tx, "Gone")
        sender = uuid7()
        await b.insert(tx, "senders", id=sender, name="S", address="s@us.example", **await b.stamps(tx))
        id = await nurture.create_sequence(tx, nurture.NewSequence("Odd", await topic(tx), [
            {"kind": "EMAIL", "template_id": str(bare), "name": "First"},
            {"kind": "EMAIL", "template_id": str(gone), "sender": {"kind": "FIXED", "ids": [str(sender)]}},
            {"kind": "WAIT", "until": "2020-01-01T00:00:00Z", "name": "Then"},
            {"kind": "BRANCH", "paths": [{"where": {"shoeSize": {"eq": 43}}, "next": "s3"}]},
            {**DAY, "id": "loop", "next": "again"}, {"id": "again", **DAY, "next": "loop"}, {"kind": "TASK"}, END]))
        for table, one in (("templates", gone), ("senders", sender)):
            await tx.execute(f"UPDATE {table} SET archived_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, one, await tx.now())
        return id, [(flaw.step, flaw.message) for flaw in await nurture.validate(tx, id)]

    id, found = await db.run(actor, draft)
    loop = "This step comes back to itself without any wait."
    assert sorted(found) == sorted([
        ("First", "There is no link to unsubscribe."), ("First", "From this step on nobody ever comes to an end."),
        ("s2", "The template of this e-mail does not exist."), ("s2", "The sender of this step does not exist."),
        ("Then", "The wait is until an instant that is past."), ("Then", loop), ("s4", loop),
        ("s4", "The filter of a path cannot be asked: The filter cannot be used: where.shoeSize: Person has no such field to filter by."),
        ("s7", "The task has no title, or too long a one."), ("s7", "This step is never reached."), ("s8", "This step is never reached."),
    ])
    with pytest.raises(nurture.SequenceFlawed) as refused:
        await db.run(actor, lambda tx: nurture.publish(tx, id))
    assert refused.value.field == "steps.0"
    assert refused.value.params["problems"][0].startswith("First: ")
    assert len(refused.value.params["problems"]) == 11
    assert await count(db, actor, "sequences", "x.state = 'DRAFT' AND x.live_version_id IS NULL") == 1


async def republish(db: Database, actor: Actor, id: UUID, steps: Any, wish: Wish | None = None) -> UUID:
    async def verb(tx: Tx) -> UUID:
        await nurture.change_steps(tx, id, steps)
        return await nurture.publish(tx, id, wish=wish)

    return await db.run(actor, verb)


async def test_people_stay_move_restart_and_leave_as_planned_and_counted(db: Database) -> None:
    actor = await sandbox(db)
    steps = [{**DAY, "id": "a"}, {**DAY, "id": "b"}, {**DAY, "id": "c"}, {**DAY, "id": "d"}]

    async def begin(tx: Tx) -> tuple[UUID, list[dict[str, Any]]]:
        full = [*steps, {**await mail(tx), "id": "mail"}]
        id, people = await begun(tx, full, 4)
        for person, step in zip(people, "abcd", strict=True):
            await tx.execute("UPDATE enrollments SET step = $3 WHERE workspace_id = $1 AND person_id = $2", tx.workspace, person, step)
        return id, full

    id, full = await db.run(actor, begin)
    courses = [Course("b", "MOVE", "late"), Course("c", "RESTART"), Course("d", "EXIT")]
    new = [{**WEEK, "id": "first"}, {**WEEK, "id": "late"}, full[-1]]

    async def look(tx: Tx) -> nurture.Preview:
        await nurture.change_steps(tx, id, new)
        return await nurture.preview_publish(tx, id, Wish(courses))

    seen = await db.run(actor, look)
    assert [(s.step, s.count, s.action, s.to, s.released) for s in seen.standings] == [
        ("a", 1, "STAY", None, 0), ("b", 1, "MOVE", "late", 0), ("c", 1, "RESTART", "first", 0), ("d", 1, "EXIT", None, 0)]
    with pytest.raises(nurture.PlanMoved):
        await db.run(actor, lambda tx: nurture.publish(tx, id, wish=Wish(courses[:1], plan_hash=seen.plan_hash)))
    version = await db.run(actor, lambda tx: nurture.publish(tx, id, wish=Wish(courses, plan_hash=seen.plan_hash)))
    assert await standing(db, actor) == [("ACTIVE", "a", None), ("ACTIVE", "late", None), ("ACTIVE", "first", None), ("EXITED", "d", "VERSION")]
    async with db.read(actor) as tx:
        rows = await tx.fetch(
            "SELECT e.version_id = $2 AS new, e.due_at - e.created_at AS wait, e.visit FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.id",
            tx.workspace, version)
    assert [(row["new"], row["wait"].days, row["visit"]) for row in rows[:3]] == [(False, 1, 1), (True, 7, 2), (True, 7, 2)]
    assert await count(db, actor, "sequence_migrations", "x.state = 'DONE' AND x.moved = 3 AND x.released = 0") == 1


async def test_a_waiting_crowd_is_not_released_at_once_unless_ramped(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> tuple[UUID, dict[str, Any]]:
        last = {**await mail(tx), "id": "mail"}
        id, _ = await begun(tx, [{**WEEK, "id": "wait"}, last], 60)
        return id, last

    id, last = await db.run(actor, begin)
    courses = [Course("wait", "MOVE", "mail")]
    with pytest.raises(nurture.WaitingCrowd) as refused:
        await republish(db, actor, id, [last, END], Wish(courses))
    assert refused.value.params["count"] == 60
    assert await count(db, actor, "sequence_versions", "x.state = 'LIVE' AND x.number = 1") == 1
    await republish(db, actor, id, [last, END], Wish(courses, ramp_per_hour=30))
    await walk(db, actor)
    assert await count(db, actor, "sends") == 1
    await later(db, actor, timedelta(hours=1))
    assert await count(db, actor, "sends") == 31
    await later(db, actor, timedelta(hours=1))
    assert await count(db, actor, "sends") == 60


async def test_a_wait_that_became_shorter_counts_from_when_people_came_to_it(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> tuple[UUID, dict[str, Any]]:
        last = {**await mail(tx), "id": "mail"}
        id, _ = await begun(tx, [{**WEEK, "id": "wait"}, last], 2)
        return id, last

    id, last = await db.run(actor, begin)
    await later(db, actor, timedelta(days=2))
    await republish(db, actor, id, [{"kind": "WAIT", "duration": "P3D", "id": "wait"}, last], Wish([Course("wait")]))
    await later(db, actor, timedelta(hours=23))
    assert await count(db, actor, "sends") == 0
    await later(db, actor, timedelta(hours=1))
    assert await count(db, actor, "sends") == 2


async def test_whose_mail_is_on_its_way_moves_only_when_its_fate_is_known(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> tuple[UUID, dict[str, Any]]:
        only = {**await mail(tx), "id": "mail"}
        id, _ = await begun(tx, [only, DAY, END], 2)
        return id, only

    id, only = await db.run(actor, begin)
    await walk(db, actor)
    (first, _), (second, _) = await db.run(actor, lambda tx: sends(tx, "id", "state"))
    await db.run(actor, lambda tx: tx.execute("UPDATE sends SET state = 'AMBIGUOUS' WHERE workspace_id = $1 AND id = $2", tx.workspace, first))
    await republish(db, actor, id, [only, WEEK, END], Wish([Course("mail")]))
    await walk(db, actor)
    assert await db.run(actor, lambda tx: sends(tx, "state", "reason")) == [("AMBIGUOUS", None), ("SKIPPED", "STEP_PASSED"), ("PLANNED", None)]
    assert await db.run(actor, lambda tx: nurture.advance(tx, [second])) == 0, "the mail that was withheld belongs to a step that was left"


async def test_a_migration_goes_batch_by_batch_and_nobody_twice_whoever_dies(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> UUID:
        last = await mail(tx)
        id, _ = await begun(tx, [{**WEEK, "id": "wait"}, last], 5)
        await nurture.change_steps(tx, id, [{**DAY, "id": "new"}, last])
        version = await nurture.publish(tx, id)
        return await migrating.migrate(tx, id, version, [Course("wait", "MOVE", "new")], ramp_per_hour=60, batch=2)

    migration = await db.run(actor, begin)

    async def dies(tx: Tx) -> None:
        assert await migrating.carry_on(tx, migration, 2) == 2
        raise Killed()

    with pytest.raises(Killed):
        await db.run(actor, dies)
    assert await count(db, actor, "enrollments", "x.step = 'new'") == 2
    assert await count(db, actor, "work", "x.kind = 'nurture.migrate' AND x.state = 'READY'") == 1
    assert [await db.run(actor, lambda tx: migrating.carry_on(tx, migration, 2)) for _ in range(3)] == [2, 1, 0]
    assert await count(db, actor, "enrollments", "x.step = 'new' AND x.visit = 2") == 5
    assert await count(db, actor, "sequence_migrations", "x.state = 'DONE' AND x.moved = 5") == 1


@pytest.mark.parametrize(("course", "field"), [
    (Course("wait", "MOVE", "nowhere"), "plan.0.to"), (Course("wait", "JUMP"), "plan.0.action"), (Course("wait", "MOVE", "end"), "plan.0.to"),
])  # fmt: skip
async def test_a_plan_that_cannot_be_carried_out_changes_nothing(db: Database, actor: Actor, course: Course, field: str) -> None:
    async def begin(tx: Tx) -> UUID:
        id, _ = await begun(tx, [{**DAY, "id": "wait"}, await mail(tx)])
        await nurture.change_steps(tx, id, [{**DAY, "id": "other"}, await mail(tx), {"id": "end", **END}])
        return id

    id = await db.run(actor, begin)
    with pytest.raises(nurture.BadPlan) as refused:
        await db.run(actor, lambda tx: nurture.publish(tx, id, wish=Wish([course])))
    assert (refused.value.field, await count(db, actor, "sequence_versions", "x.state = 'DRAFT'")) == (field, 1)


@pytest.mark.parametrize(("catch_up", "mails", "walked"), [
    ("SEND", 1, [("s1", "WAITED")]), ("SKIP", 0, [("s1", "WAITED"), ("s2", "MISSED"), ("s3", "WAITED")]), ("SPREAD", 1, [("s1", "WAITED")]),
])  # fmt: skip
async def test_what_was_due_while_a_sequence_was_paused_is_caught_up_as_wished(
    db: Database, catch_up: str, mails: int, walked: list[tuple[str, str]]
) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> UUID:
        id, _ = await begun(tx, [DAY, await mail(tx), DAY, {"kind": "TASK", "title": "Call", "wait": True}], 2)
        return id

    id = await db.run(actor, begin)
    await db.run(actor, lambda tx: nurture.pause(tx, id))
    assert await later(db, actor, timedelta(days=10)) == 0
    await db.run(actor, lambda tx: nurture.resume(tx, id, catch_up=catch_up, per_hour=1))
    await walk(db, actor)
    assert await count(db, actor, "sends") == (mails if catch_up == "SPREAD" else 2 * mails)
    async with db.read(actor) as tx:
        (first, *_) = await tx.fetch("SELECT e.person_id FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.due_at NULLS FIRST, e.id", tx.workspace)
    assert await outcomes(db, actor, first["person_id"]) == walked
    await later(db, actor, timedelta(hours=1))
    assert await count(db, actor, "sends") == 2 * mails


async def test_one_person_is_paused_and_goes_on_at_the_day_or_when_resumed(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> list[UUID]:
        await begun(tx, [DAY, await mail(tx)], 3)
        ids = [row["id"] for row in await tx.fetch("SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 ORDER BY e.id", tx.workspace)]
        await nurture.pause_enrollment(tx, ids[0])
        await nurture.pause_enrollment(tx, ids[1], await tx.now() + timedelta(days=5))
        return ids

    ids = await db.run(actor, begin)
    await later(db, actor, timedelta(days=2))
    assert await count(db, actor, "sends") == 1
    await later(db, actor, timedelta(days=3))
    assert await count(db, actor, "sends") == 2
    await db.run(actor, lambda tx: nurture.resume_enrollment(tx, ids[0], "SKIP"))
    with pytest.raises(nurture.EnrollmentNotPaused):
        await db.run(actor, lambda tx: nurture.resume_enrollment(tx, ids[0]))
    await walk(db, actor)
    assert (await count(db, actor, "sends"), (await standing(db, actor))[0][0]) == (2, "COMPLETED")


async def test_a_sequence_with_people_is_put_away_only_when_they_leave(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        id, _ = await begun(tx, [DAY, await mail(tx)], 2)
        return id

    id = await db.run(actor, begin)
    with pytest.raises(nurture.SequenceInUse):
        await db.run(actor, lambda tx: nurture.archive(tx, id))
    await db.run(actor, lambda tx: nurture.archive(tx, id, leaving=True))
    await db.run(actor, lambda tx: nurture.archive(tx, id))
    assert await standing(db, actor) == [("EXITED", "s1", "ARCHIVED")] * 2
    with pytest.raises(nurture.SequenceNotLive):
        await db.run(actor, lambda tx: nurture.enroll_many(tx, id, [uuid7()], "HAND"))


async def test_whatever_a_step_or_goal_names_is_not_put_away_and_the_refusal_says_who_uses_it(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> dict[str, UUID]:
        made = {"sender": uuid7(), "list": uuid7(), "goal": uuid7()}
        await b.insert(tx, "senders", id=made["sender"], name="S", address="s@us.example", **await b.stamps(tx))
        for name in ("list", "goal"):
            await b.insert(tx, "segments", id=made[name], name=name, noun="Person", kind="STATIC", **await b.stamps(tx))
        made["window"] = await editing.create(tx, SEND_WINDOW, {"name": "Office", "hours": {"MON": ["09:00-17:00"]}})
        first = await mail(tx, sender={"kind": "FIXED", "ids": [str(made["sender"])]}, window_id=str(made["window"]))
        goal = {"where": {"segments": {"some": {"id": {"eq": encode_id(CATALOG["Segment"].tag, made["goal"])}}}}}
        id, _ = await begun(tx, [first, {"kind": "SEGMENT", "segment_id": str(made["list"])}], 1, name="Using", goal=goal)
        return {**made, "template": UUID(first["template_id"]), "sequence": id}

    made = await db.run(actor, begin)
    verbs = {
        "template": templates.archive_template, "sender": delivery.archive_sender, "list": segments.archive, "goal": segments.archive,
        "window": lambda tx, id: editing.archive(tx, SEND_WINDOW, id),
    }  # fmt: skip
    for noun, archive in verbs.items():
        with pytest.raises(Refusal, match="Using"):
            await db.run(actor, lambda tx, archive=archive, id=made[noun]: archive(tx, id))

    async def freed(tx: Tx) -> None:
        await nurture.archive(tx, made["sequence"], leaving=True)
        for noun in ("template", "list", "goal", "window"):
            await verbs[noun](tx, made[noun])

    await db.run(actor, freed)


async def test_hours_that_are_not_there_are_refused_and_what_a_step_could_not_do_is_told_before(db: Database, actor: Actor, other_workspace: UUID) -> None:
    async def hours(tx: Tx) -> UUID:
        return await editing.create(tx, SEND_WINDOW, {"name": "Office", "hours": {"MON": ["09:00-17:00"]}})

    theirs = await db.run(Actor.system(other_workspace), hours)

    async def begin(tx: Tx) -> UUID:
        kept = uuid7()
        await b.insert(tx, "segments", id=kept, name="Kept", noun="Person", kind="DYNAMIC", **await b.stamps(tx))
        return await nurture.create_sequence(tx, nurture.NewSequence("Odd", await topic(tx), [
            await mail(tx, window_id=str(await hours(tx))), {"kind": "SEGMENT", "segment_id": str(kept)},
            {"kind": "FIELD", "noun": "Lead", "set": {"custom": {"shoe_size": 43}}}, {"kind": "BRANCH", "paths": [{"where": "DE", "next": "s5"}]}, END]))

    id = await db.run(actor, begin)
    async def foreign(tx: Tx) -> None:
        await nurture.update_draft(tx, id, {"name": "Changed"}, [DAY, await mail(tx, window_id=str(theirs))])

    asked = {"segments": {"some": {"id": {"eq": encode_id(CATALOG["Segment"].tag, uuid7())}}}}
    branch = {"kind": "BRANCH", "paths": [{"where": {"country": {"eq": "DE"}}, "next": "s2"}, {"where": asked, "next": "s2"}]}
    for given, field in (([branch, DAY], "steps.0.paths.1.where"), (None, "goal.where")):
        with pytest.raises(NotFound, match="segment") as refused:
            await db.run(actor, lambda tx, given=given: nurture.update_draft(tx, id, {} if given else {"goal": {"where": asked}}, given))
        assert refused.value.field == field
    with pytest.raises(nurture.BadSetting, match="no object of conditions"):
        await db.run(actor, lambda tx: nurture.update_draft(tx, id, {"goal": {"where": "country = DE"}}))
    with pytest.raises(NotFound, match="send window") as refused:
        await db.run(actor, foreign)
    assert (refused.value.field, await count(db, actor, "sequences", "x.name = 'Odd'")) == ("steps.1.window_id", 1)

    async def told(tx: Tx) -> list[tuple[int | None, str]]:
        await tx.execute("UPDATE send_windows SET archived_at = $2 WHERE workspace_id = $1", tx.workspace, await tx.now())
        return [(flaw.at, flaw.message) for flaw in await nurture.validate(tx, id)]

    assert await db.run(actor, told) == [
        (0, "The send window of this step does not exist."), (1, "The segment of this step is not kept by hand."),
        (2, 'The step cannot write shoe_size: Lead has no custom field "shoe_size".'),
        (3, "The filter of a path cannot be asked: It is no object of conditions.")]


async def test_entry_heeds_reentry_exclusivity_and_the_last_touch(db: Database) -> None:
    actor = await sandbox(db)

    async def begin(tx: Tx) -> tuple[dict[str, UUID], list[UUID]]:
        people = await leads(tx, 1)
        ids: dict[str, UUID] = {}
        for name, more in (("first", {"exclusivity": "EXCLUSIVE", "reentry": "AFTER_EXIT", "reentry_days": 30}), ("second", {"exclusivity": "EXCLUSIVE"}),
                           ("beside", {}), ("alone", {"exclusivity": "ALONE"}), ("patient", {"touch_gap_hours": 48})):
            ids[name], _ = await begun(tx, [DAY, await mail(tx)], [], name=name, **more)
        return ids, people

    ids, people = await db.run(actor, begin)

    async def enter(name: str) -> str | None:
        return (await db.run(actor, lambda tx: nurture.enroll_many(tx, ids[name], people, "HAND")))[0].refusal

    assert [await enter(name) for name in ("first", "second", "beside", "alone")] == [None, "IN_ANOTHER_SEQUENCE", None, "IN_ANOTHER_SEQUENCE"]
    await later(db, actor, timedelta(days=1))
    await db.run(actor, lambda tx: tx.execute("UPDATE sends SET state = 'SENT', sending_at = planned_at WHERE workspace_id = $1", tx.workspace))
    assert await enter("patient") == "TOUCHED_RECENTLY"
    await db.run(actor, lambda tx: nurture.exit_person(tx, people[0], "REPLY"))
    await later(db, actor, timedelta(days=29))

    async def written(tx: Tx) -> None:
        """By a seller, in their own mail program."""
        at = await tx.now() - timedelta(hours=47)
        await timeline.record(tx, timeline.NewActivity("EMAIL", participants=[(people[0], "TO")], direction="OUTBOUND", at=at, source="mail", external_id="1"))

    await db.run(actor, written)
    assert [await enter("first"), await enter("patient")] == ["LEFT_RECENTLY", "TOUCHED_RECENTLY"]
    await later(db, actor, timedelta(hours=2))
    assert await enter("patient") is None
    await later(db, actor, timedelta(days=1, seconds=1))
    assert await enter("first") is None


async def test_two_sequences_that_exclude_each_other_do_not_both_take_an_address(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> list[str | None]:
        shared = "info@acme.example"
        first = await b.make_person(tx, email=shared)
        second = await b.make_person(tx, email="")
        await b.insert(tx, "person_emails", id=uuid7(), person_id=second, address=shared, normalized=shared, match_key=shared, domain="acme.example",
                       is_primary=True, created_at=await tx.now())
        found: list[str | None] = []
        for name, person in (("One", first), ("Two", second)):
            await b.make_lead(tx, person)
            id, _ = await begun(tx, [DAY, await mail(tx)], [], name=name, exclusivity="EXCLUSIVE")
            found.append((await nurture.enroll_many(tx, id, [person], "HAND"))[0].refusal)
        return found

    assert await db.run(actor, begin) == [None, "IN_ANOTHER_SEQUENCE"]


async def test_the_funnel_counts_steps_and_parts_and_says_how_sure_a_difference_is(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        first, split = await mail(tx), {"kind": "SPLIT", "id": "split", "variants": [{"name": "Short"}, {"name": "Long", "next": "long"}]}
        parts = [{**first, "id": "short", "next": "end"}, {**first, "id": "long"}, {"id": "end", **DAY}, {"kind": "TASK", "title": "Call"}]
        id, _ = await begun(tx, [split, *parts], 120)  # of 60, one in eight splits is too uneven for the test
        return id

    id = await db.run(actor, begin)
    await walk(db, actor)

    async def read(tx: Tx) -> list[nurture.Stage]:
        await tx.execute("UPDATE sends SET state = 'SENT', sending_at = planned_at WHERE workspace_id = $1", tx.workspace)
        await tx.execute("UPDATE sends SET clicked_at = planned_at WHERE workspace_id = $1 AND step = 'long'", tx.workspace)
        await nurture.advance(tx, [send for (send,) in await sends(tx, "id")])
        return await nurture.funnel(tx, id)

    split, short, long, end, call = await db.run(actor, read)
    assert (split.entered, end.standing, call.entered, short.entered + long.entered) == (120, 120, 0, 120)
    assert (long.counts["sent"], long.counts["clicked"], short.counts["clicked"]) == (long.entered, long.entered, 0)
    assert [(part.name, part.people, part.counts["clicked"]) for part in split.parts] == [("Short", short.entered, 0), ("Long", long.entered, long.entered)]
    assert (split.parts[0].against, split.parts[1].against["clicked"].significant, split.parts[1].against["replied"].significant) == ({}, True, False)
    async with db.read(actor) as tx:
        assert [stage.entered for stage in await nurture.funnel(tx, id, 1)] == [120, short.entered, long.entered, 120, 0]
