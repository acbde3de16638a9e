"""Lists saved views, and opens one."""

from typing import Annotated

import strawberry

from api.context import Info
from api.views.types import View, shown
from leadwell.changes import views
from leadwell.changes.refusals import UnknownView

Doc = strawberry.argument


@strawberry.type
class ViewQueries:
    @strawberry.field(description="Your views and those shared with you, by name, 500 at most. One that names what you may not see says so in `refusal`.")
    async def views(self, info: Info, noun: Annotated[str | None, Doc(description="Only views of these records.")] = None) -> list[View]:
        if noun is not None and noun not in views.NOUNS:
            raise UnknownView(field="noun", known=", ".join(views.NOUNS), noun=noun[:40])
        context = info.context
        async with context.lock:
            return [shown(one) for one in await views.views(await context.reader(), context.viewer, noun)]

    @strawberry.field(description="One view; null when there is none that you may find. Refused when it names what you may not see.")
    async def view(self, info: Info, id: Annotated[strawberry.ID, Doc(description="Its id.")]) -> View | None:
        context = info.context
        async with context.lock:
            found = await views.views(await context.reader(), context.viewer, id=views.view_id(id))
        if found and found[0].refusal:
            raise found[0].refusal
        return shown(found[0]) if found else None
