"""The rows of a file are kept as they came, before anything is made of them: they outlive the process, and can be read again."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell import capture, transfer
from leadwell.base.actor import Actor
from leadwell.base.refusals import Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.transfer import ImportOptions, decoding, import_file, staging
from leadwell.transfer.batches import Batch, Done, Plan, apply
from leadwell.transfer.explaining import explain
from leadwell.transfer.imports import Run
from leadwell.transfer.mapping import map_columns
from leadwell.transfer.refusals import QuoteNeverClosed
from leadwell.transfer.rows import table
from leadwell.work import Job, Retry
from tests.verbs.test_import import counts, file, many, rows
from workers.transfer import finish_import

LATER = "UPDATE imports SET updated_at = updated_at - $2::interval WHERE workspace_id = $1"


async def stopping(db: Database, actor: Actor, path: Path, after: int) -> UUID:
    """An import whose database goes away for good once `after` rows are in; its id."""

    async def until(tx: Tx, id: UUID | None, plan: Plan, batch: Batch) -> Done:
        if batch.rows[-1].number > after:
            raise Unavailable
        return await apply(tx, id, plan, batch)

    source = decoding.inspect(path)
    with decoding.lines(source) as lines:
        read = table(lines)
        run = Run(db, actor, source, map_columns(read.columns, {}), ImportOptions(source="Expo"), lambda done, total: None, until)
        with pytest.raises(Unavailable):
            await run.real(read)
    (left,) = await rows(db, actor, "imports", "id, state, done_rows, total_rows")
    assert {**left, "id": 0} == {"id": 0, "state": "RUNNING", "done_rows": after, "total_rows": 2500}
    return left["id"]


def job(actor: Actor, id: UUID) -> Job:
    now: Any = None
    return Job(actor.workspace, id, "transfer", "transfer.import", str(id), {"id": str(id)}, 1, 1, 0, 10, now, id)


async def test_worker_takes_in_what_a_dead_process_had_kept_without_its_file(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = many(tmp_path, 2500)
    id = await stopping(db, actor, path, 1000)
    assert [(r["first_row"], r["last_row"]) for r in await rows(db, actor, "import_rows", "first_row, last_row")] == [
        (1, 1000), (1001, 2000), (2001, 2500)]  # fmt: skip
    path.unlink()
    kit: Any = type("Kit", (), {"db": db})
    with pytest.raises(Retry):  # it moved less than a minute ago
        await finish_import(kit, job(actor, id))
    assert (await counts(db, actor))["leads"] == 1000
    await db.run(actor, lambda tx: tx.execute(LATER, tx.workspace, timedelta(seconds=61)))
    await finish_import(kit, job(actor, id))
    await finish_import(kit, job(actor, id))
    assert await rows(db, actor, "imports", "state, done_rows, total_rows, created_count, failed_count") == [
        {"state": "DONE", "done_rows": 2500, "total_rows": 2500, "created_count": 2500, "failed_count": 0}]  # fmt: skip
    after = await counts(db, actor)
    assert (after["leads"], after["people"], after["activities"]) == (2500, 2500, 2500)
    assert {row["name"] for row in await rows(db, actor, "sources", "name")} >= {"Expo"}


async def test_import_that_is_not_wholly_kept_waits_for_its_file(db: Database, actor: Actor, tmp_path: Path) -> None:
    whole = many(tmp_path, 1500).read_text().splitlines(keepends=True)
    with pytest.raises(QuoteNeverClosed):
        await import_file(db, actor, file(tmp_path, "".join([*whole[:1400], '"never closed\n']), "broken.csv"))
    (left,) = await rows(db, actor, "imports", "id, done_rows, total_rows")
    assert (left["done_rows"], left["total_rows"]) == (1000, None)
    assert await rows(db, actor, "work", "kind", "1") != []
    assert {"kind": "transfer.import"} not in await rows(db, actor, "work", "kind")
    assert await transfer.resume(db, actor, left["id"])
    assert (await counts(db, actor))["leads"] == 1000


async def test_row_is_kept_as_it_came_whatever_became_of_it(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = 'Name,Email,Score\n"  Ana ",ana@acme.com,x\n,,5\n"Dan"x,dan@acme.com,1\nBo,nul\0l@acme.com,"1,2"\n'
    await import_file(db, actor, file(tmp_path, text))
    (made,) = await rows(db, actor, "imports", "id")
    async with db.read(actor) as tx:
        kept = [await staging.raw(tx, made["id"], n) for n in range(6)]
    assert [row and (row.line, list(row.cells), row.fault and row.fault[0]) for row in kept] == [
        None, (2, ["  Ana ", "ana@acme.com", "x"], None), (3, ["", "", "5"], None), (4, ['"Dan"x,dan@acme.com,1'], "BAD_QUOTES"),
        (5, ["Bo", "nul\0l@acme.com", "1,2"], None), None]  # fmt: skip


async def test_why_tells_the_row_and_the_submission_word_for_word(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Name,Email,Shoe size\nAna,ana@acme.com,38\n", "expo.csv"))
    await capture.submit(db, actor, [Submission("API", {"name": "Ana", "email": "ana@acme.com", "need": "A quote"})])
    (lead,) = await rows(db, actor, "leads", "id")

    async def steps() -> list[tuple[str, str]]:
        async with db.read(actor) as tx:
            return [(step.what, step.because) for step in await explain(tx, lead["id"])]

    found = await steps()
    assert found[0] == ("import: Row 1 of expo.csv, as it was read.", "Name: Ana, Email: ana@acme.com, Shoe size: 38")
    assert ("submission: What came in by API, as it was sent.", "name: Ana, need: A quote, email: ana@acme.com") in found
    (made,) = await rows(db, actor, "imports", "id")
    await db.run(actor, lambda tx: staging.drop(tx, made["id"]))
    assert (await steps())[0][1] == "it is no longer kept; rows go 365 days after their import"


async def test_rows_go_a_year_after_their_import(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, many(tmp_path, 3))
    await db.run(actor, lambda tx: tx.execute(LATER, tx.workspace, timedelta(days=364, hours=23)))
    assert await db.run(actor, transfer.forget) == 0
    await db.run(actor, lambda tx: tx.execute(LATER, tx.workspace, timedelta(hours=2)))
    assert await db.run(actor, transfer.forget) == 1
    assert await rows(db, actor, "import_rows") == []
    assert (await counts(db, actor))["leads"] == 3


async def test_another_mapping_keeps_the_rows_and_another_delimiter_reads_them_again(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = file(tmp_path, "Name;Email,City\nAna;ana@acme.com,Porto\n")
    await import_file(db, actor, path, {"Email,City": "email"}, options=ImportOptions(delimiter=";"))
    (first,) = await rows(db, actor, "import_rows", "packed, created_at")
    await import_file(db, actor, path, {"Email,City": "need"}, options=ImportOptions(delimiter=";"))
    assert await rows(db, actor, "import_rows", "packed, created_at") == [first]
    await import_file(db, actor, path, {"Name;Email": "name"}, options=ImportOptions(delimiter=","))
    (other,) = await rows(db, actor, "import_rows", "first_row, packed")
    assert [list(row.cells) for row in staging.unpack(1, other["packed"])] == [["Ana;ana@acme.com", "Porto"]]
