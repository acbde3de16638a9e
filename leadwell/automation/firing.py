"""Lets automations act: events and dates put work, and each record has its actions once an occasion, after its filter was asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell import work
from leadwell.access.sees import Everything, Sees
from leadwell.automation.acting import Acting, perform
from leadwell.automation.rights import Authors, author_of
from leadwell.automation.rules import Rule, parse, person_of
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.events import hushed

MOST_HOPS = 5    # automations that set one another off
LIVE = """SELECT a.id, a.cursor_at, v.id AS version_id, v.rule, v.credential FROM automations a
JOIN automation_versions v ON v.workspace_id = $1 AND v.id = a.live_version_id
WHERE a.workspace_id = $1 AND a.state = 'LIVE' AND a.archived_at IS NULL ORDER BY a.id"""
RUN = """INSERT INTO automation_runs (workspace_id, id, automation_id, version_id, noun, record_id, occasion, hops, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, automation_id, record_id, occasion) DO NOTHING RETURNING id"""
BEHIND = {"Lead": "leads", "Contact": "contacts"}


@dataclass(frozen=True, slots=True)
class Live:
    """An automation in use."""

    id: UUID
    version_id: UUID
    rule: Rule
    cursor_at: datetime
    credential: str | None = None


async def live(tx: Tx) -> list[Live]:
    """Those in use; one whose rule can no longer be read is passed over."""
    found: list[Live] = []
    for row in await tx.fetch(LIVE, tx.workspace):
        try:
            found.append(Live(row["id"], row["version_id"], parse(row["rule"]), row["cursor_at"] or await tx.now(), row["credential"]))
        except Refusal:
            continue
    return found


async def hear(tx: Tx, told: Sequence[Any]) -> int:
    """Puts the work of automations that these events concern; returns how much. What `MOST_HOPS` automations led to sets off no other."""
    loud = [event for event in told if event["hops"] < MOST_HOPS and not hushed(event["data"], "AUTOMATION")]
    pairs = [(one, event) for one in (await live(tx) if loud else ()) for event in loud if one.rule.hears(event)]
    await work.put(tx, *(_job(one, str(event["id"]), event["hops"], record=event["record_id"], person=person_of(event)) for one, event in pairs))
    return len(pairs)


def _job(one: Live, occasion: str, hops: int, record: UUID, person: UUID | None = None) -> work.NewJob:
    of = {"person_id": str(person)} if one.rule.of_people else {"record_id": str(record)}
    payload = {"automation_id": str(one.id), "version_id": str(one.version_id), "occasion": occasion, "hops": hops, **of}
    return work.NewJob("assign", "assign.automation", payload, key=f"{one.id}:{record}:{occasion}")


async def reach(tx: Tx) -> int:
    """Puts the work of automations on dates that were reached since they last looked; returns how much."""
    now, count = await tx.now(), 0
    for one in await live(tx):
        if one.rule.on == "DATE_REACHED" and one.cursor_at < now:
            try:
                ids = await matching_ids(tx, CATALOG[one.rule.noun], reached(one.rule, one.cursor_at, now), Everything(tx.workspace))
            except Refusal:   # a field of its filter is gone
                continue
            await work.put(tx, *(_job(one, f"{one.rule.field}:{now.isoformat()}", 0, record=id) for id in ids))
            await tx.execute("UPDATE automations SET cursor_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, one.id, now)
            count += len(ids)
    return count


def reached(rule: Rule, since: datetime, now: datetime) -> dict[str, Any]:
    """The filter of records whose date, moved by the offset, lies behind `since` and not behind `now`."""
    assert rule.field is not None
    low, high = since - rule.offset, now - rule.offset
    if CATALOG[rule.noun].columns[rule.field].kind == "date":
        return {"AND": [dict(rule.where), {rule.field: {"gt": low.date().isoformat(), "lte": high.date().isoformat()}}]}
    return {"AND": [dict(rule.where), {rule.field: {"gt": low.isoformat(), "lte": high.isoformat()}}]}


async def run(tx: Tx, payloads: Sequence[Mapping[str, Any]]) -> int:
    """Acts on each record that still matches, once an occasion; what is refused is kept with the reason. Returns how many records were acted on."""
    acting, known, authors = 0, {one.id: one for one in await live(tx)}, Authors()
    for given in payloads:
        one = known.get(UUID(given["automation_id"]))
        if one is None or one.version_id != UUID(given["version_id"]):
            continue   # paused, or another version by now
        ids = await _records(tx, one.rule, given)
        by = Acting(one.id, one.rule, await author_of(tx, one.credential, authors))
        for id in ids:
            acting += await _act(tx, one, by, id, given)
    return acting


async def _records(tx: Tx, rule: Rule, given: Mapping[str, Any]) -> list[UUID]:
    """The records that the occasion is about and that match."""
    ids = [UUID(given["record_id"])] if "record_id" in given else []
    if "person_id" in given:
        sql = f"SELECT x.id FROM {BEHIND[rule.noun]} x WHERE x.workspace_id = $1 AND x.person_id = $2"
        ids = [row["id"] for row in await tx.fetch(sql, tx.workspace, UUID(given["person_id"]))]
    try:
        return await matching_ids(tx, CATALOG[rule.noun], dict(rule.where), Everything(tx.workspace), ids=ids) if ids else []
    except Refusal:   # a field of its filter is gone
        return []


async def _act(tx: Tx, one: Live, by: Acting, record_id: UUID, given: Mapping[str, Any]) -> bool:
    id, now, hops = uuid7(), await tx.now(), int(given["hops"]) + 1
    if not await tx.value(RUN, tx.workspace, id, one.id, one.version_id, one.rule.noun, record_id, given["occasion"], hops, now):
        return False
    before, tx.actor = tx.actor, tx.actor.caused_by(id, hops)
    try:
        results = [await perform(tx, by, record_id, act) for act in one.rule.acts]
    finally:
        tx.actor = before
    await tx.execute("UPDATE automation_runs SET results = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, results)
    return True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do: how many records match its filter now, and how often it would have acted in the last 30 days."""

    matching: int
    acting: int
    actions: Mapping[str, int]


