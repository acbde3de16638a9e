"""Who is meant: external id, then address, unless the name speaks against it; never a number, never a blank."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from leadwell import people
from leadwell.base.actor import Actor
from leadwell.base.identity import Email, parse_email
from leadwell.base.tx import Database, Tx
from leadwell.people import Identified, PersonGiven, PhoneGiven


def given(email: str | None = None, *, phone: str | None = None, ids: tuple[tuple[str, str], ...] = (), **fields: str) -> PersonGiven:
    read = parse_email(email)
    phones = (PhoneGiven(phone, e164=phone),) if phone else ()
    return PersonGiven(fields, read if isinstance(read, Email) else None, phones, ids)


async def identify(db: Database, actor: Actor, *batch: PersonGiven) -> list[Identified]:
    return await db.run(actor, lambda tx: people.identify_many(tx, batch))


async def rows(db: Database, actor: Actor, table: str, columns: str = "*", order: str = "1") -> list[dict[str, Any]]:
    async with db.read(actor) as tx:
        return [dict(r) for r in await tx.fetch(f"SELECT {columns} FROM {table} t WHERE t.workspace_id = $1 ORDER BY {order}", tx.workspace)]


async def test_new_person_has_address_number_and_keys(db: Database, actor: Actor) -> None:
    (found,) = await identify(db, actor, given("Ana.Silva@Acme.com", phone="+4930123456", ids=(("zoho", "7"),), first_name="Ana", last_name="Silva"))
    assert found.created
    assert found.by is None
    assert await rows(db, actor, "people", "email, phone, first_name, kind, version") == [
        {"email": "Ana.Silva@Acme.com", "phone": "+4930123456", "first_name": "Ana", "kind": "INDIVIDUAL", "version": 1}
    ]
    assert await rows(db, actor, "person_keys", "kind, key, person_id") == [
        {"kind": "EMAIL", "key": "ana.silva@acme.com", "person_id": found.person_id},
        {"kind": "EXTERNAL", "key": "zoho\x1f7", "person_id": found.person_id},
    ]
    assert [r["is_primary"] for r in await rows(db, actor, "person_phones")] == [True]
    assert await rows(db, actor, "external_ids", "noun, source, external_id") == [{"noun": "Person", "source": "zoho", "external_id": "7"}]
    assert [r["kind"] for r in await rows(db, actor, "events", "kind")] == ["person.created"]


async def test_same_address_links_and_fills_only_what_is_empty(db: Database, actor: Actor) -> None:
    (first,) = await identify(db, actor, given("ana@acme.com", first_name="Ana", city="Porto"))
    (second,) = await identify(db, actor, given("ANA@acme.com", first_name="Ana", last_name="Silva", city="Lisbon", title="CTO"))
    assert (second.person_id, second.created, second.by) == (first.person_id, False, "EMAIL")
    assert dict(second.filled) == {"last_name": "Silva", "title": "CTO"}
    assert dict(second.conflicts) == {"city": "Lisbon"}
    assert await rows(db, actor, "people", "last_name, city, version") == [{"last_name": "Silva", "city": "Porto", "version": 2}]
    assert await rows(db, actor, "field_suggestions", "field, value, current_value, state") == [
        {"field": "city", "value": "Lisbon", "current_value": "Porto", "state": "OPEN"}
    ]


async def test_provider_spelling_of_an_address_links(db: Database, actor: Actor) -> None:
    one, two = await identify(db, actor, given("ana.silva@gmail.com", first_name="Ana"), given("anasilva+news@googlemail.com", first_name="Ana"))
    assert one.person_id == two.person_id
    assert [r["address"] for r in await rows(db, actor, "person_emails", "address", "is_primary DESC")] == [
        "ana.silva@gmail.com", "anasilva+news@googlemail.com"]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"first_name": "Ana", "last_name": "Silva"}, {"first_name": "Bruno", "last_name": "Silva"}, False),
        ({"name": "Ana Silva"}, {"name": "Bruno Silva"}, False),
        ({"last_name": "Silva"}, {"last_name": "Souza"}, False),
        ({"first_name": "Robert", "last_name": "Ray"}, {"first_name": "Bob", "last_name": "Ray"}, True),
        ({"first_name": "A.", "last_name": "Silva"}, {"first_name": "Ana", "last_name": "Silva"}, True),
        ({"first_name": "Ana", "last_name": "Silva"}, {"first_name": "Ana", "last_name": "Souza"}, True),
        ({"first_name": "Silva", "last_name": "Ana"}, {"first_name": "Ana", "last_name": "Silva"}, True),
        ({}, {"first_name": "Ana"}, True),
        ({"last_name": "Silva"}, {"name": "Ana Silva"}, True),
    ],
)
async def test_another_first_name_is_another_person(db: Database, actor: Actor, one: dict[str, str], other: dict[str, str], same: bool) -> None:
    (first,) = await identify(db, actor, given("x@acme.com", **one))
    (second,) = await identify(db, actor, given("x@acme.com", **other))
    assert (first.person_id == second.person_id) is same
    assert {r["is_shared"] for r in await rows(db, actor, "person_emails", "is_shared")} == {not same}


async def test_shared_address_finds_each_of_its_people_again(db: Database, actor: Actor) -> None:
    ana, bruno = await identify(db, actor, given("x@acme.com", first_name="Ana"), given("x@acme.com", first_name="Bruno"))
    again_bruno, again_ana = await identify(db, actor, given("x@acme.com", first_name="Bruno"), given("x@acme.com", first_name="Ana"))
    assert (again_ana.person_id, again_bruno.person_id) == (ana.person_id, bruno.person_id)
    nameless, once_more = await identify(db, actor, given("x@acme.com"), given("x@acme.com"))
    assert nameless.created
    assert once_more.person_id == nameless.person_id
    assert [r["kind"] for r in await rows(db, actor, "people", "kind", "kind")] == ["FUNCTION", "INDIVIDUAL", "INDIVIDUAL"]


async def test_role_address_is_a_function_and_never_becomes_a_human(db: Database, actor: Actor) -> None:
    (desk,) = await identify(db, actor, given("info@acme.com"))
    (ana,) = await identify(db, actor, given("info@acme.com", first_name="Ana"))
    assert desk.person_id != ana.person_id
    assert {r["id"]: r["kind"] for r in await rows(db, actor, "people", "id, kind")} == {desk.person_id: "FUNCTION", ana.person_id: "INDIVIDUAL"}


async def test_number_alone_never_links_but_is_told(db: Database, actor: Actor) -> None:
    (one,) = await identify(db, actor, given(phone="+4930123456"))
    (two,) = await identify(db, actor, given(phone="+4930123456"))
    assert two.created
    told = [r["data"] for r in await rows(db, actor, "events", "data", "id")]
    assert told == [{}, {"same_phone": [str(one.person_id)]}]


async def test_blank_never_equals_blank(db: Database, actor: Actor) -> None:
    found = await identify(db, actor, given(), given(), given(name="Ana Silva"), given(name="Ana Silva"))
    assert len({f.person_id for f in found}) == 4


async def test_external_id_links_over_a_changed_address(db: Database, actor: Actor) -> None:
    (one,) = await identify(db, actor, given("old@acme.com", ids=(("zoho", "7"),), first_name="Ana"))
    (two,) = await identify(db, actor, given("new@acme.com", ids=(("zoho", "7"),), first_name="Ana"))
    assert (two.person_id, two.by) == (one.person_id, "EXTERNAL")
    (three,) = await identify(db, actor, given("new@acme.com", first_name="Ana"))
    assert (three.person_id, three.by) == (one.person_id, "EMAIL")
    assert await rows(db, actor, "people", "email") == [{"email": "old@acme.com"}]


async def test_twenty_at_once_make_one_person(db: Database, actor: Actor) -> None:
    found = await asyncio.gather(*(identify(db, actor, given("ana@acme.com", first_name="Ana")) for _ in range(20)))
    assert len({f[0].person_id for f in found}) == 1
    assert sum(f[0].created for f in found) == 1
    assert len(await rows(db, actor, "people")) == 1


async def test_batches_in_opposite_order_make_each_person_once(db: Database, actor: Actor) -> None:
    batch = [given(f"p{i}@acme.com", first_name="P") for i in range(50)]
    await asyncio.gather(*(identify(db, actor, *(batch if i % 2 else batch[::-1])) for i in range(6)))
    assert len(await rows(db, actor, "people")) == 50


async def test_merged_person_answers_by_the_survivor(db: Database, actor: Actor) -> None:
    old, new = await identify(db, actor, given("old@acme.com", first_name="Ana"), given("new@acme.com", first_name="Ana"))

    async def merge(tx: Tx) -> None:
        await tx.execute("UPDATE people SET merged_into = $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, old.person_id, new.person_id)

    await db.run(actor, merge)
    (found,) = await identify(db, actor, given("old@acme.com", first_name="Ana"))
    assert found.person_id == new.person_id
    async with db.read(actor) as tx:
        assert await people.resolve(tx, [old.person_id, new.person_id]) == {old.person_id: new.person_id, new.person_id: new.person_id}


async def test_workspaces_do_not_see_each_other(db: Database, actor: Actor, other_workspace: UUID) -> None:
    (here,) = await identify(db, actor, given("ana@acme.com", ids=(("zoho", "7"),)))
    there = Actor.system(other_workspace)
    (over,) = await identify(db, there, given("ana@acme.com", ids=(("zoho", "7"),)))
    assert over.created
    assert over.person_id != here.person_id
    assert len(await rows(db, actor, "people")) == len(await rows(db, there, "people")) == 1


async def test_edit_keeps_name_address_and_keys_in_step(db: Database, actor: Actor) -> None:
    (ana,) = await identify(db, actor, given("ana@acme.com", name="Ana Silva", first_name="Ana", last_name="Silva"))

    async def change(tx: Tx) -> dict[str, list[Any]]:
        await people.lock(tx, [ana.person_id])
        return await people.edit(tx, ana.person_id, {"last_name": "Souza", "email": "ana@souza.pt", "country": "Portugal"})

    changed = await db.run(actor, change)
    assert changed == {
        "last_name": ["Silva", "Souza"], "name": ["Ana Silva", "Ana Souza"], "email": ["ana@acme.com", "ana@souza.pt"], "country": [None, "PT"]
    }  # fmt: skip
    assert await rows(db, actor, "person_emails", "normalized, is_primary", "is_primary") == [
        {"normalized": "ana@acme.com", "is_primary": False}, {"normalized": "ana@souza.pt", "is_primary": True}]  # fmt: skip
    (again,) = await identify(db, actor, given("ana@souza.pt", first_name="Ana"))
    assert again.person_id == ana.person_id
    assert await rows(db, actor, "field_provenance", "field, source") == [
        {"field": f, "source": "HUMAN"} for f in ("country", "email", "last_name", "name")]  # fmt: skip


async def test_bad_edit_is_refused_and_changes_nothing(db: Database, actor: Actor) -> None:
    (ana,) = await identify(db, actor, given("ana@acme.com", first_name="Ana"))
    before = await rows(db, actor, "people")
    with pytest.raises(people.BadEmail) as refused:
        await db.run(actor, lambda tx: people.edit(tx, ana.person_id, {"email": "not an address", "city": "Porto"}))
    assert refused.value.field == "email"
    assert await rows(db, actor, "people") == before
