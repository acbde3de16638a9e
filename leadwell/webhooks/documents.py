"""Subscription documents: what an endpoint's own document asks for, read once by the API and answered by workers with one statement a batch.

A worker knows no GraphQL schema: the API hands it the query that stands for the document, with just the types which that mentions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import graphql as ql
import orjson

from leadwell.access.sees import Sees
from leadwell.base.ids import encode_id
from leadwell.base.recent import Recent
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, FieldForbidden, check
from leadwell.events.places import cursor
from leadwell.reads import Operation, Plan, Plans
from leadwell.webhooks.changed import changed
from leadwell.webhooks.refusals import BadWebhookDocument

MOST = 100   # records of one statement
PLANS = Plans(most=200, most_text=500_000)
KNOWN: Recent[Operation] = Recent(200, 1_000_000)
Told = Mapping[str, Any]


class Unfit(Exception):
    """The document or filter cannot be answered any more; the reason is for who looks after the endpoint."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document asks for. `root`: under which key its data stands, `fields`: response key and name of each field of the change, of type `payload`, and
    of the records (by key: the noun's name). `query`: reads them for $ids, under a0, a1 … in order; `types`: the schema it needs. `where`: of the document."""

    root: str
    noun: str
    payload: str
    fields: tuple[tuple[str, str], ...]
    query: str | None = None
    types: str = ""
    where: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Reading":
        if not isinstance(kept, Mapping) or "root" not in kept:     # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadWebhookDocument(field="document", why="another release had read it", fix="Give the document again.")
        values: dict[str, Any] = {**kept, "fields": tuple((key, name) for key, name in kept["fields"])}
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Document(NamedTuple):
    """A subscription as it was given, and how it is read."""

    text: str
    reading: Reading

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Document | None":
        """An endpoint's. BadWebhookDocument when it has to be read again."""
        return cls(row["document"], Reading.of(row["reading"])) if row["document"] else None


async def checked(tx: Tx, reading: Reading, viewer: Sees) -> None:
    """Whether the viewer may read all that it asks for. BadWebhookDocument, FieldForbidden, Forbidden, and what its filter is refused for."""
    await check(tx, CATALOG[reading.noun], reading.where or {}, viewer)
    hidden = unseen(reading, viewer)
    if hidden:
        raise FieldForbidden(field="document", path=hidden)
    if reading.query:
        plan, _ = _plan(reading, viewer, [])
        if plan.rest:
            raise BadWebhookDocument(field="document", why=f"it asks for something that is not read by one statement ({next(iter(plan.rest.values()))})")


def unseen(reading: Reading, viewer: Sees) -> str | None:
    """The first field of the document that the viewer may not see, as "Lead.email"."""
    if not reading.query:
        return None
    for name, kind in _operation(reading).schema.type_map.items():
        noun = CATALOG.get(name)
        for field in getattr(kind, "fields", {}) if noun else ():
            column = noun.columns.get(field) if noun else None
            if column is not None and column.path in viewer.denied:
                return column.path
    return None


async def answered(tx: Tx, reading: Reading, viewer: Sees, told: Sequence[Told]) -> list[dict[str, Any]]:
    """The data of each change, as a subscriber on a socket would get it: {root: {...}}. One statement. `told`: kind, at, seq, record_id. Unfit."""
    if hidden := unseen(reading, viewer):
        raise Unfit(f"{hidden} may not be read any more.")
    rows = await _records(tx, reading, viewer, [one["record_id"] for one in told])
    return [{reading.root: dict(_fields(reading, viewer, one, found))} for one, found in zip(told, rows, strict=True)]


def _fields(reading: Reading, viewer: Sees, one: Told, found: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    records = iter(found)
    for key, name in reading.fields:
        match name:
            case "kind":
                yield key, one["kind"]
            case "at":
                yield key, _stamp(one["at"])
            case "cursor":
                yield key, cursor(viewer.workspace, one["seq"])
            case "changed":
                yield key, changed(one, viewer)
            case "recordId":
                yield key, encode_id(CATALOG[reading.noun].tag, one["record_id"])
            case "__typename":
                yield key, reading.payload
            case _:
                yield key, next(records)


async def _records(tx: Tx, reading: Reading, viewer: Sees, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """For each record what the document's fields of it hold."""
    if not reading.query or not ids:
        return [() for _ in ids]
    plan, params = _plan(reading, viewer, ids)
    if plan.rest:
        raise Unfit(f"It cannot be read any more: {next(iter(plan.rest.values()))}.")
    row: Any = await tx.row(plan.sql, *params) if plan.sql else ()
    texts: dict[str, str | None] = {**plan.known, **{span.root: text for span, text in zip(plan.spans, row, strict=True)}}
    if any(text is None or "\x01" in text for text in texts.values()):     # a null where none may be: that record's, as on a socket
        return [(None,) * len(texts)] if len(ids) == 1 else [found for id in ids for found in await _records(tx, reading, viewer, [id])]
    columns = [orjson.loads(str(texts[key])) for key in plan.roots]
    return list(zip(*columns, strict=True))


def _plan(reading: Reading, viewer: Sees, ids: Sequence[UUID]) -> tuple[Plan, list[Any]]:
    operation = _operation(reading)
    asked = operation.ask({"ids": [encode_id(CATALOG[reading.noun].tag, id) for id in ids or [UUID(int=0)]]})
    if asked is None:
        raise Unfit("An argument in it has become wrong.")
    return PLANS.bind(operation, asked, viewer)


def _operation(reading: Reading) -> Operation:
    key = (reading.query, reading.types)
    known = KNOWN.get(key)
    if known is None:
        assert reading.query is not None
        try:
            node = ql.parse(reading.query, no_location=True)
            made = Operation.of(ql.build_schema(reading.types, assume_valid=True, no_location=True), node, _query(node))
        except (ql.GraphQLError, TypeError) as error:
            raise Unfit(str(error)[:300]) from None
        if made is None:
            raise BadWebhookDocument(field="document", why="it is not read by one statement")
        known = made
        KNOWN.put(key, made, len(reading.query) + len(reading.types))
    return known


def _stamp(at: datetime) -> str:
    """As PostgreSQL prints a moment in JSON, which every other door does too."""
    head, dot, rest = at.isoformat().partition(".")
    return f"{head}.{rest[:6].rstrip('0')}{rest[6:]}" if dot else head


def _query(node: ql.DocumentNode) -> ql.OperationDefinitionNode:
    return next(d for d in node.definitions if isinstance(d, ql.OperationDefinitionNode))
