"""What is logged by hand."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, ids_of, payload
from api.grammar import GRAMMAR
from leadwell import tasks
from leadwell.base.tx import Tx
from leadwell.timeline import NewActivity
from models.activities import ActivityDirection
from models.columns import Choice


class LoggedKind(Choice):
    """What can be logged by hand."""

    CALL = "CALL", "A phone call."
    EMAIL = "EMAIL", "An e-mail."
    MEETING = "MEETING", "A meeting that took place."
    NOTE = "NOTE", "A note."


for choices in (LoggedKind, ActivityDirection):
    GRAMMAR.enum(choices)


@strawberry.input(description="Something that happened. It needs at least one person or record it is about.")
class LogActivityInput:
    kind: LoggedKind = strawberry.field(description="What happened.")
    at: datetime | None = strawberry.field(default=None, description="When; missing: now.")
    subject: str | None = strawberry.field(default=None, description="What it was about, in a line.")
    body: str | None = strawberry.field(default=None, description="What was said or written.")
    outcome: str | None = strawberry.field(default=None, description="What came of it, such as reached or voicemail.")
    direction: ActivityDirection | None = strawberry.field(default=None, description="Who reached out.")
    duration_seconds: int | None = strawberry.field(default=None, description="How long it took.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead; its person takes part.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact; its person takes part.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company.")
    deal_id: strawberry.ID | None = strawberry.field(default=None, description="The deal.")
    person_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Further people who took part.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(activity="Activity")
class LogActivityPayload:
    """What logActivity answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ActivityMutations:
    @strawberry.mutation(description="Records a call, e-mail, meeting or note; it cannot be changed afterwards.")
    async def log_activity(self, info: Info, input: LogActivityInput) -> LogActivityPayload:
        async def verb(tx: Tx) -> UUID:
            activity = NewActivity(
                input.kind.value, at=input.at, subject=input.subject, body=input.body, outcome=input.outcome,  # pyright: ignore[reportArgumentType]
                direction=input.direction and input.direction.value,  # pyright: ignore[reportArgumentType]
                duration_seconds=input.duration_seconds, user_id=tx.actor.user,
            )
            return await tasks.log_activity(tx, activity, _about(input))

        about = {
            "lead": input.lead_id, "contact": input.contact_id, "company": input.company_id, "deal": input.deal_id, "people": input.person_ids or [],
        }
        return await act(info, LogActivityPayload, "activities", "create", verb, input=input, shape=lambda id: {"activity": id}, about=about)


def _about(input: LogActivityInput) -> tasks.About:
    lead, contact, company, deal = (
        id_of(id, noun, f"{noun.lower()}_id") if id else None
        for noun, id in (("Lead", input.lead_id), ("Contact", input.contact_id), ("Company", input.company_id), ("Deal", input.deal_id))
    )
    return tasks.About(lead, contact, company, deal, ids_of(input.person_ids or (), "Person", "person_ids"))
