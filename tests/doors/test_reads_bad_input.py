"""What is wrong with a read is said with a code, before anything is asked of the database."""

import base64
import json
from typing import Any

import pytest

from api.documents import Invalid
from api.errors import BadRequest, QueryTooComplex
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from tests import builders as make
from tests.reading import Both
from tests.seeds import fill

ORDERED = "query ($o: [LeadOrder!], $w: LeadWhere, $c: String) { leads(first: 2, orderBy: $o, where: $w, after: $c) { nodes { id } pageInfo { endCursor } } }"
LISTED = "query ($first: Int, $last: Int, $w: LeadWhere) { leads(first: $first, last: $last, where: $w) { nodes { id } totalCount } }"


@pytest.fixture
def both(db: Database, actor: Actor) -> Both:
    return Both(db, actor)


def forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


async def refused(both: Both, text: str, code: str, **variables: Any) -> None:
    """The code stands in the one error, and no statement was sent, compiled or not."""
    await both(text, **variables)
    assert [error[1] for error in both.errors] == [code]
    assert both.statements == 0


@pytest.mark.parametrize("cursor", ["", "x", "Ω", "W10=", "bnVsbA==", "eyJhIjoxfQ==", forged("x"), forged("0123456789ab", None, None), "A" * 20_000], ids=str)
async def test_forged_cursor_is_refused(both: Both, cursor: str) -> None:
    await refused(both, ORDERED, "BAD_CURSOR", c=cursor)


async def test_cursor_of_another_order_filter_or_list_is_refused(both: Both, db: Database, actor: Actor) -> None:
    await db.run(actor, lambda tx: fill(tx, 5))
    given = {"o": [{"score": "DESC"}], "w": {"state": {"eq": "OPEN"}}}
    cursor = (await both(ORDERED, **given))["leads"]["pageInfo"]["endCursor"]
    assert (await both(ORDERED, **given, c=cursor))["leads"]["nodes"]
    for other in ({"o": [{"score": "ASC"}]}, {"w": {"state": {"eq": "JUNK"}}}, {"w": {}}):
        await refused(both, ORDERED, "BAD_CURSOR", **{**given, **other}, c=cursor)
    await refused(both, "query ($c: String) { people(after: $c) { totalCount nodes { id } } }", "BAD_CURSOR", c=cursor)


@pytest.mark.parametrize("kept", [0, 1, 2])
async def test_cursor_whose_id_was_taken_out_is_refused(both: Both, db: Database, actor: Actor, kept: int) -> None:
    await db.run(actor, lambda tx: fill(tx, 5))
    given = {"o": [{"score": "DESC"}, {"name": "ASC"}], "w": {}}
    head, *values = json.loads(base64.urlsafe_b64decode((await both(ORDERED, **given))["leads"]["pageInfo"]["endCursor"]))
    bent = forged(head, *(v if i < kept else None for i, v in enumerate(values)))
    await refused(both, ORDERED, "BAD_CURSOR", **given, c=bent)


@pytest.mark.parametrize("size", [{"first": -1}, {"first": 201}, {"first": 10**9}, {"last": -1}, {"last": 10**9}, {"first": 1, "last": 1}], ids=str)
async def test_size_out_of_range_is_refused(both: Both, size: dict[str, int]) -> None:
    await refused(both, LISTED, "BAD_PAGE", **size)


def chain(levels: int) -> dict[str, Any]:
    """A filter that goes from leads to companies and back."""
    found: dict[str, Any] = {}
    for i in range(levels):
        found = {"company": {"is": found}} if i % 2 else {"leads": {"some": found}}
    return found if levels % 2 == 0 else {"company": {"is": found}}


@pytest.mark.parametrize(
    "where",
    [
        {"title": {"eq": None}}, {"OR": [None]}, {"title": {"in": ["x"] * 1_001}}, {"createdAt": {"withinLast": "yesterday"}}, {"id": {"eq": "nonsense"}},
        {"OR": [{"title": {"eq": str(i)}} for i in range(101)]}, {"budget": {"eq": {"amount": "1.005", "currency": "EUR"}}}, chain(8),
    ],
    ids=lambda where: str(where)[:40],
)  # fmt: skip
async def test_filter_that_cannot_be_used_is_refused(both: Both, where: dict[str, Any]) -> None:
    if where == {"OR": [None]}:
        await both(LISTED, w=where)
        assert (both.statements, len(both.errors)) == (0, 1)
        return
    await refused(both, LISTED, "BAD_FILTER", w=where)


@pytest.mark.parametrize("where", [{"title": {"like": "x"}}, {"nope": {}}, {"owner": {"some": {}}}, {"custom": [{"text": {"eq": "x"}}]}], ids=str)
async def test_unknown_operator_or_field_is_refused_by_its_type(both: Both, where: dict[str, Any]) -> None:
    data = await both(LISTED, w=where)
    assert (data, len(both.errors), both.statements) == (None, 1, 0)


