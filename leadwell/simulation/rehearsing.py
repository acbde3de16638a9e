"""A rehearsal from beginning to end: gather, copy, dress the stage, play, and count; then all of it is gone but the figures."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from leadwell.access.sees import Sees
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.base.workspace import workspace_facts
from leadwell.nurture.kinds import KINDS
from leadwell.simulation import audience, copying, tallying
from leadwell.simulation.playing import Play, Told
from leadwell.simulation.sending import Desk
from leadwell.simulation.stage import Stage, rehearse
from leadwell.simulation.wish import Wish

OUTWARD = ("TASK", "FIELD", "WEBHOOK", "NOTIFY")      # what they do reaches somebody or something else: here they only decide
ON_STAGE = {name: replace(kind, effect=None, slow=False) if name in OUTWARD else kind for name, kind in KINDS.items()}
ENDED = "UPDATE sequence_versions SET state = 'RETIRED' WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'LIVE' AND id <> $3"
BEGUN = "UPDATE sequence_versions SET state = 'LIVE' WHERE workspace_id = $1 AND id = $2"
LIVE = "UPDATE sequences SET state = 'LIVE', live_version_id = $3 WHERE workspace_id = $1 AND id = $2"
ALONE = "UPDATE sequences SET state = 'PAUSED' WHERE workspace_id = $1 AND id <> $2 AND state = 'LIVE'"

HELD = (   # whoever is in a sequence that does not run is never due
    "UPDATE enrollments t SET due_at = NULL FROM sequences q WHERE t.workspace_id = $1 AND t.state = 'ACTIVE' AND q.workspace_id = $1 "
    "AND q.id = t.sequence_id AND q.state <> 'LIVE'")


@dataclass(frozen=True, slots=True)
class Part:
    """Which sequence is played, and which version of it."""

    sequence_id: UUID
    version_id: UUID


Count = Callable[[Play, Part, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Watching:
    """Who asks, is told how far it is, and what is to be counted in the end."""

    viewer: Sees
    told: Told
    count: Count = tallying.counted


async def rehearsal(db: Database, actor: Actor, part: Part, wish: Wish, watching: Watching) -> Any:
    """The figures, as `tallying` shapes them: the same for the same seed on the same data. Nothing is written or sent. Stopped, BadSimulation, BadFilter."""

    people: list[UUID] = []

    async def gather(tx: Tx) -> Sequence[UUID]:
        people.extend(await audience.chosen(tx, wish, watching.viewer))
        return people

    async def play(stage: Stage) -> Any:
        zone = (await workspace_facts(stage)).time_zone
        under_way = await dressed(stage, part, wish, people, zone)
        await under_way.run(watching.told)
        return await watching.count(under_way, part, zone)

    return await rehearse(db, actor, wish.from_at, gather, play)


async def dressed(stage: Stage, part: Part, wish: Wish, people: Sequence[UUID], zone: str) -> Play:
    """The stage with everything on it, and the version that is rehearsed in use."""
    await stage.execute(ENDED, stage.workspace, part.sequence_id, part.version_id)
    await stage.execute(BEGUN, stage.workspace, part.version_id)
    await stage.execute(LIVE, stage.workspace, part.sequence_id, part.version_id)
    if not wish.others:
        await stage.execute(ALONE, stage.workspace, part.sequence_id)
    await stage.execute(HELD, stage.workspace)
    row = await stage.row(
        "SELECT s.audience, s.topic_id, v.steps FROM sequences s JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = $3 "
        "WHERE s.workspace_id = $1 AND s.id = $2", stage.workspace, part.sequence_id, part.version_id)
    assert row is not None
    if not wish.copied:
        people = await audience.made_up(stage, wish, wish.zones or (zone,), contacts=row["audience"] == "CONTACTS", topic_id=row["topic_id"])
    await copying.reckon(stage)
    prompt = any(step.get("kind") == "WAIT" and step.get("event") for step in row["steps"])
    numbers = {id: number for number, id in enumerate(people)}
    return Play(stage, wish, part.sequence_id, people, ON_STAGE, await Desk.open(stage, wish, len(people)), numbers, prompt=prompt)
