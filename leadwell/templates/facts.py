"""What is known of a person, by the names that templates have for it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.templates.known import CUSTOM, OWN

PERSON = ("first_name", "last_name", "prefix", "phone", "title", "department", "seniority", "language", "time_zone", "city", "region", "country")
COMPANY = ("website", "city", "country", "employees")


def facts(row: Any) -> dict[str, dict[str, Any]]:
    """The nouns of `known.FACTS`, of a row with the columns of facts.sql."""
    told: dict[str, dict[str, Any]] = {
        "person": {"name": row["person_name"], "email": row["address"], "visitor": "preview"} | {field: row[field] for field in PERSON},
        "lead": {"title": row["lead_title"], "company_name": row["lead_company_name"], "need": row["need"], "interest": row["interest"]},
        "contact": {"title": row["contact_title"]},
        "company": {"name": row["company_name"], "domain": row["company_domain"], "industry": row["industry"]}
        | {field: row[f"company_{field}"] for field in COMPANY},
        "owner": {"name": row["owner_name"], "email": row["owner_email"]},
        "sender": {"name": row["sender_name"], "address": row["sender_address"]},
        "workspace": {"name": row["workspace_name"]},
        "topic": {"name": row["topic_name"]},
    }
    own: Mapping[str, Any] = row["custom"] or {}
    for noun in OWN.values():
        told[noun][CUSTOM] = own.get(noun) or {}
    return told


def present(told: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The facts without those that have no value, so that a preview can tell which were asked for."""
    return {noun: {name: value for name, value in facts.items() if value not in (None, "")} for noun, facts in told.items()}


async def facts_of(tx: Tx, person_ids: Sequence[UUID]) -> dict[UUID, dict[str, dict[str, Any]]]:
    """By person; nobody who is not there."""
    return {row["person_id"]: facts(row) for row in await tx.fetch(load(__name__, "facts"), tx.workspace, list(person_ids))}
