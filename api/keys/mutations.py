"""What makes, changes, rotates and ends API keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.keys.types import ApiKey, id_of_key, key_id, reach_of
from leadwell.access import keys
from leadwell.access.bounds import Bounds
from leadwell.access.keys import NewKey
from leadwell.base.tx import Tx
from models.control import KeyRows

SCOPES = "What it may do, as noun:verb: leads:read, leads:*, *:read, or *."
ONLY = "Of the nouns named here, as in leads.name, no other fields than these and the id are seen or written."
WITHOUT = "Fields, as leads.budget, or permissions, as contact_data, that are neither seen nor written."
ROWS = "Which rows of records it reaches; OWN and TEAM say whose by userId or teamId."
WHOSE, TEAM = "Whose rows, or whose team's.", "Which team's rows."
ADDRESSES = "Addresses and networks it is used from, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32; none: from anywhere."
EXPIRES = "When it ends by itself; missing: never."


@strawberry.input(description="A key to make.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is for.")
    scopes: list[str] = strawberry.field(description=SCOPES)
    only_fields: list[str] = strawberry.field(default_factory=list, description=ONLY)
    without_fields: list[str] = strawberry.field(default_factory=list, description=WITHOUT)
    rows: KeyRows = strawberry.field(default=KeyRows.ALL, description=ROWS)
    user_id: strawberry.ID | None = strawberry.field(default=None, description=WHOSE)
    team_id: strawberry.ID | None = strawberry.field(default=None, description=TEAM)
    addresses: list[str] = strawberry.field(default_factory=list, description=ADDRESSES)
    expires_at: datetime | None = strawberry.field(default=None, description=EXPIRES)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a key. What is left out stays.")
class UpdateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key.")
    name: strawberry.Maybe[str] = strawberry.field(description="What it is for.")
    scopes: strawberry.Maybe[list[str]] = strawberry.field(description=SCOPES)
    only_fields: strawberry.Maybe[list[str]] = strawberry.field(description=ONLY)
    without_fields: strawberry.Maybe[list[str]] = strawberry.field(description=WITHOUT)
    rows: strawberry.Maybe[KeyRows] = strawberry.field(description=ROWS)
    user_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description=WHOSE)
    team_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description=TEAM)
    addresses: strawberry.Maybe[list[str]] = strawberry.field(description=ADDRESSES)
    expires_at: strawberry.Maybe[datetime | None] = strawberry.field(description=EXPIRES)
    end_old_secrets: bool = strawberry.field(default=False, description="Ends every secret but the newest at once, when nothing uses it any more.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A key that gets a second secret.")
class RotateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key.")
    old_ends_at: datetime | None = strawberry.field(default=None, description="Until when the secret of before works, too: at most 90 days; missing: 7.")
    end_old_now: bool = strawberry.field(default=False, description="The secrets of before end at once, as after a leak.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class ApiKeyPayload:
    """What making, changing, rotating and revoking a key answers."""

    id: strawberry.ID | None = strawberry.field(default=None, description="The key's id.")
    secret: str | None = strawberry.field(default=None, description="A new secret, shown this once; missing in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The key as it now is; null for whoever may not read keys.")
    async def api_key(self, info: Info) -> ApiKey | None:
        if self.id is None or not info.context.viewer.may("apiKeys", "read"):
            return None
        async with info.context.lock:
            return ApiKey.of(await keys.find(await info.context.reader(), id_of_key(self.id)))


def _made(made: NewKey) -> dict[str, Any]:
    return {"id": key_id(made.record.id)}


def _text(made: NewKey) -> dict[str, Any]:
    return {"secret": made.text}


def _id(id: str | None, noun: str, field: str) -> UUID | None:
    return id_of(id, noun, field) if id else None


# What the verb calls it, and how it reads it.
READ: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", str), "expires_at": ("expires_at", lambda told: told), "rows": ("rows", reach_of), "scopes": ("scopes", tuple),
    "only_fields": ("only", tuple), "without_fields": ("without", tuple), "addresses": ("addresses", tuple),
    "user_id": ("user_id", lambda id: _id(id, "User", "user_id")), "team_id": ("team_id", lambda id: _id(id, "Team", "team_id")),
}  # fmt: skip


@strawberry.type
class KeyMutations:
    @strawberry.mutation(description="Makes an API key with the scopes given, none beyond the caller's own.")
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> ApiKeyPayload:
        async def verb(tx: Tx) -> NewKey:
            whose = _id(input.user_id, "User", "user_id"), _id(input.team_id, "Team", "team_id")
            bounds = Bounds(reach_of(input.rows), *whose, tuple(input.only_fields), tuple(input.without_fields), tuple(input.addresses))
            return await keys.create(tx, input.name, input.scopes, expires_at=input.expires_at, giver=info.context.viewer, bounds=bounds)

        return await act(info, ApiKeyPayload, "apiKeys", "create", verb, input=input, shape=_made, secret=_text)

    @strawberry.mutation(description="Changes what a key is called, may do, reaches or is used from; within 5 seconds it holds everywhere.")
    async def update_api_key(self, info: Info, input: UpdateApiKeyInput) -> ApiKeyPayload:
        async def verb(tx: Tx) -> int:
            id = id_of_key(input.id)
            changes = {READ[name][0]: READ[name][1](told) for name, told in given(input, *READ).items()}
            version = await keys.update(tx, id, changes, info.context.viewer, input.expected_version)
            if input.end_old_secrets:
                await keys.end_old(tx, id)
            return version

        return await act(info, ApiKeyPayload, "apiKeys", "update", verb, input=input, shape=lambda _: {"id": str(input.id)})

    @strawberry.mutation(description="Gives a key a second secret; the one before it works until it ends, so that nothing stands still. Two are live at most.")
    async def rotate_api_key(self, info: Info, input: RotateApiKeyInput) -> ApiKeyPayload:
        async def verb(tx: Tx) -> NewKey:
            return await keys.rotate(tx, id_of_key(input.id), info.context.viewer, old_ends_at=input.old_ends_at, now=input.end_old_now)

        return await act(info, ApiKeyPayload, "apiKeys", "update", verb, input=input, shape=_made, secret=_text)

    @strawberry.mutation(description="Ends an API key with all its secrets; within 5 seconds no process honors it any more.")
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> ApiKeyPayload:
        async def verb(tx: Tx) -> UUID:
            return await keys.revoke(tx, id_of_key(input.id))

        return await act(info, ApiKeyPayload, "apiKeys", "revoke", verb, input=input, shape=lambda _: {"id": str(input.id)})
