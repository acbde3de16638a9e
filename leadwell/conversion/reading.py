"""Locks a lead and reads what its conversion is decided on: two statements, the second after the lock."""

import re
from collections.abc import Mapping
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
    """Everything else, in one row; companies that may be the lead's are weighed, and custom fields read, where there are any."""
    domain, name = lead.domain, lead.company
    companies = [id for id in (wish.company.id, lead.company_id) if id]
    owners = [id for id in (*wish.owners, lead.owner_id, tx.actor.user) if id]
    compared, keys = dedupe.company_facts_of(lead.company_name, domain and domain[1], lead.person)
    seldom = (wish.contact.id, wish.deal.id, lead.campaign_id, lead.product_id)
    row = await tx.row(
        _found(tuple(id is not None for id in seldom)), tx.workspace, lead.person_id, companies, domain and domain[1], name and name[1], lead.company_key,
        wish.contact.id, wish.deal.id, wish.converted_status_id, lead.pipeline_id, wish.deal.pipeline_id, wish.deal.stage_id, owners,
        lead.campaign_id, lead.product_id, lead.id, list(map(str, keys)),
    )
    assert row is not None, "a select of sub-selects has one row"
    tx.clocked(datetime.fromisoformat(row["workspace"]["now"]))
    stage: dict[str, Any] = row["stage"] or {}
    found = Found(
        WorkspaceFacts.of(row["workspace"]), await tx.now(), _status(row["status"]), _made(Stage, stage) if stage else None, stage.get("close_days", 30),
        _contact(dict(row)), row["wished_contact"], [_made(CompanyFound, one) for one in row["companies"] or ()],
        _made(DealFound, row["deal"]) if row["deal"] else None, frozenset(row["users"]), tx.actor.user, row["campaign"], row["product"], row["has_tasks"],
        row["is_enrolled"], row["has_others"], [twin for one in row["twins"] or () if (twin := _made(Twin, one)).alike], dedupe.crowding(row["crowded"] or ()),
    )
    if row["near"]:
        found = await _weighed(tx, found, compared, row["near"])
    if found.workspace.settings.convert_fields or wish.custom:
        found = replace(found, custom=await _custom(tx, lead, wish, found))
    return found


async def _weighed(tx: Tx, found: Found, compared: Mapping[str, Any], near: Mapping[str, Any]) -> Found:
    """Companies that were brought by what they share, with how likely they are the lead's; the improbable are left out."""
    matches = {one.id: one for one in await dedupe.weigh_companies(tx, compared, {UUID(id): facts for id, facts in near.items()})}
    kept: list[CompanyFound] = [one for one in found.companies if one.how != "MATCH"]
    weighed = [one for one in found.companies if one.how == "MATCH" and matches[one.id].decision != "IGNORE"]
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


def _contact(row: Mapping[str, Any]) -> ContactFound | None:
    if row["contact"] is None:
        return None
    links = [_made(Link, one) for one in row["links"] or ()]
    return _made(ContactFound, {**row["contact"], "links": links})


def _made(kind: Any, raw: Mapping[str, Any]) -> Any:
    """A dataclass from a JSON object; ids become ids again, and what the class does not have is left out."""
    known = _known(kind)
    return kind(**{name: UUID(value) if known[name] and isinstance(value, str) else value for name, value in raw.items() if name in known})


@cache
def _known(kind: Any) -> Mapping[str, bool]:
    """The fields of a dataclass, and whether they are ids."""
    return {f.name: f.name == "id" or f.name.endswith("_id") for f in fields(kind)}
