"""Finds or makes the people a batch means, set-based: keys are inserted first, and their conflict is the lock."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.people.given import FIELDS, Identified, PersonGiven
from leadwell.people.lock import lock
from leadwell.people.plan import Plan, settle
from leadwell.people.register import Known, Register, external_keys
from leadwell.people.suggest import suggest_all

Keys = dict[tuple[str, str], UUID]


async def identify_many(tx: Tx, given: Sequence[PersonGiven]) -> list[Identified]:
    """For each given person the one that is meant, in the same order: linked by external id, else by e-mail address unless the name
    speaks against it, else made. Empty fields are filled, contradictions become suggestions. A number alone never links."""
    if not given:
        return []
    ids = [uuid7() for _ in given]
    claims: Keys = {}
    for id, one in zip(ids, given, strict=True):
        for key in _keys(one):
            claims.setdefault(key, id)
    held = await _claim(tx, claims)
    register = await _register(tx, held)
    plan = Plan()
    found = [settle(register, plan, id, one) for id, one in zip(ids, given, strict=True)]
    await _write(tx, plan, register)
    await _repoint(tx, plan, {key: id for key, id in claims.items() if key not in held})
    await events.note_all(tx, plan.events(await _same_phone(tx, plan)))
    return found


def _keys(given: PersonGiven) -> list[tuple[str, str]]:
    address = [("EMAIL", given.email.match_key)] if given.email else []
    return [*address, *(("EXTERNAL", key) for key in external_keys(given))]


async def _claim(tx: Tx, claims: Keys) -> Keys:
    """Claims what is free; answers whose the others are, locked until commit."""
    if not claims:
        return {}
    kinds, keys = [k for k, _ in claims], [k for _, k in claims]
    won = await tx.fetch(load(__name__, "claim_keys"), tx.workspace, kinds, keys, list(claims.values()), await tx.now())
    lost = set(claims) - {(row["kind"], row["key"]) for row in won}
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
    if plan.people or plan.emails or plan.phones or plan.external_ids:
        people = [plan.row(known) for known in plan.people]
        written = (people, plan.emails, plan.phones, plan.external_ids)
        await tx.execute(load(__name__, "write"), tx.workspace, *written, now)
    changes: list[dict[str, Any]] = [{"id": known.id, **known.filled} for known in plan.changed.values()]
    if changes:
        await tx.execute(load(__name__, "fill"), tx.workspace, changes, now)
    if plan.read_phones:
        await tx.execute(load(__name__, "read_phones"), tx.workspace, plan.read_phones)
    if register.newly_shared:
        await tx.execute(
            "UPDATE person_emails SET is_shared = true WHERE workspace_id = $1 AND match_key = ANY($2::text[]) AND NOT is_shared",
            tx.workspace, sorted(register.newly_shared))  # fmt: skip
    await suggest_all(tx, plan.suggestions)


async def _repoint(tx: Tx, plan: Plan, won: Keys) -> None:
    """A key claimed for somebody who turned out to be known belongs to the known one."""
    moved = [(kind, key, plan.became[id]) for (kind, key), id in won.items() if plan.became[id] != id]
    if moved:
        kinds, keys, people = (list(column) for column in zip(*moved, strict=True))
        await tx.execute(
            "UPDATE person_keys k SET person_id = x.person_id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS x (kind, key, person_id) "
            "WHERE k.workspace_id = $1 AND k.kind = x.kind AND k.key = x.key", tx.workspace, kinds, keys, people)  # fmt: skip


async def _same_phone(tx: Tx, plan: Plan) -> dict[str, list[UUID]]:
    """Others with the number of somebody new: evidence for a reviewer."""
    numbers = sorted({row["e164"] for row in plan.phones if row["e164"]} if plan.people else ())
    if not numbers:
        return {}
    found: dict[str, list[UUID]] = {}
    for row in await tx.fetch(load(__name__, "same_phone"), tx.workspace, numbers):
        found.setdefault(row["e164"], []).append(row["person_id"])
    return found
