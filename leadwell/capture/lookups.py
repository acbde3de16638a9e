"""Finds the records a submission names: sources (made when new), campaigns, owners, statuses, topics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.identity import key
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.reading import Read
from leadwell.capture.submissions import Defaults, FieldFlaw, Submission

MOST_SOURCES = 500
CHANNELS = {"FORM": "FORM", "IMPORT": "LIST", "EMAIL": "EMAIL", "WEBHOOK": "ADVERTISING", "API": "API", "GRAPHQL": "API"}
# What a new source's name says about its channel.
HINTS = (
    ("REFERRAL", "referral recommend employee"), ("ADVERTISING", "advert ads adwords campaign google facebook meta banner"),
    ("SOCIAL", "social linkedin twitter instagram"), ("EVENT", "event trade fair expo show webinar seminar conference"),
    ("EMAIL", "mail newsletter"), ("PHONE", "call phone"), ("PARTNER", "partner reseller"), ("CHAT", "chat"), ("NETWORKING", "network"),
    ("FORM", "web form site download store online"),
)  # fmt: skip


LINKS = ("source", "campaign", "owner", "pipeline")
_folded = lru_cache(maxsize=2000)(key)  # the same few names come with every capture


@dataclass(slots=True)
class Lookups:
    """Ids by folded name. `by_channel` is the workspace's first source of each channel, `names` what sources are called, `pipeline` the default one."""

    sources: dict[str, UUID] = field(default_factory=dict[str, UUID])
    by_channel: dict[str, UUID] = field(default_factory=dict[str, UUID])
    names: dict[UUID, str] = field(default_factory=dict[UUID, str])
    campaigns: dict[str, UUID] = field(default_factory=dict[str, UUID])
    users: dict[str, UUID] = field(default_factory=dict[str, UUID])
    statuses: dict[str, UUID] = field(default_factory=dict[str, UUID])
    topics: dict[str, UUID] = field(default_factory=dict[str, UUID])
    pipeline: UUID | None = None

    def source(self, submission: Submission, read: Read) -> UUID | None:
        """The named source, else the door's, else the first of the channel."""
        named = read.names.get("source") or submission.defaults.source
        found = self.sources.get(key(named) or "")
        return found or submission.defaults.source_id or self.by_channel.get(CHANNELS[submission.channel])

    def campaign(self, submission: Submission, read: Read) -> UUID | None:
        return self._named(read, "campaign", self.campaigns) or submission.defaults.campaign_id

    def owner(self, submission: Submission, read: Read) -> UUID | None:
        return self._named(read, "owner", self.users) or submission.defaults.owner_id

    def status(self, read: Read) -> UUID | None:
        return self._named(read, "status", self.statuses)

    def _named(self, read: Read, name: str, known: Mapping[str, UUID]) -> UUID | None:
        if name not in read.names:
            return None
        found = known.get(key(read.names[name]) or "")
        if found is None and all(flaw.field != name for flaw in read.flaws):
            message = f'There is no {name} "{read.names[name][:60]}".'
            read.flaws.append(FieldFlaw(name, f"UNKNOWN_{name.upper()}", message))
        return found


async def lookups_of(tx: Tx, named: Iterable[Sequence[Any]], pairs: Sequence[tuple[Submission, Read]]) -> Lookups:
    """From what was read, each (what, id, name, more), oldest first; sources that are new are made."""
    found = Lookups()
    for what, id, name, more in named:
        _keep(found, what, id, name, more)
    await _new_sources(tx, found, pairs)
    return found


async def unknown_links(tx: Tx, defaults: Sequence[Defaults]) -> set[UUID]:
    """The ids given directly that lead nowhere."""
    given = {name: {getattr(one, f"{name}_id") for one in defaults} - {None} for name in LINKS}
    wanted = set[UUID]().union(*given.values())
    if not wanted:
        return wanted
    rows = await tx.fetch(load(__name__, "links"), tx.workspace, *(sorted(given[name]) for name in LINKS))
    return wanted - {row["id"] for row in rows}


def _keep(found: Lookups, what: str, id: UUID, name: str, more: str | None) -> None:
    if what == "topic":
        found.topics |= {name: id, str(id): id}
    elif what == "pipeline":
        found.pipeline = id
    else:
        known = {"source": found.sources, "campaign": found.campaigns, "user": found.users, "status": found.statuses}
        known[what].setdefault(_folded(name) or "", id)
    if what == "source":
        found.by_channel.setdefault(more or "", id)
        found.names[id] = name
    if what == "user":
        found.users.setdefault(key(more) or "", id)


async def _new_sources(tx: Tx, found: Lookups, pairs: Sequence[tuple[Submission, Read]]) -> None:
    new: dict[str, str] = {}
    for submission, read in pairs:
        name = read.names.get("source") or submission.defaults.source
        folded = key(name)
        if name and folded and folded not in found.sources and len(found.sources) + len(new) < MOST_SOURCES:
            new.setdefault(folded, name)
    if not new:
        return
    names = sorted(new.values())
    rows = await tx.fetch(load(__name__, "new_sources"), tx.workspace, [uuid7() for _ in names], names, [channel_of(n) for n in names], await tx.now())
    made = {row["name"]: row["id"] for row in rows}
    await events.note_all(tx, [events.Event("source.created", "Source", id, version=1, data={"name": name}) for name, id in made.items()])
    found.sources |= {key(name) or "": id for name, id in made.items()}
    found.names |= {id: name for name, id in made.items()}
    missing = [name for name in names if name not in made]
    if missing:
        known: list[Any] = await tx.fetch("SELECT s.id, s.name FROM sources s WHERE s.workspace_id = $1 AND s.name = ANY($2::text[])", tx.workspace, missing)
        found.sources |= {key(row["name"]) or "": row["id"] for row in known}


def channel_of(name: str) -> str:
    """The channel a source's name speaks of; LIST when it says nothing."""
    folded = key(name) or ""
    return next((channel for channel, words in HINTS if any(word in folded for word in words.split())), "LIST")
