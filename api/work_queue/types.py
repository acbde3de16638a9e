"""What a work queue looks like: items in order, each with the reasons that add up to its rank."""

from datetime import datetime
from typing import Any, Optional
from uuid import UUID

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from leadwell import assignment


def _record(noun: str) -> Any:
    async def resolve(root: Any, info: Info) -> Any:
        return await GRAMMAR.row(info.context, noun, root.record_key) if root.noun == noun else None

    return resolve


def _of(noun: str) -> Any:
    return Optional[GRAMMAR.type(noun)]  # noqa: UP045


@strawberry.type(description="Why something is to be done.")
class WorkReason:
    code: str = strawberry.field(description="RESPONSE, REPLY, TASK_OVERDUE, TASK, HANDED_OVER (by marketing, not accepted), WAITS (in the queue) or SCORE.")
    points: int = strawberry.field(description="How much it weighs.")
    since: datetime = strawberry.field(description="Since when it holds.")
    due_at: datetime | None = strawberry.field(description="By when it is to be done.")


@strawberry.type(description="A lead, contact or task, and what to do about it.")
class WorkItem:
    noun: str = strawberry.field(description="Lead, Contact or Task.")
    rank: int = strawberry.field(description="The sum of the points of its reasons; the largest comes first.")
    action: str = strawberry.field(description="ANSWER, CLAIM, ACCEPT, CALL, or DO a task.")
    due_at: datetime | None = strawberry.field(description="The earliest time by which one of its reasons wants it done.")
    reasons: list[WorkReason] = strawberry.field(description="Why, the weightiest first.")
    lead: Any = strawberry.field(resolver=_record("Lead"), graphql_type=_of("Lead"), description="The lead.")
    contact: Any = strawberry.field(resolver=_record("Contact"), graphql_type=_of("Contact"), description="The contact.")
    task: Any = strawberry.field(resolver=_record("Task"), graphql_type=_of("Task"), description="The task.")
    record_key: strawberry.Private[UUID | None] = None

    @classmethod
    def of(cls, item: assignment.Item) -> "WorkItem":
        reasons = [WorkReason(code=one.code, points=one.points, since=one.since, due_at=one.due_at) for one in item.reasons]
        return cls(noun=item.noun, rank=item.rank, action=item.action, due_at=item.due_at, reasons=reasons, record_key=item.record_id)
