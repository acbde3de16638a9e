"""Puts a ready sequence into a workspace, and copies one that is there. What exists by its name stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import orjson

from leadwell import nurture, templates
from leadwell.access.sees import Sees
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.nurture import NewSequence
from leadwell.nurture.settings import COLUMNS
from leadwell.templates import Words

READY = ("welcome", "trial", "event-follow-up", "re-engagement", "onboarding")
SETTINGS = ("audience", "entry", "exit_on", "reentry", "reentry_days", "goal")


@dataclass(frozen=True, slots=True)
class Installed:
    """A ready sequence in a workspace; `made`: just now."""

    key: str
    name: str
    sequence_id: UUID
    made: bool


@cache
def read(key: str) -> Mapping[str, Any]:
    """The file of one, as it is written."""
    return orjson.loads((files(__package__ or "leadwell.ready") / f"{key}.json").read_bytes())


async def install(tx: Tx, key: str) -> Installed:
    """The sequence as a draft, with the templates it needs. Whatever has its name already is taken as it is. NotFound."""
    if key not in READY:
        raise NotFound(noun="ready sequence", field="key")
    one = read(key)
    there = await tx.value("SELECT s.id FROM sequences s WHERE s.workspace_id = $1 AND s.name = $2", tx.workspace, one["name"])
    if there is not None:
        return Installed(key, one["name"], there, made=False)
    topic = await tx.value(
        "SELECT t.id FROM topics t WHERE t.workspace_id = $1 AND t.archived_at IS NULL ORDER BY t.code <> $2, t.kind <> 'SALES', t.id LIMIT 1",
        tx.workspace, one["topic"])
    made = {name: str(await _template(tx, words)) for name, words in one["templates"].items()}
    steps = [_step(step, made) for step in one["steps"]]
    new = NewSequence(one["name"], topic, steps, **{name: one[name] for name in SETTINGS if name in one})
    return Installed(key, one["name"], await nurture.create_sequence(tx, new), made=True)


async def _template(tx: Tx, words: Mapping[str, str]) -> UUID:
    there = await tx.value("SELECT t.id FROM templates t WHERE t.workspace_id = $1 AND t.name = $2", tx.workspace, words["name"])
    return there or (await templates.create_template(tx, words["name"], Words(words["subject"], words["html"]))).id


def _step(step: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    plain = {name: value for name, value in step.items() if name != "template"}
    return plain | ({"template_id": made[step["template"]]} if "template" in step else {})


async def copy(tx: Tx, sequence_id: UUID, name: str, author: Sees | None = None) -> UUID:
    """A draft of another name with the same settings and the steps of the draft, or else of what is live; the templates are shared.
    NotFound, SequenceNameTaken, and what the author may not ask or write."""
    row = await tx.row(
        "SELECT s.*, (SELECT v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = s.id AND v.state IN ('DRAFT', 'LIVE') "
        "ORDER BY v.number DESC LIMIT 1) AS steps FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sequence_id)
    if row is None:
        raise NotFound(noun="sequence", field="id")
    settings: dict[str, Any] = {column: row[column] for column in COLUMNS}
    settings["name"] = name
    return await nurture.create_sequence(tx, NewSequence(steps=row["steps"] or [], **settings), author)
