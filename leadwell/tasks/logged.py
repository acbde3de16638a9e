"""What is logged by hand or told by another system: calls, mails, meetings, notes and the like, one or many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from leadwell import timeline
from leadwell.base.identity import clean
from leadwell.base.refusals import Refusal
from leadwell.base.together import together
from leadwell.base.tx import Tx
from leadwell.tasks.about import About, Concerned, Known, known
from leadwell.tasks.refusals import BadTaskField, TooManyActivities

LOGGED = ("CALL", "EMAIL", "MEETING", "NOTE")
TOLD = (*LOGGED, "TICKET", "SURVEY", "PAGE_VIEW", "FORM", "OPEN", "CLICK")
ROLES = ("ABOUT", "FROM", "TO", "CC", "ORGANIZER", "ATTENDEE")
MOST = 500
LONGEST_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Told:
    """An activity and what it is about."""

    activity: timeline.NewActivity
    about: About


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of one that was told: its id (the known one when it was told before), whether it waits for its time, or why it was refused."""

    id: UUID | None
    parked: bool = False
    refusal: Refusal | None = None


async def log_activity(tx: Tx, activity: timeline.NewActivity, about: About) -> UUID:
    """Records a call, e-mail, meeting or note by hand on everything it is about: one statement reads, one writes. NotFound, BadTaskField,
    ActivityAboutNothing."""
    checked, concerned = _checked(activity, LOGGED), (await known(tx, [about])).concerned(about)
    settled = timeline.settled(checked, await tx.now())
    if settled is None:
        raise BadTaskField(field="at", name="at", value=_shown(activity.at), why="it lies in the future; make a task of it")
    async with together(tx) as writes:
        (id,) = await timeline.record_many(tx, [_joined(settled, concerned)], writes=writes)
    return id


async def write_note(tx: Tx, body: str, about: About, subject: str | None = None, *, pinned: bool = False) -> UUID:
    """A note on everything it is about."""
    if not body.strip():
        raise BadTaskField(field="body", name="body", value="", why="a note says something")
    id = await log_activity(tx, timeline.NewActivity("NOTE", subject=clean(subject) or None, body=body, user_id=tx.actor.user), about)
    if pinned:
        await timeline.pin(tx, id, True)
    return id


async def log_activities(tx: Tx, told: Sequence[Told], *, skip: bool = False) -> list[Logged]:
    """Up to MOST at once, each once for its `source` and `external_id`, results in the same order. One whose time has not come is parked until then.
    The first that is refused refuses all, with its place in the refusal's field; with `skip` it is left out and the others are recorded."""
    if len(told) > MOST:
        raise TooManyActivities(most=MOST, field="activities")
    records, now = await known(tx, [one.about for one in told]), await tx.now()
    read = [_read(i, one, records, skip=skip) for i, one in enumerate(told)]
    good = [(i, one) for i, one in enumerate(read) if isinstance(one, timeline.NewActivity)]
    due = {i: settled for i, one in good if (settled := timeline.settled(one, now)) is not None}
    early = [(i, one) for i, one in good if i not in due]
    ids = dict(zip(due, await timeline.record_many(tx, list(due.values())), strict=True))
    kept = await timeline.park(tx, [one for _, one in early], [_kept(told[i]) for i, _ in early])
    ids |= dict(zip((i for i, _ in early), kept, strict=True))
    waiting = await timeline.parked(tx, list(ids.values()))
    return [Logged(None, refusal=one) if isinstance(one, Refusal) else Logged(ids[i], ids[i] in waiting) for i, one in enumerate(read)]


async def record_parked(tx: Tx, ids: Sequence[UUID]) -> list[UUID]:
    """Records those whose time has come, on what the records they are about have become since."""
    rows = await tx.fetch("SELECT 1 FROM parked_activities p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) FOR UPDATE", tx.workspace, list(ids))
    found = [(row["id"], _told(row["told"])) for row in await timeline.unpark(tx, ids)] if rows else []
    records = await known(tx, [one.about for _, one in found])
    activities = [_joined(replace(one.activity, id=id), records.concerned(one.about)) for id, one in found]
    return await timeline.record_many(tx, activities) if activities else []


def _read(i: int, told: Told, records: Known, *, skip: bool) -> timeline.NewActivity | Refusal:
    try:
        activity = _joined(_checked(told.activity, TOLD), records.concerned(told.about))
        if not activity.participants and not activity.links:
            raise timeline.ActivityAboutNothing()
    except Refusal as refusal:
        refusal.field = f"activities.{i}.{refusal.field}" if refusal.field else f"activities.{i}"
        if not skip:
            raise
        return refusal
    return activity


def _joined(activity: timeline.NewActivity, concerned: Concerned) -> timeline.NewActivity:
    return replace(activity, participants=concerned.people, links=concerned.about.links)


def _checked(activity: timeline.NewActivity, kinds: tuple[str, ...]) -> timeline.NewActivity:
    one_of("kind", activity.kind, kinds)
    if activity.direction is not None:
        one_of("direction", activity.direction, ("INBOUND", "OUTBOUND"))
    if not 0 <= (activity.duration_seconds or 0) <= LONGEST_S:
        raise BadTaskField(field="duration_seconds", name="duration_seconds", value=str(activity.duration_seconds), why="it is not from 0 seconds to a week")
    if bool(activity.source) != bool(activity.external_id):
        raise BadTaskField(field="external_id", name="external_id", value=activity.external_id or "", why="source and external id come together")
    return activity


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise BadTaskField(field=name, name=name, value=value[:40], why="it is not one of " + ", ".join(known))


def _shown(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _kept(told: Told) -> dict[str, Any]:
    """As JSON, to be read by `_told`."""
    return {"activity": {name: value for name, value in asdict(told.activity).items() if value is not None}, "about": asdict(told.about)}


def _told(kept: Mapping[str, Any]) -> Told:
    said, about = dict(kept["activity"]), dict(kept["about"])
    for name in ("user_id", "send_id", "id"):
        said[name] = UUID(said[name]) if said.get(name) else None
    said["at"] = datetime.fromisoformat(said["at"])
    people = [UUID(id) for id in cast("list[str]", about.pop("person_ids"))]
    roles = about.pop("roles")
    records = {name: UUID(id) if id else None for name, id in about.items()}
    return Told(timeline.NewActivity(**said), About(**records, person_ids=people, roles=roles))
