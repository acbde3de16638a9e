"""Conversions over GraphQL: every option, the preview and its hash, batches, amendments; and who may not learn or do what."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell import conversion, custom, leads
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from models.companies import Company
from models.deals import Deal
from models.leads import Lead
from tests import builders as make
from tests.doors.serving import ask, asking, key_for, session_for
from tests.verbs.conversions import counted, owned_lead
from tests.verbs.test_conversion_options import twins

PREVIEW = """query($input: ConvertLeadInput!) { previewConversion(input: $input) {
  planHash refusal { code field } tooMany created { noun id name fields } filled { noun id name fields } kept { noun id name } merged { noun id }
  conflicts { noun id field kept offered } matched { noun id name taken reason probability evidence { field bits } } relatedLeads { id } openDeals { id } } }"""
CONVERT = """mutation($input: ConvertLeadInput!) { convertLead(input: $input) {
  replayed lead { state conversion { manifest amendments { nodes { manifest } } } }
  contact { id title type } company { id name website }
  deal { id name amount { amount currency } } conflicts { noun field kept offered }
  userErrors { code field params } } }"""
MANY = """mutation($input: ConvertLeadsInput!) { convertLeads(input: $input) { replayed results { index replayed lead { id state } company { id } deal { id }
  userErrors { code field } } userErrors { code field } } }"""
AMEND = """mutation($input: AmendConversionInput!) { amendConversion(input: $input) { replayed deal { name } company { name }
  lead { state conversion { deal { name } amendments { nodes { manifest actor } } } } userErrors { code field } } }"""
RECYCLE = "mutation($id: ID!) { recycleLead(input: {id: $id}) { lead { id state repeatOf { id } } userErrors { code } } }"
MAPPING = """mutation($fields: [FieldMappingInput!]!) { updateWorkspaceSettings(input: {convertFields: $fields}) {
  workspace { settings { convertFields { leadKey noun key } } } userErrors { code field } } }"""


def of(noun: type[Any], id: UUID) -> str:
    return encode_id(noun.tag, id)


async def test_preview_says_what_conversion_then_does(app: Starlette, db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> tuple[UUID, UUID, UUID, UUID]:
        company = await make.make_company(tx, "Acme Ltd", "acme.example", industry="Retail")
        deal = await make.make_deal(tx, company)
        related = await owned_lead(tx, "Bo", company_name="Acme", company_id=company)
        return company, related, await owned_lead(tx, email="ada@acme.example", industry="Software", employees=5), deal

    company, related, lead, deal = await db.run(actor, given)
    wanted: dict[str, Any] = {
        "id": of(Lead, lead), "company": {"website": "https://acme.example"}, "contact": {"title": "CEO", "type": "PARTNER"},
        "deal": {"action": "CREATE", "name": "First", "amount": {"amount": "12.50", "currency": "EUR"}, "role": "CHAMPION"},
    }  # fmt: skip
    async with asking(app, await key_for(db, actor.workspace)) as client:
        before = await counted(db, actor)
        seen = (await ask(client, PREVIEW, input=wanted))["data"]["previewConversion"]
        assert await counted(db, actor) == before
        stale = (await ask(client, CONVERT, input={**wanted, "expectedPlanHash": "0" * 64}))["data"]["convertLead"]
        done = (await ask(client, CONVERT, input={**wanted, "expectedPlanHash": seen["planHash"]}))["data"]["convertLead"]
        again = (await ask(client, CONVERT, input={**wanted, "expectedPlanHash": seen["planHash"]}))["data"]["convertLead"]
    id = of(Company, company)
    assert seen["filled"] == [{"noun": "Company", "id": id, "name": "Acme Ltd", "fields": ["employees", "website"]}]
    assert [(c["noun"], c["id"], c["name"]) for c in seen["created"]] == [("Contact", None, None), ("Deal", None, "First")]
    assert seen["conflicts"] == [{"noun": "Company", "id": id, "field": "industry", "kept": "Retail", "offered": "Software"}]
    assert [(m["id"], m["taken"], m["reason"]) for m in seen["matched"]] == [(id, True, "DOMAIN")]
    assert (seen["relatedLeads"], seen["openDeals"]) == ([{"id": of(Lead, related)}], [{"id": of(Deal, deal)}])
    (error,) = stale["userErrors"]
    assert (error["code"], error["field"]) == ("STALE_PLAN", ["expectedPlanHash"])
    assert error["params"]["plan_hash"] == seen["planHash"]
    assert done["userErrors"] == []
    assert (done["contact"]["title"], done["contact"]["type"], done["deal"]["amount"]["amount"]) == ("CEO", "PARTNER", "12.50")
    assert [m["action"] for m in done["lead"]["conversion"]["manifest"]] == ["FILLED", "CREATED", "CREATED"]
    assert (again["replayed"], again["deal"]["id"]) == (True, done["deal"]["id"])


async def test_preview_of_a_blocked_conversion_says_why(app: Starlette, db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> UUID:
        await make.make_company(tx, "Acme", "acme.example")
        return await owned_lead(tx, email="a@acme-two.test")

    lead = await db.run(actor, given)
    async with asking(app, await key_for(db, actor.workspace)) as client:
        seen = (await ask(client, PREVIEW, input={"id": of(Lead, lead)}))["data"]["previewConversion"]
    assert (seen["planHash"], seen["refusal"]) == (None, {"code": "POSSIBLE_DUPLICATE", "field": ["company"]})
    assert [(m["name"], m["taken"], m["reason"]) for m in seen["matched"]] == [("Acme", False, "SIMILAR")]


async def test_batch_has_a_result_for_each_and_the_same_key_repeats_it(app: Starlette, db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> list[UUID]:
        ids = [await owned_lead(tx, name, f"{name}@acme.example") for name in ("ada", "bo", "cy")]
        await leads.junk(tx, ids[1], "SPAM")
        return ids

    ids = await db.run(actor, given)
    entries: list[dict[str, Any]] = [{"id": of(Lead, id)} for id in ids]
    entries += [{"id": "nonsense"}, {"id": of(Lead, ids[0]), "deal": {"action": "NONE", "name": "x"}}]
    async with asking(app, await key_for(db, actor.workspace)) as client:
        stopped = (await ask(client, MANY, input={"leads": entries[:2]}))["data"]["convertLeads"]
        done = (await ask(client, MANY, input={"leads": entries, "onError": "SKIP", "idempotencyKey": "k"}))["data"]["convertLeads"]
        again = (await ask(client, MANY, input={"leads": entries, "onError": "SKIP", "idempotencyKey": "k"}))["data"]["convertLeads"]
    assert (stopped["results"], stopped["userErrors"]) == ([], [{"code": "LEAD_IS_JUNK", "field": ["leads", "1"]}])
    assert [[e["code"] for e in r["userErrors"]] for r in done["results"]] == [[], ["LEAD_IS_JUNK"], [], ["BAD_ID"], ["BAD_WISH"]]
    assert [r["lead"] and r["lead"]["state"] for r in done["results"]] == ["CONVERTED", None, "CONVERTED", None, None]
    assert done["results"][0]["company"] == done["results"][2]["company"]
    assert again == {**done, "replayed": True}


async def test_batch_converts_what_the_caller_may_see_and_tells_of_the_others(app: Starlette, db: Database, actor: Actor) -> None:
    seller, token = await session_for(db, actor.workspace, "SALES")
    await db.run(actor, lambda tx: tx.execute(
        "UPDATE roles SET grants = $2 WHERE workspace_id = $1 AND code = 'SALES'", tx.workspace, {"leads": {"verbs": ["read", "convert"], "rows": "own"}}))
    ids = [await db.run(actor, lambda tx, mine=mine: owned_lead(tx, email=f"{mine}@acme.example", **({"owner_id": seller} if mine else {}))) for mine in (1, 0)]
    async with asking(app, token) as client:
        done = (await ask(client, MANY, input={"leads": [{"id": of(Lead, id)} for id in ids], "onError": "SKIP"}))["data"]["convertLeads"]
    assert [[e["code"] for e in r["userErrors"]] for r in done["results"]] == [[], ["NOT_FOUND"]]
    assert (await counted(db, actor))["conversions"] == 1


async def test_forgotten_deal_is_attached(app: Starlette, db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    await db.run(actor, lambda tx: conversion.convert(tx, lead, conversion.ConversionWish(deal=conversion.DealWish("NONE"))))
    async with asking(app, await key_for(db, actor.workspace)) as client:
        nothing = (await ask(client, AMEND, input={"id": of(Lead, lead)}))["data"]["amendConversion"]
        done = (await ask(client, AMEND, input={"id": of(Lead, lead), "deal": {"name": "Forgotten"}}))["data"]["amendConversion"]
    assert nothing["userErrors"][0]["code"] == "NOTHING_TO_ATTACH"
    assert (done["userErrors"], done["deal"], done["lead"]["state"]) == ([], {"name": "Forgotten"}, "CONVERTED")
    assert done["lead"]["conversion"]["deal"] == {"name": "Forgotten"}
    ((line,),) = [one["manifest"] for one in done["lead"]["conversion"]["amendments"]["nodes"]]
    assert (line["noun"], line["action"]) == ("Deal", "CREATED")


async def test_junk_lead_is_recycled_as_a_new_one(app: Starlette, db: Database, actor: Actor) -> None:
    lead = await db.run(actor, owned_lead)
    await db.run(actor, lambda tx: leads.junk(tx, lead, "TIMING"))
    async with asking(app, await key_for(db, actor.workspace)) as client:
        done = (await ask(client, RECYCLE, id=of(Lead, lead)))["data"]["recycleLead"]
    assert (done["lead"]["state"], done["lead"]["repeatOf"]) == ("OPEN", {"id": of(Lead, lead)})


async def test_mapping_of_custom_fields_is_a_setting_that_is_checked(app: Starlette, db: Database, actor: Actor) -> None:
    async def given(tx: Tx) -> None:
        await custom.define(tx, custom.NewField("Lead", "Size", "INT"))
        await custom.define(tx, custom.NewField("Deal", "Size", "FLOAT"))

    await db.run(actor, given)
    good, bad = {"leadKey": "size", "noun": "Deal", "key": "size"}, {"leadKey": "size", "noun": "Person", "key": "size"}
    async with asking(app, await key_for(db, actor.workspace)) as client:
        refused = (await ask(client, MAPPING, fields=[good, bad]))["data"]["updateWorkspaceSettings"]
        kept = (await ask(client, MAPPING, fields=[good]))["data"]["updateWorkspaceSettings"]
    assert refused["userErrors"] == [{"code": "BAD_MAPPING", "field": ["convertFields", "1"]}]
    assert kept["workspace"]["settings"]["convertFields"] == [good]


async def test_people_are_merged_on_the_way_only_by_who_may_merge(app: Starlette, db: Database, actor: Actor) -> None:
    lead, _, _ = await twins(db, actor)
    async with asking(app, await key_for(db, actor.workspace, "leads:*", "contacts:read")) as client:
        done = (await ask(client, CONVERT.replace("company { id name website }\n  deal { id name amount { amount currency } }", ""),
                          input={"id": of(Lead, lead), "onDuplicate": "LINK"}))["data"]["convertLead"]  # fmt: skip
    assert [e["code"] for e in done["userErrors"]] == ["FORBIDDEN"]
