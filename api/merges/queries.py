"""What a merge would do."""

from typing import Annotated

import strawberry

from api.context import Info
from api.merges.shapes import MergePreview, PreviewMergeInput, preview_of, wish
from leadwell import merging
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids

MERGED = ("Person", "Company")


@strawberry.type
class MergeQueries:
    @strawberry.field(description="What merging these people or companies would do now, by the planner of the merge itself: who becomes whom, which values "
        "differ, how many rows move, and the planHash that holds the merge to it.")  # fmt: skip
    async def preview_merge(self, info: Info, input: Annotated[PreviewMergeInput, strawberry.argument(description="Which records, and how.")]) -> MergePreview:
        tag, _ = decode_id(str(input.survivor_id))
        noun = CATALOG.by_tag(tag)
        if noun is None or noun.name not in MERGED:
            raise BadId(field="survivor_id", id=str(input.survivor_id)[:60])
        viewer = info.context.viewer
        viewer.need(noun.name, "read")
        wanted = wish(input, noun.name)
        merging.check(noun.name, wanted)
        ids = list(dict.fromkeys((wanted.survivor, *wanted.losers)))
        async with info.context.lock:
            tx = await info.context.reader()
            if noun.name in viewer.own and set(await matching_ids(tx, noun, {}, viewer, ids=ids)) != set(ids):
                raise NotFound(noun=noun.singular, field="ids")
            return preview_of(await merging.preview(tx, noun.name, wanted), viewer.denied)
