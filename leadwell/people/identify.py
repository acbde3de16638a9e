"""Finds or makes the people a batch means, set-based: keys are inserted first, and their conflict is the lock."""

from collections.abc import Collection, Sequence
from dataclasses import field
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.fixed import fixed
from leadwell.base.identity import Email
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.together import together
from leadwell.base.tx import Tx
from leadwell.people.given import FIELDS, Identified, PersonGiven
from leadwell.people.lock import lock
from leadwell.people.plan import Plan, settle
from leadwell.people.register import Known, Register, external_keys
from leadwell.people.suggest import suggest_all

SAME = 3   # people with one number that are worth telling, as in same_phone.sql
Keys = dict[tuple[str, str], UUID]
Names = tuple[Email | None, Sequence[tuple[str, str]]]


@fixed
class Claims:
    """Provisional ids of given people, in order, and which of them is to have which key; the first to name a key has it."""

    ids: Sequence[UUID]
    keys: Keys = field(default_factory=dict[tuple[str, str], UUID])

    @classmethod
    def of(cls, named: Sequence[Names], ids: Sequence[UUID] | None = None) -> "Claims":
        """From each one's e-mail address and external ids."""
        claims = cls(ids or [uuid7() for _ in named])
        for id, (email, external_ids) in zip(claims.ids, named, strict=True):
            for key in _keys(email, external_ids):
                claims.keys.setdefault(key, id)
        return claims


@fixed
class Met:
    """Who is meant by each given person, and what that writes."""

    found: list[Identified]
    plan: Plan
    register: Register
    moved: Keys
    same_phone: dict[str, list[UUID]]


async def identify_many(tx: Tx, given: Sequence[PersonGiven]) -> list[Identified]:
    """For each given person the one that is meant, in the same order: linked by external id, else by e-mail address unless the name
    speaks against it, else made. Empty fields are filled, contradictions become suggestions. A number alone never links."""
    claims = Claims.of([(one.email, one.external_ids) for one in given])
    met = await meet(tx, given, claims, await claim(tx, claims.keys))
    async with together(tx) as writes:
        await keep(writes, met)
    return met.found


async def claim(tx: Tx, keys: Keys) -> set[tuple[str, str]]:
    """Claims what is free and answers it; whoever loses waits until the winner has committed."""
    if not keys:
        return set()
    won = await tx.fetch(load(__name__, "claim_keys"), tx.workspace, [k for k, _ in keys], [k for _, k in keys], list(keys.values()), await tx.now())
    return {(row["kind"], row["key"]) for row in won}


async def take(writes: Tx, keys: Keys) -> None:
    """Claims keys that nobody had when the caller looked. Somebody faster makes it fail (UniqueViolationError): the caller starts the transaction again."""
    if keys:
        rows = [{"kind": kind, "key": key, "person_id": id} for (kind, key), id in keys.items()]
        await writes.execute(load(__name__, "take_keys"), writes.workspace, rows, await writes.now())


def strangers(given: Sequence[PersonGiven], claims: Claims) -> Met:
    """Decides who is meant where nobody has any of their keys, addresses and numbers."""
    register, plan = Register(), Plan()
    return Met([settle(register, plan, id, one) for id, one in zip(claims.ids, given, strict=True)], plan, register, {}, {})


async def meet(tx: Tx, given: Sequence[PersonGiven], claims: Claims, won: Collection[tuple[str, str]]) -> Met:
    """Reads and locks everybody behind the keys that others hold, and decides who is meant; nothing is read where all keys were free."""
    register, plan = await _register(tx, await _held(tx, claims.keys.keys() - set(won))), Plan()
    found = [settle(register, plan, id, one) for id, one in zip(claims.ids, given, strict=True)]
    moved = {key: plan.became[id] for key in won if plan.became[id := claims.keys[key]] != id}
    return Met(found, plan, register, moved, await _same_phone(tx, plan))


async def keep(writes: Tx, met: Met) -> None:
    """Everything that identifying people writes; reads nothing."""
    await _write(writes, met.plan, met.register)
    await _repoint(writes, met.moved)
    await events.note_all(writes, met.plan.events(met.same_phone))


