"""What converts many leads, and completes a conversion."""

from dataclasses import replace
from typing import Any, Optional, cast
from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from api.capture.mutations import OnError
from api.errors import ErrorCode, UserError, user_error
from api.grammar import GRAMMAR
from api.leads.conversion import (
    ConversionConflict,
    ConvertCompanyInput,
    ConvertDealInput,
    ConvertLeadInput,
    OnDuplicate,
    company_wish,
    conflicts_of,
    deal_wish,
    named,
    shape,
    terms,
    wish,
)
from api.lengths import check_lengths
from leadwell import conversion
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.conversion import CompanyWish, Conversion, ConversionWish, DealWish, Item, Outcome

NOUNS = ("lead", "contact", "company", "deal")
TYPES: dict[str, Any] = {noun: Optional[GRAMMAR.type(noun.title())] for noun in NOUNS}  # noqa: UP045


@strawberry.input(description="Leads to convert, 500 at most, related ones counted.")
class ConvertLeadsInput:
    leads: list[ConvertLeadInput] = strawberry.field(description="The leads; their own idempotency keys are not looked at.")
    on_error: OnError = strawberry.field(default=OnError.ABORT, description="What a refused entry does to the others.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def _of(noun: str) -> Any:
    async def resolve(root: Any, info: Info) -> Any:
        id = root.ids.get(noun)
        return await GRAMMAR.row(info.context, noun.title(), UUID(id)) if id else None

    return strawberry.field(resolver=resolve, graphql_type=TYPES[noun], description=f"The {noun} as it now is.")


@strawberry.type(description="What became of one entry of a batch.")
class ConvertLeadResult:
    ids: strawberry.Private[dict[str, Any]]
    found: strawberry.Private[list[dict[str, Any]]]
    index: int = strawberry.field(description="Its place in the batch, from 0.")
    replayed: bool = strawberry.field(description="An earlier call converted the lead; this answers what it made.")
    user_errors: list[UserError] = strawberry.field(description="Why it was refused; empty when it was done.")
    lead: Any = _of("lead")
    contact: Any = _of("contact")
    company: Any = _of("company")
    deal: Any = _of("deal")

    @strawberry.field(description="Values that differed in existing records and were left as they were.")
    def conflicts(self, info: Info) -> list[ConversionConflict]:
        return conflicts_of(self.found, info.context.viewer.denied)


@payload()
class ConvertLeadsPayload:
    """What convertLeads answers."""

    outcomes: strawberry.Private[list[dict[str, Any]] | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="One per entry, in order.")
    def results(self) -> list[ConvertLeadResult]:
        return [_result(one) for one in self.outcomes or ()]


@strawberry.input(description="A company or deal that a conversion left out.")
class AmendConversionInput:
    id: strawberry.ID = strawberry.field(description="The converted lead.")
    company: ConvertCompanyInput | None = strawberry.field(default=None, description="The company; missing: none is attached.")
    deal: ConvertDealInput | None = strawberry.field(default=None, description="The deal, of which AUTO makes one; missing: none is attached.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owner of what is made; missing: the lead's, then the caller.")
    on_duplicate: OnDuplicate = strawberry.field(default=OnDuplicate.BLOCK, description="About a company that may be the lead's, but not surely.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(lead="Lead", contact="Contact", company="Company", deal="Deal")
class AmendConversionPayload:
    """What amendConversion answers: what the lead has become by now."""

    replayed: bool = strawberry.field(default=False, description="This was attached by an earlier call.")
    found: strawberry.Private[list[dict[str, Any]] | None] = None

    @strawberry.field(description="Values that differed in existing records and were left as they were.")
    def conflicts(self, info: Info) -> list[ConversionConflict]:
        return conflicts_of(self.found or (), info.context.viewer.denied)


@strawberry.type
class ConversionMutations:
    @strawberry.mutation(description="Converts up to 500 leads in one transaction, with a result for each; leads of one company make one company.")
    async def convert_leads(self, info: Info, input: ConvertLeadsInput) -> ConvertLeadsPayload:
        async def verb(tx: Tx) -> list[Outcome]:
            items = [await _item(tx, info, one, i) for i, one in enumerate(input.leads[: conversion.BATCH + 1])]
            return await conversion.convert_many(tx, items, "SKIP" if input.on_error is OnError.SKIP else "ABORT")

        return await act(info, ConvertLeadsPayload, "leads", "convert", verb, input=input, shape=_outcomes)

    @strawberry.mutation(description="Attaches a forgotten company or deal to a conversion, without reopening the lead.")
    async def amend_conversion(self, info: Info, input: AmendConversionInput) -> AmendConversionPayload:
        async def verb(tx: Tx) -> Conversion:
            return await conversion.amend(tx, id_of(input.id, "Lead", "id"), _amendment(input), company=input.company is not None)

        given = {f"given_{name}": part.id for name in ("company", "deal") if (part := getattr(input, name)) and part.id}
        return await act(info, AmendConversionPayload, "leads", "convert", verb, input=input, shape=shape, about={"lead": input.id, **given})


async def _item(tx: Tx, info: Info, input: ConvertLeadInput, index: int) -> Item:
    """One entry as the verb takes it; what cannot be read or seen is an outcome of its own."""
    viewer = info.context.viewer
    try:
        check_lengths(input)
        lead = id_of(input.id, "Lead", "id")
        for name, ids in named(input).items():
            noun = {"lead": "Lead", "related": "Lead"}.get(name) or name.removeprefix("given_").title()
            several = cast("list[str]", ids if isinstance(ids, list) else [ids])
            mentioned = [id_of(id, noun, name) for id in several]
            able = viewer.doing("convert") if noun == "Lead" else viewer
            if noun in able.own and set(await matching_ids(tx, CATALOG[noun], {}, able, ids=mentioned)) != set(mentioned):
                raise NotFound(noun=CATALOG[noun].singular)
        return Item(lead, wish(input), terms(input, viewer))
    except Refusal as refusal:
        return Item(None, refusal=refusal)


def _result(kept: dict[str, Any]) -> ConvertLeadResult:
    errors: list[dict[str, Any]] = kept["user_errors"]
    told: Any = {**kept, "user_errors": [UserError(**{**error, "code": ErrorCode(error["code"])}) for error in errors]}
    return ConvertLeadResult(**told)


def _outcomes(outcomes: list[Outcome]) -> dict[str, Any]:
    return {"outcomes": [_outcome(i, one) for i, one in enumerate(outcomes)]}


def _outcome(index: int, one: Outcome) -> dict[str, Any]:
    done = shape(one.done) if one.done else {}
    ids = {noun: done.get(noun) and str(done[noun]) for noun in NOUNS}
    errors = [{**vars(user_error(one.refusal)), "code": one.refusal.code}] if one.refusal else []
    return {"index": index, "ids": ids, "replayed": bool(done.get("replayed")), "found": done.get("found", []), "user_errors": errors}


def _amendment(input: AmendConversionInput) -> ConversionWish:
    deal = deal_wish(input.deal) if input.deal else DealWish("NONE")
    owner = id_of(input.owner_id, "User", "owner_id") if input.owner_id else None
    company = company_wish(input.company) if input.company else CompanyWish()
    doubt: Any = input.on_duplicate.value
    return ConversionWish(company, deal=_made(deal), owner_id=owner, on_duplicate=doubt)


def _made(deal: DealWish) -> DealWish:
    """Whoever names a deal here wants one, whatever the workspace does by default."""
    return replace(deal, action="CREATE") if deal.action == "AUTO" else deal
