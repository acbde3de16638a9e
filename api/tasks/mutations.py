"""What makes and completes tasks."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.grammar import GRAMMAR
from leadwell import tasks
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
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
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task that is done.")
class CompleteTaskInput:
    id: strawberry.ID = strawberry.field(description="The task.")
    outcome: str | None = strawberry.field(default=None, description="What came of it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(task="Task")
class TaskPayload:
    """What making or completing a task answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class TaskMutations:
    @strawberry.mutation(description="Makes a task.")
    async def create_task(self, info: Info, input: CreateTaskInput) -> TaskPayload:
        async def verb(tx: Tx) -> UUID:
            return await tasks.create(tx, _new(input))

        about = {"lead": input.lead_id, "contact": input.contact_id, "company": input.company_id, "deal": input.deal_id}
        return await act(info, TaskPayload, "tasks", "create", verb, input=input, shape=lambda id: {"task": id}, about=about)

    @strawberry.mutation(description="Marks a task as done; it leaves one activity on the timeline of what it was about.")
    async def complete_task(self, info: Info, input: CompleteTaskInput) -> TaskPayload:
        async def verb(tx: Tx) -> Revision:
            return await tasks.complete(tx, id_of(input.id, "Task", "id"), input.outcome, input.expected_version)

        about = {"task": input.id}
        return await act(info, TaskPayload, "tasks", "update", verb, input=input, shape=lambda _: {"task": id_of(input.id, "Task")}, about=about)


def _new(input: CreateTaskInput) -> tasks.NewTask:
    lead, contact, company, deal = (
        id_of(id, noun, f"{noun.lower()}_id") if id else None
        for noun, id in (("Lead", input.lead_id), ("Contact", input.contact_id), ("Company", input.company_id), ("Deal", input.deal_id))
    )
    assignee = id_of(input.assignee_id, "User", "assignee_id") if input.assignee_id else None
    about = tasks.About(lead, contact, company, deal)
    return tasks.NewTask(input.title, about, input.kind.value, input.body, input.priority.value, input.due_at, input.remind_at, assignee)
