"""What a saved view looks like."""

from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.errors import UserError, user_error
from api.shapes import PageInfo
from leadwell.base.ids import encode_id
from leadwell.changes import saved
from leadwell.changes.views import TAG, Shown


@strawberry.enum(description="Who finds a view besides its owner.")
class Sharing(Enum):
    PRIVATE = strawberry.enum_value("PRIVATE", description="Nobody.")
    TEAM = strawberry.enum_value("TEAM", description="The team its owner was in when it was shared.")
    EVERYBODY = strawberry.enum_value("EVERYBODY", description="Everybody in the workspace.")


@strawberry.type(description="A filter, an order and columns under a name.")
class View:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    noun: str = strawberry.field(description="What it lists.")
    name: str = strawberry.field(description="Its name.")
    sharing: Sharing = strawberry.field(description="Who else finds it.")
    mine: bool = strawberry.field(description="It is yours: you may change it.")
    version: int = strawberry.field(description="Adds one with every change.")
    where: JSON | None = strawberry.field(description="The filter, for the list's where.")
    order_by: list[JSON] | None = strawberry.field(description="The order, for the list's orderBy.")
    columns: list[str] | None = strawberry.field(description="Fields to show.")
    refusal: UserError | None = strawberry.field(description="Why its contents are closed to you: it names what you may not see, or what is no longer there.")


def shown(view: Shown) -> View:
    return View(
        id=strawberry.ID(encode_id(TAG, view.id)), noun=view.noun, name=view.name, sharing=Sharing(view.shared), mine=view.mine, version=view.version,
        where=cast("Any", view.where), order_by=cast("Any", view.order), columns=cast("Any", view.columns),
        refusal=user_error(view.refusal) if view.refusal else None,
    )


@strawberry.type(description="A view and its place in a list.")
class ViewEdge:
    cursor: str = strawberry.field(description="Pass as after: to go on behind it.")
    node: View = strawberry.field(description="The view.")


@strawberry.type(description="A page of views.")
class ViewConnection:
    edges: list[ViewEdge] = strawberry.field(description="The views with their cursors.")
    nodes: list[View] = strawberry.field(description="The views.")
    page_info: Any = strawberry.field(graphql_type=PageInfo, description="Where this page stands.")
    noun: strawberry.Private[str | None]

    @strawberry.field(description="How many there are in all.")
    async def total_count(self, info: Info) -> int:
        async with info.context.lock:
            return await saved.count(await info.context.reader(), info.context.viewer, self.noun)

    @classmethod
    def of(cls, page: saved.Page, asked: saved.Asked) -> "ViewConnection":
        edges = [ViewEdge(cursor=cursor, node=shown(view)) for cursor, view in page.views]
        start, end = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        info = {"hasNextPage": page.has_next, "hasPreviousPage": asked.after is not None, "startCursor": start, "endCursor": end}
        return cls(edges=edges, nodes=[edge.node for edge in edges], page_info=info, noun=asked.noun)
