"""What lists offer is read from an index as lw_app, or stands here with the reason why not."""

import json
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database, Tx
from leadwell.catalog import CATALOG, Everything, Listing
from leadwell.catalog.statement import Given
from leadwell.catalog.writer import Compiled, Writer, parts
from leadwell.embedded.servers import Servers
from tests import builders as make

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


@pytest_asyncio.fixture(scope="module")
async def busy(db: Database, migrated: Servers) -> UUID:
    """A workspace of 3,000 leads, contacts and deals, known to the planner."""
    workspace = await workspaces.create(db, uuid7().hex, "Busy", epoch="test")
    await db.run(Actor.system(workspace), many)
    owner = await asyncpg.connect(migrated.owner_database_url)
    await owner.execute("ANALYZE people, leads, contacts, deals, users")
    await owner.close()
    return workspace


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
async def test_filtered_lists_come_newest_first_from_one_index(db: Database, busy: UUID, noun: str, field: str, index: str) -> None:
    async with db.read(Actor.system(busy)) as tx:
        of = CATALOG[noun]
        where: dict[str, object] = {"state": {"eq": "OPEN"}}
        if relation := of.relations.get(field):
            key = await tx.value(f"SELECT min(t.{relation.here}::text)::uuid FROM {of.table} t WHERE t.workspace_id = $1", tx.workspace)
            where = {field: {"is": {"id": {"eq": encode_id(relation.target.tag, key)}}}}
        plan = await explain(tx, whole(tx, Listing(of, where, [{"createdAt": "DESC"}])))
        newest_first = f"{of.table}_created"    # as good, where the planner thinks that most rows match: it knows the cluster, not the workspace
        assert index in plan or newest_first in plan
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
