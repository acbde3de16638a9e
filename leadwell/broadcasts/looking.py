"""What a broadcast would do, and what it has done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import consent, pressure
from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.broadcasts.editing import read_variants
from leadwell.broadcasts.people import ask
from leadwell.broadcasts.shape import MEASURES, Audience, Variant
from leadwell.templates import Significance, significance

CAP, LOOKED_AT, SAMPLE = 100_000, 2_000, 3
COUNT = "SELECT count(*) AS n FROM (SELECT 1 FROM ({audience}) a LIMIT {most}) c"
SOME = """SELECT a.person_id, e.normalized,
  (SELECT count(*) FROM sends s WHERE s.workspace_id = $1 AND s.person_id = a.person_id AND s.counted_at > {since})
    + (SELECT count(*) FROM activity_participants o JOIN activities v ON v.workspace_id = $1 AND v.id = o.activity_id WHERE o.workspace_id = $1
      AND o.person_id = a.person_id AND o.kind = 'EMAIL' AND o.role = 'TO' AND o.at > {since} AND v.user_id IS NOT NULL AND v.send_id IS NULL
      AND NOT v.automated) AS touches
FROM (SELECT y.person_id FROM ({audience}) y ORDER BY y.person_id LIMIT {most}) a
LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = a.person_id AND e.is_primary AND e.is_valid ORDER BY a.person_id"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whom a broadcast would go to now. `count` is exact unless `capped`. Of the first `looked_at` so many are `held` and why: NO_ADDRESS, SAME_ADDRESS, a
    reason of consent, or FREQUENCY_CAP (those wait). `sample`: people who would get it."""

    count: int
    capped: bool
    looked_at: int
    held: Mapping[str, int]
    sample: Sequence[UUID]


async def outlook(tx: Tx, id: UUID) -> Outlook:
    """NotFound."""
    row = await tx.row("SELECT b.topic_id, b.audience FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2", tx.workspace, id)
    if row is None:
        raise NotFound(noun="broadcast", field="id")
    audience, standing = Audience.read(row["audience"]), await pressure.read_rules(tx)
    count = (await ask(tx, audience, COUNT, most=(CAP + 1, "int8")))[0]["n"]
    cap = standing.rules.person if "BROADCAST" in standing.rules.capped else None
    since = standing.now - cap[1] if cap else standing.now
    people = await ask(tx, audience, SOME, most=(LOOKED_AT, "int8"), since=(since, "timestamptz"))
    held, free = await _held(tx, people, row["topic_id"], cap[0] if cap else None)
    return Outlook(min(count, CAP), count > CAP, len(people), held, free[:SAMPLE])


async def _held(tx: Tx, people: Sequence[Mapping[str, Any]], topic_id: UUID, most: int | None) -> tuple[dict[str, int], list[UUID]]:
    hashes = {p["person_id"]: consent.hash_of_normalized(p["normalized"]) for p in people if p["normalized"] is not None}
    standing = await consent.standing(tx, list(hashes.values()), topic_id) if hashes else {}
    seen, held, free = set[bytes](), Counter[str](), list[UUID]()
    for p in people:
        hash = hashes.get(p["person_id"])
        why = "NO_ADDRESS" if hash is None else "SAME_ADDRESS" if hash in seen else standing.get(hash)
        if why is None and most is not None and p["touches"] >= most:
            why = "FREQUENCY_CAP"
        if hash is not None:
            seen.add(hash)
        if why:
            held[why] += 1
        else:
            free.append(p["person_id"])
    return dict(sorted(held.items())), free


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of one variant: how many it was for, what happened, and why some got nothing. `against` compares it with the first variant by what is
    measured (clicks, unless a test says otherwise); None for the first."""

    name: str
    template_id: UUID
    recipients: int
    waiting: int
    sent: int
    opened: int
    clicked: int
    replied: int
    bounced: int
    complained: int
    unsubscribed: int
    ambiguous: int
    held: Mapping[str, int]
    against: Significance | None


@dataclass(frozen=True, slots=True)
class Results:
    """How far a broadcast came: recipients in all, those of no variant yet (`undecided`), and each variant."""

    state: str
    recipients: int
    undecided: int
    done: int
    winner: str | None
    variants: Sequence[Reached]


async def results(tx: Tx, id: UUID) -> Results:
    """NotFound."""
    sql = "SELECT b.state, b.variants, b.test, b.winner, b.recipient_count FROM broadcasts b WHERE b.workspace_id = $1 AND b.id = $2"
    row = await tx.row(sql, tx.workspace, id)
    if row is None:
        raise NotFound(noun="broadcast", field="id")
    rows = await tx.fetch(load(__name__, "results"), tx.workspace, id)
    counts: dict[int, Any] = {r["variant"]: r for r in rows if r["variant"] is not None}
    measure = MEASURES[row["test"]["by"] if row["test"] else "CLICKS"].removesuffix("_at")
    variants = read_variants(row["variants"])
    winner: int | None = row["winner"]
    return Results(
        row["state"], row["recipient_count"], sum(r["recipients"] for r in rows if r["variant"] is None), sum(r["done"] for r in rows),
        None if winner is None else variants[winner].name, [_reached(v, i, counts, measure) for i, v in enumerate(variants)])


FIGURES = ("recipients", "waiting", "sent", "opened", "clicked", "replied", "bounced", "complained", "unsubscribed", "ambiguous")


def _reached(variant: Variant, i: int, counts: Mapping[int, Any], measure: str) -> Reached:
    mine, first = counts.get(i), counts.get(0)
    against = significance(first[measure], first["sent"], mine[measure], mine["sent"]) if i and mine and first else None
    figures = {name: int(mine[name]) if mine else 0 for name in FIGURES}
    return Reached(variant.name, variant.template_id, **figures, held=dict(mine["held"] or {}) if mine else {}, against=against)
