"""Feeds: doors by which other systems send people in, each with its own key, mapping and secret."""

import base64
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from leadwell import events
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.identity import clean, country_code
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, Revision, locked, require, revise
from leadwell.base.tx import Database, Tx
from leadwell.capture import notices, own_values
from leadwell.capture.fields import FIELDS
from leadwell.capture.own_values import PREFIX
from leadwell.capture.pointers import checked as pointer
from leadwell.capture.rules import INTENTS, Intent
from leadwell.capture.submissions import TOUCH

Kind = Literal["JSON", "EMAIL", "META", "LINKEDIN", "GOOGLE_ADS", "EVENTS"]
Signature = Literal["NONE", "HMAC", "STANDARD"]
Strangers = Literal["KEEP", "CREATE_LEAD"]
VENDORS: tuple[Kind, ...] = ("META", "LINKEDIN", "GOOGLE_ADS")
ANNOUNCING: tuple[Kind, ...] = ("META", "LINKEDIN")   # whose notices say only that there is a lead
PURPOSE, TOKEN = "feed-secret", "feed-token"
MOST_MAPPED, MOST_PLACES = 60, 10


class UnknownFeed(NotFound):
    """There is no feed with this key."""

    fix = "Send to the address that `createFeed` gave: /inbound/ and the feed's key."


class FeedClosed(Refusal):
    """This feed takes nothing any more."""

    fix = "Bring it back with unarchiveFeed, or send to another one."
    status = 410


class BadFeed(Refusal):
    """{problem}"""


@dataclass(frozen=True, slots=True)
class NewFeed:
    """What a feed is made from. `mapping`: {field: pointer, or several of which the first that holds something counts}; of a vendor the vendor's names
    instead of pointers, beyond those that are known anyway. `items`: where the list of people stands; `external_id`: what the other system calls one."""

    name: str
    kind: Kind = "JSON"
    intent: Intent = "HAND_RAISE"
    mapping: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    items: str | None = None
    external_id: str | None = None
    signature: Signature = "NONE"
    signature_header: str | None = None
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    owner_id: UUID | None = None
    country: str | None = None
    is_active: bool = True
    strangers: Strangers = "KEEP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(NewFeed):
    """A feed as its door needs it."""

    id: UUID
    workspace: UUID
    key: str
    secret: bytes | None = None
    token: bytes | None = None


@dataclass(frozen=True, slots=True)
class MadeFeed:
    """`secret` is shown this once; None where there is none, or the caller gave it."""

    id: UUID
    secret: str | None


COLUMNS = tuple(one.name for one in fields(NewFeed))


async def create_feed(tx: Tx, new: NewFeed, secret: str | None = None, token: str | None = None) -> MadeFeed:
    """A feed and its key. A vendor's feed needs the secret of the app at the vendor; another signed one gets one of ours. `token` is for the API of a
    vendor who only announces leads. BadFeed, BadPointer, NotFound."""
    values = await _columns(tx, new)
    opened = _sealed(new, token)
    if new.kind in VENDORS and not secret:
        raise BadFeed(field="secret", problem="What the vendor sends is checked with a secret.", fix="Give the app secret, client secret or key set there.")
    ours = _secret(new.signature) if new.signature != "NONE" and not secret else None
    id, key, now = uuid7(), random.token_hex(8), await tx.now()
    sealed = secrets.encrypt(PURPOSE, (secret or ours or "").encode()) if secret or ours else (None, None)
    places = ", ".join(f"${i}" for i in range(9, 9 + len(COLUMNS)))
    await tx.execute(
        f"INSERT INTO feeds (workspace_id, id, key, created_at, updated_at, secret_key_id, secret_ciphertext, token_key_id, token_ciphertext, "
        f"{', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, {places})",
        tx.workspace, id, key, now, *sealed, *opened, *(values[name] for name in COLUMNS))  # fmt: skip
    await tx.value("SELECT lw_put_feed_key($1, $2, $3)", tx.workspace, key, id)
    await events.note(tx, "feed.created", "Feed", id, version=1, data={"name": values["name"], "kind": new.kind})
    return MadeFeed(id, ours)


async def update_feed(
    tx: Tx, feed_id: UUID, values: Mapping[str, Any], expected_version: int | None = None, *, secret: str | None = None, token: str | None = None,
) -> Revision:
    """Changes what is given, by the names of NewFeed; the kind stays. NotFound, StaleVersion, BadFeed, BadPointer."""
    row = await locked(tx, "feed", "feeds", feed_id, expected_version)
    new = replace(NewFeed(**{name: row[name] for name in COLUMNS}), **values)
    after = await _columns(tx, new)
    if after["signature"] != "NONE" and not (secret or row["secret_ciphertext"]):
        raise BadFeed(field="secret", problem="A signature needs a secret.", fix="Give the secret that the other system signs with.")
    changed = {name: after[name] for name in values}
    if secret:
        changed["secret_key_id"], changed["secret_ciphertext"] = secrets.encrypt(PURPOSE, secret.encode())
    if token:
        changed["token_key_id"], changed["token_ciphertext"] = _sealed(new, token)
    revision = await revise(tx, "feed", "feeds", row, changed)
    if token:
        await notices.plan_feed(tx, feed_id)
    await events.revised(tx, "feed.updated", "Feed", feed_id, revision)
    return revision


async def archive_feed(tx: Tx, feed_id: UUID, expected_version: int | None = None) -> Revision:
    """Puts a feed away; whoever goes on sending is told that it is closed."""
    return await _put_away(tx, feed_id, await tx.now(), expected_version)


