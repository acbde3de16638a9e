"""What a reader gets: each topic, a pause, and whether their mail is tracked; by the address alone, so it works for people who were erased."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.consent.rules import Act, verdict

PAUSES = (30, 90)


class NoSuchPause(Refusal):
    """A break lasts {days} days here."""

    fix = "Choose 30 or 90."


@dataclass(frozen=True, slots=True)
class TopicWish:
    """A topic, and whether the address gets mail about it."""

    id: UUID
    name: str
    subscribed: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """`language` is the reader's, where we know it; `paused_until` None: no pause."""

    topics: tuple[TopicWish, ...]
    paused_until: datetime | None
    tracked: bool
    language: str | None = None


async def preferences(tx: Tx, address_hash: bytes, named: UUID, send_id: UUID | None = None) -> Preferences:
    """The topic of the mail first, then every other one that somebody can leave."""
    rows, now = await tx.fetch(load(__name__, "preferences"), tx.workspace, address_hash, named, send_id), await tx.now()
    topics = tuple(
        TopicWish(r["id"], r["name"], verdict(r["kind"], r["basis"], Act(r["state"], r["act_basis"], r["expires_at"]) if r["state"] else None,
                                              r["suppressions"], now) is None)
        for r in rows)  # fmt: skip
    address = await tx.row("SELECT a.paused_until, a.untracked FROM mail_addresses a WHERE a.workspace_id = $1 AND a.hash = $2", tx.workspace, address_hash)
    until = address["paused_until"] if address and address["paused_until"] and address["paused_until"] > now else None
    return Preferences(topics, until, not (address and address["untracked"]), rows[0]["language"] if rows else None)
