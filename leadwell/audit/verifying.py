"""Goes through the chain from its beginning and says where it first breaks. Reads, a page of seals at a time, and remembers when all of it held."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from asyncpg.exceptions import ReadOnlySQLTransactionError

from leadwell.audit.sealing import PURPOSE, marking
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx

PAGE = 20


class BadAnchor(Refusal):
    """"{anchor}" is no seal."""

    fix = "Give NUMBER:ROOT, as an earlier `leadwell audit verify` printed it."
    status = 422


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the number of an event, where one can be told, the seal, and why."""

    seq: int | None
    seal: int | None
    why: str


@dataclass(slots=True)
class Verdict:
    """What was checked: events under seals, seals, events not sealed yet; the last seal as NUMBER:ROOT; and the first break."""

    events: int = 0
    seals: int = 0
    unsealed: int = 0
    sealed_to: int = 0
    last: str = ""
    broken: Break | None = None


async def verify(db: Database, actor: Actor, anchor: str | None = None) -> Verdict:
    """Checks every event and seal of a workspace. `anchor` is a seal that was kept elsewhere (NUMBER:ROOT): it must stand in the chain. BadAnchor."""
    found, kept = Verdict(), _anchor(anchor)
    async with db.read(actor) as tx:
        head = await tx.row("SELECT h.number, h.seq, h.root, h.mark FROM audit_heads h WHERE h.workspace_id = $1", tx.workspace)
    root, anchored = b"", kept is None
    while found.broken is None:
        async with db.read(actor) as tx:
            page = await tx.fetch(load(__name__, "links"), tx.workspace, found.seals, PAGE)
            for link in page:
                found.broken = await _link(tx, found, link)
                if found.broken:
                    break
                anchored, root = anchored or kept == (link["number"], link["root"].hex()), link["root"]
                found.seals, found.events, found.sealed_to = link["number"], found.events + link["n"], link["to_seq"]
                found.last = f"{link['number']}:{root.hex()}"
        if len(page) < PAGE:
            break
    found.broken = found.broken or _ends(found, head, root, anchored)
    if found.broken is None:
        async with db.read(actor, snapshot=True) as tx:
            found.broken = await _rest(tx, found)
    if found.broken is None:
        with suppress(ReadOnlySQLTransactionError):     # a standby may be asked, too
            await db.run(actor, _remembered, replayable=True)
    return found


async def _remembered(tx: Tx) -> None:
    """So that somebody can be reminded; whoever changes the database can change this, too."""
    await tx.execute("UPDATE audit_heads SET verified_at = clock_timestamp() WHERE workspace_id = $1", tx.workspace)


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, root = text.partition(":")
    if not number.isascii() or not number.isdecimal() or len(root) != 64:
        raise BadAnchor(field="anchor", anchor=text[:80])
    return int(number), root.lower()


async def _link(tx: Tx, found: Verdict, link: Any) -> Break | None:
    """One seal against its events and the seal before it."""
    number, first, last = link["number"], link["from_seq"], link["to_seq"]
    if number != found.seals + 1:
        return Break(found.sealed_to + 1, found.seals + 1, "a seal is gone")
    if first != found.sealed_to + 1:
        return Break(found.sealed_to + 1, number, "the seal does not begin where the one before it ends")
    if link["torn"] is not None:
        return Break(link["torn"], number, "the event is not what its digest says")
    if link["n"] != last - first + 1:
        gap = await tx.value(load(__name__, "missing"), tx.workspace, first, last)
        return Break(gap, number, "an event is gone")
    if link["found"] != link["root"]:
        return Break(first, number, f"the digests of events {first} to {last} are not those that were sealed")
    if not secrets.marked(PURPOSE, marking(tx.workspace, number, link["root"]), link["mark"]):
        return Break(first, number, "the seal was not made here")
    return None


def _ends(found: Verdict, head: Any, root: bytes, anchored: bool) -> Break | None:
    """Whether the last seal is the one that the head knows; seals made since the head was read are fine."""
    if head is not None and (found.seals < head["number"] or (found.seals == head["number"] and head["root"] != root and head["number"] > 0)):
        return Break(found.sealed_to + 1, found.seals + 1, "the last seal is gone")
    if head is None and found.seals:
        return Break(None, found.seals, "what the last seal was is gone")
    return None if anchored else Break(None, None, "the seal that was kept elsewhere is not in the chain")


async def _rest(tx: Tx, found: Verdict) -> Break | None:
    """Events not sealed yet, and redactions against the events that tell of them."""
    tail = await tx.row(load(__name__, "tail"), tx.workspace, found.sealed_to)
    assert tail is not None
    found.unsealed = tail["n"]
    if tail["torn"] is not None:
        return Break(tail["torn"], None, "the event is not what its digest says")
    if found.sealed_to + tail["n"] != tail["given"] or (tail["last"] or tail["given"]) != tail["given"]:
        gap = await tx.value(load(__name__, "missing"), tx.workspace, found.sealed_to + 1, tail["given"])
        return Break(gap or tail["last"], None, "an event is gone" if gap else "an event has a number that was never given")
    odd = await tx.row(load(__name__, "redactions"), tx.workspace)
    return Break(odd["first"], None, "data was taken out of events, and no event tells of that") if odd else None