async def unarchive_feed(tx: Tx, feed_id: UUID, expected_version: int | None = None) -> Revision:
    """Brings a feed back under its old key."""
    return await _put_away(tx, feed_id, None, expected_version)


async def _put_away(tx: Tx, feed_id: UUID, at: datetime | None, expected_version: int | None) -> Revision:
    row = await locked(tx, "feed", "feeds", feed_id, expected_version)
    if (row["archived_at"] is None) == (at is None):
        return Revision({}, row["version"])
    revision = await revise(tx, "feed", "feeds", row, {"archived_at": at})
    await events.note(tx, "feed.archived" if at else "feed.unarchived", "Feed", feed_id, version=revision.version)
    return revision


async def find_feed(db: Database, key: str) -> Feed:
    """The feed behind a public key. UnknownFeed, FeedClosed."""
    found = await db.control("SELECT f.workspace_id, f.feed_id FROM lw_feed($1) f", key) if key.isascii() and key.isalnum() and len(key) <= 60 else []
    if not found:
        raise UnknownFeed()
    async with db.read(Actor.system(found[0]["workspace_id"])) as tx:
        return await read_feed(tx, found[0]["feed_id"])


async def read_feed(tx: Tx, feed_id: UUID) -> Feed:
    """UnknownFeed, FeedClosed."""
    columns = ", ".join(f"f.{name}" for name in COLUMNS)
    row = await tx.row(
        f"SELECT f.id, f.key, {columns}, f.archived_at, f.secret_key_id, f.secret_ciphertext, f.token_key_id, f.token_ciphertext FROM feeds f "
        "WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, feed_id)  # fmt: skip
    if row is None:
        raise UnknownFeed()
    if row["archived_at"] or not row["is_active"]:
        raise FeedClosed()
    secret = secrets.decrypt(PURPOSE, row["secret_key_id"], row["secret_ciphertext"]) if row["secret_ciphertext"] else None
    token = secrets.decrypt(TOKEN, row["token_key_id"], row["token_ciphertext"]) if row["token_ciphertext"] else None
    return Feed(id=row["id"], workspace=tx.workspace, key=row["key"], secret=secret, token=token, **{name: row[name] for name in COLUMNS})


def _secret(signature: Signature) -> str:
    """One of ours; of Standard Webhooks as its libraries take it."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode() if signature == "STANDARD" else random.token_urlsafe(32)


def _sealed(new: NewFeed, token: str | None) -> tuple[str | None, bytes | None]:
    if token and new.kind not in ANNOUNCING:
        raise BadFeed(field="access_token", problem="Only Meta and LinkedIn announce leads that are to be fetched.", fix="Leave the token out.")
    if token and (len(token) > 4000 or not token.isascii() or any(c.isspace() or not c.isprintable() for c in token)):
        raise BadFeed(field="access_token", problem="This is no access token.", fix="Give it as the vendor shows it, without blanks.")
    return secrets.encrypt(TOKEN, token.encode()) if token else (None, None)


async def _columns(tx: Tx, new: NewFeed) -> dict[str, Any]:
    name = clean(new.name, limit=200)
    if not name:
        raise BadFeed(field="name", problem="A feed needs a name.")
    if new.intent not in INTENTS:
        raise BadFeed(field="intent", problem=f'"{new.intent}" is not an intent.', fix=f"Use one of {', '.join(INTENTS)}.")
    if new.country and country_code(new.country) != new.country:
        raise BadFeed(field="country", problem=f'"{new.country[:40]}" is no code of a country.', fix="Give two letters, such as DE.")
    if new.kind in VENDORS and new.signature != "NONE":
        raise BadFeed(field="signature", problem="How a vendor signs is known; leave it out.")
    if new.kind == "EVENTS" and new.signature == "NONE":
        raise BadFeed(field="signature", problem="Events of others are taken signed alone.", fix="Use STANDARD, or HMAC where the sender knows no other.")
    if new.signature_header and not all(part.isalnum() and part.isascii() for part in new.signature_header.split("-")):
        raise BadFeed(field="signature_header", problem=f'"{new.signature_header[:60]}" is no name of a header.')
    for place in ("items", "external_id"):
        if getattr(new, place):
            pointer(getattr(new, place), place)
    await require(
        tx, Named("source", "sources", new.source_id, "source_id"), Named("campaign", "campaigns", new.campaign_id, "campaign_id"),
        Named("user", "users", new.owner_id, "owner_id"))  # fmt: skip
    mapping = _mapping(new)
    if unknown := await own_values.known(tx, mapping):
        raise BadFeed(field=f"mapping.{unknown[:60]}", problem=f'Leads have no field of their own "{unknown[:80]}".', fix="Define it for leads first.")
    return {one: getattr(new, one) for one in COLUMNS} | {"name": name, "mapping": mapping}


def _mapping(new: NewFeed) -> dict[str, list[str]]:
    if len(new.mapping) > MOST_MAPPED:
        raise BadFeed(field="mapping", problem=f"At most {MOST_MAPPED} fields are mapped.")
    found: dict[str, list[str]] = {}
    for name, places in new.mapping.items():
        if name not in FIELDS and name not in TOUCH and not name.startswith(PREFIX):
            raise BadFeed(field=f"mapping.{name[:60]}", problem=f'There is no field "{name[:60]}".', fix=f"Use one of {', '.join((*FIELDS, *TOUCH))}.")
        listed = [places] if isinstance(places, str) else places
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_PLACES or not all(isinstance(one, str) and one for one in listed):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadFeed(field=f"mapping.{name}", problem=f"A field is filled from 1 to {MOST_PLACES} places, each a text.")
        found[name] = [one if new.kind in VENDORS else pointer(one, f"mapping.{name}") for one in listed]
    return found
