"""Opt-outs that a file brings from another system: suppressions of kind IMPORT at all addresses of the row's person, which a revert lifts again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from leadwell import consent, events
from leadwell.base.identity import clean, key
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.custom.wording import NO
from leadwell.transfer.extras import OPT_OUT
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns.words import NULL

KIND = "IMPORT"
WANTED = NO | {"allow", "allowed", "subscribed", "opted in", "opt in", "none", "never"}
ADDRESSES = "SELECT e.person_id, e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[])"


def opted_out(text: str) -> bool:
    """Whether a cell says that somebody wants no mail: whatever is no plain no, a date or a reason too. An empty one says nothing. Pure."""
    return bool(clean(text)) and text != NULL and key(text) not in WANTED


async def of_addresses(tx: Tx, addresses: Mapping[int, str]) -> dict[int, UUID]:
    """Whose the normalized addresses of rows are, where somebody has them: rows that leave people as they are may still say that these opted out."""
    sql = "SELECT DISTINCT ON (e.normalized) e.normalized, e.person_id FROM person_emails e WHERE e.workspace_id = $1 AND e.normalized = ANY($2::text[]) " \
        "ORDER BY e.normalized, e.person_id"  # fmt: skip
    rows = await tx.fetch(sql, tx.workspace, sorted(set(addresses.values()))) if addresses else []
    whose = {row["normalized"]: row["person_id"] for row in rows}
    return {number: whose[address] for number, address in addresses.items() if address in whose}


async def shut(tx: Tx, people: Mapping[int, UUID], words: Mapping[int, tuple[Mapping[str, str], str]]) -> list[Entry]:
    """Puts the addresses of rows' `people` away whose row says so; what a revert needs. An address that was put away before stays as it was."""
    leaving = {person: number for number, person in sorted(people.items(), reverse=True) if opted_out(words[number][0].get(OPT_OUT, ""))}
    rows = await tx.fetch(ADDRESSES, tx.workspace, sorted(leaving)) if leaving else []
    whose = {consent.hash_of_normalized(row["normalized"]): row["person_id"] for row in rows}
    if not whose:
        return []
    hashes = await consent.ensure_locked(tx, whose)
    made = await tx.fetch(load(__name__, "shut"), tx.workspace, [uuid7() for _ in hashes], hashes, await tx.now())
    await events.note_all(tx, [events.Event("suppression.made", "Suppression", row["id"], data={"reason": KIND}) for row in made])
    shut: dict[UUID, list[str]] = {}
    for row in made:
        shut.setdefault(whose[row["address_hash"]], []).append(row["address_hash"].hex())
    return [Entry(leaving[person], "CHANGED", "Person", person, {OPT_OUT: [False, True]}, {"hashes": hashes}) for person, hashes in shut.items()]


async def reopen(tx: Tx, hashes: Sequence[str]) -> int:
    """Takes back what an import put away; returns how many addresses."""
    return sum([await consent.lift(tx, bytes.fromhex(one), KIND, by="BATCH") for one in sorted(hashes)])
