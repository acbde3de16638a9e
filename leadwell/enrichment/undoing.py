"""Takes a run of enrichment back: what it changed and nobody has touched since is as before; the rest is listed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import companies, events, work
from leadwell.base.ids import uuid7
from leadwell.base.provenance import Origin, record_all
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import locked, revise
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.port import COMPANY, LEAD, PERSON
from leadwell.enrichment.suggestions import TABLES

EVENTS = {PERSON: "person.updated", LEAD: "lead.updated"}


class RunUndone(Refusal):
    """This run was undone before."""

    fix = "There is nothing left to take back."
    status = 409


@dataclass(frozen=True, slots=True)
class Undone:
    """`restored` and `left` as the run's changes; what is left says why: CHANGED (touched since), SEALED (the lead is closed) or GONE."""

    run_id: UUID
    restored: tuple[Mapping[str, Any], ...]
    left: tuple[Mapping[str, Any], ...]


async def undo_run(tx: Tx, run_id: UUID) -> Undone:
    """Restores what a run changed. The values it had put there do not come back by themselves. NotFound, RunUndone."""
    person: UUID | None = await tx.value("SELECT e.person_id FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, run_id)
    if person is None:
        raise NotFound(noun="enrichment run")
    await tx.fetch(load(__name__, "lock"), tx.workspace, [person])
    run = await locked_run(tx, run_id)
    restored, left = await _sorted(tx, run_id, run["changes"])
    by_record: dict[tuple[str, UUID], list[Mapping[str, Any]]] = defaultdict(list)
    for change in restored:
        by_record[change["noun"], UUID(change["record_id"])].append(change)
    for (noun, id), changes in sorted(by_record.items()):
        await _restore(tx, person, noun, id, changes)
    await _speak(tx, restored)
    await tx.execute("UPDATE enrichment_runs SET undone_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, run_id, await tx.now())
    await work.put(tx, work.NewJob("score", "score.person", {"person_id": str(person)}, key=str(person)))
    return Undone(run_id, tuple(restored), tuple(left))


async def undo_of(tx: Tx, person_id: UUID, cause_id: UUID) -> list[Undone]:
    """Takes back, newest first, what was filled in of somebody for one change of many people; what is still being asked fills nothing any more."""
    await tx.fetch(load(__name__, "lock"), tx.workspace, [person_id])
    await tx.execute("DELETE FROM enrichment_waits w WHERE w.workspace_id = $1 AND w.person_id = $2 AND w.cause_id = $3", tx.workspace, person_id, cause_id)
    runs = await tx.fetch(
        "SELECT e.id FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.cause_id = $3 AND e.undone_at IS NULL "
        "ORDER BY e.at DESC, e.id DESC",
        tx.workspace, person_id, cause_id)  # fmt: skip
    return [await undo_run(tx, row["id"]) for row in runs]


async def locked_run(tx: Tx, run_id: UUID) -> Any:
    row = await tx.row("SELECT e.changes, e.undone_at FROM enrichment_runs e WHERE e.workspace_id = $1 AND e.id = $2 FOR UPDATE", tx.workspace, run_id)
    assert row is not None, "the caller has seen it, and runs are not deleted"
    if row["undone_at"]:
        raise RunUndone(field="id")
    return row


async def _sorted(tx: Tx, run_id: UUID, changes: list[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """What is still as the run left it, and what is not."""
    restored: list[Mapping[str, Any]] = []
    left: list[Mapping[str, Any]] = []
    for change in sorted(changes, key=lambda one: (one["noun"], one["record_id"], one["field"])):
        why = await _hindered(tx, run_id, change)
        (left if why else restored).append({**change, **({"why": why} if why else {})})
    return restored, left


async def _hindered(tx: Tx, run_id: UUID, change: Mapping[str, Any]) -> str | None:
    table, id = TABLES[change["noun"]], UUID(change["record_id"])
    row = await tx.row(
        f"SELECT to_jsonb(x) AS row, f.run_id, f.locked FROM {table} x "
        "LEFT JOIN field_provenance f ON f.workspace_id = $1 AND f.record_id = x.id AND f.field = $3 "
        "WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id, change["field"])  # fmt: skip
    if row is None:
        return "GONE"
    if change["noun"] == LEAD and row["row"]["state"] in ("CONVERTED", "MERGED"):
        return "SEALED"
    if row["run_id"] != run_id or row["locked"] or row["row"][change["field"]] != change["after"]:
        return "CHANGED"
    match: dict[str, Any] = row["row"].get("company_match") or {}
    return "CHANGED" if change["field"] == "company_id" and match.get("state") == "CONFIRMED" else None


async def _restore(tx: Tx, person: UUID, noun: str, id: UUID, changes: list[Mapping[str, Any]]) -> None:
    values = {change["field"]: change["before"] for change in changes}
    if noun == COMPANY:
        await companies.update(tx, id, values)
        return
    if noun not in EVENTS:
        flags = {name: True if name == "is_valid" and value is None else value for name, value in values.items()}
        sets = ", ".join(f"{name} = ${i}" for i, name in enumerate(flags, 3))
        await tx.execute(f"UPDATE {TABLES[noun]} SET {sets} WHERE workspace_id = $1 AND id = $2", tx.workspace, id, *flags.values())
        return
    if "company_id" in values:
        values |= {"company_id": values["company_id"] and UUID(values["company_id"]), "company_match": None}
    row = await locked(tx, noun.lower(), TABLES[noun], id)
    revision = await revise(tx, noun.lower(), TABLES[noun], row, values)
    told = {change["field"]: [change["after"], change["before"]] for change in changes}
    await events.note(tx, EVENTS[noun], noun, id, person_id=person, version=revision.version, data={"changes": told})


async def _speak(tx: Tx, restored: list[Mapping[str, Any]]) -> None:
    """What was said about the values before is said again; the values taken back count as dismissed."""
    now = await tx.now()
    for change in restored:
        gone = (tx.workspace, UUID(change["record_id"]), change["field"])
        await tx.execute("DELETE FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = $2 AND f.field = $3", *gone)
    before = [
        Origin(c["noun"], UUID(c["record_id"]), c["field"], c["before"], c["was"]["source"], c["was"]["provider"], c["was"]["confidence"])
        for c in restored if c.get("was")
    ]
    await record_all(tx, before)
    rows = [{"id": str(uuid7()), **{name: c[name] for name in ("noun", "record_id", "field", "after", "before", "provider")}} for c in restored]
    if rows:
        await tx.execute(load(__name__, "take_back"), tx.workspace, rows, now)
