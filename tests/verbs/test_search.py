"""What a search finds, in which order, for whom; and texts that are no words."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, BadCursor, Everything, FieldForbidden, Listing, Page, Sees, pages, totals
from leadwell.catalog.refusals import BadSearch
from tests import builders as make
from tests.reading import Both

WHO = {
    "anna": ("Anna Anderson", "anna@acme.example", "+4930123456"),
    "hanna": ("Hanna Sanders", "hs@globex.example", "+4989777888"),
    "annabel": ("Annabel Lee", "bel.lee@globex.example", None),
    "zoe": ("Zoë Müller", "z@straße.example", None),
    "soren": ("Søren Ångström", "sa@initech.example", "+46700112233"),
    "wang": ("王小明", "wang@initech.example", None),
    "layla": ("ليلى حداد", "layla@initech.example", None),
}
FIRMS = {"anna": "Acme GmbH", "hanna": "Globex", "zoe": "Acme Ltd"}


@pytest.fixture
async def leads(db: Database, actor: Actor) -> dict[UUID, str]:
    return await db.run(actor, seed)


async def seed(tx: Tx) -> dict[UUID, str]:
    """A lead of each, by id."""
    found: dict[UUID, str] = {}
    for key, (name, email, phone) in WHO.items():
        person = await make.make_person(tx, name, phone=phone)
        await tx.execute("UPDATE people p SET email = $3 WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person, email)
        found[await make.make_lead(tx, person, company_name=FIRMS.get(key), title="Head of Sales" if key == "soren" else None)] = key
    return found


async def page(tx: Tx, viewer: Sees, ask: Listing) -> Page:
    return (await pages(tx, viewer, ask))[None]


async def ids(db: Database, actor: Actor, text: str, noun: str = "Lead", viewer: Sees | None = None, **more: Any) -> list[UUID]:
    async with db.read(actor) as tx:
        got = await page(tx, viewer or Everything(actor.workspace), Listing(CATALOG[noun], search=text, **more))
        return [r["id"] for r in got.rows]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("anna", {"anna", "annabel", "hanna"}),
        ("ander", {"anna", "hanna"}),
        ("ANNA and", {"anna", "hanna"}),
        ("annab lee", {"annabel"}),
        ("acme gm", {"anna"}),
        ("anna acme", {"anna"}),
        ("acme", {"anna", "zoe"}),
        ("bel.lee@glob", {"annabel"}),
        ("globex.example", {"hanna", "annabel"}),
        ("030 12345", {"anna"}),
        ("(0)30-123456", {"anna"}),
        ("+49 89 777", {"hanna"}),
        ("zoe muller", {"zoe"}),
        ("ZOË MÜLLER", {"zoe"}),
        ("strasse", {"zoe"}),
        ("soren angstrom", {"soren"}),
        ("head sales", {"soren"}),
        ("soren sales", {"soren"}),
        ("王小明", {"wang"}),
        ("王小", {"wang"}),
        ("ليلى", {"layla"}),
        ("an", {"anna", "annabel", "soren"}),
        ("andreson", {"anna"}),
        ("anedrson", {"anna"}),
        ("sandrs", {"hanna"}),
        ("anna nobody", set()),
        ("nobody@", set()),
        ("राम", set()),
    ],
)
async def test_a_text_finds_the_leads_that_hold_all_its_words(db: Database, actor: Actor, leads: dict[UUID, str], text: str, want: set[str]) -> None:
    assert {leads[id] for id in await ids(db, actor, text)} == want


async def test_whole_words_come_first_then_beginnings_then_insides(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    assert [leads[id] for id in await ids(db, actor, "anna")] == ["anna", "annabel", "hanna"]


async def test_an_order_sorts_what_is_found_and_a_filter_narrows_it(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    assert [leads[id] for id in await ids(db, actor, "anna", order=[{"name": "DESC"}])] == ["hanna", "annabel", "anna"]
    assert [leads[id] for id in await ids(db, actor, "anna", where={"companyName": {"isNull": False}})] == ["anna", "hanna"]


async def test_both_ways_of_reading_search(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    both = Both(db, actor)
    ask = """query Find($q: String, $w: LeadWhere, $o: [LeadOrder!], $n: Int, $a: String) {
      leads(search: $q, where: $w, orderBy: $o, first: $n, after: $a) {
        totalCount totalCountExact pageInfo { hasNextPage endCursor } edges { cursor node { id name companyName } } }
      leadsAggregate(search: $q, where: $w) { total { count } } people(search: $q, first: 2) { nodes { name } } }"""
    for order in (None, [{"name": "ASC"}]):
        for where in (None, {"companyName": {"isNull": False}}):
            found = await both(ask, q="anna", w=where, o=order, n=1)
            assert both.left == {}
            assert both.errors == []
            names = [found["leads"]["edges"][0]["node"]["name"]]
            while found["leads"]["pageInfo"]["hasNextPage"]:
                found = await both(ask, q="anna", w=where, o=order, n=1, a=found["leads"]["pageInfo"]["endCursor"])
                names += [edge["node"]["name"] for edge in found["leads"]["edges"]]
            assert len(names) == found["leads"]["totalCount"] == found["leadsAggregate"]["total"]["count"] == (3 if where is None else 2)
    assert [p["name"] for p in found["people"]["nodes"]] == ["Anna Anderson", "Annabel Lee"]
    for text in ("a", "%%%", "x" * 10_000):
        await both(ask, q=text)
        assert {error[1] for error in both.errors} == {"BAD_SEARCH"}


async def test_other_nouns_are_found_by_their_own_words(db: Database, actor: Actor) -> None:
    async def more(tx: Tx) -> dict[str, UUID]:
        person = await make.make_person(tx, "Grace Hopper")
        return {
            "Person": person,
            "Contact": await make.make_contact(tx, person, title="Rear Admiral"),
            "Company": await make.make_company(tx, "Hopper & Söhne", "hopper.example"),
            "Deal": await make.make_deal(tx, name="Hopper 2027"),
        }

    made = await db.run(actor, more)
    for noun, id in made.items():
        assert await ids(db, actor, "hopp", noun) == [id]
    assert await ids(db, actor, "grace admiral", "Contact") == [made["Contact"]]
    assert await ids(db, actor, "hopper.example sohne", "Company") == [made["Company"]]


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("order", [None, [{"createdAt": "ASC"}]])
async def test_pages_lead_through_all_hits_both_ways(db: Database, actor: Actor, size: int, order: Any) -> None:
    async def many(tx: Tx) -> None:
        for i in range(7):
            await make.make_lead(tx, await make.make_person(tx, f"Walter{'x' * (i % 3)} White"))

    await db.run(actor, many)
    whole, noun = await ids(db, actor, "walter", order=order), CATALOG["Lead"]
    async with db.read(actor) as tx:
        there: list[UUID] = []
        got = await page(tx, Everything(tx.workspace), Listing(noun, search="walter", order=order, first=size))
        while True:
            there += [r["id"] for r in got.rows]
            if not got.has_next:
                break
            got = await page(tx, Everything(tx.workspace), Listing(noun, search="walter", order=order, first=size, after=got.rows[-1]["cursor_"]))
        back: list[UUID] = []
        got = await page(tx, Everything(tx.workspace), Listing(noun, search="walter", order=order, last=size))
        while True:
            back = [r["id"] for r in got.rows] + back
            if not got.has_previous:
                break
            got = await page(tx, Everything(tx.workspace), Listing(noun, search="walter", order=order, last=size, before=got.rows[0]["cursor_"]))
        assert there == back == whole
        assert len(whole) == 7
        assert await totals(tx, Everything(tx.workspace), Listing(noun, search="walter", order=order), cap=1_000) == {None: {"n": 7, "capped": False}}


async def test_a_cursor_belongs_to_its_text(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    async with db.read(actor) as tx:
        viewer, noun = Everything(tx.workspace), CATALOG["Lead"]
        cursor = (await page(tx, viewer, Listing(noun, search="anna", first=1))).rows[0]["cursor_"]
        with pytest.raises(BadCursor):
            await page(tx, viewer, Listing(noun, search="hanna", after=cursor))
        with pytest.raises(BadCursor):
            await page(tx, viewer, Listing(noun, after=cursor))


@pytest.mark.parametrize("hidden", ["Lead.email", "Lead.phone"])
async def test_who_may_not_see_contact_data_cannot_find_by_them(db: Database, actor: Actor, leads: dict[UUID, str], hidden: str) -> None:
    viewer = replace(Everything(actor.workspace), denied=frozenset({hidden}))
    for text in ("globex.example", "initech", "+49 89 777", "anna@acme.example", "hs globex"):
        assert await ids(db, actor, text, viewer=viewer) == []
    assert {leads[id] for id in await ids(db, actor, "hanna", viewer=viewer)} == {"hanna"}


async def test_a_hidden_name_cannot_be_searched(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    viewer = replace(Everything(actor.workspace), denied=frozenset({"Lead.companyName"}))
    with pytest.raises(FieldForbidden) as refused:
        await ids(db, actor, "acme", viewer=viewer)
    assert refused.value.field == "Lead.companyName"


async def test_own_rows_are_found_however_many_others_match(db: Database, actor: Actor) -> None:
    async def crowd(tx: Tx) -> tuple[UUID, UUID, UUID]:
        me, other = await make.make_user(tx), await make.make_user(tx)
        person = await make.make_person(tx, "Walter White", "old@own.example")
        mine = await make.make_lead(tx, person, owner_id=me, company_name="Graymatter")
        await tx.execute(
            "INSERT INTO people (workspace_id, id, name, created_at, updated_at) SELECT $1, gen_random_uuid(), 'Walter White', now(), now()"
            " FROM generate_series(1, 1200)", tx.workspace,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, owner_id, status_since, created_at, updated_at)"
            " SELECT $1, gen_random_uuid(), p.id, l.pipeline_id, l.status_id, $3, now(), now(), now() FROM people p"
            " JOIN leads l ON l.workspace_id = $1 AND l.id = $2 WHERE p.workspace_id = $1 AND p.email IS NULL", tx.workspace, mine, other,
        )  # fmt: skip
        return me, mine, person

    me, mine, person = await db.run(actor, crowd)
    viewer = replace(Everything(actor.workspace), user=me, own=frozenset({"Lead", "Person"}))
    for text in ("walter white", "walt graym", "alter"):
        assert await ids(db, actor, text, viewer=viewer) == [mine]
    assert await ids(db, actor, "walter", "Person", viewer=viewer) == [person]


async def rare(tx: Tx) -> None:
    """90 leads with walter: in the person's name, at its beginning, within; in the company; in both; older than 450 others, so that it counts as rare."""
    first = await make.make_lead(tx, await make.make_person(tx, "Nobody"))
    await tx.execute(
        "INSERT INTO people (workspace_id, id, name, created_at, updated_at) SELECT $1, gen_random_uuid(),"
        " CASE WHEN i > 90 THEN 'Ada Byron' WHEN i % 3 = 0 THEN 'Ada Walter' WHEN i % 5 = 0 THEN 'Walters ' || i % 2"
        " WHEN i % 7 = 0 THEN 'Adawalter' ELSE 'Bob' END, now() + i * interval '1 second', now() FROM generate_series(1, 540) i", tx.workspace,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO leads (workspace_id, id, person_id, company_name, pipeline_id, status_id, status_since, created_at, updated_at)"
        " SELECT $1, gen_random_uuid(), p.id, CASE WHEN p.name = 'Bob' THEN (ARRAY['Walter', 'Walters', 'Inwalter Ltd'])[1 + row_number() OVER () % 3]"
        " WHEN p.name = 'Adawalter' THEN 'Walter & Co' END, l.pipeline_id, l.status_id, now(), p.created_at, now() FROM people p"
        " JOIN leads l ON l.workspace_id = $1 AND l.id = $2 WHERE p.workspace_id = $1 AND p.id <> l.person_id", tx.workspace, first,
    )  # fmt: skip


