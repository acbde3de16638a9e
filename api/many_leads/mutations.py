"""Changes many leads in one request, each with its result; makes those that are not there."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import strawberry

from api.act import Info, act, payload
from api.capture.mutations import OnError, check_custom, unseen_links
from api.changes.mutations import ChangeSetPayload
from api.errors import user_error
from api.many_leads.inputs import UpdateLeadsInput, UpdateLeadsWhereInput, UpsertLeadsInput, entries, submissions, values
from api.writing import check_fields
from leadwell import capture, changes
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.capture import Outcome
from leadwell.catalog import CATALOG
from leadwell.changes import batching
from leadwell.changes.batching import Entry


@strawberry.type(description="What became of one entry of a batch.")
class LeadResult:
    index: int = strawberry.field(description="Its place in the batch, from 0.")
    lead_id: strawberry.ID | None = strawberry.field(description="The lead, if there is one.")
    outcome: str = strawberry.field(description="CHANGED, UNCHANGED or REFUSED; of upsertLeads also what createLeads says.")
    code: str | None = strawberry.field(description="Code of what went wrong.")
    message: str | None = strawberry.field(description="What went wrong.")
    field: list[str] | None = strawberry.field(description="Where in the input.")


@payload(leads=["Lead"])
class LeadsPayload:
    """What a change of many leads answers."""

    results: strawberry.Private[list[dict[str, Any]] | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(name="results", description="One per entry, in order.")
    def shown(self) -> list[LeadResult]:
        return [LeadResult(**one) for one in self.results or ()]


@strawberry.type
class LeadBatchMutations:
    @strawberry.mutation(description="Changes up to 500 leads, each in its own way, with a result for each.")
    async def update_leads(self, info: Info, input: UpdateLeadsInput) -> LeadsPayload:
        given = entries(input)

        async def verb(tx: Tx) -> Sequence[Revision | Refusal]:
            return await batching.update_leads(tx, given, info.context.viewer, skip=input.on_error is OnError.SKIP)

        def shape(found: Sequence[Revision | Refusal]) -> dict[str, Any]:
            return _told([_result(i, one.lead_id, done) for i, (one, done) in enumerate(zip(given, found, strict=True))])

        return await act(info, LeadsPayload, "leads", "update", verb, input=input, shape=shape)

    @strawberry.mutation(description="Makes up to 500 leads, or brings the open leads of these people up to date: what is given replaces what was there.")
    async def upsert_leads(self, info: Info, input: UpsertLeadsInput) -> LeadsPayload:
        return await _Upsert(info, input).run()

    @strawberry.mutation(description="Sets fields of all leads that match; a worker does it in batches, as a change set that can be taken back.")
    async def update_leads_where(self, info: Info, input: UpdateLeadsWhereInput) -> ChangeSetPayload:
        wanted = changes.Wanted("Lead", "UPDATE", cast("Any", input.where), options={"set": input.set}, quiet=input.quiet)

        async def verb(tx: Tx) -> UUID:
            return await changes.ask(tx, wanted, info.context.viewer, input.expected_count)

        return await act(info, ChangeSetPayload, "leads", "update", verb, input=input, shape=lambda id: {"change_set": id})


@dataclasses.dataclass(slots=True)
class _Upsert:
    """Submissions are kept first, as at every door; then the leads that were open already get what was given."""

    info: Info
    input: UpsertLeadsInput
    refused: dict[int, Refusal] = dataclasses.field(default_factory=dict[int, Refusal])
    received: capture.Received = dataclasses.field(default_factory=lambda: capture.Received(()))

    @property
    def skip(self) -> bool:
        return self.input.on_error is OnError.SKIP

    async def run(self) -> LeadsPayload:
        context, ready = self.info.context, False

        async def verb(tx: Tx) -> list[dict[str, Any]]:
            return await self.made(tx, outcomes) if ready else await self.kept_out()

        outcomes: Sequence[Outcome] | None = None
        try:
            context.viewer.need("leads", "create")
            check_fields(context.viewer, "leads", self.input)
            batching.few(len(self.input.leads))
            await context.settle()
            given = await self.known(submissions(self.input.leads, self.refused if self.skip else None))
            await check_custom(context, given, self.refused if self.skip else None)
            key = self.input.idempotency_key or context.idempotency_key
            path = f"graphql:{context.viewer.credential}:{'.'.join(str(part) for part in self.info.path.as_list())}"
            keyed = [dataclasses.replace(one, dedupe_key=f"{path}:{i}:{key}" if key else None) for i, one in given.items()]
            self.received = await capture.receive(context.db, context.actor, keyed) if keyed else self.received
            outcomes = await capture.process(context.db, context.actor, self.received) if self.skip and keyed else None if keyed else []
            ready = True
        except Refusal as refusal:
            self.refused[-1] = refusal
        answer: Any = await act(self.info, LeadsPayload, "leads", "create", verb, input=self.input, shape=_told)
        errors = [error for error in answer.user_errors if not error.retryable]
        if errors and self.received.ids and not self.skip:
            await capture.park(context.db, context.actor, self.received.ids, errors[0].message)
        return answer

    async def kept_out(self) -> list[dict[str, Any]]:
        raise self.refused[-1]

    async def known(self, given: dict[int, capture.Submission]) -> dict[int, capture.Submission]:
        """Without those whose links lead nowhere."""
        async with self.info.context.db.read(self.info.context.actor) as tx:
            unknown = await unseen_links(tx, self.info.context.viewer, [one.defaults for one in given.values()])
        for i, one in list(given.items()):
            name = next((name for name in capture.LINKS if getattr(one.defaults, f"{name}_id") in unknown), None)
            if name:
                self.refused[i] = NotFound(noun=name, field=f"leads.{i}.{name}_id")
                if not self.skip:
                    raise self.refused[i]
                del given[i]
        return given

    async def made(self, tx: Tx, outcomes: Sequence[Outcome] | None) -> list[dict[str, Any]]:
        found = list(outcomes) if outcomes is not None else await capture.process_in(tx, self.received)
        at = [i for i in range(len(self.input.leads)) if i not in self.refused]
        parked = next(((i, one) for i, one in zip(at, found, strict=True) if one.parked), None)
        if parked and not self.skip:
            raise capture.SubmissionParked(parked[1].reason, parked[0])
        return await self.brought(tx, dict(zip(at, found, strict=True)))

    async def brought(self, tx: Tx, found: Mapping[int, Outcome]) -> list[dict[str, Any]]:
        attached = [i for i, one in found.items() if one.outcome == "ATTACHED" and not one.parked]
        viewer = self.info.context.viewer
        if attached:
            viewer.need("leads", "update")
        done = await batching.update_leads(tx, [Entry(found[i].lead_id, values(self.input.leads[i])) for i in attached], viewer, skip=self.skip)
        revised = dict(zip(attached, done, strict=True))
        return [_upserted(i, self.refused.get(i), found.get(i), revised.get(i)) for i in range(len(self.input.leads))]


def _upserted(i: int, refusal: Refusal | None, one: Outcome | None, revised: Revision | Refusal | None) -> dict[str, Any]:
    if refusal or one is None:
        return _result(i, None, cast("Refusal", refusal))
    if revised is not None:
        told = _result(i, one.lead_id, revised)
        return told | ({"outcome": "ATTACHED"} if told["outcome"] == "UNCHANGED" else {})
    code = "SUBMISSION_PARKED" if one.parked else None
    return {"index": i, "lead_id": _opaque(one.lead_id), "outcome": one.outcome, "code": code, "message": one.reason, "field": None}


def _result(i: int, lead: UUID | None, done: Revision | Refusal) -> dict[str, Any]:
    if isinstance(done, Refusal):
        told = user_error(done)
        return {"index": i, "lead_id": _opaque(lead), "outcome": "REFUSED", "code": done.code, "message": done.message, "field": told.field}
    return {"index": i, "lead_id": _opaque(lead), "outcome": "CHANGED" if done.changes else "UNCHANGED", "code": None, "message": None, "field": None}


def _opaque(id: UUID | None) -> str | None:
    return id and encode_id(CATALOG["Lead"].tag, id)


def _told(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Each lead once, and a result per entry."""
    ids = dict.fromkeys(one["lead_id"] for one in results if one["lead_id"])
    return {"leads": [decode_id(id)[1] for id in ids], "results": results}
