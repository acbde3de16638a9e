"""Models through Tortoise: one entry, which adds the workspace and uses the transaction."""

from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.pool import tortoise_credentials
from leadwell.base.tx import Database, Tx
from leadwell.embedded.servers import Servers
from models.leads import Lead, LeadState
from models.registry import bind
from tests import builders as make


async def test_of_sees_only_its_workspace_and_takes_part_in_the_transaction(db: Database, migrated: Servers, actor: Actor, other_workspace: UUID) -> None:
    orm = Database(db.pool, await bind(tortoise_credentials(migrated.database_url)))
    theirs = await db.run(Actor.system(other_workspace), make.make_lead)

    async def verb(tx: Tx) -> tuple[UUID, list[Lead]]:
        mine = await make.make_lead(tx, title="CEO")
        assert await Lead.of(tx).filter(id=theirs) == []
        return mine, await Lead.of(tx).filter(title="CEO")

    mine, found = await orm.run(actor, verb)
    assert [(lead.id, lead.state, lead.title) for lead in found] == [(mine, LeadState.OPEN, "CEO")]
