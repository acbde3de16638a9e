"""How long what is kept: rules of a workspace, off until somebody sets them, run every night in batches, each run with a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import dedupe, events, work
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.base.workspace import workspace_facts
from leadwell.privacy import engine, erasing, requests
from leadwell.privacy.refusals import BadRetention
from leadwell.privacy.scope import Scope, scope
from leadwell.privacy.table import Part, blanked, gone
from leadwell.privacy.tending import tend

JOB = "transfer.retain"
CROWD = 100     # people erased together
OLD = "{t}.created_at < $2"
BODIES: Mapping[str, tuple[Part, ...]] = {   # $2: what is older
    "SUBMISSIONS": (
        blanked("submissions", "{t}.received_at < $2 AND {t}.state = 'PROCESSED'", "dedupe_key ip user_agent reason", payload="'{}'"),
        gone("import_errors", "{t}.import_id IN (SELECT i.id FROM imports i WHERE i.workspace_id = $1 AND i.updated_at < $2)",
             "import_id", "row_number", "column_name"),
        gone("import_rows", "{t}.created_at < $2 AND {t}.import_id IN (SELECT i.id FROM imports i WHERE i.workspace_id = $1 AND i.state = 'DONE')",
             "import_id", "first_row"),
    ),
    "MAIL_BODIES": (
        blanked("activities", "{t}.at < $2 AND {t}.kind IN ('EMAIL', 'REPLY', 'BOUNCE')", "body", keeper=True),
        blanked("inbound_messages", "{t}.at < $2 AND {t}.state <> 'PARKED'", "letter subject"),
    ),
    "WEBHOOK_BODIES": (
        blanked("webhook_deliveries", f"{OLD} AND {{t}}.state <> 'PENDING'", "response error", body="'{\"erased\": true}'", tries="'[]'"),
    ),
    "VISITORS": (
        gone("page_views", "{t}.at < $2"),
        gone("visitors", "{t}.seen_at < $2"),
        blanked("touchpoints", "{t}.at < $2", "utm_term utm_content click_id referrer page"),
        blanked("activities", "{t}.at < $2 AND {t}.kind = 'PAGE_VIEW'", "subject body", keeper=True, data="'{}'"),
        Part("activity_participants", "{t}.at < $2 AND {t}.kind = 'PAGE_VIEW'", {"subject": "NULL"}, ("activity_id", "person_id")),
    ),
}  # fmt: skip
STRANGER = (
    "NOT EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = p.id) "
    "AND NOT EXISTS (SELECT 1 FROM purchases b WHERE b.workspace_id = $1 AND b.person_id = p.id) AND p.merged_into IS NULL AND p.kind <> 'ANONYMOUS'")
WITHOUT = "NOT EXISTS (SELECT 1 FROM leads o WHERE o.workspace_id = $1 AND o.person_id = p.id AND {})"
CONDITIONS: Mapping[str, str] = {   # whose person p goes, by a lead l of theirs
    "JUNK_LEADS": "l.state = 'JUNK' AND l.closed_at < $2 AND " + WITHOUT.format("(o.state IN ('OPEN', 'CONVERTED') OR o.closed_at >= $2)"),
    "IDLE_LEADS": (
        "l.state IN ('OPEN', 'JUNK') AND greatest(l.created_at, l.status_since, p.last_activity_at) < $2 AND "
        + WITHOUT.format("(o.state = 'CONVERTED' OR greatest(o.created_at, o.status_since) >= $2)")
        + " AND NOT EXISTS (SELECT 1 FROM consents g WHERE g.workspace_id = $1 AND g.person_id = p.id AND g.state = 'GRANTED')"
        " AND NOT EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = p.id AND e.state = 'ACTIVE')"
        " AND NOT EXISTS (SELECT 1 FROM tasks k WHERE k.workspace_id = $1 AND k.person_id = p.id AND k.state IN ('OPEN', 'SCHEDULED'))"),
}  # fmt: skip
KINDS = (*BODIES, *CONDITIONS)
DUE = (
    "SELECT DISTINCT p.id FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id "
    "WHERE l.workspace_id = $1 AND l.created_at < $2 AND l.archived_at IS NULL AND {} AND " + STRANGER)
WANTED = (
    "SELECT EXISTS (SELECT FROM retention_rules r WHERE r.workspace_id = $1) OR EXISTS ("
    "SELECT FROM privacy_requests q WHERE q.workspace_id = $1 AND q.state = 'RUNNING' AND q.kind = 'RETENTION')")
CHOSEN = (
    "SELECT r.kind FROM retention_rules r WHERE r.workspace_id = $1 UNION "
    "SELECT q.rule FROM privacy_requests q WHERE q.workspace_id = $1 AND q.state = 'RUNNING' AND q.kind = 'RETENTION'")
BEFORE = "SELECT lw_clock($1) - make_interval(months => r.months) FROM retention_rules r WHERE r.workspace_id = $1 AND r.kind = $2"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one thing is kept; `months` None: for good. `due`: how many people or rows are older, where that was asked."""

    kind: str
    months: int | None
    due: int | None = None


