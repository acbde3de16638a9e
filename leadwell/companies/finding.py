"""Finds the company a key leads to, or makes it: claiming the key first is what keeps two transactions from making two."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean, company_key, company_name
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.identity import Key, Known, Match, domain_key, match, name_key, website_domain
from leadwell.companies.refusals import NameRequired


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company to be made. `domain` None: taken from the website; kind INDIVIDUAL: the hidden company of a person, which has no keys."""

    name: str
    domain: str | None = None
    website: str | None = None
    country: str | None = None
    industry: str | None = None
    employees: int | None = None
    revenue_minor: int | None = None
    currency: str | None = None
    phone: str | None = None
    region: str | None = None
    city: str | None = None
    postal_code: str | None = None
    street: str | None = None
    parent_id: UUID | None = None
    owner_id: UUID | None = None
    last_activity_at: datetime | None = None
    kind: str = "COMPANY"
    custom: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: UUID = field(default_factory=uuid7)

    @property
    def identity(self) -> tuple[Key | None, Key | None]:
        """Its domain key and its name key."""
        if self.kind == "INDIVIDUAL":
            return None, None
        return domain_key(self.domain or website_domain(self.website)), name_key(self.name, self.country)


COLUMNS = tuple(f.name for f in fields(NewCompany) if f.name != "custom")


@dataclass(frozen=True, slots=True)
class FoundCompany:
    """`by`: DOMAIN, NAME, or None when it was made."""

    id: UUID
    by: str | None = None

    @property
    def created(self) -> bool:
        return self.by is None


async def find_or_create_many(tx: Tx, wanted: Sequence[NewCompany]) -> list[FoundCompany]:
    """One company for each of `wanted`, in order; those with one key become one. Makes and notes what is not there."""
    known = await known_by(tx, (key for company in wanted for key in company.identity if key))
    missing = [company for company in wanted if match(*company.identity, known) is None]
    made, known = await _make(tx, missing, known)
    await events.note_all(tx, [created(company) for company in made])
    return [_outcome(company, match(*company.identity, known)) for company in wanted]


def _outcome(company: NewCompany, hit: Match | None) -> FoundCompany:
    if hit is None or hit.company.id == company.id:
        return FoundCompany(company.id)
    return FoundCompany(hit.company.id, hit.by)


async def known_by(tx: Tx, keys: Iterable[Key]) -> dict[Key, Known]:
    """The companies behind keys."""
    sought = sorted(set(keys))
    if not sought:
        return {}
    rows = await tx.fetch(load(__name__, "known"), tx.workspace, [kind for kind, _ in sought], [key for _, key in sought])
    return {(row["kind"], row["key"]): Known(row["id"], row["name"], row["domain"]) for row in rows if row["name"] is not None}


async def take(writes: Tx, company: NewCompany, held: Container[Key]) -> None:
    """Makes a company under those of its keys that nobody held when the caller looked. Somebody faster makes it fail (UniqueViolationError):
    the caller starts the transaction again."""
    free = [key for key in company.identity if key and key not in held]
    await insert(writes, [company])
    if free:
        kinds, keys = [kind for kind, _ in free], [key for _, key in free]
        await writes.execute(load(__name__, "take"), writes.workspace, kinds, keys, company.id, await writes.now())


async def _claimed(tx: Tx, claims: Sequence[tuple[Key, UUID]]) -> int:
    """How many of the keys nobody held."""
    if not claims:
        return 0
    kinds, keys, ids = [kind for (kind, _), _ in claims], [key for (_, key), _ in claims], [id for _, id in claims]
    return await tx.execute(load(__name__, "claim"), tx.workspace, kinds, keys, ids, await tx.now())


