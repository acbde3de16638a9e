"""What puts tags on records and takes them off; making and renaming them is that of every list."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from leadwell import tags
from leadwell.base.ids import BadId, decode_id
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG


@strawberry.input(description="Records of one kind, and the tags they get.")
class TagRecordsInput:
    ids: list[strawberry.ID] = strawberry.field(description="People, leads, contacts, companies or deals; one kind in a request, up to 500.")
    tags: list[str] = strawberry.field(description="Names of tags.")
    create: bool = strawberry.field(default=False, description="Whether names not known become tags; needs `tags:create`.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Records of one kind, and the tags they lose.")
class UntagRecordsInput:
    ids: list[strawberry.ID] = strawberry.field(description="People, leads, contacts, companies or deals; one kind in a request, up to 500.")
    tags: list[str] = strawberry.field(description="Names of tags.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Two tags that mean the same.")
class MergeTagsInput:
    id: strawberry.ID = strawberry.field(description="The tag that goes; it is put away.")
    into_id: strawberry.ID = strawberry.field(description="The tag its records get.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class TagRecordsPayload:
    """What tagging answers."""

    changed: int = strawberry.field(default=0, description="How many records changed.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(tag="Tag")
class MergeTagsPayload:
    """The tag that stays."""

    changed: int = strawberry.field(default=0, description="How many records changed.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class TaggingMutations:
    @strawberry.mutation(description="Puts tags on records. Needs `update` of what the records are.")
    async def tag_records(self, info: Info, input: TagRecordsInput) -> TagRecordsPayload:
        async def verb(tx: Tx, noun: str, ids: Sequence[UUID]) -> int:
            if input.create:
                info.context.viewer.need("tags", "create")
            return await tags.tag(tx, noun, ids, input.tags, create=input.create)

        return await _tagged(info, input, verb)

    @strawberry.mutation(description="Takes tags off records. Needs `update` of what the records are.")
    async def untag_records(self, info: Info, input: UntagRecordsInput) -> TagRecordsPayload:
        async def verb(tx: Tx, noun: str, ids: Sequence[UUID]) -> int:
            return await tags.untag(tx, noun, ids, input.tags)

        return await _tagged(info, input, verb)

    @strawberry.mutation(description="Makes two tags one.")
    async def merge_tags(self, info: Info, input: MergeTagsInput) -> MergeTagsPayload:
        async def verb(tx: Tx) -> int:
            return await tags.merge(tx, id_of(input.id, "Tag", "id"), id_of(input.into_id, "Tag", "into_id"), input.expected_version)

        def shape(count: int) -> dict[str, Any]:
            return {"tag": id_of(input.into_id, "Tag"), "changed": count}

        return await act(info, MergeTagsPayload, "tags", "update", verb, input=input, shape=shape)


async def _tagged(info: Info, input: Any, verb: Callable[[Tx, str, Sequence[UUID]], Awaitable[int]]) -> TagRecordsPayload:
    """The records' own noun says who may."""
    noun = _noun(input.ids)

    async def work(tx: Tx) -> int:
        return await verb(tx, noun, [id_of(id, noun, f"ids.{i}") for i, id in enumerate(input.ids)])

    return await act(
        info, TagRecordsPayload, CATALOG[noun].plural, "update", work, input=input, shape=lambda count: {"changed": count}, about={"ids": input.ids}
    )


def _noun(ids: Sequence[str]) -> str:
    """What the records are, by the first id; ids that are none are refused where the verb reads them."""
    try:
        found = CATALOG.by_tag(decode_id(ids[0])[0]) if ids else None
    except BadId:
        found = None
    return found.name if found and found.name in tags.NOUNS else "Lead"
