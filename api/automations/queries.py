"""What an automation would do."""

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from leadwell import automation


@strawberry.type(description="How often an action would have been done.")
class AutomationActionCount:
    kind: str = strawberry.field(description="The action.")
    count: int = strawberry.field(description="How often in the last 30 days.")


@strawberry.type(description="What a rule would do. Nothing is done.")
class AutomationPreview:
    matching: int = strawberry.field(description="Records that match its filter now.")
    acting: int = strawberry.field(description="How often it would have acted in the last 30 days, on records as they are now.")
    actions: list[AutomationActionCount] = strawberry.field(description="What of that each action is.")


@strawberry.type
class AutomationQueries:
    @strawberry.field(description="What a rule would do, in numbers, among the records that you see. Refused like a rule that is written.")
    async def automation_preview(
        self, info: Info, rule: Annotated[JSON, strawberry.argument(description="When, which records and what to do.")],
    ) -> AutomationPreview:
        viewer, given = info.context.viewer, rule
        viewer.need("automations", "read")
        async with info.context.lock:
            tx = await info.context.reader()
            read: Any = await automation.checked(tx, given, viewer)
            found = await automation.preview(tx, read, viewer)
        actions = [AutomationActionCount(kind=kind, count=count) for kind, count in found.actions.items()]
        return AutomationPreview(matching=found.matching, acting=found.acting, actions=actions)
