"""Inviting, shutting out, bringing back; ending sessions; saying by which identity providers people come in."""

from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, id_of, payload
from api.roles.mutations import UpdateUserPayload
from api.users.types import IDENTITY_PROVIDER, INVITATION, SESSION, IdentityProvider, Invitation
from leadwell import accounts
from leadwell.access import oidc, sessions, users
from leadwell.base.ids import BadId, decode_id
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx


@strawberry.input(description="Somebody who shall work here.")
class InviteUserInput:
    email: str = strawberry.field(description="Where the invitation goes, and what they will sign in with.")
    name: str = strawberry.field(description="Name people see.")
    role: str = strawberry.field(default="SALES", description="Code of a role, none that may do more than you.")
    team_id: strawberry.ID | None = strawberry.field(default=None, description="The team they will belong to.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An open invitation.")
class InvitationInput:
    id: strawberry.ID = strawberry.field(description="The invitation.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class InvitationPayload:
    """What inviting, sending again and revoking answer; never the link, which only the mailbox gets."""

    of: strawberry.Private[UUID | str | None] = None
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The invitation as it now is.")
    async def invitation(self, info: Info) -> Invitation | None:
        if self.of is None:
            return None
        async with info.context.lock:
            return Invitation.shown((await accounts.listed(await info.context.reader(), [UUID(str(self.of))]))[0])


@strawberry.input(description="A user who is to be shut out, or brought back.")
class ArchiveUserInput:
    id: strawberry.ID = strawberry.field(description="The user.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which of the caller's own sessions in this workspace are to end.")
class EndSessionsInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These; missing: all but the one that asks.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class EndSessionsPayload:
    """What endSessions answers."""

    ended: int = strawberry.field(default=0, description="How many ended.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="What this workspace says of an identity provider (OpenID Connect). Said again of an issuer, it replaces the former.")
class PutIdentityProviderInput:
    issuer: str = strawberry.field(description="Its address, letter by letter as its discovery document has it.")
    name: str = strawberry.field(description="What its button says.")
    client_id: str | None = strawberry.field(default=None, description="Who this workspace is there; missing: the installation's own client of that issuer.")
    client_secret: str | None = strawberry.field(default=None, description="Kept sealed and never shown; missing: the one it has, or none.")
    domains: list[str] = strawberry.field(default_factory=list[str], description="E-mail domains whose people come in by it; none: all.")
    link_by_email: bool = strawberry.field(default=False, description="Whether an address that it has verified makes somebody the user who has it.")
    role: str | None = strawberry.field(default=None, description="Code of the role of those who are made users when they first come; missing: nobody is.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An identity provider by which nobody shall come in any more.")
class RemoveIdentityProviderInput:
    id: strawberry.ID = strawberry.field(description="The identity provider.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class IdentityProviderPayload:
    """What putting and removing an identity provider answer."""

    done: strawberry.Private[bool] = False
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The identity providers of this workspace as they now are.")
    async def identity_providers(self, info: Info) -> list[IdentityProvider] | None:
        if not self.done:
            return None
        async with info.context.lock:
            return [IdentityProvider.of(one) for one in await oidc.listed(await info.context.reader())]


@strawberry.type
class UserMutations:
    @strawberry.mutation(description="Mails somebody a link by which they become a user within 7 days. Nobody is told whether the address is known elsewhere.")
    async def invite_user(self, info: Info, input: InviteUserInput) -> InvitationPayload:
        async def verb(tx: Tx) -> UUID:
            team = None if input.team_id is None else id_of(input.team_id, "Team", "team_id")
            return await accounts.invite(tx, accounts.Invitee(input.email, input.name, input.role, team), info.context.settings, giver=info.context.viewer)

        return await act(info, InvitationPayload, "users", "invite", verb, input=input, shape=lambda id: {"of": str(id)})

    @strawberry.mutation(description="Sends an open invitation again, with a new link; the one before ends.")
    async def resend_invitation(self, info: Info, input: InvitationInput) -> InvitationPayload:
        async def verb(tx: Tx) -> UUID:
            return await accounts.resend(tx, _id(input.id, INVITATION), info.context.settings, giver=info.context.viewer)

        return await act(info, InvitationPayload, "users", "invite", verb, input=input, shape=lambda id: {"of": str(id)})

    @strawberry.mutation(description="Takes an invitation back.")
    async def revoke_invitation(self, info: Info, input: InvitationInput) -> InvitationPayload:
        async def verb(tx: Tx) -> UUID:
            return await accounts.revoke(tx, _id(input.id, INVITATION))

        return await act(info, InvitationPayload, "users", "invite", verb, input=input, shape=lambda id: {"of": str(id)})

    @strawberry.mutation(description="Shuts a user out: their sessions end, and nothing lets them in. What is theirs stays theirs until it is handed over.")
    async def archive_user(self, info: Info, input: ArchiveUserInput) -> UpdateUserPayload:
        async def verb(tx: Tx) -> Revision:
            return await users.archive(tx, id_of(input.id, "User", "id"), info.context.viewer, input.expected_version)

        return await act(info, UpdateUserPayload, "users", "update", verb, input=input, shape=lambda _: {"user": id_of(input.id, "User")})

    @strawberry.mutation(description="Lets a user in again, with the role they had.")
    async def unarchive_user(self, info: Info, input: ArchiveUserInput) -> UpdateUserPayload:
        async def verb(tx: Tx) -> Revision:
            return await users.unarchive(tx, id_of(input.id, "User", "id"), info.context.viewer, input.expected_version)

        return await act(info, UpdateUserPayload, "users", "update", verb, input=input, shape=lambda _: {"user": id_of(input.id, "User")})

    @strawberry.mutation(description="Ends sessions of the caller's own; within 5 seconds no process honors them any more.")
    async def end_sessions(self, info: Info, input: EndSessionsInput) -> EndSessionsPayload:
        context = info.context

        async def verb(tx: Tx) -> int:
            ids = None if input.ids is None else [_id(id, SESSION, f"ids.{i}") for i, id in enumerate(input.ids)]
            return await sessions.end(tx, context.viewer, ids, context.token)

        return await act(info, EndSessionsPayload, "users", "read", verb, input=input, shape=lambda ended: {"ended": ended})

    @strawberry.mutation(description="Says by which identity provider people come in, and whom it brings. It takes all there is to be allowed.")
    async def put_identity_provider(self, info: Info, input: PutIdentityProviderInput) -> IdentityProviderPayload:
        async def verb(tx: Tx) -> UUID:
            wanted = oidc.Wanted(input.issuer, input.name, input.client_id, input.client_secret, input.domains, input.link_by_email, input.role)
            return await oidc.put(tx, wanted, info.context.settings, giver=info.context.viewer)

        return await act(info, IdentityProviderPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"done": True})

    @strawberry.mutation(description="Nobody comes in by that identity provider any more. Who is signed in stays.")
    async def remove_identity_provider(self, info: Info, input: RemoveIdentityProviderInput) -> IdentityProviderPayload:
        async def verb(tx: Tx) -> UUID:
            return await oidc.remove(tx, _id(input.id, IDENTITY_PROVIDER), giver=info.context.viewer)

        return await act(info, IdentityProviderPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"done": True})


def _id(text: str, tag: int, field: str = "id") -> UUID:
    try:
        return decode_id(str(text), tag)[1]
    except BadId as bad:
        raise BadId(field=field, id=bad.params["id"]) from None
