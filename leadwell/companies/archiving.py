"""Puts companies away and brings them back. What is put away is matched by nothing; its contacts keep their links."""

from uuid import UUID

from leadwell import events
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.domains import release
from leadwell.companies.identity import name_key
from leadwell.companies.refusals import CompanyHasOpenDeals

OPEN_DEALS = "SELECT count(*) FROM deals d WHERE d.workspace_id = $1 AND d.company_id = $2 AND d.state = 'OPEN' AND d.archived_at IS NULL"


async def archive(tx: Tx, company_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a company away; its domains lead to whoever else has them. NotFound, StaleVersion, CompanyHasOpenDeals."""
    company = await locked(tx, "company", "companies", company_id, expected_version)
    if company["archived_at"] is not None:
        return Revision({}, company["version"])
    if count := await tx.value(OPEN_DEALS, tx.workspace, company_id):
        raise CompanyHasOpenDeals(count=count)
    await release(tx, [company_id])
    return await _noted(tx, company, "company.archived", {"archived_at": await tx.now()})


async def unarchive(tx: Tx, company_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a company back; it is matched again by what nobody took meanwhile. NotFound, StaleVersion."""
    company = await locked(tx, "company", "companies", company_id, expected_version)
    if company["archived_at"] is None:
        return Revision({}, company["version"])
    if company["kind"] == "COMPANY":
        name = name_key(company["name"], company["country"])
        await tx.execute(load(__name__, "reclaim"), tx.workspace, [company_id], [name and name[1]], await tx.now())
    return await _noted(tx, company, "company.unarchived", {"archived_at": None})


async def _noted(tx: Tx, company: dict[str, object], kind: str, values: dict[str, object]) -> Revision:
    revision = await revise(tx, "company", "companies", company, values)
    id = company["id"]
    assert isinstance(id, UUID), "a row has its id"
    await events.note(tx, kind, "Company", id, version=revision.version, data={"changes": revision.changes})
    return revision
