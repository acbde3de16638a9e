"""`leadwell simulate` and `leadwell sandbox`, as they are typed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.cli.verbs import app as leadwell
from leadwell.embedded.servers import Servers
from leadwell.simulation import BadSimulation
from tests import mailing
from tests.doors.serving import settings_for

BEGIN = "2027-01-04T09:00:00"


@pytest.fixture
def environment(migrated: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings_for(migrated, LEADWELL_DATA_DIR=str(tmp_path)).variables().items():
        monkeypatch.setenv(name, value)


async def typed(*words: str) -> Any:
    """In a thread, because a verb has a loop of its own."""
    found = await asyncio.to_thread(CliRunner().invoke, leadwell, list(words))
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


async def test_simulate_writes_figures_and_charts(db: Database, actor: Actor, environment: None, tmp_path: Path) -> None:
    await db.run(actor, lambda tx: mailing.sequence(tx, "P2D", name="After the fair"))
    async with db.read(actor) as tx:
        slug = await tx.value("SELECT w.slug FROM lw_workspace($1) w", tx.workspace)
    chart, more = tmp_path / "chart.svg", ("--from", BEGIN, "--until", "2027-02-01", "--workspace", slug)
    told = await typed("simulate", "After the fair", "--people", "20", "--rate", "reply=100", "--rate", "bounce=0", *more, "--out", str(chart), "--json")
    shown = await typed("simulate", "After the fair", "--people", "5", "--rate", "bounce=0", *more)
    found = json.loads(told.stdout)
    exits = {one["reason"]: one["people"] for one in found["exits"]}     # an answer may come after the last step
    assert (found["sequence"], found["entered"], sum(exits.values())) == ("After the fair", 20, 20)
    assert (set(exits) <= {"REPLY", "COMPLETED"}, exits["REPLY"] >= 10) == (True, True)
    assert chart.read_text().startswith("<svg ")
    assert "After the fair: 5 people, 2027-01-04 to 2027-02-01: 5 entered" in shown.stdout
    with pytest.raises(BadSimulation):
        await typed("simulate", "After the fair", "--rate", "love=5", *more)


async def test_a_sandbox_is_made_moved_and_put_away(db: Database, actor: Actor, environment: None) -> None:
    async with db.read(actor) as tx:
        slug = await tx.value("SELECT w.slug FROM lw_workspace($1) w", tx.workspace)
    made = json.loads((await typed("sandbox", "create", "Trial run", "--at", BEGIN, "--workspace", slug, "--json")).stdout)
    moved = json.loads((await typed("sandbox", "advance", made["slug"], "--to", "2027-01-05T09:00:00", "--json")).stdout)
    listed = json.loads((await typed("sandbox", "list", "--workspace", slug, "--json")).stdout)
    await typed("sandbox", "remove", made["slug"], "--workspace", slug)
    assert (made["slug"], made["key"][:8]) == (f"{slug}-trial-run", "lw_test_")
    assert (moved["state"], moved["reached_at"]) == ("DONE", "2027-01-05T09:00:00+00:00")
    assert listed == {"sandboxes": [{"slug": made["slug"], "name": "Trial run", "now": "2027-01-05T09:00:00+00:00"}]}
    assert json.loads((await typed("sandbox", "list", "--workspace", slug, "--json")).stdout) == {"sandboxes": []}
