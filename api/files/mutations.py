"""What announces files and attaches them to records."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from api.http.files import file_url
from leadwell import files
from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG


@strawberry.input(description="A file to come.")
class CreateUploadInput:
    name: str = strawberry.field(description="Name of the file.")
    media_type: str = strawberry.field(description="Media type, such as application/pdf.")
    size: int = strawberry.field(description="Size in bytes.")
    sha256: str | None = strawberry.field(default=None, description="SHA-256 of its content, hexadecimal; what arrives is held to it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A file and the record it belongs to.")
class AttachFileInput:
    file_id: strawberry.ID = strawberry.field(description="The file; it must have arrived.")
    record_id: strawberry.ID = strawberry.field(description="A person, lead, contact, company, deal, activity or task.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A file that a record no longer has.")
class DetachFileInput:
    file_id: strawberry.ID = strawberry.field(description="The file; one that nothing has is deleted after a day.")
    record_id: strawberry.ID = strawberry.field(description="The record.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(file="File")
class CreateUploadPayload:
    """What createUpload answers. PUT the bytes to the address; then attach the file."""

    upload_url: str | None = strawberry.field(default=None, description="Where to PUT the bytes; it needs no other credential.")
    until: datetime | None = strawberry.field(default=None, description="How long the address holds.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer, with a new address.")


@payload(file="File")
class FilePayload:
    """What attaching and detaching a file answers."""

    changed: bool = strawberry.field(default=False, description="Whether it was not so before.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class FileMutations:
    @strawberry.mutation(description="Announces a file. Then PUT its bytes to uploadUrl, and attach it.")
    async def create_upload(self, info: Info, input: CreateUploadInput) -> CreateUploadPayload:
        settings = info.context.settings

        async def verb(tx: Tx) -> UUID:
            file = files.NewFile(input.name, input.media_type, input.size, input.sha256)
            return await files.announce(tx, file, settings.file_megabytes * 1024 * 1024)

        answer = await act(info, CreateUploadPayload, "files", "create", verb, input=input, shape=lambda id: {"file": id})
        made: UUID | None = getattr(answer, "file_id", None)
        if made is not None:
            answer.upload_url, answer.until = file_url(settings.public_url, "upload", info.context.viewer.workspace, made)
        return answer

    @strawberry.mutation(description="Attaches a file to a record.")
    async def attach_file(self, info: Info, input: AttachFileInput) -> FilePayload:
        return await _join(info, input, files.attach)

    @strawberry.mutation(description="Takes a file off a record.")
    async def detach_file(self, info: Info, input: DetachFileInput) -> FilePayload:
        return await _join(info, input, files.detach)


async def _join(info: Info, input: Any, change: Any) -> FilePayload:
    async def verb(tx: Tx) -> bool:
        tag, record = decode_id(input.record_id)
        noun = CATALOG.by_tag(tag)
        if noun is None:
            raise BadId(field="record_id", id=input.record_id[:60])
        info.context.viewer.need(noun.name, "update")
        return await change(tx, id_of(input.file_id, "File", "file_id"), noun.name, record)

    def shape(changed: bool) -> dict[str, Any]:
        return {"file": id_of(input.file_id, "File"), "changed": changed}

    shown = {"file": input.file_id, "record": input.record_id}
    return await act(info, FilePayload, "files", "update", verb, input=input, shape=shape, about=shown)
