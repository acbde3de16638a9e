"""The shape in which other systems tell what happened, read from raw bytes and checked as a whole before anything is written. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
import orjson

from leadwell.base.amounts import minor_of
from leadwell.base.identity import Email, parse_email
from leadwell.base.refusals import Refusal
from leadwell.people.register import external_keys

Type = Literal[
    "ticket.opened", "ticket.updated", "ticket.closed", "product.used", "purchase.made", "purchase.refunded", "mail.replied", "mail.bounced", "mail.complained",
    "mail.opened", "mail.clicked", "mail.unsubscribed"]
MOST, LONGEST_ID, LONGEST_TEXT = 500, 200, 10_000
OF_OURS = frozenset({"mail.replied", "mail.bounced", "mail.complained"})       # the fate of a mail of ours; other mail events are of mail that others sent
OF_NOBODY = frozenset({"purchase.refunded", "mail.unsubscribed", *OF_OURS})    # they name what they are about


class BadHappenings(Refusal):
    """What was sent cannot be read: {problem}."""

    fix = 'Send {{"events": [{{"id": "…", "type": "ticket.opened", "at": "2026-01-31T12:00:00Z", "person": {{"email": "…"}}, "data": {{}}}}]}} in UTF-8.'
    status = 400


class Person(msgspec.Struct, rename="camel", frozen=True):
    """Who it is about: by address, or by the id another system (`system`) gives them. The rest is for a lead that is made of a stranger."""

    email: str | None = None
    external_id: str | None = None
    system: str = "external"
    name: str | None = None
    phone: str | None = None
    company_name: str | None = None


class Happening(msgspec.Struct, rename="camel", frozen=True):
    """One thing that happened. `id` is the other system's: it is taken once."""

    id: str
    type: Type
    at: datetime | None = None
    person: Person = Person()
    data: dict[str, Any] = {}

    @property
    def address(self) -> str | None:
        """The person's, if it is valid."""
        email = parse_email(self.person.email) if self.person.email else None
        return self.person.email if isinstance(email, Email) else None

    @property
    def keys(self) -> list[tuple[str, str]]:
        """What makes the person known, as in person_keys."""
        email = parse_email(self.person.email) if self.person.email else None
        address = [("EMAIL", email.match_key)] if isinstance(email, Email) else []
        outside = external_keys([(self.person.system, self.person.external_id)]) if self.person.external_id else []
        return [*address, *(("EXTERNAL", key) for key in outside)]

    @property
    def digest(self) -> bytes:
        """Of its content, whatever the order of keys or the blanks between them."""
        return hashlib.sha256(orjson.dumps(self.as_json(), option=orjson.OPT_SORT_KEYS)).digest()

    def as_json(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)

    def text(self, name: str, most: int = LONGEST_TEXT) -> str | None:
        """A text of its data; None where there is none."""
        value = self.data.get(name)
        return str(value).strip()[:most] or None if isinstance(value, str | int | float) and not isinstance(value, bool) else None

    @property
    def amount_minor(self) -> int:
        """Of a purchase; a refund is negative whichever way it was told."""
        minor = abs(minor_of(self.data.get("amount"), str(self.data.get("currency"))))
        return -minor if self.type == "purchase.refunded" else minor


class Batch(msgspec.Struct, frozen=True):
    events: list[Happening]


def read(raw: bytes) -> list[Happening]:
    """BadHappenings, with the path of what is wrong."""
    if b"\0" in raw or b"\\u0000" in raw:
        raise BadHappenings(problem="it holds NUL characters")
    try:
        told = msgspec.json.decode(raw, type=Batch).events
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadHappenings(problem=str(error)[:200].rstrip(".") or "it is nested too deeply") from None
    if len(told) > MOST:
        raise BadHappenings(field="events", problem=f"there are {len(told)} events, and {MOST} are taken at once", fix="Send them in several requests.")
    for i, one in enumerate(told):
        if why := _wrong(one):
            raise BadHappenings(field=f"events.{i}.{why[0]}", problem=f"event {i} {why[1]}")
    return told


def _wrong(one: Happening) -> tuple[str, str] | None:
    if not one.id.strip() or len(one.id) > LONGEST_ID:
        return "id", f"needs an id of at most {LONGEST_ID} characters"
    if one.at is not None and one.at.tzinfo is None:
        return "at", "says when without an offset from UTC"
    if one.type not in OF_NOBODY and not one.keys:
        return "person", "names nobody by a valid email address or externalId"
    if one.type == "mail.unsubscribed" and one.address is None:
        return "person.email", "names no valid email address"
    if one.type in OF_OURS and not one.text("messageId"):
        return "data.messageId", "needs the Message-ID of our mail"
    return _wrong_money(one) if one.type.startswith("purchase.") else None


def _wrong_money(one: Happening) -> tuple[str, str] | None:
    currency: Any = one.data.get("currency")
    try:
        if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper() and one.amount_minor):
            raise ValueError("it is zero, or its currency is not three capital letters")
    except (ValueError, TypeError, ArithmeticError) as error:
        return "data.amount", f"has an amount that cannot be read: {error}"
    if one.type == "purchase.refunded" and not one.text("refundOf"):
        return "data.refundOf", "needs refundOf, the id under which the purchase was told"
    items = one.data.get("items", [])
    fine = isinstance(items, list) and all(isinstance(item, Mapping) for item in items)  # pyright: ignore[reportUnknownVariableType]
    return None if fine else ("data.items", "needs items that are a list of objects")
