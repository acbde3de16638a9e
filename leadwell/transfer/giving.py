"""Gives records the custom values and tags that rows bring: decided row by row, written for all records of a batch together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell import custom, entries, events, leads
from leadwell.base.identity import BLANK, Flaw
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.entries.lists import TAG
from leadwell.transfer.cells import tags_of, value_of
from leadwell.transfer.extras import CUSTOM, TAGS, Extras
from leadwell.transfer.nouns import RECORDS
from leadwell.transfer.nouns.words import NULL
from leadwell.transfer.options import Plan

MOST_NEW = 500   # tags of a workspace, beyond which no import makes more: a column of free text is no column of tags
Tags = dict[str, tuple[UUID, str]]


@dataclass(slots=True)
class Wish:
    """What a row brings for its record, which is `fresh` where this transaction made it; and what became of it: `changes` {name: [before, after]}."""

    number: int
    record_id: UUID
    fresh: bool
    words: Mapping[str, str]
    changes: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    conflicts: set[str] = field(default_factory=set[str])
    flaws: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])


async def give(tx: Tx, plan: Plan, wishes: Sequence[Wish]) -> None:
    """Writes what is to be written, by the rules of the import's mode. What does not fit is a flaw of its row, and the rest is kept."""
    wishes = [wish for wish in wishes if wish.fresh or plan.mode != "CREATE"]
    if not wishes:
        return
    ids = sorted({wish.record_id for wish in wishes})
    held: dict[UUID, dict[str, Any]] = {id: {} for id in ids}
    keys = [extra.key for extra in plan.extras.values() if extra.name.startswith(CUSTOM)]
    if keys:
        for id, values in (await custom.standing_many(tx, plan.noun, ids, keys)).items():
            held[id] |= {CUSTOM + key: value for key, value in values.items()}
    known = await _tagged(tx, held) if TAGS in plan.extras else {}
    for wish in wishes:
        _decide(plan, wish, held[wish.record_id], known)
    if TAGS in plan.extras:
        await _tag(tx, plan.noun, wishes, known)
    await _keep(tx, plan.noun, wishes)


def _decide(plan: Plan, wish: Wish, held: dict[str, Any], known: Tags) -> None:
    """What is empty is filled, tags are added; what is there is replaced, or cleared by NULL, only where it is listed."""
    for name, text in wish.words.items():
        listed = plan.mode == "OVERWRITE" and name in plan.overwrite
        value = _read(plan.extras, wish, name, text, known)
        before = held.get(name)
        if name == TAGS and value is not BLANK:
            kept: list[str] = [] if listed else list(before or ())
            after = kept + [word for word in value or () if word.lower() not in {one.lower() for one in kept}]
            if {one.lower() for one in after} != {one.lower() for one in before or ()}:
                wish.changes[name], held[name] = [before or [], after], after
        elif value is BLANK or value == before or (value is None and not listed):
            continue
        elif before is None or listed:
            wish.changes[name], held[name] = [before, value], value
        else:
            wish.conflicts.add(name)


def _read(extras: Extras, wish: Wish, name: str, text: str, known: Tags) -> Any:
    """The value, None where the cell clears, BLANK where it says nothing or cannot be read."""
    if text == NULL:
        return None
    if name == TAGS:
        return tags_of(text, known) or BLANK
    value = value_of(extras[name], text)
    if isinstance(value, Flaw):
        wish.flaws += [(name, value.code, value.reason)] if value is not BLANK else []
        return BLANK
    return value


async def _tagged(tx: Tx, held: dict[UUID, dict[str, Any]]) -> Tags:
    """The tags there are, by name in small letters; and what records have of them goes to `held`."""
    for row in await tx.fetch(load(__name__, "tags_of_records"), tx.workspace, list(held)):
        held[row["record_id"]][TAGS] = list(row["names"])
    return await tags_of_workspace(tx)


async def tags_of_workspace(tx: Tx) -> Tags:
    """By name in small letters; the oldest of a name counts."""
    sql = "SELECT t.id, t.name FROM tags t WHERE t.workspace_id = $1 AND t.archived_at IS NULL ORDER BY t.created_at DESC, t.id DESC"
    return {row["name"].lower(): (row["id"], row["name"]) for row in await tx.fetch(sql, tx.workspace)}


