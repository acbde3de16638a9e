"""What lists offer is read from an index as lw_app, or stands here with the reason why not."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Everything, Listing
from leadwell.catalog.pages import Compiled, listed
from leadwell.catalog.statement import Given
from leadwell.embedded import servers
from leadwell.migrations import migrate
from tests import builders as make
from tests.processes import PROGRAMS

# Tables of a workspace's own settings: hundreds of rows, sorted in memory.
SMALL = {
    "CloseReason", "ExchangeRate", "ChangeSet", "Import", "Export", "Simulation", "ClockAdvance",
    "JunkReason", "Team", "Role", "User", "Pipeline", "LeadStatus", "DealStage", "Source", "Campaign", "Product", "CustomField",
    "Tag", "Form", "Feed", "MemberStatus",
    "File", "Topic", "Template", "Layout", "Snippet", "Broadcast",
    "Sender", "Sequence", "SequenceVersion", "Segment", "MatchModel", "ScoringModel", "ScoringVersion", "WebhookEndpoint",
    "EnrichmentProvider", "EnrichmentPolicy", "Predictor", "Calendar", "LeadQueue", "LeadQueueMember", "Territory", "Absence", "ResponsePolicy",
    "Automation", "AutomationVersion", "SendWindow", "SendLimit", "Inbox",
}  # fmt: skip
# Parts of a record: sorted among the few rows of their parent; the whole list is read by id.
PARTS = {
    "CompanyDomain", "CompanyAlias", "Attachment", "MeetingAttendee", "ConversionAmendment", "MergeRow",
    "PersonEmail", "PersonPhone", "LeadStatusSpan", "ContactCompany", "DealStageSpan", "DealContact", "Conversion", "Touchpoint", "CampaignMember",
    "Consent", "Suppression", "ScoreChange", "CompanyScoreChange", "FieldSuggestion", "EnrichmentRun", "EnrichmentAnswer", "Enrollment", "Send", "Purchase",
    "WebhookDelivery", "TemplateVersion", "Submission", "AssignmentDecision", "ResponseClock", "AutomationRun", "InboundMessage",
}  # fmt: skip
# Sorts what the filter leaves, until a list of that size asks for an index.
UNINDEXED: set[str] = set()


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


def whole(tx: Tx, ask: Listing) -> Compiled:
    return listed(Everything(tx.workspace), ask, [ONE] if ask.relation else None)


async def test_every_order_on_offer_is_an_index_or_has_its_reason(db: Database, actor: Actor) -> None:
    found: set[str] = set()
    async with db.read(actor) as tx:
        for noun in CATALOG:
            for c in noun.columns.values():
                for way in ("ASC", "DESC") if c.contract.sort else ():
                    ask = Listing(noun, order=[{c.api: way}])
                    found |= {c.path} if sorts(await explain(tx, whole(tx, ask))) else set()
    assert {path for path in found if path.split(".")[0] not in SMALL | PARTS} <= UNINDEXED


@pytest.mark.parametrize("noun", ["Person", "Lead", "Contact", "Company", "Deal"])
async def test_the_main_lists_come_newest_first_and_in_order_of_id_from_an_index(db: Database, actor: Actor, noun: str) -> None:
    async with db.read(actor) as tx:
        for order in ([{"createdAt": "DESC"}], [{"createdAt": "ASC"}], []):
            assert not sorts(await explain(tx, whole(tx, Listing(CATALOG[noun], order=order))))


@pytest_asyncio.fixture(scope="module")
async def busy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Database, UUID]]:
    """A workspace of 3,000 leads, contacts and deals, known to the planner, in a cluster of its own: statistics are of all workspaces together."""
    with servers.start(tmp_path_factory.mktemp("plans"), valkey=False, fsync=False, programs=PROGRAMS) as started:
        await migrate(started.owner_database_url)
        db = Database(await open_pool(started.database_url, size=2))
        workspace = await workspaces.create(db, uuid7().hex, "Busy", epoch="test")
        await db.run(Actor.system(workspace), many)
        owner = await asyncpg.connect(started.owner_database_url)
        await owner.execute("ANALYZE people, leads, contacts, deals, users")
        await owner.close()
        yield db, workspace
        await db.close()


async def many(tx: Tx) -> None:
    """Ten owners, every status and stage, one lead in ten open."""
    users = [await make.make_user(tx) for _ in range(10)]
    dated = "now() - i * interval '1 minute', now()"
    series = "generate_series(1, 3000) i"
    pick = "($2::uuid[])[1 + i % 10]"
    await tx.execute(f"INSERT INTO people (workspace_id, id, created_at, updated_at) SELECT $1, gen_random_uuid(), {dated} FROM {series}", tx.workspace)
    numbered = "(SELECT p.id, row_number() OVER (ORDER BY p.id) AS i FROM people p WHERE p.workspace_id = $1) p"
    status = "(SELECT array_agg(s.id ORDER BY s.position) AS ids, min(s.pipeline_id::text)::uuid AS pipeline FROM {} s WHERE s.workspace_id = $1) s"
    await tx.execute(
        "INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, state, owner_id, status_since, created_at, updated_at)"
        f" SELECT $1, gen_random_uuid(), p.id, s.pipeline, s.ids[1 + i % 7], CASE WHEN i % 10 = 0 THEN 'OPEN' ELSE 'JUNK' END, {pick}, now(), {dated}"
        f" FROM {numbered}, {status.format('lead_statuses')}", tx.workspace, users,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO contacts (workspace_id, id, person_id, owner_id, created_at, updated_at)"
        f" SELECT $1, gen_random_uuid(), p.id, {pick}, {dated} FROM {numbered}",
        tx.workspace, users,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO deals (workspace_id, id, name, pipeline_id, stage_id, currency, probability, stage_since, created_at, updated_at)"
        f" SELECT $1, gen_random_uuid(), 'Deal', s.pipeline, s.ids[1 + i % 6], 'EUR', 10, now(), {dated} FROM {series}, {status.format('deal_stages')}",
        tx.workspace,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("noun", "field", "index"),
    [
        ("Lead", "state", "leads_state_created"),
        ("Lead", "status", "leads_status"),
        ("Lead", "owner", "leads_owner"),
        ("Contact", "owner", "contacts_owner"),
        ("Deal", "stage", "deals_stage"),
    ],
)
async def test_filtered_lists_come_newest_first_from_one_index(busy: tuple[Database, UUID], noun: str, field: str, index: str) -> None:
    db, workspace = busy
    async with db.read(Actor.system(workspace)) as tx:
        of = CATALOG[noun]
        where: dict[str, object] = {"state": {"eq": "OPEN"}}
        if relation := of.relations.get(field):
            key = await tx.value(f"SELECT min(t.{relation.here}::text)::uuid FROM {of.table} t WHERE t.workspace_id = $1", tx.workspace)
            where = {field: {"is": {"id": {"eq": encode_id(relation.target.tag, key)}}}}
        plan = await explain(tx, whole(tx, Listing(of, where, [{"createdAt": "DESC"}])))
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


# The order in which each main list is looked at, and one value of each kind to filter by.
NEWEST = {**dict.fromkeys(("Person", "Lead", "Contact", "Company", "Deal", "Task"), "createdAt"), "Activity": "at"}
VALUES: dict[str, object] = {
    "text": {"eq": "x"}, "int": {"gt": 5}, "big": {"gt": 5}, "float": {"gt": 5.0}, "flag": {"eq": True}, "moment": {"withinLast": "P7D"},
    "date": {"gt": "2026-01-31"}, "money": {"gt": {"amount": 5, "currency": "EUR"}}, "custom": [{"key": "k", "text": {"eq": "x"}}],
}  # fmt: skip


@pytest.mark.parametrize("noun", NEWEST)
async def test_every_field_filters_the_newest_first_without_a_sort_or_a_scan_of_a_table(db: Database, actor: Actor, noun: str) -> None:
    """Rare values are looked up, common ones met while reading in order: neither takes the whole list in hand."""
    of, found = CATALOG[noun], list[str]()
    async with db.read(actor) as tx:
        for c in (c for c in of.columns.values() if c.contract.where and c.kind not in ("json", "texts")):
            test = VALUES.get(c.kind) or {"eq": str(next(iter(c.choices))) if c.choices else encode_id(of.tag, ONE)}
            plan = await explain(tx, whole(tx, Listing(of, {c.api: test}, [{NEWEST[noun]: "DESC"}])))
            found += [c.path] if (c.kind != "id" and sorts(plan)) or scans(plan) else []
        for r in (r for r in of.relations.values() if not r.many and r.there == "id"):
            where = {r.api: {"is": {"id": {"eq": encode_id(r.target.tag, ONE)}}}}
            plan = await explain(tx, whole(tx, Listing(of, where, [{NEWEST[noun]: "DESC"}])))
            found += [r.path] if sorts(plan) or scans(plan) else []
    assert found == []


async def test_a_search_looks_up_what_it_found(db: Database, actor: Actor) -> None:
    """The read behind a search has the ids of its hits as index conditions; what the search itself reads is bounded by its own limits."""
    async with db.read(actor) as tx:
        for noun in ("Person", "Lead", "Contact", "Company", "Deal"):
            for order in (None, [{"createdAt": "DESC"}]):
                plan = await explain(tx, whole(tx, Listing(CATALOG[noun], order=order, search="anna")))
                assert "lw_search" in plan
                assert not scans(plan)


def scans(plan: str) -> bool:
    """A table read from its beginning to its end."""
    return '"Node Type": "Seq Scan"' in plan


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
