"""Senders: the addresses mail leaves from, each by the installation's mail server, by one of its own, or by another channel."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import entries
from leadwell.base import secrets
from leadwell.base.identity import Email, parse_email
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Revision, locked, unnamed
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.delivery import dkim
from leadwell.delivery.port import Route
from leadwell.entries.lists import SENDER

PURPOSE = "sender-secret"
SERVER = ("host", "port", "login", "security", "url")
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*|\[?[0-9a-f:.]{2,45}\]?", re.IGNORECASE)
SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class BadSender(Refusal):
    """{problem}"""


class SenderSecretNeeded(Refusal):
    """Where the sender signs in has changed, so its password has to be said again."""

    fix = "Send the password or secret of the new server along."


class SenderInUse(Refusal):
    """This sender is used by {users}."""

    fix = "Name a replacement, which they then get, or give them another sender first."
    status = 409


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """What has to stand in DNS before receivers believe a signature."""

    name: str
    text: str
    type: str = "TXT"


async def create_sender(tx: Tx, given: Mapping[str, Any], secret: str | None = None, *, production: bool = False) -> UUID:
    """A sender. BadSender, BadEntryField, EntryExists, NotFound."""
    values = _sound({**SENDER.defaults, **{name: value for name, value in given.items() if value is not None}}, bool(secret), production)
    return await entries.create(tx, SENDER, values | _sealed(secret))


async def update_sender(
    tx: Tx, id: UUID, changes: Mapping[str, Any], expected_version: int | None = None, *, secret: str | None = None, production: bool = False
) -> Revision:
    """Changes what is given; a new server closes the breaker and needs its password. BadSender, SenderSecretNeeded, StaleVersion and those of create."""
    await entries.turn(tx, SENDER)
    row = await locked(tx, "sender", "senders", id)
    after = _sound({**{name: row[name] for name in SENDER.defaults}, "name": row["name"], "address": row["address"], **changes},
                   bool(secret or row["secret_ciphertext"]), production)  # fmt: skip
    changed = {name: after[name] for name in after if name in changes or after[name] != row[name]}
    if moved := [name for name in SERVER if after[name] != row[name]]:
        if row["secret_ciphertext"] is not None and secret is None and (after["host"] or after["url"]):
            raise SenderSecretNeeded(field=moved[0])
        changed |= {"failures": 0, "failing_since": None, "retry_at": None, "last_error": None}
    return await entries.update(tx, SENDER, id, changed | _sealed(secret), expected_version)


async def archive_sender(tx: Tx, id: UUID, replacement: UUID | None = None, expected_version: int | None = None) -> Revision:
    """Puts a sender away; mail that is planned still leaves by it. SenderInUse with whoever uses it, where no replacement is named, or none could take
    over: of steps and broadcasts, which name their sender themselves. LastEntry."""
    await entries.turn(tx, SENDER)
    await unnamed(tx, "senders", id)
    await _row(tx, id)
    found = await tx.fetch(load(__name__, "sender_users"), tx.workspace, id)
    if rows := [row for row in found if row["fixed"] or replacement is None]:
        more = {"fix": "Give these another sender first."} if rows[0]["fixed"] else {}
        raise SenderInUse(field="replacementId", users=", ".join(f"{r['kind']} “{r['name']}”" for r in rows[:20]), count=len(rows), **more)
    return await entries.archive(tx, SENDER, id, replacement, expected_version)


async def make_key(tx: Tx, id: UUID, selector: str, domain: str | None = None) -> DnsRecord:
    """A new DKIM key for the sender, by default for the domain of its address. Its mail is signed from now on, so DNS should say the key first where an
    older one is in use: then choose another selector."""
    row = await _row(tx, id)
    signed = (domain or str(row["address"]).rpartition("@")[2]).lower()
    if row["channel"] != "EMAIL" or not SELECTOR.fullmatch(selector) or not HOST.fullmatch(signed) or "." not in signed:
        raise BadSender(field="selector", problem="A key is made for a domain, under a selector of letters, digits and hyphens.", fix='Take "lw1".')
    key = dkim.new_key()
    await entries.update(tx, SENDER, id, {
        "dkim_domain": signed, "dkim_selector": selector.lower(), "dkim_public": key.public, "dkim_key_id": key.key_id, "dkim_ciphertext": key.sealed})
    return DnsRecord(*dkim.record(signed, selector.lower(), key.public))


async def drop_key(tx: Tx, id: UUID) -> Revision:
    """Mail of the sender is no longer signed here."""
    await _row(tx, id)
    return await entries.update(tx, SENDER, id, dict.fromkeys(("dkim_domain", "dkim_selector", "dkim_public", "dkim_key_id", "dkim_ciphertext")))


async def dns_record(tx: Tx, id: UUID) -> DnsRecord | None:
    """What DNS has to say for the sender's key; None where there is none."""
    row = await _row(tx, id)
    return DnsRecord(*dkim.record(row["dkim_domain"], row["dkim_selector"], row["dkim_public"])) if row["dkim_public"] else None


