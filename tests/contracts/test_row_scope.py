"""Who sees only their own rows, or those of their team, sees exactly those, in every list, through every relation and in every filter, both ways."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from leadwell import workspaces
from leadwell.access import Viewer
from leadwell.access.bounds import Bounds
from leadwell.base.actor import Actor
from leadwell.base.ids import decode_id, encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG, Noun, Relation
from tests.oracle import Row, World, visible
from tests.reading import Both
from tests.scatter import scatter
from tests.seeds import fill
from tests.walking import Compiled

NOUNS = [n.name for n in CATALOG]


@dataclass
class Scoped:
    """A workspace as one of its sellers, or a key of a team, sees it, the rows as they are, and the users whose rows count."""

    both: Both
    world: World
    viewer: Viewer
    users: set[UUID]

    def owns(self, noun: Noun, row: Row, *, asked: bool = False) -> bool:
        """Whose the row is, or the record's it is a part of."""
        own = asked or noun.name in self.viewer.own
        if noun.parent:
            parent, key = noun.parent
            above = own or parent.name in self.viewer.own
            found = self.world.find(parent.table, "id", row[key])
            return self.owns(parent, found[0], asked=above) if found else not above
        return not own or self.mine(noun, row)

    def mine(self, noun: Noun, row: Row) -> bool:
        if noun.name in ("Person", "Submission", "PrivacyRequest"):
            return self.known(row["id" if noun.name == "Person" else "person_id"])
        if noun.name == "WebhookDelivery":
            return False
        if noun.name == "DuplicatePair":
            ends = (row["low_id"], row["high_id"])
            return any(self.known(id) or any(c["owner_id"] in self.users for c in self.world.find("companies", "id", id)) for id in ends)
        if noun.name == "EnrichmentAnswer":
            return any(self.known(r["person_id"]) for r in self.world.find("person_emails", "normalized", row["key"]))
        if noun.name == "FieldSuggestion":
            behind = [r["person_id"] for t in ("leads", "person_emails", "person_phones") for r in self.world.find(t, "id", row["record_id"])]
            return any(self.known(id) for id in (row["record_id"], *behind)) or any(
                c["owner_id"] in self.users for c in self.world.find("companies", "id", row["record_id"]))
        if noun.name == "Merge":
            return self.known(row["survivor_id"]) or any(c["owner_id"] in self.users for c in self.world.find("companies", "id", row["survivor_id"]))
        if noun.name == "Activity":
            there = self.world.find("activity_participants", "activity_id", row["id"])
            return row["user_id"] in self.users or any(self.known(p["person_id"]) for p in there)
        return bool(noun.model.owned_by) and row[str(noun.model.owned_by)] in self.users

    def known(self, person: UUID | None) -> bool:
        """Somebody of whom they have a lead or a contact."""
        return any(r["owner_id"] in self.users for table in ("leads", "contacts") for r in self.world.find(table, "person_id", person))

    def behind(self, relation: Relation, row: Row) -> set[UUID]:
        """The ids of what a relation shows."""
        found = [x for x in self.world.related(relation, row) if self.owns(relation.target, x)]
        return present(relation.target, found) if relation.many else {x["id"] for x in found}

    def rows(self, noun: Noun) -> list[Row]:
        return [r for r in self.world.tables[noun.table] if self.owns(noun, r)]


@pytest_asyncio.fixture(scope="module", params=["own", "team"])
async def scoped(db: Database, request: pytest.FixtureRequest) -> Scoped:
    id = await workspaces.create(db, uuid7().hex, "Scoped", epoch="test")
    actor = Actor.system(id)
    await db.run(actor, lambda tx: fill(tx, 11))
    await db.run(actor, lambda tx: scatter(tx, 11))
    async with db.read(actor) as tx:
        world = await World.read(tx)
    ana, ben = list(dict.fromkeys(r["owner_id"] for table in ("contacts", "leads") for r in world.tables[table] if r["owner_id"]))[:2]
    if request.param == "own":
        viewer = Viewer.of_user(id, ana, "Ana", "SALES", {"*": {"verbs": ["read"], "rows": "own"}})
        return Scoped(Both(db, actor), world, viewer, {ana})
    team: UUID = world.tables["teams"][0]["id"]
    move = "UPDATE users SET team_id = CASE WHEN id = ANY($2::uuid[]) THEN $3::uuid END WHERE workspace_id = $1"
    await db.run(actor, lambda tx: tx.execute(move, id, [ana, ben], team))
    async with db.read(actor) as tx:
        world = await World.read(tx)
    return Scoped(Both(db, actor), world, Viewer.of_key(id, uuid7(), "Partner", ["*:read"], Bounds("team", team_id=team)), {ana, ben})


def present(noun: Noun, rows: list[Row]) -> set[UUID]:
    return {r["id"] for r in rows if visible(noun, {}, r)}


async def listed(scoped: Scoped, noun: Noun, where: dict[str, Any]) -> set[UUID]:
    return set(await Compiled(scoped.both, noun, where, [], scoped.viewer).walk(50, backward=False))


@pytest.mark.parametrize("name", NOUNS)
async def test_list_holds_what_is_ones_own(scoped: Scoped, name: str) -> None:
    noun = CATALOG[name]
    assert await listed(scoped, noun, {}) == present(noun, scoped.rows(noun))


@pytest.mark.parametrize("name", NOUNS)
async def test_record_of_another_is_missing(scoped: Scoped, name: str) -> None:
    noun, own = CATALOG[name], {r["id"] for r in scoped.rows(CATALOG[name])}
    ids = [r["id"] for r in scoped.world.tables[noun.table]][:100]
    data = await scoped.both("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", scoped.viewer, None, ids=[encode_id(noun.tag, i) for i in ids])
    assert [n and decode_id(n["id"])[1] for n in data["nodes"]] == [i if i in own else None for i in ids]


@pytest.mark.parametrize("name", [n.name for n in CATALOG if n.relations])
async def test_relations_lead_to_nothing_that_is_not_ones_own(scoped: Scoped, name: str) -> None:
    """What another's row says through a relation stays unsaid, shown or filtered by."""
    noun = CATALOG[name]
    rows, parts = scoped.rows(noun), ["id"]
    want = {r.api: {row["id"]: scoped.behind(r, row) for row in rows} for r in noun.relations.values()}
    for r in noun.relations.values():
        having = {"some": {}} if r.many else {"isNull": False}
        assert await listed(scoped, noun, {r.api: having}) == {id for id in present(noun, rows) if want[r.api][id]}, r.path
        if r.many or r.null or all(want[r.api].values()):
            parts.append(f"{r.api}{'(first: 50) { nodes { id } }' if r.many else ' { id }'}")
    data = await scoped.both(f"{{ {noun.plural}(first: 100) {{ nodes {{ {' '.join(parts)} }} }} }}", scoped.viewer)
    assert (scoped.both.errors, scoped.both.left) == ([], {})
    for node in data[noun.plural]["nodes"]:
        id = decode_id(node.pop("id"))[1]
        for api, there in node.items():
            found = there["nodes"] if there and "nodes" in there else [there] if there else []
            assert {decode_id(n["id"])[1] for n in found} == want[api][id], api
