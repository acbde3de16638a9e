"""What makes and changes roles, and gives users theirs."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from leadwell.access import roles
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx

GRANTS = "Verbs, rows (all, team, own) and hidden fields per noun: {\"leads\": {\"verbs\": [\"read\"], \"rows\": \"own\", \"hide\": [\"contact_data\"]}}."


@strawberry.input(description="A role to make.")
class CreateRoleInput:
    code: str = strawberry.field(description="Stable code, in capital letters.")
    name: str = strawberry.field(description="Name people see.")
    grants: JSON = strawberry.field(description=GRANTS)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a role. What is left out stays.")
class UpdateRoleInput:
    id: strawberry.ID = strawberry.field(description="The role.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    grants: strawberry.Maybe[JSON] = strawberry.field(description=GRANTS + " All of them.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a user. What is left out stays; null clears.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="The user.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    time_zone: strawberry.Maybe[str | None] = strawberry.field(description="IANA time zone; null: the workspace's.")
    role: strawberry.Maybe[str] = strawberry.field(description="Code of a role.")
    team_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The team the user belongs to.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(role="Role")
class RolePayload:
    """What making or changing a role answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(user="User")
class UpdateUserPayload:
    """What changing a user answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class RoleMutations:
    @strawberry.mutation(description="Makes a role; nobody gives more than they may do.")
    async def create_role(self, info: Info, input: CreateRoleInput) -> RolePayload:
        async def verb(tx: Tx) -> UUID:
            return await roles.create(tx, input.code, input.name, input.grants, info.context.viewer)

        return await act(info, RolePayload, "roles", "create", verb, input=input, shape=lambda id: {"role": id})

    @strawberry.mutation(description="Changes what a role is called or may do.")
    async def update_role(self, info: Info, input: UpdateRoleInput) -> RolePayload:
        async def verb(tx: Tx) -> Revision:
            changes = given(input, "name", "grants")
            return await roles.update(tx, id_of(input.id, "Role", "id"), changes, info.context.viewer, input.expected_version)

        return await act(info, RolePayload, "roles", "update", verb, input=input, shape=lambda _: {"role": id_of(input.id, "Role")})

    @strawberry.mutation(description="Gives a user another name, time zone, role or team.")
    async def update_user(self, info: Info, input: UpdateUserInput) -> UpdateUserPayload:
        async def verb(tx: Tx) -> Revision:
            changes: dict[str, Any] = given(input, "name", "time_zone", "role")
            for id in given(input, "team_id").values():
                changes["team_id"] = None if id is None else id_of(id, "Team", "team_id")
            return await roles.update_user(tx, id_of(input.id, "User", "id"), changes, info.context.viewer, input.expected_version)

        return await act(info, UpdateUserPayload, "users", "update", verb, input=input, shape=lambda _: {"user": id_of(input.id, "User")})
