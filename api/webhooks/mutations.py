"""What changes webhook endpoints, sends deliveries again, and tries endpoints out."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.custom.inputs import RecordInput
from api.webhooks.documents import document
from leadwell import webhooks
from leadwell.base.tx import Tx
from leadwell.catalog import BadFilter
from leadwell.webhooks import Endpoint

WHERE = "Only records that match: `where` of the noun that all of its kinds are of, as in lists."
DOCUMENT = "A subscription without variables, such as subscription { leadsChanged { kind lead { id name } } }: its data becomes the body's."
OVER = "`where` of webhookDeliveries, such as a state and a stretch of createdAt; missing: all that are over."
MOST_HOURS = 720
KINDS = 'Kinds of events: "lead.converted", a noun\'s with "lead.*", or "*".'


@strawberry.input(description="An address that shall get events.")
class CreateWebhookEndpointInput:
    name: str = strawberry.field(description="Name people see.")
    url: str = strawberry.field(description="Where events are sent: an https:// URL.")
    event_kinds: list[str] = strawberry.field(default_factory=list, description=KINDS + " Without them all kinds of the document's noun.")
    where: JSON | None = strawberry.field(default=None, description=WHERE)
    document: str | None = strawberry.field(default=None, description=DOCUMENT)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of an endpoint. What is left out stays.")
class UpdateWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    url: strawberry.Maybe[str] = strawberry.field(description="Where events are sent: an https:// URL.")
    event_kinds: strawberry.Maybe[list[str]] = strawberry.field(description=KINDS)
    where: strawberry.Maybe[JSON | None] = strawberry.field(description=WHERE)
    document: strawberry.Maybe[str | None] = strawberry.field(description=DOCUMENT)
    is_paused: strawberry.Maybe[bool] = strawberry.field(description="Whether its events wait.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(webhook_endpoint="WebhookEndpoint")
class CreateWebhookEndpointPayload:
    """What createWebhookEndpoint answers."""

    secret: str | None = strawberry.field(default=None, description="Verifies signatures (Standard Webhooks); shown this once, missing in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Which endpoint.")
class WebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Whose secret, and how long the old one is good for beside the new one.")
class RotateWebhookSecretInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")
    keep_hours: int = strawberry.field(default=24, description="Hours in which both sign, 0 to 720.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A sample of an event.")
class TriggerWebhookInput:
    kind: str = strawberry.field(description="Kind of the event, such as lead.converted.")
    id: strawberry.ID | None = strawberry.field(default=None, description="The endpoint; missing: all that want such events.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(webhook_endpoint="WebhookEndpoint")
class RotateWebhookSecretPayload:
    """What rotateWebhookSecret answers."""

    secret: str | None = strawberry.field(default=None, description="The new secret, shown this once; missing in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(webhook_endpoint="WebhookEndpoint")
class WebhookEndpointPayload:
    """The endpoint as it is now."""


@strawberry.input(description="Which delivery to send again.")
class ReplayWebhookDeliveryInput:
    id: strawberry.ID = strawberry.field(description="The delivery.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which of an endpoint's deliveries to send again.")
class ReplayWebhookDeliveriesInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")
    where: JSON | None = strawberry.field(default=None, description=OVER)
    expected_count: int | None = strawberry.field(default=None, description="How many you expect; refused when it is another number.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(webhook_endpoint="WebhookEndpoint")
class ReplayWebhookDeliveriesPayload:
    """What replayWebhookDeliveries answers."""

    count: int | None = strawberry.field(default=None, description="How many are sent again.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(webhook_delivery="WebhookDelivery")
class ReplayWebhookDeliveryPayload:
    """The new delivery, with the same body."""


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(description="Makes an endpoint that gets signed events from now on.")
    async def create_webhook_endpoint(self, info: Info, input: CreateWebhookEndpointInput) -> CreateWebhookEndpointPayload:
        async def verb(tx: Tx) -> Endpoint:
            return await webhooks.create(
                tx, name=input.name, url=input.url, event_kinds=input.event_kinds, filter=_filter(input.where),
                document=document(input.document) if input.document else None, viewer=info.context.viewer, production=info.context.settings.production)

        return await act(
            info, CreateWebhookEndpointPayload, "webhookEndpoints", "create", verb, input=input,
            shape=lambda made: {"webhook_endpoint": made.id}, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Changes an endpoint: address, events, filter, document, or whether it is paused.")
    async def update_webhook_endpoint(self, info: Info, input: UpdateWebhookEndpointInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID:
            id, viewer, production = id_of(input.id, "WebhookEndpoint", "id"), info.context.viewer, info.context.settings.production
            await webhooks.update(tx, id, _changes(input), input.expected_version, viewer=viewer, production=production)
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
                         shape=lambda id: {"webhook_endpoint": id})

    @strawberry.mutation(description="Puts an endpoint away; what waits for it is given up.")
    async def archive_webhook_endpoint(self, info: Info, input: RecordInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "WebhookEndpoint", "id")
            await webhooks.archive(tx, id, input.expected_version)
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
                         shape=lambda id: {"webhook_endpoint": id})

    @strawberry.mutation(description="Gives an endpoint a new secret; the old one signs beside it for a while.")
    async def rotate_webhook_secret(self, info: Info, input: RotateWebhookSecretInput) -> RotateWebhookSecretPayload:
        async def verb(tx: Tx) -> Endpoint:
            keep = timedelta(hours=max(0, min(input.keep_hours, MOST_HOURS)))
            return await webhooks.rotate_secret(tx, id_of(input.id, "WebhookEndpoint", "id"), keep)

        return await act(
            info, RotateWebhookSecretPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
            shape=lambda made: {"webhook_endpoint": made.id}, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Stops sending to an endpoint; events in the meantime are not sent later. To make them wait, pause it.")
    async def disable_webhook_endpoint(self, info: Info, input: WebhookEndpointInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "WebhookEndpoint", "id")
            await webhooks.disable(tx, id, "Disabled by hand.")
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
                         shape=lambda id: {"webhook_endpoint": id})

    @strawberry.mutation(description="Sends to a disabled endpoint again, from now on, and what had waited.")
    async def enable_webhook_endpoint(self, info: Info, input: WebhookEndpointInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "WebhookEndpoint", "id")
            await webhooks.enable(tx, id)
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
                         shape=lambda id: {"webhook_endpoint": id})

    @strawberry.mutation(description="Sends a delivery's body again, under a new id.")
    async def replay_webhook_delivery(self, info: Info, input: ReplayWebhookDeliveryInput) -> ReplayWebhookDeliveryPayload:
        async def verb(tx: Tx) -> UUID:
            return await webhooks.replay(tx, id_of(input.id, "WebhookDelivery", "id"))

        return await act(info, ReplayWebhookDeliveryPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_delivery": input.id},
                         shape=lambda id: {"webhook_delivery": id})

    @strawberry.mutation(description="Sends all deliveries of an endpoint that match a filter again, such as those that failed in a stretch of time.")
    async def replay_webhook_deliveries(self, info: Info, input: ReplayWebhookDeliveriesInput) -> ReplayWebhookDeliveriesPayload:
        async def verb(tx: Tx) -> tuple[UUID, int]:
            id = id_of(input.id, "WebhookEndpoint", "id")
            return id, await webhooks.replay_where(tx, id, input.where, info.context.viewer, input.expected_count)

        return await act(
            info, ReplayWebhookDeliveriesPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
            shape=lambda done: {"webhook_endpoint": done[0], "count": done[1]})

    @strawberry.mutation(description="Sends a made-up event, marked as sample, to try endpoints and listeners out.")
    async def trigger_webhook(self, info: Info, input: TriggerWebhookInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID | None:
            id = id_of(input.id, "WebhookEndpoint", "id") if input.id else None
            await webhooks.trigger(tx, input.kind, info.context.viewer, id)
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input,
                         about={"webhook_endpoint": input.id} if input.id else None, shape=lambda id: {"webhook_endpoint": id})


def _changes(input: UpdateWebhookEndpointInput) -> dict[str, Any]:
    """By the names of `webhooks.update`."""
    sent = given(input, "name", "url", "event_kinds", "where", "document", "is_paused")
    found = {name: value for name, value in sent.items() if name != "where"}
    if "where" in sent:
        found["filter"] = _filter(sent["where"])
    if found.get("document"):
        found["document"] = document(found["document"])
    return found


def _filter(where: Any) -> dict[str, Any] | None:
    """BadFilter when it is no object."""
    if where is not None and not isinstance(where, dict):
        raise BadFilter(field="where", path="where", why="a filter is an object, as in lists")
    return cast("dict[str, Any] | None", where)
