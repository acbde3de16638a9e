"""Other names of a company: it is found by them as by its own, where nobody else is."""

from uuid import UUID

from leadwell import events
from leadwell.base.identity import company_key, company_name
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.identity import name_key
from leadwell.companies.refusals import NameRequired


async def add_alias(tx: Tx, company_id: UUID, name: str, *, expected_version: int | None = None) -> Revision:
    """The company is also known by this name. NotFound, StaleVersion, NameRequired."""
    written, folded = company_name(name), company_key(name)
    if written is None or folded is None:
        raise NameRequired(field="name")
    company = await locked(tx, "company", "companies", company_id, expected_version)
    fresh = await tx.execute(
        "INSERT INTO company_aliases (workspace_id, id, company_id, name, name_key, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        tx.workspace, uuid7(), company_id, written, folded, await tx.now(),
    )
    if not fresh:
        return Revision({}, company["version"])
    key = name_key(written, company["country"])
    if key and company["kind"] == "COMPANY":
        await tx.execute(load(__name__, "claim"), tx.workspace, ["NAME"], [key[1]], [company_id], await tx.now())
    return await _noted(tx, company, [None, written])


async def remove_alias(tx: Tx, company_id: UUID, name: str, *, expected_version: int | None = None) -> Revision:
    """The company is no longer known by this name. NotFound, StaleVersion."""
    company = await locked(tx, "company", "companies", company_id, expected_version)
    folded = company_key(name)
    if not await tx.execute(
        "DELETE FROM company_aliases a WHERE a.workspace_id = $1 AND a.company_id = $2 AND a.name_key = $3", tx.workspace, company_id, folded
    ):
        raise NotFound(field="name", noun="alias")
    key = name_key(name, company["country"])
    if key and key != name_key(company["name"], company["country"]):
        await tx.execute(
            "DELETE FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'NAME' AND k.key = $2 AND k.company_id = $3", tx.workspace, key[1], company_id
        )
    return await _noted(tx, company, [company_name(name), None])


async def _noted(tx: Tx, company: dict[str, object], change: list[str | None]) -> Revision:
    revision = await revise(tx, "company", "companies", company, {}, touch=True)
    changes = {"aliases": list[object](change)}
    id = company["id"]
    assert isinstance(id, UUID), "a row has its id"
    await events.note(tx, "company.updated", "Company", id, version=revision.version, data={"changes": changes})
    return Revision(changes, revision.version)