async def rules(tx: Tx) -> list[Rule]:
    """Every kind there is."""
    rows = await tx.fetch("SELECT r.kind, r.months FROM retention_rules r WHERE r.workspace_id = $1", tx.workspace)
    chosen = {row["kind"]: row["months"] for row in rows}
    return [Rule(kind, chosen.get(kind)) for kind in KINDS]


async def choose(tx: Tx, kind: str, months: int | None) -> None:
    """Keeps one thing for so many months from now on, or for good. BadRetention."""
    if kind not in KINDS or (months is not None and not 1 <= months <= 240):
        raise BadRetention(field="months", value=str(months), kind=kind[:60])
    before = await tx.value("SELECT r.months FROM retention_rules r WHERE r.workspace_id = $1 AND r.kind = $2", tx.workspace, kind)
    if before == months:
        return
    if months is None:
        await tx.execute("DELETE FROM retention_rules WHERE workspace_id = $1 AND kind = $2", tx.workspace, kind)
    else:
        await tx.execute(
            "INSERT INTO retention_rules (workspace_id, kind, months, actor, updated_at) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (workspace_id, kind) DO UPDATE SET months = $3, actor = $4, updated_at = $5",
            tx.workspace, kind, months, str(tx.actor), await tx.now())
        await _night(tx)
    await events.note(tx, "retentionRule.set", "Workspace", tx.workspace, data={"kind": kind, "changes": {"months": [before, months]}})


async def preview(tx: Tx, kind: str, months: int) -> int:
    """How many people, or rows of body rules, would go tonight. BadRetention."""
    if kind not in KINDS or not 1 <= months <= 240:
        raise BadRetention(field="months", value=str(months), kind=kind[:60])
    before = await tx.value("SELECT lw_clock($1) - make_interval(months => $2::int)", tx.workspace, months)
    if kind in CONDITIONS:
        return await tx.value(f"SELECT count(*) FROM ({DUE.format(CONDITIONS[kind])}) d", tx.workspace, before)
    return sum([await tx.value(engine.counting(part, 1), tx.workspace, before) for part in BODIES[kind]])


async def plan(tx: Tx) -> None:
    """Makes sure that what was asked goes on although its job died, and that the next night's run is planned."""
    await tend(tx)
    await _night(tx)


async def _night(tx: Tx) -> None:
    """One job for the next night, where a rule is set or a run is under way."""
    if await tx.value(WANTED, tx.workspace):
        at = dedupe.next_night(await tx.now(), (await workspace_facts(tx)).time_zone)
        await work.put(tx, work.NewJob("transfer", JOB, {}, key="night", run_at=at, priority=work.BULK))


