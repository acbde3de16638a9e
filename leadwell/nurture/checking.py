"""Tells everything that keeps a sequence from running, all at once: its steps, its ways, and what it names."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from leadwell import custom, delivery, pressure
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named
from leadwell.base.tx import Tx
from leadwell.nurture.filtering import NOUNS, segments_in, trouble
from leadwell.nurture.flaws import flaws
from leadwell.nurture.kinds.branch import paths_of
from leadwell.nurture.kinds.mail import ids_of, sender_of, templates_of
from leadwell.nurture.settings import doors_of
from leadwell.nurture.shape import Flaw, Step
from leadwell.nurture.steps import called, is_id

NAMED = {
    "template_id": ("template", "templates"), "user_id": ("user", "users"), "segment_id": ("segment", "segments"), "sequence_id": ("sequence", "sequences"),
    "window_id": ("send window", "send_windows"),
}  # fmt: skip
LATEST = (
    "SELECT v.steps, s.entry, s.goal, s.sender_id, s.window_id, t.kind FROM sequence_versions v "
    "JOIN sequences s ON s.workspace_id = $1 AND s.id = v.sequence_id JOIN topics t ON t.workspace_id = $1 AND t.id = s.topic_id "
    "WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND v.state IN ('DRAFT', 'LIVE') ORDER BY v.number DESC LIMIT 1"
)
LISTS = "SELECT s.id, s.kind, s.noun FROM segments s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.archived_at IS NULL"
TEMPLATES = "SELECT t.id, t.subject, t.html, t.text, t.parts FROM templates t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND t.archived_at IS NULL"


def names_of(steps: Sequence[Step]) -> list[Named]:
    """The records that steps name, with the place of each; what cannot be read is a flaw of its own."""
    found: list[Named] = []
    for at, step in enumerate(steps):
        found += [Named(noun, table, UUID(str(step[name])), f"steps.{at}.{name}") for name, (noun, table) in NAMED.items() if is_id(step.get(name))]
        found += [Named("template", "templates", id, f"steps.{at}.{place}") for place, id in templates_of(step).items() if place != "template_id"]
        found += [Named("sender", "senders", id, f"steps.{at}.sender.ids.{i}") for i, id in enumerate(ids_of(sender_of(step)))]
        for i, path in enumerate(paths_of(step)):
            found += _in_filter(path, f"steps.{at}.paths.{i}.where")
    return found


def names_of_goal(goal: Mapping[str, Any] | None) -> list[Named]:
    """The segments that its filter names."""
    return _in_filter(goal, "goal.where") if goal else []


def _in_filter(of: Mapping[str, Any], field: str) -> list[Named]:
    return [Named("segment", "segments", id, field) for id in segments_in(str(of.get("noun", "Person")), of.get("where"))]


async def validate(tx: Tx, sequence_id: UUID) -> list[Flaw]:
    """What keeps the draft (or, without one, the live version) from running. NotFound."""
    row = await tx.row(LATEST, tx.workspace, sequence_id)
    if row is None:
        if not await tx.value("SELECT 1 FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id):
            raise NotFound(noun="sequence")
        return [Flaw(None, "The sequence has no steps.", "Add some.")]
    steps = row["steps"]
    found = flaws(steps, await tx.now())
    found += await _gone(tx, steps) + await _templates(tx, steps, marketing=row["kind"] != "SERVICE") + await _filters(tx, steps)
    found += await _lists(tx, steps) + await _values(tx, steps)
    found.sort(key=lambda flaw: len(steps) if flaw.at is None else flaw.at)
    hours = {UUID(str(step["window_id"])) if is_id(step.get("window_id")) else row["window_id"] for step in steps if step.get("kind") == "EMAIL"}
    narrow = [Flaw(None, warning, "Change its hours, or the sending rules.") for warning in await pressure.warnings(tx, hours)]
    return found + await _around(tx, row["entry"], row["goal"], row["sender_id"]) + narrow


async def missing(tx: Tx, named: Sequence[Named]) -> list[Named]:
    """Those of the records that do not exist or are archived."""
    if not named:
        return []
    probes = ", ".join(
        f"EXISTS (SELECT 1 FROM {one.table} x WHERE x.workspace_id = $1 AND x.id = ${i} AND x.archived_at IS NULL)" for i, one in enumerate(named, start=2))
    found: list[bool] = await tx.value(f"SELECT ARRAY[{probes}]", tx.workspace, *(one.id for one in named))
    return [one for one, exists in zip(named, found, strict=True) if not exists]


async def _gone(tx: Tx, steps: Sequence[Step]) -> list[Flaw]:
    found: list[Flaw] = []
    for one in await missing(tx, names_of(steps)):
        at = int(one.field.split(".")[1])
        what = "template of this e-mail" if one.noun == "template" else f"{one.noun} of this step"
        found.append(Flaw(at, f"The {what} does not exist.", "Choose another.", called(steps[at])))
    return found


async def _templates(tx: Tx, steps: Sequence[Step], *, marketing: bool) -> list[Flaw]:
    wanted = [(str(id), i) for i, step in enumerate(steps) if step.get("kind") == "EMAIL" for id in templates_of(step).values()]
    rows = await tx.fetch(TEMPLATES, tx.workspace, sorted({id for id, _ in wanted})) if wanted and marketing else []
    words = {str(row["id"]): delivery.Words(row["subject"], row["html"], row["text"], row["parts"]) for row in rows}
    return [
        Flaw(i, warning.message, warning.fix, called(steps[i])) for id, i in wanted if id in words for warning in delivery.warnings(words[id])
    ]  # fmt: skip


async def _filters(tx: Tx, steps: Sequence[Step]) -> list[Flaw]:
    found: list[Flaw] = []
    for i, step in enumerate(steps):
        for path in paths_of(step) if step.get("kind") == "BRANCH" else ():
            if path.get("where") is not None and (why := await trouble(tx, str(path.get("noun", "Person")), path["where"])):
                found.append(Flaw(i, f"The filter of a path cannot be asked: {why}", "Write it as in lists.", called(step)))
    return found


async def _lists(tx: Tx, steps: Sequence[Step]) -> list[Flaw]:
    """Lists that a step cannot put anybody on."""
    wanted = {i: UUID(str(step["segment_id"])) for i, step in enumerate(steps) if step.get("kind") == "SEGMENT" and is_id(step.get("segment_id"))}
    rows = {row["id"]: row for row in await tx.fetch(LISTS, tx.workspace, sorted(set(wanted.values())))} if wanted else {}
    found: list[Flaw] = []
    for i, row in ((i, rows[id]) for i, id in wanted.items() if id in rows):
        if row["kind"] != "STATIC":
            found.append(Flaw(i, "The segment of this step is not kept by hand.", "Choose one of kind STATIC.", called(steps[i])))
        elif row["noun"] not in NOUNS:
            found.append(Flaw(i, "The segment of this step is none of people.", "Choose one of " + ", ".join(NOUNS) + ".", called(steps[i])))
    return found


async def _values(tx: Tx, steps: Sequence[Step]) -> list[Flaw]:
    """Fields of the workspace's own that are not there, or do not take what a step would write."""
    found: list[Flaw] = []
    for i, step in enumerate(steps):
        given = cast("Mapping[str, Any]", step["set"]).get("custom") if step.get("kind") == "FIELD" and isinstance(step.get("set"), Mapping) else None
        noun = str(step.get("noun", "Person"))
        if isinstance(given, Mapping) and noun in NOUNS:
            (refused,) = await custom.unfit(tx, noun, [cast("Mapping[str, Any]", given)])
            found += [
                Flaw(i, f"The step cannot write {key[:40]}: {why.message}", why.fix or "Choose another.", called(step)) for key, why in refused.items()]
    return found


async def _around(tx: Tx, entry: Mapping[str, Any], goal: Mapping[str, Any] | None, sender: UUID | None) -> list[Flaw]:
    """What is wrong with its doors, its goal and its sender."""
    found = [Flaw(None, f"The {one.noun} by which people enter does not exist.", "Choose another.") for one in await missing(tx, doors_of(entry))]
    found += [Flaw(None, f"The {one.noun} that the goal names does not exist.", "Choose another.") for one in await missing(tx, names_of_goal(goal))]
    if sender and await missing(tx, [Named("sender", "senders", sender, "sender_id")]):
        found.append(Flaw(None, "The sender of the sequence does not exist.", "Choose another."))
    if goal and goal.get("where") is not None and (why := await trouble(tx, str(goal.get("noun", "Person")), goal["where"])):
        found.append(Flaw(None, f"The filter of the goal cannot be asked: {why}", "Write it as in lists."))
    return found
