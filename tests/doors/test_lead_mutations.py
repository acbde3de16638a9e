"""Leads, contacts, companies, deals, tasks and activities are changed over GraphQL; refusals come back as userErrors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest_asyncio
from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for
from tests.verbs.conversions import counted, owned_lead

Do = Callable[..., Awaitable[dict[str, Any]]]
ANSWERS = {
    "updateLead": "lead { id version title name email budget { amount currency } } replayed",
    "setLeadStatus": "lead { version status { type } }", "assignLead": "lead { owner { id } }", "acceptLead": "lead { status { type } }",
    "rejectLead": "lead { status { type } recycleAt }", "junkLead": "lead { state junkReason { code } junkNote }", "reopenLead": "lead { state version }",
    "convertLead": "replayed conflicts { noun id field kept offered } lead { id state snapshot } contact { id name title } company { id name domain }"
                   " deal { id name amount { amount currency } }",
    "createContact": "contact { id name type company { name } }", "updateContact": "contact { version type phone }",
    "linkContactToCompany": "contact { version company { name } }", "createCompany": "company { id name domain country }",
    "updateCompany": "company { id name version industry }", "createDeal": "deal { id name state amount { amount currency } }",
    "updateDeal": "deal { name version amount { amount currency } }", "moveDeal": "deal { state closeReason }",
    "logActivity": "activity { id kind outcome }", "createTask": "task { id title state }", "completeTask": "task { state }",
}  # fmt: skip


def opaque(noun: str, id: UUID) -> str:
    return encode_id(CATALOG[noun].tag, id)


@pytest_asyncio.fixture
async def do(app: Starlette, db: Database, workspace: UUID) -> Do:
    """Runs one mutation with a key that may do everything; gives the payload."""
    token = await key_for(db, workspace)
    return doing(app, token)


def doing(app: Starlette, token: str) -> Do:
    async def run(name: str, /, **input: Any) -> dict[str, Any]:
        kind = name[0].upper() + name[1:] + "Input"
        document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {ANSWERS[name]} userErrors {{ code message field fix params }} }} }}"
        async with asking(app, token) as client:
            answer = await ask(client, document, input=input)
        assert "errors" not in answer, answer
        return answer["data"][name]

    return run


def refusal(payload: dict[str, Any]) -> tuple[str, list[str] | None]:
    (error,) = payload["userErrors"]
    return error["code"], error["field"]


async def test_update_tells_absent_from_null(do: Do, db: Database, actor: Actor) -> None:
    id = opaque("Lead", await db.run(actor, lambda tx: make.make_lead(tx, title="CTO", need="speed")))
    done = await do("updateLead", id=id, need=None, firstName="Augusta", budget={"amount": "12.50", "currency": "usd"}, expectedVersion=1)
    lead = done["lead"]
    assert (lead["title"], lead["name"], lead["budget"], lead["version"]) == ("CTO", "Augusta Lovelace", {"amount": "12.50", "currency": "USD"}, 2)
    stale = await do("updateLead", id=id, title="Boss", expectedVersion=1)
    assert refusal(stale) == ("STALE_VERSION", None)
    assert stale["lead"]["version"] == 2, "a stale change shows the record as it is"


async def test_what_cannot_be_stored_is_refused_with_its_field(do: Do, db: Database, actor: Actor) -> None:
    lead = opaque("Lead", await db.run(actor, lambda tx: make.make_lead(tx)))
    cases: list[tuple[str, dict[str, Any], str, list[str]]] = [
        ("updateLead", {"id": lead, "email": "nonsense"}, "BAD_EMAIL", ["email"]),
        ("updateLead", {"id": lead, "budget": {"amount": "1.005", "currency": "EUR"}}, "BAD_AMOUNT", ["budget"]),
        ("updateLead", {"id": lead, "budget": {"amount": "1", "currency": "XYZ"}}, "BAD_AMOUNT", ["budget"]),
        ("updateLead", {"id": lead, "employees": -1}, "BAD_FIELD", ["employees"]),
        ("updateLead", {"id": lead, "sourceId": lead}, "BAD_ID", ["sourceId"]),
        ("setLeadStatus", {"id": lead, "statusId": opaque("LeadStatus", uuid7())}, "NOT_FOUND", ["statusId"]),
        ("assignLead", {"id": lead, "ownerId": opaque("User", uuid7())}, "NOT_FOUND", ["ownerId"]),
        ("junkLead", {"id": lead, "reason": "BORING"}, "UNKNOWN_REASON", ["reason"]),
        ("rejectLead", {"id": lead, "reason": " "}, "REASON_REQUIRED", ["reason"]),
        ("createCompany", {"name": "Acme", "domain": "gmail.com"}, "BAD_WEBSITE", ["domain"]),
        ("createCompany", {"name": "Acme", "country": "Narnia"}, "BAD_COMPANY_FIELD", ["country"]),
        ("createContact", {"person": {"name": "Ada"}}, "COMPANY_REQUIRED", ["companyId"]),
        ("createContact", {"company": {"name": "Acme"}}, "NOBODY_NAMED", ["person"]),
        ("createDeal", {"name": "A", "amount": {"amount": "-1", "currency": "EUR"}}, "BAD_DEAL_FIELD", ["amount"]),
        ("logActivity", {"kind": "NOTE", "body": "hm"}, "ACTIVITY_ABOUT_NOTHING", None),  # type: ignore[list-item]
        ("createTask", {"title": "  "}, "BAD_TASK_FIELD", ["title"]),
        ("convertLead", {"id": lead}, "OWNER_REQUIRED", ["ownerId"]),
    ]
    before = await counted(db, actor)
    for name, input, code, field in cases:
        assert refusal(await do(name, **input)) == (code, field), name
    assert await counted(db, actor) == before


async def test_junk_comes_back_only_with_the_permission(do: Do, app: Starlette, db: Database, actor: Actor) -> None:
    id = opaque("Lead", await db.run(actor, lambda tx: make.make_lead(tx)))
    _, seller = await session_for(db, actor.workspace, "SALES")
    junk = await doing(app, seller)("junkLead", id=id, reason="NO_FIT", note="too small")
    assert junk["lead"] == {"state": "JUNK", "junkReason": {"code": "NO_FIT"}, "junkNote": "too small"}
    assert refusal(await doing(app, seller)("reopenLead", id=id, reason="grew"))[0] == "FORBIDDEN"
    assert (await do("reopenLead", id=id, reason="grew"))["lead"] == {"state": "OPEN", "version": 3}


async def test_lead_is_accepted_rejected_moved_and_assigned(do: Do, app: Starlette, db: Database, actor: Actor) -> None:
    id = opaque("Lead", await db.run(actor, lambda tx: make.make_lead(tx)))
    user = opaque("User", await db.run(actor, make.make_user))
    qualified = opaque("LeadStatus", await db.run(actor, lambda tx: make.status_of(tx, "QUALIFIED")))
    assert (await do("acceptLead", id=id))["lead"]["status"]["type"] == "WORKING"
    assert (await do("rejectLead", id=id, reason="later"))["lead"]["status"]["type"] == "NURTURING"
    assert (await do("setLeadStatus", id=id, statusId=qualified))["lead"]["status"]["type"] == "QUALIFIED"
    assert (await do("assignLead", id=id, ownerId=user))["lead"]["owner"]["id"] == user
    assert (await do("assignLead", id=id, ownerId=None))["lead"]["owner"] is None


async def test_conversion_answers_what_it_made_and_a_repeat_the_same(do: Do, db: Database, actor: Actor) -> None:
    id = opaque("Lead", await db.run(actor, lambda tx: owned_lead(tx, email="ada@acme.example", title="CTO", budget_minor=500, currency="EUR")))
    first = await do("convertLead", id=id)
    assert first["userErrors"] == []
    assert (first["replayed"], first["lead"]["state"], first["contact"]["title"]) == (False, "CONVERTED", "CTO")
    assert (first["company"]["domain"], first["deal"]["name"], first["deal"]["amount"]["amount"]) == ("acme.example", "Acme Ltd", "5.00")
    assert await do("convertLead", id=id) == first | {"replayed": True}
    other = await do("convertLead", id=id, deal={"action": "NONE"})
    (error,) = other["userErrors"]
    assert error["code"] == "ALREADY_CONVERTED"
    assert error["params"] == {noun: first[noun]["id"] for noun in ("contact", "company", "deal")}
    assert refusal(await do("updateLead", id=id, title="Boss"))[0] == "LEAD_SEALED"


async def test_twenty_conversions_over_http_make_one_of_each(do: Do, db: Database, actor: Actor) -> None:
    id = opaque("Lead", await db.run(actor, owned_lead))
    done = await asyncio.gather(*(do("convertLead", id=id, idempotencyKey="k" if i % 2 else f"k{i}") for i in range(20)))
    assert sorted(d["replayed"] for d in done) == [False] + [True] * 19
    assert len({(d["contact"]["id"], d["deal"]["id"]) for d in done}) == 1


async def test_conversion_takes_every_wish(do: Do, db: Database, actor: Actor) -> None:
    async def given(tx: Any) -> tuple[UUID, UUID, UUID, UUID]:
        company = await make.make_company(tx, "Given Ltd", industry="Retail")
        return await owned_lead(tx, industry="Software"), company, await make.make_user(tx), await make.stage_of(tx)

    lead, company, user, stage = await db.run(actor, given)
    done = await do(
        "convertLead", id=opaque("Lead", lead), company={"action": "USE", "id": opaque("Company", company)}, contact={"title": "Head of it", "role": "Buyer"},
        deal={"action": "CREATE", "name": "Named", "amount": {"amount": "9.99", "currency": "GBP"}, "stageId": opaque("DealStage", stage),
              "closeOn": "2027-01-31"},
        ownerId=opaque("User", user), overwriteLeadSource=True, onDuplicate="LINK",
    )  # fmt: skip
    assert done["userErrors"] == []
    assert (done["company"]["name"], done["contact"]["title"], done["deal"]) == (
        "Given Ltd", "Head of it", {"id": done["deal"]["id"], "name": "Named", "amount": {"amount": "9.99", "currency": "GBP"}})  # fmt: skip
    assert [(c["noun"], c["field"], c["kept"], c["offered"]) for c in done["conflicts"]] == [
        ("Company", "name", "Given Ltd", "Acme Ltd"), ("Company", "industry", "Retail", "Software")]  # fmt: skip


async def test_contact_is_made_by_hand_with_its_company(do: Do) -> None:
    person = {"name": "Grace Hopper", "email": "grace@navy.example", "phone": "+1 202 555 0143"}
    made = await do("createContact", person=person, company={"name": "Navy", "domain": "navy.example", "country": "us"}, type="PARTNER")
    assert made["userErrors"] == []
    contact = made["contact"]
    assert (contact["name"], contact["type"], contact["company"]["name"]) == ("Grace Hopper", "PARTNER", "Navy")
    twice = await do("createContact", person=person, company={"name": "Navy", "domain": "navy.example", "country": "us"})
    assert (refusal(twice)[0], twice["userErrors"][0]["params"]) == ("CONTACT_EXISTS", {"contact": contact["id"]})
    changed = await do("updateContact", id=contact["id"], type="CUSTOMER", phone="+1 202 555 0199")
    assert changed["contact"] == {"version": 2, "type": "CUSTOMER", "phone": "+12025550199"}
    company = (await do("createCompany", name="Yale", country="United States"))["company"]
    linked = await do("linkContactToCompany", id=contact["id"], companyId=company["id"], primary=True)
    assert linked["contact"] == {"version": 3, "company": {"name": "Yale"}}


async def test_company_and_deal_are_made_and_changed(do: Do) -> None:
    company = (await do("createCompany", name="Acme", website="www.acme.example", country="germany"))["company"]
    assert (company["domain"], company["country"]) == ("acme.example", "DE")
    twin = await do("createCompany", name="Other", domain="acme.example")
    assert (refusal(twin), twin["userErrors"][0]["params"]["company"]) == (("COMPANY_EXISTS", ["domain"]), company["id"])
    assert (await do("updateCompany", id=company["id"], industry="Steel"))["company"]["version"] == 2
    assert refusal(await do("updateCompany", id=company["id"], parentId=company["id"]))[0] == "HIERARCHY_CYCLE"
    deal = (await do("createDeal", name="Steel", companyId=company["id"], amount={"amount": "1000", "currency": "EUR"}))["deal"]
    assert (deal["state"], deal["amount"]["amount"]) == ("OPEN", "1000.00")
    assert (await do("updateDeal", id=deal["id"], amount=None))["deal"]["amount"] is None


async def test_deal_is_lost_with_a_reason(do: Do, db: Database, actor: Actor) -> None:
    id, lost = opaque("Deal", await db.run(actor, make.make_deal)), opaque("DealStage", await db.run(actor, lambda tx: make.stage_of(tx, "LOST")))
    assert refusal(await do("moveDeal", id=id, stageId=lost)) == ("LOSS_REASON_REQUIRED", ["reason"])
    assert (await do("moveDeal", id=id, stageId=lost, reason="price"))["deal"] == {"state": "LOST", "closeReason": "price"}


async def test_call_is_logged_and_task_completed(do: Do, db: Database, actor: Actor) -> None:
    lead = opaque("Lead", await db.run(actor, lambda tx: make.make_lead(tx)))
    call = (await do("logActivity", kind="CALL", direction="OUTBOUND", outcome="reached", leadId=lead))["activity"]
    assert (call["kind"], call["outcome"]) == ("CALL", "reached")
    task = (await do("createTask", title="Call again", kind="CALL", priority="HIGH", leadId=lead, idempotencyKey="t1"))["task"]
    assert (await do("createTask", title="Call again", kind="CALL", priority="HIGH", leadId=lead, idempotencyKey="t1"))["task"] == task
    assert (await do("completeTask", id=task["id"]))["task"]["state"] == "DONE"
    assert refusal(await do("completeTask", id=task["id"]))[0] == "TASK_CLOSED"


async def test_records_of_another_workspace_are_not_found(do: Do, db: Database, actor: Actor, other_workspace: UUID) -> None:
    stranger = Actor.system(other_workspace)
    lead, company = await db.run(stranger, owned_lead), await db.run(stranger, make.make_company)
    contact, deal, task = await db.run(stranger, make.make_contact), await db.run(stranger, make.make_deal), await db.run(stranger, make.make_task)
    own = opaque("Lead", await db.run(actor, owned_lead))
    before = await counted(db, stranger)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("updateLead", {"id": opaque("Lead", lead), "title": "X"}), ("assignLead", {"id": opaque("Lead", lead), "ownerId": None}),
        ("junkLead", {"id": opaque("Lead", lead), "reason": "SPAM"}), ("reopenLead", {"id": opaque("Lead", lead), "reason": "x"}),
        ("convertLead", {"id": opaque("Lead", lead)}), ("convertLead", {"id": own, "company": {"action": "USE", "id": opaque("Company", company)}}),
        ("updateContact", {"id": opaque("Contact", contact), "title": "X"}), ("updateCompany", {"id": opaque("Company", company), "name": "X"}),
        ("updateDeal", {"id": opaque("Deal", deal), "name": "X"}), ("completeTask", {"id": opaque("Task", task)}),
        ("logActivity", {"kind": "NOTE", "dealId": opaque("Deal", deal)}), ("createTask", {"title": "X", "contactId": opaque("Contact", contact)}),
    ]  # fmt: skip
    for name, input in cases:
        assert refusal(await do(name, **input))[0] == "NOT_FOUND", name
    assert await counted(db, stranger) == before
