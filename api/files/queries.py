"""Where a file can be fetched."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.http.files import file_url
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids


@strawberry.type(description="An address at which a file can be fetched for a short time.")
class FileLink:
    url: str = strawberry.field(description="GET it; it needs no other credential, and browsers download it.")
    until: datetime = strawberry.field(description="How long the address holds.")


@strawberry.type
class FileQueries:
    @strawberry.field(description="An address to fetch a file from, for five minutes.")
    async def file_link(self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The file.")]) -> FileLink:
        viewer = info.context.viewer
        viewer.need("files", "read")
        file = id_of(id, "File", "id")
        async with info.context.lock:
            stored = {"AND": [{"state": {"eq": "STORED"}}, {"purpose": {"eq": "ATTACHMENT"}}]}
            if not await matching_ids(await info.context.reader(), CATALOG["File"], stored, viewer, ids=[file]):
                raise NotFound(noun="file", field="id")
        url, until = file_url(info.context.settings.public_url, "download", viewer.workspace, file)
        return FileLink(url=url, until=until)
