"""Contacts, companies, deals and people changed a batch at a time come to exactly what the verbs of one come to, and go back to the same."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from leadwell import companies, contacts, custom, deals
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.changes import archiving, values
from leadwell.changes.reverting import _one  # pyright: ignore[reportPrivateUsage]
from leadwell.changes.shape import Action, Result, Results
from leadwell.changes.singly import each
from tests import builders as make

TABLES = ("people", "companies", "contacts", "deals", "company_keys", "company_domains", "field_provenance", "custom_values")
TOLD = "SELECT e.kind, e.noun, e.record_id, e.person_id, e.version, e.data FROM events e WHERE e.workspace_id = $1 ORDER BY e.record_id, e.version, e.kind"
PUT = "SELECT w.kind, w.key, w.payload FROM work w WHERE w.workspace_id = $1 ORDER BY w.kind, w.key"
SPANS = "SELECT s.deal_id, s.stage_id, s.entered_at, s.left_at, s.actor FROM deal_stage_spans s WHERE s.workspace_id = $1 ORDER BY 1, s.left_at, 2"
SUMS = {"amount_minor": 5000, "currency": "CHF"}
ALIKE = {"custom": {"tier": "gold"}}


async def stand(tx: Tx) -> dict[str, Any]:
    """All that a change writes, to the last column."""
    found: dict[str, Any] = {name: [dict(row) for row in await tx.fetch(sql, tx.workspace)] for name, sql in (("told", TOLD), ("put", PUT), ("at", SPANS))}
    for table in TABLES:
        rows = await tx.fetch(f"SELECT to_jsonb(t.*) AS row FROM {table} t WHERE t.workspace_id = $1", tx.workspace)
        found[table] = sorted(({name: value for name, value in row["row"].items() if not name.startswith("search_")} for row in rows), key=str)
    return found


async def people(tx: Tx) -> list[UUID]:
    ids = [await make.make_person(tx, country=country) for country in ("FR", "DE", "IT")]
    await custom.write(tx, "Person", ids[0], {"tier": "gold"})
    return ids


async def contact_crowd(tx: Tx) -> list[UUID]:
    kinds = (("FR", "CTO"), ("DE", None), (None, "CFO"))
    ids = [await make.make_contact(tx, await make.make_person(tx, country=country), title=title) for country, title in kinds]
    await contacts.archive(tx, ids[2])
    return ids


async def company_crowd(tx: Tx) -> list[UUID]:
    """Two of one name in different countries, one below another, a hidden one, one with people and an open deal, two that share a domain."""
    top = await make.make_company(tx, "Top Ltd", "top.example", country="FR")
    twin, other = [await make.make_company(tx, "Twin Ltd", country=country) for country in ("FR", "IT")]
    below = await make.make_company(tx, "Below Ltd", parent_id=top, industry="Steel")
    hidden = await make.make_company(tx, "Ana Ruiz", kind="INDIVIDUAL")
    busy = await make.make_company(tx, "Busy Ltd", country="DE")
    await make.make_contact(tx, company_id=busy)
    await make.make_deal(tx, busy)
    await companies.add_domain(tx, twin, "top.example")
    return [top, twin, other, below, hidden, busy]


async def deal_crowd(tx: Tx) -> list[UUID]:
    """Open, won, lost, without an amount, in another currency, in a stage of its own pipeline's."""
    sums: list[dict[str, Any]] = [{"amount_minor": 100}, {}, {"amount_minor": 900, "currency": "CHF"}, {}]
    ids = [await make.make_deal(tx, name=f"Deal {i}", **more) for i, more in enumerate(sums)]
    await deals.win(tx, ids[0])
    await deals.lose(tx, ids[1], "Too dear")
    await deals.archive(tx, ids[3])
    return ids


CROWDS = {"Person": people, "Contact": contact_crowd, "Company": company_crowd, "Deal": deal_crowd}
UPDATES: list[tuple[str, dict[str, Any]]] = [
    ("Person", {"country": "DE", **ALIKE}), ("Person", ALIKE), ("Person", {"tracking": False, "seniority": "C_LEVEL"}), ("Person", {"country": "Nowhere"}),
    ("Contact", {"type": "CUSTOMER", "country": "DE", **ALIKE}), ("Contact", {"title": None, "source_id": "nobody"}), ("Contact", {"type": "NONE"}),
    ("Contact", {"title": " CTO "}), ("Contact", ALIKE),
    ("Company", {"country": "DE", "industry": "Steel", **ALIKE}), ("Company", {"employees": -1}), ("Company", {"revenue_minor": 500, "currency": "EUR"}),
    ("Company", {"parent_id": "first"}), ("Company", {"parent_id": "fourth"}), ("Company", {"parent_id": None, "country": None}),
    ("Company", {"custom": {"no": 1}}), ("Company", {"parent_id": "nobody"}),
    ("Deal", {**SUMS, **ALIKE}), ("Deal", {"stage_id": "WON", "probability": 70}), ("Deal", {"stage_id": "LOST"}), ("Deal", {"stage_id": "OPEN", **SUMS}),
    ("Deal", {"name": " ", "probability": 70}), ("Deal", {"company_id": None, "close_on": None, "amount_minor": None}), ("Deal", {"stage_id": "nobody"}),
]  # fmt: skip


