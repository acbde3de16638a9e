"""Writes automations, and brings them into use."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, Info, act, id_of, payload
from leadwell import automation
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx

RULE = "When, which records and what to do, as the guide to automation shows."


@strawberry.input(description="An automation with its first draft.")
class CreateAutomationInput:
    name: str = strawberry.field(description="Name people see.")
    rule: JSON = strawberry.field(description=RULE)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A new rule, not yet in use.")
class DraftAutomationInput:
    id: strawberry.ID = strawberry.field(description="The automation.")
    rule: JSON = strawberry.field(description=RULE)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An automation.")
class AutomationInput:
    id: strawberry.ID = strawberry.field(description="The automation.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(automation="Automation")
class AutomationPayload:
    """The automation as it now is."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class AutomationMutations:
    @strawberry.mutation(description="Makes an automation with version 1 as a draft; it does nothing before it is published.")
    async def create_automation(self, info: Info, input: CreateAutomationInput) -> AutomationPayload:
        async def verb(tx: Tx) -> UUID:
            return await automation.create(tx, input.name, input.rule, info.context.viewer)

        return await act(info, AutomationPayload, "automations", "create", verb, input=input, shape=lambda id: {"automation": id})

    @strawberry.mutation(description="Writes the draft; the version in use goes on.")
    async def draft_automation(self, info: Info, input: DraftAutomationInput) -> AutomationPayload:
        return await _act(info, input, lambda tx, id: automation.draft(tx, id, input.rule, info.context.viewer, input.expected_version))

    @strawberry.mutation(description="Brings the draft into use, for what happens from now on.")
    async def publish_automation(self, info: Info, input: AutomationInput) -> AutomationPayload:
        return await _act(info, input, lambda tx, id: automation.publish(tx, id, info.context.viewer, input.expected_version))

    @strawberry.mutation(description="It does nothing until it is resumed.")
    async def pause_automation(self, info: Info, input: AutomationInput) -> AutomationPayload:
        return await _act(info, input, lambda tx, id: automation.pause(tx, id, input.expected_version))

    @strawberry.mutation(description="It acts again, on what happens from now on.")
    async def resume_automation(self, info: Info, input: AutomationInput) -> AutomationPayload:
        return await _act(info, input, lambda tx, id: automation.resume(tx, id, info.context.viewer, input.expected_version))


async def _act(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Revision]]) -> AutomationPayload:
    async def found(tx: Tx) -> Revision:
        return await verb(tx, id_of(input.id, "Automation", "id"))

    shape: Callable[[Revision], dict[str, Any]] = lambda _: {"automation": id_of(input.id, "Automation")}  # noqa: E731
    return await act(info, AutomationPayload, "automations", "update", found, input=input, shape=shape, about={"automation": input.id})
