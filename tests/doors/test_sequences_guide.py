"""The guide's way, gone with the guide's own documents: a template, a draft, a check, a publication, people, mail in the mailbox, and how it does."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as b
from tests.doors.serving import ask, asking, key_for
from tests.mailing import leads, post, recipients
from tests.processes import ROOT

GUIDE = (ROOT / "docs/guide/sequences.md").read_text()
DOCUMENTS = {m[1]: m[0] for m in re.finditer(r"(?:query|mutation) (\w+).*?(?=\n```)", GUIDE, re.DOTALL)}


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


async def test_a_marketer_writes_publishes_and_reads_a_sequence(app: Starlette, db: Database, workspace: UUID, actor: Actor, tmp_path: Path) -> None:
    async def begin(tx: Tx) -> tuple[UUID, UUID]:
        (ada,) = await leads(tx, 1)
        await tx.execute("UPDATE leads SET owner_id = $2 WHERE workspace_id = $1", tx.workspace, await b.make_user(tx))
        return ada, await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1", tx.workspace)

    ada, lead = await db.run(actor, begin)
    async with post(db, workspace, tmp_path) as office, asking(app, await key_for(db, workspace)) as client:

        async def done(name: str, field: str, **values: Any) -> Any:
            answer = (await ask(client, DOCUMENTS[name], **values))["data"][field]
            assert not isinstance(answer, dict) or answer.get("userErrors", []) == []
            return answer

        first = (await done("Template", "createTemplate"))["template"]["id"]
        assert (await done("Preview", "previewTemplate", template=first, person=opaque("Person", ada)))["subject"] == "Thank you, Ada Lovelace"
        topic = next(one["id"] for one in (await done("Topics", "topics"))["nodes"] if one["code"] == "product")
        id = (await done("Draft", "createSequence", topic=topic, first=first, second=first))["sequence"]["id"]
        assert await done("Check", "validateSequence", id=id) == []
        assert (await done("Look", "previewPublish", id=id))["preview"]["migration"] == []
        assert (await done("Go", "publishSequence", id=id))["sequence"] == {"state": "LIVE", "liveVersion": {"number": 1}}
        assert len((await done("Enroll", "enroll", sequence=id, leads=[opaque("Lead", lead)]))["enrollments"]) == 1
        assert (await done("Everybody", "enrollByFilter", sequence=id))["changeSet"]["totalRows"] == 1
        await office.run()
        assert len(recipients(office.server)) == 1
        assert (await done("Resume", "resumeSequence", id=id))["sequence"] == {"state": "LIVE"}
        (line,) = await done("Ledger", "sendLedger", person=opaque("Person", ada))
        assert (line["state"], line["sequence"], line["step"]) == ("SENT", "After the form", "hello")
        stages = await done("Funnel", "sequenceFunnel", id=id)
    assert [(one["name"], one["entered"], one["standing"], one["counts"]["sent"]) for one in stages[:3]] == [
        ("Thank you", 1, 0, 1), ("s2", 1, 1, 0), ("Call them", 0, 0, 0)]
