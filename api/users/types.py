"""Invitations, sessions and identity providers: few of each, answered as lists."""

from datetime import datetime
from typing import Any, Optional

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from leadwell.access.oidc import ProviderRecord
from leadwell.access.sessions import SessionRecord
from leadwell.accounts import InvitationRecord
from leadwell.base.ids import encode_id

SESSION, INVITATION, IDENTITY_PROVIDER = 203, 204, 205  # the type parts of their ids; none is a noun of the catalog
TEAM: Any = Optional[GRAMMAR.type("Team")]  # noqa: UP045


@strawberry.type(description="Where somebody is signed in.", name="Session")
class SessionType:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    user_agent: str | None = strawberry.field(description="What the browser or program called itself.")
    address: str | None = strawberry.field(description="The network it was opened from: an address without its last part.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    seen_at: datetime = strawberry.field(description="When it was last used, to the minute.")
    expires_at: datetime = strawberry.field(description="When it ends by itself; use puts that off.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, one: SessionRecord) -> "SessionType":
        return cls(
            id=strawberry.ID(encode_id(SESSION, one.id)), user_agent=one.user_agent, address=one.address, created_at=one.created_at,
            seen_at=one.seen_at, expires_at=one.expires_at, is_current=one.current)


@strawberry.type(description="Somebody who may become a user by a link that was mailed to them. It is open until it is accepted, revoked or too old.")
class Invitation:
    of: strawberry.Private[InvitationRecord]
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    email: str = strawberry.field(description="Address it was sent to.")
    name: str = strawberry.field(description="Name people will see.")
    role: str = strawberry.field(description="Code of the role they will have.")
    sent_at: datetime = strawberry.field(description="When it was last sent.")
    expires_at: datetime = strawberry.field(description="When its link ends by itself.")
    accepted_at: datetime | None = strawberry.field(description="When it was accepted.")
    revoked_at: datetime | None = strawberry.field(description="When it was taken back.")

    @strawberry.field(graphql_type=TEAM, description="The team they will belong to.")
    async def team(self, info: Info) -> Any:
        return await GRAMMAR.row(info.context, "Team", self.of.team_id) if self.of.team_id else None

    @classmethod
    def shown(cls, one: InvitationRecord) -> "Invitation":
        return cls(
            of=one, id=strawberry.ID(encode_id(INVITATION, one.id)), email=one.email, name=one.name, role=one.role, sent_at=one.sent_at,
            expires_at=one.expires_at, accepted_at=one.accepted_at, revoked_at=one.revoked_at)


@strawberry.type(description="Whom this workspace believes who somebody is (OpenID Connect).")
class IdentityProvider:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name: str = strawberry.field(description="What its button says.")
    issuer: str = strawberry.field(description="Its address, as it writes it itself.")
    client_id: str | None = strawberry.field(description="Who this workspace is there; missing: the installation's own client.")
    domains: list[str] = strawberry.field(description="E-mail domains whose people come in by it; none: all.")
    link_by_email: bool = strawberry.field(description="Whether a verified address makes somebody the user who has it.")
    role: str | None = strawberry.field(description="Code of the role of those who are made users when they first come; missing: nobody is.")

    @classmethod
    def of(cls, one: ProviderRecord) -> "IdentityProvider":
        return cls(
            id=strawberry.ID(encode_id(IDENTITY_PROVIDER, one.id)), name=one.name, issuer=one.issuer, client_id=one.client_id,
            domains=list(one.domains), link_by_email=one.link_by_email, role=one.role)
