"""Two workspaces that never see each other, through every argument of the schema and both ways of answering; tests/contracts/test_sweep.py counts them."""

import json
from typing import Any

import pytest

from api.app import create_app
from api.subscriptions.leaving import Listed
from api.subscriptions.places import Place
from api.subscriptions.reading import Wanted, read
from api.subscriptions.watches import Watch
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, uuid7
from leadwell.catalog import CATALOG, Everything
from leadwell.embedded.servers import Servers
from tests import bearing, sweep
from tests.bearing import Leaf, outline
from tests.doors.serving import asking, running, settings_for
from tests.foreign import MARK, ORDINARY, TEXTS, Two, random_like

COUNTED = {
    "replayJobs(input.ids: Job)", "cancelJobs(input.ids: Job)", "enroll(input.personIds: Person)", "markNotificationsRead(input.ids: Notification)",
}  # answer how many, or who not
# Not found when its mail is due.
KEPT = {"createSequence(input.steps.windowId: SendWindow)", "updateSequenceDraft(input.steps.windowId: SendWindow)"}


def rooted(fields: dict[str, Any]) -> list[sweep.Place]:
    return [place for name, field in fields.items() for place in sweep.places(name, field)]


SUBSCRIPTIONS = [place for place in rooted(bearing.fields()["subscription"]) if place.path != ("shown",)]
FILTERS = [leaf for leaf in bearing.swept("where") if leaf.kind == "JSON"]
CURSORS, AGGREGATES, FOLLOWED = bearing.swept("cursor"), bearing.nouns_with("Aggregate"), bearing.nouns_with("Changed")
QUERIES, MUTATIONS = rooted(sweep.query_fields()), rooted(sweep.mutation_fields())


@pytest.mark.parametrize("place", QUERIES, ids=str)
async def test_foreign_id_in_a_query_finds_what_an_unknown_id_finds(two: Two, place: sweep.Place) -> None:
    field = sweep.query_fields()[place.root]
    nouns = [n.name for n in CATALOG] if place.root in ("node", "nodes") else [place.noun]
    for noun in nouns:
        answers = []
        for id in (random_like(two, noun), two.foreign[noun]):
            arguments = sweep.Inputs(two.records).arguments(place.root, field, place.path, id)
            answers.append(sweep.told(await two.ask(sweep.document("query", place.root, field, arguments), arguments)))
        assert answers[0] == answers[1], noun
        assert "BAD_ID" not in json.dumps(answers), "the sweep takes it for an id of another noun"
        ((_, found),) = (answers[1].get("data") or {"": None}).items()
        assert not found or found == [None] or found.get("nodes") == [] or sweep.refused(answers[1])


@pytest.mark.parametrize("place", MUTATIONS, ids=str)
async def test_foreign_id_in_a_mutation_is_refused_like_an_unknown_one(two: Two, place: sweep.Place) -> None:
    field = sweep.mutation_fields()[place.root]
    answers = []
    for id in (random_like(two, place.noun), two.foreign[place.noun]):
        arguments = sweep.Inputs(two.records, uuid7().hex).arguments(place.root, field, place.path, id)
        answers.append(sweep.told(await two.ask(sweep.document("mutation", place.root, field, arguments), arguments)))
    assert await two.still.changed() == set()
    assert "BAD_ID" not in json.dumps(answers), "the sweep takes it for an id of another noun"
    same = outline if str(place) in KEPT else sweep.told
    assert same(answers[0]) == same(answers[1])
    assert sweep.refused(answers[1]) or str(place) in COUNTED | KEPT, answers[1]


@pytest.mark.parametrize("place", SUBSCRIPTIONS, ids=str)
async def test_foreign_id_in_a_subscription_is_refused_like_an_unknown_one(two: Two, place: sweep.Place) -> None:
    field = bearing.fields()["subscription"][place.root]
    answers = []
    for id in (random_like(two, place.noun), two.foreign[place.noun]):
        arguments = sweep.Inputs(two.records).arguments(place.root, field, place.path, id)
        answers += [sweep.told(await two.heard(sweep.document("subscription", place.root, field, arguments, 2), arguments, way)) for way in ({}, ORDINARY)]
    assert answers[0]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert answers[1:] == answers[:1] * 3


