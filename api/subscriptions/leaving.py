"""What leaves a list that is followed: records that the subscriber shows or was told of, and that match no more or may not be seen."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from api.subscriptions.concerned import concern
from api.subscriptions.feeds import LEFT, Change, Stretch, Told, text
from api.subscriptions.places import Place
from api.subscriptions.reading import Wanted, read
from api.subscriptions.watches import Watch
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database

MOST = 1_000


class TooManyShown(Refusal):
    """{count} records are shown, and {most} at most can be watched for leaving."""

    fix = "Name those that are on the screen."


class Listed:
    """What one subscriber's list shows: the latest MOST records, with the person behind each. A record that may not be seen leaves at once, like one that never
    was. `unsure`: whether the list has to be compared with what matches now, at the beginning and when rights have changed."""

    def __init__(self, shown: Sequence[UUID]) -> None:
        """TooManyShown."""
        if len(shown) > MOST:
            raise TooManyShown(field="shown", count=len(shown), most=MOST)
        self._people: OrderedDict[UUID, UUID | None] = OrderedDict.fromkeys(shown)
        self._of: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self.unsure = True

    async def gone(self, db: Database, watch: Watch, place: Place) -> list[Told]:
        """What of it does not match now. Unavailable."""
        if not self._people:
            self.unsure = False
            return []
        found = {row.id: row.person for row in await read(db, watch, Wanted(frozenset(self._people)))}
        left = sorted(self._people.keys() - found.keys(), key=lambda id: id.bytes)
        now = await _now(db, watch.viewer.workspace) if left else None
        for id, person in found.items():
            self._keep(id, person)
        self.unsure = False
        return [self._leave(id, watch, place, now) for id in left]

    def heard(self, stretch: Stretch, watch: Watch) -> Iterator[Told]:
        """What is to be told of a stretch, before each event's changes what leaves by it."""
        told = defaultdict[int, list[Told]](list)
        for one in stretch.told:
            told[one.seq].append(one)
        for event in stretch.events:
            here = told[event["seq"]]
            left = self._concerned(watch, event) - {one.change.record for one in here}
            for id in sorted(left, key=lambda id: id.bytes):
                yield self._leave(id, watch, Place(event["seq"] - 1), event["at"], event["seq"])
            for one in here:
                self._keep(one.change.record, one.person)
                yield one

    def _concerned(self, watch: Watch, event: Any) -> set[UUID]:
        record, person = concern(watch.noun, event)
        if record is not None:
            return {record} & self._people.keys()
        return set(self._of.get(person, ())) if person else set()

    def _keep(self, id: UUID, person: UUID | None) -> None:
        self._forget(id)
        self._people[id] = person
        if person:
            self._of[person].add(id)
        if len(self._people) > MOST:
            self._forget(next(iter(self._people)))

    def _forget(self, id: UUID) -> None:
        person = self._people.pop(id, None)
        if person:
            self._of[person].discard(id)
            if not self._of[person]:
                del self._of[person]

    def _leave(self, id: UUID, watch: Watch, place: Place, at: datetime | None, seq: int | None = None) -> Told:
        """Behind its cursor nothing is left out: who names the record no more is not told again."""
        self._forget(id)
        change = Change(place.cursor(watch.viewer.workspace), LEFT, at, [], id)
        return Told(place.seq + 1 if seq is None else seq, change, watch.selected and text(watch.selected, watch.noun, change))


async def _now(db: Database, workspace: UUID) -> datetime:
    async with db.read(Actor.system(workspace)) as tx:
        return await tx.now()
