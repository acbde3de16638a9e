"""Finds the company a key leads to, or makes it: claiming the key first is what keeps two transactions from making two."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import events
from leadwell.base.fixed import fixed
from leadwell.base.identity import clean, company_key, company_name
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.companies.identity import Key, Known, Match, domain_key, learns, match, name_key, website_domain
from leadwell.companies.refusals import NameRequired


@fixed
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


@fixed
class FoundCompany:
    """`by`: DOMAIN, NAME, or None when it was made."""

    id: UUID
    by: str | None = None

    @property
    def created(self) -> bool:
        return self.by is None


async def find_or_create_many(tx: Tx, wanted: Sequence[NewCompany]) -> list[FoundCompany]:
    """One company for each of `wanted`, in order; those with one key become one. Makes and notes what is not there. A company known by its name takes
    the domain asked for with it, if it has none and nobody else has that."""
    asked, made = [company.identity for company in wanted], set[UUID]()
    keys = [key for pair in asked for key in pair if key]
    known = await known_by(tx, keys)
    while True:
        hits = [match(*pair, known) for pair in asked]
        if lessons := [(hit.company.id, domain[1]) for hit, (domain, _) in zip(hits, asked, strict=True) if hit and domain and learns(hit)]:
            await _teach(tx, lessons)
            known = await known_by(tx, keys)
        elif missing := [company for company, hit in zip(wanted, hits, strict=True) if hit is None and company.id not in made]:
            new, known = await _make(tx, missing, known)
            made |= {company.id for company in new}
        else:
            return [_outcome(company, hit) for company, hit in zip(wanted, hits, strict=True)]


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
    """Claims the keys of what is missing, looks again if somebody was faster, makes and notes the rest; answers it, and what is known then."""
    first, claims = _distinct(missing, known)
    settled = dict(known)
    if await _claimed(tx, claims) < len(claims):
        settled |= await known_by(tx, (key for key, _ in claims))
    made = [company for company in first if match(*company.identity, settled) is None]
    await insert(tx, made)
    await events.note_all(tx, [created(company) for company in made])
    for company in made:
        settled |= {key: Known(company.id, company.name, _domain(company)) for key in company.identity if key and key not in settled}
    if unmade := sorted({company.id for company in first} - {company.id for company in made}):   # somebody else made it meanwhile
        await tx.execute("DELETE FROM company_keys k WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[])", tx.workspace, unmade)
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


async def learn_domain(tx: Tx, company_id: UUID, domain: str) -> None:
    """A company that has no domain gets one that nobody has. Where either is so no more the transaction starts again (SerializationError)."""
    if await _teach(tx, [(company_id, domain)]):
        raise pg.SerializationError("the company or the domain has another one meanwhile")


async def _teach(tx: Tx, lessons: Sequence[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Gives companies domains, each its first, and answers what came too late: the company has one, or another company has that."""
    if not lessons:
        return set()
    ids = sorted({id for id, _ in lessons})
    rows = await tx.fetch(load(__name__, "untaught"), tx.workspace, ids)
    untaught, pupils = {row["id"] for row in rows}, dict[str, UUID]()
    for id, domain in lessons:
        if id in untaught and pupils.setdefault(domain, id) == id:
            untaught.discard(id)
    claims = [(("DOMAIN", domain), id) for domain, id in pupils.items()]
    if await _claimed(tx, claims) < len(claims):
        held = await known_by(tx, (key for key, _ in claims))
        pupils = {domain: id for (_, domain), id in claims if held["DOMAIN", domain].id == id}
    taught = await tx.fetch(load(__name__, "teach"), tx.workspace, list(pupils.values()), list(pupils), await tx.now())
    await events.note_all(tx, [
        events.Event("company.updated", "Company", row["id"], version=row["version"], data={"changes": {"domain": [None, row["domain"]]}}) for row in taught
    ])  # fmt: skip
    return set(lessons) - {(id, domain) for domain, id in pupils.items()}


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
