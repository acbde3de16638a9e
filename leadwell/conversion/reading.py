"""Locks a lead and reads what its conversion is decided on: two statements, the second after the lock; a third where that met something."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from leadwell import dedupe
from leadwell.base.identity import clean
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.base.workspace import WorkspaceFacts
from leadwell.contacts import Link
from leadwell.conversion.facts import CompanyFound, ContactFound, CustomFound, DealFound, Found, LeadFacts, Twin
from leadwell.conversion.wish import ConversionWish
from leadwell.deals import Stage
from leadwell.leads import Status

MOST_SHARING = 50   # companies with one key that are worth comparing; found.sql reads one more
SELDOM = {"wished_contact": 7, "deal": 8, "campaign": 14, "product": 15}    # found only by an id, which is this parameter


async def lock(tx: Tx, lead_id: UUID) -> dict[str, Any] | None:
    """The lead with its person, locked; None when it is unknown or sealed."""
    row = await tx.row(load(__name__, "lock"), tx.workspace, lead_id)
    return None if row is None else dict(row)


def lead_facts(row: Mapping[str, Any], wish: ConversionWish | None = None) -> LeadFacts:
    """The locked row as facts; what the wish says of the company goes before what the lead says."""
    lead = LeadFacts(**{name: value for name, value in row.items() if name != "state"})
    said = {"website": "company_website", "industry": "industry", "employees": "employees"}
    given = {said[name]: value for name, value in wish.company.fields.items() if name in said and value is not None} if wish else {}
    if wish and clean(wish.company.name):
        given["company_name"] = clean(wish.company.name)
    return replace(lead, **given) if given else lead


async def read(tx: Tx, lead: LeadFacts, wish: ConversionWish) -> Found:
    """Everything else, in one row. Where that met a contact, companies or a doubt who the person is, a second one tells of them; companies that may be
    the lead's are weighed, and custom fields read, where there are any."""
    domain, name = lead.domain, lead.company
    companies = [id for id in (wish.company.id, lead.company_id) if id]
    owners = [id for id in (*wish.owners, lead.owner_id, tx.actor.user) if id]
    compared, keys = dedupe.company_facts_of(lead.company_name, domain and domain[1], lead.person)
    seldom = (wish.contact.id, wish.deal.id, lead.campaign_id, lead.product_id)
    row = await tx.row(
        _found(tuple(id is not None for id in seldom)), tx.workspace, lead.person_id, list(map(str, keys)), domain and domain[1], name and name[1],
        lead.company_key, wish.contact.id, wish.deal.id, wish.converted_status_id, lead.pipeline_id, wish.deal.pipeline_id, wish.deal.stage_id, owners,
        lead.campaign_id, lead.product_id, lead.id,
    )
    assert row is not None, "a select of sub-selects has one row"
    told = dict(row)
    found, named = _told(tx, told), [id for id in (*companies, row["by_domain"], row["by_name"], *row["alike"]) if id]
    if named or row["contact"] or row["shared"] or row["doubts"]:
        found = await _beside(tx, found, compared, told, companies, named)
    if found.workspace.settings.convert_fields or wish.custom:
        found = replace(found, custom=await _custom(tx, lead, wish, found))
    return found


def _told(tx: Tx, row: Mapping[str, Any]) -> Found:
    """What the first row says by itself."""
    now = datetime.fromisoformat(row["workspace"]["now"])
    tx.clocked(now)
    stage: dict[str, Any] = row["stage"] or {}
    return Found(
        WorkspaceFacts.of(row["workspace"]), tx.clock or now, _status(row["status"]), _made(Stage, stage) if stage else None, stage.get("close_days", 30),
        None, row["wished_contact"], (), _made(DealFound, row["deal"]) if row["deal"] else None, frozenset(row["users"]), tx.actor.user,
        row["campaign"], row["product"], row["has_tasks"], row["is_enrolled"], row["has_others"], has_tags=row["has_tags"],
    )


def _companies(rows: Sequence[Mapping[str, Any]], row: Mapping[str, Any], asked: Sequence[UUID]) -> list[CompanyFound]:
    """Those behind the keys and ids and those of the same name, each by all that it was found by."""
    found: list[CompanyFound] = []
    for one in rows:
        id = UUID(one["id"])
        given = id in asked and one["archived_at"] is None
        ways = {"DOMAIN": id == row["by_domain"], "NAME": id == row["by_name"], "ID": given, "SIMILAR": id in row["alike"]}
        found += [_company(how, one) for how, so in ways.items() if so]
    return found


