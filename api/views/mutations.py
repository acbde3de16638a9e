"""Saves views, changes them, shares them, puts them away."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, payload
from api.views.types import Sharing, View, shown
from leadwell.base.ids import BadId, encode_id
from leadwell.base.tx import Tx
from leadwell.changes import views
from leadwell.changes.views import view_id


@strawberry.input(description="A view to save.")
class CreateViewInput:
    noun: str = strawberry.field(description="Person, Lead, Contact, Company, Deal, Activity, Task, Purchase or Campaign.")
    name: str = strawberry.field(description="Name; yours has to differ from your other views of this noun.")
    where: JSON | None = strawberry.field(default=None, description="The filter of the noun's list, as JSON.")
    order_by: list[JSON] = strawberry.field(default_factory=list, description="The order of the noun's list, as JSON.")
    columns: list[str] = strawberry.field(default_factory=list, description="Fields to show, such as name, owner.name, custom.color.")
    sharing: Sharing = strawberry.field(default=Sharing.PRIVATE, description="Who else finds it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a view of yours. What is left out stays.")
class UpdateViewInput:
    id: strawberry.ID = strawberry.field(description="The view.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name.")
    where: strawberry.Maybe[JSON] = strawberry.field(description="The filter of the noun's list, as JSON.")
    order_by: strawberry.Maybe[list[JSON]] = strawberry.field(description="The order of the noun's list, as JSON.")
    columns: strawberry.Maybe[list[str]] = strawberry.field(description="Fields to show.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A view of yours, and who else finds it.")
class ShareViewInput:
    id: strawberry.ID = strawberry.field(description="The view.")
    sharing: Sharing = strawberry.field(description="Who else finds it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A view of yours to put away.")
class ArchiveViewInput:
    id: strawberry.ID = strawberry.field(description="The view.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class ViewPayload:
    """What a change of a view answers."""

    kept_id: strawberry.Private[str | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The view as it now is.")
    async def view(self, info: Info) -> View | None:
        if self.kept_id is None:
            return None
        context = info.context
        async with context.lock:
            found = await views.opened(await context.reader(), context.viewer, view_id(self.kept_id))
        return shown(found) if found else None


async def _act(info: Info, noun: str, verb: Any, input: Any) -> ViewPayload:
    """Whoever may read such records may keep views of them."""
    def shape(id: UUID) -> dict[str, Any]:
        return {"kept_id": encode_id(views.TAG, id)}

    return await act(info, ViewPayload, noun, "read", verb, input=input, shape=shape)


async def _noun(info: Info, id: str) -> str:
    """What the view is of; that it is not there is said by the verb."""
    context = info.context
    try:
        async with context.lock:
            found = await views.opened(await context.reader(), context.viewer, view_id(id))
    except BadId:
        found = None
    return found.noun if found else "Lead"


COLUMNS = {"name": "name", "where": "filter", "order_by": "sort", "columns": "columns"}


@strawberry.type
class ViewMutations:
    @strawberry.mutation(description="Saves a filter, an order and columns under a name. You must be able to read all that it names.")
    async def create_view(self, info: Info, input: CreateViewInput) -> ViewPayload:
        async def verb(tx: Tx) -> UUID:
            where: Any = {} if input.where is None else input.where
            order: Any = input.order_by
            new = views.NewView(input.noun, input.name, where, order, input.columns, str(input.sharing.value))
            return await views.create(tx, new, info.context.viewer)

        return await _act(info, input.noun, verb, input)

    @strawberry.mutation(description="Changes a view of yours.")
    async def update_view(self, info: Info, input: UpdateViewInput) -> ViewPayload:
        async def verb(tx: Tx) -> UUID:
            changes = {COLUMNS[name]: value for name, value in given(input, *COLUMNS).items()}
            await views.update(tx, view_id(input.id), changes, info.context.viewer, input.expected_version)
            return view_id(input.id)

        return await _act(info, await _noun(info, input.id), verb, input)

    @strawberry.mutation(description="Says who else finds a view of yours.")
    async def share_view(self, info: Info, input: ShareViewInput) -> ViewPayload:
        async def verb(tx: Tx) -> UUID:
            await views.update(tx, view_id(input.id), {"shared": str(input.sharing.value)}, info.context.viewer, input.expected_version)
            return view_id(input.id)

        return await _act(info, await _noun(info, input.id), verb, input)

    @strawberry.mutation(description="Puts a view of yours away.")
    async def archive_view(self, info: Info, input: ArchiveViewInput) -> ViewPayload:
        async def verb(tx: Tx) -> UUID:
            await views.archive(tx, view_id(input.id), info.context.viewer, input.expected_version)
            return view_id(input.id)

        return await _act(info, await _noun(info, input.id), verb, input)
