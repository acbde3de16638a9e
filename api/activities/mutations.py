"""What is logged by hand or told by other systems, and set right afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.about import about_of, mentioned
from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.capture.mutations import OnError
from api.errors import path
from api.grammar import GRAMMAR
from leadwell import tasks, timeline
from leadwell.base.identity import clean
from leadwell.base.ids import encode_id
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.timeline import NewActivity
from models.activities import ActivityDirection, ActivityReading, ParticipantRole
from models.columns import Choice


class LoggedKind(Choice):
    """What can be logged by hand."""

    CALL = "CALL", "A phone call."
    EMAIL = "EMAIL", "An e-mail."
    MEETING = "MEETING", "A meeting that took place."
    NOTE = "NOTE", "A note."


class ToldKind(Choice):
    """What other systems can tell."""

    CALL = "CALL", "A phone call."
    EMAIL = "EMAIL", "An e-mail."
    MEETING = "MEETING", "A meeting that took place."
    NOTE = "NOTE", "A note."
    TICKET = "TICKET", "A support ticket."
    SURVEY = "SURVEY", "An answer to a survey."
    PAGE_VIEW = "PAGE_VIEW", "A page was seen."
    FORM = "FORM", "A form was sent."
    OPEN = "OPEN", "A mail was opened."
    CLICK = "CLICK", "A link was clicked."


for choices in (LoggedKind, ToldKind, ActivityDirection, ActivityReading, ParticipantRole):
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


@strawberry.input(description="A person who took part, and how.")
class ParticipantInput:
    person_id: strawberry.ID = strawberry.field(description="The person.")
    role: ParticipantRole = strawberry.field(default=ParticipantRole.ABOUT, description="What part the person had.")


@strawberry.input(description="Something that happened, as another system tells it.")
class ToldActivityInput:
    kind: ToldKind = strawberry.field(description="What happened.")
    source: str | None = strawberry.field(default=None, description="The system it comes from; with externalId it is recorded once, however often it is told.")
    external_id: str | None = strawberry.field(default=None, description="Its id in that system.")
    at: datetime | None = strawberry.field(default=None, description="When; missing: now. Up to five minutes ahead counts as now; later is kept until then.")
    subject: str | None = strawberry.field(default=None, description="What it was about, in a line.")
    body: str | None = strawberry.field(default=None, description="What was said or written.")
    outcome: str | None = strawberry.field(default=None, description="What came of it.")
    direction: ActivityDirection | None = strawberry.field(default=None, description="Who reached out.")
    duration_seconds: int | None = strawberry.field(default=None, description="How long it took.")
    reading: ActivityReading = strawberry.field(default=ActivityReading.HUMAN, description="Whether a human stood behind it; only that scores.")
    user_agent: str | None = strawberry.field(default=None, description="The program that opened or clicked, as it named itself: some are machines.")
    url: str | None = strawberry.field(default=None, description="The link that was clicked, or the page that was seen.")
    honey: bool = strawberry.field(default=False, description="The link was one that no human sees: whoever followed it is a machine.")
    mail_id: str | None = strawberry.field(default=None, description="The mail, as that system knows it: its opens and clicks are read together.")
    delivered_at: datetime | None = strawberry.field(default=None, description="When the mail was delivered: what opens or clicks within seconds is a machine.")
    lead_id: strawberry.ID | None = strawberry.field(default=None, description="The lead; its person takes part.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="The contact; its person takes part.")
    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company.")
    deal_id: strawberry.ID | None = strawberry.field(default=None, description="The deal.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign.")
    participants: list[ParticipantInput] | None = strawberry.field(default=None, description="People who took part.")

    @property
    def person_ids(self) -> list[strawberry.ID]:
        return [one.person_id for one in self.participants or ()]


@strawberry.input(description="Up to 500 things that happened.")
class LogActivitiesInput:
    activities: list[ToldActivityInput] = strawberry.field(description="What happened.")
    on_error: OnError = strawberry.field(default=OnError.ABORT, description="What happens when one is refused.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What an activity that was logged by hand should say instead.")
class CorrectActivityInput:
    id: strawberry.ID = strawberry.field(description="The activity.")
    subject: strawberry.Maybe[str | None] = strawberry.field(description="What it was about, in a line.")
    body: strawberry.Maybe[str | None] = strawberry.field(description="What was said or written.")
    outcome: strawberry.Maybe[str | None] = strawberry.field(description="What came of it.")
    duration_seconds: strawberry.Maybe[int | None] = strawberry.field(description="How long it took.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(activity="Activity")
class ActivityPayload:
    """What logging and correcting an activity answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type(description="What became of one of many.")
