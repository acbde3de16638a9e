"""A list that is followed hears what it has to take out: what matches no more, what may not be seen any more, and nothing of records it does not show."""

from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from api.subscriptions.leaving import MOST, Listed, TooManyShown
from api.subscriptions.places import Place
from api.subscriptions.watches import Watch
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import key_for, on_a_port
from tests.doors.sockets import Leads, Socket, connected, lead_id

IN = {"title": {"eq": "in"}}
COMPILED, EXECUTED = "lead { id }", "lead { activities(first: 1) { totalCount } }"


@pytest.fixture
def leads(app: Starlette, db: Database, workspace: UUID) -> Leads:
    return Leads(app, db, workspace)


def following(record: str) -> str:
    asked = "$where: LeadWhere, $after: String, $shown: [ID!]"
    return f"subscription({asked}) {{ leadsChanged(where: $where, after: $after, shown: $shown) {{ kind recordId changed cursor {record} }} }}"


async def titled(leads: Leads, id: UUID, title: str) -> None:
    sql = "UPDATE leads SET title = $3 WHERE workspace_id = $1 AND id = $2"
    await leads.db.run(Actor.system(leads.workspace), lambda tx: tx.execute(sql, leads.workspace, id, title))
    await leads.note("lead.updated", "Lead", id, data={"changes": {"title": ["in", title]}})


async def told(socket: Socket) -> tuple[str, str, list[str], bool]:
    change = await socket.change()
    return change["kind"], change["recordId"], change["changed"], change["lead"] is None


def left(id: UUID) -> tuple[str, str, list[str], bool]:
    return "left", lead_id(id), [], True


@pytest.mark.parametrize("record", [COMPILED, EXECUTED])
async def test_a_list_is_told_what_leaves_it_once_and_nothing_of_what_it_does_not_show(
    app: Starlette, db: Database, workspace: UUID, other_workspace: UUID, leads: Leads, record: str
) -> None:
    shown, leaving, strange = [await leads.make("in") for _ in range(3)]
    outside = await leads.make("out")
    foreign, nobody = await db.run(Actor.system(other_workspace), lambda tx: make.make_lead(tx, title="in")), uuid7()
    async with on_a_port(app) as port, connected(port, await key_for(db, workspace)) as socket:
        named = [lead_id(id) for id in (shown, leaving, outside, foreign, nobody)]
        await socket.send("subscribe", id="1", payload={"query": following(record), "variables": {"where": IN, "shown": named}})
        assert [await told(socket) for _ in range(3)] == [left(id) for id in sorted((outside, foreign, nobody), key=lambda id: id.bytes)]
        for id in (strange, leaving, leaving):
            await titled(leads, id, "out")
        assert await told(socket) == left(leaving)
        coming = await leads.make("in")
        assert await told(socket) == ("lead.created", lead_id(coming), [], False)
        await titled(leads, coming, "out")
        change = await socket.change()
        assert (change["kind"], change["recordId"]) == ("left", lead_id(coming))
        await titled(leads, shown, "in")
        assert await told(socket) == ("lead.updated", lead_id(shown), ["title"], False)
        again = {"where": IN, "after": change["cursor"], "shown": [lead_id(shown)]}
        await socket.send("subscribe", id="2", payload={"query": following(record), "variables": again})
        assert await told(socket) == ("lead.updated", lead_id(shown), ["title"], False)


async def test_leads_leave_with_a_change_of_their_person(app: Starlette, db: Database, workspace: UUID, leads: Leads) -> None:
    person = await db.run(Actor.system(workspace), make.make_person)
    mine = sorted([await leads.make("in", person_id=person, state=state) for state in ("OPEN", "JUNK")], key=lambda id: id.bytes)
    where = {"firstName": {"ne": "Gone"}}
    async with on_a_port(app) as port, connected(port, await key_for(db, workspace)) as socket:
        await socket.follow(query=following(COMPILED), where=where, shown=[lead_id(id) for id in mine])
        sql = "UPDATE people SET first_name = 'Gone' WHERE workspace_id = $1 AND id = $2"
        await db.run(Actor.system(workspace), lambda tx: tx.execute(sql, workspace, person))
        await leads.note("person.updated", "Person", person, person_id=person)
        assert [await told(socket) for _ in mine] == [left(id) for id in mine]


async def test_what_a_narrower_role_does_not_see_leaves_when_rights_are_looked_at(db: Database, workspace: UUID, actor: Actor) -> None:
    user = await db.run(actor, make.make_user)
    own, other = await db.run(actor, lambda tx: make.make_lead(tx, owner_id=user)), await db.run(actor, make.make_lead)

    def watch(rows: str) -> Watch:
        return Watch.of(CATALOG["Lead"], None, Viewer.of_user(workspace, user, "Ana", "SALES", {"leads": {"verbs": ["read"], "rows": rows}}))

    listed = Listed([own, other])
    assert (await listed.gone(db, watch("all"), Place(7)), listed.unsure) == ([], False)
    (gone,) = await listed.gone(db, watch("own"), Place(7))
    assert (gone.change.kind, gone.change.record, gone.change.cursor) == ("left", other, Place(7).cursor(workspace))
    assert await listed.gone(db, watch("own"), Place(7)) == []


def test_so_many_can_be_watched() -> None:
    ids: list[Any] = [uuid7() for _ in range(MOST + 1)]
    Listed(ids[:MOST])
    with pytest.raises(TooManyShown):
        Listed(ids)
