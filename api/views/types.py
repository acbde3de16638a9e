"""What a saved view looks like."""

from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from api.errors import UserError, user_error
from leadwell.base.ids import encode_id
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
