"""Ready sequences: each goes in once, validates clean, and can be copied and rehearsed."""

from datetime import UTC, datetime, timedelta

import pytest

from leadwell import nurture, ready, simulation
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Database
from leadwell.simulation import Watching, Wish

MONDAY = datetime(2027, 1, 4, 9, tzinfo=UTC)


async def test_every_ready_sequence_goes_in_once_and_validates_clean(db: Database, actor: Actor) -> None:
    first = [await db.run(actor, lambda tx, key=key: ready.install(tx, key)) for key in ready.READY]
    again = [await db.run(actor, lambda tx, key=key: ready.install(tx, key)) for key in ready.READY]
    async with db.read(actor) as tx:
        flaws = {one.key: await nurture.validate(tx, one.sequence_id) for one in first}
    assert flaws == {key: [] for key in ready.READY}
    assert [one.made for one in first] == [True] * 5
    assert [(one.sequence_id, one.made) for one in again] == [(one.sequence_id, False) for one in first]
    with pytest.raises(NotFound):
        await db.run(actor, lambda tx: ready.install(tx, "../welcome"))


async def test_a_copy_is_a_draft_of_its_own_and_can_be_rehearsed(db: Database, actor: Actor) -> None:
    async def told(days: int) -> bool:
        return True

    made = await db.run(actor, lambda tx: ready.install(tx, "trial"))
    copied = await db.run(actor, lambda tx: ready.copy(tx, made.sequence_id, "Trial, our way"))
    async with db.read(actor) as tx:
        row = await tx.row("SELECT s.name, s.state, s.goal FROM sequences s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, copied)
        part = await simulation.part(tx, copied)
    wish = Wish(MONDAY, MONDAY + timedelta(days=60), people=30)
    found = await simulation.rehearsal(db, actor, part, wish, Watching(Everything(actor.workspace), told))
    assert row is not None
    assert dict(row) == {"name": "Trial, our way", "state": "DRAFT", "goal": {"event": "DEAL_OPENED"}}
    assert (found["entered"], sum(one["people"] for one in found["exits"])) == (30, 30)
    assert found["sends"] > 60
