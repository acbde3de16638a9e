"""Makes, changes and puts away forms. The words of a consent are kept under their version for good."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture import own_values
from leadwell.capture.form_rules import checked, origins
from leadwell.capture.forms import COLUMNS, BadForm, FormConsent, NewForm, shaped
from leadwell.capture.lookups import LINKS, unknown_links
from leadwell.capture.submissions import Defaults


class WordingChanged(Refusal):
    """Version {version} of this consent has other words already."""

    fix = "Give the new words a new version: what people agreed to under the old one must not change."
    status = 409


async def create_form(tx: Tx, new: NewForm) -> UUID:
    """Makes a form and its public key. BadForm, NotFound, WordingChanged."""
    values = await _columns(tx, new)
    id, key, now = uuid7(), secrets.token_urlsafe(12), await tx.now()
    places = ", ".join(f"${i}" for i in range(5, 5 + len(COLUMNS)))
    await tx.execute(
        f"INSERT INTO forms (workspace_id, id, key, created_at, updated_at, {', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $4, {places})",
        tx.workspace, id, key, now, *(values[name] for name in COLUMNS))  # fmt: skip
    await tx.value("SELECT lw_put_form_key($1, $2, $3)", tx.workspace, key, id)
    await events.note(tx, "form.created", "Form", id, version=1, data={"name": values["name"]})
    return id


async def update_form(tx: Tx, form_id: UUID, values: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Changes what is given, by the names of NewForm. NotFound, StaleVersion, BadForm, WordingChanged."""
    row = await locked(tx, "form", "forms", form_id, expected_version)
    before = NewForm(**{name: value for name, value in shaped(row).items() if name in COLUMNS})
    after = await _columns(tx, replace(before, **values))
    revision = await revise(tx, "form", "forms", row, {name: after[name] for name in values})
    await events.revised(tx, "form.updated", "Form", form_id, revision)
    return revision


async def archive_form(tx: Tx, form_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a form away: its page says that it is closed, and nothing is taken any more."""
    return await _put_away(tx, form_id, await tx.now(), expected_version)


async def unarchive_form(tx: Tx, form_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a form back under its old key."""
    return await _put_away(tx, form_id, None, expected_version)


async def _put_away(tx: Tx, form_id: UUID, at: datetime | None, expected_version: int | None) -> Revision:
    row = await locked(tx, "form", "forms", form_id, expected_version)
    if (row["archived_at"] is None) == (at is None):
        return Revision({}, row["version"])
    revision = await revise(tx, "form", "forms", row, {"archived_at": at})
    await events.note(tx, "form.archived" if at else "form.unarchived", "Form", form_id, version=revision.version)
    return revision


async def _columns(tx: Tx, new: NewForm) -> dict[str, Any]:
    checked(new)
    listed = origins(new.allowed_origins)
    await _known_links(tx, new)
    await _own_fields(tx, new)
    await _worded(tx, new.consents)
    consents = [{**asdict(consent), "topic_id": str(consent.topic_id)} for consent in new.consents]
    fields = [{**asdict(field), "options": list(field.options)} for field in new.fields]
    texts = {name: clean(getattr(new, name)) or None for name in ("button", "country")}
    spoken = {"locale": new.locale or await tx.value("SELECT w.locale FROM lw_workspace($1) w", tx.workspace), "words": dict(new.words)}
    lines = {name: (getattr(new, name) or "").strip() or None for name in ("thank_you", "intro")}
    return {name: getattr(new, name) for name in COLUMNS} | texts | spoken | lines | {
        "name": clean(new.name, limit=200), "fields": fields, "consents": consents, "allowed_origins": listed}  # fmt: skip


async def _own_fields(tx: Tx, new: NewForm) -> None:
    targets = [field.fills for field in new.fields]
    if unknown := await own_values.known(tx, targets):
        path = f"fields.{targets.index(unknown)}.target"
        raise BadForm(field=path, problem=f'Leads have no field of their own "{unknown[:80]}".', fix="Define it for leads first, or use the key it has.")


async def _known_links(tx: Tx, new: NewForm) -> None:
    given = Defaults(source_id=new.source_id, campaign_id=new.campaign_id, owner_id=new.owner_id)
    unknown = await unknown_links(tx, [given])
    for name in LINKS:
        if getattr(given, f"{name}_id") in unknown:
            raise NotFound(noun=name, field=f"{name}_id")
    await require(
        tx, Named("source", "sources", new.source_id, "source_id"), Named("campaign", "campaigns", new.campaign_id, "campaign_id"),
        Named("user", "users", new.owner_id, "owner_id"), Named("lead queue", "lead_queues", new.queue_id, "queue_id"))  # fmt: skip


async def _worded(tx: Tx, consents: Sequence[FormConsent]) -> None:
    """Keeps the words of new versions. Two forms that word one version at the same time take turns on its row."""
    ids = {consent.topic_id for consent in consents}
    known = await tx.value("SELECT count(*) FROM topics t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[])", tx.workspace, list(ids)) if ids else 0
    if known != len(ids):
        raise NotFound(noun="topic", field="consents")
    given = [c.topic_id for c in consents], [c.version for c in consents], [c.text for c in consents]
    told: dict[tuple[UUID, str], str] = {}
    while len(told) < len(consents):  # the row of a twin that committed meanwhile is seen by the next statement only
        told |= {(row["topic_id"], row["version"]): row["text"] for row in await tx.fetch(load(__name__, "wordings"), tx.workspace, *given, await tx.now())}
    for i, consent in enumerate(consents):
        if told[consent.topic_id, consent.version] != consent.text:
            raise WordingChanged(field=f"consents.{i}.text", version=consent.version)
