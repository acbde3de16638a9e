"""Guesses mappings, tells progress, and lists what reverts left alone."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.imports.types import ColumnGuess, ImportField, JobProgress, LeftAlone, MappingGuess, job_progress
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from leadwell.transfer import asking, progress
from leadwell.transfer.nouns import NOUNS
from leadwell.transfer.refusals import UnknownNoun
from leadwell.transfer.tokens import upload_id

Doc = strawberry.argument


@strawberry.type
class ImportQueries:
    @strawberry.field(description="What the columns of an uploaded file seem to be. Nothing is changed.")
    async def guess_mapping(
        self, info: Info, upload: Annotated[strawberry.ID, Doc(description="What PUT /uploads answered.")],
        noun: Annotated[str | None, Doc(description="What its rows are; missing: guessed as well.")] = None,
    ) -> MappingGuess:  # fmt: skip
        context = info.context
        context.viewer.need("imports", "create")
        if noun is not None and noun not in NOUNS:
            raise UnknownNoun(field="noun", noun=noun[:40])
        async with context.lock:
            header = await asking.look(await context.reader(), upload_id(upload), context.viewer.credential, noun)
        guessed = header.guess.fields
        columns = [
            ColumnGuess(column=name, field=guessed.get(name, (None, None))[0], by=guessed.get(name, (None, None))[1],
                        samples=[row[i][:200] for row in header.samples if i < len(row)])
            for i, name in enumerate(header.columns)
        ]  # fmt: skip
        fields = [ImportField(name=name, description=doc) for name, doc in header.fields.items()]
        return MappingGuess(noun=header.guess.noun, system=header.guess.system, columns=columns, fields=fields)

    @strawberry.field(description="How far an import, an export or a change of many records has come; null when there is none.")
    async def job_progress(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The import, export or change set.")]) -> JobProgress | None:
        context = info.context
        async with context.lock:
            found = await progress.of(await context.reader(), context.viewer, str(id))
        return found and job_progress(id, found)

    @strawberry.field(description="What the revert of an import left alone, at most 1,000.")
    async def import_left_alone(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The import.")]) -> list[LeftAlone]:
        context = info.context
        context.viewer.need("imports", "read")
        async with context.lock:
            rows = await progress.left(await context.reader(), id_of(id, "Import", "id"))
        return [
            LeftAlone(noun=row["noun"], record_id=strawberry.ID(encode_id(CATALOG[row["noun"]].tag, row["record_id"])), field=row["field"] or None,
                      reason=row["reason"])
            for row in rows
        ]  # fmt: skip
