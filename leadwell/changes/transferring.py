"""Hands over what a user owns: one change set for each kind of record."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.access import Viewer
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.rows import Named, require
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.changes import choosing
from leadwell.changes.actions import acting, action_for
from leadwell.changes.asking import Wanted, ask
from leadwell.changes.refusals import NothingChosen

# What is over keeps its owner: converted and junk leads, closed deals, tasks that are done.
STILL: Mapping[str, Mapping[str, Any]] = {
    "Lead": {"state": {"in": ["OPEN"]}}, "Contact": {}, "Company": {}, "Deal": {"state": {"in": ["OPEN"]}}, "Task": {"state": {"in": ["OPEN"]}},
}


def owned_by(noun: str, user: UUID) -> dict[str, Any]:
    """The filter of what a user owns and has still to do with."""
    owner = {"is": {"id": {"eq": encode_id(CATALOG["User"].tag, user)}}}
    return {**STILL[noun], "assignee" if noun == "Task" else "owner": owner}


async def transfer_ownership(tx: Tx, giver: UUID, taker: UUID | None, nouns: Sequence[str], viewer: Viewer) -> list[UUID]:
    """Puts a change set for each noun of which `giver` owns something; None gives it back to nobody. NotFound, UnknownChange, NothingChosen, Forbidden."""
    made, transfer = list[UUID](), uuid7()
    for noun, count in (await preview_transfer(tx, giver, taker, nouns, viewer)).items():
        if count:
            where = owned_by(noun, giver)
            made.append(await ask(tx, Wanted(noun, "REASSIGN", where, None, {"owner_id": taker}, transfer=transfer), viewer, None))
    return made


async def preview_transfer(tx: Tx, giver: UUID, taker: UUID | None, nouns: Sequence[str], viewer: Viewer) -> dict[str, int]:
    """How much of each noun would be handed over, in the order given. What `transfer_ownership` refuses."""
    if not await tx.value("SELECT EXISTS (SELECT 1 FROM users u WHERE u.workspace_id = $1 AND u.id = $2)", tx.workspace, giver):
        await require(tx, Named("user", "users", giver, "from_id"))
    await require(tx, Named("user", "users", taker, "to_id"))
    if not nouns or giver == taker:
        raise NothingChosen(field="nouns" if not nouns else "to_id", fix="Name two users and at least one kind of record.")
    able = {noun: acting(action_for("REASSIGN", noun, viewer), noun, viewer) for noun in nouns}
    return {noun: await choosing.count(tx, of, noun, owned_by(noun, giver), None) for noun, of in able.items()}
