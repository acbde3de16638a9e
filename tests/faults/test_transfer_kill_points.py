"""An upload, an import, a revert and an export killed by SIGKILL leave whole parts, batches and pages; whoever goes on does each once."""

import signal
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from leadwell import transfer
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.embedded.servers import Servers
from leadwell.transfer import ImportOptions, asking, exports, uploads
from tests.builders import make_user
from tests.faults.nursery import nursery
from tests.faults.one_transfer import PIECE, stream

COUNT = 2_010   # three batches
EVERYTHING = {"*": {"verbs": ["*"], "rows": "all"}}


async def dies(cluster: Servers, workspace: UUID, what: str, id: UUID, last: int) -> None:
    arguments = cluster.database_url, str(workspace), what, str(id), str(last)
    assert await nursery.run("tests.faults.one_transfer", "", *arguments) == -signal.SIGKILL


async def one(db: Database, workspace: UUID, sql: str) -> dict[str, Any]:
    async with db.read(Actor.system(workspace)) as tx:
        row = await tx.row(sql, tx.workspace)
    assert row is not None
    return dict(row)


async def pieces(text: bytes) -> AsyncIterator[bytes]:
    yield text


async def test_upload_goes_on_where_it_was_cut(migrated: Servers, db: Database, workspace: UUID, actor: Actor) -> None:
    id = await db.run(actor, lambda tx: uploads.begin(tx, "big.csv", "me"))
    await dies(migrated, workspace, "upload", id, 3)
    async with db.read(actor) as tx:
        found = await uploads.find(tx, id, "me")
    assert (found.size, found.whole) == (2 * uploads.PART, False)
    rest = await uploads.receive(db, actor, id, "me", found.size, stream(8))
    assert (rest.size, rest.whole) == (16 * len(PIECE), True)
    other = await db.run(actor, lambda tx: uploads.begin(tx, "big.csv", "me"))
    whole = await uploads.receive(db, actor, other, "me", 0, stream(16))
    async with db.read(actor) as tx:
        assert rest.digest == whole.digest is not None
        assert b"".join([part async for part in uploads.parts(tx, id)]) == PIECE * 16


@pytest.mark.parametrize(("last", "done"), [(3, 0), (5, 1_000)])
async def test_import_and_its_revert_go_on_where_they_stood(
    migrated: Servers, db: Database, workspace: UUID, actor: Actor, last: int, done: int
) -> None:
    """The third transaction keeps the rows as they came, the fifth takes in the second thousand."""
    text = "Lead ID,Last Name,Email\n" + "".join(f"{i},P{i},p{i}@acme.example\n" for i in range(COUNT))
    upload = await db.run(actor, lambda tx: uploads.begin(tx, "leads.csv", "me"))
    await uploads.receive(db, actor, upload, "me", 0, pieces(text.encode()))
    id = await db.run(actor, lambda tx: asking.create(tx, asking.NewImport(upload, ImportOptions()), "me"))
    await db.run(actor, lambda tx: asking.start(tx, id))
    await dies(migrated, workspace, "import", id, last)
    stands = (
        "SELECT i.state, i.done_rows, i.created_count, (SELECT count(*) FROM leads l WHERE l.workspace_id = $1) AS leads, "
        "(SELECT count(DISTINCT e.record_id) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.created') AS told, "
        "(SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'lead.created') AS events, "
        "(SELECT count(*) FROM activity_participants a WHERE a.workspace_id = $1) AS activities FROM imports i WHERE i.workspace_id = $1"
    )
    names = ("done_rows", "created_count", "leads", "told", "events", "activities")
    assert await one(db, workspace, stands) == {"state": "RUNNING", **dict.fromkeys(names, done)}
    if not await transfer.perform(db, workspace, id):
        assert await transfer.resume(db, actor, id, asked=True)
    assert await one(db, workspace, stands) == {"state": "DONE", **dict.fromkeys(names, COUNT)}
    if not done:
        return
    await db.run(actor, lambda tx: transfer.ask_revert(tx, id))
    await dies(migrated, workspace, "revert", id, 2)
    stands = (
        "SELECT i.state, i.reverted_count, i.left_count, (SELECT count(*) FROM leads l WHERE l.workspace_id = $1 AND l.archived_at IS NULL) AS leads, "
        "(SELECT count(*) FROM people p WHERE p.workspace_id = $1 AND p.archived_at IS NULL) AS people FROM imports i WHERE i.workspace_id = $1"
    )
    assert await one(db, workspace, stands) == {"state": "REVERTING", "reverted_count": 20, "left_count": 0, "leads": 2_000, "people": 2_000}
    await transfer.revert(db, actor, id)
    assert await one(db, workspace, stands) == {"state": "REVERTED", "reverted_count": 2 * COUNT, "left_count": 0, "leads": 0, "people": 0}


