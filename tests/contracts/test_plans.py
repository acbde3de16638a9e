"""What lists offer is read from an index as lw_app, or stands here with the reason why not."""

import json
from uuid import UUID

import pytest

from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Everything, Listing
from leadwell.catalog.writer import Compiled, Writer, parts
from leadwell.catalog.statement import Given

# Tables of a workspace's own settings: hundreds of rows, sorted in memory.
SMALL = {
    "JunkReason", "Team", "Role", "User", "Pipeline", "LeadStatus", "DealStage", "Source", "Campaign", "Product", "CustomField", "Tag", "Form", "Import",
    "File", "Topic", "Template", "Sender", "Sequence", "SequenceVersion", "Segment", "ScoringModel", "ScoringVersion", "WebhookEndpoint",
}  # fmt: skip
# Parts of a record: sorted among the few rows of their parent; the whole list is read by id.
PARTS = {
    "PersonEmail", "PersonPhone", "LeadStatusSpan", "ContactCompany", "DealStageSpan", "DealContact", "Conversion", "Touchpoint", "CampaignMember",
    "Consent", "Suppression", "ScoreChange", "FieldSuggestion", "EnrichmentRun", "Enrollment", "Send", "Purchase", "WebhookDelivery", "Submission",
}  # fmt: skip
# Sorts what the filter leaves, until a list of that size asks for an index.
UNINDEXED = {
    "Activity.at", "Task.createdAt", "Task.updatedAt", "Task.dueAt", "Person.updatedAt", "Contact.updatedAt", "Company.updatedAt",
    "Deal.updatedAt", "Deal.name", "Deal.closeOn", "Deal.amount",
}  # fmt: skip


ONE: UUID = uuid7()


async def explain(tx: Tx, compiled: Compiled) -> str:
    """The plan where scanning and sorting are last resorts, as they are on a large table."""
    for setting in ("enable_seqscan", "enable_sort", "enable_hashjoin", "enable_mergejoin"):
        await tx.execute(f"SET LOCAL {setting} = off")
    given = Given(compiled.values, await tx.now())
    rows = await tx.fetch("EXPLAIN (FORMAT JSON) " + compiled.sql, *compiled.statement.params(given))
    text = rows[0][0]
    return text if isinstance(text, str) else json.dumps(text)


def sorts(plan: str) -> bool:
    """A full sort; putting ties of an ordered scan in order is none."""
    return '"Node Type": "Sort"' in plan


def whole(tx: Tx, ask: Listing, part: bool | None = None) -> Compiled:
    parents = [ONE] if ask.relation else None
    compiled = Writer(Everything(tx.workspace), ask, part).page(None, cursors=True, limit=26, parents=parents)
    assert compiled is not None
    return compiled


async def test_every_order_on_offer_is_an_index_or_has_its_reason(db: Database, actor: Actor) -> None:
    found: set[str] = set()
    async with db.read(actor) as tx:
        for noun in CATALOG:
            for c in noun.columns.values():
                for way in ("ASC", "DESC") if c.contract.sort else ():
                    ask = Listing(noun, order=[{c.api: way}])
                    plans = [await explain(tx, whole(tx, ask, part)) for part in parts(ask)]
                    found |= {c.path for plan in plans if sorts(plan)}
    assert {path for path in found if path.split(".")[0] not in SMALL | PARTS} <= UNINDEXED


@pytest.mark.parametrize("noun", ["Person", "Lead", "Contact", "Company", "Deal"])
async def test_the_main_lists_come_newest_first_and_in_order_of_id_from_an_index(db: Database, actor: Actor, noun: str) -> None:
    async with db.read(actor) as tx:
        for order in ([{"createdAt": "DESC"}], [{"createdAt": "ASC"}], []):
            assert not sorts(await explain(tx, whole(tx, Listing(CATALOG[noun], order=order))))


def lead(where: dict[str, object], index: str) -> tuple[str, dict[str, object], str]:
    return "Lead", where, index


@pytest.mark.parametrize(
    ("noun", "where", "index"),
    [
        lead({"state": {"eq": "OPEN"}}, "leads_state_created"),
        lead({"status": {"is": {"id": {"eq": encode_id(9, ONE)}}}}, "leads_status"),
        lead({"owner": {"is": {"id": {"eq": encode_id(7, ONE)}}}}, "leads_owner"),
        ("Contact", {"owner": {"is": {"id": {"eq": encode_id(7, ONE)}}}}, "contacts_owner"),
        ("Deal", {"stage": {"is": {"id": {"eq": encode_id(10, ONE)}}}}, "deals_stage"),
    ],
)
async def test_filtered_lists_come_newest_first_from_one_index(db: Database, actor: Actor, noun: str, where: object, index: str) -> None:
    async with db.read(actor) as tx:
        plan = await explain(tx, whole(tx, Listing(CATALOG[noun], where, [{"createdAt": "DESC"}])))
        assert index in plan
        assert not sorts(plan)


async def test_a_deep_page_starts_at_its_cursor(db: Database, actor: Actor) -> None:
    """The keyset is an index condition, not a filter over what was skipped."""
    async with db.read(actor) as tx:
        ask = Listing(CATALOG["Lead"], order=[{"createdAt": "DESC"}])
        compiled = whole(tx, ask)
        cursor = await tx.value(
            "SELECT translate(encode(convert_to(json_build_array($1::text, now()::text, $2::text)::text, 'UTF8'), 'base64'), E'+/\\n', '-_')",
            compiled.values["head"], str(ONE),
        )  # fmt: skip
        deep = whole(tx, Listing(ask.noun, order=ask.order, after=cursor))
        (node,) = [n for n in nodes(json.loads(await explain(tx, deep))) if n.get("Index Name") == "leads_created"]
        assert "ROW(created_at, id) < ROW" in node["Index Cond"]


async def test_a_timeline_is_read_from_the_participants_index(db: Database, actor: Actor) -> None:
    async with db.read(actor) as tx:
        relation = CATALOG["Lead"].relations["activities"]
        plan = await explain(tx, whole(tx, Listing(relation.target, relation=relation, first=3)))
        assert "activity_participants_person" in plan
        assert not sorts(plan)


async def test_a_person_is_found_by_address_through_its_index(db: Database, actor: Actor) -> None:
    async with db.read(actor) as tx:
        plan = await explain(tx, whole(tx, Listing(CATALOG["Lead"], {"email": {"eq": "a@b.example"}})))
        assert "people_email" in plan or "people_pkey" in plan


def nodes(plan: object) -> list[dict[str, str]]:
    """Every node of a plan, whatever its depth."""
    if isinstance(plan, str):
        return nodes(json.loads(plan))
    if isinstance(plan, list):
        return [n for x in plan for n in nodes(x)]
    if isinstance(plan, dict):
        return [plan, *(n for x in plan.values() if isinstance(x, list | dict) for n in nodes(x))]
    return []


def test_the_exceptions_name_fields_that_exist() -> None:
    fields = {c.path for n in CATALOG for c in n.columns.values() if c.contract.sort}
    assert fields >= UNINDEXED
    assert {n.name for n in CATALOG} >= SMALL | PARTS