async def route(tx: Tx, id: UUID) -> Route | None:
    """How the sender's messages leave; None: by the installation's server."""
    return route_of(await _row(tx, id))


def route_of(row: Mapping[str, Any]) -> Route | None:
    """From the columns of a sender."""
    if not (row["host"] or row["url"]):
        return None
    sealed = row["secret_ciphertext"]
    return Route(
        row["sender_id"] if "sender_id" in row else row["id"], cast("Literal['EMAIL', 'WEBHOOK']", row["channel"]), row["host"] or "", row["port"] or 0,
        row["login"], row["security"] or "TLS", row["url"] or "", secrets.decrypt(PURPOSE, row["secret_key_id"], sealed).decode() if sealed else None)


async def _row(tx: Tx, id: UUID) -> Mapping[str, Any]:
    row = await tx.row("SELECT s.* FROM senders s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, id)
    if row is None:
        raise NotFound(noun="sender", field="id")
    return dict(row)


def _sealed(secret: str | None) -> dict[str, Any]:
    if not secret:
        return {}
    key_id, sealed = secrets.encrypt(PURPOSE, secret.encode())
    return {"secret_key_id": key_id, "secret_ciphertext": sealed}


def _sound(values: dict[str, Any], secret: bool, production: bool) -> dict[str, Any]:
    """The values as they are kept; BadSender says which of them cannot be."""
    if values["channel"] == "WEBHOOK":
        return _hooked(values, secret, production)
    address = parse_email(values.get("address"))
    if not isinstance(address, Email):
        raise BadSender(field="address", problem=f"“{str(values.get('address'))[:60]}” is not an e-mail address.", fix="Give one such as sales@example.com.")
    if values["url"]:
        raise BadSender(field="url", problem="Only a sender of channel WEBHOOK has an address to post to.", fix="Leave url out.")
    values["address"] = address.display
    if not values["host"]:
        return values | {"port": None, "login": None, "security": None}
    values["security"] = values["security"] or "TLS" if values["port"] == 465 else values["security"] or "STARTTLS"
    values["port"] = values["port"] or (465 if values["security"] == "TLS" else 587)
    if not HOST.fullmatch(values["host"]):
        raise BadSender(field="host", problem=f"“{values['host'][:60]}” is not the name of a server.", fix="Give a name such as smtp.example.com.")
    if values["security"] == "NONE" and not is_loopback(values["host"]):
        raise BadSender(field="security", problem="Mail and password would travel in the open.", fix="Take TLS or STARTTLS; NONE is for this machine alone.")
    if values["login"] and not secret:
        raise BadSender(field="password", problem="To sign in takes a password.", fix="Send the password along.")
    return values


def _hooked(values: dict[str, Any], secret: bool, production: bool) -> dict[str, Any]:
    parts = urlsplit(values["url"] or "")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or (production and parts.scheme != "https"):
        raise BadSender(field="url", problem="Messages are posted to an https:// URL without user name.", fix="Give the URL of the other system.")
    if not secret:
        raise BadSender(field="password", problem="What is posted is signed with a secret.", fix="Send one along: any text of 24 characters or more.")
    if values["host"] or values["is_default"]:
        raise BadSender(field="host" if values["host"] else "isDefault", problem="A sender of channel WEBHOOK has no mail server and is never the default one.",
                        fix="Leave it out.")  # fmt: skip
    return values


def is_loopback(host: str) -> bool:
    """Whether a name stands for this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
