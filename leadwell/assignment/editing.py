"""Edits queues, territories and response policies with the rules they have beyond those of every list."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import entries
from leadwell.access.sees import Sees
from leadwell.assignment.claiming import look_again
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, check
from leadwell.entries import Entry

UNDEFAULT = """UPDATE response_policies SET is_default = false, version = version + 1, updated_at = $2
WHERE workspace_id = $1 AND is_default AND id IS DISTINCT FROM $3"""


async def create(tx: Tx, entry: Entry, given: Mapping[str, Any], author: Sees) -> UUID:
    """A calendar, policy, queue or territory. Of policies one is the default one. What `entries.create` refuses, and BadFilter, FieldForbidden, Forbidden
    for a filter that its author may not use."""
    await _before(tx, entry, given, None, author)
    id = await entries.create(tx, entry, given)
    await _after(tx, entry)
    return id


async def update(tx: Tx, entry: Entry, id: UUID, changes: Mapping[str, Any], expected_version: int | None, author: Sees) -> Revision:
    """What `entries.update` refuses, and what `create` does."""
    await _before(tx, entry, changes, id, author)
    revision = await entries.update(tx, entry, id, changes, expected_version)
    await _after(tx, entry)
    return revision


async def archive(tx: Tx, entry: Entry, id: UUID, replacement: UUID | None, expected_version: int | None) -> Revision:
    """Puts one away; a queue's waiting leads go to the replacement. What `entries.archive` refuses."""
    if entry.noun == "ResponsePolicy":
        await entries.update(tx, entry, id, {"is_default": False}, expected_version)
        expected_version = None
    revision = await entries.archive(tx, entry, id, replacement, expected_version)
    await _after(tx, entry)
    return revision


async def _before(tx: Tx, entry: Entry, given: Mapping[str, Any], id: UUID | None, author: Sees) -> None:
    if given.get("filter") is not None:
        await check(tx, CATALOG["Lead"], given["filter"], author)
    if given.get("is_default"):
        await entries.turn(tx, entry)
        await tx.execute(UNDEFAULT, tx.workspace, await tx.now(), id)


async def _after(tx: Tx, entry: Entry) -> None:
    if entry.noun in ("LeadQueue", "Territory"):
        await look_again(tx)
