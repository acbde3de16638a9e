"""Lists what became of the records of a change set, as far as whoever asks may see them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell.access import Viewer
from leadwell.access.names import camel
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, rows_by
from leadwell.changes.shape import Json

MOST = 200
SQL = (
    "SELECT r.record_id, r.state, r.code, r.message, r.changes FROM change_rows r WHERE r.workspace_id = $1 AND r.change_set_id = $2 "
    "AND ($3::text IS NULL OR r.state = $3) AND ($4::uuid IS NULL OR r.record_id > $4) ORDER BY r.record_id LIMIT $5"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A record of a change set and what became of it; fields that may not be seen are left out of `changes`."""

    record_id: UUID
    state: str
    code: str | None
    message: str | None
    changes: Json


async def lines(tx: Tx, viewer: Viewer, id: UUID, state: str | None = None, after: UUID | None = None, first: int = MOST) -> tuple[str, list[Line]]:
    """The noun and up to `first` records by id; none when the change set is not there, or hidden."""
    found = (await rows_by(tx, viewer, CATALOG["ChangeSet"], "id", [id])).get(id)
    if found is None:
        return "", []
    noun = str(found["noun"])
    rows = await tx.fetch(SQL, tx.workspace, id, state, after, max(0, min(first, MOST)))
    seen = await rows_by(tx, viewer, CATALOG[noun], "id", [row["record_id"] for row in rows], wanted=frozenset())
    return noun, [_line(row, noun, viewer) for row in rows if row["record_id"] in seen]


def _line(row: Any, noun: str, viewer: Viewer) -> Line:
    return Line(row["record_id"], row["state"], row["code"], row["message"], shown_changes(viewer, noun, row["changes"]))


def shown_changes(viewer: Viewer, noun: str, changes: Json) -> Json:
    """By the names of the API, without what the viewer may not see."""
    return {camel(name): pair for name, pair in changes.items() if not _hidden(viewer, noun, name)}


def _hidden(viewer: Viewer, noun: str, name: str) -> bool:
    """Columns of a person stand in leads and contacts under the same name; amounts are two columns of one field."""
    api = camel(name.removesuffix("_minor"))
    return any(f"{one}.{api}" in viewer.denied for one in (noun, "Person"))
