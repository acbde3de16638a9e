"""Lists what became of the records of a change set."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.changes.types import ChangeLine, line
from api.context import Info
from leadwell import changes
from leadwell.base.ids import decode_id

Doc = strawberry.argument


@strawberry.type
class ChangeQueries:
    @strawberry.field(description="What became of the records of a change set, by id, 200 at a time; those you may not see are left out.")
    async def change_lines(
        self, info: Info, id: Annotated[strawberry.ID, Doc(description="The change set.")],
        state: Annotated[str | None, Doc(description="Only these: PENDING, CHANGED, UNCHANGED, REFUSED, REVERTED or LEFT.")] = None,
        after: Annotated[strawberry.ID | None, Doc(description="The last record of the page before.")] = None,
        first: Annotated[int, Doc(description="How many records, from 0 to 200.")] = 200,
    ) -> list[ChangeLine]:  # fmt: skip
        context = info.context
        last = decode_id(str(after))[1] if after else None
        async with context.lock:
            noun, found = await changes.lines(await context.reader(), context.viewer, id_of(id, "ChangeSet", "id"), state, last, first)
        return [line(noun, one) for one in found]
