"""A send with everything its mail is made of, and the mail made of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.delivery.links import Unsubscribe, visitor_token
from leadwell.delivery.message import Envelope
from leadwell.delivery.rendering import Mail, Words, render

Letter = asyncpg.Record


async def letters(tx: Tx, ids: Sequence[UUID]) -> list[Letter | None]:
    """The letters in the order of the ids; None for one that is not there."""
    found = {r["id"]: r for r in await tx.fetch(load(__name__, "letters"), tx.workspace, list(ids))}
    return [found.get(id) for id in ids]


def compose(letter: Mapping[str, Any], workspace: UUID, public_url: str, at: Any) -> Mail:
    """The mail of a letter; CannotRender says why not."""
    url = f"{public_url}/u/{Unsubscribe(workspace, letter['address_hash'], letter['topic_id'], letter['id']).token()}"
    envelope = Envelope(
        letter["sender_name"], letter["sender_address"], letter["person_name"], letter["address"], letter["message_id"], at, letter["reply_to"],
        None if letter["topic_kind"] == "SERVICE" else url)
    told = facts(letter)
    told["person"]["visitor"] = visitor_token(workspace, letter["person_id"])
    return render(Words(letter["subject"], letter["html"], letter["text"]), told | {"unsubscribe_url": url}, envelope)


def facts(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a template may name: the nouns of `liquid.FACTS`."""
    person = ("first_name", "last_name", "title", "department", "language", "city", "country")
    return {
        "person": {"name": row["person_name"], "email": row["address"], "visitor": "preview"} | {field: row[field] for field in person},
        "lead": {"title": row["lead_title"], "company_name": row["lead_company_name"], "need": row["need"], "interest": row["interest"]},
        "company": {"name": row["company_name"], "domain": row["company_domain"], "industry": row["industry"]},
        "owner": {"name": row["owner_name"], "email": row["owner_email"]},
        "sender": {"name": row["sender_name"], "address": row["sender_address"]},
        "workspace": {"name": row["workspace_name"]},
        "topic": {"name": row["topic_name"]},
    }


async def preview(tx: Tx, template_id: UUID, person_id: UUID) -> Mail:
    """The template as that person would get it; nothing is planned and the unsubscribe link leads nowhere."""
    template = await tx.row("SELECT t.subject, t.html, t.text FROM templates t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, template_id)
    if template is None:
        raise NotFound(noun="template", field="templateId")
    row = await tx.row(load(__name__, "person_facts"), tx.workspace, person_id)
    if row is None:
        raise NotFound(noun="person", field="personId")
    envelope = Envelope(None, "sender@example.com", row["person_name"], row["address"] or "person@example.com", "<preview@example.com>", await tx.now())
    return render(Words(*template), facts(dict(row)) | {"unsubscribe_url": "#unsubscribe"}, envelope)
