"""Records by what other systems call them: the survivor of a merged one, and nobody else's."""

from uuid import UUID

from starlette.applications import Starlette

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG
from tests import builders as make
from tests.doors.serving import ask, asking, key_for
from tests.verbs.merges import merge

FIELDS = ("personByExternalId", "leadByExternalId", "contactByExternalId", "companyByExternalId", "dealByExternalId")
ALL = "query($source: String!, $id: String!) { " + " ".join(f"{field}(source: $source, id: $id) {{ id }}" for field in FIELDS) + " }"


async def named(tx: Tx, noun: str, record: UUID, id: str) -> None:
    await make.insert(tx, "external_ids", noun=noun, source="zoho", external_id=id, record_id=record, created_at=await tx.now())


async def one_of_each(tx: Tx, id: str) -> dict[str, UUID]:
    person, company = await make.make_person(tx), await make.make_company(tx, f"Acme {id}")
    found = {"Person": person, "Lead": await make.make_lead(tx, person), "Contact": await make.make_contact(tx, person, company), "Company": company,
             "Deal": await make.make_deal(tx, company)}  # fmt: skip
    for noun, record in found.items():
        await named(tx, noun, record, id)
    return found


async def test_each_noun_is_found_by_its_source_and_id_in_its_own_workspace(app: Starlette, db: Database, actor: Actor, other_workspace: UUID) -> None:
    mine = await db.run(actor, lambda tx: one_of_each(tx, "7"))
    await db.run(Actor.system(other_workspace), lambda tx: one_of_each(tx, "8"))
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, ALL, source="zoho", id="7"))["data"]
        assert found == {field: {"id": encode_id(CATALOG[noun].tag, id)} for field, (noun, id) in zip(FIELDS, mine.items(), strict=True)}
        for source, id in (("zoho", "8"), ("hubspot", "7"), ("zoho", ""), ("zoho", "7 "), ("", "7")):
            assert (await ask(client, ALL, source=source, id=id))["data"] == dict.fromkeys(FIELDS)
    async with asking(app, await key_for(db, actor.workspace, "leads:read")) as client:
        told = await ask(client, "{ leadByExternalId(source: \"zoho\", id: \"7\") { id } personByExternalId(source: \"zoho\", id: \"9\") { id } }")
    assert told["data"] == {"leadByExternalId": {"id": encode_id(CATALOG["Lead"].tag, mine["Lead"])}, "personByExternalId": None}
    assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]


async def test_what_was_merged_is_answered_by_its_survivor(app: Starlette, db: Database, actor: Actor) -> None:
    first, other = await db.run(actor, lambda tx: one_of_each(tx, "1")), await db.run(actor, lambda tx: one_of_each(tx, "2"))
    await merge(db, actor, first["Person"], other["Person"])
    await merge(db, actor, first["Company"], other["Company"], noun="Company")
    await db.run(actor, lambda tx: named(tx, "Person", other["Person"], "late"))      # on its way while they became one
    async with asking(app, await key_for(db, actor.workspace)) as client:
        found = (await ask(client, ALL, source="zoho", id="2"))["data"]
        late = (await ask(client, ALL, source="zoho", id="late"))["data"]
    survivors = {**first, "Deal": other["Deal"]}
    assert found == {field: {"id": encode_id(CATALOG[noun].tag, id)} for field, (noun, id) in zip(FIELDS, survivors.items(), strict=True)}
    assert late["personByExternalId"] == found["personByExternalId"]
