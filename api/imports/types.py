"""What a file's header seems to be, and how far an import has come."""

from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from leadwell.transfer.progress import Progress


@strawberry.type(description="A column of a file and what it would fill.")
class ColumnGuess:
    column: str = strawberry.field(description="The column, as the file names it.")
    field: str | None = strawberry.field(description="What it would fill; null: it would be left out.")
    by: str | None = strawberry.field(description="LAYOUT: a known product's export names it so. NAME: only its name says so.")
    samples: list[str] = strawberry.field(description="What stands in it in the first rows.")


@strawberry.type(description="A field that columns can fill.")
class ImportField:
    name: str = strawberry.field(description="Its name in a mapping.")
    description: str = strawberry.field(description="What it holds.")


@strawberry.type(description="What a file seems to be; to be confirmed with createImport.")
class MappingGuess:
    noun: str = strawberry.field(description="Lead, Contact, Company, Deal or Activity.")
    system: str | None = strawberry.field(description="hubspot, salesforce, pipedrive, zoho, dynamics or leadwell, where it is a known layout.")
    columns: list[ColumnGuess] = strawberry.field(description="Every column, in order.")
    fields: list[ImportField] = strawberry.field(description="Everything a column of this noun can fill.")


@strawberry.type(description="How far an import, an export or a change of many records has come.")
class JobProgress:
    id: strawberry.ID = strawberry.field(description="The import, export or change set.")
    state: str = strawberry.field(description="Its state.")
    done: int = strawberry.field(description="Rows done.")
    total: int | None = strawberry.field(description="Rows in all, once known.")
    error: str | None = strawberry.field(description="What stopped it.")
    counts: JSON = strawberry.field(description="What became of the rows so far.")


@strawberry.type(description="What the revert of an import left alone.")
class LeftAlone:
    noun: str = strawberry.field(description="Lead, Person, Contact, Company or Deal.")
    record_id: strawberry.ID = strawberry.field(description="The record.")
    field: str | None = strawberry.field(description="The field; null: the record as a whole.")
    reason: str = strawberry.field(description="Why.")


def job_progress(id: strawberry.ID, found: Progress) -> JobProgress:
    return JobProgress(id=id, state=found.state, done=found.done, total=found.total, error=found.error, counts=cast("Any", dict(found.counts)))
