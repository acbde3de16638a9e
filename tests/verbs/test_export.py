"""What goes out comes in again unchanged, whatever it looks like; a killed export goes on where it was."""

from pathlib import Path
from typing import Any

import pytest

from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.catalog import Everything
from leadwell.transfer import ImportOptions, exports, import_file
from leadwell.transfer.columns import BadColumn

COMPANIES = (
    'Name,Website,Industry,City,Employees,Phone,Revenue\n"=Acme, Inc",acme.com,"+Steel",Köln,51,+49 30 1,1200.50 EUR\n@Beta,beta.example,-,,,-5,\n'
)


async def written(db: Database, actor: Actor, path: Path, noun: str, **more: Any) -> Path:
    viewer = Everything(actor.workspace)
    plan = exports.plan(exports.NewExport(noun, **more), viewer)
    with path.open("wb") as out:
        async for data, _ in exports.rows(db, actor, plan, viewer):
            out.write(data)
    return path


async def told(db: Database, actor: Actor, table: str) -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(row) for row in await tx.fetch(f"SELECT t.* FROM {table} t WHERE t.workspace_id = $1 ORDER BY t.id", tx.workspace)]


@pytest.mark.parametrize("format", ["CSV", "JSONL"])
async def test_companies_go_out_and_in_unchanged(db: Database, actor: Actor, tmp_path: Path, format: str) -> None:
    first = tmp_path / "c.csv"
    first.write_text(COMPANIES, encoding="utf-8")
    await import_file(db, actor, first, options=ImportOptions(noun="Company"))
    before = await told(db, actor, "companies")
    path = await written(db, actor, tmp_path / "out.csv", "Company", format=format)
    fields = ("name", "website", "industry", "city", "employees", "phone", "revenue")
    result = await import_file(db, actor, path, options=ImportOptions(noun="Company", mode="OVERWRITE", overwrite=fields))
    assert (result.rows, result.unchanged, result.failed, result.flawed) == (2, 2, 0, 0)
    assert await told(db, actor, "companies") == before


async def test_leads_without_addresses_are_known_again_by_our_own_ids(db: Database, actor: Actor, tmp_path: Path) -> None:
    first = tmp_path / "l.csv"
    first.write_text("Last Name,Company\nSilva,Acme\nRay,Beta\n", encoding="utf-8")
    await import_file(db, actor, first)
    path = await written(db, actor, tmp_path / "out.csv", "Lead")
    result = await import_file(db, actor, path)
    assert (result.rows, result.created, result.attached) == (2, 0, 2)
    assert len(await told(db, actor, "leads")) == 2


async def test_cells_that_a_spreadsheet_would_run_begin_with_an_apostrophe(db: Database, actor: Actor, tmp_path: Path) -> None:
    first = tmp_path / "c.csv"
    first.write_text(COMPANIES, encoding="utf-8")
    await import_file(db, actor, first, options=ImportOptions(noun="Company"))
    text = (await written(db, actor, tmp_path / "out.csv", "Company", columns=("name", "industry", "phone", "employees"))).read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["name,industry,phone,employees", '"\'=Acme, Inc",\'+Steel,\'+49 30 1,51', "'@Beta,'-,'-5,"]


async def test_filter_and_columns_are_checked(db: Database, actor: Actor, tmp_path: Path) -> None:
    with pytest.raises(BadColumn):
        exports.plan(exports.NewExport("Lead", columns=("activities.subject",)), Everything(actor.workspace))
    path = await written(db, actor, tmp_path / "none.csv", "Lead", filter={"state": {"eq": "JUNK"}}, columns=("id",))
    assert path.read_bytes() == b"\xef\xbb\xbfLeadwell lead id\r\n"
