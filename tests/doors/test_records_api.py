"""Records over GraphQL: custom values and tags on inputs, archiving, lists of the workspace, purchases, what the workspace is."""

from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.tx import Database
from tests.doors.serving import ask, asking, key_for, session_for

ERRORS = "userErrors { code field }"  # stands for itself in the documents below


async def asked(app: Starlette, token: str, text: str, **variables: Any) -> Any:
    async with asking(app, token) as client:
        body = await ask(client, text.replace("ERRORS", ERRORS), **variables)
    assert "errors" not in body, body
    return body["data"]


async def test_custom_values_come_with_the_record_and_filter_it(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    define = 'mutation { defineCustomField(input: {noun: COMPANY, label: "Tier", type: CHOICE, options: ["Gold", "Silver"]}) { customField { key } ERRORS } }'
    assert (await asked(app, token, define))["defineCustomField"] == {"customField": {"key": "tier"}, "userErrors": []}
    create = 'mutation { createCompany(input: {name: "Acme", custom: [{key: "tier", value: "Gold"}]}) { company { id custom version } ERRORS } }'
    made = (await asked(app, token, create))["createCompany"]["company"]
    assert made["custom"] == {"tier": "Gold"}
    update = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { custom version } ERRORS } }"
    bad = await asked(app, token, update, input={"id": made["id"], "custom": [{"key": "tier", "value": "Bronze"}]})
    assert bad["updateCompany"]["userErrors"] == [{"code": "BAD_CUSTOM_VALUE", "field": ["custom", "0", "value"]}]
    stale = await asked(app, token, update, input={"id": made["id"], "expectedVersion": 9, "custom": [{"key": "tier", "value": None}]})
    assert stale["updateCompany"]["userErrors"] == [{"code": "STALE_VERSION", "field": None}]
    found = await asked(app, token, '{ companies(where: {custom: [{key: "tier", text: {eq: "Gold"}}]}) { nodes { id } } }')
    assert [n["id"] for n in found["companies"]["nodes"]] == [made["id"]]
    done = await asked(app, token, update, input={"id": made["id"], "custom": [{"key": "tier", "value": None}]})
    assert done["updateCompany"]["company"] == {"custom": {}, "version": 2}


DEFINE = "mutation($input: DefineCustomFieldInput!) { defineCustomField(input: $input) { customField { key isRequired isUnique } ERRORS } }"
LEAD = "mutation($input: CreateLeadInput!) { createLead(input: $input) { outcome lead { id custom missing } ERRORS } }"


async def test_lead_is_made_with_its_own_values_and_an_open_one_takes_those_it_lacks(app: Starlette, db: Database, workspace: UUID) -> None:
    token = await key_for(db, workspace)
    for name, type, unique in (("Tier", "TEXT", False), ("Seats", "INT", False), ("Number", "TEXT", True)):
        await asked(app, token, DEFINE, input={"noun": "LEAD", "label": name, "type": type, "isUnique": unique})
    given = {"email": "ana@acme.example", "custom": [{"key": "tier", "value": "gold"}, {"key": "number", "value": "A-1"}]}
    made = (await asked(app, token, LEAD, input=given))["createLead"]
    assert (made["outcome"], made["lead"]["custom"], made["userErrors"]) == ("CREATED", {"tier": "gold", "number": "A-1"}, [])
    more = given | {"custom": [{"key": "tier", "value": "silver"}, {"key": "seats", "value": 7}]}
    again = (await asked(app, token, LEAD, input=more))["createLead"]
    assert (again["outcome"], again["lead"]["custom"]) == ("ATTACHED", {"tier": "gold", "number": "A-1", "seats": 7})
    for custom, error in (
        ([{"key": "seats", "value": "many"}], {"code": "BAD_CUSTOM_VALUE", "field": ["custom", "0", "value"]}),
        ([{"key": "tier", "value": "gold"}, {"key": "colour", "value": 1}], {"code": "UNKNOWN_CUSTOM_FIELD", "field": ["custom", "1", "key"]}),
        ([{"key": "number", "value": "a-1"}], {"code": "CUSTOM_VALUE_TAKEN", "field": ["custom", "number"]}),
    ):  # fmt: skip
        refused = (await asked(app, token, LEAD, input={"email": "bo@acme.example", "custom": custom}))["createLead"]
        assert (refused["lead"], refused["userErrors"]) == (None, [error])
    parked = await asked(app, token, '{ submissions(where: {state: {eq: PARKED}}) { nodes { reason } } people { totalCount } }')
    assert (len(parked["submissions"]["nodes"]), parked["people"]["totalCount"]) == (1, 1)   # what was refused while it was done is kept