async def _make(tx: Tx, missing: Sequence[NewCompany], known: Mapping[Key, Known]) -> tuple[list[NewCompany], dict[Key, Known]]:
    """Claims the keys of what is missing, looks again if somebody was faster, and makes the rest."""
    first, claims = _distinct(missing, known)
    settled = dict(known)
    if await _claimed(tx, claims) < len(claims):
        settled |= await known_by(tx, (key for key, _ in claims))
    made = [company for company in first if match(*company.identity, settled) is None]
    await insert(tx, made)
    for company in made:
        settled |= {key: Known(company.id, company.name, _domain(company)) for key in company.identity if key and key not in settled}
    await _settle_claims(tx, [company for company in first if company not in made], settled)
    return made, settled


def _distinct(missing: Sequence[NewCompany], known: Mapping[Key, Known]) -> tuple[list[NewCompany], list[tuple[Key, UUID]]]:
    """The first of each company, and the keys to claim for it."""
    seen, first, claims = dict(known), list[NewCompany](), list[tuple[Key, UUID]]()
    for company in missing:
        keys = [key for key in company.identity if key]
        if keys and match(*company.identity, seen):
            continue
        first.append(company)
        for key in keys:
            if key not in seen:
                seen[key] = Known(company.id, company.name, _domain(company))
                claims.append((key, company.id))
    return first, claims


async def _settle_claims(tx: Tx, found: Sequence[NewCompany], known: Mapping[Key, Known]) -> None:
    """Keys claimed for a company that somebody else made meanwhile: its new domain goes to that company, a mere name to nobody."""
    for company in found:
        hit = match(*company.identity, known)
        domain = company.identity[0]
        if hit and hit.by == "NAME" and domain:
            await learn_domain(tx, hit.company.id, domain[1], claimed_by=company.id)
        await tx.execute("DELETE FROM company_keys WHERE workspace_id = $1 AND company_id = $2", tx.workspace, company.id)


async def learn_domain(tx: Tx, company_id: UUID, domain: str, *, claimed_by: UUID | None = None) -> None:
    """A company known by name alone gets its domain; with `claimed_by`, the key already claimed for a company that is not made."""
    now = await tx.now()
    if claimed_by:
        await tx.execute(
            "UPDATE company_keys SET company_id = $3 WHERE workspace_id = $1 AND kind = 'DOMAIN' AND company_id = $2", tx.workspace, claimed_by, company_id
        )
        fresh = 1
    else:
        fresh = await tx.execute(load(__name__, "claim"), tx.workspace, ["DOMAIN"], [domain], [company_id], now)
    if fresh:
        await tx.execute(
            "INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at) VALUES ($1, $2, $3, true, $4) ON CONFLICT DO NOTHING",
            tx.workspace, domain, company_id, now,
        )
        version = await tx.value(
            "UPDATE companies SET domain = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND domain IS NULL RETURNING version",
            tx.workspace, company_id, domain, now,
        )
        if version:
            await events.note(tx, "company.updated", "Company", company_id, version=version, data={"changes": {"domain": [None, domain]}})


def _domain(company: NewCompany) -> str | None:
    key = company.identity[0]
    return key[1] if key else None


async def insert(tx: Tx, made: Sequence[NewCompany], *, match_primary: bool = True) -> None:
    """Writes companies and their domains; their keys are claimed before."""
    if made:
        await tx.execute(load(__name__, "insert"), tx.workspace, [_row(company, match_primary) for company in made], await tx.now())


def _row(company: NewCompany, match_primary: bool) -> dict[str, Any]:
    name = company_name(company.name)
    if name is None:
        raise NameRequired(field="name")
    given = ((name, getattr(company, name)) for name in COLUMNS)
    row = {name: clean(value) or None if isinstance(value, str) else value for name, value in given}
    return row | {"name": name, "name_key": company_key(name) or name.casefold(), "domain": _domain(company), "match_primary": match_primary}


def created(company: NewCompany) -> events.Event:
    """What is noted about a new company."""
    return events.Event("company.created", "Company", company.id, version=1, data={"name": company.name, "kind": company.kind})