async def _beside(
    tx: Tx, found: Found, compared: Mapping[str, Any], row: Mapping[str, Any], asked: Sequence[UUID], named: Sequence[UUID],
) -> Found:
    """Adds the contact with its companies, the companies that are or may be the lead's, and who may be the person."""
    contact: dict[str, Any] = row["contact"] or {}
    shared, crowded = _shared(row["shared"] or ())
    doubts = {UUID(one["person_id"]): one for one in row["doubts"] or ()}
    more = await tx.row(load(__name__, "beside"), tx.workspace, contact.get("id"), contact.get("company_id"), shared, list(doubts), named)
    assert more is not None, "a select of sub-selects has one row"
    twins = [_made(Twin, doubts[UUID(one["person_id"])] | one) for one in more["contacts"] or ()]
    found = replace(
        found, contact=_made(ContactFound, {**contact, "links": [_made(Link, one) for one in more["links"] or ()]}) if contact else None,
        companies=[*_companies(more["companies"] or (), row, asked), *([_company("CURRENT", more["current"])] if more["current"] else ())],
        twins=sorted((twin for twin in twins if twin.alike), key=lambda twin: (-twin.probability, twin.contact_id)), crowded=dedupe.crowding(crowded),
    )  # fmt: skip
    return await _weighed(tx, found, compared, dict(more)) if more["near"] else found


def _shared(rows: Sequence[Mapping[str, Any]]) -> tuple[list[UUID], list[int]]:
    """Companies that share a key with the lead's, and the keys that more share than are worth comparing."""
    by_key: dict[int, list[UUID]] = {}
    for one in rows:
        by_key.setdefault(one["key"], []).append(UUID(one["id"]))
    crowded = [key for key, ids in by_key.items() if len(ids) > MOST_SHARING]
    return sorted({id for key, ids in by_key.items() if key not in crowded for id in ids}), crowded


async def _weighed(tx: Tx, found: Found, compared: Mapping[str, Any], more: Mapping[str, Any]) -> Found:
    """Companies that were brought by what they share, with how likely they are the lead's; the improbable are left out."""
    matches = {one.id: one for one in await dedupe.weigh_companies(tx, compared, {UUID(id): facts for id, facts in more["near"].items()})}
    weighed = [_company("MATCH", one) for one in more["matches"] or () if matches[UUID(one["id"])].decision != "IGNORE"]
    kept = list(found.companies)
    for one in sorted(weighed, key=lambda c: (-matches[c.id].verdict.probability, c.id)):
        match = matches[one.id]
        evidence = [{"field": e.field, "level": e.level, "bits": round(e.bits, 2)} for e in match.verdict.evidence]
        kept.append(replace(one, probability=round(match.verdict.probability, 6), decision=match.decision, evidence=evidence))
    return replace(found, companies=kept)


async def _custom(tx: Tx, lead: LeadFacts, wish: ConversionWish, found: Found) -> CustomFound:
    """The workspace's own fields, and what the lead and all that it may become have in them."""
    ids = {lead.id, *(one.id for one in found.companies), *(one.id for one in (found.contact, found.deal) if one)}
    row = await tx.row(load(__name__, "custom"), tx.workspace, sorted(ids))
    assert row is not None, "a select of sub-selects has one row"
    by_noun: dict[str, dict[str, Any]] = {}
    for one in row["fields"] or ():
        by_noun.setdefault(one["noun"], {})[one["key"]] = (one["type"], one["options"])
    held: dict[str, Any] = row["values"] or {}
    return CustomFound(by_noun, {UUID(id): values for id, values in held.items()})


@cache
def _found(asked: tuple[bool, ...]) -> str:
    """The statement without what nobody asked for, which costs as much as what somebody did; in its place stands the id, which is none."""
    parts = re.split(r",\n  (?=\S)", load(__name__, "found"))
    seldom = {name: number for (name, number), wanted in zip(SELDOM.items(), asked, strict=True) if not wanted}
    named = [(part, part.rpartition(" AS ")[2]) for part in parts]
    return ",\n  ".join(f"${seldom[name]}::uuid AS {name}" if name in seldom else part for part, name in named)


def _status(raw: dict[str, Any] | None) -> Status | None:
    return _made(Status, raw) if raw else None


def _company(how: str, raw: Mapping[str, Any]) -> CompanyFound:
    return _made(CompanyFound, {**raw, "how": how})


def _made(kind: Any, raw: Mapping[str, Any]) -> Any:
    """A dataclass from a JSON object; ids become ids again, and what the class does not have is left out."""
    known = _known(kind)
    return kind(**{name: UUID(value) if known[name] and isinstance(value, str) else value for name, value in raw.items() if name in known})


@cache
def _known(kind: Any) -> Mapping[str, bool]:
    """The fields of a dataclass, and whether they are ids."""
    return {f.name: f.name == "id" or f.name.endswith("_id") for f in fields(kind)}
