"""What happened, who did it and with which key, and whether it is under a seal."""

from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.shapes import PageInfo
from leadwell import audit
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.base.lengths import check_length
from leadwell.catalog import CATALOG


@strawberry.input(description="What to look for; all of it must hold.")
class AuditWhere:
    actor: str | None = strawberry.field(default=None, description="Who did it, as entries show it: USER:…, KEY:…, SYSTEM.")
    noun: str | None = strawberry.field(default=None, description="What sort of record it is about, such as Lead.")
    record: strawberry.ID | None = strawberry.field(default=None, description="The record or person it is about.")
    kinds: list[str] | None = strawberry.field(default=None, description='Kinds of events, such as lead.junked; "lead.*": all of leads.')
    since: datetime | None = strawberry.field(name="from", default=None, description="Not before.")
    until: datetime | None = strawberry.field(name="to", default=None, description="Before.")
    request_id: str | None = strawberry.field(default=None, description="All that one request did.")


@strawberry.type(description="One thing that happened. It was written with the change it tells of, and cannot be changed any more.")
class AuditEntry:
    seq: int = strawberry.field(description="Its number in the workspace: 1, 2, 3, without a gap.")
    at: datetime = strawberry.field(description="When it happened.")
    kind: str = strawberry.field(description="What happened: docs/reference/events.md.")
    noun: str = strawberry.field(description="What sort of record it is about.")
    record: strawberry.ID = strawberry.field(description="The record.")
    person: strawberry.ID | None = strawberry.field(description="The person it concerns.")
    actor: str = strawberry.field(description="Who did it: USER:…, KEY:…, PERSON:…, SYSTEM.")
    credential: str | None = strawberry.field(description="What they were let in by.")
    request_id: str = strawberry.field(description="The request it was done in, as X-Request-Id told.")
    version: int | None = strawberry.field(description="The version of the record that it left; templates keep the words of each.")
    changes: JSON | None = strawberry.field(
        description="{field: [before, after]}; of a secret ***, of a value over 4,096 bytes {bytes, sha256}; missing where fields are hidden from you.")
    data: JSON | None = strawberry.field(description="What else it says; missing where fields are hidden from you.")
    redacted: bool = strawberry.field(description="What it said was erased with a person.")
    sealed: bool = strawberry.field(description="It is under a seal: `leadwell audit verify` would find it changed.")


@strawberry.type(description="A page of the audit log, newest first.")
class AuditPage:
    nodes: list[AuditEntry] = strawberry.field(description="What happened.")
    page_info: Any = strawberry.field(
        graphql_type=PageInfo,
        description="Where the page stands. It may be short, even empty, while hasNextPage is true: 50,000 entries are looked through at once.")


@strawberry.type
class AuditQueries:
    @strawberry.field(description="What happened, who did it, before and after, newest first. Needs audit:read.")
    async def audit(
        self, info: Info,
        where: Annotated[AuditWhere | None, strawberry.argument(description="What to look for; missing: everything.")] = None,
        first: Annotated[int, strawberry.argument(description="How many, at most 200.")] = 25,
        after: Annotated[str | None, strawberry.argument(description="endCursor of the page before.")] = None,
    ) -> AuditPage:
        viewer = info.context.viewer
        viewer.need("audit", "read")
        asked = _asked(where or AuditWhere(), first, after)
        async with info.context.lock:
            found = await audit.page(await info.context.reader(), asked)
        bare = bool(viewer.denied or viewer.own)
        page = {
            "hasNextPage": found.end is not None, "hasPreviousPage": after is not None, "endCursor": found.end,
            "startCursor": str(found.events[0]["seq"]) if found.events else None}
        return AuditPage(nodes=[_entry(event, bare) for event in found.events], page_info=page)


def _asked(where: AuditWhere, first: int, after: str | None) -> audit.Asked:
    """BadId, TooLong."""
    said = (("actor", where.actor), ("noun", where.noun), ("requestId", where.request_id), ("after", after), *(("kinds", kind) for kind in where.kinds or ()))
    for name, text in said:
        if text is not None:
            check_length("search", text, name)
    record = None
    if where.record is not None:
        try:
            record = decode_id(str(where.record))[1]
        except BadId as bad:
            raise BadId(field="where.record", id=bad.params["id"]) from None
    return audit.Asked(where.actor, where.noun, record, where.kinds or (), where.since, where.until, where.request_id, first, after)


def _entry(event: Any, bare: bool) -> AuditEntry:
    data = {name: value for name, value in event["data"].items() if name not in ("changes", "quiet", "loud")}
    changes = event["data"].get("changes")
    person = event["person_id"] and strawberry.ID(encode_id(CATALOG["Person"].tag, event["person_id"]))
    noun = CATALOG.get(event["noun"])
    return AuditEntry(
        seq=event["seq"], at=event["at"], kind=event["kind"], noun=event["noun"], person=person, actor=event["actor"], credential=event["credential"],
        record=strawberry.ID(encode_id(noun.tag, event["record_id"]) if noun else str(event["record_id"])), request_id=event["request_id"],
        version=event["version"], changes=None if bare else changes, data=None if bare else cast("Any", data), redacted=event["redacted"],
        sealed=event["sealed"])
