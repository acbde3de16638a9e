"""Replies, bounces and complaints through their door: matched by Message-ID, taken once, refused without a key."""

from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import nurture
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as b
from tests.doors.serving import asking, key_for
from tests.mailing import FROM, leads, sends, sequence

DOOR = "/inbound/mail-events"


async def planned(db: Database, actor: Actor) -> tuple[str, str]:
    """The opaque id and the Message-ID of a send."""

    async def begin(tx: Tx) -> tuple[str, str]:
        await nurture.enroll_many(tx, await sequence(tx), await leads(tx, 1), "HAND")
        await nurture.step_due(tx, mail_from=FROM)
        ((id, message_id),) = await sends(tx, "id", "message_id")
        return encode_id(CATALOG["Send"].tag, id), message_id

    return await db.run(actor, begin)


async def test_a_reply_is_taken_once_and_strangers_are_null(app: Starlette, db: Database, workspace: UUID, actor: Actor) -> None:
    id, message_id = await planned(db, actor)
    told = {
        "events": [
            {"id": "r1", "kind": "REPLY", "references": ["<x@y.example>", message_id], "subject": "Re: Hello", "text": "Yes"},
            {"id": "r1", "kind": "REPLY", "references": [message_id]},
            {"id": "r2", "kind": "REPLY", "references": ["<x@y.example>"]},
        ]
    }
    async with asking(app, await key_for(db, workspace)) as client:
        answers = [(await client.post(DOOR, json=told)).json() for _ in range(2)]
    assert answers == [{"sends": [id, id, None]}] * 2
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM activities a WHERE a.workspace_id = $1 AND a.kind = 'REPLY'", tx.workspace) == 1
        assert await tx.value("SELECT count(*) FROM events e WHERE e.workspace_id = $1 AND e.kind = 'mail.replied'", tx.workspace) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"events": [{"id": "1"}]}', b'{"events": [{"id": "1", "kind": "LOVE", "references": []}]}', b"\xff", b"[" * 100_000]
)
async def test_what_cannot_be_read_is_named_and_changes_nothing(app: Starlette, db: Database, workspace: UUID, actor: Actor, body: bytes) -> None:
    key = await key_for(db, workspace)
    async with db.read(actor) as tx:
        before = await b.counts(tx)
    async with asking(app, key) as client:
        answer: Any = await client.post(DOOR, content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    async with db.read(actor) as tx:
        assert await b.counts(tx) == before


async def test_nobody_is_believed_without_a_key(app: Starlette, db: Database, actor: Actor) -> None:
    _, message_id = await planned(db, actor)
    async with asking(app) as client:
        answer = await client.post(DOOR, json={"events": [{"id": "b1", "kind": "BOUNCE", "references": [message_id]}]})
    assert answer.status_code == 401
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM suppressions s WHERE s.workspace_id = $1", tx.workspace) == 0
