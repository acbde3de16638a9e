"""The answers of a watch: each stretch of events is read and written as JSON once, for all who follow it from the same place."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

import orjson

from api.scalars import stamp
from api.subscriptions.concerned import NOBODY, Concern, concern
from api.subscriptions.places import Place
from api.subscriptions.reading import Reader, Wanted
from api.subscriptions.watches import Found, Selected, Watch
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import Noun
from leadwell.webhooks.changed import changed

if TYPE_CHECKING:
    from api.subscriptions.tail import Tail

MOST_RECORDS = 100      # read at once, so that a stretch of large records stays small
AGAIN_S = 1.0           # so long an answer serves whoever comes to the same place
LEFT = "left"           # the kind of a change by which a record leaves a list


class Change(NamedTuple):
    """Something happened to a record: what a subscription tells of it."""

    cursor: str
    kind: str
    at: Any
    changed: list[str]
    record: UUID


class Told(NamedTuple):
    """One change: of which event and record, its answer as JSON where a statement gave it, and the person behind the record."""

    seq: int
    change: Change
    text: bytes | None
    person: UUID | None = None


class Stretch(NamedTuple):
    """What is to be told of the events up to number `end`."""

    told: Sequence[Told]
    end: int
    events: Sequence[Any] = ()


class Feed:
    """A watch over the events of its workspace."""

    def __init__(self, watch: Watch, tail: "Tail", reader: Reader) -> None:
        self.watch, self.tail, self._reader = watch, tail, reader
        self._asked: dict[int, asyncio.Task[Stretch]] = {}

    async def behind(self, seq: int) -> Stretch:
        """What comes next behind event number `seq`, of which there are some. Unavailable."""
        if seq not in self._asked:
            self._asked[seq] = task = asyncio.create_task(self._read(seq))
            task.add_done_callback(lambda _: self._done(seq, task))
        return await asyncio.shield(self._asked[seq])

    def _done(self, seq: int, task: "asyncio.Task[Stretch]") -> None:
        failed = task.cancelled() or task.exception() is not None
        asyncio.get_running_loop().call_later(0 if failed else AGAIN_S, self._asked.pop, seq, None)

    async def _read(self, seq: int) -> Stretch:
        noun, events = self.watch.noun, await self.tail.after(seq)
        if all(concern(noun, event) == NOBODY for event in events):
            return Stretch((), events[-1]["seq"], events)

        async def wants() -> Wanted:
            nonlocal events
            events = _few(noun, await self.tail.after(seq))     # with those that came meanwhile
            concerns = [concern(noun, event) for event in events]
            return Wanted(frozenset(c.record for c in concerns if c.record), frozenset(c.person for c in concerns if c.person))

        found = await self._reader.read(self.watch, wants)
        return Stretch(list(told(self.watch, events, found)) if found else (), events[-1]["seq"], events)


def _few(noun: Noun, events: Sequence[Any]) -> Sequence[Any]:
    """As many of the events as concern few records."""
    seen = set[Concern]()
    for i, event in enumerate(events):
        seen.add(concern(noun, event))
        if len(seen) > MOST_RECORDS:
            return events[: max(i, 1)]
    return events


def told(watch: Watch, events: Sequence[Any], found: Sequence[Found]) -> Iterator[Told]:
    """One change for each record an event concerns, by id; the cursor of all but the last says that the event is not told to its end."""
    rows, theirs = {row.id: row for row in found}, dict[UUID | None, list[Found]]()
    for row in found:
        theirs.setdefault(row.person, []).append(row)
    workspace = watch.viewer.workspace
    for event in events:
        record, person = concern(watch.noun, event)
        concerned = [rows[record]] if record and record in rows else theirs.get(person, []) if person else []
        names = changed(event, watch.viewer) if concerned else []
        for row in concerned:
            place = Place(event["seq"]) if row is concerned[-1] else Place(event["seq"] - 1, row.id)
            change = Change(place.cursor(workspace), event["kind"], event["at"], names, row.id)
            yield Told(event["seq"], change, watch.selected and text(watch.selected, watch.noun, change, row), row.person)


def text(selected: Selected, noun: Noun, change: Change, row: Found | None = None) -> bytes:
    """The answer to the document, letter for letter what the executor would give; without a row that of a record that left."""
    known: Mapping[str, Any] = {
        "cursor": change.cursor, "kind": change.kind, "at": stamp(change.at), "changed": change.changed, "__typename": noun.name + "Change",
        "recordId": encode_id(noun.tag, change.record)}
    shown = {f.key: known[f.name] if f.text is None else _fragment(row and row.texts[f.text]) for f in selected.fields}
    return orjson.dumps({"data": {selected.key: shown}})


def _fragment(text: str | None) -> Any:
    return None if text is None else orjson.Fragment(text)


class Feeds:
    """The feeds of a process; one lives as long as somebody follows it."""

    def __init__(self, db: Database) -> None:
        self.reader = Reader(db)
        self._feeds: WeakValueDictionary[tuple[UUID, bytes], Feed] = WeakValueDictionary()

    def of(self, watch: Watch, tail: "Tail") -> Feed:
        """The feed of an equal watch on this tail, if there is one."""
        key = watch.viewer.workspace, watch.key
        found = self._feeds.get(key)
        if found is None or found.tail is not tail:
            found = self._feeds[key] = Feed(watch, tail, self.reader)
        return found
