"""Takes what a provider sends by itself: each delivery once, each fact only for whom it says it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import msgspec

from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pointers import at
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.enrichment.asking import Answer, Mapped
from leadwell.enrichment.reading import about, read
from leadwell.enrichment.turns import PURPOSE, keep, look_again, wake

MOST = 1_000


class UnknownSource(NotFound):
    """No provider sends to this address."""

    fix = "Send to the address of the provider: /enrich/ and its pushKey."


class SourceClosed(Refusal):
    """This provider is put away, and nothing is taken from it."""

    fix = "Bring it back with archiveEnrichmentProvider, or set it active."
    status = 410


class TooManyPushed(Refusal):
    """{count} items are too many; a push takes {most}."""

    fix = "Send them in several pushes."


@dataclass(frozen=True, slots=True)
class Source:
    """A provider as its door needs it."""

    id: UUID
    workspace: UUID
    key: str
    name: str
    signature: str
    signature_header: str | None
    secret: bytes
    mapped: Mapped


class Pushed(msgspec.Struct, frozen=True):
    """What became of one item: its key, FOUND, MISS, REJECTED or FAILED, why, and how many people are looked at again."""

    key: str | None
    state: str
    reason: str | None = None
    people: int = 0


async def find_source(db: Database, key: str) -> Source:
    """The provider behind a public key. UnknownSource, SourceClosed."""
    fine = key.isascii() and key.isalnum() and len(key) <= 60
    found = await db.control("SELECT s.workspace_id, s.provider_id FROM lw_enrichment_source($1) s", key) if fine else []
    if not found:
        raise UnknownSource()
    async with db.read(Actor.system(found[0]["workspace_id"])) as tx:
        row = await tx.row("SELECT e.* FROM enrichment_providers e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, found[0]["provider_id"])
    if row is None:
        raise UnknownSource()
    if row["archived_at"] or not row["is_active"]:
        raise SourceClosed()
    kept: dict[str, str] = msgspec.json.decode(secrets.decrypt(PURPOSE, row["secret_key_id"], row["secret_ciphertext"]))
    mapped = msgspec.convert(row["mapping"], Mapped)
    return Source(row["id"], row["workspace_id"], key, row["name"], row["signature"], row["signature_header"], kept.get("SIGNING", "").encode(), mapped)


async def take_push(tx: Tx, source: Source, event: str, body: Any) -> list[Pushed]:
    """Keeps every item as that provider's answer about its person or domain; the same event again is answered as before. TooManyPushed."""
    items = _items(source.mapped, body)
    mine = await tx.execute(
        "INSERT INTO enrichment_pushes (workspace_id, provider_id, event, results, at) VALUES ($1, $2, $3, '[]', $4) ON CONFLICT DO NOTHING",
        tx.workspace, source.id, event, await tx.now())  # fmt: skip
    if not mine:
        kept = await tx.value(
            "SELECT p.results FROM enrichment_pushes p WHERE p.workspace_id = $1 AND p.provider_id = $2 AND p.event = $3", tx.workspace, source.id, event)
        return msgspec.convert(kept, list[Pushed])
    provider = await tx.row("SELECT e.* FROM enrichment_providers e WHERE e.workspace_id = $1 AND e.id = $2", tx.workspace, source.id)
    results = [await _item(tx, provider, source, item) for item in items]
    await tx.execute(
        "UPDATE enrichment_pushes SET results = $4 WHERE workspace_id = $1 AND provider_id = $2 AND event = $3",
        tx.workspace, source.id, event, msgspec.to_builtins(results))  # fmt: skip
    return results


def _items(mapped: Mapped, body: Any) -> Sequence[Any]:
    found = at(body, mapped.items) if mapped.items else body
    items = cast("list[Any]", found) if isinstance(found, list) else [found]
    if len(items) > MOST:
        raise TooManyPushed(count=len(items), most=MOST)
    return items


async def _item(tx: Tx, provider: Any, source: Source, item: Any) -> Pushed:
    mapped = msgspec.structs.replace(source.mapped, items=None)
    key = about(mapped, item)
    if key is None:
        return Pushed(None, "REJECTED", "It does not say whom it is about.")
    answer: Answer = read(mapped, key, item)
    if answer.state != "FOUND":
        return Pushed(key, answer.state, answer.reason)
    state = await keep(tx, provider, key, answer)
    people = await wake(tx, source.id, key)
    if mapped.by == "email":
        rows = await tx.fetch("SELECT e.person_id FROM person_emails e WHERE e.workspace_id = $1 AND e.normalized = $2", tx.workspace, key)
        await look_again(tx, [row["person_id"] for row in rows])
        people = max(people, len(rows))
    return Pushed(key, state, None if state == "FOUND" else "Nothing in it could be used.", people)