async def test_parents_further_down_the_file_are_found_by_whoever_goes_on(migrated: Servers, db: Database, workspace: UUID, actor: Actor) -> None:
    """The sixth transaction, behind those of the two batches, settles what waited."""
    text = "Record ID,Name,Parent ID\n1,Leaf Ltd,2\n" + "x,y,,z\n" * 1000 + "2,Root Ltd,\n"
    upload = await db.run(actor, lambda tx: uploads.begin(tx, "companies.csv", "me"))
    await uploads.receive(db, actor, upload, "me", 0, pieces(text.encode()))
    id = await db.run(actor, lambda tx: asking.create(tx, asking.NewImport(upload, ImportOptions(noun="Company")), "me"))
    await db.run(actor, lambda tx: asking.start(tx, id))
    await dies(migrated, workspace, "import", id, 6)
    stands = (
        "SELECT i.state, i.done_rows, (SELECT count(*) FROM companies c WHERE c.workspace_id = $1 AND c.parent_id IS NOT NULL) AS placed, "
        "(SELECT count(*) FROM import_errors e WHERE e.workspace_id = $1 AND e.code = 'UNKNOWN_COMPANY') AS waiting FROM imports i WHERE i.workspace_id = $1"
    )
    assert await one(db, workspace, stands) == {"state": "RUNNING", "done_rows": 1_002, "placed": 0, "waiting": 1}
    assert await transfer.perform(db, workspace, id) or await transfer.resume(db, actor, id, asked=True)
    assert await one(db, workspace, stands) == {"state": "DONE", "done_rows": 1_002, "placed": 1, "waiting": 0}


async def test_export_goes_on_behind_its_last_page(migrated: Servers, db: Database, workspace: UUID, actor: Actor) -> None:
    made = (
        "INSERT INTO companies (workspace_id, id, name, name_key, created_at, updated_at) "
        "SELECT $1, gen_random_uuid(), 'C' || n, 'c' || n, now(), now() FROM generate_series(1, 4100) n"
    )
    await db.run(actor, lambda tx: tx.execute(made, tx.workspace))
    viewer = Viewer.of_user(workspace, await db.run(actor, lambda tx: make_user(tx, role="OWNER")), "Mo", "OWNER", EVERYTHING)
    id = await db.run(actor, lambda tx: exports.ask(tx, exports.NewExport("Company", columns=("name",)), viewer))
    await dies(migrated, workspace, "export", id, 2)
    stands = (
        "SELECT x.state, x.done_rows, x.size = (SELECT coalesce(sum(length(p.bytes)), 0) FROM transfer_parts p WHERE p.workspace_id = $1) AS whole "
        "FROM exports x WHERE x.workspace_id = $1"
    )
    assert await one(db, workspace, stands) == {"state": "RUNNING", "done_rows": 2_000, "whole": True}
    await transfer.write_export(db, workspace, id)
    assert await one(db, workspace, stands) == {"state": "DONE", "done_rows": 4_100, "whole": True}
    async with db.read(actor) as tx:
        text = b"".join([part async for part in uploads.parts(tx, id)]).decode("utf-8-sig")
    assert sorted(text.split()) == sorted(["name", *(f"C{n}" for n in range(1, 4_101))])
