"""Captures leads, replays what was parked."""

import dataclasses
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, id_of, ids_of, payload
from api.capture.inputs import CreateLeadInput, submission
from api.context import Context
from api.errors import user_error
from api.writing import check_fields
from leadwell import capture, custom
from leadwell.access import Viewer
from leadwell.base.ids import encode_id
from leadwell.base.lengths import check_length
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.capture import Outcome, Submission
from leadwell.capture.own_values import own_values
from leadwell.catalog import CATALOG, matching_ids


@payload(lead="Lead", person="Person", submission="Submission")
class CreateLeadPayload:
    """What createLead answers. Somebody with an open lead gets that lead back, its empty fields filled."""

    attached: bool = strawberry.field(default=False, description="The person had an open lead; it is this one.")
    outcome: str | None = strawberry.field(default=None, description="CREATED, ATTACHED, REPEATED, TASK, ACTIVITY or PERSON.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.enum(description="What a batch does about an entry that is refused.")
class OnError(Enum):
    ABORT = strawberry.enum_value("ABORT", description="Nothing of the batch is done.")
    SKIP = strawberry.enum_value("SKIP", description="The others are done.")


@strawberry.input(description="Leads to capture, 500 at most.")
class CreateLeadsInput:
    leads: list[CreateLeadInput] = strawberry.field(description="The leads; their own idempotency keys are not looked at.")
    on_error: OnError = strawberry.field(default=OnError.ABORT, description="What a refused entry does to the others.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="What became of one entry of a batch.")
class CreateLeadResult:
    index: int = strawberry.field(description="Its place in the batch, from 0.")
    lead_id: strawberry.ID | None = strawberry.field(description="The lead, if there is one.")
    outcome: str = strawberry.field(description="CREATED, ATTACHED, REPEATED, TASK, ACTIVITY, PERSON, PARKED or REFUSED.")
    code: str | None = strawberry.field(description="Code of what went wrong.")
    message: str | None = strawberry.field(description="What went wrong.")
    field: list[str] | None = strawberry.field(description="Where in the input.")


@payload(leads=["Lead"])
class CreateLeadsPayload:
    """What createLeads answers."""

    results: strawberry.Private[list[dict[str, Any]] | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(name="results", description="One per entry, in order.")
    def shown(self) -> list[CreateLeadResult]:
        return [CreateLeadResult(**one) for one in self.results or ()]


@strawberry.input(description="Parked submissions to process again.")
class ReplaySubmissionsInput:
    ids: list[strawberry.ID] = strawberry.field(description="The submissions, 500 at most.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A parked submission to put right.")
class EditSubmissionInput:
    id: strawberry.ID = strawberry.field(description="The submission.")
    fields: JSON | None = strawberry.field(
        default=None, description='Fields that should be otherwise: {"email": "ana@acme.com", "phone": null}; null takes one out.')
    remap: bool = strawberry.field(default=False, description="Reads what a feed was sent once more first, by the feed's mapping as it now is.")
    replay: bool = strawberry.field(default=False, description="Processes it afterwards.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(submission="Submission")
class EditSubmissionPayload:
    """What editSubmission answers: the submission as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(submissions=["Submission"])
class ReplaySubmissionsPayload:
    """What replaySubmissions answers: the submissions as they are now."""


@strawberry.type
class CaptureMutations:
    @strawberry.mutation(description="Captures a lead: finds or makes the person, opens a lead or attaches to the open one. What is sent is kept first.")
    async def create_lead(self, info: Info, input: CreateLeadInput) -> CreateLeadPayload:
        intake = await _receive(info, input, lambda: {0: submission(input)})

        async def verb(tx: Tx) -> Outcome:
            (outcome,) = await intake.captured(tx)
            return outcome

        answer = await act(info, CreateLeadPayload, "leads", "create", verb, input=input, shape=_shape)
        await intake.park_refused(info, answer)
        return answer

    @strawberry.mutation(description="Captures up to 500 leads, with a result for each.")
    async def create_leads(self, info: Info, input: CreateLeadsInput) -> CreateLeadsPayload:
        refused: dict[int, Refusal] = {}
        skipped = refused if input.on_error is OnError.SKIP else None
        intake = await _receive(info, input, lambda: _several(input, skipped), skipped)
        shape: Callable[[list[Outcome]], dict[str, Any]] = lambda outcomes: _results(len(input.leads), refused, outcomes)  # noqa: E731
        answer = await act(info, CreateLeadsPayload, "leads", "create", intake.captured, input=input, shape=shape)
        await intake.park_refused(info, answer)
        return answer

    @strawberry.mutation(description="Puts a parked submission right, and processes it if asked. What is left out stays.")
    async def edit_submission(self, info: Info, input: EditSubmissionInput) -> EditSubmissionPayload:
        async def verb(tx: Tx) -> UUID:
            id, version = id_of(input.id, "Submission", "id"), input.expected_version
            if input.remap:
                version = (await capture.remap(tx, id, version)).version
            await capture.edit(tx, id, _edited(input.fields), version)
            if input.replay:
                await capture.process_in(tx, capture.Received([id]), trust=True)
            return id

        shape: Callable[[UUID], dict[str, Any]] = lambda id: {"submission": id}  # noqa: E731
        return await act(info, EditSubmissionPayload, "submissions", "update", verb, input=input, shape=shape, about={"submission": input.id})

    @strawberry.mutation(description="Processes parked submissions again, spam included; those processed before stay as they are.")
    async def replay_submissions(self, info: Info, input: ReplaySubmissionsInput) -> ReplaySubmissionsPayload:
        async def verb(tx: Tx) -> list[UUID]:
            ids = ids_of(input.ids[: capture.MOST], "Submission", "ids")
            await capture.process_in(tx, capture.Received(ids), trust=True)
            return ids

        return await act(info, ReplaySubmissionsPayload, "submissions", "update", verb, input=input, shape=lambda ids: {"submissions": ids})


def _edited(fields: Any) -> dict[str, Any]:
    if fields is not None and not isinstance(fields, dict):
        raise capture.BadSubmissionField(field="fields", name="This", fix="Give an object of fields and values.")
    return dict(cast("dict[str, Any]", fields or {}))


def _shape(one: Outcome) -> dict[str, Any]:
    ids = {"lead": one.lead_id, "person": one.person_id, "submission": one.submission_id}
    return {**ids, "attached": one.outcome == "ATTACHED", "outcome": one.outcome}


@dataclasses.dataclass(slots=True)
class _Intake:
    """Submissions that are safe, or the refusal that kept them out. With `alone` each is processed by itself."""

    received: capture.Received
    refusal: Refusal | None = None
    outcomes: Sequence[Outcome] | None = None

    async def captured(self, tx: Tx) -> list[Outcome]:
        if self.refusal:
            raise self.refusal
        if self.outcomes is not None:
            return list(self.outcomes)
        received, self.received = self.received, capture.Received(self.received.ids)
        found = await capture.process_in(tx, received)
        parked = next(((i, one) for i, one in enumerate(found) if one.parked), None)
        if parked:
            raise capture.SubmissionParked(parked[1].reason, parked[0] if len(found) > 1 else None)
        return found

    async def park_refused(self, info: Info, answer: Any) -> None:
        """What was refused is kept, parked, and no worker takes it up behind the caller's back."""
        errors = [error for error in answer.user_errors if not error.retryable]
        if errors and self.received.ids and self.outcomes is None:
            await capture.park(info.context.db, info.context.actor, self.received.ids, errors[0].message)


async def _receive(info: Info, input: Any, read: Callable[[], dict[int, Submission]], refused: dict[int, Refusal] | None = None) -> _Intake:
    """Commits the raw submissions before anything is made of them. With `refused` bad entries go there, and the others are processed one by one."""
    context = info.context
    try:
        context.viewer.need("leads", "create")
        check_fields(context.viewer, "leads", input)
        check_length("idempotency_key", input.idempotency_key or "", "idempotency_key")
        given, key = read(), input.idempotency_key or context.idempotency_key
        await context.settle()
        await _check_links(context, given, refused)
        await check_custom(context, given, refused)
        path = f"graphql:{context.viewer.credential}:{'.'.join(str(part) for part in info.path.as_list())}"
        keyed = [dataclasses.replace(one, dedupe_key=f"{path}:{i}:{key}" if key else None) for i, one in given.items()]
        received = await capture.receive(context.db, context.actor, keyed) if keyed else capture.Received(())
        if refused is None:
            return _Intake(received)
        return _Intake(received, outcomes=await capture.process(context.db, context.actor, received) if keyed else [])
    except Refusal as refusal:
        return _Intake(capture.Received(()), refusal)


async def _check_links(context: Context, given: dict[int, Submission], refused: dict[int, Refusal] | None) -> None:
    """A link that leads nowhere, or into another workspace, is refused like any unknown id, and what came with it is not kept."""
    linked = {i: one for i, one in given.items() if any(getattr(one.defaults, f"{name}_id") for name in capture.LINKS)}
    if not linked:
        return
    async with context.db.read(context.actor) as tx:
        unknown = await unseen_links(tx, context.viewer, [one.defaults for one in linked.values()])
    for i, one in linked.items():
        name = next((name for name in capture.LINKS if getattr(one.defaults, f"{name}_id") in unknown), None)
        if name:
            refusal = NotFound(noun=name, field=f"leads.{i}.{name}_id" if len(given) > 1 or refused is not None else f"{name}_id")
            if refused is None:
                raise refusal
            refused[i] = refusal
            del given[i]


async def unseen_links(tx: Tx, viewer: Viewer, defaults: Sequence[capture.Defaults]) -> set[UUID]:
    """The ids given directly that lead nowhere, or to campaigns that the viewer does not see."""
    unknown = await capture.unknown_links(tx, defaults)
    if campaigns := {one.campaign_id for one in defaults if one.campaign_id and "Campaign" in viewer.own}:
        unknown |= campaigns - set(await matching_ids(tx, CATALOG["Campaign"], {}, viewer, ids=list(campaigns)))
    return unknown


async def check_custom(context: Context, given: dict[int, Submission], refused: dict[int, Refusal] | None) -> None:
    """Values that no field can hold, and fields that somebody at a screen has to fill, are refused before anything is kept."""
    values = {i: own_values(one.fields) for i, one in given.items()}
    required = context.viewer.user is not None and not custom.nothing_required(context.viewer.workspace, "Lead")
    if not required and not any(values.values()):
        return
    async with context.db.read(context.actor) as tx:
        unfit = dict(zip(values, await custom.unfit(tx, "Lead", list(values.values())), strict=True))
        for i, own in values.items():
            try:
                if unfit[i]:
                    raise next(iter(unfit[i].values()))
                if required:
                    await custom.require(tx, "Lead", own)
            except Refusal as refusal:
                if len(given) > 1 or refused is not None:
                    refusal.field = f"leads.{i}.{refusal.field}"
                if refused is None:
                    raise
                refused[i] = refusal
                del given[i]


def _several(input: CreateLeadsInput, refused: dict[int, Refusal] | None) -> dict[int, Submission]:
    if len(input.leads) > capture.MOST:
        raise capture.TooManySubmissions(field="leads", count=len(input.leads), most=capture.MOST)
    found: dict[int, Submission] = {}
    for i, one in enumerate(input.leads):
        try:
            found[i] = submission(one, f"leads.{i}.")
        except Refusal as refusal:
            if refused is None:
                raise
            refused[i] = refusal
    return found


def _results(count: int, refused: dict[int, Refusal], outcomes: list[Outcome]) -> dict[str, Any]:
    """One result per entry, and each lead once."""
    left, results = iter(outcomes), list[dict[str, Any]]()
    for i in range(count):
        refusal = refused.get(i)
        if refusal:
            told = user_error(refusal)
            results.append({"index": i, "lead_id": None, "outcome": "REFUSED", "code": refusal.code, "message": refusal.message, "field": told.field})
            continue
        one = next(left)
        lead = one.lead_id and encode_id(CATALOG["Lead"].tag, one.lead_id)
        code = "SUBMISSION_PARKED" if one.parked else None
        results.append({"index": i, "lead_id": lead, "outcome": one.outcome, "code": code, "message": one.reason, "field": None})
    return {"leads": list(dict.fromkeys(one.lead_id for one in outcomes if one.lead_id)), "results": results}
