"""Lists saved views, and opens one."""

from typing import Annotated

import strawberry

from api.context import Info
from api.views.types import View, ViewConnection, shown
from leadwell.changes import saved, views
from leadwell.changes.refusals import UnknownView

Doc = strawberry.argument


@strawberry.type
class ViewQueries:
    @strawberry.field(description="Your views and those shared with you, by noun and name. One that names what you may not see says so in `refusal`.")
    async def views(
        self, info: Info, noun: Annotated[str | None, Doc(description="Only views of these records.")] = None,
        first: Annotated[int, Doc(description="How many, at most 200.")] = 50,
        after: Annotated[str | None, Doc(description="Cursor of the last view seen.")] = None,
    ) -> ViewConnection:
        if noun is not None and noun not in views.NOUNS:
            raise UnknownView(field="noun", known=", ".join(views.NOUNS), noun=noun[:40])
        context, asked = info.context, saved.Asked(noun, first, after)
        async with context.lock:
            return ViewConnection.of(await saved.page(await context.reader(), context.viewer, asked), asked)

    @strawberry.field(description="One view; null when there is none that you may find. Refused when it names what you may not see.")
    async def view(self, info: Info, id: Annotated[strawberry.ID, Doc(description="Its id.")]) -> View | None:
        context = info.context
        async with context.lock:
            found = await views.opened(await context.reader(), context.viewer, views.view_id(id))
        if found and found.refusal:
            raise found.refusal
        return shown(found) if found else None
