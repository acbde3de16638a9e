"""Changes when mail may leave and how much of it: windows, limits, and the rules of all mail."""

from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from api.entries.doors import Verbs, mutations
from api.pressure.types import SendingRulesType
from leadwell import pressure
from leadwell.access import Viewer
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_LIMIT, SEND_WINDOW
from models.sends import MailClass

COUNTS = ("person_most", "person_days", "company_most", "company_days", "quiet_hours")


def verbs(_viewer: Viewer) -> Verbs:
    """Their own rules, and mail that waits is asked again."""
    return Verbs(editing.create, editing.update, editing.archive)


for _entry in (SEND_WINDOW, SEND_LIMIT):
    globals()[f"{_entry.noun}Mutations"] = mutations(_entry, __name__, verbs)


@strawberry.input(description="Rules of all mail to change. What is left out stays; null lifts a rule.")
class UpdateSendingRulesInput:
    window_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Hours of sequences and broadcasts without hours of their own.")
    person_most: strawberry.Maybe[int | None] = strawberry.field(description="Mails to a person at most, in personDays days: 1 to 1,000.")
    person_days: strawberry.Maybe[int | None] = strawberry.field(description="Days of the cap for a person: 1 to 366.")
    company_most: strawberry.Maybe[int | None] = strawberry.field(description="Mails to people of a company at most, in companyDays days: 1 to 100,000.")
    company_days: strawberry.Maybe[int | None] = strawberry.field(description="Days of the cap for a company: 1 to 366.")
    quiet_hours: strawberry.Maybe[int | None] = strawberry.field(description="Hours since the last mail to a person, at least: 1 to 8,784.")
    capped: strawberry.Maybe[list[MailClass]] = strawberry.field(description="Which of SEQUENCE, BROADCAST and ONE_TO_ONE wait for caps and quiet.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class UpdateSendingRulesPayload:
    """What updateSendingRules answers."""

    done: strawberry.Private[bool] = False
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")

    @strawberry.field(description="The rules as they now are, with what will hardly work.")
    async def sending_rules(self, info: Info) -> SendingRulesType | None:
        if not self.done:
            return None
        async with info.context.lock:
            return SendingRulesType.of(await pressure.read_rules(await info.context.reader()))


@strawberry.type
class PressureMutations:
    @strawberry.mutation(description="Changes what holds for all mail of the workspace; mail that waits is asked again.")
    async def update_sending_rules(self, info: Info, input: UpdateSendingRulesInput) -> UpdateSendingRulesPayload:
        async def verb(tx: Tx) -> Revision:
            return await pressure.update_rules(tx, _values(input), input.expected_version)

        return await act(info, UpdateSendingRulesPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"done": True})


def _values(input: UpdateSendingRulesInput) -> dict[str, Any]:
    values = given(input, "window_id", *COUNTS, "capped")
    if values.get("window_id") is not None:
        window: UUID = id_of(values["window_id"], "SendWindow", "window_id")
        values["window_id"] = window
    if "capped" in values:
        values["capped"] = [str(one.value) for one in values["capped"]]
    return values
