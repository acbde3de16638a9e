"""What changes webhook endpoints, and replays of deliveries."""

from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from leadwell import webhooks
from leadwell.base.tx import Tx
from leadwell.webhooks import Endpoint


@strawberry.input(description="An address that shall get events.")
class CreateWebhookEndpointInput:
    name: str = strawberry.field(description="Name people see.")
    url: str = strawberry.field(description="Where events are sent: an https:// URL.")
    event_kinds: list[str] = strawberry.field(description='Kinds of events: "lead.converted", a noun\'s with "lead.*", or "*".')
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(webhook_endpoint="WebhookEndpoint")
class CreateWebhookEndpointPayload:
    """What createWebhookEndpoint answers."""

    secret: str | None = strawberry.field(default=None, description="Verifies signatures (Standard Webhooks); shown this once, missing in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Which endpoint.")
class WebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")


@payload(webhook_endpoint="WebhookEndpoint")
class RotateWebhookSecretPayload:
    """What rotateWebhookSecret answers."""

    secret: str | None = strawberry.field(default=None, description="The new secret, shown this once.")


@payload(webhook_endpoint="WebhookEndpoint")
class WebhookEndpointPayload:
    """The endpoint as it is now."""


@strawberry.input(description="Which delivery to send again.")
class ReplayWebhookDeliveryInput:
    id: strawberry.ID = strawberry.field(description="The delivery.")


@payload(webhook_delivery="WebhookDelivery")
class ReplayWebhookDeliveryPayload:
    """The new delivery, with the same body."""


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(description="Makes an endpoint that gets signed events from now on.")
    async def create_webhook_endpoint(self, info: Info, input: CreateWebhookEndpointInput) -> CreateWebhookEndpointPayload:
        async def verb(tx: Tx) -> Endpoint:
            production = info.context.settings.production
            return await webhooks.create(tx, name=input.name, url=input.url, event_kinds=input.event_kinds, production=production)

        return await act(
            info, CreateWebhookEndpointPayload, "webhookEndpoints", "create", verb, input=input,
            shape=lambda made: {"webhook_endpoint": made.id}, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Gives an endpoint a new secret; the old one ends.")
    async def rotate_webhook_secret(self, info: Info, input: WebhookEndpointInput) -> RotateWebhookSecretPayload:
        async def verb(tx: Tx) -> Endpoint:
            return await webhooks.rotate_secret(tx, id_of(input.id, "WebhookEndpoint", "id"))

        return await act(
            info, RotateWebhookSecretPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
            shape=lambda made: {"webhook_endpoint": made.id}, secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Stops sending to an endpoint; events in the meantime are not sent later.")
    async def disable_webhook_endpoint(self, info: Info, input: WebhookEndpointInput) -> WebhookEndpointPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "WebhookEndpoint", "id")
            await webhooks.disable(tx, id, "Disabled by hand.")
            return id

        return await act(info, WebhookEndpointPayload, "webhookEndpoints", "update", verb, input=input, about={"webhook_endpoint": input.id},
                         shape=lambda id: {"webhook_endpoint": id})

    @strawberry.mutation(description="Sends to a disabled endpoint again, from now on.")
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
