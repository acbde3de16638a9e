"""Users' way in, and the settings of the workspace."""

from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.workspace.types import WorkspaceType, workspace_of
from leadwell import workspaces
from leadwell.access import links, users
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.base.workspace import SAYS
from models.control import DealAtConversion, PurchaseByLead, RepeatHandRaise


@strawberry.input(description="Somebody who shall work here.")
class CreateUserInput:
    email: str = strawberry.field(description="Address to sign in with.")
    name: str = strawberry.field(description="Name people see.")
    role: str = strawberry.field(default="SALES", description="Code of a role.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(user="User")
class CreateUserPayload:
    """What createUser answers; a user who is there already is answered as they are."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Whom a link shall sign in.")
class CreateSignInLinkInput:
    user_id: strawberry.ID = strawberry.field(description="The user.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class CreateSignInLinkPayload:
    """What createSignInLink answers."""

    url: str | None = strawberry.field(default=None, description="Signs that user in once, within the hour; shown once, so null in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="A new password for the one who asks.")
class ChangePasswordInput:
    current: str | None = strawberry.field(default=None, description="The present password; missing while there is none.")
    password: str = strawberry.field(description="The new one, at least 10 characters.")


@payload(user="User")
class ChangePasswordPayload:
    """What changePassword answers."""


@strawberry.input(description="A custom field of leads that conversion takes over into one of another noun.")
class FieldMappingInput:
    lead_key: str = strawberry.field(description="Key of the lead's field.")
    noun: str = strawberry.field(description="Company, Contact or Deal.")
    key: str = strawberry.field(description="Key of its field, which can hold the same: of the same type, or FLOAT for INT, TEXT for CHOICE, CHOICE for TEXT.")


@strawberry.input(description="Settings to change. What is left out stays.")
class UpdateWorkspaceSettingsInput:
    individuals: strawberry.Maybe[bool] = strawberry.field(description=SAYS["individuals"])
    convert_deal: strawberry.Maybe[DealAtConversion] = strawberry.field(description=SAYS["convert_deal"])
    convert_fields: strawberry.Maybe[list[FieldMappingInput]] = strawberry.field(description=SAYS["convert_fields"] + " The whole list.")
    repeat_hand_raise: strawberry.Maybe[RepeatHandRaise] = strawberry.field(description=SAYS["repeat_hand_raise"])
    purchase_by_lead: strawberry.Maybe[PurchaseByLead] = strawberry.field(description=SAYS["purchase_by_lead"])
    capture_exceptions: strawberry.Maybe[list[str]] = strawberry.field(description=SAYS["capture_exceptions"] + " The whole list.")
    link_duplicates: strawberry.Maybe[bool] = strawberry.field(description=SAYS["link_duplicates"])
    track_opens: strawberry.Maybe[bool] = strawberry.field(description=SAYS["track_opens"])
    track_clicks: strawberry.Maybe[bool] = strawberry.field(description=SAYS["track_clicks"])
    soft_bounces: strawberry.Maybe[int] = strawberry.field(description=SAYS["soft_bounces"])
    soft_bounce_days: strawberry.Maybe[int] = strawberry.field(description=SAYS["soft_bounce_days"])
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What the workspace is. What is left out stays.")
class UpdateWorkspaceInput:
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    time_zone: strawberry.Maybe[str] = strawberry.field(description="IANA time zone of the business.")
    currency: strawberry.Maybe[str] = strawberry.field(description="ISO 4217 code of reports; amounts in it are reckoned anew.")
    country: strawberry.Maybe[str | None] = strawberry.field(description="Country, by name or ISO 3166-1 code.")
    locale: strawberry.Maybe[str] = strawberry.field(description="Language tag of texts without another, such as de or pt-BR.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class UpdateWorkspaceSettingsPayload:
    """What updateWorkspaceSettings and updateWorkspace answer."""

    done: strawberry.Private[bool] = False
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The workspace as it now is.")
    async def workspace(self, info: Info) -> WorkspaceType | None:
        return await workspace_of(info) if self.done else None


@strawberry.type
class WorkspaceMutations:
    @strawberry.mutation(description="Changes settings of the workspace.")
    async def update_workspace_settings(self, info: Info, input: UpdateWorkspaceSettingsInput) -> UpdateWorkspaceSettingsPayload:
        async def verb(tx: Tx) -> Revision:
            sent = given(input, *SAYS)
            if "convert_fields" in sent:
                sent["convert_fields"] = tuple((one.lead_key, one.noun, one.key) for one in sent["convert_fields"])
            return await workspaces.update_settings(tx, sent, input.expected_version)

        return await act(info, UpdateWorkspaceSettingsPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"done": True})

    @strawberry.mutation(description="Changes what the workspace is called, its time zone, currency, country or language.")
    async def update_workspace(self, info: Info, input: UpdateWorkspaceInput) -> UpdateWorkspaceSettingsPayload:
        async def verb(tx: Tx) -> Revision:
            return await workspaces.describe(tx, given(input, "name", "time_zone", "currency", "country", "locale"), input.expected_version)

        return await act(info, UpdateWorkspaceSettingsPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"done": True})

    @strawberry.mutation(description="Sets the caller's own password and ends all their sessions: sign in again afterwards.")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        context = info.context

        async def verb(tx: Tx) -> UUID:
            return await users.change_password(context.db, context.viewer, input.current, input.password, context.token)

        return await act(info, ChangePasswordPayload, "users", "read", verb, shape=lambda user: {"user": user}, keyed=False)

    @strawberry.mutation(description="Lets somebody work in this workspace.")
    async def create_user(self, info: Info, input: CreateUserInput) -> CreateUserPayload:
        async def verb(tx: Tx) -> UUID:
            return await users.create(tx, email=input.email, name=input.name, role=input.role, giver=info.context.viewer)

        return await act(info, CreateUserPayload, "users", "create", verb, input=input, shape=lambda user: {"user": user})

    @strawberry.mutation(description="Makes a link that signs a user in once.")
    async def create_sign_in_link(self, info: Info, input: CreateSignInLinkInput) -> CreateSignInLinkPayload:
        address = info.context.settings.public_url

        async def verb(tx: Tx) -> str:
            return await links.create(tx, id_of(input.user_id, "User", "user_id"), giver=info.context.viewer)

        def shown(token: str) -> dict[str, Any]:
            return {"url": f"{address}/auth/link/{token}"}

        return await act(info, CreateSignInLinkPayload, "users", "invite", verb, input=input, shape=lambda _: {}, secret=shown)
