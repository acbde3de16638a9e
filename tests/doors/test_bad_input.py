"""Hostile values at every argument, input field and filter of the schema: the answer names the fault, nothing breaks, the process lives."""

import asyncio
import contextlib
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import graphql
import httpx
import pytest
import pytest_asyncio
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from starlette.applications import Starlette

from leadwell import workspaces
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.capture import FormField, NewForm, create_form
from leadwell.catalog import CATALOG
from tests import sweep
from tests.doors.serving import asking, on_a_port
from tests.filling import fill

TEXTS = {
    "empty": "", "blank": " \t\r\n\u200b", "override": "\u202eevil\u202c", "zero width": "a\u200bd\u200da", "homoglyph": "аррӏе.com",
    "family": "👨‍👩‍👧‍👦" * 50,
    "combining": "e" + "\u0301" * 500, "dotted": "İSTANBUL ẞ ﬁ", "header": "x\r\nBcc: all@example.com", "percent": "%" * 10_000,
    "pattern": "((((a+)+)+)+$" * 20,
    "quote": "'; DROP TABLE leads; --", "liquid": "{% for i in (1..1000000000) %}{{ i }}{% endfor %}", "long": "x" * 200_000, "address": "a@[127.0.0.1]",
    "quoted address": '"a b"@example.com', "long address": "a" * 310 + "@example.com", "number": "1e999999",
    "json": "{\"a\":", "path": "../../etc/passwd", "url": "javascript:alert(1)",
    "mapped": "http://[::ffff:127.0.0.1]/", "private use": "\ue000\uffff", "formula": "=HYPERLINK(\"http://x\")",
}
IDS = {
    "empty": "", "short": "AAE", "uuid": "018f0000-0000-7000-8000-000000000000", "letters": "ключ", "long": "A" * 100_000,
    "padding": "A" * 24 + "==", "tag": encode_id(65535, uuid7()),
}
NUMBERS: dict[str, Any] = {
    "large": 2**31, "small": -(2**31) - 1, "fraction": 1.5, "text": "1", "flag": True, "top": 2**31 - 1, "bottom": -(2**31), "huge": 10**30,
}
MOMENTS = {
    "year 0": "0000-01-01T00:00:00Z", "year 10000": "10000-01-01T00:00:00Z", "no such day": "2026-02-30T00:00:00Z", "before time": "0001-01-01T00:00:00+14:00",
    "after time": "9999-12-31T23:59:59-14:00", "text": "yesterday", "far zone": "2026-01-01T00:00:00+99:99", "leap second": "2026-06-30T23:59:60Z",
}
DECIMALS = {"exponent": "1e1000000", "nan": "NaN", "infinite": "-Infinity", "digits": "9" * 5000, "text": "ten", "precise": "0." + "1" * 400}
DOCUMENTS: dict[str, Any] = {
    "list": [1, [2]], "deep": json.loads("[" * 40 + "]" * 40), "text": "x", "none": {"a": None}, "wide": {f"k{i}": i for i in range(2000)},
}
HOSTILE: dict[str, dict[str, Any]] = {
    "String": TEXTS, "ID": IDS, "Int": NUMBERS, "Float": NUMBERS, "BigInt": NUMBERS, "DateTime": MOMENTS, "Date": {k: v[:10] for k, v in MOMENTS.items()},
    "Decimal": DECIMALS, "JSON": DOCUMENTS, "Duration": {"text": "soon", "huge": "P999999999999Y", "empty": "P", "negative": "-P1D", "far": "P9999Y"},
}  # fmt: skip
FEW = 2
Served = tuple[httpx.AsyncClient, dict[str, str], Any]


