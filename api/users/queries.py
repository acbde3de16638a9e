"""Which invitations there are, and by which identity providers people come in."""

import strawberry

from api.context import Info
from api.users.types import IdentityProvider, Invitation
from leadwell import accounts
from leadwell.access import oidc


@strawberry.type
class UserQueries:
    @strawberry.field(description="The latest 500 invitations, newest first, accepted and revoked ones too.")
    async def invitations(self, info: Info) -> list[Invitation]:
        info.context.viewer.need("users", "invite")
        async with info.context.lock:
            return [Invitation.shown(one) for one in await accounts.listed(await info.context.reader())]

    @strawberry.field(description="The identity providers of this workspace, by name.")
    async def identity_providers(self, info: Info) -> list[IdentityProvider]:
        info.context.viewer.need("workspaces", "read")
        async with info.context.lock:
            return [IdentityProvider.of(one) for one in await oidc.listed(await info.context.reader())]
