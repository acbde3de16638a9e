"""Reads the timeline of a person, lead, contact, company or deal: everything they lived through, each once, newest first, a page at a time."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

import asyncpg

from leadwell.base.refusals import Forbidden, NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, BadCursor, BadPage, FieldForbidden, Noun, Sees
from leadwell.catalog.statement import Given, Statement

OF = {"Person": ("person", "id"), "Lead": ("lead", "person_id"), "Contact": ("person", "person_id"), "Company": ("company", ""), "Deal": ("deal", "")}
MOST, WINDOW, SEALED = 200, 2_000, 6
# What people and programs do all the time: it is soon found by time alone, and an index of kinds leaves it out (0005_timeline.sql says the same).
OFTEN = ("EMAIL", "PAGE_VIEW", "OPEN", "CLICK", "IMPORT", "SYSTEM")
FEW = 5   # kinds: a probe for each is cheaper than to look through all
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
TOP = UUID(int=(1 << 128) - 1)
SEEN = {"see_lead": ("Lead", "l"), "see_deal": ("Deal", "d"), "see_consent": ("Consent", "x"), "see_purchase": ("Purchase", "x"), "see_merge": ("Merge", "x")}
SHOWN = {"amountMinor": "amount", "currency": "amount"}   # what an entry tells of a field under another name
TOLD = {"subject": "title", "body": "body", "outcome": "outcome", "data": "data"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a timeline is asked for: `kinds` (None: all), a time from `since` to before `until`, words that an entry holds as they stand, and a page.
    A search looks through `window` entries at once."""

    noun: str
    id: UUID
    kinds: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None
    first: int = 25
    after: str | None = None
    window: int = WINDOW

    def __post_init__(self) -> None:
        if not 0 <= self.first <= MOST:
            raise BadPage(why=f"first must be from 0 to {MOST}", field="first")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `what` says whose id `id` is: ACTIVITY, or the kind itself. `people` are (person, role), `records` (noun, id)."""

    what: str
    id: UUID
    kind: str
    at: datetime
    title: str | None
    body: str | None
    outcome: str | None
    direction: str | None
    duration_seconds: int | None
    automated: bool
    user_id: UUID | None
    noun: str | None
    record_id: UUID | None
    data: Mapping[str, Any]
    pinned_at: datetime | None
    revised_at: datetime | None
    people: Sequence[tuple[UUID, str]]
    records: Sequence[tuple[str, UUID]]
    cursor: str


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `end` goes on behind the last of them, or behind what a search has looked through. `capped`: a search stopped there, with
    older entries left."""

    entries: Sequence[Entry]
    has_next: bool
    end: str | None
    capped: bool = False


async def page(tx: Tx, viewer: Sees, asked: Asked) -> Page:
    """One page by one statement. NotFound for a record that is not there or not to be seen; BadCursor, BadPage, FieldForbidden. A search looks through
    the newest entries behind the cursor and says where it stopped: an empty page that has a next one is no end."""
    _may_search(viewer, asked)
    few = asked.kinds is not None and len(asked.kinds) <= FEW and not set(asked.kinds) & set(OFTEN)
    asking, sql = statement(viewer, asked.noun, few=few)
    size = max(asked.window, asked.first + 1) if asked.search else asked.first + 1
    at, entry = _place(tx.workspace, asked) if asked.after is not None else (LAST, TOP)
    values = {
        "id": asked.id, "kinds": None if asked.kinds is None else list(asked.kinds), "since": asked.since or FIRST, "until": asked.until or LAST,
        "at": at, "entry": entry, "size": size, "search": asked.search or None, "wanted": asked.first + 1,
    }
    rows = await tx.fetch(sql, *asking.params(Given(values, viewer=viewer)))
    if not rows:
        raise NotFound(noun=CATALOG[asked.noun].singular, field="of")
    found = [_entry(tx.workspace, viewer, asked.id, row) for row in rows if row["id"]]
    entries = found[: asked.first]
    if len(found) > asked.first:
        return Page(entries, True, entries[-1].cursor if entries else asked.after)
    if asked.search and rows[0]["seen"] == size:
        return Page(entries, True, _cursor(tx.workspace, asked.id, rows[0]["last_at"], rows[0]["last_id"]), capped=True)
    return Page(entries, False, entries[-1].cursor if entries else None)


