"""What is given to change many records, and how it is read."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, given, ids_of
from api.grammar import GRAMMAR
from leadwell.changes import Wanted
from leadwell.changes.refusals import UnknownChange
from leadwell.changes.views import NOUNS
from models.changes import ChangeAction

GRAMMAR.enum(ChangeAction)
OPTIONS = ("reason", "note", "tags", "set")


@strawberry.input(description="Many records of one kind and what is to be done with each of them.")
class ChangeInput:
    noun: str = strawberry.field(description="Lead, Contact, Company, Deal, Person or Task.")
    action: ChangeAction = strawberry.field(description="What is done.")
    where: JSON | None = strawberry.field(default=None, description="Which records: the filter of the noun's list, as JSON; it must still hold at their turn.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Only these; with no filter, all of these.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="REASSIGN: the user who gets them; null: nobody.")
    reason: str | None = strawberry.field(default=None, description="JUNK: code of a reason. REOPEN: why, in words.")
    note: str | None = strawberry.field(default=None, description="JUNK: why, in words.")
    tags: list[str] | None = strawberry.field(default=None, description="TAG, UNTAG: names of tags, 20 at most.")
    sequence_id: strawberry.ID | None = strawberry.field(default=None, description="ENROLL: the sequence, which is live.")
    set: JSON | None = strawberry.field(default=None, description="UPDATE: fields and their values, as in the noun's update input; null clears.")
    quiet: bool = strawberry.field(default=False, description="Whether webhooks, notifications and sequences hear nothing of it: for backfills.")


@strawberry.input(description="A change of many records that was previewed.")
class CreateChangeSetInput(ChangeInput):
    expected_count: int = strawberry.field(description="How many records the preview counted; the change is refused when another number matches now.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which change set.")
class ChangeSetInput:
    id: strawberry.ID = strawberry.field(description="The change set.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Two users, and what the one hands over to the other.")
class TransferOwnershipInput:
    from_id: strawberry.ID = strawberry.field(description="The user who hands over; may have been put away.")
    to_id: strawberry.ID | None = strawberry.field(description="The user who takes over; null: nobody.")
    nouns: list[str] = strawberry.field(description="Any of Lead, Contact, Company, Deal, Task. What is over (closed deals, done tasks, junk) keeps its owner.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def wanted(input: Any) -> Wanted:
    """UnknownChange, BadId."""
    if input.noun not in NOUNS:
        raise UnknownChange(field="noun", noun=input.noun[:40], action=input.action.value)
    options: dict[str, Any] = {name: getattr(input, name) for name in OPTIONS if getattr(input, name) is not None}
    options |= given(input, "owner_id") | ({"sequence_id": input.sequence_id} if input.sequence_id else {})
    ids = None if input.ids is None else ids_of(input.ids, input.noun, "ids")
    return Wanted(input.noun, str(input.action.value), input.where, ids, options, input.quiet)
