"""Takes what happened: proven on its raw bytes, read as a whole, each event once; a repeat answers what the first one did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from leadwell import capture
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture.feeds import Feed
from leadwell.capture.signatures import verify
from leadwell.happenings.following import follow, people_of
from leadwell.happenings.telling import OF_NOBODY, Happening, read

TOGETHER = 50   # events of one transaction


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event. WAITING: nobody is known by that address or id yet. REFUSED: nothing was written, and the same id may come again.
    `record` is the purchase, activity or send, with its noun."""

    id: str
    state: Literal["TAKEN", "WAITING", "IGNORED", "REFUSED"]
    reason: str | None = None
    person: UUID | None = None
    record: tuple[str, UUID] | None = None

    def as_json(self) -> dict[str, Any]:
        record = [self.record[0], str(self.record[1])] if self.record else None
        return {"state": self.state, "reason": self.reason, "person": self.person and str(self.person), "record": record}

    @classmethod
    def of(cls, id: str, kept: Mapping[str, Any]) -> "Taken":
        record = kept.get("record")
        person = UUID(kept["person"]) if kept.get("person") else None
        return cls(id, kept["state"], kept.get("reason"), person, (record[0], UUID(record[1])) if record else None)


async def take(db: Database, actor: Actor, feed: Feed, headers: Mapping[str, str], raw: bytes, *, now: float) -> list[Taken]:
    """BadSignature and BadHappenings, then nothing is written; else what became of each event, in order."""
    verify(feed, headers, raw, now)
    told = read(raw)
    if feed.strangers == "CREATE_LEAD":
        await _introduce(db, actor, feed, told)
    found: list[Taken] = []
    for i in range(0, len(told), TOGETHER):
        found += await _some(db, actor, feed, told[i:i + TOGETHER])
    return found


async def _some(db: Database, actor: Actor, feed: Feed, told: Sequence[Happening]) -> list[Taken]:
    """In one transaction; when one is refused, each in its own, so that it is refused alone."""
    try:
        return await db.run(actor, lambda tx: take_in(tx, feed, told), replayable=True)
    except Unavailable:
        raise
    except Refusal as refusal:
        if len(told) == 1:
            return [Taken(told[0].id, "REFUSED", f"{refusal.code}: {refusal.message}")]
        return [one for single in told for one in await _some(db, actor, feed, [single])]


async def take_in(tx: Tx, feed: Feed, told: Sequence[Happening]) -> list[Taken]:
    """The verb: an id that is new is taken, one that is known answers what it became; refused when it comes with other content."""
    by = {one.id: one for one in reversed(told)}
    ids = {id: uuid7() for id in sorted(by)}
    keys = {id: by[id].keys for id in ids}
    rows = [{"id": ids[id], "external_id": id, "type": by[id].type, "digest": by[id].digest.hex(), "at": by[id].at} for id in ids]
    won = {row["external_id"] for row in await tx.fetch(load(__name__, "claim"), tx.workspace, feed.id, rows, await tx.now())}
    people = await people_of(tx, [key for id in won for key in keys[id]])
    done = {id: await follow(tx, feed, by[id], next((people[key] for key in keys[id] if key in people), None)) for id in by if id in won}
    settled = [Taken(id, *what) for id, what in done.items()]
    await keep(tx, [(ids[one.id], one, by[one.id]) for one in settled])
    known = await _known(tx, feed, [by[id] for id in by if id not in won])
    return [next(one for one in settled if one.id == told_one.id) if told_one.id in done else known[told_one.id] for told_one in told]


async def keep(tx: Tx, settled: Sequence[tuple[UUID, Taken, Happening]]) -> None:
    """What became of them; the event itself only while it waits."""
    rows = [
        {"id": id, "state": one.state, "outcome": one.as_json(), "body": told.as_json() if one.state == "WAITING" else None,
         "kinds": [kind for kind, _ in told.keys] if one.state == "WAITING" else [],
         "keys": [key for _, key in told.keys] if one.state == "WAITING" else []} for id, one, told in settled]  # fmt: skip
    if rows:
        await tx.execute(load(__name__, "keep"), tx.workspace, rows, await tx.now())


async def _known(tx: Tx, feed: Feed, told: Sequence[Happening]) -> dict[str, Taken]:
    if not told:
        return {}
    sql = "SELECT h.external_id, h.digest, h.outcome FROM happenings h WHERE h.workspace_id = $1 AND h.feed_id = $2 AND h.external_id = ANY($3::text[])"
    rows = {row["external_id"]: row for row in await tx.fetch(sql, tx.workspace, feed.id, [one.id for one in told])}
    return {one.id: _again(one, rows[one.id]) for one in told}


def _again(one: Happening, row: Any) -> Taken:
    if row["digest"] != one.digest.hex():
        return Taken(one.id, "REFUSED", "EVENT_DIFFERS: An event with this id was told before, with other content.")
    return Taken.of(one.id, row["outcome"])


async def _introduce(db: Database, actor: Actor, feed: Feed, told: Sequence[Happening]) -> None:
    """Leads of people nobody knows; asked twice they are made once. Whoever buys is made a contact by the purchase itself."""
    new = [one for one in told if one.type not in OF_NOBODY and one.type != "purchase.made"]
    async with db.read(actor) as tx:
        known = await people_of(tx, [key for one in new for key in one.keys])
    strangers = {one.keys[0]: one for one in new if not any(key in known for key in one.keys)}
    if strangers:
        await capture.submit(db, actor, [_lead(feed, one) for one in strangers.values()])


def _lead(feed: Feed, one: Happening) -> capture.Submission:
    who = one.person
    said = {"email": who.email, "externalId": who.external_id, "name": who.name, "phone": who.phone, "company": who.company_name}
    defaults = capture.Defaults(
        None if feed.source_id else feed.name, feed.source_id, feed.campaign_id, feed.owner_id, None, feed.country, system=who.system, subject=feed.name)
    return capture.Submission(
        "WEBHOOK", {name: value for name, value in said.items() if value}, feed.intent, defaults=defaults, dedupe_key=f"happening:{feed.id}:{one.digest.hex()}")


