"""Mail to one: what a person writes to another through the same ledger, and a test to a user of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import consent, delivery
from leadwell.base.identity import Email, parse_email
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, require
from leadwell.base.tx import Tx
from leadwell.broadcasts.refusals import BadLetter, MailNotAllowed, NoAddress, NotOfUs
from leadwell.templates import Words, checked, facts_of, words, words_of
from leadwell.templates.previewing import LINK

MOST_TESTS = 10
NOBODY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A mail to one person: a template, or words of its own. `topic_id` None takes the first topic of sales; `sender_id` None the user's own sender, or the
    default one; `answers_id` is the mail whose thread it goes on with."""

    person_id: UUID
    template_id: UUID | None = None
    words: Words | None = None
    topic_id: UUID | None = None
    sender_id: UUID | None = None
    answers_id: UUID | None = None


async def send_email(tx: Tx, letter: NewLetter, user_id: UUID | None, *, mail_from: str) -> UUID:
    """Plans one mail of class ONE_TO_ONE and returns its send. NotFound, NoAddress, MailNotAllowed (with the reason), BadLetter, TemplateBroken."""
    if (letter.template_id is None) == (letter.words is None):
        raise BadLetter(field="templateId", why="it is made of a template or of words of its own, of one of them")
    await require(
        tx, Named("template", "templates", letter.template_id, "template_id"), Named("topic", "topics", letter.topic_id, "topic_id"),
        Named("sender", "senders", letter.sender_id, "sender_id"))
    person = await _person(tx, letter.person_id)
    await _answered(tx, letter)
    topic_id = letter.topic_id or await _topic(tx)
    hash = consent.hash_of_normalized(person["normalized"])
    if why := (await consent.standing(tx, [hash], topic_id))[hash] if await consent.ensure(tx, [hash]) else None:
        raise MailNotAllowed(field="personId", why=why, reason=why)
    own = None if letter.words is None else (await checked(tx, letter.words))[0]
    if own is not None and own.parts.get("snippets"):
        raise BadLetter(field="html", why="words of its own take in no snippets", fix="Save it as a template, or write the snippet out.")
    sender_id = letter.sender_id or (await delivery.senders_of(tx, [user_id])).get(user_id) if user_id else letter.sender_id
    id = uuid7()
    await delivery.plan(tx, [delivery.NewSend(
        letter.person_id, person["address"], person["normalized"], topic_id, letter.template_id, mail_class="ONE_TO_ONE", sender_id=sender_id, words=own,
        user_id=user_id, answers_id=letter.answers_id, id=id)], mail_from=mail_from)
    return id


async def _person(tx: Tx, id: UUID) -> Any:
    row = await tx.row(
        "SELECT p.archived_at, e.address, e.normalized FROM people p LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = p.id "
        "AND e.is_primary AND e.is_valid WHERE p.workspace_id = $1 AND p.id = $2 AND p.merged_into IS NULL FOR NO KEY UPDATE OF p", tx.workspace, id)
    if row is None or row["archived_at"]:
        raise NotFound(noun="person", field="personId")
    if row["normalized"] is None:
        raise NoAddress(field="personId")
    return row


async def _answered(tx: Tx, letter: NewLetter) -> None:
    """The mail whose thread it goes on with was to the same person."""
    if letter.answers_id is None:
        return
    person = await tx.value("SELECT s.person_id FROM sends s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, letter.answers_id)
    if person is None or person != letter.person_id:
        raise NotFound(noun="mail to this person", field="replyToId")


async def _topic(tx: Tx) -> UUID:
    found = await tx.value(
        "SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.kind = 'SALES' AND t.archived_at IS NULL ORDER BY t.created_at, t.id LIMIT 1", tx.workspace)
    if found is None:
        raise BadLetter(field="topicId", why="the workspace has no topic of kind SALES", fix="Name a topic.")
    return found


@dataclass(frozen=True, slots=True)
class NewTest:
    """What a test shows: a template or words, as one person would get it (None: with nothing known), to addresses of users (none: to oneself)."""

    template_id: UUID | None = None
    words: Words | None = None
    person_id: UUID | None = None
    to: Sequence[str] = ()


async def send_test(tx: Tx, test: NewTest, user_id: UUID | None, *, mail_from: str) -> list[UUID]:
    """Plans a mail of class TEST to each user named; returns the sends. NotOfUs, NotFound, CannotRender, TemplateBroken, BadLetter."""
    if (test.template_id is None) == (test.words is None):
        raise BadLetter(field="templateId", why="a test shows a template or words, one of them")
    users = await _users(tx, test.to, user_id)
    shown = await words_of(tx, test.template_id) if test.template_id else (await checked(tx, test.words or Words("", "")))[0]
    told = {**await _told(tx, test.person_id), "unsubscribe_url": LINK}
    subject, html, text = words(shown, told)
    final = Words(f"[Test] {subject}", html, text)
    ids = [uuid7() for _ in users]
    await delivery.plan(tx, [
        delivery.NewSend(None, address, normalized, template_id=test.template_id, mail_class="TEST", words=final, user_id=id, id=send)
        for send, (id, address, normalized) in zip(ids, users, strict=True)], mail_from=mail_from)
    return ids


async def _told(tx: Tx, person_id: UUID | None) -> Mapping[str, Any]:
    if person_id is None:
        return NOBODY
    found = (await facts_of(tx, [person_id])).get(person_id)
    if found is None:
        raise NotFound(noun="person", field="personId")
    return found


async def _users(tx: Tx, to: Sequence[str], user_id: UUID | None) -> list[tuple[UUID, str, str]]:
    """Id, address and normalized address of each user meant."""
    if not to and user_id is None:
        raise BadLetter(field="to", why="a key is nobody, so it does not say to whom", fix="Give the address of a user.")
    if len(to) > MOST_TESTS:
        raise BadLetter(field="to", why=f"a test goes to {MOST_TESTS} users at most", fix="Name fewer.")
    rows = await tx.fetch("SELECT u.id, u.email FROM users u WHERE u.workspace_id = $1 AND u.archived_at IS NULL", tx.workspace)
    if not to:
        return [(row["id"], row["email"], _normalized(row["email"])) for row in rows if row["id"] == user_id]
    known = {_normalized(row["email"]): row for row in rows}
    found: dict[str, tuple[UUID, str, str]] = {}
    for i, address in enumerate(to):
        normalized = _normalized(address)
        if normalized not in known:
            raise NotOfUs(field=f"to.{i}", address=address[:100])
        found[normalized] = (known[normalized]["id"], known[normalized]["email"], normalized)
    return list(found.values())


def _normalized(address: str) -> str:
    read = parse_email(address)
    return read.normalized if isinstance(read, Email) else address.strip().casefold()
