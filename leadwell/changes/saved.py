"""Lists the views somebody finds, by what they list and by name, a page at a time."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from leadwell.access import Viewer
from leadwell.base.ids import encode_id
from leadwell.base.tx import Tx
from leadwell.catalog import BadCursor, BadPage
from leadwell.changes.views import COLUMNS, MINE, TAG, Shown, shown, view_id

MOST = 200
FOUND = f"FROM views v WHERE v.workspace_id = $1 AND {MINE} AND v.archived_at IS NULL AND ($4::text IS NULL OR v.noun = $4)"
PAGE = (
    f"SELECT {COLUMNS}, lower(v.name) AS place {FOUND} AND ($5::text IS NULL OR (v.noun, lower(v.name), v.id) > ($5, $6::text, $7::uuid)) "
    "ORDER BY v.noun, lower(v.name), v.id LIMIT $8"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: of one noun or (None) all, `first` views behind a cursor. BadPage, BadCursor."""

    noun: str | None = None
    first: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.first <= MOST:
            raise BadPage(why=f"first must be from 0 to {MOST}", field="first")


@dataclass(frozen=True, slots=True)
class Page:
    """Views with their cursors, and whether more follow."""

    views: list[tuple[str, Shown]]
    has_next: bool


async def page(tx: Tx, viewer: Viewer, asked: Asked) -> Page:
    """One's own and those shared with one. What a reader may not see of a view closes all of it, with the reason."""
    behind = (None, None, None) if asked.after is None else _read(asked.after)
    rows = await tx.fetch(PAGE, tx.workspace, viewer.credential, viewer.user, asked.noun, *behind, asked.first + 1)
    return Page([(_cursor(row), await shown(tx, row, viewer)) for row in rows[: asked.first]], len(rows) > asked.first)


async def count(tx: Tx, viewer: Viewer, noun: str | None) -> int:
    """How many there are to find."""
    return await tx.value(f"SELECT count(*) {FOUND}", tx.workspace, viewer.credential, viewer.user, noun)


def _cursor(row: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["noun"], row["place"], encode_id(TAG, row["id"])])).decode()


def _read(text: str) -> tuple[str, str, Any]:
    """Where the page before ended, whether that view is still there or not."""
    try:
        noun, place, id = orjson.loads(base64.b64decode(text.encode(), altchars=b"-_", validate=True))
        return str(noun).replace("\0", ""), str(place).replace("\0", ""), view_id(id)
    except Exception as error:
        if isinstance(error, (binascii.Error, ValueError, TypeError)) or getattr(error, "code", "") == "BAD_ID":
            raise BadCursor(field="after", why="it is not the cursor of a view") from None
        raise