class LogActivityResult:
    index: int = strawberry.field(description="Its place among those sent, from 0.")
    activity_id: strawberry.ID | None = strawberry.field(description="The activity: the one known before when it was told before; missing: refused.")
    parked: bool = strawberry.field(description="Its time has not come; it is recorded when it has.")
    code: str | None = strawberry.field(description="Code of what went wrong.")
    message: str | None = strawberry.field(description="What went wrong.")
    field: list[str] | None = strawberry.field(description="Where in the input.")


@payload()
class LogActivitiesPayload:
    """What logActivities answers."""

    results: strawberry.Private[list[dict[str, Any]] | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(name="results", description="One for each, in the same order.")
    def shown(self) -> list[LogActivityResult]:
        return [LogActivityResult(**one) for one in self.results or ()]


@strawberry.type
class ActivityMutations:
    @strawberry.mutation(description="Records a call, e-mail, meeting or note. What was recorded stays; correctActivity adds what it should say.")
    async def log_activity(self, info: Info, input: LogActivityInput) -> ActivityPayload:
        async def verb(tx: Tx) -> UUID:
            activity = NewActivity(
                input.kind.value, at=input.at, subject=input.subject, body=input.body, outcome=input.outcome,  # pyright: ignore[reportArgumentType]
                direction=input.direction and input.direction.value,  # pyright: ignore[reportArgumentType]
                duration_seconds=input.duration_seconds, user_id=tx.actor.user,
            )
            return await tasks.log_activity(tx, activity, about_of(input))

        return await act(info, ActivityPayload, "activities", "create", verb, input=input, shape=lambda id: {"activity": id}, about=mentioned(input))

    @strawberry.mutation(
        description="Records what other systems tell, up to 500 at once, each once, however late: what concerns a lead stands on its contact too.")
    async def log_activities(self, info: Info, input: LogActivitiesInput) -> LogActivitiesPayload:
        async def verb(tx: Tx) -> list[tasks.Logged]:
            told = [_told(one, i, tx.actor.user) for i, one in enumerate(input.activities)]
            return await tasks.log_activities(tx, told, skip=input.on_error is OnError.SKIP)

        def shape(logged: Sequence[tasks.Logged]) -> dict[str, Any]:
            return {"results": [_result(i, one) for i, one in enumerate(logged)]}

        about = mentioned(*input.activities) if len(input.activities) <= 500 else {}
        return await act(info, LogActivitiesPayload, "activities", "create", verb, input=input, shape=shape, about=about)

    @strawberry.mutation(description="Corrects what was logged by hand. The activity stays as it was recorded; timelines show the correction.")
    async def correct_activity(self, info: Info, input: CorrectActivityInput) -> ActivityPayload:
        async def verb(tx: Tx) -> Revision:
            values = given(input, "subject", "body", "outcome", "duration_seconds")
            return await timeline.revise(tx, id_of(input.id, "Activity", "id"), values, input.expected_version)

        shown = {"activity": input.id}
        return await act(
            info, ActivityPayload, "activities", "update", verb, input=input, shape=lambda _: {"activity": id_of(input.id, "Activity")}, about=shown)


def _told(input: ToldActivityInput, i: int, user: UUID | None) -> tasks.Told:
    activity = NewActivity(
        input.kind.value, at=input.at, subject=input.subject, body=input.body, outcome=input.outcome,  # pyright: ignore[reportArgumentType]
        direction=input.direction and input.direction.value, reading=input.reading.value,  # pyright: ignore[reportArgumentType]
        duration_seconds=input.duration_seconds, user_id=user, source=input.source, external_id=input.external_id, data=_signs(input),
    )
    return tasks.Told(activity, about_of(input, f"activities.{i}.", [one.role.value for one in input.participants or ()]))


def _signs(input: ToldActivityInput) -> dict[str, Any]:
    """What tells machines from humans, as scoring reads it."""
    said = {"userAgent": clean(input.user_agent, limit=500), "url": clean(input.url), "honey": input.honey, "mailId": clean(input.mail_id),
            "deliveredAt": input.delivered_at and input.delivered_at.isoformat()}  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _result(index: int, one: tasks.Logged) -> dict[str, Any]:
    refusal = one.refusal
    said = {"code": refusal.code, "message": refusal.message, "field": path(refusal.field)} if refusal else {"code": None, "message": None, "field": None}
    return {"index": index, "activity_id": encode_id(CATALOG["Activity"].tag, one.id) if one.id else None, "parked": one.parked, **said}
