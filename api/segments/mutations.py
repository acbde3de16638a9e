"""What changes segments and who is in those kept by hand."""

from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, id_of, ids_of, payload
from leadwell import segments
from leadwell.base.tx import Tx
from leadwell.segments import Crossed, NewSegment

REPLAYED = "This repeats an earlier answer."
WHERE = "The filter of the noun's list, as JSON; other segments by their id: {segments: {some: {id: {eq: …}}}}."


@strawberry.enum(description="What a segment is made of.")
class SegmentNoun(Enum):
    PERSON = strawberry.enum_value("Person", description="People.")
    LEAD = strawberry.enum_value("Lead", description="Leads; people cross with their first and last lead in it.")
    CONTACT = strawberry.enum_value("Contact", description="Contacts.")
    COMPANY = strawberry.enum_value("Company", description="Companies.")


@strawberry.enum(description="How a segment gets its members.")
class SegmentSort(Enum):
    STATIC = strawberry.enum_value("STATIC", description="By hand.")
    DYNAMIC = strawberry.enum_value("DYNAMIC", description="By its filter, kept up to date.")
    SNAPSHOT = strawberry.enum_value("SNAPSHOT", description="By its filter, once.")


@strawberry.input(description="A new segment; the members of a filter are found in the background.")
class CreateSegmentInput:
    name: str = strawberry.field(description="Name people see.")
    noun: SegmentNoun = strawberry.field(description="What it is made of.")
    kind: SegmentSort = strawberry.field(default=SegmentSort.DYNAMIC, description="How it gets its members.")
    where: JSON | None = strawberry.field(default=None, description=WHERE)
    refresh_minutes: int = strawberry.field(default=15, description="How often it is computed as a whole, 1 to 1440; changes of records are followed at once.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a segment. What is left out stays; another filter is computed in the background.")
class UpdateSegmentInput:
    id: strawberry.ID = strawberry.field(description="The segment.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    where: strawberry.Maybe[JSON] = strawberry.field(description=WHERE)
    refresh_minutes: strawberry.Maybe[int] = strawberry.field(description="How often it is computed as a whole, 1 to 1440.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which segment.")
class SegmentInput:
    id: strawberry.ID = strawberry.field(description="The segment.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Records for a segment kept by hand: named, or all that match now.")
class SegmentMembersInput:
    segment_id: strawberry.ID = strawberry.field(description="A STATIC segment.")
    record_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Records of its noun, 5,000 at most.")
    where: JSON | None = strawberry.field(default=None, description="The filter of the noun's list, as JSON; 100,000 records at most.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A segment that holds what a segment or filter finds now, and stays so.")
class SnapshotSegmentInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment whose members are written down.")
    name: str = strawberry.field(description="Name of the new segment.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(segment="Segment")
class SegmentPayload:
    """The segment as it is now."""

    replayed: bool = strawberry.field(default=False, description=REPLAYED)


@payload(segment="Segment")
class SegmentMembersPayload:
    """The segment as it is now, and how many records came or left."""

    changed_count: int = strawberry.field(default=0, description="Records that came onto the list or left it; the others were so already.")
    replayed: bool = strawberry.field(default=False, description=REPLAYED)


async def _moved(info: Info, input: SegmentInput, verb: Any) -> SegmentPayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Segment", "id")
        await verb(tx, id, input.expected_version)
        return id

    return await act(info, SegmentPayload, "segments", "update", work, input=input, shape=lambda id: {"segment": id}, about={"segment": input.id})


async def _members(info: Info, input: SegmentMembersInput, verb: Any) -> SegmentMembersPayload:
    async def work(tx: Tx) -> tuple[UUID, Crossed]:
        id = id_of(input.segment_id, "Segment", "segment_id")
        noun = await segments.noun_of(tx, id, "segment_id")
        ids = None if input.record_ids is None else ids_of(input.record_ids, noun, "record_ids")
        where: Any = input.where
        return id, await verb(tx, id, info.context.viewer, ids, where)

    def shape(done: tuple[UUID, Crossed]) -> dict[str, Any]:
        return {"segment": done[0], "changed_count": done[1].came + done[1].gone}

    return await act(info, SegmentMembersPayload, "segments", "update", work, input=input, shape=shape, about={"segment": input.segment_id})


@strawberry.type
class SegmentMutations:
    @strawberry.mutation(description="Saves a segment; its members are found in the background.")
    async def create_segment(self, info: Info, input: CreateSegmentInput) -> SegmentPayload:
        async def verb(tx: Tx) -> UUID:
            where: Any = input.where
            new = NewSegment(input.name, str(input.noun.value), str(input.kind.value), where, input.refresh_minutes)
            return await segments.create(tx, new, info.context.viewer)

        return await act(info, SegmentPayload, "segments", "create", verb, input=input, shape=lambda id: {"segment": id})

    @strawberry.mutation(description="Changes a segment; whoever comes or goes by another filter crosses as by any change.")
    async def update_segment(self, info: Info, input: UpdateSegmentInput) -> SegmentPayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "Segment", "id")
            await segments.update(tx, id, given(input, "name", "where", "refresh_minutes"), info.context.viewer, input.expected_version)
            return id

        return await act(info, SegmentPayload, "segments", "update", verb, input=input, shape=lambda id: {"segment": id}, about={"segment": input.id})

    @strawberry.mutation(description="Computes a segment as a whole, in the background.")
    async def refresh_segment(self, info: Info, input: SegmentInput) -> SegmentPayload:
        async def verb(tx: Tx, id: UUID, expected_version: int | None) -> None:
            await segments.noun_of(tx, id, "id")
            await segments.put_refresh(tx, [id])

        return await _moved(info, input, verb)

    @strawberry.mutation(description="Puts a segment away; refused, with the list, while something uses it.")
    async def archive_segment(self, info: Info, input: SegmentInput) -> SegmentPayload:
        return await _moved(info, input, segments.archive)

    @strawberry.mutation(description="Brings a segment back; its members are computed again, and nobody crosses by that.")
    async def unarchive_segment(self, info: Info, input: SegmentInput) -> SegmentPayload:
        return await _moved(info, input, segments.unarchive)

    @strawberry.mutation(description="Writes the members of a segment down in one of its own, which stays as it is.")
    async def snapshot_segment(self, info: Info, input: SnapshotSegmentInput) -> SegmentPayload:
        async def verb(tx: Tx) -> UUID:
            return await segments.snapshot(tx, id_of(input.segment_id, "Segment", "segment_id"), input.name)

        return await act(info, SegmentPayload, "segments", "create", verb, input=input, shape=lambda id: {"segment": id}, about={"from": input.segment_id})

    @strawberry.mutation(description="Puts records into a segment kept by hand.")
    async def add_to_segment(self, info: Info, input: SegmentMembersInput) -> SegmentMembersPayload:
        return await _members(info, input, segments.put)

    @strawberry.mutation(description="Takes records out of a segment kept by hand.")
    async def remove_from_segment(self, info: Info, input: SegmentMembersInput) -> SegmentMembersPayload:
        return await _members(info, input, segments.take)