async def _tag(tx: Tx, noun: str, wishes: Sequence[Wish], known: Tags) -> None:
    put: list[tuple[UUID, str]] = []
    gone: list[tuple[UUID, str]] = []
    for wish in wishes:
        before, after = _words(wish.changes.pop(TAGS, [[], []]))
        for word in [*after]:
            if word.lower() not in known and not await _new(tx, known, word):
                wish.flaws.append((TAGS, "UNKNOWN_TAG", f'There is no tag "{word[:60]}", and imports make no more than {MOST_NEW}.'))
                after.remove(word)
        if set(before) != set(after):
            wish.changes[TAGS] = [before, after]
        put += [(wish.record_id, word) for word in less(after, before)]
        gone += [(wish.record_id, word) for word in less(before, after)]
    await retag(tx, noun, put, gone, known)


def _words(pair: list[list[str]]) -> tuple[list[str], list[str]]:
    return pair[0], pair[1]


async def _new(tx: Tx, known: Tags, word: str) -> bool:
    if len(known) >= MOST_NEW:
        return False
    known[word.lower()] = (await entries.create(tx, TAG, {"name": word}), word)
    return True


def less(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """Words that are not among the others, however they are written."""
    without = {word.lower() for word in others}
    return [word for word in some if word.lower() not in without]


async def retag(tx: Tx, noun: str, put: Sequence[tuple[UUID, str]], gone: Sequence[tuple[UUID, str]], known: Tags) -> None:
    """Puts tags on records and takes others off, each as the event that people cause."""
    for name, kind, pairs, told in (("put_tags", "tag.put", put, "tagged"), ("take_tags", "tag.taken", gone, "untagged")):
        pairs = [(id, word) for id, word in pairs if word.lower() in known]
        if not pairs:
            continue
        args: list[Any] = [[id for id, _ in pairs], [known[word.lower()][0] for _, word in pairs]]
        more = [noun, await tx.now()] if name == "put_tags" else []
        rows = await tx.fetch(load(__name__, name), tx.workspace, *args, *more)
        names = dict(known.values())
        of: dict[UUID, list[str]] = {}
        for row in rows:
            of.setdefault(row["record_id"], []).append(names[row["tag_id"]])
        await events.note_all(tx, [events.Event(kind, noun, id, data={told: words}) for id, words in of.items()])


async def _keep(tx: Tx, noun: str, wishes: Sequence[Wish]) -> None:
    """New records take their values all at once; of a known one the verb of people at a screen writes them, with every rule of theirs."""
    fresh: dict[UUID, dict[str, Any]] = {}
    for wish in wishes:
        if wish.fresh and (values := _values(wish)):
            fresh.setdefault(wish.record_id, {}).update(values)
    try:
        await custom.write_many(tx, noun, fresh) if fresh else None
    except Refusal:
        for wish in wishes:
            await _alone(tx, noun, wish) if wish.fresh else None
    for wish in wishes:
        if not wish.fresh:
            await _alone(tx, noun, wish)


def _values(wish: Wish) -> dict[str, Any]:
    return {name.removeprefix(CUSTOM): after for name, (_, after) in wish.changes.items() if name != TAGS}


async def _alone(tx: Tx, noun: str, wish: Wish) -> None:
    """What one value is refused for does not keep the others out."""
    while values := _values(wish):
        await tx.execute("SAVEPOINT extra")
        try:
            await (custom.write(tx, noun, wish.record_id, values) if wish.fresh else change(tx, noun, wish.record_id, {"custom": values}))
        except Refusal as refusal:
            await tx.execute("ROLLBACK TO SAVEPOINT extra")
            _refused(wish, refusal, values)
        else:
            await tx.execute("RELEASE SAVEPOINT extra")
            return


def _refused(wish: Wish, refusal: Refusal, values: Mapping[str, Any]) -> None:
    """The refusal names a key, or its place among the values."""
    named = (refusal.field or "").removeprefix(CUSTOM).removesuffix(".value")
    named = list(values)[int(named)] if named.isdecimal() and int(named) < len(values) else named
    for key in [named] if named in values else list(values):
        wish.flaws.append((CUSTOM + key, str(refusal.code), refusal.message))
        del wish.changes[CUSTOM + key]


async def change(tx: Tx, noun: str, id: UUID, changes: Mapping[str, Any]) -> Any:
    """By the noun's own verb."""
    return await (leads.update if noun == "Lead" else RECORDS[noun].change)(tx, id, changes)
