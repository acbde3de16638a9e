"""A key and its secrets, as lists show them, and what bounds it."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry

from api.grammar import GRAMMAR
from leadwell.access.keys import KeyRecord
from leadwell.access.sees import Reach
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.catalog import CATALOG
from models.control import KeyRows

API_KEY = 201  # the type part of key ids; keys are no noun of the catalog


GRAMMAR.enum(KeyRows)


@strawberry.type(description="One of a key's secrets.")
class ApiKeySecret:
    prefix: str = strawberry.field(description="How its text begins.")
    created_at: datetime = strawberry.field(description="When it was made.")
    ends_at: datetime | None = strawberry.field(description="When it ends; missing: with its key.")
    used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")
    used_from: str | None = strawberry.field(description="The address it was used from then.")


@strawberry.type(description="A key of a partner or program; its text is shown once, when it is made or rotated.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name: str = strawberry.field(description="What it is for.")
    prefix: str = strawberry.field(description="How the text of its newest secret begins.")
    scopes: list[str] = strawberry.field(description="What it may do, as noun:verb.")
    only_fields: list[str] = strawberry.field(description="Of the nouns named here, as in leads.name, it sees and writes no other fields.")
    without_fields: list[str] = strawberry.field(description="Fields, as leads.budget, or permissions, as contact_data, that it neither sees nor writes.")
    rows: KeyRows = strawberry.field(description="Which rows of records it reaches.")
    user_id: strawberry.ID | None = strawberry.field(description="Whose rows, or whose team's.")
    team_id: strawberry.ID | None = strawberry.field(description="Which team's rows.")
    addresses: list[str] = strawberry.field(description="Networks it is used from; none: from anywhere.")
    secrets: list[ApiKeySecret] = strawberry.field(description="Those that open it, newest first: two while it is rotated.")
    version: int = strawberry.field(description="Adds one with every change.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")
    used_from: str | None = strawberry.field(description="The address it was used from then.")

    @classmethod
    def of(cls, key: KeyRecord) -> "ApiKey":
        bounds = key.bounds
        return cls(
            id=key_id(key.id), name=key.name, prefix=key.prefix, scopes=list(key.scopes), only_fields=list(bounds.only), without_fields=list(bounds.without),
            rows=KeyRows(bounds.rows.upper()), user_id=_shown("User", bounds.user_id), team_id=_shown("Team", bounds.team_id), addresses=list(bounds.addresses),
            secrets=[ApiKeySecret(prefix=one.prefix, created_at=one.created_at, ends_at=one.ends_at, used_at=one.used_at, used_from=one.used_from)
                     for one in key.secrets],
            version=key.version, created_at=key.created_at, expires_at=key.expires_at, revoked_at=key.revoked_at, used_at=key.used_at, used_from=key.used_from)


def key_id(id: UUID) -> strawberry.ID:
    return strawberry.ID(encode_id(API_KEY, id))


def id_of_key(text: str) -> UUID:
    """BadId for the id of something else."""
    tag, id = decode_id(text)
    if tag != API_KEY:
        raise BadId(field="id", id=text[:60])
    return id


def _shown(noun: str, id: UUID | None) -> strawberry.ID | None:
    return strawberry.ID(encode_id(CATALOG[noun].tag, id)) if id else None


def reach_of(rows: KeyRows) -> Reach:
    return cast("Reach", str(rows.value).lower())
