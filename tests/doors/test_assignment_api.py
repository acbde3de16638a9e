"""Sharing out over GraphQL: set up, given, explained, previewed, claimed, and measured."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, session_for
from tests.verbs.assigning import carried

ERRORS = "userErrors { code field }"


async def asked(app: Starlette, token: str, text: str, **variables: Any) -> Any:
    async with asking(app, token) as client:
        body = await ask(client, text.replace("ERRORS", ERRORS), **variables)
    assert "errors" not in body, body
    return body["data"]


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def made(app: Starlette, token: str, noun: str, **input: Any) -> str:
    name = noun[0].lower() + noun[1:]
    text = f"mutation($input: Create{noun}Input!) {{ create{noun}(input: $input) {{ {name} {{ id }} ERRORS }} }}"
    answer = (await asked(app, token, text, input=input))[f"create{noun}"]
    assert answer["userErrors"] == [], answer
    return answer[name]["id"]


async def test_manager_sets_up_a_queue_and_a_marketer_sees_why_a_lead_is_where_it_is(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    _, manager = await session_for(db, workspace, "MANAGER")
    user, seller = await session_for(db, workspace, "SALES")
    _, marketer = await session_for(db, workspace, "MARKETER")
    hours = await made(app, manager, "Calendar", name="Office", timeZone="Europe/Berlin", weekly={"MON": ["09:00-17:00"]}, holidays=["2026-12-25"])
    policy = await made(app, manager, "ResponsePolicy", name="Fast", calendarId=hours, firstMinutes=60, isDefault=True)
    queue = await made(app, manager, "LeadQueue", name="Inbound", strategy="CLAIM", policyId=policy)
    await made(app, manager, "Territory", name="Germany", queueId=queue, filter={"country": {"eq": "DE"}}, skills=["German"])
    put = "mutation($input: PutQueueMemberInput!) { putQueueMember(input: $input) { queue { members { nodes { weight skills user { id } } } } ERRORS } }"
    seat = {"queueId": queue, "userId": opaque("User", user), "skills": ["German"]}
    assert (await asked(app, marketer, put, input=seat))["putQueueMember"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    done = (await asked(app, manager, put, input=seat))["putQueueMember"]
    assert done == {"queue": {"members": {"nodes": [{"weight": 1, "skills": ["german"], "user": {"id": opaque("User", user)}}]}}, "userErrors": []}

    lead = await db.run(actor, lambda tx: _german(tx))
    shown = "query($id: ID!) { assignmentPreview(leadId: $id) { outcome reason needs queue { name } territory { name } owner { id } candidates { verdict } } }"
    assert (await asked(app, marketer, shown, id=opaque("Lead", lead)))["assignmentPreview"] == {
        "outcome": "WAITING", "reason": "TO_CLAIM", "needs": ["german"], "queue": {"name": "Inbound"}, "territory": {"name": "Germany"}, "owner": None,
        "candidates": [{"verdict": "LATER"}]}  # fmt: skip
    await db.run(actor, lambda tx: _route(tx, lead))
    claim = "mutation($input: ClaimLeadInput!) { claimLead(input: $input) { lead { owner { id } queue { name } } ERRORS } }"
    given = {"id": opaque("Lead", lead)}
    assert (await asked(app, manager, claim, input=given))["claimLead"]["userErrors"] == [{"code": "NOT_YOUR_QUEUE", "field": None}]
    assert (await asked(app, seller, claim, input=given))["claimLead"] == {
        "lead": {"owner": {"id": opaque("User", user)}, "queue": {"name": "Inbound"}}, "userErrors": []}
    why = "query($id: ID!) { lead(id: $id) { decisions { nodes { cause reason outcome territory { name } owner { id } candidates } } } }"
    claimed, waited = (await asked(app, marketer, why, id=opaque("Lead", lead)))["lead"]["decisions"]["nodes"]
    assert (claimed["cause"], claimed["reason"], claimed["owner"]) == ("CLAIM", "CLAIMED", {"id": opaque("User", user)})
    assert (waited["cause"], waited["reason"], waited["territory"]) == ("REQUEST", "TO_CLAIM", {"name": "Germany"})
    assert [one["verdict"] for one in waited["candidates"]] == ["LATER"]


async def _german(tx: Any) -> UUID:
    return await make.make_lead(tx, await make.make_person(tx, country="DE"))


async def _route(tx: Any, lead: UUID) -> Any:
    from leadwell import assignment

    return await assignment.hand_to_queue(tx, lead)


async def test_speed_to_lead_and_clocks_are_read_by_those_who_read_leads(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    _, manager = await session_for(db, workspace, "MANAGER")
    _, seller = await session_for(db, workspace, "SALES")
    await made(app, manager, "ResponsePolicy", name="Fast", firstMinutes=60, isDefault=True)
    text = 'mutation { createLead(input: {email: "ada@x.example", name: "Ada"}) { lead { id } ERRORS } }'
    lead = (await asked(app, seller, text))["createLead"]["lead"]["id"]
    await carried(db, actor)
    call = "mutation($input: LogActivityInput!) { logActivity(input: $input) { activity { id } ERRORS } }"
    assert (await asked(app, seller, call, input={"kind": "CALL", "direction": "OUTBOUND", "leadId": lead}))["logActivity"]["userErrors"] == []
    await carried(db, actor)
    clocks = "query($id: ID!) { lead(id: $id) { responseClocks { nodes { kind cause state metBy { name } policy { name } } } } }"
    assert (await asked(app, seller, clocks, id=lead))["lead"]["responseClocks"]["nodes"] == [
        {"kind": "FIRST", "cause": "INQUIRY", "state": "MET", "metBy": {"name": "Ana"}, "policy": {"name": "Fast"}}]
    now = datetime.now(UTC)
    since, until = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=1)).isoformat()
    speed = "query($since: DateTime!, $until: DateTime!, $by: SpeedBy!) { speedToLead(since: $since, until: $until, by: $by) { FIELDS } }"
    fields = "asked answered waiting overdue hour source { id } owner { name }"
    (one,) = (await asked(app, seller, speed.replace("FIELDS", fields), since=since, until=until, by="OWNER"))["speedToLead"]
    assert one == {"asked": 1, "answered": 1, "waiting": 0, "overdue": 0, "hour": None, "source": None, "owner": {"name": "Ana"}}
    async with asking(app, seller) as client:
        body = await ask(client, speed.replace("FIELDS", "asked"), since=until, until=since, by="NONE")
    assert body["errors"][0]["extensions"]["code"] == "BAD_PERIOD"


async def test_bad_calendars_and_territories_say_what_is_wrong_with_them(app: Starlette, db: Database, workspace: UUID) -> None:
    _, owner = await session_for(db, workspace)
    text = "mutation($input: CreateCalendarInput!) { createCalendar(input: $input) { calendar { id } ERRORS } }"
    for input, field in (
        ({"name": "A", "timeZone": "Mars/Olympus", "weekly": {"MON": ["09:00-10:00"]}}, ["timeZone"]),
        ({"name": "A", "timeZone": "UTC", "weekly": {}}, ["weekly"]), ({"name": "A", "timeZone": "UTC", "weekly": {"MON": ["25:00-26:00"]}}, ["weekly", "MON"]),
    ):  # fmt: skip
        answer = (await asked(app, owner, text, input=input))["createCalendar"]
        assert answer == {"calendar": None, "userErrors": [{"code": "BAD_CALENDAR", "field": field}]}
    queue = await made(app, owner, "LeadQueue", name="Inbound")
    text = "mutation($input: CreateTerritoryInput!) { createTerritory(input: $input) { territory { id } ERRORS } }"
    answer = (await asked(app, owner, text, input={"name": "T", "queueId": queue, "filter": {"country": {"like": "D"}}}))["createTerritory"]
    assert answer["userErrors"][0]["code"] == "BAD_FILTER"
