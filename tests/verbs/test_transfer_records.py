"""Companies, contacts, deals and activities go in by one mechanism, in three modes, and come out again where nobody has worked on them."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from leadwell import companies, leads, transfer
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database
from leadwell.transfer import ImportOptions, ImportResult, import_file
from leadwell.transfer.refusals import FileTooLarge, LineTooLong, NothingToOverwrite, TooManyColumns
from tests.builders import make_user

Rows = list[dict[str, Any]]


def file(tmp_path: Path, text: str, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


async def rows(db: Database, actor: Actor, sql: str) -> Rows:
    async with db.read(actor) as tx:
        return [dict(r) for r in await tx.fetch(sql, tx.workspace)]


def told(result: ImportResult) -> tuple[int, int, int, int, int]:
    assert result.rows == result.created + result.attached + result.unchanged + result.failed
    return result.rows, result.created, result.attached, result.unchanged, result.failed


async def bring(db: Database, actor: Actor, path: Path, noun: str, **options: Any) -> ImportResult:
    return await import_file(db, actor, path, options=ImportOptions(noun=noun, **options), errors=path.with_suffix(".errors.csv"))


async def taken_back(db: Database, actor: Actor) -> dict[str, Any]:
    """Reverts the newest import."""
    (row,) = await rows(db, actor, "SELECT i.id FROM imports i WHERE i.workspace_id = $1 ORDER BY i.created_at DESC LIMIT 1")
    await db.run(actor, lambda tx: transfer.ask_revert(tx, row["id"]))
    return dict(await transfer.revert(db, actor, row["id"]))


COMPANIES = (
    "Record ID,Name,Website,Industry,Country,Employees,Parent company\n"
    "1,Acme GmbH,acme.com,Steel,Germany,51-200,\n2,Acme Labs,labs.example,,DE,many,Acme GmbH\n"
)


async def test_parents_named_further_down_the_file_are_found_and_a_revert_takes_all_back(db: Database, actor: Actor, tmp_path: Path) -> None:
    """In the same batch, in a later one, nowhere, and one that would close a circle; between them a thousand rows that cannot be taken in."""
    text = "Record ID,Name,Parent ID\n1,Leaf Ltd,4\n2,Twig Ltd,1\n3,Lost Ltd,99\n6,Late Ltd,2\n" + "x,y,,z\n" * 1000 + "4,Root Ltd,\n5,Ring Ltd,5\n"
    result = await bring(db, actor, file(tmp_path, text), "Company", system="crm")
    assert told(result) == (1006, 6, 0, 0, 1000)
    sql = "SELECT c.name, p.name AS parent FROM companies c LEFT JOIN companies p ON p.workspace_id = $1 AND p.id = c.parent_id WHERE c.workspace_id = $1"
    assert {row["name"]: row["parent"] for row in await rows(db, actor, sql)} == {
        "Leaf Ltd": "Root Ltd", "Twig Ltd": "Leaf Ltd", "Late Ltd": "Twig Ltd", "Lost Ltd": None, "Root Ltd": None, "Ring Ltd": None}
    faults = await rows(db, actor, "SELECT e.row_number, e.code FROM import_errors e WHERE e.workspace_id = $1 AND e.code <> 'EXTRA_CELLS'")
    assert faults == [{"row_number": 3, "code": "UNKNOWN_COMPANY"}]
    assert (tmp_path / "rows.errors.csv").read_text().count("UNKNOWN_COMPANY") == 1
    await taken_back(db, actor)
    assert await rows(db, actor, "SELECT c.name FROM companies c WHERE c.workspace_id = $1 AND c.archived_at IS NULL") == []
    assert await rows(db, actor, "SELECT k.reason FROM import_left k WHERE k.workspace_id = $1") == []


async def test_companies_with_parents_go_in_once(db: Database, actor: Actor, tmp_path: Path) -> None:
    result = await bring(db, actor, file(tmp_path, COMPANIES), "Company")
    assert told(result) == (2, 2, 0, 0, 0)
    assert result.flawed == 1
    sql = (
        "SELECT c.name, c.domain, c.industry, c.country, c.employees, p.name AS parent FROM companies c "
        "LEFT JOIN companies p ON p.workspace_id = $1 AND p.id = c.parent_id WHERE c.workspace_id = $1 ORDER BY c.name"
    )
    assert await rows(db, actor, sql) == [
        {"name": "Acme GmbH", "domain": "acme.com", "industry": "Steel", "country": "DE", "employees": 51, "parent": None},
        {"name": "Acme Labs", "domain": "labs.example", "industry": None, "country": "DE", "employees": None, "parent": "Acme GmbH"},
    ]
    assert told(await bring(db, actor, file(tmp_path, COMPANIES + "\n", "again.csv"), "Company")) == (2, 0, 0, 2, 0)


@pytest.mark.parametrize(("mode", "expected"), [
    ("CREATE", ("Steel", None, (1, 0, 0, 1, 0), 0)), ("FILL_EMPTY", ("Steel", "Bonn", (1, 0, 1, 0, 0), 1)), ("OVERWRITE", ("Iron", "Bonn", (1, 0, 1, 0, 0), 0)),
])  # fmt: skip
async def test_modes_create_fill_and_overwrite_what_is_listed(
    db: Database, actor: Actor, tmp_path: Path, mode: Any, expected: tuple[str, str | None, tuple[int, ...], int]
) -> None:
    await bring(db, actor, file(tmp_path, "Name,Website,Industry,City\nAcme,acme.com,Steel,\n"), "Company")
    second = file(tmp_path, "Name,Website,Industry,City\nAcme,acme.com,Iron,Bonn\n", "second.csv")
    result = await bring(db, actor, second, "Company", mode=mode, overwrite=("industry",) if mode == "OVERWRITE" else ())
    assert await rows(db, actor, "SELECT c.industry, c.city FROM companies c WHERE c.workspace_id = $1") == [{"industry": expected[0], "city": expected[1]}]
    assert (told(result), result.conflict) == (expected[2], expected[3])


async def test_absent_column_empty_cell_and_explicit_null_are_three_things(db: Database, actor: Actor, tmp_path: Path) -> None:
    await bring(db, actor, file(tmp_path, "Name,Website,Industry,City,Phone\nAcme,acme.com,Steel,Bonn,123\n"), "Company")
    lines = '{"name": "Acme", "website": "acme.com", "industry": null, "city": ""}\n'
    await bring(db, actor, file(tmp_path, lines, "nulls.jsonl"), "Company", mode="OVERWRITE", overwrite=("industry", "city", "phone"))
    assert await rows(db, actor, "SELECT c.industry, c.city, c.phone FROM companies c WHERE c.workspace_id = $1") == [
        {"industry": None, "city": "Bonn", "phone": "123"}]  # fmt: skip
    await bring(db, actor, file(tmp_path, "Name,Website,City\nAcme,acme.com,\\N\n", "csv.csv"), "Company", mode="OVERWRITE", overwrite=("city",))
    assert (await rows(db, actor, "SELECT c.city FROM companies c WHERE c.workspace_id = $1"))[0]["city"] is None


async def test_leads_are_overwritten_where_listed_and_left_alone_by_create(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company,Title\n7,Silva,ana@acme.com,Acme,CEO\n"))
    changed = file(tmp_path, "Lead ID,Last Name,Email,Company,Title\n7,Silva,ana@acme.com,Acme Iron,CTO\n", "b.csv")
    assert told(await bring(db, actor, changed, "Lead", mode="CREATE")) == (1, 0, 0, 1, 0)
    result = await bring(db, actor, changed, "Lead", mode="OVERWRITE", overwrite=("company",))
    assert told(result) == (1, 0, 1, 0, 0)
    assert await rows(db, actor, "SELECT l.company_name, l.title FROM leads l WHERE l.workspace_id = $1") == [{"company_name": "Acme Iron", "title": "CEO"}]
    await taken_back(db, actor)
    assert await rows(db, actor, "SELECT l.company_name, l.state FROM leads l WHERE l.workspace_id = $1") == [{"company_name": "Acme", "state": "OPEN"}]


async def test_contacts_find_their_people_and_companies(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Last Name,Email\nSilva,ana@acme.com\n"))
    text = "Contact ID,First Name,Last Name,Email,Company Name,Job Title\n9,Ana,Silva,ana@acme.com,Acme,CEO\n10,Bo,Ray,bo@acme.com,,\n11,,,,Acme,\n"
    result = await bring(db, actor, file(tmp_path, text), "Contact", mode="FILL_EMPTY")
    assert told(result) == (3, 1, 0, 0, 2)
    sql = (
        "SELECT p.name, p.first_name, c.title, x.name AS company FROM contacts c JOIN people p ON p.workspace_id = $1 AND p.id = c.person_id "
        "JOIN companies x ON x.workspace_id = $1 AND x.id = c.company_id WHERE c.workspace_id = $1"
    )
    assert await rows(db, actor, sql) == [{"name": "Silva", "first_name": "Ana", "title": "CEO", "company": "Acme"}]
    assert (await rows(db, actor, "SELECT count(*) AS n FROM people p WHERE p.workspace_id = $1")) == [{"n": 1}]
    second = file(tmp_path, "Contact ID,Last Name,Email,Company Name\n9,Silva,ana@acme.com,Beta\n", "second.csv")
    assert told(await bring(db, actor, second, "Contact")) == (1, 0, 1, 0, 0)
    links = await rows(db, actor, "SELECT l.is_primary FROM contact_companies l WHERE l.workspace_id = $1 ORDER BY l.is_primary")
    assert links == [{"is_primary": False}, {"is_primary": True}]
    await taken_back(db, actor)
    assert await rows(db, actor, "SELECT l.is_primary FROM contact_companies l WHERE l.workspace_id = $1") == [{"is_primary": True}]


async def test_deals_keep_stage_company_and_contact(db: Database, actor: Actor, tmp_path: Path) -> None:
    await bring(db, actor, file(tmp_path, "Contact ID,Last Name,Email,Company\n9,Silva,ana@acme.com,Acme\n"), "Contact", system="crm")
    text = (
        "Deal ID,Deal Name,Amount,Status,Close Date,Company,Contact ID,Probability\n"
        "1,First,\"$12,000.00\",open,2027-05-01,Acme,9,35\n2,Second,500 EUR,won,2026-01-01,Acme,,\n3,Third,,lost,,Gamma,77,\n"
    )
    result = await bring(db, actor, file(tmp_path, text, "deals.csv"), "Deal", system="crm")
    assert told(result) == (3, 3, 0, 0, 0)
    sql = "SELECT d.name, d.amount_minor, d.currency, d.state, d.probability FROM deals d WHERE d.workspace_id = $1 ORDER BY d.name"
    assert [tuple(row.values()) for row in await rows(db, actor, sql)] == [
        ("First", 1200000, "USD", "OPEN", 35), ("Second", 50000, "EUR", "WON", 100), ("Third", None, "EUR", "LOST", 0)]  # fmt: skip
    assert (await rows(db, actor, "SELECT count(*) AS n FROM deal_contacts k WHERE k.workspace_id = $1")) == [{"n": 1}]
    again = file(tmp_path, text.replace("First", "First deal"), "again.csv")
    assert told(await bring(db, actor, again, "Deal", system="crm", mode="OVERWRITE", overwrite=("name",))) == (3, 0, 1, 2, 0)


async def test_activities_are_recorded_once_about_whom_they_name(db: Database, actor: Actor, tmp_path: Path) -> None:
    await bring(db, actor, file(tmp_path, "Contact ID,Last Name,Email,Company\n9,Silva,ana@acme.com,Acme\n"), "Contact", system="crm")
    text = (
        "ID,Type,Date,Subject,Contact ID,Email,Duration\n1,Call,2026-01-02 10:00,Hello,9,,7 min\n2,Meeting,2026-01-03,Demo,,ana@acme.com,\n"
        "3,Note,2026-01-04,Nobody,999,,\n"
    )
    assert told(await bring(db, actor, file(tmp_path, text, "acts.csv"), "Activity", system="crm")) == (3, 2, 0, 0, 1)
    sql = "SELECT a.kind, a.subject, a.duration_seconds FROM activities a WHERE a.workspace_id = $1 AND a.source = 'crm' ORDER BY a.at"
    assert [tuple(row.values()) for row in await rows(db, actor, sql)] == [("CALL", "Hello", 420), ("MEETING", "Demo", None)]
    assert told(await bring(db, actor, file(tmp_path, text + "\n", "more.csv"), "Activity", system="crm")) == (3, 0, 0, 2, 1)


async def test_revert_takes_back_what_nobody_touched_and_lists_the_rest(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = "Lead ID,Last Name,Email,Company\n1,Silva,ana@acme.com,Acme\n2,Ray,bo@acme.com,Acme\n3,Day,cy@acme.com,Acme\n"
    path = file(tmp_path, text)
    await import_file(db, actor, path)
    user = await db.run(actor, lambda tx: make_user(tx))
    human = Actor(actor.workspace, "USER", user)
    (lead,) = await rows(db, actor, "SELECT l.id FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id "
                                    "WHERE l.workspace_id = $1 AND p.last_name = 'Ray'")  # fmt: skip
    await db.run(human, lambda tx: leads.update(tx, lead["id"], {"need": "A truck"}))
    assert await taken_back(db, actor) == {"records": 4, "fields": 0, "left": 2}
    sql = "SELECT p.last_name, l.state, l.archived_at IS NULL AS there FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id "
    assert [tuple(row.values()) for row in await rows(db, actor, sql + "WHERE l.workspace_id = $1 ORDER BY p.last_name")] == [
        ("Day", "JUNK", False), ("Ray", "OPEN", True), ("Silva", "JUNK", False)]  # fmt: skip
    left = await rows(db, actor, "SELECT k.noun, k.reason FROM import_left k WHERE k.workspace_id = $1 ORDER BY k.noun")
    assert [tuple(row.values()) for row in left] == [("Lead", "Somebody has worked on it since."), ("Person", "Somebody has worked on it since.")]
    assert await rows(db, actor, "SELECT i.state, i.reverted_count, i.left_count FROM imports i WHERE i.workspace_id = $1") == [
        {"state": "REVERTED", "reverted_count": 4, "left_count": 2}]  # fmt: skip
    assert told(await import_file(db, actor, path)) == (3, 2, 0, 1, 0)


async def test_revert_sets_filled_fields_back_unless_they_changed_again(db: Database, actor: Actor, tmp_path: Path) -> None:
    await bring(db, actor, file(tmp_path, "Name,Website\nAcme,acme.com\nBeta,beta.example\n"), "Company")
    await bring(db, actor, file(tmp_path, "Name,Website,City\nAcme,acme.com,Bonn\nBeta,beta.example,Rome\n", "two.csv"), "Company")
    (beta,) = await rows(db, actor, "SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.name = 'Beta'")
    await db.run(actor, lambda tx: companies.update(tx, beta["id"], {"city": "Milan"}))
    assert await taken_back(db, actor) == {"records": 0, "fields": 1, "left": 1}
    assert await rows(db, actor, "SELECT c.name, c.city FROM companies c WHERE c.workspace_id = $1 ORDER BY c.name") == [
        {"name": "Acme", "city": None}, {"name": "Beta", "city": "Milan"}]  # fmt: skip
    assert await rows(db, actor, "SELECT k.noun, k.field FROM import_left k WHERE k.workspace_id = $1") == [{"noun": "Company", "field": "city"}]


async def test_joining_leads_is_taken_back_to_what_was_empty(db: Database, actor: Actor, tmp_path: Path) -> None:
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email\n7,Silva,ana@acme.com\n"))
    await import_file(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Company,City\n7,Silva,ana@acme.com,Acme,Porto\n", "b.csv"))
    sql = "SELECT l.company_name, l.state, p.city FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id WHERE l.workspace_id = $1"
    assert await rows(db, actor, sql) == [{"company_name": "Acme", "state": "OPEN", "city": "Porto"}]
    await taken_back(db, actor)
    assert await rows(db, actor, sql) == [{"company_name": None, "state": "OPEN", "city": None}]


async def test_dry_run_counts_and_changes_nothing(db: Database, actor: Actor, tmp_path: Path) -> None:
    await bring(db, actor, file(tmp_path, "Name,Website,Industry\nAcme,acme.com,Steel\n"), "Company")
    text = "Name,Website,Industry,City\nAcme,acme.com,Iron,Bonn\nBeta,beta.example,,\n,,,\n,x.example,Iron,\n"
    result = await bring(db, actor, file(tmp_path, text, "dry.csv"), "Company", dry_run=True)
    assert (told(result), result.conflict) == ((3, 1, 1, 0, 1), 1)
    assert result.effects == {"WEBHOOKS": 0, "SEQUENCES": 0, "MAILS": 0, "HAND_RAISES": 0, "NOTIFICATIONS": 0, "ASSIGNMENT": 0, "RESPONSE": 0}
    assert (await rows(db, actor, "SELECT count(*) AS n FROM companies c WHERE c.workspace_id = $1")) == [{"n": 1}]


async def test_overwrite_needs_a_list(db: Database, actor: Actor, tmp_path: Path) -> None:
    with pytest.raises(NothingToOverwrite):
        await bring(db, actor, file(tmp_path, COMPANIES), "Company", mode="OVERWRITE")


@pytest.mark.parametrize(("text", "refusal"), [
    (",".join(f"c{i}" for i in range(200_000)) + "\n1\n", LineTooLong), (",".join(str(i) for i in range(1_001)) + "\n1\n", TooManyColumns),
    ("name\n" + "x" * 1_000_001 + "\n", LineTooLong), ("".join(f'{{"c{i}": 1}}\n' for i in range(1_001)), TooManyColumns),
    ("c," * 1_000_000 + "\n", LineTooLong), ('{"name": "' + "x" * 1_000_001, LineTooLong),
])  # fmt: skip
async def test_files_that_are_no_tables_are_refused(db: Database, actor: Actor, tmp_path: Path, text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        await bring(db, actor, file(tmp_path, text), "Company")
    assert (await rows(db, actor, "SELECT count(*) AS n FROM companies c WHERE c.workspace_id = $1")) == [{"n": 0}]


async def test_zip_bomb_is_refused_before_anything_is_kept(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(260):
            out.write(b"a" * (1 << 20))
    with pytest.raises(FileTooLarge):
        await bring(db, actor, path, "Company")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
async def test_companies_in_other_encodings(db: Database, actor: Actor, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "enc.csv"
    path.write_bytes("Name,City\nMüller AG,Köln\n".encode(encoding))
    assert told(await bring(db, actor, path, "Company")) == (1, 1, 0, 0, 0)
    assert await rows(db, actor, "SELECT c.name, c.city FROM companies c WHERE c.workspace_id = $1") == [{"name": "Müller AG", "city": "Köln"}]


async def test_json_lines_that_are_no_objects_are_told(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = '{"name": "Acme"}\n[1, 2]\n{"name": "Beta", "address": {"city": "Rome"}}\n{"name": \n'
    result = await import_file(
        db, actor, file(tmp_path, text, "x.jsonl"), {"address.city": "city"}, options=ImportOptions(noun="Company"), errors=tmp_path / "e.csv")
    assert told(result) == (4, 2, 0, 0, 2)
    assert "BAD_JSON" in (tmp_path / "e.csv").read_text(encoding="utf-8")


async def test_real_exports_of_zoho_come_in_with_their_links(db: Database, actor: Actor, shared: Path, tmp_path: Path) -> None:
    """Accounts of one domain are one company; calls about nobody that is known go to the file of faults."""
    expected = {
        "Accounts": ("Company", (2229, 1860, 0, 366, 3)), "Contacts": ("Contact", (1265, 1264, 0, 0, 1)), "Leads": ("Lead", (3900, 2636, 1264, 0, 0)),
        "Potentials": ("Deal", (3632, 3632, 0, 0, 0)), "Calls": ("Activity", (4100, 2153, 0, 0, 1947)),
    }  # fmt: skip
    for name, (noun, counts) in expected.items():
        path = shared / "data" / f"zoho_crm_{name}.csv.gz"
        result = await import_file(db, actor, path, options=ImportOptions(noun=noun), errors=tmp_path / f"{name}.csv")
        assert (name, told(result)) == (name, counts)
    (linked,) = await rows(db, actor, "SELECT count(*) AS n FROM contacts c WHERE c.workspace_id = $1 AND c.company_id IS NOT NULL")
    assert linked == {"n": 1264}
