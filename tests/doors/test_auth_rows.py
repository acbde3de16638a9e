"""Mutations reach only records that their viewer can see, and a refusal shows the record as it is."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for

JUNK = "mutation($i: JunkLeadInput!) { junkLead(input: $i) { lead { state version } userErrors { code field params } } }"
OWN = '{"*": {"verbs": ["read"], "rows": "all"}, "leads": {"verbs": ["read", "junk", "update"], "rows": "own"}}'


async def lead_of(db: Database, workspace: UUID, owner: UUID | None = None) -> UUID:
    return await db.run(Actor.system(workspace), lambda tx: make.make_lead(tx, owner_id=owner))


async def state(db: Database, workspace: UUID, id: UUID) -> tuple[str, int]:
    async with db.read(Actor.system(workspace)) as tx:
        row = await tx.row("SELECT l.state, l.version FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", workspace, id)
    assert row is not None
    return row["state"], row["version"]


async def junk(client: httpx.AsyncClient, id: UUID, **more: Any) -> Any:
    given = {"id": encode_id(CATALOG["Lead"].tag, id), "reason": "SPAM", **more}
    return (await ask(client, JUNK, i=given))["data"]["junkLead"]


async def scoped(db: Database, workspace: UUID) -> tuple[UUID, str]:
    """A salesperson who sees and closes only their own leads."""
    statement = f"UPDATE roles r SET grants = '{OWN}' WHERE r.workspace_id = $1 AND r.code = 'SALES'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(statement, workspace))
    return await session_for(db, workspace, "SALES")


async def test_own_lead_is_closed_and_a_colleagues_is_not_found(app: Starlette, db: Database, workspace: UUID) -> None:
    user, token = await scoped(db, workspace)
    mine, theirs = await lead_of(db, workspace, user), await lead_of(db, workspace)
    async with asking(app, token) as client:
        done, refused, unknown = await junk(client, mine), await junk(client, theirs), await junk(client, uuid7())
    assert done == {"lead": {"state": "JUNK", "version": 2}, "userErrors": []}
    assert refused["lead"] is None
    assert refused == unknown
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    assert await state(db, workspace, theirs) == ("OPEN", 1)


async def test_lead_of_another_workspace_is_not_found(app: Starlette, db: Database, workspace: UUID, other_workspace: UUID) -> None:
    theirs = await lead_of(db, other_workspace)
    async with asking(app, await key_for(db, workspace)) as client:
        refused = await junk(client, theirs)
    assert (refused["lead"], refused["userErrors"][0]["code"]) == (None, "NOT_FOUND")
    assert await state(db, other_workspace, theirs) == ("OPEN", 1)


@pytest.mark.parametrize("scopes", [("leads:read",), ("leads:update",), ("deals:*",), ("*:read",)])
async def test_key_without_the_verb_changes_nothing(app: Starlette, db: Database, workspace: UUID, scopes: tuple[str, ...]) -> None:
    id = await lead_of(db, workspace)
    async with asking(app, await key_for(db, workspace, *scopes)) as client:
        refused = await junk(client, id)
    assert (refused["lead"], refused["userErrors"][0]["code"]) == (None, "FORBIDDEN")
    assert refused["userErrors"][0]["params"] == {"noun": "leads", "verb": "junk"}
    assert await state(db, workspace, id) == ("OPEN", 1)


async def test_stale_version_shows_the_record_as_it_is(app: Starlette, db: Database, workspace: UUID) -> None:
    id = await lead_of(db, workspace)
    async with asking(app, await key_for(db, workspace)) as client:
        refused = await junk(client, id, expectedVersion=7)
    assert (refused["lead"], refused["userErrors"][0]["code"]) == ({"state": "OPEN", "version": 1}, "STALE_VERSION")
    assert await state(db, workspace, id) == ("OPEN", 1)


async def test_repeat_reads_the_record_again_under_the_new_selection(app: Starlette, db: Database, workspace: UUID) -> None:
    id = await lead_of(db, workspace)
    async with asking(app, await key_for(db, workspace)) as client:
        first = await junk(client, id, idempotencyKey="k", expectedVersion=1)
        again = await ask(
            client,
            "mutation($i: JunkLeadInput!) { junkLead(input: $i) { lead { id status { type } } replayed userErrors { code } } }",
            i={"id": encode_id(CATALOG["Lead"].tag, id), "reason": "SPAM", "idempotencyKey": "k"},
        )
    assert first["userErrors"] == []
    shown = {"id": encode_id(CATALOG["Lead"].tag, id), "status": {"type": "JUNK"}}
    assert again["data"]["junkLead"] == {"lead": shown, "replayed": True, "userErrors": []}
    assert await state(db, workspace, id) == ("JUNK", 2)


async def test_hidden_fields_stay_hidden_in_answers(app: Starlette, db: Database, workspace: UUID) -> None:
    hiding = '{"*": {"verbs": ["*"], "rows": "all"}, "leads": {"verbs": ["*"], "rows": "all", "hide": ["contact_data"]}}'
    statement = f"UPDATE roles r SET grants = '{hiding}' WHERE r.workspace_id = $1 AND r.code = 'SALES'"
    await db.run(Actor.system(workspace), lambda tx: tx.execute(statement, workspace))
    _, token = await session_for(db, workspace, "SALES")
    id = await lead_of(db, workspace)
    async with asking(app, token) as client:
        answer = await ask(
            client,
            "mutation($i: JunkLeadInput!) { junkLead(input: $i) { lead { state email } } }",
            i={"id": encode_id(CATALOG["Lead"].tag, id), "reason": "SPAM"},
        )
    assert answer["data"]["junkLead"]["lead"] == {"state": "JUNK", "email": None}
