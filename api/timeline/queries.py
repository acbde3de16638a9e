"""Everything a record has lived through."""

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry

from api.context import Info
from api.timeline.types import TimelineKind, TimelinePage
from leadwell import timeline
from leadwell.base.ids import BadId, decode_id
from leadwell.base.lengths import check_length
from leadwell.catalog import CATALOG
from leadwell.timeline import OF

Doc = strawberry.argument
Kinds = Annotated[Optional[list[TimelineKind]], Doc(description="What kinds; missing: all.")]  # noqa: UP045


@strawberry.type
class TimelineQueries:
    @strawberry.field(description=(
        "Everything a person, lead, contact, company or deal has lived through, each thing once, newest first: activities through those who took part, "
        "changes of status and stage, consents, conversions, merges, purchases, files. A company shows its contacts' history until they left, and its deals'."))
    async def timeline(
        self, info: Info, of: Annotated[strawberry.ID, Doc(description="The record. The id of a merged one means the survivor.")],
        kinds: Kinds = None,  # type: ignore[valid-type]
        since: Annotated[datetime | None, Doc(name="from", description="Not before.")] = None,
        until: Annotated[datetime | None, Doc(name="to", description="Before.")] = None,
        search: Annotated[str | None, Doc(description="Words as they stand in titles, texts and outcomes; case and accents do not count.")] = None,
        first: Annotated[int, Doc(description="How many, at most 200.")] = 25,
        after: Annotated[str | None, Doc(description="Cursor of the last entry seen.")] = None,
    ) -> TimelinePage:
        noun, id = record(str(of))
        if search is not None:
            check_length("search", search, "search")
        wanted: Any = kinds
        asked = timeline.Asked(noun, id, None if wanted is None else [kind.value for kind in wanted], since, until, search, first, after)
        async with info.context.lock:
            found = await timeline.page(await info.context.reader(), info.context.viewer, asked)
        return TimelinePage.of(found, after)


def record(text: str) -> tuple[str, Any]:
    """The noun and id of a record that has a timeline; BadId."""
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None or noun.name not in OF:
        raise BadId(field="of", id=text[:60])
    return noun.name, id
