"""Forms: public doors with their own fields, consents, origins and thanks."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import events
from leadwell.base.actor import Actor
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, require
from leadwell.base.tx import Database, Tx
from leadwell.capture.fields import FIELDS, IDENTIFYING
from leadwell.capture.lookups import LINKS, unknown_links
from leadwell.capture.rules import INTENTS, Intent
from leadwell.capture.submissions import Defaults

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
MOST_FIELDS = 60


class UnknownForm(NotFound):
    """There is no form with this key."""


class FormClosed(Refusal):
    """This form takes no more submissions."""

    status = 410


class BadForm(Refusal):
    """{problem}"""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form. `target` is a name of FIELDS (the field's own name when None); `hidden` ones take `default` and ignore what is sent."""

    name: str
    label: str | None = None
    required: bool = False
    target: str | None = None
    default: str | None = None
    hidden: bool = False

    @property
    def fills(self) -> str:
        return self.target or self.name


@dataclass(frozen=True, slots=True)
class FormConsent:
    """A box to tick: which topic, the words beside it and their version."""

    topic_id: UUID
    text: str
    version: str
    required: bool = False

    @property
    def name(self) -> str:
        """What the box is called in what is sent."""
        return f"consent_{self.topic_id.hex}"


@dataclass(frozen=True, slots=True)
class NewForm:
    """What a form is made from."""

    name: str
    fields: Sequence[FormField]
    intent: Intent = "HAND_RAISE"
    consents: Sequence[FormConsent] = ()
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    owner_id: UUID | None = None
    allowed_origins: Sequence[str] = ()
    thank_you: str | None = None
    redirect_url: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its public door needs it."""

    id: UUID
    workspace: UUID
    key: str
    name: str
    intent: Intent
    fields: tuple[FormField, ...]
    consents: tuple[FormConsent, ...]
    source_id: UUID | None
    campaign_id: UUID | None
    owner_id: UUID | None
    allowed_origins: tuple[str, ...]
    thank_you: str | None
    redirect_url: str | None
    is_active: bool


async def create_form(tx: Tx, new: NewForm) -> UUID:
    """Makes a form and its public key; what it could not work with is refused, by field."""
    name, origins = clean(new.name, limit=200), [_origin(origin) for origin in new.allowed_origins]
    _check(new, name)
    await _known_links(tx, new)
    await _known_topics(tx, [consent.topic_id for consent in new.consents])
    await require(
        tx, Named("source", "sources", new.source_id, "source_id"), Named("campaign", "campaigns", new.campaign_id, "campaign_id"),
        Named("user", "users", new.owner_id, "owner_id"))  # fmt: skip
    id, key, now = uuid7(), secrets.token_urlsafe(12), await tx.now()
    consents = [{**asdict(consent), "topic_id": str(consent.topic_id)} for consent in new.consents]
    await tx.execute(
        "INSERT INTO forms (workspace_id, id, key, name, intent, fields, consents, source_id, campaign_id, owner_id, allowed_origins, thank_you, "
        "redirect_url, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        tx.workspace, id, key, name, new.intent, [asdict(field) for field in new.fields], consents, new.source_id, new.campaign_id, new.owner_id,
        origins, clean(new.thank_you) or None, new.redirect_url, now)  # fmt: skip
    await tx.value("SELECT lw_put_form_key($1, $2, $3)", tx.workspace, key, id)
    await events.note(tx, "form.created", "Form", id, version=1, data={"name": name})
    return id


async def find_form(db: Database, key: str) -> Form:
    """The form behind a public key."""
    found = await db.control("SELECT f.workspace_id, f.form_id FROM lw_form($1) f", key[:100]) if _NAME.fullmatch(f"k{key[:60]}") else []
    if not found:
        raise UnknownForm()
    async with db.read(Actor.system(found[0]["workspace_id"])) as tx:
        return await read_form(tx, found[0]["form_id"])


async def read_form(tx: Tx, form_id: UUID) -> Form:
    """A form by id."""
    row = await tx.row(
        "SELECT f.id, f.key, f.name, f.intent, f.fields, f.consents, f.source_id, f.campaign_id, f.owner_id, f.allowed_origins, f.thank_you, f.redirect_url, "
        "f.is_active AND f.archived_at IS NULL AS is_active FROM forms f WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, form_id)  # fmt: skip
    if row is None:
        raise UnknownForm()
    values: dict[str, Any] = dict(row)
    values["fields"] = tuple(FormField(**field) for field in row["fields"])
    values["consents"] = tuple(_kept(consent) for consent in row["consents"])
    values["allowed_origins"] = tuple(row["allowed_origins"])
    return Form(workspace=tx.workspace, **values)


def _kept(consent: dict[str, Any]) -> FormConsent:
    return FormConsent(UUID(consent["topic_id"]), consent["text"], consent["version"], consent["required"])


def _check(new: NewForm, name: str) -> None:
    names = [field.name for field in new.fields]
    fills = [field.fills for field in new.fields]
    if not name:
        raise BadForm(field="name", problem="A form needs a name.")
    if new.intent not in INTENTS:
        raise BadForm(field="intent", problem=f'"{new.intent}" is not an intent.', fix=f"Use one of {', '.join(INTENTS)}.")
    if not 1 <= len(names) <= MOST_FIELDS:
        raise BadForm(field="fields", problem=f"A form has 1 to {MOST_FIELDS} fields; this one has {len(names)}.")
    for i, field in enumerate(new.fields):
        if not _NAME.fullmatch(field.name) or names.count(field.name) > 1:
            raise BadForm(field=f"fields.{i}.name", problem=f'"{field.name[:60]}" cannot be a field\'s name, or is there twice.')
        if field.fills not in FIELDS and field.target:
            raise BadForm(field=f"fields.{i}.target", problem=f'There is no field "{field.target[:60]}".', fix=f"Use one of {', '.join(FIELDS)}.")
    if new.intent == "SUBSCRIBE" and "email" not in fills:
        raise BadForm(field="fields", problem="A form to subscribe needs a field that fills email.")
    if not set(fills) & set(IDENTIFYING):
        raise BadForm(field="fields", problem=f"Nothing would say who sent it: add one of {', '.join(IDENTIFYING)}.")
    if new.redirect_url and urlsplit(new.redirect_url).scheme not in ("http", "https"):
        raise BadForm(field="redirect_url", problem="The address to go to must begin with https://.")


def _origin(text: str) -> str:
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise BadForm(field="allowed_origins", problem=f'"{text[:80]}" is not an origin.', fix="Give it like https://www.example.com.")
    return f"{parts.scheme}://{parts.netloc}".lower()


async def _known_links(tx: Tx, new: NewForm) -> None:
    given = Defaults(source_id=new.source_id, campaign_id=new.campaign_id, owner_id=new.owner_id)
    unknown = await unknown_links(tx, [given])
    for name in LINKS:
        if getattr(given, f"{name}_id") in unknown:
            raise NotFound(noun=name, field=f"{name}_id")


async def _known_topics(tx: Tx, ids: Sequence[UUID]) -> None:
    known = await tx.value("SELECT count(*) FROM topics t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[])", tx.workspace, list(ids)) if ids else 0
    if known != len(set(ids)):
        raise NotFound(noun="topic", field="consents")
