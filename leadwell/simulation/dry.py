"""A dry run for one person: every step with its date and why, as if nobody ever answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell.access.sees import Sees
from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.nurture import sentence
from leadwell.nurture.kinds.wait import zone_of_enrollment
from leadwell.pressure import REASONS
from leadwell.simulation.charts import words
from leadwell.simulation.playing import Play
from leadwell.simulation.rehearsing import Part, Watching, rehearsal
from leadwell.simulation.wish import NEVER, Wish, checked

YEAR = timedelta(days=366)
STEPS = (
    "SELECT t.step, t.visit, t.entered_at, t.left_at, t.outcome FROM enrollment_steps t WHERE t.workspace_id = $1 AND t.enrollment_id = $2 "
    "ORDER BY t.entered_at, t.left_at, t.step")
MAIL = (
    "SELECT s.id, s.step, s.visit, s.state, s.reason, s.sending_at, s.due_at, s.address, t.name AS template FROM sends s "
    "LEFT JOIN templates t ON t.workspace_id = $1 AND t.id = s.template_id WHERE s.workspace_id = $1 AND s.enrollment_id = $2")
ENROLLMENT = (
    "SELECT e.id, e.state, e.step, e.exit_reason, e.due_at, e.ended_at FROM enrollments e "
    "WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.sequence_id = $3 AND e.created_at >= $4 ORDER BY e.created_at DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class DryStep:
    """One line of a dry run: `what` happens `at` a time, and `because` of what; `step` None: of the sequence as a whole. `zone` is that of the clock that
    counts for the person, None where they would not enter."""

    at: datetime
    step: str | None
    name: str | None
    kind: str | None
    what: str
    because: str
    zone: str | None = None


async def dry_run(db: Database, actor: Actor, part: Part, wish: Wish, viewer: Sees) -> list[DryStep]:
    """What would become of the one person of the wish, who opens nothing and answers nothing. Nothing is written or sent. BadSimulation, NotFound."""
    return await rehearsal(db, actor, part, checked(replace(wish, rates=NEVER, per_day=None)), Watching(viewer, _unwatched, _told))


async def _unwatched(days: int) -> bool:
    return True


async def _told(play: Play, part: Part, zone: str) -> list[DryStep]:
    stage, (person,) = play.stage, play.people
    if play.refused:
        (why,) = play.refused
        return [DryStep(play.wish.from_at, None, None, None, "They would not enter", words(why))]
    enrollment = await stage.row(ENROLLMENT, stage.workspace, person, part.sequence_id, play.wish.from_at)
    assert enrollment is not None, "who was not refused has entered"
    versions = await stage.value("SELECT v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id = $2", stage.workspace, part.version_id)
    steps: dict[str, Mapping[str, Any]] = {step["id"]: step for step in versions}
    mail = {(row["step"], row["visit"]): row for row in await stage.fetch(MAIL, stage.workspace, enrollment["id"])}
    walked = await stage.fetch(STEPS, stage.workspace, enrollment["id"])
    here = await zone_of_enrollment(stage, enrollment["id"])
    lines = [_line(steps[row["step"]], row, mail.get((row["step"], row["visit"])), play, here) for row in walked]
    return [replace(one, zone=here.key) for one in (*lines, _end(enrollment, steps, play, here))]


def _clock(at: datetime, here: ZoneInfo) -> str:
    """As their clock shows it."""
    return f"{at.astimezone(here):%Y-%m-%d %H:%M} in {here.key}"


def _line(step: Mapping[str, Any], row: Any, mail: Any, play: Play, here: ZoneInfo) -> DryStep:
    held = [REASONS.get(hold.reason, words(hold.reason)) for id, hold in play.holds if mail is not None and id == mail["id"]]
    if mail is not None:
        at = mail["sending_at"] or row["left_at"] or row["entered_at"]
        what = f"{mail['template'] or 'Mail'} to {mail['address']}" if mail["state"] == "SENT" else f"No mail: {words(mail['reason'] or mail['state']).lower()}"
        because = " ".join(dict.fromkeys(held)) or (sentence(mail["state"], mail["reason"]) if mail["state"] != "SENT" else "Due at once, and nothing held it.")
        return DryStep(at, step["id"], step.get("name"), step["kind"], what, because)
    until = row["left_at"]
    what = f"Waits until {_clock(until, here)}" if step["kind"] == "WAIT" else words(step["kind"])
    return DryStep(row["entered_at"], step["id"], step.get("name"), step["kind"], what, words(row["outcome"] or "") or "Goes on")


def _end(enrollment: Any, steps: Mapping[str, Mapping[str, Any]], play: Play, here: ZoneInfo) -> DryStep:
    if enrollment["state"] == "ACTIVE":
        step = steps.get(enrollment["step"], {})
        due = f"until {_clock(enrollment['due_at'], here)}" if enrollment["due_at"] else "for what comes of it"
        return DryStep(play.wish.until_at, enrollment["step"], step.get("name"), step.get("kind"), "Still here", f"Waits {due}; the dry run ends.")
    if enrollment["state"] == "COMPLETED":
        return DryStep(enrollment["ended_at"], None, None, None, "Through with the sequence", "Nothing follows.")
    return DryStep(enrollment["ended_at"], None, None, None, "Leaves the sequence", words(enrollment["exit_reason"] or "EXITED"))


def of_one(person: UUID, from_at: datetime, until_at: datetime | None = None) -> Wish:
    """The wish for one person; a year, unless something else is said."""
    return Wish(from_at, until_at or from_at + YEAR, ids=(person,))
