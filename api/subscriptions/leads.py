"""`leadsChanged`: leads that changed and match a filter, in the order in which it happened."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Optional

import strawberry

from api.context import Context, Info
from api.grammar import GRAMMAR
from api.subscriptions.places import Place
from leadwell.catalog import CATALOG, check, matching_ids

LEAD = CATALOG["Lead"]
MOST_BEATS = 1_000
Doc = strawberry.argument
Where = Annotated[Optional[GRAMMAR.type("LeadWhere")], Doc(description="Which leads; the same filter as in lists.")]  # noqa: UP045


@strawberry.type(description="Something happened to a lead that matches.")
class LeadChange:
    cursor: str = strawberry.field(description="Pass as after: to go on behind this event, without gap or repetition.")
    kind: str = strawberry.field(description="What happened, such as lead.created or lead.converted.")
    at: datetime = strawberry.field(description="When, by the workspace's clock.")
    lead_id: strawberry.Private[Any]

    @strawberry.field(graphql_type=Optional[GRAMMAR.type("Lead")], description="The lead as it now is; null if it is hidden by now.")  # noqa: UP045
    async def lead(self, info: Info) -> Any:
        return await GRAMMAR.row(info.context, "Lead", self.lead_id)


@strawberry.type
class LeadSubscriptions:
    @strawberry.subscription(description="Leads that change from now on, or since a cursor, and match when the event is sent.")
    async def leads_changed(
        self,
        info: Info,
        where: Where = None,  # type: ignore[valid-type]
        after: Annotated[str | None, Doc(description="Cursor of the last event seen, or the eventCursor of the query that filled the page.")] = None,
    ) -> AsyncGenerator[LeadChange, None]:
        raise NotImplementedError  # `follow` takes its place: it receives the filter as plain JSON
        yield

    @strawberry.subscription(description="The server's time, once a second, to try a live connection.")
    async def heartbeat(
        self, info: Info, count: Annotated[int, Doc(description="How many, 1 to 1,000.")] = 3
    ) -> AsyncGenerator[datetime, None]:
        for left in range(max(1, min(count, MOST_BEATS)), 0, -1):
            yield datetime.now(UTC)
            if left > 1:
                await asyncio.sleep(1)


async def follow(_root: Any, info: Any, where: Mapping[str, Any] | None = None, after: str | None = None) -> AsyncGenerator[LeadChange, None]:
    """Every batch is filtered by SQL over the changed leads alone, with the rights the viewer has at that moment."""
    context: Context = info.context
    viewer = context.viewer
    viewer.need("leads", "read")
    async with context.lock:
        await check(await context.reader(), LEAD, where, viewer)
    await context.settle()
    async with context.tails.tail(viewer.workspace) as tail:
        place = Place(tail.seq) if after is None else Place.read(viewer.workspace, after)
        while True:
            batch = await tail.after(place.seq)
            await context.renew()
            for change in await changes(context, batch, where, place):
                yield change
            place = Place(batch[-1]["seq"])


async def changes(context: Context, batch: list[Any], where: Mapping[str, Any] | None, place: Place) -> list[LeadChange]:
    """What behind `place` concerns matching leads: their own events, and those of the person behind them."""
    leads = {e["record_id"] for e in batch if e["noun"] == "Lead"}
    people = {e["person_id"] for e in batch if e["noun"] != "Lead" and e["kind"].startswith(("person.", "score.")) and e["person_id"]}
    if not leads and not people:
        return []
    concerned = [{"id": {"in": list(leads)}}] if leads else []
    concerned += [{"person": {"is": {"id": {"in": list(people)}}}}] if people else []
    both = {"AND": [{"OR": concerned}, *([where] if where else [])]}
    async with context.lock:
        found = await matching_ids(await context.reader(), LEAD, both, context.viewer)
    rows = {id: await GRAMMAR.row(context, "Lead", id) for id in found} if people else dict.fromkeys(found)
    await context.settle()
    return [change for event in batch for change in _of(context, event, rows, place)]


def _of(context: Context, event: Any, rows: Mapping[Any, Mapping[str, Any] | None], place: Place) -> list[LeadChange]:
    """One change for each lead, by id; the cursor of all but the last says that the event is not told to its end."""
    if event["noun"] == "Lead":
        concerned = [event["record_id"]] if event["record_id"] in rows else []
    elif event["kind"].startswith(("person.", "score.")):
        concerned = sorted(id for id, row in rows.items() if row and event["person_id"] and row["person_id"] == event["person_id"])
    else:
        concerned = []
    seq: int = event["seq"]
    places = {id: Place(seq) if id == concerned[-1] else Place(seq - 1, id) for id in concerned if place.behind(seq, id)}
    workspace = context.viewer.workspace
    return [LeadChange(cursor=at.cursor(workspace), kind=event["kind"], at=event["at"], lead_id=id) for id, at in places.items()]


def install(schema: Any) -> None:
    """Sets the source of `leadsChanged` past Strawberry's wrapper, which would turn the filter into objects."""
    field = schema.subscription_type.fields["leadsChanged"]
    field.subscribe = follow