async def perform(db: Database, workspace: UUID) -> None:
    """Runs every rule that is set, each from where a killed worker left it; of one that is not any more, what was begun. StillMoving."""
    actor = Actor.system(workspace)
    async with db.read(actor) as tx:
        chosen = sorted((row["kind"] for row in await tx.fetch(CHOSEN, tx.workspace)), key=KINDS.index)
    for kind in chosen:
        id = await db.run(actor, lambda tx, kind=kind: _begin(tx, kind), replayable=True)
        await (_people(db, actor, id, kind) if kind in CONDITIONS else _bodies(db, actor, id, kind))
        await db.run(actor, lambda tx, id=id: _end(tx, id), replayable=True)


async def _begin(tx: Tx, kind: str) -> UUID:
    """The run of a rule that is under way, or a new one."""
    old = "SELECT q.id FROM privacy_requests q WHERE q.workspace_id = $1 AND q.kind = 'RETENTION' AND q.rule = $2 AND q.state = 'RUNNING' ORDER BY q.id LIMIT 1"
    found = await tx.value(old, tx.workspace, kind)
    return found or await requests.put(tx, "RETENTION", Scope([], []), None, rule=kind, before=await tx.value(BEFORE, tx.workspace, kind))


async def _bodies(db: Database, actor: Actor, id: UUID, kind: str) -> None:
    async def batch(tx: Tx, part: Part, number: int) -> int:
        row = await requests.locked(tx, id)
        if row is None or row["step"] > number:
            return 0
        rows = await engine.carry_out(tx, part, (row["before"],))
        await requests.move(tx, dict(row), number, part.table, rows)
        return rows

    for number, part in enumerate(BODIES[kind]):
        while await db.run(actor, lambda tx, n=number, p=part: batch(tx, p, n), replayable=True):
            pass


async def _people(db: Database, actor: Actor, id: UUID, kind: str) -> None:
    """Crowd after crowd: those under way are seen to their end before others are looked for."""
    while await db.run(actor, lambda tx: _crowd(tx, id, kind), replayable=True):
        await erasing.steps(db, actor, id)
        await erasing.closed(db, actor, id, lambda tx: _gone(tx, id))


async def _crowd(tx: Tx, id: UUID, kind: str) -> bool:
    """The next people who are due, cut off at once; whether there are any."""
    row = await requests.locked(tx, id)
    if row is None:
        return False
    if row["people"]:
        return True
    if not await tx.value("SELECT 1 FROM retention_rules r WHERE r.workspace_id = $1 AND r.kind = $2", tx.workspace, kind):
        return False
    due = [one["id"] for one in await tx.fetch(f"{DUE.format(CONDITIONS[kind])} ORDER BY p.id LIMIT {CROWD}", tx.workspace, row["before"])]
    if not due:
        return False
    await tx.fetch("SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id FOR NO KEY UPDATE", tx.workspace, due)
    of = await scope(tx, due)
    sealed = of.sealed() if of.words else (None, None)
    await tx.execute(
        "UPDATE privacy_requests SET people = $3, people_count = people_count + cardinality($3::uuid[]), step = 0, sealed_key_id = $4, sealed_ciphertext = $5 "
        "WHERE workspace_id = $1 AND id = $2", tx.workspace, id, list(of.people), *sealed)
    await erasing.cut(tx, id, of)
    return True


async def _gone(tx: Tx, id: UUID) -> None:
    """A crowd is through; each of them has a line in the audit."""
    row = await requests.locked(tx, id)
    if row is None:
        return
    await erasing.still(tx, await erasing.of_request(tx, row))
    await events.note_all(tx, [events.Event("person.erased", "Person", person, data={"request": str(id)}) for person in row["people"]])
    await tx.execute(
        "UPDATE privacy_requests SET people = '{}', step = 0, sealed_key_id = NULL, sealed_ciphertext = NULL WHERE workspace_id = $1 AND id = $2",
        tx.workspace, id)


async def _end(tx: Tx, id: UUID) -> None:
    row = await requests.locked(tx, id)
    if row is not None:
        receipt = await requests.close(tx, dict(row))
        told: dict[str, Any] = {"rule": row["rule"], "counts": row["counts"], "people": row["people_count"], "receipt": receipt}
        await events.note(tx, "privacyRequest.finished", "PrivacyRequest", id, data=told)
