"""A file of leads goes in once, whatever happens on the way; what cannot be read is told by row."""

import csv
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from leadwell.transfer import ImportOptions, ImportResult, decoding, import_file, ledger
from leadwell.transfer.batches import Batch, Done, Plan, apply
from leadwell.transfer.imports import Run
from leadwell.transfer.mapping import map_columns
from leadwell.transfer.refusals import BadIntent, ImportElsewhere, QuoteNeverClosed, UnknownCountry
from leadwell.transfer.rows import table
from tests.builders import make_contact, make_person, make_user
from tests.processes import ROOT

TABLES = (
    "people", "leads", "person_emails", "person_phones", "person_keys", "external_ids", "activities", "touchpoints", "events", "work",
    "field_provenance", "field_suggestions", "sources", "import_errors", "lead_status_spans",
)  # fmt: skip


async def counts(db: Database, actor: Actor) -> dict[str, int]:
    async with db.read(actor) as tx:
        return {t: await tx.value(f"SELECT count(*) FROM {t} t WHERE t.workspace_id = $1", tx.workspace) for t in TABLES}


async def rows(db: Database, actor: Actor, table: str, columns: str = "*", order: str = "1") -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(r) for r in await tx.fetch(f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 ORDER BY {order}", tx.workspace)]


def file(tmp_path: Path, text: str, name: str = "leads.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def many(tmp_path: Path, n: int) -> Path:
    lines = (f"{i},P{i},p{i}@acme{i % 50}.com\n" for i in range(1, n + 1))
    return file(tmp_path, "Lead ID,Last Name,Email\n" + "".join(lines))


def told(result: ImportResult) -> tuple[int, int, int, int, int]:
    return result.rows, result.created, result.attached, result.unchanged, result.failed


async def test_real_export_goes_in_whole_and_again_changes_nothing(db: Database, actor: Actor, shared: Path, tmp_path: Path) -> None:
    path, errors = shared / "data" / "zoho_crm_Leads.csv.gz", tmp_path / "errors.csv"
    first = await import_file(db, actor, path, errors=errors)
    assert told(first) == (3900, 3900, 0, 0, 0)
    assert (first.flawed, first.hints, first.encoding) == (0, {"PHONE_NEEDS_COUNTRY": 3900}, "utf-8")
    assert not errors.exists()
    before = await counts(db, actor)
    assert {t: before[t] for t in ("people", "leads", "person_emails", "person_phones", "activities", "lead_status_spans", "sources")} == {
        "people": 3900, "leads": 3900, "person_emails": 3900, "person_phones": 3900, "activities": 3900, "lead_status_spans": 3900, "sources": 21,
    }  # fmt: skip
    again = await import_file(db, actor, path, errors=errors)
    assert (told(again), again.repeated) == ((3900, 0, 0, 3900, 0), True)
    assert await counts(db, actor) == before
    async with db.read(actor) as tx:
        sql = (
            "SELECT l.company_name, l.industry, l.intent, l.last_activity_at, s.name AS source FROM people p JOIN leads l ON l.workspace_id = $1 AND "
            "l.person_id = p.id JOIN sources s ON s.workspace_id = $1 AND s.id = l.source_id WHERE p.workspace_id = $1 AND p.email = 'GaryLDenson@cuvox.de'"
        )
        (lead,) = await tx.fetch(sql, tx.workspace)
    assert tuple(lead) == ("Maurice The Pants Man", "Education", "CONTENT", datetime(2021, 4, 15, 0, 3, tzinfo=UTC), "Employee Referral")


async def test_rows_in_another_file_are_unchanged_too(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, many(tmp_path, 30))
    before = await counts(db, actor)
    longer = file(tmp_path, many(tmp_path, 31).read_text() + "\n", "next.csv")
    assert told(await import_file(db, actor, longer)) == (31, 1, 0, 30, 0)
    after = await counts(db, actor)
    assert (after["leads"] - before["leads"], after["activities"] - before["activities"]) == (1, 1)


async def test_changed_row_fills_what_was_empty(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company\n7,Silva,ana@acme.com,\n"))
    result = await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company\n7,Silva,ana@acme.com,Acme\n"))
    assert told(result) == (1, 0, 1, 0, 0)
    assert await rows(db, actor, "leads", "company_name, version") == [{"company_name": "Acme", "version": 2}]


async def test_empty_cells_and_absent_columns_wipe_nothing(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company,City\n7,Silva,ana@acme.com,Acme,Porto\n"))
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company\n7,Silva,,\n8,Souza,,\n"))
    assert await rows(db, actor, "people", "last_name, email, city", "last_name") == [
        {"last_name": "Silva", "email": "ana@acme.com", "city": "Porto"}, {"last_name": "Souza", "email": None, "city": None}]  # fmt: skip
    assert {row["company_name"] for row in await rows(db, actor, "leads", "company_name")} == {"Acme", None}


async def test_country_given_afterwards_reads_the_numbers(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = file(tmp_path, "Lead ID,Last Name,Mobile\n7,Silva,660-485-0224\n")
    await import_file(db, actor, path)
    assert await rows(db, actor, "person_phones", "raw, e164, is_primary") == [{"raw": "660-485-0224", "e164": None, "is_primary": True}]
    await import_file(db, actor, path, options=ImportOptions(country="US"))
    assert await rows(db, actor, "person_phones", "raw, e164") == [{"raw": "660-485-0224", "e164": "+16604850224"}]
    assert await rows(db, actor, "people", "phone") == [{"phone": "+16604850224"}]


async def test_bad_values_are_left_out_and_bad_rows_are_told(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = (
        "Name,Email,Employees\nAna Silva,not an address,10\nBob Ray,bob@acme.com,many\n,,5\nCy,cy@acme.com,1,extra\n"
        '"Dan"x,dan@acme.com,1\nEve,eve@acme.com,3\n=cmd(),f@acme.com,"1,200"\n'
    )
    errors = tmp_path / "errors.csv"
    result = await import_file(db, actor, file(tmp_path, text), errors=errors)
    assert told(result) == (7, 4, 0, 0, 3)
    assert (result.flawed, result.faults) == (2, errors)
    assert [row["name"] for row in await rows(db, actor, "people", "name", "name")] == ["=cmd()", "Ana Silva", "Bob Ray", "Eve"]
    with errors.open(encoding="utf-8-sig", newline="") as written:
        assert [(r["row"], r["column"], r["code"], r["kept"]) for r in csv.DictReader(written)] == [
            ("1", "Email", "BAD_EMAIL", "yes"), ("2", "Employees", "BAD_NUMBER", "yes"), ("3", "", "NOBODY_NAMED", "no"), ("4", "", "EXTRA_CELLS", "no"),
            ("5", "", "BAD_QUOTES", "no")]  # fmt: skip
    assert (await rows(db, actor, "imports", "state, done_rows, created_count, failed_count")) == [
        {"state": "DONE", "done_rows": 7, "created_count": 4, "failed_count": 3}]  # fmt: skip


async def test_same_row_twice_in_a_file_is_one_lead(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = "Name,Email\nAna,ana@acme.com\nAna,ana@acme.com\nBruno,ana@acme.com\n"
    assert told(await import_file(db, actor, file(tmp_path, text))) == (3, 2, 0, 1, 0)
    assert (await counts(db, actor))["activities"] == 2


async def test_import_is_quiet_and_assumes_no_consent(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, many(tmp_path, 3), options=ImportOptions(source="Expo 2026", campaign="Spring"))
    assert await rows(db, actor, "consents") == []
    events = await rows(db, actor, "events", "kind, data", "kind")
    assert {row["data"]["quiet"] for row in events if row["kind"].startswith(("lead.", "person."))} == {True}
    assert {row["kind"] for row in await rows(db, actor, "work", "kind")} == {"enrich.person", "score.person", "transfer.import"}
    assert [row["channel"] for row in await rows(db, actor, "sources", "name, channel") if row["name"] == "Expo 2026"] == ["EVENT"]
    assert [(row["status"], row["responded"]) for row in await rows(db, actor, "campaign_members", "status, responded")] == [("ADDED", False)] * 3


async def test_contact_in_a_list_gets_an_activity_and_no_lead(db: Database, actor: Actor, tmp_path: Path) -> None:
    async def contact(tx: Tx) -> UUID:
        return await make_contact(tx, await make_person(tx, "Ana Silva", "ana@acme.com"))

    id = await db.run(actor, contact)
    assert told(await import_file(db, actor, file(tmp_path, "Name,Email\nAna Silva,ana@acme.com\n"))) == (1, 0, 1, 0, 0)
    assert (await counts(db, actor))["leads"] == 0
    assert await rows(db, actor, "activity_links", "noun, record_id") == [{"noun": "Contact", "record_id": id}]


async def test_owner_and_status_are_found_by_name(db: Database, actor: Actor, tmp_path: Path) -> None:
    owner = await db.run(actor, lambda tx: make_user(tx, "Sam Seller"))
    text = "Name,Owner,Status\nAna,sam seller,Working\nBob,Nobody,Lost in space\n"
    result = await import_file(db, actor, file(tmp_path, text), {"Owner": "owner", "Status": "status"})
    assert (told(result), result.flawed) == ((2, 2, 0, 0, 0), 2)
    async with db.read(actor) as tx:
        sql = (
            "SELECT p.name, l.owner_id, s.type FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id "
            "JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = l.status_id WHERE l.workspace_id = $1 ORDER BY p.name"
        )
        found = [tuple(row) for row in await tx.fetch(sql, tx.workspace)]  # type: ignore[arg-type]
    assert found == [("Ana", owner, "WORKING"), ("Bob", None, "NEW")]


async def test_dry_run_changes_nothing(db: Database, actor: Actor, tmp_path: Path) -> None:
    before = await counts(db, actor)
    errors = tmp_path / "errors.csv"
    path = file(tmp_path, "Name,Email\nAna,ana@acme.com\nBob,broken\n")
    result = await import_file(db, actor, path, options=ImportOptions(dry_run=True), errors=errors)
    assert (told(result), result.dry_run, errors.exists()) == ((2, 2, 0, 0, 0), True, True)
    assert await counts(db, actor) == before
    assert await rows(db, actor, "imports") == []


@pytest.mark.parametrize(("options", "refusal"), [(ImportOptions(intent="WISH"), BadIntent), (ImportOptions(country="Atlantis"), UnknownCountry)])
async def test_bad_option_is_refused_before_anything(db: Database, actor: Actor, tmp_path: Path, options: ImportOptions, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        await import_file(db, actor, many(tmp_path, 2), options=options)
    assert await rows(db, actor, "imports") == []


async def test_file_that_breaks_off_keeps_what_came_before_and_says_so(db: Database, actor: Actor, tmp_path: Path) -> None:
    whole = many(tmp_path, 1500).read_text().splitlines(keepends=True)
    broken = file(tmp_path, "".join([*whole[:1400], '"never closed\n', *whole[1400:]]), "broken.csv")
    with pytest.raises(QuoteNeverClosed):
        await import_file(db, actor, broken)
    (kept,) = await rows(db, actor, "imports", "state, done_rows, error")
    assert (kept["state"], kept["done_rows"]) == ("FAILED", 1000)
    assert "line 1401" in kept["error"]
    mended = await import_file(db, actor, file(tmp_path, "".join(whole), "mended.csv"))
    assert told(mended) == (1500, 500, 0, 1000, 0)


CHILD = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.transfer import import_file

def told(done, total):
    print(done, flush=True)

async def main():
    db = Database(await open_pool(sys.argv[1], size=2))
    await import_file(db, Actor.system(UUID(sys.argv[2])), Path(sys.argv[3]), progress=told)

asyncio.run(main())
"""


async def test_killed_import_goes_on_without_loss_or_twin(db: Database, actor: Actor, migrated: Servers, tmp_path: Path) -> None:
    path = many(tmp_path, 2500)
    words = [sys.executable, "-W", "ignore", "-c", CHILD, migrated.database_url, str(actor.workspace), str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:  # noqa: ASYNC220
        assert child.stdout is not None
        first = child.stdout.readline()
        child.kill()
    assert first == "1000\n"
    (left,) = await rows(db, actor, "imports", "state, done_rows")
    assert left["state"] == "RUNNING"
    assert left["done_rows"] == (await counts(db, actor))["leads"]
    result = await import_file(db, actor, path)
    assert told(result) == (2500, 2500, 0, 0, 0)
    assert result.resumed_at == left["done_rows"]
    after = await counts(db, actor)
    assert {after[t] for t in ("people", "leads", "activities", "person_emails", "lead_status_spans")} == {2500}


async def test_batch_that_is_written_beside_another_waits_for_the_people_of_both(db: Database, actor: Actor, tmp_path: Path) -> None:
    lines = [f"{i},P{i},p{i}@acme{i % 50}.com,," for i in range(1, 1_001)]
    lines += [f"{i},P{i},p{i}@acme{i % 50}.com,Rome,Fair {i % 3}" for i in range(250, 0, -1)]
    result = await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,City,Lead Source\n" + "\n".join(lines)))
    assert told(result) == (1_250, 1_000, 250, 0, 0)
    async with db.read(actor) as tx:
        rome = "SELECT count(*) FROM people p WHERE p.workspace_id = $1 AND p.city = 'Rome'"
        assert [await tx.value(sql, tx.workspace) for sql in (rome, "SELECT count(*) FROM leads l WHERE l.workspace_id = $1")] == [250, 1_000]


async def test_rows_belong_to_the_process_that_comes_to_them(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, many(tmp_path, 10))
    (done,) = await rows(db, actor, "imports", "id")
    assert not await db.run(actor, lambda tx: ledger.turn(tx, done["id"], 1, 10))
    assert await db.run(actor, lambda tx: ledger.turn(tx, done["id"], 11, 20))
    with pytest.raises(ImportElsewhere):
        await db.run(actor, lambda tx: ledger.turn(tx, done["id"], 12, 20))


async def test_row_that_fails_for_no_known_reason_stands_alone(db: Database, actor: Actor, tmp_path: Path) -> None:
    async def poisoned(tx: Tx, id: UUID | None, plan: Plan, batch: Batch) -> Done:
        if any("P7" in row.cells for row in batch.rows):
            raise ZeroDivisionError
        return await apply(tx, id, plan, batch)

    path = many(tmp_path, 20)
    source, options = decoding.inspect(path), ImportOptions()
    with decoding.lines(source) as lines:
        read = table(lines)
        run = Run(db, actor, source, map_columns(read.columns, {}), options, lambda done, total: None, poisoned)
        result = await run.real(read)
    assert told(result) == (20, 19, 0, 0, 1)
    assert await rows(db, actor, "import_errors", "row_number, code, is_kept") == [{"row_number": 7, "code": "FAULT", "is_kept": False}]
    assert (await counts(db, actor))["leads"] == 19


async def test_same_file_in_two_workspaces_is_two_imports(db: Database, actor: Actor, other_workspace: UUID, tmp_path: Path) -> None:
    there, path = Actor.system(other_workspace), many(tmp_path, 5)
    assert told(await import_file(db, actor, path)) == told(await import_file(db, there, path)) == (5, 5, 0, 0, 0)
    assert (await counts(db, actor))["leads"] == (await counts(db, there))["leads"] == 5
