"""Bodies of deliveries: filtered, read and frozen for a batch of an endpoint's at a time, with the rights that whoever made the endpoint has today."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell.access.sees import Sees
from leadwell.access.standing import standing
from leadwell.access.viewer import RECORDS
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Column, Everything, Noun, matching_ids
from leadwell.catalog.statement import Statement
from leadwell.events import hushed
from leadwell.webhooks.documents import MOST, Document, Unfit, answered
from leadwell.webhooks.endpoints import SAMPLE, matches, noun_of

UNSAID = frozenset({"quiet", "loud"})
BARE: Mapping[str, Any] = {"event_kinds": ["*"], "filter": None, "document": None, "reading": None}     # of an endpoint without filter and document
Told = dict[str, Any]


async def freeze(tx: Tx, endpoint: Mapping[str, Any]) -> bool:
    """Makes the bodies of up to MOST deliveries of an endpoint that is locked, in order; those of records that do not match or may not be seen are dropped.
    Whether there may be more. Unfit: then nothing is made."""
    rows = await tx.fetch(load(__name__, "bare"), tx.workspace, endpoint["id"], MOST)
    if not rows:
        return False
    told = [_told(row) for row in rows if row["kind"]]
    made = await _made(tx, endpoint, told, await _viewer(tx, endpoint["credential"]))
    await tx.execute(load(__name__, "freeze"), tx.workspace, [row["id"] for row in rows], list(made), list(made.values()), endpoint["credential"])
    return len(rows) == MOST


def _told(row: Any) -> Told:
    """The event as it is told; of a sample the one that it stands for."""
    event: Told = dict(row)
    if row["is_sample"]:
        sample: Told = event["data"]
        record = sample.get("record_id")
        event |= {"kind": sample["kind"], "noun": sample["noun"], "record_id": UUID(record) if record else UUID(int=0), "data": {}, "person_id": None}
    return event


async def _made(tx: Tx, endpoint: Mapping[str, Any], told: Sequence[Told], viewer: Sees) -> dict[UUID, str]:
    """Bodies by delivery. Unfit."""
    try:
        document = Document.of(endpoint)
        kept = await _matching(tx, endpoint, document, told, viewer)
        if document is None:
            return {one["id"]: body(one, {**_data(one, viewer)}) for one in kept}
        found = await answered(tx, document.reading, viewer, kept)
    except Unavailable:
        raise
    except Refusal as refusal:
        raise Unfit(refusal.message) from None
    return {one["id"]: body(one, data) for one, data in zip(kept, found, strict=True)}


async def _viewer(tx: Tx, credential: str | None) -> Sees:
    if credential is None:
        return Everything(tx.workspace)
    viewer = await standing(tx, credential)
    if viewer is None:
        raise Unfit("The user or key that made it is gone.")
    return viewer


async def _matching(tx: Tx, endpoint: Mapping[str, Any], document: Document | None, told: Sequence[Told], viewer: Sees) -> list[Told]:
    """What is to be told: of the endpoint's noun what matches its filters, of others what may be seen. One statement a noun."""
    where = [one for one in (endpoint["filter"], document and document.reading.where) if one]
    filtered = noun_of(endpoint["event_kinds"]) if where or document else None
    mine = [one for one in told if filtered is None or one["noun"] == filtered.name]
    return await _visible(tx, mine, viewer, {"AND": where} if where else {}, ask=filtered is not None)


async def _visible(tx: Tx, told: Sequence[Told], viewer: Sees, where: Mapping[str, Any], *, ask: bool) -> list[Told]:
    by: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        by[one["noun"]].append(one)
    seen: set[UUID] = set()
    for name, group in by.items():
        seen |= await _seen(tx, name, group, viewer, where, ask=ask)
    return [one for one in told if one["id"] in seen]


async def _seen(tx: Tx, name: str, group: Sequence[Told], viewer: Sees, where: Mapping[str, Any], *, ask: bool) -> set[UUID]:
    """Deliveries about records that match and may be seen. A sample's record was chosen by who asked for it."""
    noun = CATALOG.get(name)
    if noun is None:
        return {one["id"] for one in group}
    rights = Statement(viewer)
    if not rights.reads(noun):
        return set()
    found = {one["record_id"] for one in group}
    if ask or rights.scoped(noun):
        found = set(await matching_ids(tx, noun, where, viewer, ids=sorted({one["record_id"] for one in group if not one["is_sample"]})))
    return {one["id"] for one in group if one["is_sample"] or one["record_id"] in found}


def body(event: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Standard Webhooks' envelope: type, timestamp, data; a sample says that it is one."""
    sample = {"sample": True} if event.get("is_sample") else {}
    return orjson.dumps({"type": event["kind"], "timestamp": event["at"].isoformat(), **sample, "data": data}, default=str).decode()


def _data(event: Mapping[str, Any], viewer: Sees) -> Told:
    """What is said without a document: which record, and what the event holds. Ids are the API's opaque ones; hidden fields are left out of changes."""
    noun = CATALOG.get(event["noun"])
    more = {name: value for name, value in event["data"].items() if name not in UNSAID}
    hidden = {name for c in noun.columns.values() if c.path in viewer.denied for name in (c.name, _column(c))} if noun and viewer.denied else set[str]()
    if isinstance(more.get("changes"), dict):
        more["changes"] = {name: value for name, value in more["changes"].items() if name not in hidden and _may_see(noun, name, viewer)}
    return {
        "id": public_id(event["noun"], event["record_id"]), "noun": event["noun"], "version": event["version"],
        "personId": event["person_id"] and public_id("Person", event["person_id"]), "seq": event["seq"],
        **{name: value for name, value in more.items() if name not in hidden},
    }  # fmt: skip


def _may_see(noun: Noun | None, field: str, viewer: Sees) -> bool:
    """Of what no list shows, values are told to readers of the audit; of a setting, what is no field of it to whoever sees every field."""
    if noun is None:
        return viewer.may("audit", "read")
    if not viewer.denied or f"{noun.name}." in RECORDS:
        return True
    return any(field in (c.name, _column(c)) for c in noun.columns.values()) or any(r.here == field for r in noun.relations.values())


def _column(column: Column) -> str:
    return column.sql.removeprefix("{t}.")


async def overheard(
    tx: Tx, events: Sequence[Mapping[str, Any]], kinds: Sequence[str], viewer: Sees, shape: Mapping[str, Any] = BARE,
) -> list[tuple[UUID, str, str]]:
    """What an endpoint of the viewer's for these kinds, with the filter and document of `shape`, would be sent of a stretch of events: id, kind and body of
    each. Unfit where the viewer may not read what it asks for."""
    told = [_told({**event, "is_sample": event["kind"] == SAMPLE}) for event in events if not hushed(event["data"], "WEBHOOKS")]
    mine = [one for one in told if matches(kinds, one["kind"]) and (one["is_sample"] or one["noun"] != "WebhookEndpoint")]
    made = {id: body for i in range(0, len(mine), MOST) for id, body in (await _made(tx, shape, mine[i : i + MOST], viewer)).items()}
    return [(one["id"], one["kind"], made[one["id"]]) for one in mine if one["id"] in made]


def public_id(name: str, id: UUID) -> str:
    noun = CATALOG.get(name)
    return encode_id(noun.tag, id) if noun else str(id)
