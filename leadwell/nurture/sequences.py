"""Sequences: drafted, changed, paused, put away; a live version never changes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.access.sees import Sees
from leadwell.base.ids import uuid7
from leadwell.base.rows import Named, differing, locked, require
from leadwell.base.tx import Tx
from leadwell.nurture.checking import names_of, names_of_goal
from leadwell.nurture.refusals import BadSetting, SequenceNameTaken
from leadwell.nurture.rights import within
from leadwell.nurture.settings import COLUMNS, NewSequence, doors_of, read
from leadwell.nurture.shape import Step
from leadwell.nurture.steps import with_ids

LATEST = "SELECT v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2 ORDER BY v.number DESC LIMIT 1"


async def create_sequence(tx: Tx, new: NewSequence, author: Sees | None = None) -> UUID:
    """A draft with its first version, that says no more than its author may ask and write (without one: the system's). NotFound for a topic, sender,
    template or whatever else it names that is not there; UnknownChoice, BadSetting, Forbidden, FieldNotYours, FieldForbidden."""
    values = new.columns()
    await within(tx, author, new.steps, new.goal)
    await require(tx, *_named(values), *names_of(new.steps), *names_of_goal(new.goal), *doors_of(new.entry))
    id, now = uuid7(), await tx.now()
    marks = ", ".join(f"${i}" for i in range(4, 4 + len(COLUMNS)))
    made = await tx.execute(
        f"INSERT INTO sequences (workspace_id, id, created_at, updated_at, {', '.join(COLUMNS)}) VALUES ($1, $2, $3, $3, {marks}) ON CONFLICT DO NOTHING",
        tx.workspace, id, now, *(values[name] for name in COLUMNS))
    if not made:
        raise SequenceNameTaken(field="name", name=new.name)
    await _draft(tx, id, new.steps)
    await events.note(tx, "sequence.created", "Sequence", id, version=1)
    return id


def _named(values: Mapping[str, Any]) -> list[Named]:
    named = (("topic", "topics", "topic_id"), ("sender", "senders", "sender_id"), ("send window", "send_windows", "window_id"))
    return [Named(noun, table, values.get(name), name) for noun, table, name in named]


async def update_draft(
    tx: Tx, sequence_id: UUID, changes: Mapping[str, Any], steps: Sequence[Step] | None = None, expected_version: int | None = None, *,
    author: Sees | None = None,
) -> None:  # fmt: skip
    """Changes settings (at once: they are not versioned), and replaces the draft's steps, or begins a draft beside the live version.
    NotFound, UnknownChoice, BadSetting, SequenceNameTaken, StaleVersion, and what an author may not ask or write."""
    if strange := sorted(set(changes) - set(COLUMNS)):
        raise BadSetting(field=strange[0], why=f"there is no setting {strange[0]}")
    values = read(changes)
    await within(tx, author, steps or (), values.get("goal"))
    await require(tx, *_named(values), *names_of(steps or ()), *names_of_goal(values.get("goal")), *doors_of(values.get("entry") or {}))
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    values = read({"audience": row["audience"], **changes})
    if "name" in changes and await tx.value(
            "SELECT 1 FROM sequences s WHERE s.workspace_id = $1 AND s.name = $2 AND s.id <> $3", tx.workspace, values["name"], sequence_id):
        raise SequenceNameTaken(field="name", name=values["name"])
    if sets := [name for name in COLUMNS if name in changes]:
        written = ", ".join(f"{name} = ${i}" for i, name in enumerate(sets, start=3))
        await tx.execute(f"UPDATE sequences SET {written} WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id, *(values[name] for name in sets))
    changes = differing(row, {name: values[name] for name in sets})
    if steps is not None:
        before = await tx.value(LATEST, tx.workspace, sequence_id)
        changes |= differing({"steps": before}, {"steps": with_ids(steps)})
        await tx.execute("DELETE FROM sequence_versions WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'DRAFT'", tx.workspace, sequence_id)
        await _draft(tx, sequence_id, steps)
    await touch(tx, sequence_id, "sequence.updated", row["version"], {"changes": events.told(changes)})


async def change_steps(tx: Tx, sequence_id: UUID, steps: Sequence[Step], expected_version: int | None = None) -> None:
    """Replaces the draft, or begins one beside the live version."""
    await update_draft(tx, sequence_id, {}, steps, expected_version)


async def _draft(tx: Tx, sequence_id: UUID, steps: Sequence[Step]) -> None:
    number = await tx.value(
        "SELECT coalesce(max(v.number), 0) + 1 FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2", tx.workspace, sequence_id)
    await tx.execute(
        "INSERT INTO sequence_versions (workspace_id, id, sequence_id, number, steps, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tx.workspace, uuid7(), sequence_id, number, with_ids(steps), await tx.now())


async def touch(tx: Tx, id: UUID, kind: str, version: int, data: Mapping[str, Any] | None = None) -> None:
    """The sequence's next version, and the event that says why."""
    await tx.execute("UPDATE sequences SET version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, await tx.now())
    await events.note(tx, kind, "Sequence", id, version=version + 1, data=dict(data or {}))
