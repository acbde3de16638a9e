"""What a program asks of Leadwell, typed: refusals are exceptions, and whatever has an idempotency key is asked for until an answer comes."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from typing import Any, TypedDict

import httpx
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportError, TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)


class Lead(TypedDict):
    """The fields that our documents ask for."""

    id: str
    version: int
    name: str | None
    companyName: str | None
    state: str


class UserError(TypedDict):
    """Why not: `field` is a path into the input, `message` and `fix` are for people, `code` is for programs."""

    code: str
    message: str
    field: list[str] | None
    fix: str | None
    retryable: bool


class Created(TypedDict):
    lead: Lead
    attached: bool
    replayed: bool


class Named(TypedDict):
    id: str
    name: str | None


class Converted(TypedDict):
    lead: Lead
    company: Named
    deal: Named | None
    replayed: bool


class Change(TypedDict):
    """An event about a lead. `lead` is None once we may not see it."""

    cursor: str
    kind: str
    lead: Lead | None


LEAD = "id version name companyName state"
ERRORS = "userErrors { code message field fix retryable }"
CREATE = f"mutation Create($input: CreateLeadInput!) {{ createLead(input: $input) {{ lead {{ {LEAD} }} attached replayed {ERRORS} }} }}"
CONVERT = f"""mutation Convert($input: ConvertLeadInput!) {{
  convertLead(input: $input) {{ lead {{ {LEAD} }} company {{ id name }} deal {{ id name }} replayed {ERRORS} }}
}}"""
PAGE = f"""query Page($where: LeadWhere, $after: String) {{
  leads(first: 2, after: $after, where: $where, orderBy: [{{ createdAt: ASC }}]) {{ nodes {{ {LEAD} }} pageInfo {{ hasNextPage endCursor }} }}
}}"""
PLACE = "query Place { eventCursor }"
OWNER = "query Owner { users(first: 1) { nodes { id name } } }"
FOLLOW = f"subscription Follow($where: LeadWhere, $after: String) {{ leadsChanged(where: $where, after: $after) {{ cursor kind lead {{ {LEAD} }} }} }}"
REGISTER = f"""mutation Register($input: CreateWebhookEndpointInput!) {{
  createWebhookEndpoint(input: $input) {{ webhookEndpoint {{ id }} secret {ERRORS} }}
}}"""
UNREGISTER = f"mutation Unregister($input: RecordInput!) {{ archiveWebhookEndpoint(input: $input) {{ {ERRORS} }} }}"
DOCUMENTS = (CREATE, CONVERT, PAGE, PLACE, OWNER, FOLLOW, REGISTER, UNREGISTER)


class Refused(Exception):
    """The server said no, and asking again in the same way will not help."""

    def __init__(self, errors: list[UserError]) -> None:
        super().__init__("; ".join(f"{one['code']}: {one['message']} {one['fix'] or ''}".strip() for one in errors))
        self.errors = errors


class Ended(Exception):
    """A subscription ended for good: the place behind the cursor is gone, so the page has to be read again, or somebody may not listen."""


class Leadwell:
    """One API, by one key."""

    def __init__(self, url: str, socket: str, key: str) -> None:
        self.socket, self.headers = socket, {"Authorization": f"Bearer {key}"}
        self.http = Client(transport=HTTPXAsyncTransport(url=url, headers=self.headers, timeout=httpx.Timeout(15)))

    async def create_lead(self, key: str, **fields: Any) -> Created:
        """`key` is what you call this change, the same for every try of it: the lead is made once."""
        return await self._change(CREATE, {**fields, "idempotencyKey": key})

    async def convert_lead(self, id: str, key: str, owner: str | None = None) -> Converted:
        """Somebody has to own what comes of it: the lead's owner, or `owner`. A namesake of a contact becomes another one, and is not left to a person."""
        return await self._change(CONVERT, {"id": id, "ownerId": owner, "onDuplicate": "CREATE", "idempotencyKey": key})

    async def leads(self, where: dict[str, Any]) -> AsyncIterator[Lead]:
        """Every lead that matches, page by page; the list may move meanwhile, and none is skipped or comes twice."""
        after = None
        while True:
            found = (await self.query(PAGE, where=where, after=after))["leads"]
            for lead in found["nodes"]:
                yield lead
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    async def follow(self, where: dict[str, Any], after: str) -> AsyncIterator[Change]:
        """What happens to leads behind a cursor, each event once; after a break it goes on behind the last one. Ended."""
        pause = 0.1
        while True:
            try:
                async with Client(transport=WebsocketsTransport(url=self.socket, init_payload=self.headers)) as session:
                    async for data in session.subscribe(_request(FOLLOW, where=where, after=after)):
                        yield data["leadsChanged"]
                        after, pause = data["leadsChanged"]["cursor"], 0.1   # the caller is done with it
            except TransportQueryError as refused:
                raise Ended(str(refused)) from refused
            except (TransportError, ConnectionClosed, OSError):
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 10)

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer. What is wrong with the request itself is a TransportQueryError."""
        async with self.http as session:
            return await session.execute(_request(document, **variables))

    async def change(self, document: str, input: dict[str, Any]) -> Any:
        """The only field of a mutation's answer. Refused."""
        (payload,) = (await self.query(document, input=input)).values()
        if payload["userErrors"]:
            raise Refused(payload["userErrors"])
        return payload

    async def _change(self, document: str, input: dict[str, Any]) -> Any:
        """The same, again and again while that may help: the input carries a key, so that it is done once."""
        for pause in PAUSES_S:
            try:
                return await self.change(document, input)
            except Refused as refused:
                if not all(one["retryable"] for one in refused.errors):
                    raise
            except TransportQueryError as refused:
                if not all((one.get("extensions") or {}).get("retryable") for one in refused.errors or [{}]):
                    raise
            except (TransportServerError, TransportConnectionFailed, httpx.TransportError) as lost:   # done or not, nobody knows
                print(f"  no answer ({type(lost).__name__}), trying again", file=sys.stderr)
            await asyncio.sleep(pause * random.uniform(0.5, 1))
        return await self.change(document, input)


def _request(document: str, **variables: Any) -> GraphQLRequest:
    return gql(GraphQLRequest(document, variable_values=variables))
