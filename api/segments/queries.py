"""What can be asked about segments beside the segments themselves."""

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.act import id_of
from api.context import Info
from api.segments.mutations import SegmentNoun
from api.templates.types import UsedBy
from leadwell import segments
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG

Doc = strawberry.argument


@strawberry.type(description="What a filter finds now.")
class SegmentPreview:
    count: int = strawberry.field(description="How many; 10,000 at most.")
    capped: bool = strawberry.field(description="There are more than that.")
    sample: list[strawberry.ID] = strawberry.field(description="The newest five.")


@strawberry.type
class SegmentQueries:
    @strawberry.field(description="How many records a filter would put into a segment, and the newest of them; nothing is saved.")
    async def preview_segment(
        self, info: Info,
        noun: Annotated[SegmentNoun, Doc(description="What the segment would be made of.")],
        where: Annotated[JSON, Doc(description="The filter of the noun's list, as JSON.")],
    ) -> SegmentPreview:
        name, given = str(noun.value), where
        filter: Any = given
        info.context.viewer.need("segments", "read")
        info.context.viewer.need(name, "read")
        async with info.context.lock:
            found = await segments.preview(await info.context.reader(), name, filter, info.context.viewer)
        ids = [strawberry.ID(encode_id(CATALOG[name].tag, id)) for id in found.sample]
        return SegmentPreview(count=found.count, capped=found.capped, sample=ids)

    @strawberry.field(description="What uses a segment, 50 records at most; while there is some it cannot be put away.")
    async def segment_uses(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The segment.")]) -> list[UsedBy]:
        info.context.viewer.need("segments", "read")
        async with info.context.lock:
            return [UsedBy.of(use) for use in await segments.uses(await info.context.reader(), id_of(id, "Segment", "id"))]
