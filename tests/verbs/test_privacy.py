"""Erasing people: what goes, what stays, what comes back as somebody new; killed, repeated and merged."""

import asyncio
import hashlib
import io
import zipfile
import zlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from leadwell import audit, capture, consent, events, privacy, segments
from leadwell.base import mentions
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.privacy.keeps import KEPT
from leadwell.privacy.scope import scope
from tests import builders as make
from tests import mailing
from tests.filling import each_table, fill
from tests.verbs.merges import merge, two
from workers import upkeep
from workers.drain import Drain
from workers.kinds import KINDS

MARK = "zqmark"
ROWS = [[1, ["Ana", f"{MARK}@ACME.example"], None], [2, ["Bob", "bob@acme.example"], None]]
FIXES = (   # a filled workspace has one row a table; these make them all one person's
    "UPDATE leads SET state = 'JUNK' WHERE workspace_id = $1", "UPDATE sends SET state = 'SENT' WHERE workspace_id = $1",
    "UPDATE inbound_messages SET person_id = $2 WHERE workspace_id = $1", "UPDATE purchases SET person_id = $2 WHERE workspace_id = $1",
    "UPDATE visitors SET person_id = $2 WHERE workspace_id = $1", "UPDATE submissions SET person_id = $2 WHERE workspace_id = $1",
    "UPDATE tasks SET person_id = $2 WHERE workspace_id = $1",
    *(f"UPDATE {table} SET activity_id = (SELECT a.id FROM activities a WHERE a.workspace_id = $1 LIMIT 1) WHERE workspace_id = $1"
      for table in ("activity_participants", "activity_heads", "activity_keys", "activity_links")),
    "UPDATE activity_keys k SET source = a.source, external_id = a.external_id FROM activities a WHERE k.workspace_id = $1 AND a.workspace_id = $1",
    "UPDATE notifications SET record_id = (SELECT l.id FROM leads l WHERE l.workspace_id = $1 LIMIT 1) WHERE workspace_id = $1",
    "UPDATE webhook_deliveries SET event_id = (SELECT e.id FROM events e WHERE e.workspace_id = $1 AND e.noun = 'Lead' LIMIT 1) WHERE workspace_id = $1",
)  # fmt: skip


async def erased(db: Database, actor: Actor, person: UUID, reason: str | None = None) -> UUID:
    """Asked for and done, with what happened before read by its reader."""
    id = await db.run(actor, lambda tx: privacy.ask(tx, person, reason))
    await drained(db, actor)
    await privacy.perform(db, actor.workspace, id)
    return id


async def drained(db: Database, actor: Actor) -> None:
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: events.read_on(tx, "reactions", 10_000))
    await db.run(actor, lambda tx: tx.execute("UPDATE event_readers SET seq = 1000000 WHERE workspace_id = $1 AND reader <> 'reactions'", tx.workspace))


async def marked(db: Database, actor: Actor) -> set[str]:
    """Columns in which the mark stands in clear."""
    rows = "SELECT r.name, r.row FROM (" + each_table("SELECT '{t}' AS name, to_jsonb({a}) AS row FROM {t} {a} WHERE {a}.workspace_id = $1") + ") r"
    async with db.read(actor) as tx:
        found = await tx.fetch(rows, tx.workspace)
    return {f"{r['name']}.{column}" for r in found for column, value in r["row"].items() if MARK in str(value)}


async def packed(db: Database, actor: Actor, table: str) -> list[object]:
    async with db.read(actor) as tx:
        return orjson.loads(zlib.decompress(await tx.value(f"SELECT t.packed FROM {table} t WHERE t.workspace_id = $1", tx.workspace)))


