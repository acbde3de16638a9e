"""What makes, changes and ends tasks."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.about import about_of, mentioned
from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.grammar import GRAMMAR
from leadwell import tasks
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from models.columns import Choice
from models.tasks import TaskKind, TaskPriority

for choices in (TaskKind, TaskPriority):
    GRAMMAR.enum(choices)


@strawberry.input(description="Something to do.")
class CreateTaskInput:
    title: str = strawberry.field(description="What is to be done.")
    kind: TaskKind = strawberry.field(default=TaskKind.TODO, description="What kind of thing it is.")
    body: str | None = strawberry.field(default=None, description="Details.")
    priority: TaskPriority = strawberry.field(default=TaskPriority.NORMAL, description="How urgent it is.")
    due_at: datetime | None = strawberry.field(default=None, description="Until when.")
    remind_at: datetime | None = strawberry.field(default=None, description="When to remind the assignee.")
    assignee_id: strawberry.ID | None = strawberry.field(default=None, description="Who does it; missing: the caller.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead it is about.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact it is about.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company it is about.")
    deal_id: strawberry.ID | None = strawberry.field(default=None, description="The deal it is about.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="People it is about; the first one counts.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that is done.")
class CompleteTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    outcome: str | None = strawberry.field(default=None, description="What came of it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What of an open task should change.")
class UpdateTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    title: strawberry.Maybe[str] = strawberry.field(description="What is to be done.")
    kind: strawberry.Maybe[TaskKind] = strawberry.field(description="What kind of thing it is.")
    body: strawberry.Maybe[str | None] = strawberry.field(description="Details.")
    priority: strawberry.Maybe[TaskPriority] = strawberry.field(description="How urgent it is.")
    due_at: strawberry.Maybe[datetime | None] = strawberry.field(description="Until when.")
    remind_at: strawberry.Maybe[datetime | None] = strawberry.field(description="When to remind the assignee.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that somebody else does.")
class AssignTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    assignee_id: strawberry.ID | None = strawberry.field(description="Who does it; null: nobody yet.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that is called off.")
class CancelTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that is open again.")
class ReopenTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that can wait.")
class SnoozeTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    until: datetime = strawberry.field(description="Until when; the assignee is reminded then.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(task="Task")
class TaskPayload:
    """What the mutations of tasks answer."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class TaskMutations:
    @strawberry.mutation(description="Makes a task.")
    async def create_task(self, info: Info, input: CreateTaskInput) -> TaskPayload:
        async def verb(tx: Tx) -> UUID:
            return await tasks.create(tx, _new(input))

        return await act(info, TaskPayload, "tasks", "create", verb, input=input, shape=lambda id: {"task": id}, about=mentioned(input))

    @strawberry.mutation(description="Changes an open task.")
    async def update_task(self, info: Info, input: UpdateTaskInput) -> TaskPayload:
        values = given(input, "title", "kind", "body", "priority", "due_at", "remind_at")
        plain = {name: value.value if isinstance(value, Choice) else value for name, value in values.items()}
        return await _change(info, input, "update", lambda tx, id: tasks.update(tx, id, plain, input.expected_version))

    @strawberry.mutation(description="Gives a task to somebody, who is told.")
    async def assign_task(self, info: Info, input: AssignTaskInput) -> TaskPayload:
        def verb(tx: Tx, id: UUID) -> Awaitable[Revision]:
            assignee = id_of(input.assignee_id, "User", "assignee_id") if input.assignee_id else None
            return tasks.update(tx, id, {"assignee_id": assignee}, input.expected_version)

        return await _change(info, input, "update", verb)

    @strawberry.mutation(description="Marks a task as done; it leaves one activity on the timeline of what it was about.")
    async def complete_task(self, info: Info, input: CompleteTaskInput) -> TaskPayload:
        return await _change(info, input, "update", lambda tx, id: tasks.complete(tx, id, input.outcome, input.expected_version))

    @strawberry.mutation(description="Calls a task off; it leaves nothing on the timeline.")
    async def cancel_task(self, info: Info, input: CancelTaskInput) -> TaskPayload:
        return await _change(info, input, "update", lambda tx, id: tasks.cancel(tx, id, input.reason, input.expected_version))

    @strawberry.mutation(description="Opens a task again that was done or called off.")
    async def reopen_task(self, info: Info, input: ReopenTaskInput) -> TaskPayload:
        return await _change(info, input, "update", lambda tx, id: tasks.reopen(tx, id, input.expected_version))

    @strawberry.mutation(description="Puts a task off: it is due and its assignee is reminded later.")
    async def snooze_task(self, info: Info, input: SnoozeTaskInput) -> TaskPayload:
        return await _change(info, input, "update", lambda tx, id: tasks.snooze(tx, id, input.until, input.expected_version))


async def _change(info: Info, input: Any, permission: str, change: Callable[[Tx, UUID], Awaitable[Revision]]) -> TaskPayload:
    async def verb(tx: Tx) -> Revision:
        return await change(tx, id_of(input.id, "Task", "id"))

    def shape(_: Revision) -> dict[str, Any]:
        return {"task": id_of(input.id, "Task")}

    return await act(info, TaskPayload, "tasks", permission, verb, input=input, shape=shape, about={"task": input.id})


def _new(input: CreateTaskInput) -> tasks.NewTask:
    assignee = id_of(input.assignee_id, "User", "assignee_id") if input.assignee_id else None
    return tasks.NewTask(
        input.title, about_of(input), input.kind.value, input.body, input.priority.value, input.due_at, input.remind_at, assignee)
