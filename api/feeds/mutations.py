"""Makes, changes and puts away feeds."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import RecordInput
from api.grammar import GRAMMAR
from leadwell import capture
from leadwell.base.tx import Tx
from leadwell.capture.feeds import MadeFeed
from models.feeds import FeedKind, FeedSignature, Strangers
from models.leads import Intent

for choices in (FeedKind, FeedSignature, Intent, Strangers):
    GRAMMAR.enum(choices)
MAPPING = (
    'Which field is filled from where: {"email": "/person/email", "phone": ["/mobile", "/phone"]}, by JSON pointer; of a vendor by the vendor\'s name of a '
    "question, beyond the standard ones."
)
ANSWERS = "What the vendor's API is asked with for leads it only announces, at Meta and LinkedIn; kept sealed and never shown. A new one fetches what waits."
SIGNED = "What it is signed with: the app secret at Meta, the client secret at LinkedIn, the key set at Google Ads; missing for others: one is made."


@strawberry.input(description="A feed to make: another system sends people to /inbound/{key}.")
class CreateFeedInput:
    name: str = strawberry.field(description="Name people see.")
    kind: FeedKind = strawberry.field(default=FeedKind.JSON, description="Who sends.")
    intent: Intent = strawberry.field(default=Intent.HAND_RAISE, description="How much a submission asks for.")
    mapping: JSON | None = strawberry.field(default=None, description=MAPPING)
    items: str | None = strawberry.field(default=None, description="JSON pointer to the list of people in a body; missing: the body is one, or a list.")
    external_id: str | None = strawberry.field(default=None, description="JSON pointer to the other system's id of an event, which is then taken once.")
    signature: FeedSignature = strawberry.field(default=FeedSignature.NONE, description="How it proves who it is from; vendors have a way of their own.")
    signature_header: str | None = strawberry.field(default=None, description="The header that holds an HMAC; missing: X-Signature.")
    secret: str | None = strawberry.field(default=None, description=SIGNED)
    access_token: str | None = strawberry.field(default=None, description=ANSWERS)
    source_id: strawberry.ID | None = strawberry.field(default=None, description="The source of its leads; missing: one of the feed's name.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign of its leads.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who gets its leads.")
    country: str | None = strawberry.field(default=None, description="Where numbers without a country code are from, such as DE.")
    strangers: Strangers = strawberry.field(default=Strangers.KEEP, description="What becomes of events about somebody nobody knows.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a feed. What is left out stays.")
class UpdateFeedInput:
    id: strawberry.ID = strawberry.field(description="The feed.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    intent: strawberry.Maybe[Intent] = strawberry.field(description="How much a submission asks for.")
    mapping: strawberry.Maybe[JSON] = strawberry.field(description=MAPPING + " The whole of it.")
    items: strawberry.Maybe[str | None] = strawberry.field(description="JSON pointer to the list of people in a body.")
    external_id: strawberry.Maybe[str | None] = strawberry.field(description="JSON pointer to the other system's id of an event.")
    signature: strawberry.Maybe[FeedSignature] = strawberry.field(description="How it proves who it is from.")
    signature_header: strawberry.Maybe[str | None] = strawberry.field(description="The header that holds an HMAC.")
    secret: str | None = strawberry.field(default=None, description="Another secret; the old one ends.")
    access_token: str | None = strawberry.field(default=None, description=ANSWERS)
    source_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The source of its leads.")
    campaign_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The campaign of its leads.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who gets its leads.")
    country: strawberry.Maybe[str | None] = strawberry.field(description="Where numbers without a country code are from.")
    strangers: strawberry.Maybe[Strangers] = strawberry.field(description="What becomes of events about somebody nobody knows.")
    is_active: strawberry.Maybe[bool] = strawberry.field(description="Takes what is sent.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(feed="Feed")
class CreateFeedPayload:
    """What createFeed answers. It takes what is sent to /inbound/{key}."""

    secret: str | None = strawberry.field(default=None, description="What to sign with, where we made it; shown this once.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(feed="Feed")
class FeedPayload:
    """What changing a feed answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


LINKS = {"source_id": "Source", "campaign_id": "Campaign", "owner_id": "User"}
PLAIN = ("name", "intent", "mapping", "items", "external_id", "signature", "signature_header", "country", "strangers")


@strawberry.type
class FeedMutations:
    @strawberry.mutation(description="Makes a feed, by which another system sends people in.")
    async def create_feed(self, info: Info, input: CreateFeedInput) -> CreateFeedPayload:
        async def verb(tx: Tx) -> MadeFeed:
            sent = {name: value for name in (*PLAIN, "kind", *LINKS) if (value := getattr(input, name)) is not None}
            return await capture.create_feed(tx, capture.NewFeed(**_values(sent)), input.secret, input.access_token)

        shape: Callable[[MadeFeed], dict[str, Any]] = lambda made: {"feed": made.id}  # noqa: E731
        return await act(
            info, CreateFeedPayload, "feeds", "create", verb, input=input, shape=shape, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Changes a feed. Its key stays.")
    async def update_feed(self, info: Info, input: UpdateFeedInput) -> FeedPayload:
        async def verb(tx: Tx, id: UUID) -> Any:
            sent = _values(given(input, *PLAIN, "is_active", *LINKS))
            return await capture.update_feed(tx, id, sent, input.expected_version, secret=input.secret, token=input.access_token)

        return await _act(info, input, verb)

    @strawberry.mutation(description="Puts a feed away; whoever goes on sending is told that it is closed.")
    async def archive_feed(self, info: Info, input: RecordInput) -> FeedPayload:
        return await _act(info, input, lambda tx, id: capture.archive_feed(tx, id, input.expected_version))

    @strawberry.mutation(description="Brings a feed back under its old key.")
    async def unarchive_feed(self, info: Info, input: RecordInput) -> FeedPayload:
        return await _act(info, input, lambda tx, id: capture.unarchive_feed(tx, id, input.expected_version))


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    """By the names of NewFeed."""
    found = {name: str(value.value) if name in ("kind", "intent", "signature", "strangers") else value for name, value in sent.items() if name not in LINKS}
    if "mapping" in found and not isinstance(found["mapping"], dict):
        raise capture.BadFeed(field="mapping", problem="A mapping is an object of fields and pointers.")
    return found | {name: id_of(value, noun, name) if (value := sent[name]) else None for name, noun in LINKS.items() if name in sent}


async def _act(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> FeedPayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.id, "Feed", "id"))

    return await act(
        info, FeedPayload, "feeds", "update", found, input=input, shape=lambda _: {"feed": id_of(input.id, "Feed")}, about={"feed": input.id})
