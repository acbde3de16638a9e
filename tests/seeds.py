"""A small random workspace with gaps, ties and strange letters, for tests of reading; and random filters over it."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwell.base.amounts import from_minor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Column, Noun
from leadwell.catalog.kinds import CUSTOM_KINDS, OPERATORS
from leadwell.catalog.predicate import TAGS
from tests import builders as make
from tests.oracle import World

WORDS = ["Ana", "bea", "Bea", "Çelik", "D'Or", 'E"x', "100%_", "", "Zoë", "Łukasz", "ana maría", "\\n"]
NOUNS = ["Lead", "Lead", "Lead", "Person", "Contact", "Company", "Deal", "Activity", "Task", "User"]
SPANS = ["P7D", "PT36H", "P1M", "P2W", "P1Y2M3DT4H5M6S", "P0D"]


async def fill(tx: Tx, seed: int = 7, size: int = 40) -> None:
    """People, leads, contacts, companies, deals, activities, tasks, tags, custom values and scores."""
    rnd, now = random.Random(seed), await tx.now()
    users = [await make.make_user(tx, rnd.choice(WORDS) or "x") for _ in range(5)]
    companies = [
        await make.make_company(
            tx,
            f"{rnd.choice(WORDS)} {i}",
            industry=_maybe(rnd, ["retail", "software"]),
            employees=_maybe(rnd, [1, 50, 900]),
            owner_id=_maybe(rnd, users),
            archived_at=_maybe(rnd, [now], 0.1),
        )
        for i in range(size // 2)
    ]
    people = [
        await make.make_person(
            tx,
            f"{rnd.choice(WORDS)} {rnd.choice(WORDS) or 'x'}",
            "" if rnd.random() < 0.2 else None,
            country=_maybe(rnd, ["DE", "US"]),
            last_activity_at=_maybe(rnd, [_past(rnd, now)]),
            archived_at=_maybe(rnd, [now], 0.1),
        )
        for _ in range(size)
    ]
    leads = [await _lead(tx, rnd, p, users, companies, now) for p in people if rnd.random() < 0.9]
    contacts = [
        await make.make_contact(tx, p, rnd.choice(companies), owner_id=_maybe(rnd, users), title=_maybe(rnd, WORDS)) for p in people[::3]
    ]
    deals = [
        await make.make_deal(
            tx,
            rnd.choice(companies),
            name=rnd.choice(WORDS),
            amount_minor=_maybe(rnd, [0, 1050, 99_00]),
            currency=rnd.choice(["EUR", "JPY"]),
            owner_id=_maybe(rnd, users),
            close_on=_maybe(rnd, [now.date(), now.date() + timedelta(9)]),
            lead_id=_maybe(rnd, leads),
        )
        for _ in range(size // 2)
    ]
    for p in people:
        for _ in range(rnd.randrange(5)):
            await make.make_activity(
                tx,
                p,
                rnd.choice(["CALL", "NOTE", "OPEN", "FORM"]),
                at=_past(rnd, now),
                subject=_maybe(rnd, WORDS),
                user_id=_maybe(rnd, users),
            )
    for i in range(size):
        await make.make_task(
            tx,
            f"t{i}",
            lead_id=_maybe(rnd, leads),
            person_id=_maybe(rnd, people),
            contact_id=_maybe(rnd, contacts),
            deal_id=_maybe(rnd, deals),
            assignee_id=_maybe(rnd, users),
            due_at=_maybe(rnd, [now + timedelta(days=rnd.randrange(-9, 9))]),
            priority=rnd.choice(["LOW", "HIGH"]),
        )
    for table in ("leads", "companies", "people"):
        rows = await tx.fetch(f"SELECT t.id FROM {table} t WHERE t.workspace_id = $1 ORDER BY t.id", tx.workspace)
        await tx.many(
            f"UPDATE {table} SET created_at = $3 WHERE workspace_id = $1 AND id = $2",
            [(tx.workspace, r["id"], _past(rnd, now)) for r in rows],
        )
    await _tags(tx, rnd, leads + companies)
    await _custom(tx, rnd, leads, now)
    await _scores(tx, rnd, people, now)


def _maybe(rnd: random.Random, of: list[Any], chance: float = 0.7) -> Any:
    return rnd.choice(of) if of and rnd.random() < chance else None


def _past(rnd: random.Random, now: datetime) -> datetime:
    return now - timedelta(hours=rnd.choice([0, 1, 5, 30, 24 * 7, 24 * 40, 24 * 400]))


async def _lead(tx: Tx, rnd: random.Random, person: UUID, users: list[UUID], companies: list[UUID], now: datetime) -> UUID:
    state = rnd.choice(["OPEN", "OPEN", "JUNK"])
    return await make.make_lead(
        tx, person, status=rnd.choice(["NEW", "WORKING", "NURTURING"]), state=state, owner_id=_maybe(rnd, users), company_id=_maybe(rnd, companies),
        title=_maybe(rnd, WORDS), employees=_maybe(rnd, [0, 10, 500]), budget_minor=_maybe(rnd, [0, 1050, 9900]), currency=rnd.choice(["EUR", "JPY"]),
        last_activity_at=_maybe(rnd, [_past(rnd, now)]), archived_at=_maybe(rnd, [now], 0.15),
    )  # fmt: skip


async def _tags(tx: Tx, rnd: random.Random, records: list[UUID]) -> None:
    tags = [uuid7() for _ in range(3)]
    for i, tag in enumerate(tags):
        await make.insert(tx, "tags", id=tag, name=f"tag{i}", **await make.stamps(tx))
    for record in records:
        for tag in rnd.sample(tags, rnd.randrange(3)):
            await make.insert(tx, "taggings", tag_id=tag, record_id=record, noun="Lead", created_at=await tx.now())


async def _custom(tx: Tx, rnd: random.Random, leads: list[UUID], now: datetime) -> None:
    drawn = {
        "text": lambda: rnd.choice(WORDS),
        "int": lambda: rnd.randrange(5),
        "float": lambda: rnd.random(),
        "flag": lambda: rnd.randrange(2),
        "moment": lambda: now,
    }
    for name, (_, column) in CUSTOM_KINDS.items():
        for noun in (n.name for n in CATALOG if "custom" in n.columns):  # values have leads alone
            field = uuid7() if noun != "Lead" else (of_leads := uuid7())
            await make.insert(tx, "custom_fields", id=field, noun=noun, key=f"my_{name}", label=name, type=name.upper(), **await make.stamps(tx))
        for lead in leads:
            if rnd.random() < 0.5:
                await make.insert(tx, "custom_values", field_id=of_leads, record_id=lead, **{column: drawn[name]()})


async def _scores(tx: Tx, rnd: random.Random, people: list[UUID], now: datetime) -> None:
    model, version = uuid7(), uuid7()
    await make.insert(tx, "scoring_models", id=model, name="Model", is_default=False, **await make.stamps(tx))
    for person in people:
        if rnd.random() < 0.8:
            score = rnd.choice([0, 10, 10, 55, 90])
            await make.insert(
                tx,
                "scores",
                model_id=model,
                person_id=person,
                version_id=version,
                score=score,
                fit=score,
                engagement=0,
                grade="B",
                as_of=now,
                is_default=True,
            )


class Draw:
    """Random filters and orders whose values mostly occur in the data."""

    def __init__(self, world: World, rnd: random.Random) -> None:
        self.world, self.rnd = world, rnd

    def where(self, noun: Noun, depth: int = 2) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for _ in range(self.rnd.choice([0, 1, 1, 2, 2])):
            way = self.rnd.random()
            if depth and way < 0.2:
                key = self.rnd.choice(["AND", "OR", "NOT"])
                out[key] = (
                    self.where(noun, depth - 1) if key == "NOT" else [self.where(noun, depth - 1) for _ in range(self.rnd.randrange(3))]
                )
            elif depth and way < 0.5 and noun.relations:
                self.relation(noun, out, depth)
            else:
                self.column(noun, out)
        return out

    def relation(self, noun: Noun, out: dict[str, Any], depth: int) -> None:
        r = self.rnd.choice(list(noun.relations.values()))
        if r.target.name == "Tag" and self.rnd.random() < 0.6:
            names = [t["name"] for t in self.world.tables["tags"]]
            out[r.api] = {self.rnd.choice(TAGS): self.rnd.sample(names, self.rnd.randrange(min(3, len(names)) + 1))}
        elif r.many:
            out[r.api] = {self.rnd.choice(["some", "none", "every", "every"]): self.where(r.target, depth - 1)}
        elif self.rnd.random() < 0.3:
            out[r.api] = {"isNull": self.rnd.random() < 0.5}
        else:
            out[r.api] = {"is": self.where(r.target, depth - 1)}

    def column(self, noun: Noun, out: dict[str, Any]) -> None:
        c = self.rnd.choice([c for c in noun.columns.values() if c.contract.where and (OPERATORS[c.kind] or c.kind == "custom")])
        if c.kind == "custom":
            name = self.rnd.choice(list(CUSTOM_KINDS))
            kind, column = CUSTOM_KINDS[name]
            values = [v[column] for v in self.world.tables["custom_values"] if v[column] is not None]
            out["custom"] = [{"key": f"my_{name}", name: self.test(kind, [bool(v) for v in values] if name == "flag" else values)}]
            return
        out[c.api] = self.test(c.kind, self.values(noun, c))

    def values(self, noun: Noun, c: Column) -> list[Any]:
        found = [self.world.value(c, r) for r in self.world.tables[noun.table]]
        if c.kind == "id":
            return [encode_id(noun.tag, v) for v in found]
        return [v for v in found if v is not None]

    def test(self, kind: str, values: list[Any]) -> dict[str, Any]:
        op = self.rnd.choice(OPERATORS[kind])  # type: ignore[index]
        if op == "isNull":
            return {op: self.rnd.random() < 0.5}
        if op in ("withinLast", "withinNext", "olderThan"):
            return {op: self.rnd.choice(SPANS)}
        if not values:
            return {"isNull": True} if "isNull" in OPERATORS[kind] else {}  # type: ignore[index]
        if op in ("in", "notIn"):
            return {op: [self.json(kind, self.rnd.choice(values)) for _ in range(self.rnd.randrange(3))]}
        value = self.json(kind, self.rnd.choice(values))
        if op in ("contains", "startsWith"):
            value = value[: self.rnd.randrange(3)].upper() if op == "contains" else value[: self.rnd.randrange(3)]
        return {op: value}

    def json(self, kind: str, value: Any) -> Any:
        if kind == "money":
            return {"amount": from_minor(*value), "currency": value[1]}
        return value.isoformat() if kind in ("moment", "date") else value

    def order(self, noun: Noun) -> list[dict[str, Any]]:
        return [self.key(noun, 2) for _ in range(self.rnd.choice([0, 1, 1, 2, 3]))]

    def key(self, noun: Noun, depth: int) -> dict[str, Any]:
        ones = [r for r in noun.relations.values() if not r.many]
        if depth and ones and self.rnd.random() < 0.3:
            r = self.rnd.choice(ones)
            return {r.api: self.key(r.target, depth - 1)}
        c = self.rnd.choice([c for c in noun.columns.values() if c.contract.sort])
        return {c.api: self.rnd.choice(["ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"])}


def noun_of(rnd: random.Random) -> Noun:
    return CATALOG[rnd.choice(NOUNS)]