@pytest_asyncio.fixture(scope="module")
async def served(app: Starlette, db: Database) -> AsyncIterator[Served]:
    """A client over a real connection, a record of each noun, and the key of a form."""
    workspace = await workspaces.create(db, uuid7().hex, "Hostile", epoch="test")
    rows = await db.run(Actor.system(workspace), lambda tx: fill(tx, "OWN"))
    form = await db.run(Actor.system(workspace), lambda tx: create_form(tx, NewForm("Contact", [FormField("email"), FormField("name"), FormField("phone")])))
    async with db.read(Actor.system(workspace)) as tx:
        form_key = await tx.value("SELECT f.key FROM forms f WHERE f.workspace_id = $1 AND f.id = $2", tx.workspace, form)
    key = await keys.create_key(db, workspace, "Test")
    records = {noun.name: encode_id(noun.tag, rows[noun.table]["id"]) for noun in CATALOG}
    async with on_a_port(app) as port, httpx.AsyncClient(base_url=f"http://{port}", headers={"authorization": f"Bearer {key.text}"}, timeout=20) as client:
        yield client, {**records, **sweep.comers(rows), "Job": str(rows["work"]["id"]), "ApiKey": encode_id(201, key.record.id)}, form_key


async def sound(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> list[str]:
    """What is wrong with the answer to a hostile request; nothing, if it is a clear one."""
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    if answer.status_code >= 500 or '"INTERNAL"' in answer.text:
        return [f"{answer.status_code} {answer.text[:300]}"]
    body = answer.json()
    return [] if "data" in body or all(e["extensions"]["code"] for e in body["errors"]) else [answer.text[:300]]


def chosen(kind: str, place: str) -> list[tuple[str, Any]]:
    """A few of the values, other ones at each place; all of them where HOSTILE=all is asked for."""
    values = list(HOSTILE[kind].items())
    first = zlib.crc32(place.encode())
    return values if os.environ.get("HOSTILE") == "all" else [values[(first + 7 * i) % len(values)] for i in range(min(FEW, len(values)))]


def leaves(kind: Any, path: sweep.Path = ()) -> Iterator[tuple[sweep.Path, str, bool]]:
    """Paths to every scalar of an input, with the scalar's name and whether it may be null."""
    inner = graphql.get_named_type(kind)
    if isinstance(inner, GraphQLInputObjectType):
        for name, field in inner.fields.items() if len(path) < 5 else ():
            if name != "idempotencyKey":
                yield from leaves(field.type, (*path, name))
    elif inner.name in HOSTILE:
        yield path, inner.name, not isinstance(kind, GraphQLNonNull)


@pytest_asyncio.fixture(scope="module")
async def direct(app: Starlette, served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """The same caller without a network: what breaks in a door is raised here as it is."""
    async with asking(app, authorization=served[0].headers["authorization"]) as client:
        yield client


@pytest.mark.parametrize("name", sweep.mutation_fields())
async def test_no_value_of_an_input_breaks_a_mutation(served: Served, direct: httpx.AsyncClient, name: str) -> None:
    _, records, _ = served
    field = sweep.mutation_fields()[name]
    wrong: list[str] = []
    for path, kind, nullable in leaves(field.args["input"].type, ("input",)):
        for label, value in [*chosen(kind, ".".join((name, *path))), *([("null", None)] if nullable else [])]:
            arguments = sweep.Inputs(records, uuid7().hex).arguments(name, field, path, value)
            wrong += [f"{'.'.join(path)} = {label}: {fault}" for fault in await sound(direct, sweep.document("mutation", name, field, arguments, 1), arguments)]
    assert wrong == []


def filters() -> dict[tuple[str, str], tuple[str, str, str, bool]]:
    """One place of a filter for each type of test and operator: noun, column, scalar, and whether it takes a list."""
    found: dict[tuple[str, str], tuple[str, str, str, bool]] = {}
    for noun in CATALOG:
        where = sweep.CORE.type_map[f"{noun.name}Where"]
        assert isinstance(where, GraphQLInputObjectType)
        for column, field in where.fields.items():
            tests = graphql.get_named_type(field.type)
            if isinstance(tests, GraphQLInputObjectType) and not tests.name.endswith(("Where", "Some")):
                for operator, operand in tests.fields.items():
                    kind = graphql.get_named_type(operand.type).name
                    if kind in HOSTILE:
                        found.setdefault((tests.name, operator), (noun.name, column, kind, _listed(operand.type)))
    return found


def _listed(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


@pytest.mark.parametrize(("test", "place"), filters().items(), ids=lambda value: ".".join(map(str, value)))
async def test_no_value_of_a_filter_breaks_a_list(served: Served, test: tuple[str, str], place: tuple[str, str, str, bool]) -> None:
    client, _, _ = served
    noun, column, kind, listed = place
    query = f"query ($where: {noun}Where) {{ {CATALOG[noun].plural}(where: $where, first: 1) {{ nodes {{ id }} totalCount }} }}"
    wrong: list[str] = []
    for label, value in HOSTILE[kind].items():
        wrong += [f"{label}: {fault}" for fault in await sound(client, query, {"where": {column: {test[1]: [value] if listed else value}}})]
    assert wrong == []


@pytest.mark.parametrize("name", ["email", "name", "phone"])
async def test_no_value_breaks_a_form(served: Served, name: str) -> None:
    """What can be read is taken, what cannot is named by field."""
    client, _, key = served
    wrong: list[str] = []
    for label, value in {**TEXTS, "list": ["x"], "object": {"a": 1}, "number": 10**30, "flag": True, "null": None}.items():
        answer = await client.post(f"/f/{key}", json={"email": "ana@acme.example", "name": "Ana", name: value})
        told = answer.json().get("error", {"code": "none", "params": {}})
        if answer.status_code not in (200, 400, 413, 422) or not told["code"]:
            wrong.append(f"{label}: {answer.status_code} {answer.text[:300]}")
    assert wrong == []


ODD = [[], [[]], [1], {"submissions": 1}, {"submissions": [{}]}, {"fields": []}, {"fields": {"email": {"a": 1}}}, [{}] * 501]


@pytest.mark.parametrize("document", [*DOCUMENTS.values(), *ODD])
async def test_no_document_breaks_capture(served: Served, document: Any) -> None:
    answer = await served[0].post("/capture", json=document)
    assert answer.status_code < 500, answer.text
    assert "error" not in answer.json() or answer.json()["error"]["code"] != "INTERNAL"


@pytest.mark.parametrize("path", ["/graphql", "/capture", "/f/{key}", "/auth/sign-in"])
async def test_endless_body_is_refused_at_the_first_byte_too_many(served: Served, path: str) -> None:
    """In chunks without a length, over a real connection."""
    client, _, key = served
    head = f"POST {path.format(key=key)} HTTP/1.1\r\nhost: x\r\nauthorization: {client.headers['authorization']}\r\n"
    chunks = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = await spoken(client, f"{head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".encode() + chunks * 17)
    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert (await client.get("/live")).status_code == 200


GARBLED = [
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 50\r\n\r\nhello",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
]


@pytest.mark.parametrize("garbled", GARBLED, ids=range(len(GARBLED)))
async def test_what_is_no_http_is_answered_4xx_or_cut_off(served: Served, garbled: bytes) -> None:
    client, _, _ = served
    answer = await spoken(client, garbled, end=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
    assert (await client.get("/live")).status_code == 200


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
async def test_the_rest_of_a_large_body_is_not_read(served: Served, announced: bool) -> None:
    """Of 64 MiB no more is taken than the refusal and what the buffers of the connection hold."""
    client, _, _ = served
    chunk, sent = (b" " if announced else b"10000\r\n") + b" " * 65536 + (b"" if announced else b"\r\n"), 0
    length = f"content-length: {64 * 1024 * 1024}" if announced else "transfer-encoding: chunked"
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n".encode())
    answer = asyncio.create_task(reader.read())
    with contextlib.suppress(OSError):
        while sent < 64 * 1024 * 1024 and not writer.is_closing():
            writer.write(chunk)
            await asyncio.wait_for(writer.drain(), 5)
            sent += len(chunk)
    writer.transport.abort()
    with contextlib.suppress(OSError):
        told = await answer
        assert told.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in told.lower()
    assert sent < 32 * 1024 * 1024


async def spoken(client: httpx.AsyncClient, sent: bytes, *, end: bool = False) -> bytes:
    """The first bytes of the answer to raw bytes; none where the server hung up."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    try:
        writer.write(sent)
        await writer.drain()
        if end:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(64), 30)
    except TimeoutError:
        raise AssertionError("neither answered nor hung up") from None
    except OSError:
        return b""
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
