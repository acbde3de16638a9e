"""Whose rights an import has: those of whoever made or started it, asked again with every batch."""

from typing import Any

from leadwell.access import Viewer
from leadwell.access.standing import standing
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Tx
from leadwell.transfer.extras import TAGS
from leadwell.transfer.nouns import NOUNS
from leadwell.transfer.refusals import ImportForbidden


def may_make(viewer: Viewer, noun: str, mode: str) -> None:
    """An import meets every record of its noun and fills what the file has, so it is for those who may make them, see them all and write all of them.
    Forbidden; of what is no noun something else is said."""
    if noun not in NOUNS:
        return
    viewer.need(noun, "create")
    if mode != "CREATE":
        viewer.need(noun, "update")
    closed = {path.partition(".")[0] for path in viewer.denied | viewer.fixed}
    if noun in viewer.doing("create").own or closed & {noun, *(["Person"] if noun in ("Lead", "Contact") else [])}:
        raise Forbidden(verb="import", noun=noun)


async def still(tx: Tx, row: Any) -> None:
    """ImportForbidden unless whoever a row of `imports` names could make it today: a revoked key, a user who left, a narrower role end it before its next
    batch. What the command line does is the house's own."""
    credential: str = row["actor"]
    if credential.partition(":")[0] not in ("USER", "KEY"):
        return
    viewer = await standing(tx, credential)
    try:
        if viewer is None:
            raise ImportForbidden()
        viewer.need("imports", "create")
        may_make(viewer, row["noun"], row["options"].get("mode", "FILL_EMPTY"))
        if TAGS in row["mapping"].values():
            viewer.need("tags", "create")
    except Forbidden as refusal:
        raise ImportForbidden() from refusal
