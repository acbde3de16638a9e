"""What a key may hand on: nothing that outlives or outreaches itself."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leadwell.access import CredentialRejected, Viewer, keys, users
from leadwell.access.bounds import Bounds
from leadwell.access.refusals import BadBound, BadExpiry
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database, Tx


async def test_key_gives_nothing_that_outlives_or_outreaches_it(db: Database, workspace: UUID) -> None:
    """Who has a key for a day must not have it for good: neither by a new key, nor by a longer life of its own, nor by a secret of another."""
    system, now = Actor.system(workspace), datetime.now(UTC)
    user = await users.create_user(db, workspace, email=f"{uuid7().hex}@example.com", name="Ana")
    ends, later, rows = now + timedelta(days=1), now + timedelta(days=2), Bounds("own", user)
    brief = await keys.create_key(db, workspace, "Brief", ["*"], expires_at=ends)
    lasting = await keys.create_key(db, workspace, "Lasting", ["*"])
    bound = await keys.create_key(db, workspace, "Bound", ["tags:*", "apiKeys:*"], bounds=rows)
    giver = Viewer.of_key(workspace, brief.record.id, "Brief", ["*"])
    holder = Viewer.of_key(workspace, bound.record.id, "Bound", ["tags:*", "apiKeys:*"], rows)
    tried: list[Callable[[Tx], Awaitable[Any]]] = [
        lambda tx: keys.create(tx, "Child", ["leads:read"], giver=giver),
        lambda tx: keys.create(tx, "Child", ["leads:read"], giver=giver, expires_at=later),
        lambda tx: keys.update(tx, brief.record.id, {"expires_at": None}, giver),
        lambda tx: keys.update(tx, brief.record.id, {"expires_at": later}, giver),
        lambda tx: keys.update(tx, lasting.record.id, {"name": "Mine"}, giver),
        lambda tx: keys.rotate(tx, lasting.record.id, giver, now=True),
        lambda tx: keys.create(tx, "Child", ["tags:read"], giver=holder),
    ]
    before = await keys.list_keys(db, workspace)
    told = list[tuple[str, str | None]]()
    for one in tried:
        with pytest.raises((BadExpiry, BadBound)) as refused:
            await db.run(system, one)
        told.append((refused.value.code, refused.value.field))
    assert told == [("BAD_EXPIRY", "expiresAt")] * 6 + [("BAD_BOUND", "rows")]
    with pytest.raises(BadExpiry) as refused:
        await db.run(system, tried[0])
    assert refused.value.message == f"The key ends never, unlike the one you use, which ends {ends:%Y-%m-%dT%H:%M:%SZ}."
    assert (refused.value.fix or "").startswith(f"Let it end by {ends:%Y-%m-%dT%H:%M:%SZ}, ")
    assert await keys.list_keys(db, workspace) == before
    await db.run(system, lambda tx: keys.update(tx, lasting.record.id, {"expires_at": ends}, giver))
    child = await db.run(system, lambda tx: keys.create(tx, "Child", ["leads:read"], giver=giver, expires_at=ends))
    assert (await db.run(system, lambda tx: keys.rotate(tx, child.record.id, giver))).record.expires_at == ends
    assert (await db.run(system, lambda tx: keys.rotate(tx, brief.record.id, giver))).record.expires_at == ends
    same = await db.run(system, lambda tx: keys.create(tx, "Child", ["tags:read"], giver=holder, bounds=rows))
    assert same.record.bounds.user_id == user
    await keys.revoke_key(db, workspace, brief.record.id)
    with pytest.raises(CredentialRejected):
        await db.run(system, lambda tx: keys.create(tx, "Late", ["leads:read"], giver=giver, expires_at=ends))
