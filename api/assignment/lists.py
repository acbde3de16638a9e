"""What the mutations of calendars, response policies, queues and territories call: the verbs of assignment, for whoever asks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.entries.doors import Verbs
from leadwell.access import Viewer
from leadwell.assignment import editing
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.entries import Entry


def verbs(viewer: Viewer) -> Verbs:
    """Filters are checked with the rights of whoever writes them."""

    async def create(tx: Tx, entry: Entry, given: Mapping[str, Any]) -> UUID:
        return await editing.create(tx, entry, given, viewer)

    async def update(tx: Tx, entry: Entry, id: UUID, changes: Mapping[str, Any], expected_version: int | None) -> Revision:
        return await editing.update(tx, entry, id, changes, expected_version, viewer)

    return Verbs(create, update, editing.archive)
