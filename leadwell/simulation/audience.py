"""Who a rehearsal is played with: a copy of people there are, chosen with the rights of whoever asks, or people who are made up."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from leadwell import consent
from leadwell.access.sees import Sees
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.consent import Grant
from leadwell.simulation.wish import BadSimulation, Wish

NOUNS = {"Person": "t.id", "Lead": "t.person_id", "Contact": "t.person_id"}
DOMAINS = ("gmail.example", "outlook.example", "acme.example", "initech.example", "globex.example")


async def chosen(tx: Tx, wish: Wish, viewer: Sees) -> list[UUID]:
    """The people of a copied audience in order of id; of more than are wanted, a sample that the seed decides. BadFilter, NotFound, BadSimulation."""
    if not wish.copied:
        return []
    found = list(wish.ids) or await _members(tx, wish, viewer)
    if not found:
        raise BadSimulation(field="where", why="nobody is in the audience")
    sample = sorted(found, key=lambda id: hashlib.blake2b(f"{wish.seed} {id}".encode(), digest_size=8).digest())[: wish.most]
    return sorted(sample)


async def _members(tx: Tx, wish: Wish, viewer: Sees) -> list[UUID]:
    noun, where = wish.noun, wish.where or {}
    ids: list[UUID] | None = None
    if wish.segment_id:
        row = await tx.row("SELECT s.noun FROM segments s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, wish.segment_id)
        if row is None:
            raise NotFound(noun="segment", field="segmentId")
        rows = await tx.fetch("SELECT m.record_id FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2", tx.workspace, wish.segment_id)
        noun, ids = row["noun"], [row["record_id"] for row in rows]
    if noun not in NOUNS:
        raise BadSimulation(field="noun", why=f"people are found as one of {', '.join(NOUNS)}")
    records = await matching_ids(tx, CATALOG[noun], where, viewer, ids=ids)
    table = CATALOG[noun].table
    sql = f"SELECT DISTINCT {NOUNS[noun]} AS id FROM {table} t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[])"
    return sorted(row["id"] for row in await tx.fetch(sql, tx.workspace, records)) if records else []


async def made_up(tx: Tx, wish: Wish, zones: Sequence[str], *, contacts: bool, topic_id: UUID) -> list[UUID]:
    """Puts so many people onto the stage, who agreed to mail about the topic; their zones take turns."""
    count = wish.people or 0
    ids = [UUID(hashlib.md5(f"{wish.seed} {number}".encode(), usedforsecurity=False).hexdigest()) for number in range(count)]
    addresses = [f"person{number + 1}@{DOMAINS[number % len(DOMAINS)]}" for number in range(count)]
    await tx.execute(
        load(__name__, "made_up"), tx.workspace, ids, list(range(count)), addresses, addresses, [zones[number % len(zones)] for number in range(count)],
        contacts, await tx.now())
    await consent.grant_many(tx, [Grant(id, address, topic_id, "REHEARSAL") for id, address in zip(ids, addresses, strict=True)])
    return ids
