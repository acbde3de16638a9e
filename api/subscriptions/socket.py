"""graphql-transport-ws: Strawberry speaks the protocol, our runner executes; every operation has a context of its own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.types.unset import UNSET

from api.errors import refused
from api.execution import Request
from api.house import House, house, peer
from api.persisted import NAMING
from api.subscriptions.seats import TooManySubscriptions
from leadwell.access import AddressRefused, CredentialRejected, Viewer
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal

INIT = timedelta(seconds=5)
MOST = 100


@dataclass(slots=True)
class Connection:
    """One socket: who opened it, and what it said first."""

    house: House
    known: Viewer | None
    token: str | None
    address: str = ""
    connection_params: dict[str, Any] | None = None


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    async def handle_message(self, message: Any) -> None:
        try:
            await super().handle_message(message)
        except TypeError:
            await self.handle_invalid_message("Failed to parse message")

    async def handle_subscribe(self, message: Any) -> None:
        """The operation gets the whole payload for a query: it may name its document instead of holding it."""
        payload = message["payload"]
        if not any(name in payload for name in NAMING):
            raise KeyError("query")
        if self.connection_acknowledged and len(self.operations) >= MOST and message["id"] not in self.operations:
            limit = refused(TooManySubscriptions(most=MOST, whose="This connection"), uuid7().hex)
            await self.send_message({"id": message["id"], "type": "error", "payload": [limit]})  # pyright: ignore[reportArgumentType]
            return
        whole: Any = {**message, "payload": {"query": payload}}
        await super().handle_subscribe(whole)

    async def run_operation(self, operation: Operation[Any, Any]) -> None:
        connection: Connection = self.context
        context = connection.house.context(connection.known, connection.token, address=connection.address)
        try:
            asked = Request.read(operation.query)
        except Refusal as refusal:
            await _send(operation, "error", [refused(refusal, context.request_id)])
            return
        runner = connection.house.runner
        async for answer in runner.events(context, runner.prepare(context, asked)):
            if not answer.began:
                await _send(operation, "error", answer.body["errors"])
                return
            await _send(operation, "next", orjson.Fragment(answer.written()))
        await _send(operation, "complete")


async def _send(operation: Operation[Any, Any], kind: str, payload: Any = None) -> None:
    message: Any = {"id": operation.id, "type": kind}
    await operation.send_operation_message(message if payload is None else message | {"payload": payload})


class View(GraphQL[Connection, None]):
    """Origins are checked before anything is accepted: our own address and the listed ones."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, here: House) -> None:
        from api.schema import SCHEMA

        super().__init__(
            SCHEMA, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL], connection_init_wait_timeout=INIT,
            max_subscriptions_per_connection=None, allowed_origins=here.settings.origins)
        self.house = here

    def decode_json(self, data: str | bytes) -> Any:
        """A message is an object, no longer than the body of a request."""
        if len(data) > self.house.settings.body_kilobytes * 1024:
            raise orjson.JSONDecodeError("too long", "", 0)
        found = orjson.loads(data)
        if not isinstance(found, dict):
            raise orjson.JSONDecodeError("no object", "", 0)
        return found  # pyright: ignore[reportUnknownVariableType]

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    async def get_context(self, request: HttpRequest | WebSocket, response: Any) -> Connection:
        address = peer(request)
        try:
            return Connection(self.house, *await self.house.caller(request), address)
        except (CredentialRejected, AddressRefused):
            return Connection(self.house, None, None, address)

    async def on_ws_connect(self, context: Connection) -> Any:
        """A credential in the first message wins over the cookie of the handshake."""
        given = _credential(context.connection_params or {})
        try:
            if given:
                context.known, context.token = await self.house.credentials.viewer(given, context.address), given
        except (CredentialRejected, AddressRefused):
            raise ConnectionRejectionError from None
        if context.known is None and self.house.settings.production:
            raise ConnectionRejectionError
        return UNSET


class Socket:
    """The ASGI door; the view is made when the process is up."""

    def __init__(self) -> None:
        self._view: View | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = house(WebSocket(scope, receive, send))
        if self._view is None or self._view.house is not here:
            self._view = View(here)
        scope.setdefault("state", {})["request_id"] = uuid7().hex
        await self._view(scope, receive, send)


def _credential(params: dict[str, Any]) -> str | None:
    """`Authorization: "Bearer …"`, as clients copy their headers, or `token`."""
    for name, value in params.items():
        if name.lower() in ("authorization", "token", "apikey") and isinstance(value, str) and value.strip():
            return value.strip().removeprefix("Bearer ").removeprefix("bearer ").strip()
    return None