@pytest.mark.parametrize("noun", ["Lead", "Person"])
async def test_a_first_page_of_any_size_is_the_beginning_of_the_whole_list(db: Database, actor: Actor, noun: str) -> None:
    await db.run(actor, rare)
    whole = await ids(db, actor, "walter", noun, last=200)     # which looks at all that is found
    assert len(whole) == len(set(whole)) == {"Lead": 90, "Person": 48}[noun]
    for size in (1, 2, 7, 25, 48, 89, 90, 200):
        assert await ids(db, actor, "walter", noun, first=size) == whole[:size]
        async with db.read(actor) as tx:
            assert (await page(tx, Everything(tx.workspace), Listing(CATALOG[noun], search="walter", first=size))).has_next is (size < len(whole))


async def test_a_first_page_of_more_than_are_ranked_at_once_is_the_beginning_of_the_list(db: Database, actor: Actor) -> None:
    async def crowded(tx: Tx) -> None:
        await tx.execute(
            "INSERT INTO people (workspace_id, id, name, created_at, updated_at) SELECT $1, gen_random_uuid(),"
            " CASE WHEN i > 2700 THEN 'Ada Byron' WHEN i > 2600 THEN 'Walter' ELSE 'Adawalter ' || i END, now() + i * interval '1 second', now()"
            " FROM generate_series(1, 3200) i", tx.workspace,
        )  # fmt: skip

    await db.run(actor, crowded)
    async with db.read(actor) as tx:
        found = await tx.fetch("SELECT h.* FROM lw_search($1, 'Person', 'walter', true, NULL, false, 1000) h", tx.workspace)
        first = await tx.fetch("SELECT h.* FROM lw_search($1, 'Person', 'walter', true, NULL, false, 20) h", tx.workspace)
    assert [r["id"] for r in first] == [r["id"] for r in found][:20] == await ids(db, actor, "walter", "Person", first=20)
    assert {r["cut"] for r in [*found, *first]} == {True}
    assert [r["rank"] // 1000 for r in found[:101]] == [8] * 100 + [2]


@pytest.mark.parametrize("text", ["adawalter", "ada walter"])
async def test_a_first_page_is_the_beginning_of_the_list_where_most_of_what_is_ranked_at_once_is_put_away(db: Database, actor: Actor, text: str) -> None:
    async def crowded(tx: Tx) -> None:
        await tx.execute(
            "INSERT INTO people (workspace_id, id, name, archived_at, created_at, updated_at) SELECT $1, gen_random_uuid(), CASE WHEN i > 2700 THEN 'Bob'"
            " ELSE 'Adawalter' END, CASE WHEN i BETWEEN 51 AND 2450 THEN now() END, now() + i * interval '1 second', now() FROM generate_series(1, 3200) i",
            tx.workspace,
        )  # fmt: skip

    await db.run(actor, crowded)
    async with db.read(actor) as tx:
        found = await tx.fetch("SELECT h.* FROM lw_search($1, 'Person', $2, true, NULL, false, 1000) h", tx.workspace, text)
    assert len(found) == 300
    assert await ids(db, actor, text, "Person", first=20) == [r["id"] for r in found][:20]


async def test_among_equals_the_person_s_words_come_before_the_record_s_own(db: Database, actor: Actor) -> None:
    await db.run(actor, rare)
    async with db.read(actor) as tx:
        got = await page(tx, Everything(tx.workspace), Listing(CATALOG["Lead"], search="walter", first=200))
        assert {r["name"] for r in got.rows} == {"Ada Walter", "Walters 0", "Walters 1", "Adawalter", "Bob"}
        kinds = [(r["company_name"] or r["name"]).split(" &")[0][:7] for r in got.rows]
    assert list(dict.fromkeys(kinds)) == ["Ada Wal", "Walter", "Walters", "Inwalte"]


LISTED = """query ($q: String, $w: PersonWhere, $o: [PersonOrder!], $a: String) { people(search: $q, where: $w, orderBy: $o, first: 200, after: $a) {
  totalCount totalCountIsCapped totalCountExact pageInfo { hasNextPage endCursor } nodes { name email } }
  peopleAggregate(search: $q, where: $w) { total { count } } }"""


async def crowd(tx: Tx) -> None:
    """5,200 people with walter in their names, 38 of them not at its beginning, one as a word of its own; every 500th in Germany."""
    await tx.execute(
        "INSERT INTO people (workspace_id, id, name, email, country, created_at, updated_at) SELECT $1, gen_random_uuid(),"
        " CASE WHEN i = 1 THEN 'Walter White' WHEN i < 40 THEN 'Sinwalter White' ELSE 'Walterson White' END, 'w' || i || '@own.example',"
        " CASE WHEN i % 500 = 0 THEN 'DE' END, now() - i * interval '1 second', now() FROM generate_series(1, 5200) i", tx.workspace,
    )  # fmt: skip


async def test_a_list_says_that_a_search_found_more_than_it_shows(db: Database, actor: Actor) -> None:
    await db.run(actor, crowd)
    both = Both(db, actor)
    seen, cursor = list[dict[str, Any]](), None
    while True:
        found = await both(LISTED, q="walter", a=cursor)
        people = found["people"]
        assert (people["totalCount"], people["totalCountIsCapped"], people["totalCountExact"]) == (1_000, True, 5_200)
        assert found["peopleAggregate"]["total"]["count"] == 5_200
        seen += people["nodes"]
        if not people["pageInfo"]["hasNextPage"]:
            break
        cursor = people["pageInfo"]["endCursor"]
    assert (len(seen), len({p["email"] for p in seen}), seen[0]["name"]) == (1_000, 1_000, "Walter White")
    for where, order, count, exact in (({"country": {"eq": "DE"}}, None, 10, 10), ({}, [{"name": "ASC"}], 1_000, 5_200)):
        people = (await both(LISTED, q="walter", w=where, o=order))["people"]
        assert people["totalCount"] <= count
        assert (people["totalCountIsCapped"], people["totalCountExact"]) == (True, exact)
    people = (await both(LISTED, q="sinwalter", w={"country": {"isNull": True}}))["people"]
    assert (people["totalCount"], people["totalCountIsCapped"], people["totalCountExact"]) == (38, False, 38)
    assert both.left == {}


async def test_archived_rows_are_found_only_when_asked_for(db: Database, actor: Actor, leads: dict[UUID, str]) -> None:
    async def archive(tx: Tx) -> None:
        await tx.execute("UPDATE leads l SET archived_at = now() WHERE l.workspace_id = $1", tx.workspace)

    await db.run(actor, archive)
    assert await ids(db, actor, "anna") == []
    assert len(await ids(db, actor, "anna", where={"archivedAt": {"isNull": False}})) == 3


async def test_another_workspace_finds_nothing(db: Database, leads: dict[UUID, str], other_workspace: UUID, workspace: UUID) -> None:
    assert await ids(db, Actor.system(other_workspace), "anna") == []
    async with db.read(Actor.system(other_workspace)) as tx:
        assert await tx.fetch("SELECT h.id FROM lw_search($1, 'Lead', 'anna', true, NULL, false, 10) h", workspace) == []


@pytest.mark.parametrize("text", ["", " ", "a", "a b c", "%", "%%%%", "__", "a%b", "\\", "'", '"; --', "\0anna", "x" * 10_000, "no " * 11, "😀😀", "\u202e"])
async def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(BadSearch):
        Listing(CATALOG["Lead"], search=text)


async def test_a_noun_that_is_not_searched_refuses() -> None:
    with pytest.raises(BadSearch):
        Listing(CATALOG["Task"], search="anna")


@pytest.mark.parametrize(
    "text",
    ["anna'", "'' OR true --", "anna%", "an_a anna", "an\\na", "{} anna", "%s %1$s anna", "$1 anna", "(anna|bob)", "[[:alpha:]]{5}", "\\m.{0,3}word", "anna😀",
     "\u202eanna", "ааааа", "x" * 200, "ab " * 10, "a1 " * 10, "İİİ", "ﷺﷺ", "x́" * 50, "%L %I anna"],
)  # fmt: skip
async def test_texts_that_look_like_patterns_or_code_are_words_or_nothing(db: Database, actor: Actor, leads: dict[UUID, str], text: str) -> None:
    found = {leads[id] for id in await ids(db, actor, text)}
    assert found <= {"anna", "annabel", "hanna"}
