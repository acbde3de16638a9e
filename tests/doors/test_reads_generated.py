"""Documents generated from the schema are answered by one statement as the ordinary executor answers them.

LW_EXAMPLES=20000 runs more of them, LW_SEED others; a failure prints the smallest document that fails.
"""

import asyncio
import base64
import gc
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from api.documents import Documents, Invalid
from api.errors import BadRequest, QueryTooComplex
from api.limits import Limits
from api.schema import CORE
from leadwell import workspaces
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG, Everything, Sees
from tests.documents import Made, document
from tests.oracle import World
from tests.reading import Both
from tests.scatter import scatter
from tests.seeds import fill
from tests.values import Dice, Pool

EXAMPLES, SEED = int(os.environ.get("LW_EXAMPLES", "150")), int(os.environ.get("LW_SEED", "1"))
READ = {"verbs": ["read"], "rows": "all"}
OWN = {"verbs": ["read"], "rows": "own"}
ROLES: list[dict[str, Any]] = [
    {"*": READ | {"hide": ["contact_data"]}}, {"*": OWN}, {"*": READ, "leads": OWN, "deals": OWN},
    {"*": READ, "leads": READ | {"hide": ["name", "budget", "score"]}},
    {"*": READ, "people": {"verbs": []}, "users": {"verbs": []}}, {"leads": READ, "activities": OWN},
    {"*": READ, "deals": READ | {"hide": ["createdAt", "amount", "id"]}},
]  # fmt: skip
SCOPES = [["*:read"], ["leads:read", "companies:read"], ["*:read", "people:write"]]
# A wrong argument below a list without rows is no error of an answer; the rest is not for statements.
EXPECTED = re.compile(r"(BAD_\w+|FORBIDDEN|FIELD_FORBIDDEN|IRREGULAR|__\w+|a money field under two names)$")
WIDER = Limits(tokens=20_000, aliases=300, directives=300, rows=10**8)
MOST = 200  # what Hypothesis remembers of a run grows, so that a long one is cut into parts
CHECKED = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False, phases=[Phase.generate, Phase.shrink])
STRING = r'"(?:[^"\\]|\\.)*"'
INTS = [st.integers(0, n) for n in range(400)]


@dataclass
class Differential:
    """A workspace, those who look at it, and what has been seen so far."""

    both: Both
    pool: Pool
    viewers: list[Sees]
    cursors: list[str] = field(default_factory=list[str])
    seen: Counter[str] = field(default_factory=Counter[str])

    async def compare(self, made: Made, viewer: Sees) -> None:
        """Both ways, then with the cursors that came back, then with other literals."""
        try:
            await self.paged(made, viewer)
            if (turned := turn(made.text)) != made.text:
                await self.asked(Made(turned, made.variables, {}), viewer)
        except (Invalid, BadRequest, QueryTooComplex) as refused:
            self.seen[type(refused).__name__] += 1

    async def paged(self, made: Made, viewer: Sees) -> None:
        data = await self.asked(made, viewer)
        for _ in range(2):
            cursors = {name: c for name, (way, bent) in made.pages.items() if (c := self.cursor(data, name, way, bent))}
            if not cursors or made.variables.items() >= cursors.items():
                break
            made.variables.update(cursors)
            self.seen["pages"] += 1
            data = await self.asked(made, viewer)

    async def asked(self, made: Made, viewer: Sees) -> Any:
        data = await self.both(made.text, viewer, None, **made.variables)
        self.seen["documents"] += 1
        self.seen["with errors"] += bool(self.both.errors)
        for key, reason in self.both.left.items():
            self.seen["left"] += 1
            self.seen["left unseen"] += not self.failed(key, data)
            told = f"{made.text}\n{json.dumps(made.variables)}"
            # very small and very large floats; a wrong test of a custom field that the executor never comes to, for there is no row above it
            known = reason == "NULL" and any(word in told for word in ("confidence", "avg", "custom"))
            assert self.failed(key, data) or known or EXPECTED.match(reason), f"{key} was left: {reason}\n{told}"
        if not self.both.left and not self.both.errors:
            self.seen["covered"] += 1
            assert self.both.statements <= 1, f"{self.both.statements} statements\n{made.text}\n{json.dumps(made.variables)}"
        assert not [error for error in self.both.errors if error[1] == "FAULT"], f"{self.both.errors}\n{made.text}\n{json.dumps(made.variables)}"
        for error in self.both.errors:
            self.seen[error[1] if len(error) > 2 else error[1][:40]] += 1
        return data

    def failed(self, key: str, data: Any) -> bool:
        return data is None or any(error[0][:1] == (key,) for error in self.both.errors)

    def cursor(self, data: Any, name: str, way: str, bent: str) -> str | None:
        found = [c for info in named(data, name) if (c := info["endCursor" if way == "after" else "startCursor"])]
        if not found:
            return None
        self.cursors[32:] = found[:1]
        if bent == "other":
            return self.cursors[0]
        head, *values = json.loads(base64.urlsafe_b64decode(found[0]))
        bend = {"nulls": [None] * len(values), "text": ["infinity"] * len(values), "short": values[1:]}
        return base64.urlsafe_b64encode(json.dumps([head, *bend[bent]]).encode()).decode() if bent else found[0]


