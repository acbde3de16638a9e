"""The `gql` client of Python: the schema, queries, refusals, a mutation, a live connection; run with its own environment."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

URL, SOCKET, KEY = os.environ["GRAPHQL"], os.environ["WS"], os.environ["API_KEY"]
HEADERS = {"Authorization": f"Bearer {KEY}"}
results: list[bool] = []


async def check(name: str, run: Callable[[], Awaitable[bool]]) -> None:
    try:
        good, note = await asyncio.wait_for(run(), 30), ""
    except Exception as error:
        good, note = False, f"-- {type(error).__name__}: {str(error)[:300]}"
    results.append(good)
    print("ok  " if good else "FAIL", name, note)


def http() -> AIOHTTPTransport:
    return AIOHTTPTransport(url=URL, headers=HEADERS)


async def query() -> bool:
    async with Client(transport=http(), fetch_schema_from_transport=True) as session:
        found = await session.execute(gql("{ leads(first: 1) { nodes { id } } viewer { name } }"))
    return "nodes" in found["leads"]


async def refusal() -> bool:
    async with Client(transport=http()) as session:
        try:
            await session.execute(gql("{ nope }"))
        except TransportQueryError as error:
            return (error.errors or [{}])[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    return False


async def mutation() -> bool:
    document = gql("mutation Create($input: CreateLeadInput!) { createLead(input: $input) { lead { id state } replayed userErrors { code } } }")
    document.variable_values = {"input": {"name": "Ada", "email": "ada@gql.example", "idempotencyKey": "gql-client"}}
    async with Client(transport=http(), fetch_schema_from_transport=True) as session:
        first, again = [(await session.execute(document))["createLead"] for _ in range(2)]
    return first["userErrors"] == [] and first["lead"]["id"] == again["lead"]["id"] and again["replayed"]


async def subscription() -> bool:
    transport = WebsocketsTransport(url=SOCKET, init_payload=HEADERS)
    async with Client(transport=transport) as session:
        return len([event async for event in session.subscribe(gql("subscription { heartbeat(count: 2) }"))]) == 2


async def main() -> None:
    await check("a query against the schema it asked for", query)
    await check("a document that is refused", refusal)
    await check("a mutation twice under one key", mutation)
    await check("a subscription", subscription)
    print(json.dumps({"passed": sum(results), "failed": len(results) - sum(results)}))


asyncio.run(main())
sys.exit(not all(results))