async def test_required_field_is_asked_of_people_and_told_of_what_programs_make(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    key = await key_for(db, workspace)
    for noun in ("LEAD", "CONTACT", "COMPANY", "DEAL"):
        done = await asked(app, token, DEFINE, input={"noun": noun, "label": "Region code", "type": "TEXT", "key": "code", "isRequired": True})
        assert done["defineCustomField"]["customField"] == {"key": "code", "isRequired": True, "isUnique": False}
    own, error = [{"key": "code", "value": "N"}], [{"code": "CUSTOM_VALUE_REQUIRED", "field": ["custom"]}]
    assert (await asked(app, token, LEAD, input={"email": "ana@acme.example"}))["createLead"]["userErrors"] == error
    made = (await asked(app, token, LEAD, input={"email": "ana@acme.example", "custom": own}))["createLead"]["lead"]
    assert (made["custom"], made["missing"]) == ({"code": "N"}, [])
    flagged = (await asked(app, key, LEAD, input={"email": "bo@acme.example"}))["createLead"]["lead"]
    assert flagged["missing"] == ["code"]
    company = "mutation($input: CreateCompanyInput!) { createCompany(input: $input) { company { id missing } ERRORS } }"
    assert (await asked(app, token, company, input={"name": "Acme"}))["createCompany"] == {"company": None, "userErrors": error}
    acme = (await asked(app, key, company, input={"name": "Acme"}))["createCompany"]["company"]
    assert acme["missing"] == ["code"]
    contact = "mutation($input: CreateContactInput!) { createContact(input: $input) { contact { missing } ERRORS } }"
    who = {"person": {"name": "Cy"}, "companyId": acme["id"]}
    assert (await asked(app, token, contact, input=who))["createContact"]["userErrors"] == error
    assert (await asked(app, token, contact, input=who | {"custom": own}))["createContact"] == {"contact": {"missing": []}, "userErrors": []}
    deal = "mutation($input: CreateDealInput!) { createDeal(input: $input) { deal { missing } ERRORS } }"
    assert (await asked(app, token, deal, input={"name": "Big"}))["createDeal"]["userErrors"] == error
    assert (await asked(app, token, deal, input={"name": "Big", "custom": own}))["createDeal"]["deal"] == {"missing": []}


async def test_person_is_changed_with_own_values_whatever_they_are(app: Starlette, db: Database, workspace: UUID) -> None:
    token = await key_for(db, workspace)
    await asked(app, token, DEFINE, input={"noun": "PERSON", "label": "Shoe size", "type": "INT"})
    made = await asked(app, token, "mutation($input: CreateLeadInput!) { createLead(input: $input) { person { id version } } }", input={"name": "Ana Silva"})
    person = made["createLead"]["person"]
    update = "mutation($input: UpdatePersonInput!) { updatePerson(input: $input) { person { name country custom version } ERRORS } }"
    given = {"id": person["id"], "expectedVersion": person["version"], "country": "Portugal", "custom": [{"key": "shoe_size", "value": 38}]}
    done = (await asked(app, token, update, input=given))["updatePerson"]
    assert done == {"person": {"name": "Ana Silva", "country": "PT", "custom": {"shoe_size": 38}, "version": person["version"] + 1}, "userErrors": []}
    own = (await asked(app, token, update, input={"id": person["id"], "custom": [{"key": "shoe_size", "value": 39}]}))["updatePerson"]["person"]
    assert (own["custom"], own["version"]) == ({"shoe_size": 39}, person["version"] + 2)
    stale = (await asked(app, token, update, input=given))["updatePerson"]["userErrors"]
    assert stale == [{"code": "STALE_VERSION", "field": None}]


async def test_records_are_tagged_by_who_may_change_them(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    made = (await asked(app, token, 'mutation { createCompany(input: {name: "Acme"}) { company { id } } }'))["createCompany"]["company"]["id"]
    tag = "mutation($input: TagRecordsInput!) { tagRecords(input: $input) { changed replayed ERRORS } }"
    narrow = await key_for(db, workspace, "*:read", "companies:update")
    given = {"ids": [made], "tags": ["vip"], "create": True}
    assert (await asked(app, narrow, tag, input=given))["tagRecords"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]
    assert (await asked(app, token, tag, input=given))["tagRecords"] == {"changed": 1, "replayed": False, "userErrors": []}
    assert (await asked(app, narrow, tag, input={"ids": [made], "tags": ["VIP"]}))["tagRecords"]["changed"] == 0
    seen = await asked(app, token, '{ companies(where: {tags: {hasAny: ["vip"]}}) { nodes { tags { nodes { name } } } } }')
    assert seen["companies"]["nodes"] == [{"tags": {"nodes": [{"name": "vip"}]}}]


async def test_list_is_edited_by_administrators_alone(app: Starlette, db: Database, workspace: UUID) -> None:
    create = 'mutation { createCloseReason(input: {state: LOST, name: "No champion"}) { closeReason { code name state version } ERRORS } }'
    for role, allowed in (("OWNER", True), ("MANAGER", False), ("MARKETER", False), ("SALES", False)):
        _, token = await session_for(db, workspace, role)
        answer = (await asked(app, token, create))["createCloseReason"]
        expected = {"code": "NO_CHAMPION", "name": "No champion", "state": "LOST", "version": 1}
        refused = {"closeReason": None, "userErrors": [{"code": "FORBIDDEN", "field": None}]}
        assert answer == ({"closeReason": expected, "userErrors": []} if allowed else refused)


async def test_what_may_follow_a_stage_can_be_read(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    text = "{ dealStages(orderBy: [{position: ASC}]) { nodes { id name restricted nexts { nodes { name } } } } }"
    first, second = (await asked(app, token, text))["dealStages"]["nodes"][:2]
    assert (first["restricted"], first["nexts"]["nodes"]) == (False, [])
    update = "mutation($input: UpdateDealStageInput!) { updateDealStage(input: $input) { dealStage { restricted nexts { nodes { name } } } ERRORS } }"
    done = await asked(app, token, update, input={"id": first["id"], "nextIds": [second["id"]]})
    assert done["updateDealStage"] == {"dealStage": {"restricted": True, "nexts": {"nodes": [{"name": "Evaluation"}]}}, "userErrors": []}
    free = await asked(app, token, update, input={"id": first["id"], "nextIds": None})
    assert free["updateDealStage"]["dealStage"] == {"restricted": False, "nexts": {"nodes": []}}


async def test_shop_tells_of_a_purchase_and_the_contact_shows_what_they_spent(app: Starlette, db: Database, workspace: UUID) -> None:
    shop = await key_for(db, workspace, "*:read", "purchases:create", "exchangeRates:update")
    record = "mutation($input: RecordPurchaseInput!) { recordPurchase(input: $input) { known purchase { state amount { amount currency } } ERRORS } }"
    person = {"person": {"name": "Grace Hopper", "email": "grace@navy.example"}, "company": {"name": "Navy", "domain": "navy.example"}}
    euros = {"source": "shop", "externalId": "1", "amount": {"amount": "49.90", "currency": "EUR"}, **person}
    done = (await asked(app, shop, record, input=euros))["recordPurchase"]
    assert (done["known"], done["purchase"], done["userErrors"]) == (False, {"state": "RECORDED", "amount": {"amount": "49.90", "currency": "EUR"}}, [])
    assert (await asked(app, shop, record, input=euros))["recordPurchase"]["known"] is True
    rate = 'mutation { setExchangeRate(input: {currency: "USD", rate: 0.5, fromOn: "2020-01-01"}) { exchangeRate { currency base rate } ERRORS } }'
    assert (await asked(app, shop, rate))["setExchangeRate"]["exchangeRate"] == {"currency": "USD", "base": "EUR", "rate": 0.5}
    await asked(app, shop, record, input={**euros, "externalId": "2", "amount": {"amount": "10", "currency": "USD"}})
    await asked(app, shop, record, input={"source": "shop", "externalId": "3", "refundOf": "1", "amount": {"amount": "-9.90", "currency": "EUR"}})
    seen = await asked(app, shop, "{ contacts { nodes { type spent { amount currency } company { spent { amount } } } } }")
    assert seen["contacts"]["nodes"] == [{"type": "CUSTOMER", "spent": {"amount": "45.00", "currency": "EUR"}, "company": {"spent": {"amount": "45.00"}}}]


async def test_workspace_says_what_it_is(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    update = "mutation($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { workspace { name timeZone currency country locale version } ERRORS } }"
    given = {"name": "Leadwell GmbH", "timeZone": "Europe/Berlin", "currency": "chf", "country": "Germany", "locale": "de-DE"}
    done = (await asked(app, token, update, input={**given, "expectedVersion": 1}))["updateWorkspace"]
    assert done == {"workspace": {**given, "currency": "CHF", "country": "DE", "version": 2}, "userErrors": []}
    for field, value in (("name", " "), ("timeZone", "Mars/Base"), ("currency", "XXX"), ("country", "Atlantis"), ("locale", "german")):
        refused = (await asked(app, token, update, input={"locale": "fr", field: value}))["updateWorkspace"]
        assert refused == {"workspace": None, "userErrors": [{"code": "BAD_SETTING", "field": [field]}]}
    _, manager = await session_for(db, workspace, "MANAGER")
    assert (await asked(app, manager, update, input={"name": "X"}))["updateWorkspace"]["userErrors"] == [{"code": "FORBIDDEN", "field": None}]


async def test_role_gives_no_more_than_its_giver_has_and_an_owner_stays(app: Starlette, db: Database, workspace: UUID) -> None:
    _, token = await session_for(db, workspace)
    create = "mutation($input: CreateRoleInput!) { createRole(input: $input) { role { id code } ERRORS } }"
    good = {"code": "CALLER", "name": "Caller", "grants": {"leads": {"verbs": ["read", "update"], "rows": "own", "hide": ["contact_data"]}}}
    narrow = await key_for(db, workspace, "*:read", "roles:create")
    assert (await asked(app, narrow, create, input=good))["createRole"]["userErrors"] == [{"code": "ROLE_EXCEEDS_YOURS", "field": ["grants"]}]
    assert (await asked(app, token, create, input=good))["createRole"]["userErrors"] == []
    assert (await asked(app, token, create, input=good))["createRole"]["userErrors"] == [{"code": "ROLE_EXISTS", "field": ["code"]}]
    for grants in ({}, [], {"cats": {"verbs": ["read"]}}, {"leads": {"verbs": ["fly"]}}, {"leads": {"verbs": ["read"], "rows": "some"}}, {"leads": "read"},
                   {"leads": {"verbs": ["read"], "hide": ["nothing"]}}):  # fmt: skip
        refused = (await asked(app, token, create, input={**good, "code": "B", "grants": grants}))["createRole"]["userErrors"]
        assert [error["code"] for error in refused] == ["BAD_GRANT"], grants
    users = (await asked(app, token, "{ users { nodes { id role { code } } } }"))["users"]["nodes"]
    update = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { role { code } } ERRORS } }"
    last = await asked(app, token, update, input={"id": users[0]["id"], "role": "CALLER"})
    assert last["updateUser"]["userErrors"] == [{"code": "LAST_OWNER", "field": ["role"]}]