def turn(text: str) -> str:
    """The same document with other literals: every text stands where the one before it stood."""
    strings = re.findall(STRING, text)
    last = iter(strings[-1:] + strings[:-1])
    return re.sub(STRING, lambda _: next(last), text)


def named(data: Any, name: str) -> Iterator[Any]:
    """Every value under a response key."""
    if isinstance(data, dict):
        yield from (v for k, v in data.items() if k == name and v)
        for v in data.values():
            yield from named(v, name)
    elif isinstance(data, list):
        for v in data:
            yield from named(v, name)


def parts(count: int) -> list[int]:
    return [MOST] * (count // MOST) + [count % MOST] * bool(count % MOST)


def viewers(workspace: UUID, users: list[UUID]) -> list[Sees]:
    found: list[Sees] = [Everything(workspace)]
    found += [Viewer.of_user(workspace, users[i % len(users)], "Ana", "SALES", grants) for i, grants in enumerate(ROLES)]
    return found + [Viewer.of_key(workspace, uuid7(), "Key", scopes) for scopes in SCOPES]


FEW = {"MatchModel": 2, "EnrichmentProvider": 3}  # one of people and one of companies, no more; few codes


@pytest_asyncio.fixture
async def differential(db: Database) -> Differential:
    """A workspace in which every noun has rows, whose clock stands still."""
    id = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", id, datetime(2026, 3, 31, 12, tzinfo=UTC))
    actor = Actor.system(id)
    await db.run(actor, lambda tx: fill(tx, SEED))
    have = await db.run(actor, lambda tx: scatter(tx, SEED))
    assert {noun.name: have[noun.table] for noun in CATALOG if have[noun.table] < FEW.get(noun.name, 4)} == {}
    async with db.read(actor) as tx:
        world = await World.read(tx)
    both = Both(db, actor)
    both.documents = Documents(CORE, WIDER)
    return Differential(both, Pool.of(world), viewers(id, [r["id"] for r in world.tables["users"]]))


@pytest.fixture
def uncollected() -> Iterator[None]:
    """The executor drops the coroutines of fields beside one that failed; they are collected here and there, where nothing else runs."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.collect()
    gc.unfreeze()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_generated_documents_are_answered_alike_both_ways(differential: Differential) -> None:
    loop = asyncio.get_running_loop()

    def example(data: st.DataObject) -> None:
        dice = Dice(lambda n: data.draw(INTS[n - 1]))
        viewer = dice.pick(differential.viewers) if dice.one_in(2) else differential.viewers[0]
        made = document(differential.pool, dice)
        asyncio.run_coroutine_threadsafe(differential.compare(made, viewer), loop).result()

    try:
        for i, examples in enumerate(parts(EXAMPLES)):
            shape = settings(CHECKED, max_examples=examples)
            await asyncio.to_thread(seed(SEED * 1_000 + i)(shape(given(st.data())(example))))
            gc.collect()
            if EXAMPLES > MOST:
                print(i, dict(differential.seen), flush=True)
    finally:
        print(dict(differential.seen))
    assert differential.seen["covered"] > EXAMPLES / 3
