"""Who is invited to a meeting: users and people, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from leadwell import tasks
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.meetings.refusals import BadMeetingField

MOST = 200


@dataclass(frozen=True, slots=True)
class Attendees:
    """Ours and theirs."""

    user_ids: Sequence[UUID] = ()
    person_ids: Sequence[UUID] = ()


async def invite(tx: Tx, task_id: UUID, attendees: Attendees) -> bool:
    """Makes these the ones who are invited, people as they are after merges; whether that changed anything. The caller holds the lock of the meeting.
    NotFound, BadMeetingField."""
    if len(attendees.user_ids) + len(attendees.person_ids) > MOST:
        raise BadMeetingField(field="attendees", name="attendees", value="…", why=f"more than {MOST} are too many")
    users, people = list(dict.fromkeys(attendees.user_ids)), await tasks.people_of(tx, tasks.About(person_ids=attendees.person_ids))
    known = await tx.fetch("SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($2::uuid[]) AND u.archived_at IS NULL", tx.workspace, users)
    if {row["id"] for row in known} != set(users):
        raise NotFound(field="user_ids", noun="user")
    gone = await tx.execute(
        "DELETE FROM meeting_attendees WHERE workspace_id = $1 AND task_id = $2"
        " AND NOT coalesce(user_id = ANY($3::uuid[]), false) AND NOT coalesce(person_id = ANY($4::uuid[]), false)",
        tx.workspace, task_id, users, people,
    )
    rows = [(uuid7(), user, None) for user in users] + [(uuid7(), None, person) for person in people]
    came = await tx.execute(
        "INSERT INTO meeting_attendees (workspace_id, id, task_id, user_id, person_id, created_at)"
        " SELECT $1, x.id, $2, x.user_id, x.person_id, $6 FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS x (id, user_id, person_id) ON CONFLICT DO NOTHING",
        tx.workspace, task_id, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], await tx.now(),
    )
    return gone + came > 0


async def invited(tx: Tx, task_id: UUID) -> Attendees:
    """Who is invited."""
    sql = "SELECT a.user_id, a.person_id FROM meeting_attendees a WHERE a.workspace_id = $1 AND a.task_id = $2 ORDER BY a.id"
    rows = await tx.fetch(sql, tx.workspace, task_id)
    return Attendees([row["user_id"] for row in rows if row["user_id"]], [row["person_id"] for row in rows if row["person_id"]])