async def preview(tx: Tx, rule: Rule, viewer: Sees | None = None) -> Preview:
    """Counts without acting, among the records that the viewer sees. Of a past occasion the filter is asked as things are now."""
    seeing, noun, now = viewer or Everything(tx.workspace), CATALOG[rule.noun], await tx.now()
    ids = set(await matching_ids(tx, noun, dict(rule.where), seeing))
    since = now - timedelta(days=30)
    if rule.on == "DATE_REACHED":
        acting = len(await matching_ids(tx, noun, reached(rule, since, now), seeing))
    else:
        sql = "SELECT e.kind, e.noun, e.record_id, e.person_id, e.data FROM events e WHERE e.workspace_id = $1 AND e.kind = ANY($2::text[]) AND e.at > $3"
        heard = [event for event in await tx.fetch(sql, tx.workspace, list(rule.events), since) if rule.hears(event)]
        acting = sum(event["record_id"] in ids for event in heard) if not rule.of_people else await _of_people(tx, rule, ids, heard)
    return Preview(len(ids), acting, {act.kind: acting for act in rule.acts})


async def _of_people(tx: Tx, rule: Rule, ids: set[UUID], heard: Sequence[Any]) -> int:
    sql = f"SELECT x.id, x.person_id FROM {BEHIND[rule.noun]} x WHERE x.workspace_id = $1 AND x.person_id = ANY($2::uuid[])"
    people = [row["person_id"] for row in await tx.fetch(sql, tx.workspace, [person_of(event) for event in heard]) if row["id"] in ids]
    return sum(people.count(person_of(event)) for event in heard)
