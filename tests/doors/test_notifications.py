"""What a user should see, over GraphQL: their own alone, and marked as read."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import capture, events, reactions
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.capture import Submission
from leadwell.catalog import CATALOG
from tests.builders import make_lead, make_person
from tests.doors.serving import ask, asking, key_for, session_for

ASKED = "{ unreadNotifications notifications { id kind title noun recordId readAt } }"
READ = "mutation($ids: [ID!]) { markNotificationsRead(input: {ids: $ids}) { marked userErrors { code field } } }"


async def test_hand_raised_is_told_to_the_owner_alone_until_read(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    owner, theirs = await session_for(db, workspace)
    _, other = await session_for(db, workspace)

    async def lead_of(tx: Tx) -> UUID:
        return await make_lead(tx, await make_person(tx, "Ana Silva", "ana@acme.com"), owner_id=owner)

    lead = await db.run(actor, lead_of)
    await capture.submit(db, actor, [Submission("FORM", {"name": "Ana Silva", "email": "ana@acme.com"})])
    await db.run(actor, events.sequence)
    await db.run(actor, lambda tx: reactions.react(tx, 500))
    async with asking(app, theirs) as client:
        seen: dict[str, Any] = (await ask(client, ASKED))["data"]
        (one,) = seen["notifications"]
        assert seen["unreadNotifications"] == 1
        assert {**one, "id": ""} == {
            "id": "", "kind": "HAND_RAISED", "title": "Ana Silva asks to be spoken to", "noun": "Lead",
            "recordId": encode_id(CATALOG["Lead"].tag, lead), "readAt": None,
        }  # fmt: skip
    for token, refused in ((other, []), (await key_for(db, workspace), [{"code": "FORBIDDEN", "field": None}])):
        async with asking(app, token) as client:
            assert (await ask(client, ASKED))["data"] == {"unreadNotifications": 0, "notifications": []}
            assert (await ask(client, READ, ids=[one["id"]]))["data"]["markNotificationsRead"] == {"marked": 0, "userErrors": refused}
    async with asking(app, theirs) as client:
        wrong = (await ask(client, READ, ids=[encode_id(CATALOG["Lead"].tag, lead)]))["data"]["markNotificationsRead"]
        assert wrong == {"marked": 0, "userErrors": [{"code": "BAD_ID", "field": ["ids", "0"]}]}
        assert (await ask(client, READ, ids=[one["id"]]))["data"]["markNotificationsRead"] == {"marked": 1, "userErrors": []}
        assert (await ask(client, READ, ids=None))["data"]["markNotificationsRead"]["marked"] == 0
        seen = (await ask(client, ASKED))["data"]
        assert (seen["unreadNotifications"], seen["notifications"][0]["readAt"] is not None) == (0, True)
