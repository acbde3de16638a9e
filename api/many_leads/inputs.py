"""What is given to change many leads in one request, and how it is read."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, id_of
from api.capture.inputs import CreateLeadInput, submission
from api.capture.mutations import OnError
from api.custom.inputs import values_of
from api.leads.mutations import UpdateLeadInput, changes_of
from api.lengths import check_lengths
from leadwell.base.amounts import to_minor
from leadwell.base.refusals import Refusal
from leadwell.capture import Submission
from leadwell.changes.batching import Entry, placed

SAME = ("name", "prefix", "first_name", "middle_name", "last_name", "suffix", "email", "phone", "title", "company_name", "company_website", "industry",
        "employees", "need", "interest", "country", "region", "city", "postal_code", "street", "language", "time_zone")  # fmt: skip


@strawberry.input(description="Changes of leads, 500 at most.")
class UpdateLeadsInput:
    leads: list[UpdateLeadInput] = strawberry.field(description="The leads and their changes; their own idempotency keys are not looked at.")
    on_error: OnError = strawberry.field(default=OnError.ABORT, description="What a refused entry does to the others.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Leads to make or bring up to date, 500 at most.")
class UpsertLeadsInput:
    leads: list[CreateLeadInput] = strawberry.field(description="The leads; their own idempotency keys are not looked at.")
    on_error: OnError = strawberry.field(default=OnError.ABORT, description="What a refused entry does to the others.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which leads, and the fields that they all get.")
class UpdateLeadsWhereInput:
    where: JSON = strawberry.field(description="Which leads: the filter of the list, as JSON; it must still hold at their turn.")
    set: JSON = strawberry.field(description="Fields and their values, as in updateLead; null clears.")
    expected_count: int = strawberry.field(description="How many match; refused when it is another number.")
    quiet: bool = strawberry.field(default=False, description="Whether webhooks, notifications and sequences hear nothing of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def entries(input: UpdateLeadsInput) -> list[Entry]:
    """Every change; what cannot be read is told with its entry."""
    return [_entry(one) for one in input.leads]


def _entry(one: UpdateLeadInput) -> Entry:
    try:
        check_lengths(one)
        return Entry(id_of(one.id, "Lead", "id"), changes_of(one), one.expected_version)
    except Refusal as refusal:
        return Entry(None, {}, None, refusal)


def submissions(leads: Sequence[CreateLeadInput], refused: dict[int, Refusal] | None) -> dict[int, Submission]:
    """Every lead as a submission, by index. With `refused` bad ones go there, else the first is raised."""
    found: dict[int, Submission] = {}
    for i, one in enumerate(leads):
        _try(lambda i=i, one=one: found.update({i: submission(one, f"leads.{i}.")}), i, refused)
    return found


def _try(read: Callable[[], None], i: int, refused: dict[int, Refusal] | None) -> None:
    try:
        read()
    except Refusal as refusal:
        if refused is None:
            raise
        refused[i] = placed(refusal, i)


def values(one: CreateLeadInput) -> dict[str, Any]:
    """What was given, by the columns of leads and people."""
    sent = {name: value for name in SAME if (value := getattr(one, name)) is not None}
    if one.budget:
        sent["budget_minor"], sent["currency"] = to_minor(one.budget.amount, one.budget.currency, "budget")
    if one.custom:
        sent["custom"] = values_of(one.custom)
    return sent
