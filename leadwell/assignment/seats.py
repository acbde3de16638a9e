"""Queues with their members as a batch of decisions finds them, locked so that turns are taken one transaction after another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell.assignment.deciding import LEAST_BUSY, Member
from leadwell.base.sql import load
from leadwell.base.tx import Tx


@dataclass(slots=True)
class Queue:
    """A live queue and who sits in it."""

    id: UUID
    name: str
    strategy: str
    sticky: bool
    policy_id: UUID | None
    members: list[Member] = field(default_factory=list[Member])


class Seats:
    """The queues of a batch. What one decision changes, the next one sees, also of a user who sits in several."""

    def __init__(self, queues: Mapping[UUID, Queue]) -> None:
        self.queues = queues
        self._by_user: dict[UUID, list[Member]] = defaultdict(list)
        for member in self:
            self._by_user[member.user_id].append(member)
        self._before = {member.id: (member.credit, member.given) for member in self}

    def __iter__(self) -> Iterator[Member]:
        return (member for queue in self.queues.values() for member in queue.members)

    def took(self, user: UUID, seat: Member | None) -> None:
        """A user has one lead more in work; `seat` has counted it already."""
        for member in self._by_user[user]:
            if member is not seat:
                member.open += 1

    def changed(self) -> list[dict[str, Any]]:
        """Whose turn moved on."""
        return [{"id": one.id, "credit": one.credit, "given": one.given} for one in self if (one.credit, one.given) != self._before[one.id]]


async def seats(tx: Tx, ids: Iterable[UUID], *, lock: bool) -> Seats:
    """The live ones of these queues. With `lock` they, and users whose capacity counts, are held until the transaction ends; all in one order."""
    wanted = sorted(set(ids))
    sql = "SELECT q.id, q.name, q.strategy, q.sticky, q.policy_id FROM lead_queues q WHERE q.workspace_id = $1 AND q.id = ANY($2::uuid[])"
    rows = await tx.fetch(f"{sql} AND q.archived_at IS NULL ORDER BY q.id{' FOR NO KEY UPDATE' if lock else ''}", tx.workspace, wanted) if wanted else []
    queues = {row["id"]: Queue(**row) for row in rows}
    for row in await tx.fetch(load(__name__, "members"), tx.workspace, list(queues), await tx.now()) if queues else ():
        queues[row["queue_id"]].members.append(Member(
            row["id"], row["user_id"], row["weight"], row["capacity"], frozenset(row["skills"]), row["credit"], row["given"], 0, row["away"], row["gone"]))
    counted = {one.user_id for q in queues.values() for one in q.members if one.capacity is not None or q.strategy == LEAST_BUSY}
    if counted:
        await _count(tx, queues, counted, lock)
    return Seats(queues)


async def _count(tx: Tx, queues: Mapping[UUID, Queue], users: Collection[UUID], lock: bool) -> None:
    if lock:
        held = "SELECT 1 FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($2::uuid[]) ORDER BY u.id FOR NO KEY UPDATE"
        await tx.execute(held, tx.workspace, list(users))
    found = {row["owner_id"]: row["n"] for row in await tx.fetch(load(__name__, "in_work"), tx.workspace, list(users))}
    for queue in queues.values():
        for member in queue.members:
            member.open = found.get(member.user_id, 0)