async def meant(tx: Tx, given: dict[str, Any], ids: list[UUID]) -> dict[str, Any]:
    """With ids in place of what stands for them."""
    found = dict(given)
    for name in {"source_id", "parent_id", "stage_id"} & {name for name, value in given.items() if value}:
        asked = given[name]
        found[name] = ids[0] if asked == "first" else ids[3] if asked == "fourth" else uuid7() if asked == "nobody" else await make.stage_of(tx, asked)
    return found


async def back(tx: Tx, noun: str, action: Action, results: Results, *, at_once: bool) -> dict[UUID, Result]:
    """What taking the results back comes to, one by one or as far as possible at once."""
    rows = await kept(tx, results)
    done = await action.undo_all(tx, noun, {}, rows) if at_once and action.undo_all else {}
    told = {id: Result("REVERTED", message=one.note) for id, one in done.items()}
    of = {"noun": noun, "options": {}}
    return told | {id: await _one(tx, action, of, {"record_id": id, "changes": row}) for id, row in sorted(rows.items()) if id not in told}


async def kept(tx: Tx, results: Results) -> dict[UUID, Any]:
    """Changes as change_rows keeps them: through JSON."""
    return {id: await tx.value("SELECT $1::jsonb", dict(one.changes)) for id, one in results.items() if one.state == "CHANGED"}


async def compared(tx: Tx, noun: str, action: Action, options: dict[str, Any], ids: list[UUID], singly: Any) -> Results:
    """Both ways from the same state, there and back; what came of the batch stays."""
    await tx.execute("SAVEPOINT start")
    alone: Results = await each(tx, sorted(ids), singly)
    there = await stand(tx)
    await tx.execute("ROLLBACK TO SAVEPOINT start")
    together = await action.perform(tx, noun, options, sorted(ids))
    assert together == alone
    assert await stand(tx) == there
    await tx.execute("SAVEPOINT done")
    left = await back(tx, noun, action, together, at_once=False)
    gone = await stand(tx)
    await tx.execute("ROLLBACK TO SAVEPOINT done")
    assert await back(tx, noun, action, together, at_once=True) == left
    assert await stand(tx) == gone
    await tx.execute("ROLLBACK TO SAVEPOINT done")
    return together


@pytest.mark.parametrize(("noun", "given"), UPDATES)
async def test_records_updated_at_once_come_to_exactly_what_one_by_one_comes_to(db: Database, actor: Actor, noun: str, given: dict[str, Any]) -> None:
    async def work(tx: Tx) -> None:
        await custom.define(tx, custom.NewField(noun, "Tier", "TEXT"))
        await deals.set_rate(tx, "CHF", 0.9)
        ids = await CROWDS[noun](tx)
        written = await meant(tx, given, ids)
        options = {"set": written}
        results = await compared(tx, noun, values.UPDATE, options, ids, partial(values.write, tx, noun, written))
        plain = [id for id, one in results.items() if one.state != "REFUSED"]
        await tx.execute("ROLLBACK TO SAVEPOINT start")
        if plain:
            assert set(plain) <= set(await values.MANY[noun](tx, dict.fromkeys(ids, written))), "none of them went by itself"

    await db.run(actor, work)


@pytest.mark.parametrize("noun", ["Contact", "Company", "Deal"])
async def test_records_put_away_at_once_come_to_exactly_what_one_by_one_comes_to(db: Database, actor: Actor, noun: str) -> None:
    async def work(tx: Tx) -> None:
        await custom.define(tx, custom.NewField(noun, "Tier", "TEXT"))
        ids = await CROWDS[noun](tx)
        results = await compared(tx, noun, archiving.ARCHIVE, {}, ids, lambda id: archiving.AWAY[noun].put(tx, id))
        assert "CHANGED" in {one.state for one in results.values()}
        if noun == "Company":
            assert results[ids[5]].code == "COMPANY_HAS_OPEN_DEALS"
        shown = await tx.fetch(f"SELECT x.id FROM {CATALOG[noun].table} x WHERE x.workspace_id = $1 AND x.archived_at IS NULL", tx.workspace)
        assert {row["id"] for row in shown} & set(ids) == {id for id, one in results.items() if one.state == "REFUSED"}

    await db.run(actor, work)


async def test_company_comes_below_another_only_as_deep_as_one_by_one(db: Database, actor: Actor) -> None:
    async def work(tx: Tx) -> None:
        chain = [await make.make_company(tx, "Level 0 Ltd")]
        for level in range(1, 19):
            chain.append(await make.make_company(tx, f"Level {level} Ltd", parent_id=chain[-1]))
        deep = await make.make_company(tx, "Deep Ltd")
        leaf = await make.make_company(tx, "Leaf Ltd", parent_id=deep)
        written = {"parent_id": chain[-1]}
        results = await compared(tx, "Company", values.UPDATE, {"set": written}, [deep, leaf, chain[3]], partial(values.write, tx, "Company", written))
        assert {id: one.code for id, one in results.items()} == {deep: "HIERARCHY_TOO_DEEP", leaf: None, chain[3]: "HIERARCHY_CYCLE"}

    await db.run(actor, work)