FIELDS = {
    "a field that there is not": ({"key": "nope", "text": {"eq": "x"}}, "key", "Lead has no custom field 'nope'"),
    "a field of another noun": ({"key": "staff", "int": {"gt": 1}}, "key", "Lead has no custom field 'staff'"),
    "its absence": ({"key": "nope", "text": {"isNull": True}}, "key", "Lead has no custom field 'nope'"),
    "another spelling": ({"key": "Tier", "text": {"ne": "x"}}, "key", "Lead has no custom field 'Tier'"),
    "tests of another type": ({"key": "since", "text": {"eq": "x"}}, "text", "'since' is a field of type DATE; test it with moment"),
    "one of two": ({"key": "tier", "text": {"eq": "x"}, "flag": {"eq": True}}, "flag", "'tier' is a field of type CHOICE; test it with text"),
}


@pytest.mark.parametrize(("item", "field", "why"), FIELDS.values(), ids=FIELDS)
async def test_a_custom_field_that_is_none_is_refused_wherever_it_is_named(
    both: Both, db: Database, actor: Actor, item: dict[str, Any], field: str, why: str
) -> None:
    async def make_fields(tx: Tx) -> None:
        for noun, key, type in (("Lead", "tier", "CHOICE"), ("Lead", "since", "DATE"), ("Company", "staff", "INT")):
            await make.insert(tx, "custom_fields", id=uuid7(), noun=noun, key=key, label=key, type=type, **await make.stamps(tx))

    await db.run(actor, make_fields)
    fine = {"OR": [{"custom": [{"key": "tier", "text": {"eq": "gold"}}]}, {"custom": [{"key": "since", "moment": {"olderThan": "P1Y"}}]}]}
    text = "query ($w: LeadWhere) { leads(where: $w) { nodes { id } totalCount } leadsAggregate(where: $w) { total { count } } companies { totalCount } }"
    found = await both(text, w=fine)
    assert (both.left, both.errors, found["leadsAggregate"]["total"]["count"]) == ({}, [], 0)
    bad = {"NOT": {"OR": [{"company": {"is": {"leads": {"some": {"custom": [item]}}}}}]}}
    for where, at in (({"custom": [item]}, "where.custom.0."), (bad, "where.NOT.OR.0.company.is.leads.some.custom.0.")):
        listed = "query ($w: LeadWhere) { leads(where: $w) { nodes { id } totalCount } }"
        await both(listed, w=where)
        assert both.errors == [(("leads",), "BAD_FILTER", f"The filter cannot be used: {at}{field}: {why}.")]
        await both(text.replace("totalCount }", "pageInfo { endCursor } }", 1), w=where)
        assert {error[1] for error in both.errors} == {"BAD_FILTER"}
        assert set(both.left) == {"leads", "leadsAggregate"}


async def test_too_many_or_wrong_ids_are_refused(both: Both) -> None:
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    await refused(both, nodes, "BAD_PAGE", ids=[encode_id(2, uuid7()) for _ in range(101)])
    for id in ("", "x", "Ω", encode_id(60_000, uuid7())):
        await refused(both, nodes, "BAD_ID", ids=[encode_id(2, uuid7()), id])


CHAINED = "{ leads { ...F0 } }" + "".join(f" fragment F{i} on LeadConnection {{ ...F{i + 1} ...F{i + 1} }}" for i in range(25))
DEEP = "{ leads { nodes " + "{ company { leads { nodes " * 20 + "{ id }" + " } } }" * 20 + " } }"
TOO_MUCH = {
    "25 fragments, each spread twice": CHAINED + " fragment F25 on LeadConnection { totalCount }",
    "10,000 aliases": "{ leads { " + " ".join(f"a{i}: totalCount" for i in range(10_000)) + " } }",
    "31 aliases": "{ leads { " + " ".join(f"a{i}: totalCount" for i in range(31)) + " } }",
    "twenty lists deep": DEEP,
    "wide": "{ leads { nodes { " + " ".join(["id name"] * 1_001) + " } } }",
    "a million rows": "{ leads(first: 200) { nodes { company { leads(first: 200) { nodes { activities(first: 200) { nodes { id } } } } } } } }",
    "21 roots": "{ " + " ".join(f"a{i}: __typename" for i in range(21)) + " }",
    "51 conditions": "{ leads { " + "totalCount @skip(if: false) " * 51 + "} }",
}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_document_that_asks_for_too_much_is_never_run(both: Both, text: str) -> None:
    with pytest.raises(QueryTooComplex):
        both.documents.get(text).document.price(None).of({})
    assert (both.reads.plans.known.misses, both.statements) == (0, 0)


INVALID = ["{ leads(where: {title: {like: 1}}) { totalCount } }", "{ leads { nope } }", "{ leads { ...A } } fragment A on LeadConnection { ...A }"]


@pytest.mark.parametrize("text", INVALID)
async def test_invalid_document_is_never_run(both: Both, text: str) -> None:
    with pytest.raises((Invalid, BadRequest)):
        await both(text)
    assert (both.reads.plans.known.misses, both.statements) == (0, 0)
