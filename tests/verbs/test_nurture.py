"""Sequences: who enters, how they move, when they leave, and that nothing moves without a recorded outcome."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell import consent, delivery, events, nurture, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.base.why import Step
from leadwell.nurture.explaining import explain
from tests import builders as b
from tests.mailing import FROM, address_hash, enrollments, forward, leads, post, recipients, sends, sequence, template, topic


async def step(db: Database, actor: Actor) -> int:
    return await db.run(actor, lambda tx: nurture.step_due(tx, mail_from=FROM))


async def test_a_person_enters_once_and_the_answer_says_why_not(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[list[str | None]]:
        id, (ada, bob) = await sequence(tx), await leads(tx, 2)
        stranger = await b.make_person(tx)
        mute = await b.make_person(tx, email="")
        await b.make_lead(tx, mute)
        first = await nurture.enroll_many(tx, id, [ada, bob, stranger, mute, uuid7()], "HAND")
        second = await nurture.enroll_many(tx, id, [ada, ada], "HAND")
        return [[e.refusal for e in first], [e.refusal for e in second]]

    assert await db.run(actor, story) == [[None, None, "NO_OPEN_LEAD", "NO_ADDRESS", "NO_SUCH_PERSON"], ["ALREADY_IN", "ALREADY_IN"]]


async def test_two_people_with_one_address_do_not_both_enter(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        id, shared = await sequence(tx), "info@acme.example"
        first, second = await b.make_person(tx, email=shared), await b.make_person(tx, email="")
        await b.insert(
            tx,
            "person_emails",
            id=uuid7(),
            person_id=second,
            address=shared,
            normalized=shared,
            match_key=shared,
            domain="acme.example",
            is_primary=True,
            created_at=await tx.now(),
        )
        for person in (first, second):
            await b.make_lead(tx, person)
        return [e.refusal for e in await nurture.enroll_many(tx, id, [first, second], "HAND")]

    assert sorted(map(str, await db.run(actor, story))) == ["ALREADY_IN", "None"]


async def test_topics_that_need_consent_refuse_whoever_gave_none(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        id, (ada, bob) = await sequence(tx, topic_code="newsletter"), await leads(tx, 2)
        email = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, ada)
        await consent.grant_many(tx, [consent.Grant(ada, email, await topic(tx, "newsletter"), "FORM")])
        return [e.refusal for e in await nurture.enroll_many(tx, id, [ada, bob], "HAND")]

    assert await db.run(actor, story) == [None, "NO_CONSENT"]


async def test_only_a_live_sequence_takes_people(db: Database, actor: Actor) -> None:
    async def draft(tx: Tx) -> UUID:
        steps = [{"kind": "EMAIL", "template_id": str(await template(tx))}]
        return await nurture.create_sequence(tx, nurture.NewSequence("Draft", await topic(tx), steps))

    id = await db.run(actor, draft)
    with pytest.raises(nurture.SequenceNotLive):
        await db.run(actor, lambda tx: nurture.enroll_many(tx, id, [uuid7()], "HAND"))


@pytest.mark.parametrize(("html", "problem"), [("<p>Buy</p>", "There is no link to unsubscribe."), (None, "The template of this e-mail does not exist.")])
async def test_what_cannot_run_is_not_published(db: Database, actor: Actor, html: str | None, problem: str) -> None:
    async def draft(tx: Tx) -> UUID:
        words = await template(tx, "Odd", delivery.Words("Hi", html or "<p>Buy</p>"))
        made = await nurture.create_sequence(tx, nurture.NewSequence("Draft", await topic(tx), [{"kind": "EMAIL", "template_id": str(words)}]))
        if html is None:
            await tx.execute("UPDATE templates SET archived_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, words, await tx.now())
        return made

    id = await db.run(actor, draft)
    with pytest.raises(nurture.SequenceFlawed) as refused:
        await db.run(actor, lambda tx: nurture.publish(tx, id))
    assert (refused.value.field, refused.value.params["problem"]) == ("steps.0", problem)
    async with db.read(actor) as tx:
        assert await tx.value("SELECT s.state FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id) == "DRAFT"


@pytest.mark.parametrize(("steps", "rule", "field"), [
    ([{"kind": "WAIT", "duration": "P1D"}, {"kind": "EMAIL", "template_id": str(uuid7())}], {}, "steps.1.template_id"),
    ([], {"source_ids": [str(uuid7())]}, "entry.capture.source_ids.0"), ([], {"form_ids": [str(uuid7())]}, "entry.capture.form_ids.0"),
])  # fmt: skip
async def test_what_is_not_there_is_refused_at_once(db: Database, actor: Actor, steps: list[Any], rule: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFound) as refused:
        await db.run(actor, lambda tx: sequence_of(tx, steps, {"capture": rule}))
    assert refused.value.field == field
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM sequences s WHERE s.workspace_id = $1", tx.workspace) == 0


async def test_changed_steps_are_checked_too_and_a_door_that_is_gone_at_publishing(db: Database, actor: Actor) -> None:
    async def with_source(tx: Tx) -> UUID:
        source = await tx.value("SELECT s.id FROM sources s WHERE s.workspace_id = $1 AND s.channel = 'FORM'", tx.workspace)
        steps = [{"kind": "EMAIL", "template_id": str(await template(tx))}]
        made = await sequence_of(tx, steps, {"capture": {"source_ids": [str(source)]}})
        await tx.execute("UPDATE sources SET archived_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, source, await tx.now())
        return made

    id = await db.run(actor, with_source)
    with pytest.raises(NotFound) as gone:
        await db.run(actor, lambda tx: nurture.change_steps(tx, id, [{"kind": "EMAIL", "template_id": str(uuid7())}]))
    assert gone.value.field == "steps.0.template_id"
    with pytest.raises(nurture.SequenceFlawed, match="The source by which people enter does not exist"):
        await db.run(actor, lambda tx: nurture.publish(tx, id))


async def sequence_of(tx: Tx, steps: list[Any], entry: dict[str, Any]) -> UUID:
    return await nurture.create_sequence(tx, nurture.NewSequence("Draft", await topic(tx), steps, entry=entry))


async def test_the_cursor_waits_for_the_outcome_of_the_mail(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx, "P2D"), await leads(tx, 1), "HAND")

    await db.run(actor, begin)
    assert [await step(db, actor), await step(db, actor)] == [1, 0]
    async with db.read(actor) as tx:
        assert await enrollments(tx, "step", "due_at", "state") == [("s1", None, "ACTIVE")]
        ((id, state),) = await sends(tx, "id", "state")
    assert state == "PLANNED"
    assert await db.run(actor, lambda tx: nurture.advance(tx, [id])) == 0


async def test_a_sequence_runs_to_its_end_by_the_business_clock(db: Database, tmp_path: Path) -> None:
    sandbox = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    actor = Actor.system(sandbox)

    async def begin(tx: Tx) -> None:
        await nurture.enroll_many(tx, await sequence(tx, "P2D", ""), await leads(tx, 3), "HAND")

    await db.run(actor, begin)
    async with post(db, actor.workspace, tmp_path) as office:
        await office.run()
        assert office.server.mailbox.count() == 3
        await forward(db, sandbox, timedelta(days=1))
        await office.run()
        assert office.server.mailbox.count() == 3
        await forward(db, sandbox, timedelta(days=1, seconds=1))
        await office.run()
        assert office.server.mailbox.count() == 9
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "due_at") == [("COMPLETED", None)] * 3
        assert [s for (s,) in await sends(tx, "state")] == ["SENT"] * 9
        walked = await tx.fetch(
            "SELECT s.step, s.outcome, count(*) AS n FROM enrollment_steps s WHERE s.workspace_id = $1 GROUP BY 1, 2 ORDER BY 1", tx.workspace
        )
        assert [tuple(r) for r in walked] == [("s1", "SENT", 3), ("s2", "WAITED", 3), ("s3", "SENT", 3), ("s4", "SENT", 3)]
        kinds = await tx.fetch(
            "SELECT a.kind, a.direction, a.automated, count(*) AS n FROM activities a WHERE a.workspace_id = $1 GROUP BY 1, 2, 3", tx.workspace
        )
        assert [tuple(r) for r in kinds] == [("EMAIL", "OUTBOUND", True, 9)]


async def test_leaving_withholds_the_mail_that_was_planned(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> tuple[int, int]:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        return await nurture.exit_person(tx, ada, "JUNK"), await nurture.exit_person(tx, ada, "JUNK")

    assert await db.run(actor, story) == (1, 0)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason", "due_at") == [("EXITED", "JUNK", None)]
        assert await sends(tx, "state", "reason") == [("SKIPPED", "EXITED_JUNK")]


async def test_conversion_ends_sequences_for_leads_only(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> int:
        (ada,) = people = await leads(tx, 1)
        for name, audience in (("For leads", "LEADS"), ("For both", "BOTH")):
            await nurture.enroll_many(tx, await sequence(tx, name=name, audience=audience), people, "HAND")
        return await nurture.exit_person(tx, ada, "CONVERSION", only_audience="LEADS")

    assert await db.run(actor, story) == 1
    async with db.read(actor) as tx:
        assert sorted(await enrollments(tx, "state", "exit_reason"), key=str) == [("ACTIVE", None), ("EXITED", "CONVERSION")]


async def test_removal_by_hand_blocks_entry_by_itself_only(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        id, people = await sequence(tx, reentry="AFTER_EXIT"), await leads(tx, 1)
        (entry,) = await nurture.enroll_many(tx, id, people, "HAND")
        assert entry.enrollment_id
        await nurture.remove(tx, entry.enrollment_id)
        return [(await nurture.enroll_many(tx, id, people, by))[0].refusal for by in ("CAPTURE", "SCORE", "HAND")]

    assert await db.run(actor, story) == ["REMOVED_BY_HAND", "REMOVED_BY_HAND", None]


async def test_whoever_was_in_comes_back_only_where_the_sequence_says_so(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[str | None]:
        (ada,) = people = await leads(tx, 1)
        once, often = await sequence(tx, name="Once"), await sequence(tx, name="Often", reentry="AFTER_EXIT")
        for id in (once, often):
            await nurture.enroll_many(tx, id, people, "HAND")
        await nurture.exit_person(tx, ada, "REPLY")
        return [(await nurture.enroll_many(tx, id, people, "HAND"))[0].refusal for id in (once, often)]

    assert await db.run(actor, story) == ["WAS_IN_BEFORE", None]


async def happened(tx: Tx, kind: str, person: UUID, **data: object) -> list[dict[str, object]]:
    return [{"kind": kind, "person_id": person, "data": data, "id": uuid7()}]


async def test_submissions_and_scores_open_the_doors_that_name_them(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[int]:
        await sequence(tx, name="Content", entry={"capture": {"intents": ["CONTENT"]}})
        await sequence(tx, name="Hot", entry={"score": {"at_least": 40}})
        (ada,) = await leads(tx, 1)
        return [
            await nurture.enter_by_capture(tx, await happened(tx, "lead.created", ada, intent="CONTENT", quiet=True)),
            await nurture.enter_by_capture(tx, await happened(tx, "lead.created", ada, intent="EVENT", quiet=False)),
            await nurture.enter_by_capture(tx, await happened(tx, "lead.created", ada, intent="CONTENT", quiet=False)),
            await nurture.enter_by_capture(tx, await happened(tx, "lead.attached", ada, intent="CONTENT", quiet=False)),
            await nurture.enter_by_score(tx, await happened(tx, "score.crossed", ada, score=39, threshold="warm")),
            await nurture.enter_by_score(tx, await happened(tx, "score.crossed", ada, score=61, threshold="hot")),
        ]

    assert await db.run(actor, story) == [0, 0, 1, 0, 0, 1]


async def test_an_opt_out_from_one_topic_leaves_the_others(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> int:
        (ada,) = people = await leads(tx, 1)
        for code in ("product", "service"):
            await nurture.enroll_many(tx, await sequence(tx, name=code, topic_code=code), people, "HAND")
        about = str(await topic(tx, "product"))
        return await nurture.exit_by_event(tx, await happened(tx, "consent.withdrawn", ada, topic_id=about))

    assert await db.run(actor, story) == 1


async def test_a_soft_bounce_and_a_second_open_lead_end_nothing(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[int]:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        return [
            await nurture.exit_by_event(tx, await happened(tx, kind, ada, **data))
            for kind, data in (("mail.bounced", {"hard": False}), ("lead.junked", {}), ("mail.bounced", {"hard": True}))
        ]

    assert await db.run(actor, story) == [0, 0, 1]


async def test_publishing_anew_leaves_whoever_is_under_way_in_their_version(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        id, (ada, bob) = await sequence(tx, "P1D"), await leads(tx, 2)
        await nurture.enroll_many(tx, id, [ada], "HAND")
        await nurture.change_steps(tx, id, [{"id": "only", "kind": "EMAIL", "template_id": str(await template(tx))}])
        await nurture.publish(tx, id)
        await nurture.enroll_many(tx, id, [bob], "HAND")

    await db.run(actor, story)
    assert await step(db, actor) == 2
    async with db.read(actor) as tx:
        assert sorted(s for (s,) in await sends(tx, "step")) == ["only", "s1"]


async def test_nobody_moves_while_a_sequence_is_paused_and_everybody_when_it_resumes(db: Database, actor: Actor, tmp_path: Path) -> None:
    async def begin(tx: Tx) -> UUID:
        id = await sequence(tx)
        await nurture.enroll_many(tx, id, await leads(tx, 2), "HAND")
        return id

    id = await db.run(actor, begin)
    async with post(db, actor.workspace, tmp_path) as office:
        await step(db, actor)
        await db.run(actor, lambda tx: nurture.pause(tx, id))
        await office.run()
        assert office.server.mailbox.count() == 0
        async with db.read(actor) as tx:
            assert await sends(tx, "state", "reason") == [("SKIPPED", "SEQUENCE_PAUSED")] * 2
        await db.run(actor, lambda tx: nurture.resume(tx, id))
        await office.run()
        assert len(recipients(office.server)) == len(set(recipients(office.server))) == 2
    async with db.read(actor) as tx:
        assert sorted(await sends(tx, "visit", "state")) == [(1, "SKIPPED"), (1, "SKIPPED"), (2, "SENT"), (2, "SENT")]


async def test_the_ledger_tells_why(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[nurture.Line]:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        await nurture.exit_person(tx, ada, "REPLY")
        return await nurture.send_ledger(tx, ada)

    (line,) = await db.run(actor, story)
    assert (line.state, line.explanation, line.sequence, line.template) == (
        "SKIPPED",
        "Not sent: the person had left the sequence (reply).",
        "Nurture",
        "Welcome",
    )


async def test_whoever_got_no_mail_is_told_why_there_was_none(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> list[list[Step]]:
        ada, bob = await leads(tx, 2)
        await nurture.enroll_many(tx, await sequence(tx), [ada], "HAND")
        waiting = await explain(tx, ada)
        await nurture.exit_person(tx, ada, "REPLY")
        return [waiting, await explain(tx, ada), await explain(tx, bob)]

    told = await db.run(actor, story)
    assert [[(step.at, step.what) for step in steps] for steps in told] == [[(None, "No mail was planned for them")]] * 3
    assert [steps[0].because for steps in told] == [
        "Nurture has not come to a mail yet", "they left Nurture before (reply)", "they have entered no sequence"]


async def test_unsubscribing_opts_out_leaves_and_shows_on_the_timeline_once(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> tuple[bool, bool]:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        ((send,),) = await sends(tx, "id")
        link = delivery.Unsubscribe(tx.workspace, await address_hash(tx, ada), await topic(tx), send)
        assert delivery.read_unsubscribe(link.token()) == link
        return await nurture.unsubscribe(tx, link), await nurture.unsubscribe(tx, link)

    assert await db.run(actor, story) == (True, False)
    async with db.read(actor) as tx:
        assert await enrollments(tx, "state", "exit_reason") == [("EXITED", "UNSUBSCRIBE")]
        assert await tx.value("SELECT count(*) FROM activities a WHERE a.workspace_id = $1 AND a.kind = 'UNSUBSCRIBE'", tx.workspace) == 1
        assert await tx.value("SELECT count(*) FROM consents c WHERE c.workspace_id = $1 AND c.state = 'WITHDRAWN'", tx.workspace) == 1


async def test_enrolling_and_leaving_are_events(db: Database, actor: Actor) -> None:
    async def story(tx: Tx) -> None:
        (ada,) = people = await leads(tx, 1)
        await nurture.enroll_many(tx, await sequence(tx), people, "HAND")
        await nurture.exit_person(tx, ada, "JUNK")

    await db.run(actor, story)
    await db.run(actor, events.sequence)
    async with db.read(actor) as tx:
        kinds = [e["kind"] for e in await events.newer(tx, 0)]
    assert [k for k in kinds if k.startswith("enrollment")] == ["enrollment.entered", "enrollment.exited"]
