"""Makes, changes and puts away campaigns; adds, moves and removes their members."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, ids_of, payload
from api.custom.inputs import RecordInput
from api.grammar import GRAMMAR
from api.shapes import MoneyInput
from leadwell import campaigns
from leadwell.base.amounts import to_minor
from leadwell.base.tx import Tx
from leadwell.campaigns import BadCampaign, NewCampaign
from models.campaigns import CampaignStatus, CampaignType

GRAMMAR.enum(CampaignType)
GRAMMAR.enum(CampaignStatus)


@strawberry.input(description="A campaign to make.")
class CreateCampaignInput:
    name: str = strawberry.field(description="Its name.")
    type: CampaignType = strawberry.field(default=CampaignType.OTHER, description="What sort of effort it is.")
    status: CampaignStatus = strawberry.field(default=CampaignStatus.PLANNED, description="Where it stands.")
    start_on: date | None = strawberry.field(default=None, description="First day.")
    end_on: date | None = strawberry.field(default=None, description="Last day.")
    budget: MoneyInput | None = strawberry.field(default=None, description="What it may cost.")
    cost: MoneyInput | None = strawberry.field(default=None, description="What it cost; in the currency of the budget.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign it belongs to.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who runs it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a campaign. What is left out stays.")
class UpdateCampaignInput:
    id: strawberry.ID = strawberry.field(description="The campaign.")
    name: strawberry.Maybe[str] = strawberry.field(description="Its name.")
    type: strawberry.Maybe[CampaignType] = strawberry.field(description="What sort of effort it is.")
    status: strawberry.Maybe[CampaignStatus] = strawberry.field(description="Where it stands.")
    start_on: strawberry.Maybe[date | None] = strawberry.field(description="First day.")
    end_on: strawberry.Maybe[date | None] = strawberry.field(description="Last day.")
    budget: strawberry.Maybe[MoneyInput | None] = strawberry.field(description="What it may cost.")
    cost: strawberry.Maybe[MoneyInput | None] = strawberry.field(description="What it cost; in the currency of the budget.")
    parent_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The campaign it belongs to.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who runs it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="People of a campaign, 500 at most.")
class CampaignMembersInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    person_ids: list[strawberry.ID] = strawberry.field(description="The people.")
    status: str | None = strawberry.field(default=None, description="Code of a member status; missing: the first of the list.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(campaign="Campaign")
class CampaignPayload:
    """What making or changing a campaign answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(campaign="Campaign")
class CampaignMembersPayload:
    """What changing the members of a campaign answers."""

    count: int = strawberry.field(default=0, description="How many people it changed something for.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


LINKS = {"parent_id": "Campaign", "owner_id": "User"}
PLAIN = ("name", "type", "status", "start_on", "end_on")


@strawberry.type
class CampaignMutations:
    @strawberry.mutation(description="Makes a campaign.")
    async def create_campaign(self, info: Info, input: CreateCampaignInput) -> CampaignPayload:
        async def verb(tx: Tx) -> UUID:
            sent = {name: value for name in (*PLAIN, "budget", "cost", *LINKS) if (value := getattr(input, name)) is not None}
            return await campaigns.create(tx, NewCampaign(**_values(sent)))

        return await act(info, CampaignPayload, "campaigns", "create", verb, input=input, shape=lambda id: {"campaign": id})

    @strawberry.mutation(description="Changes a campaign: what it is called, where it stands, when it runs, what it may cost and did cost.")
    async def update_campaign(self, info: Info, input: UpdateCampaignInput) -> CampaignPayload:
        async def verb(tx: Tx, id: UUID) -> Any:
            return await campaigns.update(tx, id, _values(given(input, *PLAIN, "budget", "cost", *LINKS)), input.expected_version)

        return await _act(info, input, verb)

    @strawberry.mutation(description="Puts a campaign away; its members, leads and costs stay.")
    async def archive_campaign(self, info: Info, input: RecordInput) -> CampaignPayload:
        return await _act(info, input, lambda tx, id: campaigns.archive(tx, id, input.expected_version))

    @strawberry.mutation(description="Brings a campaign back.")
    async def unarchive_campaign(self, info: Info, input: RecordInput) -> CampaignPayload:
        return await _act(info, input, lambda tx, id: campaigns.unarchive(tx, id, input.expected_version))

    @strawberry.mutation(description="Adds people to a campaign; those who are in it stay where they stand.")
    async def add_campaign_members(self, info: Info, input: CampaignMembersInput) -> CampaignMembersPayload:
        return await _members(info, input, lambda tx, id, people: campaigns.add(tx, id, people, input.status))

    @strawberry.mutation(description="Says where members of a campaign stand. Who has responded once has responded.")
    async def set_campaign_member_status(self, info: Info, input: CampaignMembersInput) -> CampaignMembersPayload:
        return await _members(info, input, lambda tx, id, people: campaigns.move(tx, id, people, input.status or ""))

    @strawberry.mutation(description="Takes people out of a campaign; what they did stays in their history.")
    async def remove_campaign_members(self, info: Info, input: CampaignMembersInput) -> CampaignMembersPayload:
        return await _members(info, input, lambda tx, id, people: campaigns.remove(tx, id, people))


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    """By the names of NewCampaign."""
    found: dict[str, Any] = {name: sent[name] for name in PLAIN if name in sent}
    found |= {name: str(found[name].value) for name in ("type", "status") if name in found}
    found |= {name: id_of(value, noun, name) if (value := sent[name]) else None for name, noun in LINKS.items() if name in sent}
    for name in ("budget", "cost"):
        if name in sent:
            found |= _money(name, sent[name], found.get("currency"))
    return found


def _money(name: str, amount: MoneyInput | None, currency: str | None) -> dict[str, Any]:
    if amount is None:
        return {f"{name}_minor": None}
    minor, of = to_minor(amount.amount, amount.currency, name)
    if currency and of != currency:
        raise BadCampaign(field=name, problem="Budget and cost of a campaign are of one currency.")
    return {f"{name}_minor": minor, "currency": of}


async def _act(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> CampaignPayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.id, "Campaign", "id"))

    shape: Callable[[Any], dict[str, Any]] = lambda _: {"campaign": id_of(input.id, "Campaign")}  # noqa: E731
    return await act(info, CampaignPayload, "campaigns", "update", found, input=input, shape=shape, about={"campaign": input.id})


async def _members(info: Info, input: CampaignMembersInput, verb: Callable[[Tx, UUID, list[UUID]], Awaitable[int]]) -> CampaignMembersPayload:
    async def found(tx: Tx) -> int:
        return await verb(tx, id_of(input.campaign_id, "Campaign", "campaign_id"), ids_of(input.person_ids, "Person", "person_ids"))

    shape: Callable[[int], dict[str, Any]] = lambda count: {"campaign": id_of(input.campaign_id, "Campaign"), "count": count}  # noqa: E731
    about = {"campaign": input.campaign_id, "people": list(input.person_ids)}
    return await act(info, CampaignMembersPayload, "campaigns", "update", found, input=input, shape=shape, about=about)
