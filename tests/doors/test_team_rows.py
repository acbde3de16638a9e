"""A seller of a team, signed in, while teams change: lists, search, figures, timelines, subscriptions, exports, filters, changes of many, and writes."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from leadwell.changes import performing
from leadwell.transfer import exports
from tests import builders as make
from tests.doors.serving import ask, asking, session_for

GRANTS = {
    "*": {"verbs": ["*"], "rows": "all"},
    **{noun: {"verbs": ["*"], "rows": "team"} for noun in ("leads", "people", "contacts", "companies", "activities", "exports", "changeSets")},
}  # fmt: skip
SEEN = """query ($mate: ID!, $foreign: ID!, $person: ID!) {
  leads { totalCount nodes { title } } leadsAggregate { total { count } } found: leads(search: "Walter") { nodes { title } }
  mates: leads(where: {owner: {is: {id: {eq: $mate}}}}) { totalCount } theirs: leads(where: {owner: {is: {id: {eq: $foreign}}}}) { totalCount }
  people(search: "Walter") { totalCount } node(id: $person) { id }
  speedToLead(since: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z") { asked } }"""
PERSON = "query ($id: ID!) { timeline(of: $id, kinds: [NOTE]) { nodes { title } } }"
RENAME = "mutation ($input: UpdateLeadInput!) { updateLead(input: $input) { lead { title } userErrors { code } } }"
CHANGE = "mutation ($input: UpdateLeadsWhereInput!) { updateLeadsWhere(input: $input) { changeSet { id } userErrors { code params } } }"
EXPORT = "mutation ($input: CreateExportInput!) { createExport(input: $input) { export { id } userErrors { code } } }"


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_team_reaches_what_its_people_own_as_it_is_at_that_moment(app: Starlette, db: Database, workspace: UUID) -> None:
    actor = Actor.system(workspace)
    me, token = await session_for(db, workspace, "SALES")

    async def furnish(tx: Tx) -> tuple[list[UUID], list[UUID], list[UUID]]:
        await tx.execute("UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'SALES'", workspace, GRANTS)
        team, other = [await make.insert(tx, "teams", id=id, name=id.hex, **await make.stamps(tx)) or id for id in (make.uuid7(), make.uuid7())]
        await tx.execute("UPDATE users SET team_id = $3 WHERE workspace_id = $1 AND id = $2", workspace, me, team)
        mate, foreign = await make.make_user(tx, team_id=team), await make.make_user(tx, team_id=other)
        leads = list[UUID]()
        for user, title in ((me, "mine"), (mate, "mates"), (foreign, "foreign")):
            person = await make.make_person(tx, "Walter White")
            leads.append(await make.make_lead(tx, person, owner_id=user, title=title))
            await make.make_activity(tx, person, subject=f"Call of {title}", user_id=user)
        return [team, other], [mate, foreign], leads

    (team, other), (mate, foreign), leads = await db.run(actor, furnish)
    async with db.read(actor) as tx:
        people: dict[UUID, UUID] = dict(await tx.fetch("SELECT l.id, l.person_id FROM leads l WHERE l.workspace_id = $1", workspace))

    async def move(user: UUID, to: UUID) -> None:
        await db.run(actor, lambda tx: tx.execute("UPDATE users SET team_id = $3 WHERE workspace_id = $1 AND id = $2", workspace, user, to))

    async with asking(app, token) as client:

        async def sees(headers: dict[str, str]) -> tuple[Any, ...]:
            asked = {"mate": opaque("User", mate), "foreign": opaque("User", foreign), "person": opaque("Person", people[leads[1]])}
            body = await ask(client, SEEN, headers, **asked)
            assert "errors" not in body, body
            data = body["data"]
            titles = sorted(node["title"] for node in data["leads"]["nodes"])
            assert sorted(node["title"] for node in data["found"]["nodes"]) == titles
            assert data["leads"]["totalCount"] == data["leadsAggregate"]["total"]["count"] == data["people"]["totalCount"] == len(titles)
            return (*titles, data["mates"]["totalCount"], data["theirs"]["totalCount"], data["node"] is not None)

        for headers in ({}, {"x-leadwell-reads": "ordinary"}):
            assert await sees(headers) == ("mates", "mine", 1, 0, True)
        shown = [(await ask(client, PERSON, id=opaque("Person", people[lead]))) for lead in leads]
        assert [[node["title"] for node in one["data"]["timeline"]["nodes"]] if one["data"] else "NOT_FOUND" for one in shown] == [
            ["Call of mine"], ["Call of mates"], "NOT_FOUND"]
        await move(mate, other)
        assert await sees({}) == ("mine", 0, 0, False)
        await move(me, other)
        for headers in ({}, {"x-leadwell-reads": "ordinary"}):
            assert await sees(headers) == ("foreign", "mates", "mine", 1, 1, True)
        await move(foreign, team)
        renamed = [(await ask(client, RENAME, input={"id": opaque("Lead", lead), "need": "Steel"}))["data"]["updateLead"] for lead in leads]
        assert [[error["code"] for error in one["userErrors"]] for one in renamed] == [[], [], ["NOT_FOUND"]]
        wanted = {"where": {}, "set": {"industry": "Chemistry"}, "expectedCount": 2}
        done = (await ask(client, CHANGE, input=wanted))["data"]["updateLeadsWhere"]
        assert done["userErrors"] == []
        asked = (await ask(client, EXPORT, input={"noun": "Lead", "columns": ["title"], "format": "CSV"}))["data"]["createExport"]
        assert asked["userErrors"] == []
    await move(mate, team)     # before the work is done: the rights of its turn hold
    async with db.read(actor) as tx:
        change = await tx.value("SELECT c.id FROM change_sets c WHERE c.workspace_id = $1", workspace)
        export = await tx.value("SELECT x.id FROM exports x WHERE x.workspace_id = $1", workspace)
    await performing.perform(db, workspace, change)
    await exports.write(db, workspace, export)
    async with db.read(actor) as tx:
        rows = await tx.fetch("SELECT l.title, l.industry, l.need FROM leads l WHERE l.workspace_id = $1 ORDER BY l.title", workspace)
        assert [tuple(row) for row in rows] == [("foreign", None, None), ("mates", None, "Steel"), ("mine", "Chemistry", "Steel")]
    assert b"".join([part async for part in exports.stream(db, actor, export)]).decode().split() == ["\ufefftitle", "mine"]