def _keys(email: Email | None, external_ids: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    address = [("EMAIL", email.match_key)] if email else []
    return [*address, *(("EXTERNAL", key) for key in external_keys(external_ids))]


async def _held(tx: Tx, lost: Collection[tuple[str, str]]) -> Keys:
    """Whose the keys are that could not be claimed, locked until commit."""
    if not lost:
        return {}
    rows = await tx.fetch(load(__name__, "lock_keys"), tx.workspace, [k for k, _ in lost], [k for _, k in lost])
    return {(row["kind"], row["key"]): row["person_id"] for row in rows}


async def _register(tx: Tx, held: Keys) -> Register:
    """Everybody the held keys and addresses lead to, locked."""
    register = Register()
    if not held:
        return register
    addresses = [key for kind, key in held if kind == "EMAIL"]
    users = await tx.fetch(load(__name__, "addresses"), tx.workspace, addresses) if addresses else []
    rows = await lock(tx, {*held.values(), *(row["person_id"] for row in users)})
    living = {row["id"]: row for row in rows.values()}
    reach = {row["id"]: row for row in await tx.fetch(load(__name__, "reach"), tx.workspace, list(living))}
    for id, row in living.items():
        register.people[id] = Known(
            id, row["kind"], {name: row[name] for name in FIELDS}, row["email"], row["phone"],
            set(reach[id]["addresses"]), set(reach[id]["numbers"]), bool(reach[id]["has_number"]),
            set(reach[id]["unread"]), row["version"],
        )  # fmt: skip
    register.by_external = {key: rows[id]["id"] for (kind, key), id in held.items() if kind == "EXTERNAL"}
    owners = [(key, held[kind, key]) for kind, key in held if kind == "EMAIL"]
    for key, id in [*owners, *((row["match_key"], row["person_id"]) for row in users)]:
        if rows[id]["id"] not in register.by_address[key]:
            register.by_address[key].append(rows[id]["id"])
    register.shared = {row["match_key"] for row in users if row["is_shared"]}
    return register


async def _write(tx: Tx, plan: Plan, register: Register) -> None:
    now = await tx.now()
    people = [plan.row(known) for known in plan.people]
    emails = [row | {"is_shared": row["is_shared"] or row["match_key"] in register.newly_shared} for row in plan.emails]
    for rows, name in ((people, "insert"), (emails, "add_emails"), (plan.phones, "add_phones"), (plan.external_ids, "external_ids")):
        if rows:
            await tx.execute(load(__name__, name), tx.workspace, rows, now)
    changes: list[dict[str, Any]] = [{"id": known.id, **known.filled} for known in plan.changed.values()]
    if changes:
        await tx.execute(load(__name__, "fill"), tx.workspace, changes, now)
    if plan.read_phones:
        await tx.execute(load(__name__, "read_phones"), tx.workspace, plan.read_phones)
    if register.newly_shared:
        # Of rows that are there; those of this batch are written as shared.
        await tx.execute(
            "UPDATE person_emails SET is_shared = true WHERE workspace_id = $1 AND match_key = ANY($2::text[]) AND NOT is_shared",
            tx.workspace, sorted(register.newly_shared))  # fmt: skip
    await suggest_all(tx, plan.suggestions)


async def _repoint(tx: Tx, moved: Keys) -> None:
    """A key claimed for somebody who turned out to be known belongs to the known one."""
    if moved:
        kinds, keys, people = [kind for kind, _ in moved], [key for _, key in moved], list(moved.values())
        await tx.execute(
            "UPDATE person_keys k SET person_id = x.person_id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS x (kind, key, person_id) "
            "WHERE k.workspace_id = $1 AND k.kind = x.kind AND k.key = x.key", tx.workspace, kinds, keys, people)  # fmt: skip


async def _same_phone(tx: Tx, plan: Plan) -> dict[str, list[UUID]]:
    """Others with the number of somebody new, there or in this batch: evidence for a reviewer."""
    numbers = sorted({row["e164"] for row in plan.phones if row["e164"]} if plan.people else ())
    if not numbers:
        return {}
    found: dict[str, list[UUID]] = {}
    known = await tx.fetch(load(__name__, "same_phone"), tx.workspace, numbers)
    for row in (*known, *plan.phones):
        if row["e164"] and row["person_id"] not in found.setdefault(row["e164"], []):
            found[row["e164"]].append(row["person_id"])
    return {number: people[:SAME] for number, people in found.items()}
