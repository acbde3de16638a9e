"""Role x verb x noun x owner: every mutation that names a record, tried on one's own team's and on others' records, changes only what the role reaches."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as make
from tests import sweep
from tests.contracts.test_roles import NEEDS
from tests.doors.serving import asking, session_for
from tests.filling import Still, fill

NOUNS = ("Person", "Lead", "Contact", "Company", "Deal", "Task", "Campaign", "Activity", "PersonEmail")
COUNTED = {"enroll"}   # answers how many, or who not
NOTED = {"submissions"}   # what came is kept, whatever becomes of it
DONE = {"updateLead", "junkLead", "updateContact", "updateCompany", "updateDeal", "updatePerson", "completeTask", "updateCampaign"}   # and these reach
ROWS: dict[str, Any] = {"own": "own", "team": "team", "reading": {"read": "all", "*": "own"}}


async def owned_by(tx: Tx, user: UUID) -> dict[str, str]:
    """A record of each noun that is a user's."""
    person = await make.make_person(tx)
    found = {
        "Person": person, "Lead": await make.make_lead(tx, person, owner_id=user), "Contact": await make.make_contact(tx, owner_id=user),
        "Company": await make.make_company(tx, name=f"Works {user.hex}", owner_id=user), "Deal": await make.make_deal(tx, owner_id=user),
        "Task": await make.make_task(tx, assignee_id=user), "Campaign": await make.make_campaign(tx, name=user.hex, owner_id=user),
        "Activity": await make.make_activity(tx, person, user_id=user),
    }  # fmt: skip
    found["PersonEmail"] = await tx.value("SELECT e.id FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $2", tx.workspace, person)
    return {noun: encode_id(CATALOG[noun].tag, id) for noun, id in found.items()}


def places(rows: str) -> list[sweep.Place]:
    """Where a record can stand; for a role that reads more than it changes, those records that the verb itself is about."""
    found = [place for name, field in sweep.mutation_fields().items() for place in sweep.places(name, field) if place.noun in NOUNS]
    return [place for place in found if rows != "reading" or (place.path[-1] == "id" and NEEDS[place.root][0] == CATALOG[place.noun].plural)]


async def tried(client: httpx.AsyncClient, place: sweep.Place, records: dict[str, str], id: str) -> Any:
    field = sweep.mutation_fields()[place.root]
    arguments = sweep.Inputs(records, uuid7().hex).arguments(place.root, field, place.path, id)
    answer = await client.post("/graphql", json={"query": sweep.document("mutation", place.root, field, arguments, 2), "variables": arguments})
    assert answer.status_code < 500, (place, answer.text)
    return sweep.told(answer.json() | {"extensions": None})


@pytest.mark.parametrize("rows", ROWS)
async def test_verb_on_a_row_out_of_reach_finds_nothing_and_changes_nothing(app: Starlette, db: Database, workspace: UUID, rows: str) -> None:
    actor = Actor.system(workspace)
    filled = await db.run(actor, lambda tx: fill(tx, "MINE"))
    me, token = await session_for(db, workspace, "MANAGER")

    async def furnish(tx: Tx) -> list[dict[str, str]]:
        team = filled["teams"]["id"]
        await tx.execute(
            "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'MANAGER'", workspace, {"*": {"verbs": ["*"], "rows": ROWS[rows]}})
        here = [me, filled["users"]["id"]]     # to whom records are given on the way
        await tx.execute("UPDATE users SET team_id = CASE WHEN id = ANY($2) THEN $3::uuid END WHERE workspace_id = $1", workspace, here, team)
        mate, foreign = await make.make_user(tx, team_id=team), await make.make_user(tx)
        return [await owned_by(tx, user) for user in (me, mate, foreign)]

    mine, mates, theirs = await db.run(actor, furnish)
    records = {noun.name: encode_id(noun.tag, filled[noun.table]["id"]) for noun in CATALOG} | mine
    records |= {"Job": str(filled["work"]["id"]), "ApiKey": encode_id(201, uuid7()), "Notification": encode_id(202, uuid7()), **sweep.comers(filled)}
    async with asking(app, token) as client:
        for place in (one for one in places(rows) if one.root in DONE and one.path == ("input", "id")):
            assert "NOT_FOUND" not in str(await tried(client, place, records, (mates if rows == "team" else mine)[place.noun])), place
        still, leaks = await Still.of(db, workspace), list[str]()
        for place in places(rows):
            nobody = await tried(client, place, records, encode_id(CATALOG[place.noun].tag, uuid7()))
            await still.changed()
            out = [theirs] if rows == "team" else [theirs, mates]
            for owner in out:
                found = await tried(client, place, records, owner[place.noun])
                changed = await still.changed()
                if found != nobody or not (sweep.refused(found) or place.root in COUNTED) or changed - NOTED:
                    leaks.append(f"{place} {'' if found == nobody else found} {sorted(changed)}")
    assert leaks == [], "\n".join(leaks)
