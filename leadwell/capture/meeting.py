"""Capture's one statement of claiming and reading: who is kept out, whose keys are free, what the submissions name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell import people, timeline
from leadwell.base.fixed import fixed
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.lookups import Lookups, lookups_of
from leadwell.capture.reading import Read
from leadwell.capture.submissions import FieldFlaw, Submission

if TYPE_CHECKING:
    from leadwell.capture.capture import Case

EXCLUDED = FieldFlaw(
    "email", "EXCLUDED", "This person's last lead was closed as spam, or the address is on the exception list.", fatal=True
)
TAKEN = ("person_keys", "activity_keys")
Key = tuple[str, str]


@dataclass(slots=True)
class Meeting:
    """Who stays, with the people given and the keys won; `activities` are the ids whose keys were free."""

    live: Sequence["Case"]
    claims: people.Claims
    lookups: Lookups
    won: set[Key]
    activities: set[UUID] = field(default_factory=set[UUID])
    foreseen: bool = False


@fixed
class Foreseen:
    """What was seen when a submission was kept: that nobody has any of its keys, addresses and numbers, and what there is to name."""

    read: Read
    now: datetime
    named: Sequence[Any]


def foreseeable(read: Read, submission: Submission) -> bool:
    """Whether what is seen beside keeping a submission is all that its capture asks for."""
    return read.fatal is None and not read.names.keys() - {"source"} and not submission.consents and not read.custom


async def foresee(tx: Tx, case: "Case", seen: Foreseen) -> Meeting:
    """The meeting with somebody new; what it takes for free is claimed where it is written (`take`)."""
    claims = people.Claims.of([(case.read.email, case.external_ids)])
    case.provisional_id, case.activity_id, case.now = claims.ids[0], uuid7(), seen.now
    tx.clocked(seen.now)
    lookups = await lookups_of(tx, seen.named, [(case.submission, case.read)])
    return Meeting([case], claims, lookups, set(claims.keys), {case.activity_id}, foreseen=True)


async def take(writes: Tx, meeting: Meeting) -> None:
    """Claims what was foreseen to be free; who is too late fails (TAKEN)."""
    await people.take(writes, meeting.claims.keys)
    await timeline.take(writes, [(*case.once, case.activity_id) for case in meeting.live if case.once and case.activity_id])


async def meet(tx: Tx, cases: Sequence["Case"], *, trust: bool, waiting: Collection[UUID] = ()) -> Meeting:
    """Claims and reads for all cases; who is kept out gets the flaw and no keys, unless the caller has `trust`. SerializationError when one of
    the `waiting` submissions no longer waits: it is locked here and now, and whoever had it has left other rows than these."""
    claims = people.Claims.of([(case.read.email, case.external_ids) for case in cases])
    for case, id in zip(cases, claims.ids, strict=True):
        case.provisional_id, case.activity_id = id, uuid7()
    reads = [case.read for case in cases]
    emails = [] if trust else [read.email for read in reads if read.email]
    wanted = [any(name in read.names for read in reads) for name in ("campaign", "owner", "status")]
    row = await tx.row(
        load(__name__, "meet"), tx.workspace, [e.match_key for e in emails], [e.normalized for e in emails], [e.domain for e in emails],
        *_columns(_people(cases, claims)), *_columns(_activities(cases)), *wanted, any(case.submission.consents for case in cases), list(waiting),
    )
    assert row is not None, "a select of arrays has one row"
    if row["waiting"] != len(waiting):
        raise pg.SerializationError("a submission was taken up by somebody else meanwhile")
    tx.clocked(row["now"])
    for case in cases:
        case.now = row["now"]
    lookups = await lookups_of(tx, row["named"], [(case.submission, case.read) for case in cases])
    meeting = Meeting(cases, claims, lookups, {(kind, key) for kind, key in row["person_keys"]}, set(row["activities"]))
    return await _without(tx, meeting, set(row["kept_out"])) if row["kept_out"] else meeting


async def _without(tx: Tx, meeting: Meeting, kept_out: set[str]) -> Meeting:
    """Who stays claims again what somebody who goes had been the first to name."""
    for case in meeting.live:
        if case.read.email and case.read.email.match_key in kept_out:
            case.read.flaws.append(EXCLUDED)
    stay = [i for i, case in enumerate(meeting.live) if case.read.fatal is None]
    live = [meeting.live[i] for i in stay]
    claims = people.Claims.of([(case.read.email, case.external_ids) for case in live], [meeting.claims.ids[i] for i in stay])
    won = meeting.won | await people.claim(tx, {key: id for key, id in claims.keys.items() if key not in meeting.won})
    return Meeting(live, claims, meeting.lookups, won, meeting.activities)


def _people(cases: Sequence["Case"], claims: people.Claims) -> list[tuple[str, str, UUID, str | None]]:
    """Keys to claim: kind, key, whose, and the address that may keep them out."""
    address = {case.provisional_id: case.read.email and case.read.email.match_key for case in cases}
    return [(kind, key, id, address[id]) for (kind, key), id in claims.keys.items()]


def _activities(cases: Sequence["Case"]) -> list[tuple[str, str, UUID, str | None]]:
    found: dict[Key, tuple[str, str, UUID, str | None]] = {}
    for case in cases:
        if case.once and case.activity_id:
            found.setdefault(case.once, (*case.once, case.activity_id, case.read.email and case.read.email.match_key))
    return list(found.values())


def _columns(rows: Sequence[tuple[str, str, UUID, str | None]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
