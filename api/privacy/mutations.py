"""What is done with a person's data, and how long data is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, Info, act, id_of, payload
from api.grammar import GRAMMAR
from leadwell import privacy
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from models.privacy import RetentionKind

GRAMMAR.enum(RetentionKind)
SQL = {
    "Lead": "SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2",
    "Contact": "SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2",
}


@strawberry.input(description="Whose data it is.")
class ErasePersonInput:
    id: strawberry.ID = strawberry.field(description="The person, or a lead or contact of theirs.")
    dry_run: bool = strawberry.field(default=False, description="Only tell what would go and what would stay.")
    reason: str | None = strawberry.field(default=None, description="Why, for the receipt; without personal data.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Whose data it is.")
class ExportPersonInput:
    id: strawberry.ID = strawberry.field(description="The person, or a lead or contact of theirs.")
    reason: str | None = strawberry.field(default=None, description="Why, for the receipt; without personal data.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which access export.")
class PersonExportInput:
    id: strawberry.ID = strawberry.field(description="The privacy request.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How long one thing is kept.")
class SetRetentionInput:
    kind: RetentionKind = strawberry.field(description="What is kept.")
    months: int | None = strawberry.field(default=None, description="For how many months, from 1 to 240; missing: for good.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(privacy_request="PrivacyRequest")
class ErasePersonPayload:
    """The erasure as it stands, with its receipt once it is done."""

    preview: JSON | None = strawberry.field(
        default=None, description="Of a dry run: {people, erased: {table: rows}, kept: [{table, rows, why}]}; lines of imports are not counted.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(privacy_request="PrivacyRequest")
class PersonExportPayload:
    """The access export as it stands."""

    url: str | None = strawberry.field(default=None, description="Of linkPersonExport: opens the file without any other credential.")
    until: datetime | None = strawberry.field(default=None, description="When the link runs out.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload()
class SetRetentionPayload:
    """What is kept, and how long."""

    months: int | None = strawberry.field(default=None, description="For how many months from now on; missing: for good.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class PrivacyMutations:
    @strawberry.mutation(description=(
        "Erases a person with everything known about them: from this moment nobody finds or writes to them; a worker does the rest. What stays, without a "
        "name, and why: dryRun tells. Asked twice it is done once. Needs people:erase."))
    async def erase_person(self, info: Info, input: ErasePersonInput) -> ErasePersonPayload:
        async def verb(tx: Tx) -> UUID | privacy.Preview:
            person = await _person(tx, str(input.id))
            return await privacy.preview(tx, person) if input.dry_run else await privacy.ask(tx, person, input.reason)

        def shape(done: UUID | privacy.Preview) -> dict[str, Any]:
            if isinstance(done, UUID):
                return {"privacy_request": done}
            kept = [{"table": one.table, "rows": one.rows, "why": one.why} for one in done.kept]
            return {"preview": {"people": done.people, "erased": done.erased, "kept": kept}}

        return await act(info, ErasePersonPayload, "people", "erase", verb, input=input, shape=shape, about={"record": input.id})

    @strawberry.mutation(description=(
        "Has everything known about a person written to a file for them: JSON and CSV in a ZIP. linkPersonExport gives the address once state is DONE. "
        "Needs people:export."))
    async def export_person(self, info: Info, input: ExportPersonInput) -> PersonExportPayload:
        async def verb(tx: Tx) -> UUID:
            return await privacy.access.ask(tx, await _person(tx, str(input.id)), input.reason)

        return await act(
            info, PersonExportPayload, "people", "export", verb, input=input, shape=lambda id: {"privacy_request": id}, about={"record": input.id})

    @strawberry.mutation(description="A signed link to the file of an access export, good for 15 minutes; who made one and who opened it stands in the audit.")
    async def link_person_export(self, info: Info, input: PersonExportInput) -> PersonExportPayload:
        async def verb(tx: Tx) -> tuple[str, datetime]:
            return await privacy.access.link(tx, id_of(input.id, "PrivacyRequest", "id"))

        def shown(made: tuple[str, datetime]) -> dict[str, Any]:
            return {"url": f"{info.context.settings.public_url}/privacy/{made[0]}", "until": made[1]}

        return await act(
            info, PersonExportPayload, "people", "export", verb, input=input, about={"privacy_request": input.id}, secret=shown,
            shape=lambda _: {"privacy_request": id_of(input.id, "PrivacyRequest")})

    @strawberry.mutation(description=(
        "How long one thing is kept; what is older goes every night, with a receipt among privacyRequests. Needs workspaces:update."))
    async def set_retention(self, info: Info, input: SetRetentionInput) -> SetRetentionPayload:
        async def verb(tx: Tx) -> None:
            await privacy.retention.choose(tx, input.kind.value, input.months)

        return await act(info, SetRetentionPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"months": input.months})


async def _person(tx: Tx, text: str) -> UUID:
    """The person that an id of a person, lead or contact means. BadId, NotFound."""
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None or noun.name not in ("Person", *SQL):
        raise BadId(field="id", id=text[:60])
    found: UUID | None = id if noun.name == "Person" else await tx.value(SQL[noun.name], tx.workspace, id)
    if found is None:
        raise NotFound(noun=noun.singular, field="id")
    return found
