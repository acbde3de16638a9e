"""What tests of scores begin with: a sandbox whose clock they move, models, people who fit."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from leadwell import scoring, workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx
from leadwell.work import Job
from tests.builders import make_lead, make_person

START = datetime(2026, 6, 15, 12, tzinfo=UTC)
GRADES = {"by": "SCORE", "steps": [{"grade": "A", "at": 70}, {"grade": "B", "at": 50}, {"grade": "C", "at": 25}], "lowest": "D"}
THRESHOLDS = [{"name": "mql", "at": 50, "until": 40}]


@pytest.fixture
async def clock(db: Database) -> "Clock":
    """A sandbox whose time the test moves."""
    workspace = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    clock = Clock(db, Actor.system(workspace))
    await clock.at(START)
    await clock(scoring.defaults)
    return clock


class Clock:
    """Runs verbs in the sandbox, at the time set."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self.db, self.actor = db, actor

    async def at(self, moment: datetime) -> None:
        await self.db.control("SELECT lw_set_clock($1, $2)", self.actor.workspace, moment)

    async def __call__(self, verb: Callable[[Tx], Awaitable[Any]]) -> Any:
        return await self.db.run(self.actor, verb)


def engaged(*listed: dict[str, Any], fit: list[dict[str, Any]] | None = None, grades: Any = None, thresholds: Any = None) -> dict[str, Any]:
    """Rules with one group of each part."""
    return {
        "groups": [{"id": "fit", "label": "Fit", "part": "FIT"}, {"id": "felt", "label": "Felt", "part": "ENGAGEMENT"}],
        "fit": fit or [], "engagement": [{"id": f"r{i}", "label": f"Rule {i}", "group": "felt", **rule} for i, rule in enumerate(listed)],
        "grades": grades or GRADES, "thresholds": THRESHOLDS if thresholds is None else thresholds,
    }


async def live(tx: Tx, rules: dict[str, Any]) -> UUID:
    """A published model with these rules."""
    _, version = await scoring.create_model(tx, uuid7().hex, rules)
    return await scoring.publish(tx, version)


async def events_of(tx: Tx, person: UUID, kind: str) -> list[dict[str, Any]]:
    sql = "SELECT e.data FROM events e WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.kind = $3 ORDER BY e.id"
    rows = await tx.fetch(sql, tx.workspace, person, kind)
    return [r["data"] for r in rows]


async def director(tx: Tx, **more: Any) -> UUID:
    """Fits with 35 points under the default model: leads 12, buys 5, company 5, phone 5, and 8 for 50 people."""
    person = await make_person(tx, seniority="DIRECTOR", department="SALES", phone=f"+4930{uuid7().int % 10**9}", **more)
    await make_lead(tx, person, company_name="Acme", employees=50)
    return person


def job_of(tx: Tx, kind: str, payload: dict[str, Any], key: str | None = None) -> Job:
    return Job(tx.workspace, uuid7(), "score", kind, key, payload, 1, 1, 0, 10, START, uuid7())
