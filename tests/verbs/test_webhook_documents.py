"""Subscription documents and filters of endpoints: asked as a set, with the rights of the day, frozen once."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from api.webhooks.documents import document
from leadwell import webhooks
from leadwell.access import Viewer
from leadwell.access.standing import standing
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.webhooks.refusals import BadWebhookDocument, MixedEventKinds
from models.leads import Lead
from tests.builders import make_lead, make_person, make_user
from tests.hooking import Hooks, hooks

PEOPLE = "subscription { leadsChanged { kind lead { id person { name } companyName } } }"


@pytest_asyncio.fixture
async def at(db: Database, workspace: UUID) -> AsyncIterator[Hooks]:
    async with hooks(db, workspace) as opened:
        yield opened


async def leads(at: Hooks, *names: str, **more: Any) -> list[UUID]:
    async def verb(tx: Tx) -> list[UUID]:
        return [await make_lead(tx, await make_person(tx, name), company_name=f"{name} Ltd", **more) for name in names]

    return await at.db.run(at.actor, verb)


async def seller(at: Hooks, grants: dict[str, Any], code: str = "HELPER") -> tuple[Actor, Viewer]:
    """A user with a role of their own, as who acts and as who looks."""
    async def verb(tx: Tx) -> UUID:
        await tx.execute(
            "INSERT INTO roles (workspace_id, id, code, name, grants, created_at, updated_at) VALUES ($1, gen_random_uuid(), $2, 'x', $3, now(), now())",
            tx.workspace, code, grants)
        return await make_user(tx, role=code)

    user = await at.db.run(at.actor, verb)
    async with at.db.read(at.actor) as tx:
        viewer = await standing(tx, f"USER:{user}")
    assert viewer is not None
    return viewer.actor("r" * 32), viewer


async def test_the_body_is_the_answer_to_the_endpoints_own_document(at: Hooks) -> None:
    made = await at.subscribe(document=document(PEOPLE))
    ids = await leads(at, "Ana Silva", "Bo Berg")
    await at.note("lead.created", "Lead", *ids)
    bodies = await at.post()
    assert [(body["type"], body["data"]) for body in sorted(bodies, key=lambda b: b["data"]["leadsChanged"]["lead"]["companyName"])] == [
        ("lead.created", {"leadsChanged": {"kind": "lead.created", "lead": {
            "id": encode_id(Lead.tag, id), "person": {"name": name}, "companyName": f"{name} Ltd"}}})
        for id, name in zip(ids, ("Ana Silva", "Bo Berg"), strict=True)]
    assert (await at.endpoint(made.id))["event_kinds"] == ["lead.*"]


async def test_nested_lists_fragments_aliases_and_places_are_read_as_on_a_socket(at: Hooks) -> None:
    text = """subscription S { news: leadsChanged(where: {companyName: {startsWith: "Ana"}}) { ...C cursor at x: __typename } }
      fragment C on LeadChange { first: lead { ...L } second: lead { activities(first: 2, where: {kind: {in: [NOTE]}}) { nodes { id } totalCount } } }
      fragment L on Lead { id state }"""
    await at.subscribe("lead.updated", document=document(text))
    ana, bo = await leads(at, "Ana Silva", "Bo Berg")
    await at.note("lead.updated", "Lead", ana, bo)
    (body,) = await at.post()
    told = body["data"]["news"]
    assert (told["first"], told["second"], told["x"]) == (
        {"id": encode_id(Lead.tag, ana), "state": "OPEN"}, {"activities": {"nodes": [], "totalCount": 0}}, "LeadChange")
    assert datetime.fromisoformat(told["at"]) == datetime.fromisoformat(body["timestamp"])
    assert len(await at.log()) == 1


async def test_filter_drops_what_does_not_match_when_it_is_sent(at: Hooks) -> None:
    await at.subscribe("lead.*", filter={"companyName": {"eq": "Ana Silva Ltd"}})
    ana, bo = await leads(at, "Ana Silva", "Bo Berg")
    await at.note("lead.created", "Lead", bo, ana)
    (body,) = await at.post()
    assert (body["data"]["id"], body["data"]["noun"]) == (encode_id(Lead.tag, ana), "Lead")
    assert await at.log() == [("DELIVERED", 1, 204)]


async def test_a_hundred_events_are_read_by_one_statement(at: Hooks) -> None:
    await at.subscribe(document=document(PEOPLE))
    ids = await leads(at, *(f"P{i} X" for i in range(20)))
    await at.note("lead.updated", "Lead", *ids, *ids)
    bodies = await at.post()
    assert sorted(body["data"]["leadsChanged"]["lead"]["id"] for body in bodies) == sorted(encode_id(Lead.tag, id) for id in ids * 2)
    assert {len(call.headers["webhook-signature"].split()) for call in at.receiver.calls} == {1}


@pytest.mark.parametrize(("text", "why"), [
    ("subscription { leadsChanged { kind } ", "Syntax Error"),
    ("{ leads { nodes { id } } }", "not one subscription"),
    ("subscription($w: LeadWhere) { leadsChanged(where: $w) { kind } }", "variables"),
    ("subscription { leadsChanged { lead { nonsense } } }", "nonsense"),
    ("subscription { heartbeat }", "not about changes"),
    ('subscription { leadsChanged(after: "x") { kind } }', "for sockets"),
    ("subscription { leadsChanged { kind } other: leadsChanged { kind } }", "one top level field"),
    ("subscription { leadsChanged { lead { " + "leads: person { leads { nodes { person { " * 5 + "id" + " } } } }" * 5 + " } } }", "levels deep"),
])
async def test_document_that_no_webhook_can_send_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadWebhookDocument) as refused:
        document(text)
    assert why in refused.value.message
    assert refused.value.field == "document"


async def test_what_the_author_may_not_read_is_refused_and_nothing_made(at: Hooks) -> None:
    scoped = {"leads": {"verbs": ["read"], "rows": "all", "hide": ["companyName"]}, "webhookEndpoints": {"verbs": ["*"], "rows": "all"}}
    actor, viewer = await seller(at, scoped)
    for more in ({"document": document(PEOPLE)}, {"event_kinds": ["lead.*"], "filter": {"companyName": {"eq": "x"}}}):
        with pytest.raises(Refusal) as refused:
            await at.subscribe(actor=actor, viewer=viewer, **more)
        assert refused.value.code in ("FIELD_FORBIDDEN", "FORBIDDEN")
    with pytest.raises(MixedEventKinds):
        await at.subscribe("lead.*", "deal.*", filter={"state": {"eq": "OPEN"}})
    async with at.db.read(at.actor) as tx:
        assert await tx.value("SELECT count(*) FROM webhook_endpoints e WHERE e.workspace_id = $1", tx.workspace) == 0


async def test_own_rows_alone_are_told_and_a_lost_field_disables_the_endpoint_with_one_notice(at: Hooks) -> None:
    actor, viewer = await seller(at, {"leads": {"verbs": ["read"], "rows": "own"}, "people": {"verbs": ["read"], "rows": "all"},
                                      "webhookEndpoints": {"verbs": ["*"], "rows": "all"}})
    made = await at.subscribe(actor=actor, viewer=viewer, document=document(PEOPLE))
    plain = await at.subscribe("lead.*", actor=actor, viewer=viewer)
    (mine,) = await leads(at, "Ana Silva", owner_id=viewer.user)
    (other,) = await leads(at, "Bo Berg")
    await at.note("lead.created", "Lead", mine, other)
    told = await at.post()
    assert len(told) == 2
    assert all(encode_id(Lead.tag, mine) in str(body) for body in told)
    grants = {"leads": {"verbs": ["read"], "rows": "own", "hide": ["companyName"]}, "people": {"verbs": ["read"], "rows": "all"}}
    await at.db.run(at.actor, lambda tx: tx.execute("UPDATE roles SET grants = $3 WHERE workspace_id = $1 AND code = $2", tx.workspace, "HELPER", grants))
    admin = await at.db.run(at.actor, lambda tx: make_user(tx, role="ADMIN"))
    await at.note("lead.updated", "Lead", mine, changes={"company_name": ["a", "b"], "title": [None, "CEO"]})
    (body,) = await at.post()
    assert body["data"]["changes"] == {"title": [None, "CEO"]}
    row = await at.endpoint(made.id)
    assert (row["state"], "Lead.companyName may not be read any more" in row["disabled_reason"]) == ("DISABLED", True)
    assert (await at.endpoint(plain.id))["state"] == "ENABLED"
    async with at.db.read(at.actor) as tx:
        assert await tx.value("SELECT count(*) FROM notifications n WHERE n.workspace_id = $1 AND n.user_id = $2", tx.workspace, admin) == 1
        mails = await tx.fetch("SELECT s.mail_class, s.user_id FROM sends s WHERE s.workspace_id = $1", tx.workspace)
    assert [tuple(mail) for mail in mails] == [("SECURITY", admin)]


async def test_values_of_settings_go_to_whoever_may_see_them(at: Hooks) -> None:
    actor, viewer = await seller(at, {"*": {"verbs": ["read"], "rows": "all"}, "leads": {"verbs": ["read"], "rows": "all", "hide": ["companyName"]},
                                      "segments": {"verbs": ["read"], "rows": "all", "hide": ["where"]}, "webhookEndpoints": {"verbs": ["*"], "rows": "all"}})
    both, kinds = ["a", "b"], ("segment.updated", "sequence.updated", "apiKey.updated")
    changes = [{"name": both, "filter": both}, {"name": both, "steps": both}, {"name": both}]
    for author in ({}, {"actor": actor, "viewer": viewer}):
        await at.subscribe(*kinds, **author)
    for kind, told in zip(kinds, changes, strict=True):
        await at.note(kind, kind[0].upper() + kind.removesuffix(".updated")[1:], changes=told)
    told = sorted((body["type"], sorted(body["data"]["changes"])) for body in await at.post())
    assert told == sorted([*((kind, sorted(one)) for kind, one in zip(kinds, changes, strict=True)),
                           ("segment.updated", ["name"]), ("sequence.updated", ["name"]), ("apiKey.updated", [])])


async def test_an_endpoint_whose_author_is_gone_gets_nothing(at: Hooks) -> None:
    actor, viewer = await seller(at, {"*": {"verbs": ["*"], "rows": "all"}})
    made = await at.subscribe(actor=actor, viewer=viewer, document=document(PEOPLE))
    await at.db.run(at.actor, lambda tx: tx.execute("UPDATE users SET archived_at = now() WHERE workspace_id = $1 AND id = $2", tx.workspace, viewer.user))
    await at.note("lead.created", "Lead", *(await leads(at, "Ana Silva")))
    assert await at.post() == []
    assert "is gone" in (await at.endpoint(made.id))["disabled_reason"]
    assert await at.log() == [("PENDING", 0, None)]


async def test_whoever_changes_the_address_gets_only_what_they_may_see_even_by_replay(at: Hooks) -> None:
    made = await at.subscribe("lead.*")
    at.receiver.status = 500
    (lead,) = await leads(at, "Ana Silva")
    await at.note("lead.created", "Lead", lead)
    await at.post()
    actor, viewer = await seller(at, {"leads": {"verbs": ["read"], "rows": "own"}, "webhookEndpoints": {"verbs": ["*"], "rows": "all"}})
    await at.db.run(actor, lambda tx: webhooks.update(tx, made.id, {"url": at.receiver.url + "/mine"}, viewer=viewer))
    at.receiver.status = 204
    await at.later(10)
    assert await at.post() == []
    assert await at.log() == []
    other = await at.subscribe("lead.*")
    await at.note("lead.updated", "Lead", lead)
    assert len(await at.post()) == 1
    await at.db.run(actor, lambda tx: webhooks.update(tx, other.id, {"url": at.receiver.url + "/mine"}, viewer=viewer))
    assert await at.db.run(actor, lambda tx: webhooks.replay_where(tx, other.id, None, viewer)) == 1
    assert await at.post() == []
