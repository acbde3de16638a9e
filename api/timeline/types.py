"""An entry of a timeline as its readers see it."""

from datetime import datetime
from typing import Any, Optional
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.grammar import GRAMMAR
from api.grammar.resolvers import NOUN, by_key
from api.shapes import PageInfo
from leadwell import timeline
from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from models.activities import ActivityDirection, ActivityKind, ParticipantRole
from models.columns import Choice

TAGS = {"ACTIVITY": 6, "STATUS_CHANGE": 203, "STAGE_CHANGE": 204, "CONSENT": 205, "PURCHASE": 21, "MERGE": 206, "FILE": 207}
MORE = {
    "CONSENT": "A person allowed mail about a topic, or took that back.", "MERGE": "The record took in another one.", "FILE": "A file was attached.",
}
TimelineKind: Any = Choice("TimelineKind", {kind.value: (kind.value, kind.doc) for kind in ActivityKind} | {name: (name, doc) for name, doc in MORE.items()})
TimelineKind.__doc__ = "What can stand on a timeline."
KIND: Any = GRAMMAR.enum(TimelineKind)
for choices in (ActivityDirection, ParticipantRole):
    GRAMMAR.enum(choices)


async def _record(info: Info, noun: str, id: UUID | None) -> Any:
    """A record that entries of a page name, read for all of them together; None where it may not be seen."""
    if id is None:
        return None
    of = CATALOG[noun]

    async def rows(ids: list[UUID]) -> dict[UUID, Any]:
        return {id: row | {NOUN: of.name} for id, row in (await by_key(info.context, of, "id", ids, None)).items()}

    return await info.context.batches.load(("timeline", noun), id, rows)


def _link(noun: str, doc: str) -> Any:
    """A field with the record an entry is about, if it is one of that noun."""

    async def resolve(root: Any, info: Info) -> Any:
        here = root.id_of == noun
        return await _record(info, noun, root.record if here else None)

    return strawberry.field(resolver=resolve, graphql_type=Optional[GRAMMAR.type(noun)], description=doc)  # noqa: UP045


async def _person(root: Any, info: Info) -> Any:
    return await _record(info, "Person", root.person)


async def _user(root: Any, info: Info) -> Any:
    return await _record(info, "User", root.user_id)


@strawberry.type(description="A person who took part.")
class TimelinePerson:
    role: ParticipantRole = strawberry.field(description="What part the person had.")
    who: Any = strawberry.field(name="person", resolver=_person, graphql_type=Optional[GRAMMAR.type("Person")], description="The person.")  # noqa: UP045
    person: strawberry.Private[UUID]


@strawberry.type(description="A record it has to do with.")
class TimelineRecord:
    noun: str = strawberry.field(description="What it is, such as Lead.")
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="One thing that happened. It stands once on a timeline, whoever took part.")
class TimelineEntry:
    id: strawberry.ID = strawberry.field(description="Its id: of an activity the activity's.")
    kind: Any = strawberry.field(graphql_type=KIND, description="What happened.")
    at: datetime = strawberry.field(description="When it happened.")
    title: str | None = strawberry.field(description="One line: the subject, New → Working, a file's name.")
    body: str | None = strawberry.field(description="The text, as last corrected.")
    outcome: str | None = strawberry.field(description="How it ended; of changes the type of the new status or stage, of consents GRANTED or WITHDRAWN.")
    direction: ActivityDirection | None = strawberry.field(description="Who reached out.")
    duration_seconds: int | None = strawberry.field(description="How long it took.")
    automated: bool = strawberry.field(description="The product did it, not a person.")
    data: Any = strawberry.field(graphql_type=JSON, description="Further facts, by kind.")
    pinned_at: datetime | None = strawberry.field(description="When it was pinned.")
    revised_at: datetime | None = strawberry.field(description="When it was last corrected.")
    people: list[TimelinePerson] = strawberry.field(description="Who took part.")
    records: list[TimelineRecord] = strawberry.field(description="What it has to do with.")
    user: Any = strawberry.field(resolver=_user, graphql_type=Optional[GRAMMAR.type("User")], description="Who of us did it.")  # noqa: UP045
    activity: Any = _link("Activity", "The activity, if it is one.")
    lead: Any = _link("Lead", "The lead that changed its status.")
    deal: Any = _link("Deal", "The deal that changed its stage.")
    purchase: Any = _link("Purchase", "What was bought.")
    file: Any = _link("File", "The file that was attached.")
    cursor: str = strawberry.field(description="Pass as after: to go on behind it.")
    user_id: strawberry.Private[UUID | None]
    id_of: strawberry.Private[str | None]
    record: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, one: timeline.Entry) -> "TimelineEntry":
        own = ("Activity", one.id) if one.what == "ACTIVITY" else (one.noun, one.record_id)
        return cls(
            id=strawberry.ID(encode_id(TAGS[one.what], one.id)), kind=TimelineKind(one.kind), at=one.at, title=one.title, body=one.body, outcome=one.outcome,
            direction=ActivityDirection(one.direction) if one.direction else None, duration_seconds=one.duration_seconds, automated=one.automated,
            data=dict(one.data), pinned_at=one.pinned_at, revised_at=one.revised_at, cursor=one.cursor, user_id=one.user_id, id_of=own[0], record=own[1],
            people=[TimelinePerson(role=ParticipantRole(role), person=id) for id, role in one.people],
            records=[TimelineRecord(noun=noun, id=strawberry.ID(encode_id(CATALOG[noun].tag, id))) for noun, id in one.records],
        )  # fmt: skip


@strawberry.type(description="A page of a timeline, newest first.")
class TimelinePage:
    nodes: list[TimelineEntry] = strawberry.field(description="What happened.")
    page_info: Any = strawberry.field(
        graphql_type=PageInfo,
        description="Where the page stands. A search looks through 2,000 entries at once: while hasNextPage is true, older ones are left to look through.")
    search_is_capped: bool = strawberry.field(description="A search stopped after 2,000 entries before the page was full: go on with endCursor for older ones.")

    @classmethod
    def of(cls, page: timeline.Page, after: str | None) -> "TimelinePage":
        start = page.entries[0].cursor if page.entries else None
        info = {"hasNextPage": page.has_next, "hasPreviousPage": after is not None, "startCursor": start, "endCursor": page.end}
        return cls(nodes=[TimelineEntry.of(one) for one in page.entries], page_info=info, search_is_capped=page.capped)
