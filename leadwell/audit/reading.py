"""Looks things up in what happened: newest first, by who, what, about what and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx

MOST, LOOKED_THROUGH = 200, 50_000
COLUMNS = (
    "e.id, e.seq, e.at, e.kind, e.noun, e.record_id, e.person_id, e.version, e.actor, e.credential, e.request_id, e.cause_id, e.data, "
    "e.redacted_by IS NOT NULL AS redacted, e.seq <= (SELECT coalesce(max(h.seq), 0) FROM audit_heads h WHERE h.workspace_id = $1) AS sealed")
# What is about one record or person is found by that; all else by number, so many at a time.
ABOUT = "SELECT * FROM events x WHERE x.workspace_id = $1 AND x.seq < $2 AND (x.record_id = $3 OR x.person_id = $3)"
ALL = f"SELECT * FROM events x WHERE x.workspace_id = $1 AND x.seq < $2 ORDER BY x.seq DESC LIMIT {LOOKED_THROUGH}"


class BadAuditCursor(Refusal):
    """"{cursor}" is not where a page of the audit ended."""

    fix = "Pass endCursor of the page before."
    status = 422


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for. `actor` and `credential` as events carry them ("USER:<uuid>"), `record` a record or person, `kinds` of events ("lead.*": of a noun),
    times in the workspace's clock, `first` of them behind `after`."""

    actor: str | None = None
    noun: str | None = None
    record: UUID | None = None
    kinds: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    request: str | None = None
    first: int = 25
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events newest first; `end` is where to go on, missing at the end. A page may be short of `first` where much had to be looked through."""

    events: Sequence[asyncpg.Record]
    end: str | None


async def page(tx: Tx, asked: Asked) -> Page:
    """The next page. BadAuditCursor."""
    first, before = min(max(asked.first, 1), MOST), _number(asked.after)
    args: list[Any] = [tx.workspace, before, *([asked.record] if asked.record else [])]
    tests = ["e.workspace_id = $1", *_tests(asked, args)]
    args.append(first + 1)
    sql = (
        f"WITH e AS MATERIALIZED ({ABOUT if asked.record else ALL}) SELECT {COLUMNS} FROM e WHERE {' AND '.join(tests)} "
        f"ORDER BY e.seq DESC LIMIT ${len(args)}")
    found = await tx.fetch(sql, *args)
    if len(found) > first:
        return Page(found[:first], str(found[first - 1]["seq"]))
    if asked.record:
        return Page(found, None)
    left = "SELECT min(y.seq) FROM (SELECT x.seq FROM events x WHERE x.workspace_id = $1 AND x.seq < $2 ORDER BY x.seq DESC LIMIT $3) y"
    reached = await tx.value(left, tx.workspace, before, LOOKED_THROUGH)
    return Page(found, None if reached is None or reached <= 1 else str(reached))


def _number(after: str | None) -> int:
    if after is None:
        return 1 << 62
    if not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise BadAuditCursor(field="after", cursor=after[:60])
    return int(after)


def _tests(asked: Asked, args: list[Any]) -> list[str]:
    """Conditions over {e}; their values go to `args`."""
    tests: list[str] = []

    def test(sql: str, value: Any) -> None:
        if value is not None:
            args.append(value)
            tests.append(sql.replace("?", f"${len(args)}"))

    test("e.actor = ?", asked.actor)
    test("e.noun = ?", asked.noun)
    exact = [kind for kind in asked.kinds if not kind.endswith(".*")]
    nouns = [kind.removesuffix("*") for kind in asked.kinds if kind.endswith(".*")]
    if asked.kinds:
        args += [exact, nouns]
        tests.append(f"(e.kind = ANY(${len(args) - 1}::text[]) OR split_part(e.kind, '.', 1) || '.' = ANY(${len(args)}::text[]))")
    test("e.at >= ?", asked.since)
    test("e.at < ?", asked.until)
    test("e.request_id = ?", asked.request)
    return tests
