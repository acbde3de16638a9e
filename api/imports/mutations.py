"""Imports over the API: made from an upload, rehearsed, started, canceled, reverted."""

from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from leadwell import transfer
from leadwell.base.tx import Tx
from leadwell.transfer import ImportOptions, asking, rights
from leadwell.transfer.nouns.shape import Mode
from leadwell.transfer.tokens import upload_id


@strawberry.input(description="A column of the file and what it fills.")
class ColumnMapping:
    column: str = strawberry.field(description="The column, as the file names it.")
    field: str = strawberry.field(description='A field of guessMapping, custom.KEY of a custom field, tags, or optOut; "-" leaves the column out.')


@strawberry.input(description="An import to make from an uploaded file.")
class CreateImportInput:
    upload: strawberry.ID = strawberry.field(description="What PUT /uploads answered.")
    noun: str = strawberry.field(description="Lead, Contact, Company, Deal or Activity.")
    mapping: list[ColumnMapping] = strawberry.field(default_factory=list, description="What columns fill; those not named fill what guessMapping says.")
    mode: str = strawberry.field(default="FILL_EMPTY",
          description="CREATE leaves known records alone, FILL_EMPTY fills what is empty, OVERWRITE also replaces `overwrite`.")
    overwrite: list[str] = strawberry.field(default_factory=list,
          description="Fields that OVERWRITE may replace, and \\N clear; custom.KEY and tags too.")
    effects: list[str] = strawberry.field(default_factory=list,
          description="What else may follow: WEBHOOKS, SEQUENCES, HAND_RAISES, NOTIFICATIONS, ASSIGNMENT, RESPONSE. None: nothing does.")
    source: str | None = strawberry.field(default=None, description="Name of the source; made if there is none.")
    campaign: str | None = strawberry.field(default=None, description="Name of the campaign; made if there is none.")
    country: str | None = strawberry.field(default=None, description="Country whose local phone numbers these are.")
    intent: str = strawberry.field(default="CONTENT", description="Of leads: HAND_RAISE, CONTENT, EVENT or SUBSCRIBE.")
    system: str | None = strawberry.field(default=None, description="Whose ids the file holds, such as hubspot; missing: by the layout.")
    encoding: str | None = strawberry.field(default=None, description="Detected when missing.")
    delimiter: str | None = strawberry.field(default=None, description="Detected when missing.")
    dry_run: bool = strawberry.field(default=False, description="Rehearse it: `preview` then says what would become of the rows, and what would follow.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which import.")
class ImportInput:
    id: strawberry.ID = strawberry.field(description="The import.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(import_="Import")
class ImportPayload:
    """What making or moving an import answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class ImportMutations:
    @strawberry.mutation(description="Makes an import that waits to be started; the same file again is the same import.")
    async def create_import(self, info: Info, input: CreateImportInput) -> ImportPayload:
        async def verb(tx: Tx) -> UUID:
            viewer = info.context.viewer
            rights.may_make(viewer, input.noun, input.mode)
            mapping = {one.column: one.field for one in input.mapping}
            asked = asking.NewImport(upload_id(input.upload), _options(input), mapping, viewer.may("tags", "create"))
            return await asking.create(tx, asked, viewer.credential)

        return await act(info, ImportPayload, "imports", "create", verb, input=input, shape=lambda id: {"import_": id})

    @strawberry.mutation(description="Starts an import, or goes on with one that was stopped, with the rights of whoever starts it.")
    async def start_import(self, info: Info, input: ImportInput) -> ImportPayload:
        return await _moved(info, input, "create", lambda tx, id: asking.start(tx, id, info.context.viewer))

    @strawberry.mutation(description="Stops an import before its next rows; what is in stays in.")
    async def cancel_import(self, info: Info, input: ImportInput) -> ImportPayload:
        return await _moved(info, input, "update", asking.cancel)

    @strawberry.mutation(description="Takes back what an import did, with the rights of whoever asks; what people have changed since is left alone and listed.")
    async def revert_import(self, info: Info, input: ImportInput) -> ImportPayload:
        return await _moved(info, input, "delete", lambda tx, id: transfer.ask_revert(tx, id, info.context.viewer))


async def _moved(info: Info, input: ImportInput, verb: str, move: "asking.Move") -> ImportPayload:
    async def work(tx: Tx) -> None:
        await move(tx, id_of(input.id, "Import", "id"))

    about = {"import_": input.id}
    return await act(info, ImportPayload, "imports", verb, work, input=input, shape=lambda _: {"import_": id_of(input.id, "Import")}, about=about)


def _options(input: CreateImportInput) -> ImportOptions:
    mode: Mode = input.mode  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    names = ("source", "campaign", "country", "intent", "system", "encoding", "delimiter", "dry_run", "noun")
    return ImportOptions(mode=mode, overwrite=tuple(input.overwrite), effects=tuple(input.effects), **{name: getattr(input, name) for name in names})