async def test_foreign_id_that_a_list_shows_leaves_it_like_an_unknown_one(two: Two) -> None:
    """Of every noun; only the caller's own record stays, and nobody else's is heard of again."""
    for noun in FOLLOWED:
        own, foreign, unknown = [decode_id(id)[1] for id in (two.records[noun], two.foreign[noun], random_like(two, noun))]
        listed, watch = Listed([own, foreign, unknown]), Watch.of(CATALOG[noun], None, Everything(two.own))
        left = [one.change for one in await listed.gone(two.db, watch, Place(7))]
        assert [one.record for one in left] == sorted((foreign, unknown), key=lambda id: id.bytes), noun
        assert {(one.kind, one.cursor, tuple(one.changed)) for one in left} == {("left", Place(7).cursor(two.own), ())}
        assert await listed.gone(two.db, watch, Place(7)) == []


@pytest.mark.parametrize("leaf", TEXTS, ids=str)
async def test_address_or_external_id_of_the_other_workspace_finds_nobody(two: Two, leaf: Leaf) -> None:
    """It is answered like one that nobody has."""
    i, field, forms = TEXTS.index(leaf), bearing.fields()[leaf.operation][leaf.root], []
    texts = (f"{uuid7().hex}@nobody.example", f"known{i}@foreign.example")
    if leaf.path[-1] in ("id", "externalId", "refundOf"):
        texts = (uuid7().hex, f"F-{i}")
    if leaf.path[-1] == "actor":
        texts = (f"KEY:{random_like(two, 'ApiKey')}", f"KEY:{two.foreign['ApiKey']}")
    for text in texts:
        arguments = sweep.Inputs(two.records, uuid7().hex).arguments(leaf.root, field, leaf.path, text)
        forms.append(outline(await two.ask(sweep.document(leaf.operation, leaf.root, field, arguments), arguments)))
    assert await two.still.changed() == set()
    assert forms[0] == forms[1]


@pytest.mark.parametrize("leaf", FILTERS, ids=str)
async def test_foreign_id_in_a_filter_of_an_input_chooses_nothing(two: Two, leaf: Leaf) -> None:
    field, forms = bearing.fields()[leaf.operation][leaf.root], []
    for of in (random_like(two, "Lead"), two.foreign["Lead"]):
        value = {"ownerId": of} if leaf.path[-1] == "set" else {"id": {"eq": of}}
        arguments = sweep.Inputs(two.records, uuid7().hex).arguments(leaf.root, field, leaf.path, value)
        forms.append(outline(await two.ask(sweep.document(leaf.operation, leaf.root, field, arguments), arguments)))
    assert await two.still.changed() == set()
    assert forms[0] == forms[1]


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_foreign_id_in_a_filter_matches_nothing(two: Two, noun: str) -> None:
    root = CATALOG[noun].plural
    field = sweep.query_fields()[root]
    both = Wanted(frozenset(decode_id(of[noun])[1] for of in (two.records, two.foreign)))
    for path in sweep.where_paths(noun):
        id = two.foreign[sweep.target_of(noun, path)]
        for test in ({"eq": id}, {"in": [id]}):
            where = {"AND": [{"OR": [sweep.filter_of(path, test)]}]}
            body = await two.ask(f"query ($where: {noun}Where) {{ {root}(where: $where) {{ totalCount nodes {{ id }} }} }}", {"where": where})
            assert body["data"][root] == {"totalCount": 0, "nodes": []}, (path, test)
            if noun in AGGREGATES:
                body = await two.ask(f"query ($where: {noun}Where) {{ {root}Aggregate(where: $where) {{ groups {{ count }} }} }}", {"where": where})
                assert [one["count"] for one in body["data"][f"{root}Aggregate"]["groups"]] in ([], [0]), path
            if noun in FOLLOWED:
                assert await read(two.db, Watch.of(CATALOG[noun], where, Everything(two.own)), both) == [], path
        where = {"NOT": sweep.filter_of(path, {"eq": id})}
        body = await two.ask(sweep.document("query", root, field, {"where": where}, 2), {"where": where})
        assert "errors" not in body, body
    if noun in FOLLOWED:
        (found,) = await read(two.db, Watch.of(CATALOG[noun], None, Everything(two.own)), both)
        assert found.id == decode_id(two.records[noun])[1]


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_whole_record_with_everything_around_it_shows_nothing_foreign(two: Two, noun: str) -> None:
    """`ask` looks for ids of the other workspace in every answer; here also for its words."""
    for root, arguments in ((CATALOG[noun].singular, {"id": two.records[noun]}), (CATALOG[noun].plural, {"first": 50})):
        field = sweep.query_fields()[root]
        body = await two.ask(sweep.document("query", root, field, arguments), arguments)
        assert body["data"][root] is not None, body
        assert MARK not in json.dumps(body)


