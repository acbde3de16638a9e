"""Sequences: drafted, checked, published; a live version never changes, and whoever is in it stays in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import delivery, events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Named, locked, require
from leadwell.base.tx import Tx
from leadwell.nurture.due import wake
from leadwell.nurture.naming import doors_of, templates_of
from leadwell.nurture.steps import EMAIL, Flaw, Step, flaws, with_ids

AUDIENCES, REENTRIES = ("LEADS", "CONTACTS", "BOTH"), ("NEVER", "AFTER_EXIT")
EXIT_REASONS = ("REPLY", "HAND_RAISE", "UNSUBSCRIBE", "CONVERSION", "JUNK", "HARD_BOUNCE", "COMPLAINT")
INTENTS = ("HAND_RAISE", "CONTENT", "EVENT", "SUBSCRIBE")


class SequenceFlawed(Refusal):
    """The sequence cannot run: {problem}"""


class SequenceNameTaken(Refusal):
    """There is a sequence named {name} already."""

    fix = "Choose another name."


class UnknownChoice(Refusal):
    """"{value}" is none of the choices here."""


class NothingToPublish(Refusal):
    """The sequence has no draft that could be published."""

    fix = "Change its steps first; what is live is live already."


class SequenceNotLive(Refusal):
    """The sequence is not live: it is {state}."""

    fix = "Publish it or resume it first."


@dataclass(frozen=True, slots=True)
class NewSequence:
    """`entry` is {"capture": {"intents", "source_ids", "form_ids"}, "score": {"at_least"}}; `exit_on` None means every reason."""

    name: str
    topic_id: UUID
    steps: Sequence[Step]
    audience: str = "LEADS"
    sender_id: UUID | None = None
    entry: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exit_on: Sequence[str] | None = None
    reentry: str = "NEVER"


async def create_sequence(tx: Tx, new: NewSequence) -> UUID:
    """A draft with its first version. NotFound for a topic, sender, template, source or form that is not there."""
    _check(new)
    named = (Named("topic", "topics", new.topic_id, "topic_id"), Named("sender", "senders", new.sender_id, "sender_id"))
    await require(tx, *named, *templates_of(new.steps), *doors_of(new.entry))
    id, now, exit_on = uuid7(), await tx.now(), EXIT_REASONS if new.exit_on is None else new.exit_on
    made = await tx.execute(
        "INSERT INTO sequences (workspace_id, id, name, audience, topic_id, sender_id, entry, exit_on, reentry, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING",
        tx.workspace, id, new.name.strip(), new.audience, new.topic_id, new.sender_id, dict(new.entry), list(exit_on), new.reentry, now)
    if not made:
        raise SequenceNameTaken(field="name", name=new.name)
    await _draft(tx, id, new.steps)
    await events.note(tx, "sequence.created", "Sequence", id, version=1)
    return id


async def change_steps(tx: Tx, sequence_id: UUID, steps: Sequence[Step], expected_version: int | None = None) -> None:
    """Replaces the draft, or begins one beside the live version. NotFound for a template that is not there."""
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    await require(tx, *templates_of(steps))
    await tx.execute("DELETE FROM sequence_versions WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'DRAFT'", tx.workspace, sequence_id)
    await _draft(tx, sequence_id, steps)
    await _touch(tx, sequence_id, "sequence.updated", row["version"])


async def _draft(tx: Tx, sequence_id: UUID, steps: Sequence[Step]) -> None:
    number = await tx.value(
        "SELECT coalesce(max(v.number), 0) + 1 FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2", tx.workspace, sequence_id)
    await tx.execute(
        "INSERT INTO sequence_versions (workspace_id, id, sequence_id, number, steps, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tx.workspace, uuid7(), sequence_id, number, with_ids(steps), await tx.now())


async def validate(tx: Tx, sequence_id: UUID) -> list[Flaw]:
    """What keeps the draft (or, without one, the live version) from running."""
    row = await tx.row(
        "SELECT v.steps, s.entry, t.kind FROM sequence_versions v JOIN sequences s ON s.workspace_id = $1 AND s.id = v.sequence_id "
        "JOIN topics t ON t.workspace_id = $1 AND t.id = s.topic_id WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND v.state IN ('DRAFT', 'LIVE') "
        "ORDER BY v.number DESC LIMIT 1", tx.workspace, sequence_id)
    if row is None:
        await _existing(tx, sequence_id)
        return [Flaw(None, "The sequence has no steps.", "Add some.")]
    found = flaws(row["steps"]) or await _templates(tx, row["steps"], marketing=row["kind"] != "SERVICE")
    return found + await _doors(tx, row["entry"])


async def _doors(tx: Tx, entry: Mapping[str, Any]) -> list[Flaw]:
    try:
        await require(tx, *doors_of(entry))
    except NotFound as gone:
        return [Flaw(None, f"The {gone.params['noun']} by which people enter does not exist.", "Choose another.")]
    return []


async def _existing(tx: Tx, sequence_id: UUID) -> None:
    if not await tx.value("SELECT 1 FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id):
        raise NotFound(noun="sequence")


async def _templates(tx: Tx, steps: Sequence[Step], *, marketing: bool) -> list[Flaw]:
    wanted = {str(s["template_id"]): i for i, s in enumerate(steps) if s["kind"] == EMAIL}
    rows = await tx.fetch(
        "SELECT t.id, t.subject, t.html, t.text FROM templates t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND t.archived_at IS NULL",
        tx.workspace, list(wanted))
    found = {str(r["id"]): delivery.Words(r["subject"], r["html"], r["text"]) for r in rows}
    missing = [Flaw(at, "The template of this e-mail does not exist.", "Choose another.") for id, at in wanted.items() if id not in found]
    unsubscribe = [Flaw(wanted[id], warning.message, warning.fix) for id, words in found.items() for warning in delivery.warnings(words) if marketing]
    return missing + unsubscribe


async def publish(tx: Tx, sequence_id: UUID, expected_version: int | None = None) -> UUID:
    """The draft becomes the live version; whoever is under way stays in the version they entered. Returns the version's id."""
    row = await locked(tx, "sequence", "sequences", sequence_id, expected_version)
    draft = await tx.value(
        "SELECT v.id FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND v.state = 'DRAFT'", tx.workspace, sequence_id)
    if draft is None:
        raise NothingToPublish()
    if found := await validate(tx, sequence_id):
        at = found[0].at
        raise SequenceFlawed(field="steps" if at is None else f"steps.{at}", problem=found[0].message, fix=found[0].fix, problems=[f.message for f in found])
    now = await tx.now()
    await tx.execute(
        "UPDATE sequence_versions SET state = 'RETIRED' WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'LIVE'", tx.workspace, sequence_id)
    await tx.execute(
        "UPDATE sequence_versions SET state = 'LIVE', published_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, draft, now)
    await tx.execute(
        "UPDATE sequences SET live_version_id = $3, state = 'LIVE' WHERE workspace_id = $1 AND id = $2", tx.workspace, sequence_id, draft)
    await _touch(tx, sequence_id, "sequence.published", row["version"], {"version_id": str(draft)})
    await wake(tx, now)
    return draft


async def pause(tx: Tx, sequence_id: UUID, expected_version: int | None = None) -> None:
    """Holds everybody where they are; mail planned but not yet handed over is held back too."""
    await _switch(tx, sequence_id, "LIVE", "PAUSED", expected_version)


async def resume(tx: Tx, sequence_id: UUID, expected_version: int | None = None) -> None:
    await _switch(tx, sequence_id, "PAUSED", "LIVE", expected_version)
    await wake(tx, await tx.now())


async def _switch(tx: Tx, id: UUID, before: str, after: str, expected_version: int | None) -> None:
    row = await locked(tx, "sequence", "sequences", id, expected_version)
    if row["state"] == after:
        return
    if row["state"] != before:
        raise SequenceNotLive(state=row["state"])
    await tx.execute("UPDATE sequences SET state = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, after)
    await _touch(tx, id, "sequence.paused" if after == "PAUSED" else "sequence.resumed", row["version"])


async def _touch(tx: Tx, id: UUID, kind: str, version: int, data: Mapping[str, Any] | None = None) -> None:
    await tx.execute("UPDATE sequences SET version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, await tx.now())
    await events.note(tx, kind, "Sequence", id, version=version + 1, data=dict(data or {}))


def _check(new: NewSequence) -> None:
    capture: Mapping[str, Any] = new.entry.get("capture") or {}
    rules: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("audience", [new.audience], AUDIENCES), ("reentry", [new.reentry], REENTRIES), ("exit_on", new.exit_on or (), EXIT_REASONS),
        ("entry.capture.intents", capture.get("intents") or (), INTENTS), ("entry", list(new.entry), ("capture", "score")),
    ]
    for name, values, choices in rules:
        for value in values:
            if value not in choices:
                raise UnknownChoice(field=name, value=value, fix="Take one of " + ", ".join(choices) + ".")
