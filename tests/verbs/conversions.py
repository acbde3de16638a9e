"""What the tests of leads and conversions share."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from leadwell import conversion
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.conversion import Conversion, ConversionWish
from tests import builders as make


def converting(lead: UUID, wish: ConversionWish | None = None, **more: Any) -> Callable[[Tx], Awaitable[Conversion]]:
    return lambda tx: conversion.convert(tx, lead, wish, **more)


async def owned_lead(tx: Tx, name: str = "Ada Lovelace", email: str | None = None, **more: Any) -> UUID:
    person: dict[str, Any] = {key: more.pop(key) for key in ("country", "phone") if key in more}
    more.setdefault("owner_id", await make.make_user(tx))
    more.setdefault("company_name", "Acme Ltd")
    return await make.make_lead(tx, await make.make_person(tx, name, email, **person), **more)


async def row(db: Database, actor: Actor, table: str, id: UUID | None) -> asyncpg.Record:
    async with db.read(actor) as tx:
        found = await tx.row(f"SELECT x.* FROM {table} x WHERE x.workspace_id = $1 AND x.id = $2", tx.workspace, id)
    assert found is not None
    return found


async def counted(db: Database, actor: Actor) -> dict[str, int]:
    async with db.read(actor) as tx:
        return await make.counts(tx)


async def refused(db: Database, actor: Actor, kind: type[Refusal], work: Callable[[Tx], Awaitable[Any]]) -> Refusal:
    """The refusal, and that it left every table as it was."""
    before = await counted(db, actor)
    with pytest.raises(kind) as caught:
        await db.run(actor, work)
    assert await counted(db, actor) == before
    return caught.value
