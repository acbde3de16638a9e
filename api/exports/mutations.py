"""Exports: asked for, canceled, linked to."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, Info, act, id_of, payload
from leadwell.base.tx import Tx
from leadwell.transfer import exports


@strawberry.input(description="Which records to write to a file, and how.")
class CreateExportInput:
    noun: str = strawberry.field(description="Lead, Contact, Company, Deal, Activity, Person, Task or Purchase.")
    where: JSON | None = strawberry.field(default=None, description="Which records: the filter of the noun's list, as JSON.")
    columns: list[str] = strawberry.field(default_factory=list,
          description="Fields, fields of a record beside it such as owner.name, custom.KEY of a custom field, tags; none: all you may see.")
    format: str = strawberry.field(default="CSV", description="CSV or JSONL.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which export.")
class ExportInput:
    id: strawberry.ID = strawberry.field(description="The export.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(export="Export")
class ExportPayload:
    """What asking for an export answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(export="Export")
class ExportLinkPayload:
    """A link to the file of an export."""

    url: str | None = strawberry.field(default=None, description="Opens the file without any other credential; keep it to yourself.")
    until: datetime | None = strawberry.field(default=None, description="When the link runs out.")


@strawberry.type
class ExportMutations:
    @strawberry.mutation(description="Writes records to a file, with your rights: rows and fields you may not see are not in it.")
    async def create_export(self, info: Info, input: CreateExportInput) -> ExportPayload:
        async def verb(tx: Tx) -> UUID:
            where: Any = cast("Any", input.where) if input.where is not None else {}
            return await exports.ask(tx, exports.NewExport(input.noun, where, tuple(input.columns), input.format), info.context.viewer)

        return await act(info, ExportPayload, "exports", "create", verb, input=input, shape=lambda id: {"export": id})

    @strawberry.mutation(description="Ends an export that is not done.")
    async def cancel_export(self, info: Info, input: ExportInput) -> ExportPayload:
        async def verb(tx: Tx) -> None:
            await exports.cancel(tx, id_of(input.id, "Export", "id"))

        about = {"export": input.id}
        return await act(info, ExportPayload, "exports", "update", verb, input=input, shape=lambda _: {"export": id_of(input.id, "Export")}, about=about)

    @strawberry.mutation(description="A signed link to the file of a finished export, good for 15 minutes.")
    async def link_export(self, info: Info, input: ExportInput) -> ExportLinkPayload:
        async def verb(tx: Tx) -> tuple[str, datetime]:
            return await exports.link(tx, id_of(input.id, "Export", "id"), info.context.viewer)

        def shown(made: tuple[str, datetime]) -> dict[str, Any]:
            return {"url": f"{info.context.settings.public_url}/exports/{made[0]}", "until": made[1]}

        about = {"export": input.id}
        def told(_: tuple[str, datetime]) -> dict[str, Any]:
            return {"export": id_of(input.id, "Export")}

        return await act(info, ExportLinkPayload, "exports", "create", verb, input=input, shape=told, about=about, secret=shown)
