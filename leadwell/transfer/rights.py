"""Whose rights an import has: those of whoever made, started or takes it back, asked again with every batch."""

from typing import Any

from leadwell.access import Viewer
from leadwell.access.standing import standing
from leadwell.base.refusals import Forbidden
from leadwell.base.tx import Tx
from leadwell.transfer.extras import TAGS
from leadwell.transfer.nouns import NOUNS
from leadwell.transfer.refusals import ImportForbidden, RevertForbidden

PEOPLE = ("USER", "KEY")


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
    if credential.partition(":")[0] not in PEOPLE:
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


def may_revert(viewer: Viewer, row: Any) -> None:
    """What an import made is put away, and what it wrote is set back, by those who could make it. Forbidden."""
    viewer.need("imports", "delete")
    may_make(viewer, row["noun"], row["options"].get("mode", "FILL_EMPTY"))


async def still_back(tx: Tx, row: Any) -> None:
    """RevertForbidden unless whoever a row of `imports` names as taking it back could ask for that today."""
    credential: str = row["reverted_by"] or ""
    if credential.partition(":")[0] not in PEOPLE:
        return
    viewer = await standing(tx, credential)
    try:
        if viewer is None:
            raise RevertForbidden()
        may_revert(viewer, row)
    except Forbidden as refusal:
        raise RevertForbidden() from refusal
