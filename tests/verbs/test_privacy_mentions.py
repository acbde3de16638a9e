"""What is told of somebody in words alone, in faults of imports, in what waits for its time and in answers kept, goes with them, and nobody else's."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from leadwell import privacy, tasks
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.tasks.about import About
from leadwell.tasks.logged import Told
from leadwell.timeline import NewActivity
from leadwell.transfer import import_file, ledger
from tests import builders as make
from tests.verbs.test_privacy import erased, rows

FILE = """Last Name,Email,Phone,Note
Silva,ANA@acme.example,none,x
Ray,bo@acme.example,none,Ask ana@acme.example.
Moe,di@acme.example,none,Call 030 1234567
Lee,cy@acme.example,none,y
"""


async def test_what_names_a_person_in_words_goes_with_them(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(FILE, encoding="utf-8")
    await import_file(db, actor, path)

    async def given(tx: Tx) -> tuple[UUID, UUID]:
        of = "SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.email = $2"
        ana, bo = [await tx.value(of, tx.workspace, f"{name}@acme.example") for name in ("ANA", "bo")]
        await make.insert(tx, "person_phones", id=uuid7(), person_id=ana, raw="030 1234567", e164="+49301234567", created_at=await tx.now())
        lead = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2", tx.workspace, ana)
        at = await tx.now() + timedelta(days=2)
        for subject, about, body in (
            ("with Ana", About(person_ids=[ana]), None), ("on her lead", About(lead_id=lead), None), ("with Bo", About(person_ids=[bo]), None),
            ("of Ana", About(person_ids=[bo]), "Write to <ana@acme.example>"),
        ):  # fmt: skip
            await tasks.log_activities(tx, [Told(NewActivity("MEETING", at=at, subject=subject, body=body, source="s", external_id=subject), about)])
        provider = uuid7()
        await make.insert(tx, "enrichment_providers", id=provider, code="mx_one", name="P", kind="MX", mapping={}, created_at=at, updated_at=at)
        for key in ("ana@acme.example", "bo@acme.example", "acme.example"):
            await make.insert(tx, "enrichment_answers", id=uuid7(), provider_id=provider, key=key, state="MISS", at=at, expires_at=at)
        (file,) = [r["id"] for r in await tx.fetch("SELECT i.id FROM imports i WHERE i.workspace_id = $1", tx.workspace)]
        told = {"ignored": ["ana@acme.example"]}
        await tx.execute("UPDATE imports SET preview = $2 WHERE workspace_id = $1", tx.workspace, told)
        await ledger.mention(tx, file, told)
        return ana, file

    ana, file = await db.run(actor, given)
    assert await rows(db, actor, "import_errors", "row_number") == [(1,), (2,), (3,), (4,)]
    async with db.read(actor) as tx:
        plan = (await privacy.preview(tx, ana)).erased
    assert {name: plan[name] for name in ("import_errors", "parked_activities", "enrichment_answers", "imports")} == {
        "import_errors": 3, "parked_activities": 3, "enrichment_answers": 1, "imports": 1}
    await erased(db, actor, ana)
    assert await rows(db, actor, "import_errors", "row_number") == [(4,)]
    assert await rows(db, actor, "parked_activities", "told #>> '{activity,subject}'") == [("with Bo",)]
    assert await rows(db, actor, "enrichment_answers", "key") == [("acme.example",), ("bo@acme.example",)]
    assert await rows(db, actor, "imports", "preview") == [(None,)]
    assert await rows(db, actor, "parked_mentions", "DISTINCT activity_id") == await rows(db, actor, "parked_activities", "id")
    await db.run(actor, lambda tx: ledger.forget_faults(tx, file))
    assert await rows(db, actor, "import_mentions", "row_number") == []