async def test_of_a_person_in_every_table_nothing_stays_but_what_is_declared(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> UUID:
        person = await make.make_person(tx, f"{MARK} Silva", f"{MARK}@acme.example", "+4930123456")
        await make.insert(tx, "external_ids", noun="Person", source=MARK, external_id=MARK, record_id=person, created_at=await tx.now())
        await make.make_lead(tx, person, company_name=MARK)
        await fill(tx, MARK)
        for sql in FIXES:
            await tx.execute(sql, tx.workspace, *([person] if "$2" in sql else []))
        hashed = consent.hash_of(f"{MARK}@acme.example")
        await make.insert(tx, "mail_addresses", hash=hashed, created_at=await tx.now())
        await tx.execute("UPDATE suppressions SET address_hash = $2 WHERE workspace_id = $1", tx.workspace, hashed)
        digest = mentions.sought([f"{MARK}@acme.example"])[0]
        await tx.execute("UPDATE parked_mentions SET digest = $2, activity_id = (SELECT p.id FROM parked_activities p WHERE p.workspace_id = $1) "
                         "WHERE workspace_id = $1", tx.workspace, digest)
        await tx.execute("UPDATE import_mentions m SET digest = $2, import_id = e.import_id, row_number = e.row_number FROM import_errors e "
                         "WHERE m.workspace_id = $1 AND e.workspace_id = $1", tx.workspace, digest)
        await tx.execute("INSERT INTO import_mentions (workspace_id, digest, import_id, row_number) SELECT $1, $2, i.id, 0 FROM imports i "
                         "WHERE i.workspace_id = $1", tx.workspace, digest)
        await tx.execute("UPDATE enrichment_answers SET key = $2 WHERE workspace_id = $1", tx.workspace, f"{MARK}@acme.example")
        for table, kept in (("import_rows", ROWS), ("import_changes", [[1, "CREATED", "Person", str(person), {"name": [None, MARK]}, {}]])):
            await tx.execute(f"UPDATE {table} SET packed = $2 WHERE workspace_id = $1", tx.workspace, zlib.compress(orjson.dumps(kept)))
        return person

    person = await db.run(actor, work)
    before = await marked(db, actor)
    await erased(db, actor, person)
    kept = {f"{one.table}.{column}" for one in KEPT for column in one.columns} | {"companies.search_open", "deals.search_open"}
    after = await marked(db, actor)
    assert " ".join(sorted(after - kept)) == ""
    assert {"people.name", "person_emails.address", "leads.company_name", "activities.body", "submissions.payload"} & after == set()
    assert len(before) - len(after) > 60
    assert await packed(db, actor, "import_rows") == [[1, ["", ""], None], ROWS[1]]
    assert await packed(db, actor, "import_changes") == [[1, "CREATED", "Person", str(person), {}, {}]]


ANA = {"firstName": "Ana", "lastName": "Silva", "email": "ana@acme.com", "phone": "+49 30 1234567", "message": "Call me"}


async def raised(db: Database, actor: Actor) -> capture.Outcome:
    (outcome,) = await capture.submit(db, actor, [capture.Submission("FORM", ANA, ip="192.0.2.7")])
    return outcome


async def rows(db: Database, actor: Actor, table: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    async with db.read(actor) as tx:
        return [tuple(r) for r in await tx.fetch(f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 AND {where} ORDER BY 1", tx.workspace)]


async def request(db: Database, actor: Actor, id: UUID) -> dict[str, object]:
    async with db.read(actor) as tx:
        return dict(await tx.row("SELECT q.* FROM privacy_requests q WHERE q.workspace_id = $1 AND q.id = $2", tx.workspace, id) or {})


async def test_who_was_erased_and_returns_is_somebody_new_and_stays_opted_out(db: Database, actor: Actor) -> None:
    first = await raised(db, actor)
    assert first.person_id
    hashed = consent.hash_of("ana@acme.com")

    async def opted_out(tx: Tx) -> None:
        await consent.ensure_locked(tx, [hashed])
        await consent.opt_out(tx, consent.OptOut(hashed, person_id=first.person_id, source="ana@acme.com by phone"))

    await db.run(actor, opted_out)
    person = first.person_id
    id = await erased(db, actor, person, "asked by letter")
    done = await request(db, actor, id)
    assert (done["state"], done["people_count"], done["sealed_ciphertext"], done["error"], done["reason"]) == ("DONE", 1, None, None, "asked by letter")
    assert {"people": 1, "person_emails": 1, "person_keys": 1, "submissions": 1, "leads": 1, "activities": 1}.items() <= done["counts"].items()  # type: ignore[attr-defined]
    assert await rows(db, actor, "suppressions", "kind, reason, lifted_at") == [("UNSUBSCRIBE", None, None)]
    again = await raised(db, actor)
    assert again.person_id not in (None, person)
    assert again.lead_id not in (None, first.lead_id)
    assert await rows(db, actor, "suppressions", "kind, reason, lifted_at") == [("UNSUBSCRIBE", None, None)]
    assert sorted(await rows(db, actor, "people", "kind, name, archived_at IS NULL"), key=str) == [
        ("ANONYMOUS", None, False), ("INDIVIDUAL", "Ana Silva", True)]
    assert await db.run(actor, lambda tx: privacy.ask(tx, person)) == id
    with pytest.raises(NotFound):
        await db.run(actor, lambda tx: privacy.ask(tx, uuid7()))


async def test_the_audit_holds_an_erasure_and_the_chain_holds_after_it(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    await drained(db, actor)
    await db.run(actor, audit.tend)
    id = await erased(db, actor, person)
    await drained(db, actor)
    await db.run(actor, audit.tend)
    assert (await audit.verify(db, actor)).broken is None
    async with db.read(actor) as tx:
        told = (await audit.page(tx, audit.Asked(kinds=["person.erased"]))).events
        clear = await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.data::text ILIKE '%ana%'", tx.workspace)
    assert [(e["data"]["receipt"], e["data"]["request"]) for e in told] == [((await request(db, actor, id))["receipt"], str(id))]
    assert clear == 0


async def test_settings_that_named_somebody_lose_their_words_in_the_audit_and_others_keep_them(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person

    async def settle(tx: Tx) -> None:
        for name, address in (("Named", "Ana@ACME.com"), ("Other", "bo@acme.com")):
            where: Any = {"email": {"eq": address}}
            id = await segments.create(tx, segments.NewSegment(name, "Person", where=where), Everything(tx.workspace))
            await segments.update(tx, id, {"where": {"name": {"eq": name}}}, Everything(tx.workspace))

    await db.run(actor, settle)
    of, copy = await db.run(actor, lambda tx: scope(tx, [person])), io.BytesIO()
    given = await db.run(actor, lambda tx: privacy.access.write(tx, of, copy))
    counted = (await db.run(actor, lambda tx: privacy.preview(tx, person))).erased["events"]
    await erased(db, actor, person)
    told = await rows(db, actor, "events", "data #>> '{changes,filter,0,email,eq}', redacted_by IS NOT NULL", "kind = 'segment.updated'")
    assert sorted(told, key=str) == [("bo@acme.com", False), (None, True)]
    assert counted - given["events"] == 1   # which is ours, and so stands in no copy of theirs
    assert (await audit.verify(db, actor)).broken is None


async def test_everybody_merged_into_a_person_goes_with_them_by_whichever_id(db: Database, actor: Actor) -> None:
    ana, twin = await two(db, actor, title="CTO")
    await merge(db, actor, ana, twin)
    id = await erased(db, actor, twin)
    done = await request(db, actor, id)
    assert (done["person_id"], sorted(done["people"])) == (ana, sorted([ana, twin]))  # type: ignore[type-var]
    assert await rows(db, actor, "people", "kind, name, email, title") == [("ANONYMOUS", None, None, None)] * 2
    assert await rows(db, actor, "merge_rows", "id") == []
    assert await rows(db, actor, "person_emails", "address") == []


async def test_what_others_took_part_in_is_theirs_and_purchases_stay_in_the_books(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> tuple[UUID, UUID, UUID]:
        person, other = await make.make_person(tx, "Ana Silva", "ana@acme.com"), await make.make_person(tx, "Bob Lee")
        contact = await make.make_contact(tx, person)
        await make.make_activity(tx, person, subject="Alone", body="ana@acme.com called")
        both = await make.make_activity(tx, person, "MEETING", subject="Together")
        await make.insert(tx, "activity_participants", activity_id=both, person_id=other, kind="MEETING", at=await tx.now())
        await make.insert(tx, "purchases", id=uuid7(), person_id=person, contact_id=contact, amount_minor=500, currency="EUR", at=await tx.now(), source="shop",
                          external_id="INV-1", **await make.stamps(tx))
        await make.make_task(tx, "Call Ana", contact_id=contact)
        return person, other, both

    person, other, both = await db.run(actor, work)
    async with db.read(actor) as tx:
        plan = await privacy.preview(tx, person)
    assert (plan.people, plan.erased["activities"], plan.erased["activity_participants"], plan.erased["people"]) == (1, 1, 2, 1)
    assert [(one.table, one.rows) for one in plan.kept if one.table in ("purchases", "suppressions")] == [("purchases", 1)]
    assert await rows(db, actor, "privacy_requests", "id") == []
    id = await erased(db, actor, person)
    assert sorted(await rows(db, actor, "activities", "subject, body"), key=str) == [("Together", None), (None, None)]
    assert [row for row in await rows(db, actor, "activity_participants", "activity_id, person_id") if row[0] == both] == [(both, other)]
    assert {row[0] for row in await rows(db, actor, "activity_participants", "subject")} == {None}, "nor is its line beside the person"
    assert await rows(db, actor, "purchases", "external_id, amount_minor, person_id") == [("INV-1", 500, person)]
    assert await rows(db, actor, "tasks", "title, state") == [("erased", "CANCELED")]
    assert (await request(db, actor, id))["kept"]["purchases"] == 1  # type: ignore[index]


async def test_what_waits_unmatched_goes_too_and_what_comes_in_meanwhile_stays(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person

    async def waiting(tx: Tx) -> None:
        for state, address in (("PARKED", "Ana@Acme.com"), ("PARKED", "bob@acme.com"), ("RECEIVED", "ana@acme.com")):
            await make.insert(tx, "submissions", id=uuid7(), channel="FORM", intent="HAND_RAISE", payload={"fields": {"email": address}}, state=state,
                              received_at=await tx.now(), **await make.stamps(tx))

    await db.run(actor, waiting)
    await erased(db, actor, person)
    found = await rows(db, actor, "submissions", "state, payload #>> '{fields,email}'")
    assert sorted(found, key=str) == [("PARKED", "bob@acme.com"), ("PARKED", None), ("PROCESSED", None), ("RECEIVED", "ana@acme.com")]


async def test_a_worker_erases_and_waits_for_readers_of_events(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    id = await db.run(actor, lambda tx: privacy.ask(tx, person))
    drain = Drain(mailing.open_post_kit(mailing.OneWorkspace(db, actor.workspace), "smtp://127.0.0.1:1"), KINDS)
    await drain.queue("transfer")
    await drain.idle()
    assert (await request(db, actor, id))["state"] == "RUNNING"
    assert await rows(db, actor, "work", "state, attempts, last_error IS NULL", f"kind = '{privacy.erasing.JOB}'") == [("READY", 0, False)]
    await db.run(actor, upkeep.number)
    for queue in ("upkeep", "transfer"):
        await db.run(actor, lambda tx: tx.execute(
            "UPDATE work SET run_at = lw_clock($1) WHERE workspace_id = $1 AND kind = $2", tx.workspace, privacy.erasing.JOB))
        await drain.queue(queue)
        await drain.idle()
    assert (await request(db, actor, id))["state"] == "DONE"


class Mortal:
    """A database whose process dies after so many transactions."""

    def __init__(self, db: Database, lives: int) -> None:
        self.db, self.lives, self.read = db, lives, db.read

    async def run(self, *args: Any, **more: Any) -> Any:
        if not self.lives:
            raise ConnectionAbortedError
        self.lives -= 1
        return await self.db.run(*args, **more)


async def test_killed_after_any_transaction_it_goes_on_to_the_same_end(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    id = await db.run(actor, lambda tx: privacy.ask(tx, person))
    await drained(db, actor)
    deaths = 0
    while True:
        try:
            await privacy.perform(Mortal(db, 7), actor.workspace, id)  # type: ignore[arg-type]
            break
        except ConnectionAbortedError:
            deaths += 1
            assert deaths < 60
    done = await request(db, actor, id)
    assert (done["state"], done["counts"]["submissions"], done["counts"]["leads"], deaths > 3) == ("DONE", 1, 1, True)  # type: ignore[index]
    await privacy.perform(db, actor.workspace, id)
    await privacy.follow(db, actor.workspace, id)
    assert await request(db, actor, id) == done


async def test_a_request_whose_job_died_goes_on_and_fails_in_the_open_after_a_day(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    id = await db.run(actor, lambda tx: privacy.ask(tx, person))
    copy = await db.run(actor, lambda tx: privacy.access.ask(tx, person))
    jobs = f"kind IN ('{privacy.erasing.JOB}', '{privacy.access.JOB}')"
    dies = f"UPDATE work SET state = 'DEAD', last_error = 'boom', attempts = 10 WHERE workspace_id = $1 AND {jobs}"
    await db.run(actor, lambda tx: tx.execute(dies, tx.workspace))
    await db.run(actor, privacy.retention.plan)
    await db.run(actor, privacy.retention.plan)
    assert await rows(db, actor, "work", "state, attempts", jobs) == [("READY", 0)] * 2
    await db.run(actor, lambda tx: tx.execute(f"DELETE FROM work WHERE workspace_id = $1 AND {jobs}", tx.workspace))
    await db.run(actor, privacy.retention.plan)
    assert await rows(db, actor, "work", "state, attempts", jobs) == [("READY", 0)] * 2

    await db.run(actor, lambda tx: tx.execute(f"{dies} AND state = 'READY'", tx.workspace))
    older = f"UPDATE work SET created_at = created_at - interval '25 hours' WHERE workspace_id = $1 AND {jobs}"
    await db.run(actor, lambda tx: tx.execute(older, tx.workspace))
    await db.run(actor, privacy.retention.plan)
    await db.run(actor, privacy.retention.plan)
    assert await rows(db, actor, "privacy_requests", "state, error") == [("FAILED", "boom")] * 2
    failed = "record_id, person_id IS NULL"
    assert sorted(await rows(db, actor, "events", failed, "kind = 'privacyRequest.failed'")) == sorted([(id, True), (copy, True)])  # type: ignore[type-var]
    assert await db.run(actor, lambda tx: privacy.ask(tx, person)) == id
    assert await db.run(actor, lambda tx: privacy.ask(tx, person)) == id
    assert await rows(db, actor, "work", "payload ->> 'id'", f"kind = '{privacy.erasing.JOB}' AND state = 'READY'") == [(str(id),)]
    await drained(db, actor)
    await privacy.perform(db, actor.workspace, id)
    assert [(await request(db, actor, one))["state"] for one in (id, copy)] == ["DONE", "FAILED"]
    await privacy.access.perform(db, actor.workspace, copy)     # its job, put again by hand
    assert (await request(db, actor, copy))["state"] == "DONE"


async def test_what_retention_began_is_ended_although_its_rule_was_taken_back(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> None:
        old = await tx.value("SELECT lw_clock($1) - interval '13 months'", tx.workspace)
        for name in ("Old Junk", "Older Junk"):
            lead = await make.make_lead(tx, await make.make_person(tx, name, f"{name[:4].strip()}@acme.example"))
            await tx.execute("UPDATE leads SET state = 'JUNK', created_at = $3, status_since = $3, closed_at = $3 WHERE workspace_id = $1 AND id = $2",
                             tx.workspace, lead, old)
        await privacy.retention.choose(tx, "JUNK_LEADS", 12)

    await db.run(actor, work)
    with pytest.raises(ConnectionAbortedError):
        await privacy.retention.perform(Mortal(db, 4), actor.workspace)  # type: ignore[arg-type]
    await drained(db, actor)
    assert await rows(db, actor, "privacy_requests", "state, people_count") == [("RUNNING", 2)]
    await db.run(actor, lambda tx: privacy.retention.choose(tx, "JUNK_LEADS", None))
    await db.run(actor, lambda tx: tx.execute("DELETE FROM work WHERE workspace_id = $1 AND key = 'night'", tx.workspace))
    await db.run(actor, privacy.retention.plan)
    assert await rows(db, actor, "work", "state", "key = 'night'") == [("READY",)]
    await privacy.retention.perform(db, actor.workspace)
    assert await rows(db, actor, "privacy_requests", "state, people_count, sealed_ciphertext") == [("DONE", 2, None)]


async def test_two_workers_at_once_count_nothing_twice(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    id = await db.run(actor, lambda tx: privacy.ask(tx, person))
    await drained(db, actor)
    await asyncio.gather(*(privacy.perform(db, actor.workspace, id) for _ in range(3)))
    done = await request(db, actor, id)
    assert (done["state"], done["counts"]["submissions"], done["counts"]["activities"]) == ("DONE", 1, 1)  # type: ignore[index]
    assert len(await rows(db, actor, "events", "id")) == len(set(await rows(db, actor, "events", "id")))


async def test_it_waits_for_mail_that_is_being_handed_over(db: Database, actor: Actor) -> None:
    person = (await raised(db, actor)).person_id
    assert person
    hashed = consent.hash_of("ana@acme.com")

    async def sending(tx: Tx) -> None:
        await consent.ensure(tx, [hashed])
        for state in ("SENDING", "PLANNED"):
            await make.insert(tx, "sends", id=uuid7(), person_id=person, mail_class="ONE_TO_ONE", sender_address="we@us.example", address="ana@acme.com",
                              address_hash=hashed, message_id=f"<{state}@us.example>", state=state, planned_at=await tx.now(), **await make.stamps(tx))

    await db.run(actor, sending)
    with pytest.raises(privacy.StillMoving):
        await erased(db, actor, person)
    assert await rows(db, actor, "sends", "state, address, reason") == [("SENDING", "ana@acme.com", None), ("SKIPPED", "erased", "ERASED")]
    await db.run(actor, lambda tx: tx.execute("UPDATE sends SET state = 'SENT' WHERE workspace_id = $1 AND state = 'SENDING'", tx.workspace))
    (id,) = next(iter(await rows(db, actor, "privacy_requests", "id")))
    await privacy.perform(db, actor.workspace, id)  # type: ignore[arg-type]
    assert ((await request(db, actor, id))["state"], await rows(db, actor, "sends", "state, address")) == (  # type: ignore[arg-type]
        "DONE", [("SENT", "erased"), ("SKIPPED", "erased")])


async def test_an_access_export_holds_what_is_known_and_goes_with_the_person(db: Database, actor: Actor) -> None:
    outcome = await raised(db, actor)
    person = outcome.person_id
    assert person
    stranger = await db.run(actor, lambda tx: make.make_person(tx, "Bob Lee", "bob@other.example"))
    await drained(db, actor)
    id = await db.run(actor, lambda tx: privacy.access.ask(tx, person))
    with pytest.raises(privacy.ExportNotReady):
        await db.run(actor, lambda tx: privacy.access.link(tx, id))
    await privacy.access.perform(db, actor.workspace, id)
    await privacy.access.perform(db, actor.workspace, id)
    token, _ = await db.run(actor, lambda tx: privacy.access.link(tx, id))
    size, stream = await privacy.access.opened(db, token, "192.0.2.1")
    file = b"".join([piece async for piece in stream])
    done = await request(db, actor, id)
    assert (done["state"], done["size"], done["receipt"]) == ("DONE", len(file), hashlib.sha256(file).hexdigest())
    assert size == len(file)
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        data, names = orjson.loads(packed.read("data.json")), set(packed.namelist())
    assert {"README.txt", "data.json", "people.csv", "person_emails.csv", "leads.csv", "submissions.csv", "activities.csv"} <= names
    assert (data["people"][0]["name"], data["person_emails"][0]["address"], data["submissions"][0]["ip"]) == ("Ana Silva", "ana@acme.com", "192.0.2.7")
    assert data["submissions"][0]["payload"]["fields"]["message"] == "Call me"
    assert (str(stranger) in str(data), "bob@" in str(data), "address_hash" in str(data)) == (False, False, False)
    await erased(db, actor, person)
    with pytest.raises(NotFound):
        await privacy.access.opened(db, token)
    kinds = [kind for (kind,) in await rows(db, actor, "events", "kind")]
    assert {"person.exported", "privacyRequest.linked", "privacyRequest.downloaded", "person.erased"} <= set(kinds)


async def test_nothing_is_forgotten_until_somebody_says_how_long_it_is_kept(db: Database, actor: Actor) -> None:
    async with db.read(actor) as tx:
        assert {(rule.kind, rule.months) for rule in await privacy.retention.rules(tx)} == {(kind, None) for kind in privacy.retention.KINDS}
    await privacy.retention.perform(db, actor.workspace)
    assert await rows(db, actor, "privacy_requests", "id") == []
    for kind, months in (("JUNK_LEADS", 0), ("JUNK_LEADS", 241), ("EVERYTHING", 12)):
        with pytest.raises(privacy.BadRetention):
            await db.run(actor, lambda tx, kind=kind, months=months: privacy.retention.choose(tx, kind, months))


async def test_retention_erases_what_is_older_and_nothing_else(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> None:
        old, now = await tx.value("SELECT lw_clock($1) - interval '13 months'", tx.workspace), await tx.now()
        for name, state, at in (("Old Junk", "JUNK", old), ("New Junk", "JUNK", now), ("Old Idle", "OPEN", old), ("Old Customer", "JUNK", old)):
            person = await make.make_person(tx, name, f"{name.replace(' ', '.')}@acme.example")
            lead = await make.make_lead(tx, person, company_name=name)
            await tx.execute("UPDATE leads SET state = $3, created_at = $4, status_since = $4, closed_at = CASE WHEN $3 = 'JUNK' THEN $4::timestamptz END "
                             "WHERE workspace_id = $1 AND id = $2", tx.workspace, lead, state, at)
            await make.make_activity(tx, person, "EMAIL", at=at, body=f"Dear {name}")
            if name == "Old Customer":
                await make.make_contact(tx, person)

    await db.run(actor, work)
    async with db.read(actor) as tx:
        due = [await privacy.retention.preview(tx, kind, 12) for kind in ("JUNK_LEADS", "IDLE_LEADS", "MAIL_BODIES", "VISITORS")]
    assert due == [1, 2, 3, 0]
    for kind in ("JUNK_LEADS", "IDLE_LEADS", "MAIL_BODIES"):
        await db.run(actor, lambda tx, kind=kind: privacy.retention.choose(tx, kind, 12))
    assert [(kind, key) for kind, key in await rows(db, actor, "work", "kind, key") if kind == privacy.retention.JOB] == [(privacy.retention.JOB, "night")]
    await drained(db, actor)
    await privacy.retention.perform(db, actor.workspace)
    assert {name for (name,) in await rows(db, actor, "people", "coalesce(name, '-')")} == {"-", "New Junk", "Old Customer"}
    assert {body for (body,) in await rows(db, actor, "activities", "coalesce(body, '-')")} == {"-", "Dear New Junk"}
    done = await rows(db, actor, "privacy_requests", "rule, state, people_count, people, receipt IS NULL")
    assert done == [("IDLE_LEADS", "DONE", 1, [], False), ("JUNK_LEADS", "DONE", 1, [], False), ("MAIL_BODIES", "DONE", 0, [], False)]
    await privacy.retention.perform(db, actor.workspace)
    assert sorted(await rows(db, actor, "privacy_requests", "rule, people_count"))[1::2] == [("IDLE_LEADS", 1), ("JUNK_LEADS", 1), ("MAIL_BODIES", 0)]
    await db.run(actor, lambda tx: privacy.retention.choose(tx, "JUNK_LEADS", None))
    async with db.read(actor) as tx:
        assert {rule.kind for rule in await privacy.retention.rules(tx) if rule.months} == {"IDLE_LEADS", "MAIL_BODIES"}


async def test_old_page_views_lose_their_line_wherever_it_stands(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> None:
        person, now = await make.make_person(tx, "Ana", "ana@acme.example"), await tx.now()
        for kind, days in (("PAGE_VIEW", 400), ("PAGE_VIEW", 1), ("NOTE", 400)):
            await make.make_activity(tx, person, kind, at=now - timedelta(days=days), subject=f"{kind} {days}")
        await privacy.retention.choose(tx, "VISITORS", 12)

    await db.run(actor, work)
    await privacy.retention.perform(db, actor.workspace)
    for table in ("activities", "activity_participants"):
        assert sorted(await rows(db, actor, table, "coalesce(subject, '-')")) == [("-",), ("NOTE 400",), ("PAGE_VIEW 1",)]