def statement(viewer: Sees, noun: str, *, few: bool) -> tuple[Statement, str]:
    """What reads a page of a noun's timeline; `few`: of kinds that are looked up one by one."""
    s = Statement(viewer)
    values = {name: s.value(name, cast) for name, cast in (
        ("id", "uuid"), ("kinds", "text[]"), ("since", "timestamptz"), ("until", "timestamptz"), ("at", "timestamptz"), ("entry", "uuid"),
        ("size", "int"), ("search", "text"), ("wanted", "int"),
    )}  # fmt: skip
    subjects, person = OF[noun]
    seen = {name: _seen(s, CATALOG[of], t) for name, (of, t) in SEEN.items()}
    seen["see_participant"] = _through(s, CATALOG["Activity"], "p.activity_id")
    seen["see_file"] = _through(s, CATALOG["File"], "x.file_id")
    went = f"(SELECT w.new_id FROM redirects w WHERE w.workspace_id = $1 AND w.noun = '{noun}' AND w.old_id = {values['id']})"
    parts = values | seen | {"went": went, "table": CATALOG[noun].table, "person": person, "visible": s.rows(CATALOG[noun], "t")}
    parts["often"] = ", ".join(f"'{kind}'" for kind in OFTEN)
    return s, _text(subjects, "few" if few else "any").format_map(parts)


@cache
def _text(subjects: str, kinds: str) -> str:
    return load(__name__, f"subjects/{subjects}") + load(__name__, f"happened/{kinds}") + load(__name__, "page")


def _seen(s: Statement, noun: Noun, t: str) -> str:
    """What is behind AND where rows of a noun are read; one that may not be read at all shows none."""
    try:
        return s.scope(noun, t)
    except Forbidden:
        return " AND false"


def _through(s: Statement, noun: Noun, key: str) -> str:
    """The same, for rows that only name the noun's."""
    t = s.alias()
    scope = _seen(s, noun, t)
    return f" AND EXISTS (SELECT 1 FROM {noun.table} {t} WHERE {t}.workspace_id = $1 AND {t}.id = {key}{scope})" if scope else ""


def _may_search(viewer: Sees, asked: Asked) -> None:
    for name in TOLD:
        if asked.search and f"Activity.{name}" in viewer.denied:
            raise FieldForbidden(field="search", path=f"Activity.{name}")


def _entry(workspace: UUID, viewer: Sees, of: UUID, row: asyncpg.Record) -> Entry:
    said = {ours: row[ours] for ours in TOLD.values()}
    if row["what"] == "ACTIVITY":
        said |= {ours: None for theirs, ours in TOLD.items() if f"Activity.{theirs}" in viewer.denied}
    elif denied := {path for path in viewer.denied if path.startswith(f"{row['noun']}.")}:
        told = cast("Mapping[str, Any]", said["data"] or {})
        said["data"] = {name: value for name, value in told.items() if f"{row['noun']}.{SHOWN.get(name, name)}" not in denied}
        said["title"] = None if row["what"] == "FILE" and "File.name" in denied else said["title"]
    return Entry(
        row["what"], row["id"], row["kind"], row["at"], said["title"], said["body"], said["outcome"], row["direction"], row["duration_seconds"],
        bool(row["automated"]), _user(row["user_id"]), row["noun"], row["record_id"], said["data"] or {}, row["pinned_at"], row["revised_at"],
        [(UUID(id), role) for id, role in row["people"] or ()], [(noun, UUID(id)) for noun, id in row["records"] or ()],
        _cursor(workspace, of, row["at"], row["id"]),
    )  # fmt: skip


def _user(who: str | None) -> UUID | None:
    """The user in an id, or in an actor such as USER:<id>."""
    kind, _, id = (who or "").rpartition(":")
    return UUID(id) if id and kind in ("", "USER") and len(id) == 36 else None


def _cursor(workspace: UUID, of: UUID, at: datetime, id: UUID) -> str:
    told = ((at - FIRST) // timedelta(microseconds=1)).to_bytes(8, "big") + id.bytes
    return base64.urlsafe_b64encode(told + _seal(workspace, of, told)).decode().rstrip("=")


def _place(workspace: UUID, asked: Asked) -> tuple[datetime, UUID]:
    """The entry behind which a page begins; BadCursor when it is of another record's timeline."""
    text = asked.after or ""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    told, seal = raw[:-SEALED], raw[-SEALED:]
    if len(told) != 24 or seal != _seal(workspace, asked.id, told):
        raise BadCursor(field="after", why="it is not the cursor of an entry of this timeline")
    return FIRST + timedelta(microseconds=int.from_bytes(told[:8], "big")), UUID(bytes=told[8:])


def _seal(workspace: UUID, of: UUID, told: bytes) -> bytes:
    return hashlib.sha256(b"timeline" + workspace.bytes + of.bytes + told).digest()[:SEALED]
