"""What is checked of reads in a few seconds, with absolute answers: what both ways share, comparing them would not show."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.documents import Documents
from api.reads import Reads
from api.schema import CORE
from leadwell import workspaces
from leadwell.access import Viewer
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG, Everything, Sees
from tests.oracle import World, expected, ids_of
from tests.reading import Both
from tests.seeds import fill
from tests.sql_law import breaches
from tests.walking import Compiled

ALL = {"verbs": ["read"], "rows": "all"}
OWN: dict[str, Any] = {"*": ALL, "leads": {"verbs": ["read"], "rows": "own"}}
HIDDEN: dict[str, Any] = {"*": ALL | {"hide": ["contact_data"]}}
EVERYTHING = """query ($id: ID!, $company: ID!, $ids: [ID!]!, $yes: Boolean!) {
  node(id: $id) { id ... on Lead { name } ... on Company { domain } } lead(id: $id) { email @skip(if: $yes) owner { id name } tags { nodes { name } } }
  nodes(ids: $ids) { __typename id } company(id: $company) { leads(first: 2) { totalCount nodes { id email } pageInfo { hasNextPage endCursor } } }
  deals(last: 4) { nodes { amount { amount currency } name } edges { cursor } pageInfo { hasPreviousPage } } }"""
TITLES = ("Ana", "bea", "Zoë")
SECRETS = "{ leads(first: 200) { nodes { email } } }"
WITH_SECRETS = ['{ leads(where: {email: {isNull: true}}) { totalCount } }', "{ leads(orderBy: [{email: ASC}]) { nodes { id } } }"]
LISTS: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("Lead", {"NOT": {"title": {"eq": "Ana"}}}, [{"createdAt": "DESC"}]), ("Lead", {}, [{"score": "DESC"}, {"name": "ASC_NULLS_FIRST"}]),
    ("Lead", {}, [{"owner": {"name": "DESC_NULLS_FIRST"}}]), ("Lead", {}, [{"company": {"name": "ASC"}}, {"createdAt": "DESC"}]),
    ("Company", {"leads": {"every": {"title": {"eq": "Ana"}}}}, []), ("Company", {"leads": {"none": {"score": {"gt": 10}}}}, [{"name": "ASC"}]),
    ("Lead", {"custom": [{"key": "my_int", "int": {"ne": 2}}]}, []), ("Deal", {"amount": {"gte": {"amount": "10.50", "currency": "EUR"}}}, []),
    ("Lead", {"archivedAt": {"isNull": False}}, []), ("Lead", {"tags": {"some": {"name": {"eq": "tag0"}}}}, []), ("Task", {"dueAt": {"withinLast": "P7D"}}, []),
]  # fmt: skip


@dataclass
class Half:
    """A filled workspace, its rows as they are, and those who look at it."""

    both: Both
    world: World
    everything: Sees
    own: Sees
    hidden: Sees

    @property
    def leads(self) -> list[dict[str, Any]]:
        return [r for r in self.world.tables["leads"] if r["archived_at"] is None]

    @property
    def variables(self) -> dict[str, Any]:
        leads, companies = ids_of(self.leads), [r["company_id"] for r in self.leads if r["company_id"]]
        ids = [encode_id(2, leads[3]), encode_id(CATALOG["Company"].tag, companies[0]), encode_id(2, leads[1]), encode_id(2, uuid7())]
        return {"id": encode_id(2, leads[0]), "company": ids[1], "ids": ids, "yes": True}


@dataclass
class Battery:
    """Two workspaces behind one door."""

    one: Half
    two: Half

    async def run(self) -> None:
        """AssertionError at the first thing that is wrong."""
        reads, documents = Reads(), Documents(CORE)
        for half in (self.one, self.two):
            half.both.reads, half.both.documents = reads, documents
        self.lawful(self.one)
        await self.alike()
        await self.rights(self.one)
        await self.apart()
        await self.lists(self.one)

    def lawful(self, half: Half) -> None:
        """Before anything is sent: every table in every statement names its workspace."""
        for viewer in (half.own, half.hidden, half.everything):
            found = half.both.documents.get(EVERYTHING)
            operation = found.document.reading(None)
            asked = operation.ask({**half.variables, **found.lifted}) if operation else None
            assert operation is not None
            assert asked is not None
            plan, _ = half.both.reads.plans.bind(operation, asked, viewer)
            assert (plan.rest, list(breaches(plan.sql))) == ({}, [])

    async def alike(self) -> None:
        """Compiled and ordinary answers are the same, whoever asked before."""
        for half in (self.one, self.two):
            for viewer in (half.everything, half.own, half.hidden):
                data = await self.asked(half, EVERYTHING, viewer, **half.variables)
                if viewer is half.everything:
                    assert [n and n["id"] for n in data["nodes"]] == [*half.variables["ids"][:3], None]
                    assert data["node"]["id"] == half.variables["id"]
                    assert data["deals"]["pageInfo"]["hasPreviousPage"]
            for title in TITLES:
                data = await self.asked(half, f'{{ leads(where: {{title: {{eq: "{title}"}}}}) {{ totalCount }} }}', half.everything)
                assert data["leads"]["totalCount"] == sum(r["title"] == title for r in half.leads)

    async def asked(self, half: Half, text: str, viewer: Sees, **variables: Any) -> Any:
        data = await half.both(text, viewer, None, **variables)
        assert (half.both.errors, half.both.left) == ([], {})
        return data

    async def rights(self, half: Half) -> None:
        """Own rows, here and behind a relation; hidden fields, shown or used."""
        mine = [r for r in half.leads if r["owner_id"] == half.own.user]
        lead, company = CATALOG["Lead"], CATALOG["Company"]
        assert set(await Compiled(half.both, lead, {}, [], half.own).walk(5, backward=False)) == set(ids_of(mine))
        found = await Compiled(half.both, company, {"leads": {"some": {}}}, [], half.own).walk(5, backward=False)
        shown = {r["id"] for r in half.world.tables["companies"] if r["archived_at"] is None}
        assert set(found) == {r["company_id"] for r in mine} & shown
        for viewer in (half.everything, half.hidden):
            data = await self.asked(half, SECRETS, viewer)
            assert any(n["email"] for n in data["leads"]["nodes"]) is (viewer is half.everything)
        for text in WITH_SECRETS:
            await half.both(text, half.hidden)
            assert [error[1] for error in half.both.errors] == ["FIELD_FORBIDDEN"]

    async def apart(self) -> None:
        """A cursor of one workspace is none of the other; rows are its own."""
        text = "query ($c: String) { leads(first: 3, after: $c) { totalCount pageInfo { endCursor } } }"
        page = (await self.one.both(text, self.one.everything))["leads"]
        assert page["totalCount"] == len(self.one.leads)
        await self.two.both(text, self.two.everything, None, c=page["pageInfo"]["endCursor"])
        assert [error[1] for error in self.two.both.errors] == ["BAD_CURSOR"]

    async def lists(self, half: Half) -> None:
        """Every page of some lists, both ways, is what plain Python says."""
        for name, where, order in LISTS:
            walk = Compiled(half.both, CATALOG[name], where, order)
            want = expected(half.world, CATALOG[name], where, order)
            assert want
            assert (await walk.walk(5, backward=False), walk.count) == (want, len(want)), (name, where, order)
            assert await walk.walk(10, backward=True) == want, (name, where, order)


async def half(db: Database, seed: int) -> Half:
    id = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", id, datetime(2026, 3, 31, 12, tzinfo=UTC))
    actor = Actor.system(id)
    await db.run(actor, lambda tx: fill(tx, seed))
    async with db.read(actor) as tx:
        world = await World.read(tx)
    user: UUID = next(r["owner_id"] for r in world.tables["leads"] if r["owner_id"] and r["company_id"] and r["archived_at"] is None)
    own, hidden = (Viewer.of_user(id, user, "Ana", "SALES", grants) for grants in (OWN, HIDDEN))
    return Half(Both(db, actor), world, Everything(id), own, hidden)
