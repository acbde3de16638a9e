"""Fetches leads from a mailbox: each feed of kind EMAIL has an address of its own, by what stands behind the plus, or as an alias."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.tx import Database
from leadwell.capture.feeds import Feed, FeedClosed, UnknownFeed, find_feed
from leadwell.capture.inbound import take_mail
from leadwell.capture.mails import MailIn, read_raw
from leadwell.files import Store

log = logging.getLogger(__name__)
MOST_LETTERS = 10
LARGEST_MAIL = 5 * 1024 * 1024


class MailboxAway(Unavailable):
    """The mailbox at {server} cannot be read: {why}."""

    fix = "Check LEADWELL_INBOX_URL and the server; it is tried again by itself."


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it came, by the mailbox's own number."""

    uid: str
    raw: bytes


class Mailbox(Protocol):
    """The port. A letter stays unread until `done`, so one whose taker died comes again; its Message-ID makes it one submission all the same."""

    async def fetch(self, most: int) -> list[Letter]: ...

    async def done(self, uids: Sequence[str]) -> None: ...

    async def close(self) -> None: ...


async def poll(db: Database, mailbox: Mailbox, store: Store | None = None) -> int:
    """Takes what is unread and returns how many letters that were. What nobody's address is on, or nobody can read, counts as read and is logged;
    it stays in the mailbox. MailboxAway, Unavailable: nothing more is taken, and what was not taken comes again."""
    letters = await mailbox.fetch(MOST_LETTERS)
    for letter in letters:
        try:
            await _take(db, letter, store)
        except Unavailable:
            raise
        except Refusal as refusal:
            log.warning("letter %s of the mailbox is left as it is: %s", letter.uid, refusal)
        await mailbox.done([letter.uid])
    return len(letters)


async def _take(db: Database, letter: Letter, store: Store | None) -> None:
    mail = read_raw(letter.raw)
    if len(letter.raw) >= LARGEST_MAIL:   # what stands last was cut off
        mail = replace(mail, attachments=mail.attachments[:-1])
    feed = await _feed_of(db, mail)
    await take_mail(db, Actor.system(feed.workspace), feed, mail, hashlib.sha256(letter.raw).hexdigest(), store)


async def _feed_of(db: Database, mail: MailIn) -> Feed:
    """The first feed that an address of the mail names. UnknownFeed."""
    for key in keys(mail.recipients):
        try:
            feed = await find_feed(db, key)
        except (UnknownFeed, FeedClosed):
            continue
        if feed.kind == "EMAIL":
            return feed
    raise UnknownFeed()


def keys(recipients: Sequence[str]) -> list[str]:
    """What addresses may name: leads+KEY@example.com, or KEY@example.com. Pure."""
    locals_ = [address.rpartition("@")[0].casefold() for address in recipients]
    return list(dict.fromkeys(local.partition("+")[2] or local for local in locals_))
