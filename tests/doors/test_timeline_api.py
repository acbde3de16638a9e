"""The history over GraphQL: what is logged, noted, planned and held stands on one timeline, for those who may see it."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import events, reactions
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for

TIMELINE = """query($of: ID!, $kinds: [TimelineKind!], $search: String, $first: Int! = 25, $after: String) {
  timeline(of: $of, kinds: $kinds, search: $search, first: $first, after: $after) {
    nodes { id kind at title body outcome pinnedAt people { role person { name } } records { noun id } user { name } activity { kind } lead { title } }
    pageInfo { hasNextPage endCursor } } }"""
LOG = """mutation($input: LogActivitiesInput!) { logActivities(input: $input) {
  results { index activityId parked code field } replayed userErrors { code field } } }"""


def public(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def contact_of(db: Database, actor: Actor) -> tuple[str, str]:
    async def given(tx: Tx) -> tuple[str, str]:
        person = await make.make_person(tx, "Ana Silva")
        lead = await make.make_lead(tx, person, title="CTO")
        return public("Contact", await make.make_contact(tx, person)), public("Lead", lead)

    return await db.run(actor, given)


async def test_everything_done_by_hand_stands_on_one_timeline(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    contact, _ = await contact_of(db, actor)
    _, token = await session_for(db, workspace)
    async with asking(app, token) as client:
        async def do(field: str, answer: str, **input: Any) -> Any:
            name = field[0].upper() + field[1:]
            done = await ask(client, f"mutation($i: {name}Input!) {{ {field}(input: $i) {{ {answer} userErrors {{ code message field }} }} }}", i=input)
            assert "errors" not in done, done
            assert done["data"][field]["userErrors"] == []
            return done["data"][field]

        note = (await do("createNote", "note { id version }", body="Likes tee", contactId=contact, pinned=True))["note"]
        revised = await do("reviseNote", "note { body latestBody version revisions { nodes { body } } }", id=note["id"], body="Likes tea", expectedVersion=2)
        assert revised["note"] == {"body": "Likes tee", "latestBody": "Likes tea", "version": 3, "revisions": {"nodes": [{"body": "Likes tea"}]}}
        assert (await do("pinNote", "note { pinnedAt }", id=note["id"], pinned=False))["note"] == {"pinnedAt": None}
        call = (await do("logActivity", "activity { id }", kind="CALL", outcome="voicemail", contactId=contact))["activity"]
        await do("correctActivity", "activity { latestOutcome }", id=call["id"], outcome="reached")
        task = (await do("createTask", "task { id }", title="Send offer", contactId=contact))["task"]
        await do("updateTask", "task { priority }", id=task["id"], priority="HIGH")
        await do("snoozeTask", "task { dueAt }", id=task["id"], until="2199-01-01T00:00:00Z")
        await do("assignTask", "task { state }", id=task["id"], assigneeId=None)
        await do("cancelTask", "task { state }", id=task["id"], reason="later")
        await do("reopenTask", "task { state }", id=task["id"])
        assert (await do("completeTask", "task { state }", id=task["id"], outcome="sent"))["task"] == {"state": "DONE"}
        times = {"startAt": "2026-01-05T10:00:00Z", "endAt": "2026-01-05T11:00:00Z"}
        meeting = (await do("scheduleMeeting", "meeting { id attendees { nodes { person { name } } } }", title="Demo", contactId=contact, **times))["meeting"]
        await do("rescheduleMeeting", "meeting { startAt }", id=meeting["id"], startAt="2026-01-05T12:00:00Z", endAt="2026-01-05T13:00:00Z")
        await do("updateMeeting", "meeting { title }", id=meeting["id"], title="Demo of it")
        await do("holdMeeting", "meeting { state }", id=meeting["id"], outcome="agreed")
        seen = (await ask(client, TIMELINE, of=contact))["data"]["timeline"]
    told = {(n["kind"], n["title"], n["body"], n["outcome"]) for n in seen["nodes"]}
    assert told == {
        ("NOTE", None, "Likes tea", None), ("CALL", None, None, "reached"), ("TASK_DONE", "Send offer", None, "sent"),
        ("MEETING", "Demo of it", None, "agreed"), ("STATUS_CHANGE", "New", None, "NEW"),
    }  # fmt: skip
    by = {n["kind"]: n for n in seen["nodes"]}
    assert by["NOTE"]["id"] == note["id"]
    assert (by["CALL"]["people"], by["CALL"]["records"]) == ([{"role": "ABOUT", "person": {"name": "Ana Silva"}}], [{"noun": "Contact", "id": contact}])
    assert (by["CALL"]["user"], by["CALL"]["activity"], by["CALL"]["lead"]) == ({"name": "Ana"}, {"kind": "CALL"}, None)
    assert by["STATUS_CHANGE"]["lead"] == {"title": "CTO"}


async def test_batch_answers_for_each_and_a_repeat_answers_the_same(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    contact, lead = await contact_of(db, actor)
    gone = public("Lead", UUID(int=7))
    activities = [
        {"kind": "TICKET", "source": "desk", "externalId": "1", "subject": "Broken", "leadId": lead},
        {"kind": "CLICK", "leadId": lead, "at": "2199-01-01T00:00:00Z"},
        {"kind": "NOTE", "leadId": gone}, {"kind": "NOTE"},
    ]  # fmt: skip
    async with asking(app, await key_for(db, workspace)) as client:
        aborted = (await ask(client, LOG, input={"activities": activities}))["data"]["logActivities"]
        assert aborted == {"results": [], "replayed": False, "userErrors": [{"code": "NOT_FOUND", "field": ["activities", "2", "leadId"]}]}
        sent = {"activities": activities, "onError": "SKIP", "idempotencyKey": "k"}
        done = (await ask(client, LOG, input=sent))["data"]["logActivities"]
        again = (await ask(client, LOG, input=sent))["data"]["logActivities"]
        seen = (await ask(client, TIMELINE, of=contact, kinds=["TICKET", "CLICK", "NOTE"]))["data"]["timeline"]
    assert [(r["index"], r["activityId"] is not None, r["parked"], r["code"]) for r in done["results"]] == [
        (0, True, False, None), (1, True, True, None), (2, False, False, "NOT_FOUND"), (3, False, False, "ACTIVITY_ABOUT_NOTHING"),
    ]  # fmt: skip
    assert (again["results"], again["replayed"]) == (done["results"], True)
    assert [n["title"] for n in seen["nodes"]] == ["Broken"]


async def test_clicks_that_another_system_tells_are_read_as_human_or_machine_by_what_it_says_of_them(
    app: Starlette, db: Database, workspace: UUID, actor: Actor,
) -> None:
    _, lead = await contact_of(db, actor)
    at, soon = "2026-01-05T10:00:{:02d}Z", {"mailId": "news-7", "deliveredAt": "2026-01-05T09:00:00Z"}
    activities = [
        {"kind": "CLICK", "url": "https://a.example/1", "at": at.format(0), "userAgent": "Mozilla/5.0 (X11; Linux x86_64)", **soon},
        {"kind": "CLICK", "url": "https://a.example/1", "at": at.format(1), "userAgent": "Barracuda Sentinel"},
        {"kind": "CLICK", "url": "https://a.example/2", "at": at.format(2), "honey": True},
        {"kind": "OPEN", "at": "2026-01-05T12:00:01Z", "deliveredAt": "2026-01-05T12:00:00Z"},
        *({"kind": "CLICK", "url": f"https://a.example/{i}", "at": "2026-01-06T10:00:00Z", "mailId": "burst"} for i in range(3)),
        {"kind": "OPEN", "at": "2026-01-07T10:00:00Z", "deliveredAt": "2026-01-07T09:00:00Z"},
    ]  # fmt: skip
    async with asking(app, await key_for(db, workspace)) as client:
        done = (await ask(client, LOG, input={"activities": [{**one, "leadId": lead} for one in activities]}))["data"]["logActivities"]
        assert done["userErrors"] == []
        await db.run(actor, events.sequence)
        while await db.run(actor, lambda tx: reactions.react(tx, 500)):
            pass
        text = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Activity { readingNow readingReason } } }"
        read = (await ask(client, text, ids=[one["activityId"] for one in done["results"]]))["data"]["nodes"]
        long = (await ask(client, LOG, input={"activities": [{"kind": "CLICK", "leadId": lead, "url": "x" * 2_001}]}))["data"]["logActivities"]
    assert [(one["readingNow"], one["readingReason"]) for one in read] == [
        (None, None), ("MACHINE", "AGENT"), ("MACHINE", "HONEY_LINK"), ("MACHINE", "TOO_SOON"), *[("MACHINE", "BURST")] * 3, (None, None)]  # fmt: skip
    assert long["userErrors"] == [{"code": "TEXT_TOO_LONG", "field": ["activities", "0", "url"]}]


async def test_timeline_is_paged_searched_and_refused_with_a_code(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    contact, lead = await contact_of(db, actor)
    async with asking(app, await key_for(db, workspace)) as client:
        batch = [{"kind": "NOTE", "subject": f"n{i}", "leadId": lead, "at": f"2026-01-0{i + 1}T00:00:00Z"} for i in range(5)]
        await ask(client, LOG, input={"activities": batch})
        found: list[str] = []
        after: str | None = None
        while True:
            page = (await ask(client, TIMELINE, of=contact, kinds=["NOTE"], first=2, after=after))["data"]["timeline"]
            found += [n["title"] for n in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        assert found == ["n4", "n3", "n2", "n1", "n0"]
        assert [n["title"] for n in (await ask(client, TIMELINE, of=contact, search="N3"))["data"]["timeline"]["nodes"]] == ["n3"]
        for wrong, code in (
            ({"of": public("Task", UUID(int=1))}, "BAD_ID"), ({"of": public("Lead", UUID(int=1))}, "NOT_FOUND"), ({"first": 201}, "BAD_PAGE"),
            ({"after": "x"}, "BAD_CURSOR"), ({"search": "x" * 301}, "TEXT_TOO_LONG"),
        ):  # fmt: skip
            (error,) = (await ask(client, TIMELINE, **({"of": contact} | wrong)))["errors"]
            assert error["extensions"]["code"] == code, wrong
    async with asking(app, await key_for(db, workspace, "tasks:read")) as client:
        (error,) = (await ask(client, TIMELINE, of=contact))["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
