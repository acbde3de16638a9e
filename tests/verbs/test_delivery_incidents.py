"""What went wrong with the mail of others (the number is that of the incident) and goes right here: the part of consent and of unfinished business."""

from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwell import broadcasts, capture, consent, merging, transfer, work
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.capture import ConsentGiven, Submission
from leadwell.work import Job, Kind, NewJob
from tests import builders as b
from tests.mailing import FROM, expire, topic
from tests.posting import close, house, open_worker
from tests.verbs.test_broadcasts import draft, go

ACTS = st.lists(st.sampled_from((
    "form", "import", "optOut", "optOutOfTopic", "resubscribe", "bounce", "complaint", "liftBounceByPerson", "liftComplaintByAdmin", "verified",
)), min_size=1, max_size=7)  # fmt: skip


async def test_incident_10_a_broadcast_is_not_done_while_a_mail_of_it_is_still_to_go(db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def begin(tx: Tx) -> UUID:
        id = await draft(tx, broadcasts.Audience(people=[await b.make_person(tx) for _ in range(6)]))
        await go(tx, id)
        return id

    async def seen(tx: Tx) -> str:
        await broadcasts.run(tx, id, mail_from=FROM)
        return (await broadcasts.results(tx, id)).state

    id = await db.run(actor, begin)
    async with house(db, workspace, tmp_path) as at:
        at.server.fail("CUT_AFTER_KEPT")
        await at.worker.drain.stop()       # a deploy: nothing of it is begun
        await at.worker.drain.queue("deliver")
        assert (await db.run(actor, seen), at.server.mailbox.count()) == ("SENDING", 0)
        after = open_worker(db, workspace, at.server.url)
        await after.run()
        await close(after)
        assert await at.check() == {"SENT": 5, "AMBIGUOUS": 1}
        assert (await db.run(actor, seen), at.server.mailbox.count()) == ("DONE", 6), "one is held and shown; nothing is to go any more"


async def test_incident_12_no_door_makes_who_opted_out_somebody_to_write_to(db: Database, actor: Actor, tmp_path: Path) -> None:
    """A form, the API, an import with a column of consent, and a merge with somebody who never opted out."""
    address = f"{uuid7().hex}@acme.example"

    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        person = await b.make_person(tx, email=address)
        other = await b.make_person(tx)
        await consent.opt_out(tx, consent.OptOut(consent.hash_of(address), None, person))
        return person, other

    person, other = await db.run(actor, begin)

    async def may(tx: Tx) -> list[str | None]:
        return [await consent.may_write(tx, consent.hash_of(address), await topic(tx, code)) for code in ("newsletter", "product")]

    for channel in ("FORM", "API"):
        told = Submission(channel, {"email": address, "lastName": "Lovelace"}, "SUBSCRIBE", consents=[ConsentGiven("newsletter", "v2")])
        await capture.submit(db, actor, [told])
        assert await db.run(actor, may) == ["SUPPRESSED_UNSUBSCRIBE"] * 2
    path = tmp_path / "leads.csv"
    path.write_text(f"Last Name,Email,Email Opt Out\nLovelace,{address},false\n")
    assert (await transfer.import_file(db, actor, path)).failed == 0
    assert await db.run(actor, may) == ["SUPPRESSED_UNSUBSCRIBE"] * 2
    await db.run(actor, lambda tx: merging.merge(tx, "Person", merging.Wish(other, (person,))))
    assert await db.run(actor, may) == ["SUPPRESSED_UNSUBSCRIBE"] * 2


async def test_incident_13_whatever_is_done_in_whatever_order_a_bounce_stays_and_the_readers_last_word_counts(db: Database, actor: Actor) -> None:
    seen: list[tuple[list[str], str | None]] = []

    async def live(acts: list[str]) -> str | None:
        address = f"{uuid7().hex}@acme.example"
        hash = consent.hash_of(address)

        async def story(tx: Tx) -> str | None:
            person, news = await b.make_person(tx, email=address), await topic(tx, "newsletter")
            for act in acts:
                await _do(tx, act, person, address, news)
            return await consent.may_write(tx, hash, news)

        return await db.run(actor, story)

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(ACTS)
    def collect(acts: list[str]) -> None:
        seen.append((acts, None))

    collect()
    for acts, _ in seen:
        answer = await live(acts)
        if "complaint" in acts or _bounced(acts):
            assert answer is not None, acts
        if (last := [act for act in acts if act in ("optOut", "optOutOfTopic", "resubscribe")]) and last[-1] != "resubscribe":
            assert answer is not None, acts
        if not set(acts) & {"form", "import", "resubscribe"}:
            assert answer is not None, f"nobody ever asked for it: {acts}"


def _bounced(acts: list[str]) -> bool:
    """By a bounce that was not followed by a verification."""
    last = [act for act in acts if act in ("bounce", "verified")]
    return bool(last) and last[-1] == "bounce"


async def _do(tx: Tx, act: str, person: UUID, address: str, news: UUID) -> None:
    hash = consent.hash_of(address)
    try:
        match act:
            case "form" | "import":
                await consent.grant_many(tx, [consent.Grant(person, address, news, act.upper())])
            case "optOut":
                await consent.opt_out(tx, consent.OptOut(hash, None, person))
            case "optOutOfTopic":
                await consent.opt_out(tx, consent.OptOut(hash, news, person))
            case "resubscribe":
                await consent.resubscribe(tx, consent.OptOut(hash, news, person))
            case "bounce" | "complaint":
                await consent.suppress(tx, hash, "HARD_BOUNCE" if act == "bounce" else "COMPLAINT", source="TEST")
            case "liftBounceByPerson":
                await consent.lift(tx, hash, "HARD_BOUNCE", by="PERSON")
            case "liftComplaintByAdmin":
                await consent.lift(tx, hash, "COMPLAINT", by="ADMIN")
            case _:
                await consent.lift(tx, hash, "HARD_BOUNCE", by="VERIFICATION")
    except consent.SuppressionNotYours:
        return


async def _nothing(tx: Tx, jobs: list[Job], results: list[object]) -> None: ...


async def test_incident_21_twins_whose_workers_all_died_are_rescued_as_one(db: Database, actor: Actor) -> None:
    """A wake-up may be put while the last one runs, so two workers may hold the same key, and both may die."""
    same, kind = NewJob("score", "score.twins", key="same"), Kind("score.twins", record=_nothing)

    async def taken_twice(tx: Tx) -> None:
        for _ in range(2):
            await work.put(tx, same)
            assert len(await work.claim(tx, "score", [kind], 5)) == 1
        await work.put(tx, NewJob("score", "score.twins"), NewJob("score", "score.twins"))     # without a key nothing is a twin
        assert len(await work.claim(tx, "score", [kind], 5)) == 2

    async def states(tx: Tx) -> list[tuple[str | None, str]]:
        return sorted((r["key"] or "", r["state"]) for r in await tx.fetch("SELECT w.key, w.state FROM work w WHERE w.workspace_id = $1", tx.workspace))

    await db.run(actor, taken_twice)
    await expire(db, actor.workspace)
    assert await db.run(actor, lambda tx: work.rescue(tx, "score")) == 4
    assert await db.run(actor, states) == [("", "READY"), ("", "READY"), ("same", "CANCELED"), ("same", "READY")]

    async def replayed(tx: Tx) -> int:
        await tx.execute("UPDATE work SET state = 'DEAD' WHERE workspace_id = $1", tx.workspace)
        return await work.replay(tx, [r["id"] for r in await tx.fetch("SELECT w.id FROM work w WHERE w.workspace_id = $1", tx.workspace)])

    assert await db.run(actor, replayed) == 3
    assert await db.run(actor, states) == [("", "READY"), ("", "READY"), ("same", "DEAD"), ("same", "READY")]
