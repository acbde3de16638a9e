"""What a program asks of Leadwell, typed: refusals are exceptions, and whatever has an idempotency key is asked for until an answer comes."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx
from generated import Convert, ConvertConvertLead, Create, CreateCreateLead, Follow, FollowLeadsChanged, Page
from generated.base_model import BaseModel
from generated.fragments import ErrorFields, LeadFields
from generated.input_types import ConvertLeadInput, CreateLeadInput
from generated.operations import CONVERT_GQL, CREATE_GQL, FOLLOW_GQL, PAGE_GQL
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportError, TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

PAUSES_S = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
A = TypeVar("A", bound=BaseModel)


class Refused(Exception):
    """The server said no, and asking again in the same way will not help."""

    def __init__(self, errors: list[ErrorFields]) -> None:
        super().__init__("; ".join(f"{one.code.value}: {one.message} {one.fix or ''}".strip() for one in errors))
        self.errors = errors


class Ended(Exception):
    """A subscription ended for good: the place behind the cursor is gone, so the page has to be read again, or somebody may not listen."""


class Leadwell:
    """One API, by one key."""

    def __init__(self, url: str, socket: str, key: str) -> None:
        self.socket, self.headers = socket, {"Authorization": f"Bearer {key}"}
        self.http = Client(transport=HTTPXAsyncTransport(url=url, headers=self.headers, timeout=httpx.Timeout(15)))

    async def create_lead(self, lead: CreateLeadInput) -> CreateCreateLead:
        """Its idempotency key is what you call this change, the same for every try of it: the lead is made once. Refused."""
        return (await self._again(Create, CREATE_GQL, lead)).createLead

    async def convert_lead(self, conversion: ConvertLeadInput) -> ConvertConvertLead:
        """Somebody has to own what comes of it: the lead's owner, or `ownerId`. Refused."""
        return (await self._again(Convert, CONVERT_GQL, conversion)).convertLead

    async def leads(self, company: str) -> AsyncIterator[LeadFields]:
        """Every lead of a company, page by page; the list may move meanwhile, and none is skipped or comes twice."""
        after = None
        while True:
            found = (await self.query(Page, PAGE_GQL, company=company, after=after)).leads
            for lead in found.nodes:
                yield lead
            if not found.pageInfo.hasNextPage:
                return
            after = found.pageInfo.endCursor

    async def follow(self, company: str, after: str) -> AsyncIterator[FollowLeadsChanged]:
        """What happens to leads of a company behind a cursor, each event once; after a break it goes on behind the last one. Ended."""
        pause = 0.1
        while True:
            try:
                async with Client(transport=WebsocketsTransport(url=self.socket, init_payload=self.headers)) as session:
                    async for data in session.subscribe(_request(FOLLOW_GQL, company=company, after=after)):
                        change = Follow.model_validate(data).leadsChanged
                        yield change
                        after, pause = change.cursor, 0.1   # the caller is done with it
            except TransportQueryError as refused:
                raise Ended(str(refused)) from refused
            except (TransportError, ConnectionClosed, OSError):
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 10)

    async def query(self, answer: type[A], document: str, **variables: Any) -> A:
        """The data of an answer. What is wrong with the request itself is a TransportQueryError."""
        async with self.http as session:
            return answer.model_validate(await session.execute(_request(document, **variables)))

    async def change(self, answer: type[A], document: str, input: BaseModel) -> A:
        """The answer to a mutation that was done. Refused."""
        done = await self.query(answer, document, input=input.model_dump(mode="json", by_alias=True, exclude_unset=True))
        errors = [error for _, payload in done for error in payload.userErrors]
        if errors:
            raise Refused(errors)
        return done

    async def _again(self, answer: type[A], document: str, input: CreateLeadInput | ConvertLeadInput) -> A:
        """The same, again and again while that may help: the input carries a key, so that it is done once."""
        assert input.idempotencyKey, "without a key a second try might do it twice"
        for pause in PAUSES_S:
            try:
                return await self.change(answer, document, input)
            except Refused as refused:
                if not all(one.retryable for one in refused.errors):
                    raise
            except TransportQueryError as refused:
                if not all((one.get("extensions") or {}).get("retryable") for one in refused.errors or [{}]):
                    raise
            except (TransportServerError, TransportConnectionFailed, httpx.TransportError) as lost:   # done or not, nobody knows
                print(f"  no answer ({type(lost).__name__}), trying again", file=sys.stderr)
            await asyncio.sleep(pause * random.uniform(0.5, 1))
        return await self.change(answer, document, input)


def _request(document: str, **variables: Any) -> GraphQLRequest:
    return gql(GraphQLRequest(document, variable_values=variables))
