"""A worker killed by SIGKILL behind each statement that matters of a broadcast (snapshot, opening, settling, planning, the winner, the end) and of a segment
(computed as a whole, and record by record): each person gets one mail, a winner is chosen once, who crosses is told once."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import broadcasts, leads, segments
from leadwell.access.sees import Everything
from leadwell.base.tx import Database, Tx
from leadwell.broadcasts import Hour, Variant
from leadwell.embedded.servers import Servers
from leadwell.segments import NewSegment
from tests import builders as b
from tests.faults.nursery import nursery
from tests.history import check_crossings
from tests.mailing import WORDS, expire, forward, sends, sequence, template
from tests.mailing import leads as people_with_leads
from tests.posting import House, house
from tests.stepping import sandbox
from tests.verbs.test_broadcasts import draft

KILLED = -9
READERS, EVERYWHERE = 40, ("transfer", "nurture", "deliver", "hook")
FAIRS = "l.industry = 'Fairs'"
BROADCAST: dict[str, Sequence[str]] = {
    "locked": ["FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2 FOR NO KEY UPDATE"],
    "snapshot written": ["INSERT INTO broadcast_recipients"],
    "opened": ["started_at = $4, decide_at = $5"],
    "opened, committed": ["started_at = $4, decide_at = $5", "COMMIT"],
    "settled": ["CASE WHEN g.send_id IS NULL"],
    "planned": ["CASE WHEN g.send_id IS NULL", "INSERT INTO sends"],
    "planned, committed": ["CASE WHEN g.send_id IS NULL", "INSERT INTO sends", "COMMIT"],
    "winner chosen": ["state = 'SENDING', winner = $3"],
    "winner chosen, committed": ["state = 'SENDING', winner = $3", "COMMIT"],
    "rest planned": ["state = 'SENDING', winner = $3", "INSERT INTO sends"],
    "ended": ["UPDATE broadcasts SET state = 'DONE'"],
    "ended, committed": ["UPDATE broadcasts SET state = 'DONE'", "COMMIT"],
}
CROSSING = "INSERT INTO segment_members"
SEGMENT: dict[str, Sequence[str]] = {
    "changes taken": ["DELETE FROM segment_changes"],
    "crossed": ["DELETE FROM segment_changes", CROSSING],
    "counted": ["DELETE FROM segment_changes", "SET member_count"],
    "followed, settled": ["DELETE FROM segment_changes", CROSSING, "INSERT INTO work_history"],
    "followed, committed": ["DELETE FROM segment_changes", CROSSING, "INSERT INTO work_history", "COMMIT"],
    "told, entering": [CROSSING, "COMMIT", "INSERT INTO enrollments"],
    "whole: locked": ["FROM segments s WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE"],
    "whole: crossed": ["SAVEPOINT computing", CROSSING],
    "whole: counted": ["SAVEPOINT computing", "SET member_count"],
    "whole: computed": ["SET computed_version = $3"],
    "whole: committed": ["SET computed_version = $3", "COMMIT"],
    "whole: settled": ["SET computed_version = $3", "INSERT INTO work_history"],
}


async def _turn(at: House, servers: Servers, words: Sequence[str]) -> bool:
    """A worker that is killed there if it comes there, and one that goes on; whether it was."""
    code = await nursery.run("tests.faults.one_mailer", "", servers.database_url, at.server.url, str(at.actor.workspace), "", "0", *words)
    assert code in (0, KILLED)
    await expire(at.db, at.actor.workspace)
    at.worker.queues = EVERYWHERE
    await at.worker.run()
    return code == KILLED


@pytest.mark.parametrize("point", BROADCAST)
async def test_a_broadcast_is_snapshot_decided_and_sent_once_wherever_its_worker_dies(migrated: Servers, db: Database, tmp_path: Path, point: str) -> None:
    actor = await sandbox(db)
    async with house(db, actor.workspace, tmp_path) as at:
        async def begin(tx: Tx) -> UUID:
            await people_with_leads(tx, READERS)
            variants = [Variant("A", await template(tx)), Variant("B", await template(tx, "Other", WORDS))]
            id = await draft(tx, variants=variants, test=broadcasts.Test(60, 4, "CLICKS"))
            await broadcasts.schedule(tx, id, Hour())
            return id

        id = await db.run(actor, begin)
        killed = await _turn(at, migrated, BROADCAST[point])
        await db.run(actor, lambda tx: people_with_leads(tx, 1))    # who comes later is not of the snapshot
        await db.run(actor, lambda tx: tx.execute(
            "UPDATE sends SET clicked_at = lw_clock($1) WHERE workspace_id = $1 AND step = 'B' AND state = 'SENT'", tx.workspace))
        for hours in (4, 1):
            await forward(db, actor.workspace, timedelta(hours=hours, minutes=2))
            killed |= await _turn(at, migrated, BROADCAST[point])
        assert killed, "no worker ever came there"
        assert await at.check() == {"SENT": READERS}
        assert at.server.mailbox.count() == READERS
        async with db.read(actor) as tx:
            found = await broadcasts.results(tx, id)
            kinds = await tx.fetch("SELECT e.kind FROM events e WHERE e.workspace_id = $1 AND e.kind LIKE 'broadcast.%'", tx.workspace)
            steps = await sends(tx, "step", "clicked_at")
            assert {step for step, _ in steps} == {"A", "B"}
            assert sum(step == "B" and clicked is None for step, clicked in steps) > 0, "the rest got what did best"
    assert (found.state, found.winner, found.recipients, found.done, found.undecided) == ("DONE", "B", READERS, READERS, 0)
    once = ("broadcast.created", "broadcast.scheduled", "broadcast.started", "broadcast.decided", "broadcast.finished")
    assert Counter(row["kind"] for row in kinds) == dict.fromkeys(once, 1)


@pytest.mark.parametrize("point", SEGMENT)
async def test_who_crosses_a_segment_is_told_once_wherever_its_worker_dies(migrated: Servers, db: Database, tmp_path: Path, point: str) -> None:
    """Whoever comes in enters a sequence by it, once, and has one mail."""
    actor = await sandbox(db)
    async with house(db, actor.workspace, tmp_path) as at:
        async def begin(tx: Tx) -> tuple[UUID, list[UUID]]:
            who = [await b.make_person(tx) for _ in range(5)]
            rows = [await b.make_lead(tx, person, industry="Fairs" if i < 2 else "Steel") for i, person in enumerate(who)]
            id = await segments.create(tx, NewSegment("Fairs", "Lead", where={"industry": {"eq": "Fairs"}}), Everything(tx.workspace))
            await segments.refresh(tx, id)
            await sequence(tx, entry={"segment": {"segment_ids": [str(id)]}})
            return id, rows

        id, rows = await db.run(actor, begin)
        at.worker.queues = EVERYWHERE
        await at.worker.run()

        async def change(tx: Tx) -> None:
            for lead, industry in ((rows[0], "Steel"), (rows[2], "Fairs"), (rows[3], "Fairs")):
                await leads.update(tx, lead, {"industry": industry})
            if point.startswith("whole"):
                await segments.update(tx, id, {"where": {"industry": {"eq": "Fairs"}, "AND": []}}, Everything(tx.workspace))

        await db.run(actor, change)
        killed = await _turn(at, migrated, SEGMENT[point])
        for _ in range(3):
            await forward(db, actor.workspace, timedelta(seconds=2))
            killed |= await _turn(at, migrated, SEGMENT[point] if not killed else ["nowhere"])
        assert killed, "no worker ever came there"
        async with db.read(actor) as tx:
            told = await check_crossings(tx, id, FAIRS)
            assert sorted(told.values()) == [["entered"], ["entered"], ["left"]]
            entered = await tx.fetch("SELECT e.person_id FROM enrollments e WHERE e.workspace_id = $1", tx.workspace)
            assert {row["person_id"] for row in entered} == {person for person, ways in told.items() if ways == ["entered"]}
        assert await at.check() == {"SENT": 2}
        assert len(entered) == at.server.mailbox.count() == 2
