"""The domains of a company: any number; one may be that of several companies, of which one is matched by it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import business_domain
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.finding import known_by
from leadwell.companies.identity import website_domain
from leadwell.companies.refusals import BadCompanyField, BadWebsite, DomainNotKnown

OWN = "SELECT d.domain, d.match_primary FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = $2 ORDER BY d.created_at, d.domain"


async def add_domain(tx: Tx, company_id: UUID, domain: str, *, match_primary: bool = False, expected_version: int | None = None) -> Revision:
    """The company has this domain too. People and leads are matched to it by the domain if nobody else is, or if `match_primary` takes it from
    whoever is. NotFound, StaleVersion, BadWebsite, BadCompanyField (a hidden company has none)."""
    found = business_domain(domain) or website_domain(domain)
    if found is None:
        raise BadWebsite(field="domain", value=domain[:80], fix="Give the company's own domain, not that of a mail provider.")
    company = await _locked(tx, company_id, expected_version)
    if company["kind"] == "INDIVIDUAL":
        raise BadCompanyField(field="domain", name="domain", value=found, why="the company stands for a single person")
    before = await tx.fetch(OWN, tx.workspace, company_id)
    leads = bool(await tx.execute(load(__name__, "claim"), tx.workspace, ["DOMAIN"], [found], [company_id], await tx.now()))
    if not leads:
        holder = (await known_by(tx, [("DOMAIN", found)])).get(("DOMAIN", found))
        leads = holder is None or holder.id == company_id or match_primary
        if holder and holder.id != company_id and match_primary:
            await _take_over(tx, found, holder.id, company_id)
    await tx.execute(
        "INSERT INTO company_domains AS d (workspace_id, domain, company_id, match_primary, created_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (workspace_id, domain, company_id) DO UPDATE SET match_primary = EXCLUDED.match_primary WHERE d.match_primary <> EXCLUDED.match_primary",
        tx.workspace, found, company_id, leads, await tx.now(),
    )
    return await _noted(tx, company, before)


async def remove_domain(tx: Tx, company_id: UUID, domain: str, *, expected_version: int | None = None) -> Revision:
    """The company no longer has this domain; whoever else has it longest is matched by it from now on. NotFound, StaleVersion, DomainNotKnown."""
    found = business_domain(domain) or website_domain(domain) or domain.strip().lower()
    company = await _locked(tx, company_id, expected_version)
    before = await tx.fetch(OWN, tx.workspace, company_id)
    if found not in {row["domain"] for row in before}:
        raise DomainNotKnown(field="domain", domain=found[:80])
    await tx.execute("DELETE FROM company_domains d WHERE d.workspace_id = $1 AND d.domain = $2 AND d.company_id = $3", tx.workspace, found, company_id)
    await release(tx, [company_id], found)
    return await _noted(tx, company, before)


async def release(tx: Tx, company_ids: Sequence[UUID], domain: str | None = None) -> None:
    """Companies are no longer matched by a domain (None: by any key they have); others that have the domain may be."""
    await tx.execute(load(__name__, "release"), tx.workspace, list(company_ids), domain)
    await tx.execute(load(__name__, "pass_on"), tx.workspace, list(company_ids), domain, await tx.now())


async def _take_over(tx: Tx, domain: str, holder: UUID, company_id: UUID) -> None:
    """The key and its mark go to another company; the one it had stays with the domain, unmatched."""
    other = await locked(tx, "company", "companies", holder)
    await tx.execute(
        "UPDATE company_domains d SET match_primary = false WHERE d.workspace_id = $1 AND d.domain = $2 AND d.match_primary", tx.workspace, domain
    )
    await tx.execute(
        "UPDATE company_keys k SET company_id = $3 WHERE k.workspace_id = $1 AND k.kind = 'DOMAIN' AND k.key = $2", tx.workspace, domain, company_id
    )
    await _noted(tx, other, [{"domain": domain, "match_primary": True}])


async def _locked(tx: Tx, company_id: UUID, expected_version: int | None) -> dict[str, Any]:
    """The company; who changes domains takes turns, because one domain concerns several companies."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('company domains ' || $1::uuid::text, 0))", tx.workspace)
    return await locked(tx, "company", "companies", company_id, expected_version)


async def _noted(tx: Tx, company: dict[str, Any], before: list[Any]) -> Revision:
    """The main domain follows: it stays while the company has it, else the first that leads to it, else any."""
    after = await tx.fetch(OWN, tx.workspace, company["id"])
    names = [row["domain"] for row in sorted(after, key=lambda row: not row["match_primary"])]
    main = company["domain"] if company["domain"] in names else next(iter(names), None)
    was, now = ({row["domain"]: row["match_primary"] for row in rows} for rows in (before, after))
    if was == now and main == company["domain"]:
        return Revision({}, company["version"])
    revision = await revise(tx, "company", "companies", company, {"domain": main}, touch=True)
    changes = {**revision.changes, "domains": [sorted(was), sorted(now)]}
    await events.note(tx, "company.updated", "Company", company["id"], version=revision.version, data={"changes": changes})
    return Revision(changes, revision.version)
