"""Every text of every mutation has a limit, is refused by its path when it is longer, and then nothing is written."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from graphql import GraphQLInputObjectType
from starlette.applications import Starlette

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.lengths import LENGTHS, LINE
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import sweep
from tests.doors.serving import asking, key_for
from tests.filling import Still, fill

BY_ITSELF = {"changePassword"}  # for users with a session, and hashed


def texts(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    inner = sweep.named(kind)
    if isinstance(inner, GraphQLInputObjectType) and len(path) < 6:
        for name, field in inner.fields.items():
            yield from texts(field.type, (*path, name))
    elif inner.name == "String":
        yield path


PLACES = [
    (root, path) for root, field in sweep.mutation_fields().items() if root not in BY_ITSELF
    for name, argument in field.args.items() for path in texts(argument.type, (name,))
]  # fmt: skip


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


@dataclass(slots=True)
class Refusing:
    """A filled workspace in which nothing may change, asked by a key of it."""

    still: Still
    client: httpx.AsyncClient
    records: dict[str, str]


@pytest_asyncio.fixture(scope="module")
async def refusing(app: Starlette, db: Database) -> AsyncIterator[Refusing]:
    workspace = await workspaces.create(db, uuid7().hex, "Lengths", epoch="test")
    rows = await db.run(Actor.system(workspace), lambda tx: fill(tx, "OWN"))
    records = {noun.name: encode_id(noun.tag, rows[noun.table]["id"]) for noun in CATALOG}
    records |= {**sweep.comers(rows), "Job": str(rows["work"]["id"]), "ApiKey": encode_id(201, uuid7()), "Notification": encode_id(202, uuid7())}
    async with asking(app, await key_for(db, workspace)) as client:
        yield Refusing(await Still.of(db, workspace), client, records)


@pytest.mark.parametrize("root", sorted({root for root, _ in PLACES}))
async def test_text_beyond_its_limit_is_refused_by_its_path(refusing: Refusing, root: str) -> None:
    field = sweep.mutation_fields()[root]
    for path in (path for of, path in PLACES if of == root):
        limit = LENGTHS.get(snake(path[-1]), LINE)
        arguments = sweep.Inputs(refusing.records, uuid7().hex).arguments(root, field, path, "x" * (limit + 1))
        asked = {"query": sweep.document("mutation", root, field, arguments, 2), "variables": arguments}
        (error,) = (await refusing.client.post("/graphql", json=asked)).json()["data"][root]["userErrors"]
        told = [part for part in error["field"] or () if not part.isdigit()]
        assert (error["code"], told) == ("TEXT_TOO_LONG", list(path[1:])), (path, error)
    assert await refusing.still.changed() == set()
