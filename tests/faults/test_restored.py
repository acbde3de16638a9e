"""A database that is restored from a dump, put back from a copy of its files, or copied, with the same settings: nothing leaves it, it says so, and a
person lets it go on."""

import asyncio
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from leadwell import broadcasts, nurture
from leadwell.base.actor import Actor
from leadwell.base.tx import Tx
from leadwell.embedded import binaries
from tests.faults.test_delivery_servers import _settled as settled
from tests.installation import Installation, installed, until
from tests.mailing import FROM, leads, sends, sequence, template
from tests.processes import PROGRAMS, leadwell
from tests.verbs.test_broadcasts import draft, go

READERS = 4
SENT = 3 * READERS      # two steps of a sequence, one broadcast
WAYS = {
    "dump": "was restored from a dump",
    "files": "is older than it was, as a backup of its files that was put back is",
    "directory": "is older than it was, as a backup of its files that was put back is",
}


async def _begun(house: Installation) -> UUID:
    """Mail of a sequence and of a broadcast that is planned, and a step that comes behind it."""
    workspace = await house.workspace()

    async def begin(tx: Tx) -> None:
        people = await leads(tx, READERS)
        await nurture.enroll_many(tx, await sequence(tx, ""), people, "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        await go(tx, await draft(tx, broadcasts.Audience(people=people)))

    await house.db.run(Actor.system(workspace), begin)
    return workspace


def _tool(name: str, *words: str) -> None:
    done = subprocess.run([binaries.postgres_program(PROGRAMS).path.with_name(name), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _copied(source: Path, target: Path) -> None:
    """As an administrator copies a folder: owners and times included."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)


def _database(house: Installation) -> str:
    return house.servers.admin_database_url.replace("/postgres?", "/leadwell?")


def _restore(house: Installation, dump: Path) -> None:
    """As docs/operate says."""
    admin = house.servers.admin_database_url
    _tool("dropdb", "--maintenance-db", admin, "--force", "leadwell")
    _tool("createdb", "--maintenance-db", admin, "-O", "lw_owner", "leadwell")
    _tool("pg_restore", "-d", _database(house), str(dump))


async def _all_left(house: Installation, workspace: UUID, count: int) -> None:
    async with house.worker(LEADWELL_MAIL_FROM=FROM):
        await until(lambda: settled(house, Actor.system(workspace)), 40)
    assert house.mail.mailbox.count() == count


async def _sent_and_put_back(place: Path, way: str) -> UUID:
    """A backup is made, everything leaves, and the backup is put back."""
    async with installed(place) as house:
        workspace = await _begun(house)
        async with house.worker(LEADWELL_MAIL_FROM=FROM, LEADWELL_OUTBOUND_EPOCH="not yet") as worker:     # it has seen the database, and nothing left
            await worker.says("worker ready")
        await house.db.run(Actor.system(workspace), _due)
        if way == "dump":
            await asyncio.to_thread(_tool, "pg_dump", "-Fc", "-f", str(place / "backup"), _database(house))
    if way != "dump":
        _copied(place / "servers", place / "backup")
    async with installed(place) as house:
        await _all_left(house, workspace, SENT)
        if way == "dump":
            await house.db.close()
            await asyncio.to_thread(_restore, house, place / "backup")
    if way == "files":      # of a server that others run: only what Redis remembers is left
        _copied(place / "backup" / "pg", place / "servers" / "pg")
        (place / "servers" / "pg.mark").unlink()
    elif way == "directory":
        _copied(place / "backup", place / "servers")
    return workspace


async def _due(tx: Tx) -> None:
    await tx.execute("UPDATE work SET run_at = created_at WHERE workspace_id = $1 AND state = 'READY'", tx.workspace)


async def _told(house: Installation, *words: str) -> dict[str, object]:
    known = {name: value for name, value in house.variables(LEADWELL_MAIL_FROM=FROM).items() if name not in ("PATH", "PYTHONPATH", "HOME")}
    done = await asyncio.to_thread(lambda: leadwell(house.home, *words, "--json", **known))
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


async def _outbound(house: Installation) -> tuple[str, str]:
    """What `leadwell doctor` says about it."""
    checks = {check["name"]: check for check in (await _told(house, "doctor"))["checks"]}  # type: ignore[attr-defined]
    return checks["outbound"]["status"], checks["outbound"]["message"]


async def _held(house: Installation, workspace: UUID) -> bool:
    """Everything that is planned was looked at and put off."""
    rows = await house.rows(
        workspace, "SELECT count(*) AS n FROM work w WHERE w.workspace_id = $1 AND w.queue = 'deliver' AND w.state = 'READY' AND w.run_at > lw_clock($1)"
        " AND w.last_error LIKE 'OUTBOUND_HELD: %'")
    return rows[0]["n"] == 2 * READERS


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_restored_tells_nobody_anything_until_a_person_confirms_it(place: Path, way: str) -> None:
    workspace = await _sent_and_put_back(place, way)
    actor = Actor.system(workspace)
    async with installed(place) as house, house.worker(LEADWELL_MAIL_FROM=FROM) as worker:
        await worker.says(f"nothing leaves: this database {WAYS[way]}. A copy stays silent.")
        await until(lambda: _held(house, workspace), 30)
        assert house.mail.mailbox.count() == SENT, "nothing left, twice least of all"
        assert await _outbound(house) == ("warn", f"Nothing leaves: this database {WAYS[way]}.")
        told = await _told(house, "outbound", "confirm")
        assert told == {"confirmed": True, "held": 2 * READERS, "pausedSequences": 1, "pausedBroadcasts": 1}
        again = await _told(house, "outbound", "confirm")
        assert again == {"confirmed": False, "held": 0, "pausedSequences": 0, "pausedBroadcasts": 0}, "what is not in doubt is left alone"
        assert await _outbound(house) == ("ok", "mail and webhooks may leave")
        await worker.says("mail and webhooks leave again")
        await house.db.run(actor, _due)
        await until(lambda: settled(house, actor), 30)
        async with house.db.read(actor) as tx:
            assert Counter(await sends(tx, "state", "reason")) == {("AMBIGUOUS", "RESTORED"): 2 * READERS}
        assert house.mail.mailbox.count() == SENT
        await house.db.run(actor, _one_more)
        await until(lambda: settled(house, actor), 30)
        assert house.mail.mailbox.count() == SENT + 1, "what is new leaves"


async def _one_more(tx: Tx) -> None:
    from tests import builders as b

    (person,) = await leads(tx, 1)
    await broadcasts.send_email(tx, broadcasts.NewLetter(person, await template(tx)), await b.make_user(tx), mail_from=FROM)


async def test_a_copy_of_a_database_is_silent_and_goes_on_whole_where_nothing_had_left(place: Path) -> None:
    async with installed(place) as house:
        workspace = await _begun(house)
        admin = house.servers.admin_database_url
        await house.db.close()
        await asyncio.to_thread(_tool, "createdb", "--maintenance-db", admin, "-T", "leadwell", "copy")
        there = house.servers.database_url.replace("/leadwell?", "/copy?")
        from leadwell.base.pool import open_pool
        from leadwell.base.tx import Database

        house.db = Database(await open_pool(there, size=4))
        more = {"DATABASE_URL": there, "LEADWELL_MAIL_FROM": FROM}
        try:
            async with house.worker(**more) as worker:
                await worker.says("nothing leaves: this database is the copy of another")
                await until(lambda: _held(house, workspace), 30)
                assert house.mail.mailbox.count() == 0
                known = {name: value for name, value in house.variables(**more).items() if name not in ("PATH", "PYTHONPATH", "HOME")}
                done = await asyncio.to_thread(lambda: leadwell(place, "outbound", "confirm", "--resend", **known))
                assert (done.returncode, done.stdout) == (0, "Mail and webhooks may leave this database.\n"), done.stderr
                await house.db.run(Actor.system(workspace), _due)
                await until(lambda: settled(house, Actor.system(workspace)), 30)
            assert house.mail.mailbox.count() == SENT
        finally:
            await house.db.close()
