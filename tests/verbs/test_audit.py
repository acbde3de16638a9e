"""The chain over what happened: whatever a superuser does to events or seals is found, and nothing else is."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from leadwell import audit, events
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers


async def sealed(db: Database, actor: Actor, *sizes: int) -> None:
    """So many events, under one seal each time."""
    for size in sizes:
        await db.run(actor, lambda tx, size=size: events.note_all(
            tx, [events.Event("lead.updated", "Lead", uuid7(), data={"changes": {"title": [None, f"T{i}"]}}) for i in range(size)]))
        await db.run(actor, events.sequence)
        await db.run(actor, audit.tend)


async def superuser(cluster: Servers, actor: Actor, *statements: str) -> None:
    """Statements of the owner, who is held by no policy; `$1` is the workspace."""
    connection = await asyncpg.connect(cluster.owner_database_url)
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement, actor.workspace)
    finally:
        await connection.close()


async def test_an_untouched_chain_holds_to_its_last_seal_and_beyond(db: Database, actor: Actor) -> None:
    assert await audit.verify(db, actor) == audit.Verdict()
    await sealed(db, actor, 3, 4)
    await db.run(actor, lambda tx: events.note(tx, "lead.updated", "Lead", uuid7()))
    await db.run(actor, events.sequence)
    found = await audit.verify(db, actor)
    assert (found.events, found.seals, found.unsealed, found.sealed_to, found.broken) == (7, 2, 1, 7, None)
    assert (await audit.verify(db, actor, found.last)).broken is None
    assert not await db.run(actor, audit.seal)
    assert not await db.run(actor, audit.seal)
    assert (await audit.verify(db, actor, found.last)).seals == 3
    with pytest.raises(audit.BadAnchor):
        await audit.verify(db, actor, "latest")
    other = await audit.verify(db, actor, f"2:{'0' * 64}")
    assert other.broken == audit.Break(None, None, "the seal that was kept elsewhere is not in the chain")


EVENT = "WHERE workspace_id = $1 AND seq = "
CHANGED = "the event is not what its digest says"
TAMPERINGS = [
    ("data changed", [f"UPDATE events SET data = '{{}}' {EVENT} 2"], (2, 1, CHANGED)),
    ("actor changed", [f"UPDATE events SET actor = 'USER:x' {EVENT} 5"], (5, 2, CHANGED)),
    ("time changed", [f"UPDATE events SET at = at - interval '1 microsecond' {EVENT} 5"], (5, 2, CHANGED)),
    ("made to look redacted", [f"UPDATE events SET data_hash = lw_data_hash(salt, data), salt = NULL, data = '{{}}', redacted_by = id {EVENT} 3"],
     (3, None, "data was taken out of events, and no event tells of that")),
    ("changed with its digest", [f"UPDATE events SET data = '{{}}', digest = lw_event_digest(events, seq, lw_data_hash(salt, '{{}}')) {EVENT} 6"],
     (4, 2, "the digests of events 4 to 6 are not those that were sealed")),
    ("one deleted", [f"DELETE FROM events {EVENT} 5"], (5, 2, "an event is gone")),
    ("two swapped", [f"UPDATE events SET seq = -1 {EVENT} 4", f"UPDATE events SET seq = 4 {EVENT} 5", f"UPDATE events SET seq = 5 {EVENT} -1"],
     (4, 2, CHANGED)),
    ("last seal deleted", ["DELETE FROM audit_seals WHERE workspace_id = $1 AND number = 2"], (4, 2, "the last seal is gone")),
    ("a seal deleted", ["DELETE FROM audit_seals WHERE workspace_id = $1 AND number = 1"], (1, 1, "a seal is gone")),
    ("a seal widened", ["UPDATE audit_seals SET to_seq = 7 WHERE workspace_id = $1 AND number = 2"], (7, 2, "an event is gone")),
    ("one inserted behind", ["INSERT INTO events (workspace_id, id, seq, kind, noun, record_id, actor, request_id, at) "
     "VALUES ($1, gen_random_uuid(), 9, 'lead.created', 'Lead', gen_random_uuid(), 'SYSTEM', 'r', '2026-01-01Z')"], (9, None, CHANGED)),
    ("one inserted between", [
        "UPDATE events SET seq = -seq WHERE workspace_id = $1 AND seq >= 5", "UPDATE events SET seq = 1 - seq WHERE workspace_id = $1 AND seq < 0",
        "INSERT INTO events (workspace_id, id, seq, kind, noun, record_id, actor, request_id, at, salt, digest) "
        "SELECT workspace_id, gen_random_uuid(), 5, kind, noun, record_id, actor, request_id, at, salt, digest FROM events "
        "WHERE workspace_id = $1 AND seq = 4"], (5, 2, CHANGED)),
    ("the head forgotten", ["DELETE FROM audit_heads WHERE workspace_id = $1"], (None, 2, "what the last seal was is gone")),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "broken"), [(s, b) for _, s, b in TAMPERINGS], ids=[name for name, _, _ in TAMPERINGS])
async def test_tampering_is_found_where_it_was_done(
    db: Database, actor: Actor, migrated: Servers, statements: list[str], broken: tuple[int | None, int | None, str]) -> None:
    await sealed(db, actor, 3, 3)
    await superuser(migrated, actor, *statements)
    found = await audit.verify(db, actor)
    assert found.broken == audit.Break(*broken)


async def test_a_chain_made_again_without_the_key_is_found(db: Database, actor: Actor, migrated: Servers) -> None:
    await sealed(db, actor, 3)
    digests = "SELECT string_agg(e.digest, ''::bytea ORDER BY e.seq) FROM events e WHERE e.workspace_id = $1"
    forged = f"sha256(''::bytea || int8send(1) || int8send(3) || ({digests}))"
    await superuser(
        migrated, actor, f"UPDATE events SET data = '{{}}', digest = lw_event_digest(events, seq, lw_data_hash(salt, '{{}}')) {EVENT} 2",
        f"UPDATE audit_seals SET root = {forged} WHERE workspace_id = $1", f"UPDATE audit_heads SET root = {forged} WHERE workspace_id = $1")
    assert (await audit.verify(db, actor)).broken == audit.Break(1, 1, "the seal was not made here")


@pytest.mark.parametrize("statement", [
    "UPDATE events SET data = '{}' WHERE workspace_id = $1", "DELETE FROM events WHERE workspace_id = $1",
    "UPDATE events SET salt = NULL WHERE workspace_id = $1 AND seq = 1",
    "UPDATE events SET seq = seq + 10 WHERE workspace_id = $1", "UPDATE audit_seals SET root = '' WHERE workspace_id = $1",
    "DELETE FROM audit_seals WHERE workspace_id = $1", "DELETE FROM audit_heads WHERE workspace_id = $1"])  # fmt: skip
async def test_the_application_itself_changes_no_numbered_event_and_no_seal(db: Database, actor: Actor, statement: str) -> None:
    await sealed(db, actor, 2)
    with suppress(asyncpg.InsufficientPrivilegeError):
        assert await db.run(actor, lambda tx: tx.execute(statement, tx.workspace)) == 0
    assert (await audit.verify(db, actor)).broken is None


async def test_the_application_notes_no_event_under_a_number_of_its_own(db: Database, actor: Actor) -> None:
    sql = ("INSERT INTO events (workspace_id, id, seq, kind, noun, record_id, actor, request_id, at) "
           "VALUES ($1, $2, 7, 'a.b', 'Lead', $2, 'SYSTEM', 'r', clock_timestamp())")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.run(actor, lambda tx: tx.execute(sql, tx.workspace, uuid7()))


async def test_numberers_and_sealers_at_once_make_one_chain(db: Database, actor: Actor) -> None:
    async def write(tx: Tx) -> None:
        await events.note_all(tx, [events.Event("lead.updated", "Lead", uuid7(), data={"i": i}) for i in range(20)])

    async def work(_: int) -> None:
        await db.run(actor, write)
        await db.run(actor, events.sequence)
        await db.run(actor, audit.seal)

    await asyncio.gather(*(work(i) for i in range(8)))
    await db.run(actor, events.sequence)
    await db.run(actor, audit.seal)
    found = await audit.verify(db, actor)
    assert (found.events, found.unsealed, found.broken) == (160, 0, None)


async def test_data_goes_from_events_and_the_chain_holds(db: Database, actor: Actor) -> None:
    await sealed(db, actor, 3)
    async with db.read(actor) as tx:
        ids = [e["id"] for e in await events.newer(tx, 0)]
    assert await db.run(actor, lambda tx: events.redact(tx, ids[:2], uuid7())) == 0
    await db.run(actor, lambda tx: events.read_on(tx, "reactions"))
    assert await db.run(actor, lambda tx: events.redact(tx, ids[:2], uuid7())) == 2
    assert await db.run(actor, lambda tx: events.redact(tx, ids[:2], uuid7())) == 0
    await db.run(actor, events.sequence)
    await db.run(actor, audit.seal)
    found = await audit.verify(db, actor)
    assert (found.events, found.seals, found.broken) == (4, 2, None)
    async with db.read(actor) as tx:
        read = await audit.page(tx, audit.Asked())
    assert [(e["kind"], e["data"] == {}, e["redacted"]) for e in read.events] == [
        ("events.redacted", False, False), ("lead.updated", False, False), ("lead.updated", True, True), ("lead.updated", True, True)]


async def test_events_are_looked_up_by_who_what_and_which(db: Database, actor: Actor) -> None:
    lead, key = uuid7(), Actor(actor.workspace, "KEY", uuid7(), credential="KEY:1", request_id="r-1")
    await db.run(key, lambda tx: events.note_all(tx, [events.Event("lead.created", "Lead", lead), events.Event("tag.put", "Lead", lead)]))
    await db.run(actor, lambda tx: events.note_all(tx, [events.Event("lead.junked", "Lead", lead), events.Event("deal.won", "Deal", uuid7(), lead)]))
    await db.run(actor, events.sequence)

    async def kinds(**asked: object) -> list[str]:
        async with db.read(actor) as tx:
            return [e["kind"] for e in (await audit.page(tx, audit.Asked(**asked))).events]  # type: ignore[arg-type]

    assert await kinds() == ["deal.won", "lead.junked", "tag.put", "lead.created"]
    assert await kinds(actor=str(key)) == ["tag.put", "lead.created"] == await kinds(request="r-1")
    assert await kinds(kinds=["lead.*"]) == ["lead.junked", "lead.created"]
    assert await kinds(record=lead, noun="Deal") == ["deal.won"]
    assert await kinds(kinds=["lead.junked", "tag.*"]) == ["lead.junked", "tag.put"]
    async with db.read(actor) as tx:
        first = await audit.page(tx, audit.Asked(first=3))
        rest = await audit.page(tx, audit.Asked(first=3, after=first.end))
        with pytest.raises(audit.BadAuditCursor):
            await audit.page(tx, audit.Asked(after="x"))
    assert ([e["seq"] for e in first.events], [e["seq"] for e in rest.events], rest.end) == ([4, 3, 2], [1], None)