@pytest.mark.parametrize("noun", [n.name for n in CATALOG])
async def test_a_plan_made_for_one_workspace_shows_nothing_of_it_to_another(two: Two, noun: str) -> None:
    """The other workspace asks first; the same document then comes from ours, and is answered by the plan that is remembered."""
    plural, singular = CATALOG[noun].plural, CATALOG[noun].singular
    for root, own, foreign in ((singular, {"id": two.records[noun]}, {"id": two.foreign[noun]}), (plural, {"first": 50}, {"first": 50})):
        query = sweep.document("query", root, sweep.query_fields()[root], own)
        headers = {"authorization": f"Bearer {two.keys[1]}"}
        theirs = (await two.client.post("/graphql", json={"query": query, "variables": foreign}, headers=headers)).json()
        plans = two.runner.reads.plans.known
        made, used = plans.misses, plans.hits
        ours = await two.answered(query, own)
        assert (plans.misses, plans.hits > used) == (made, True)
        assert sweep.uuids_in(json.dumps(theirs)) & two.foreign_ids
        assert ours["data"][root] is not None
        assert MARK not in json.dumps(ours)


async def test_foreign_cursor_is_refused(two: Two, migrated: Servers) -> None:
    """Of the very list, and of a lead's: in every argument that takes one."""
    key = (await keys.create_key(two.db, two.other, "Reader")).text
    assert await two.still.changed() == {"events"}
    shown: dict[str, str] = {}
    async with running(create_app(settings_for(migrated))) as app, asking(app, key) as other:
        for root in {leaf.root for leaf in CURSORS if leaf.operation == "query"}:
            field = sweep.query_fields()[root]
            given = sweep.Inputs(two.foreign).arguments(root, field)
            text = sweep.document("query", root, field, given, 1).replace("__typename", "pageInfo { endCursor }")
            found = (await other.post("/graphql", json={"query": text, "variables": given})).json()
            shown[root] = (found["data"][root] or {"pageInfo": {"endCursor": None}})["pageInfo"]["endCursor"] or ""
        place = (await other.post("/graphql", json={"query": "{ eventCursor }"})).json()["data"]["eventCursor"]
    for leaf in CURSORS:
        field = bearing.fields()[leaf.operation][leaf.root]
        cursor = place if leaf.operation == "subscription" else shown[leaf.root] or shown["leads"]
        arguments = sweep.Inputs(two.records).arguments(leaf.root, field, leaf.path, cursor)
        text = sweep.document(leaf.operation, leaf.root, field, arguments, 2)
        if leaf.path == ("before",):
            text = text.replace("before: $before", "before: $before, last: 1")
        for way in ({}, ORDINARY):
            body = await (two.heard if leaf.operation == "subscription" else two.answered)(text, arguments, way)
            assert body["errors"][0]["extensions"]["code"] in ("BAD_CURSOR", "BAD_AUDIT_CURSOR"), (str(leaf), body)


async def test_same_person_in_two_workspaces_is_two_people(two: Two) -> None:
    """E-mail, external id and company domain are the same; nothing is attached across."""
    one = {"name": "Ana Silva", "email": f"{MARK}@twin.example", "externalId": "42", "externalSystem": "zoho", "companyName": "Twin"}
    made = "mutation ($input: CreateLeadInput!) { createLead(input: $input) { attached lead { id person { email } } userErrors { code } } }"
    async with two.db.read(Actor.system(two.other)) as tx:
        taken = await tx.value("SELECT p.email FROM people p WHERE p.workspace_id = $1", tx.workspace)
    for given in (one, {**one, "externalId": f"{MARK} external_ids external_id", "email": "second@twin.example"}):
        body = await two.ask(made, {"input": given})
        assert body["data"]["createLead"]["userErrors"] == []
        assert body["data"]["createLead"]["attached"] is False
    assert taken.startswith(MARK)
    assert await two.still.changed() == set()
