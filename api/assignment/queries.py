"""Who would get a lead, and how fast people are answered."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Optional
from uuid import UUID

import strawberry

from api.act import id_of
from api.context import Info
from api.grammar import GRAMMAR
from leadwell import assignment
from leadwell.access.holders import holders
from leadwell.base.ids import encode_id
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids
from models.assignment import AssignmentOutcome, AssignmentReason

Doc = strawberry.argument
GRAMMAR.enum(AssignmentOutcome)
GRAMMAR.enum(AssignmentReason)


@strawberry.enum(description="What the speed of answers is told by.")
class SpeedBy(Enum):
    NONE = strawberry.enum_value("NONE", description="One figure for all.")
    SOURCE = strawberry.enum_value("SOURCE", description="The source of the lead.")
    OWNER = strawberry.enum_value("OWNER", description="Who answered, or else has the lead.")
    HOUR = strawberry.enum_value("HOUR", description="The hour of the day at which they asked, in the workspace's zone.")


def _record(noun: str) -> Any:
    async def resolve(root: Any, info: Info) -> Any:
        id: UUID | None = getattr(root, f"{noun.lower()}_key")
        return await GRAMMAR.row(info.context, noun, id) if id else None

    return resolve


def _of(noun: str) -> Any:
    return Optional[GRAMMAR.type(noun)]  # noqa: UP045


@strawberry.type(description="A member of the queue, and what speaks against them.")
class AssignmentCandidate:
    user_id: strawberry.ID = strawberry.field(description="Who.")
    verdict: str = strawberry.field(description="CHOSEN, LATER (could, at another turn), AWAY, FULL, UNSKILLED, GONE, or PASSED (had it and did not answer).")
    weight: int = strawberry.field(description="Weight in the queue.")
    open: int = strawberry.field(description="Leads in work, where that counts.")
    capacity: int | None = strawberry.field(description="Leads in work at most.")
    skills: list[str] = strawberry.field(description="What they can.")


@strawberry.type(description="Who would get a lead now. Nothing is changed, nobody's turn is taken.")
class AssignmentPreview:
    outcome: AssignmentOutcome = strawberry.field(description="What would come of it.")
    reason: AssignmentReason = strawberry.field(description="Why.")
    needs: list[str] = strawberry.field(description="Skills asked for.")
    candidates: list[AssignmentCandidate] = strawberry.field(description="Each member of the queue.")
    owner: Any = strawberry.field(resolver=_record("User"), graphql_type=_of("User"), description="Who would get it.")
    queue: Any = strawberry.field(resolver=_record("LeadQueue"), graphql_type=_of("LeadQueue"), description="The queue it would come into.")
    territory: Any = strawberry.field(resolver=_record("Territory"), graphql_type=_of("Territory"), description="The territory that matches.")
    user_key: strawberry.Private[UUID | None] = None
    leadqueue_key: strawberry.Private[UUID | None] = None
    territory_key: strawberry.Private[UUID | None] = None


@strawberry.type(description="How long people who asked to be spoken to waited for the first answer.")
class SpeedToLead:
    asked: int = strawberry.field(description="How many asked.")
    answered: int = strawberry.field(description="How many of them were called, written to or met by a user.")
    waiting: int = strawberry.field(description="How many still wait.")
    overdue: int = strawberry.field(description="How many were not answered in time.")
    p50_seconds: float | None = strawberry.field(description="Half of those answered waited no longer.")
    p90_seconds: float | None = strawberry.field(description="Nine of ten of those answered waited no longer.")
    business_p50_seconds: float | None = strawberry.field(description="The same in the hours of the calendar.")
    business_p90_seconds: float | None = strawberry.field(description="The same in the hours of the calendar.")
    hour: int | None = strawberry.field(description="The hour of the day, by HOUR.")
    source: Any = strawberry.field(resolver=_record("Source"), graphql_type=_of("Source"), description="The source, by SOURCE.")
    owner: Any = strawberry.field(resolver=_record("User"), graphql_type=_of("User"), description="The user, by OWNER.")
    source_key: strawberry.Private[UUID | None] = None
    user_key: strawberry.Private[UUID | None] = None


@strawberry.type
class AssignmentQueries:
    @strawberry.field(description="Who would get an open lead now, and why; null where the lead is closed.")
    async def assignment_preview(
        self, info: Info, lead_id: Annotated[strawberry.ID, Doc(description="The lead.")],
        queue_id: Annotated[strawberry.ID | None, Doc(description="In this queue; missing: in the one it would come into.")] = None,
    ) -> AssignmentPreview | None:
        viewer, lead = info.context.viewer, id_of(lead_id, "Lead", "leadId")
        queue = id_of(queue_id, "LeadQueue", "queueId") if queue_id else None
        for noun in ("leads", "leadQueues"):
            viewer.need(noun, "read")
        async with info.context.lock:
            tx = await info.context.reader()
            if not await matching_ids(tx, CATALOG["Lead"], {}, viewer, ids=[lead]):
                raise NotFound(noun="lead", field="leadId")
            if queue is not None and not await matching_ids(tx, CATALOG["LeadQueue"], {}, viewer, ids=[queue]):
                raise NotFound(noun="lead queue", field="queueId")
            found = await assignment.preview(tx, lead, queue)
        return _preview(found) if found else None

    @strawberry.field(description="How long people who asked to be spoken to waited for the first answer, the largest group first.")
    async def speed_to_lead(
        self, info: Info, since: Annotated[datetime, Doc(description="Who asked from then on.")],
        until: Annotated[datetime, Doc(description="And before then; two years later at most.")],
        by: Annotated[SpeedBy, Doc(description="In groups.")] = SpeedBy.NONE,
    ) -> list[SpeedToLead]:
        viewer = info.context.viewer
        viewer.need("leads", "read")
        async with info.context.lock:
            tx = await info.context.reader()
            found = await assignment.speed_to_lead(tx, since, until, str(by.value), await holders(tx, viewer, "Lead"))
        return [_speed(one, str(by.value)) for one in found]


def _preview(found: assignment.Decision) -> AssignmentPreview:
    return AssignmentPreview(
        outcome=AssignmentOutcome(found.outcome), reason=AssignmentReason(found.choice.reason), needs=list(found.route.needs),
        candidates=[_candidate(one) for one in found.choice.candidates], user_key=found.owner_id, leadqueue_key=found.route.queue_id,
        territory_key=found.route.territory_id)  # fmt: skip


def _candidate(one: dict[str, Any]) -> AssignmentCandidate:
    return AssignmentCandidate(
        user_id=strawberry.ID(encode_id(CATALOG["User"].tag, one["user"])), verdict=one["verdict"], weight=one["weight"], open=one["open"],
        capacity=one.get("capacity"), skills=one.get("skills", []))  # fmt: skip


def _speed(one: assignment.Speed, by: str) -> SpeedToLead:
    return SpeedToLead(
        asked=one.asked, answered=one.answered, waiting=one.waiting, overdue=one.overdue, p50_seconds=one.p50_s, p90_seconds=one.p90_s,
        business_p50_seconds=one.business_p50_s, business_p90_seconds=one.business_p90_s, hour=int(one.key) if by == "HOUR" and one.key else None,
        source_key=one.record_id if by == "SOURCE" else None, user_key=one.record_id if by == "OWNER" else None)  # fmt: skip
