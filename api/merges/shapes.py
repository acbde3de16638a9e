"""Inputs and answers of a merge."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, id_of
from api.grammar import GRAMMAR
from leadwell.merging import BadMergeField, Conflict, FoldPlan, Policy, Preview, Wish, told
from leadwell.merging.fields import PROVENANCE
from models.columns import Choice


class MergeRule(Choice):
    """Which value of a field survives."""

    SURVIVOR = "SURVIVOR", "The survivor's; what it never had is filled from the others, what somebody emptied there stays empty."
    NEWEST = "NEWEST", "The one said last; emptying counts as saying."
    LONGEST = "LONGEST", "The longest text, or the most complete address; nothing empty."


GRAMMAR.enum(MergeRule)


@strawberry.input(description="How one field is decided: by a rule, by a record, or by a value. Name and address are decided as one.")
class MergeFieldInput:
    field: str = strawberry.field(description="name, email, phone, title, language, timeZone, address; of companies name, domain, website, "
        "industry, employees, phone, owner, revenue, address.")  # fmt: skip
    rule: MergeRule | None = strawberry.field(default=None, description="By rule.")
    record_id: strawberry.ID | None = strawberry.field(default=None, description="What this one of the merged records has.")
    value: str | None = strawberry.field(default=None, description="This value, as if typed in by hand; of an address give its parts as fields.")


@strawberry.input(description="Which people become one.")
class MergePeopleInput:
    survivor_id: strawberry.ID = strawberry.field(description="The person who stays.")
    ids: list[strawberry.ID] = strawberry.field(description="Those who go up in it, at most 50. Ids that were merged before lead to their survivor.")
    rule: MergeRule = strawberry.field(default=MergeRule.SURVIVOR, description="For fields that are not named.")
    fields: list[MergeFieldInput] = strawberry.field(default_factory=list, description="How single fields are decided.")
    plan_hash: str | None = strawberry.field(default=None, description="That of the preview you saw: refused if the decisions would be others now.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which companies become one.")
class MergeCompaniesInput:
    survivor_id: strawberry.ID = strawberry.field(description="The company that stays.")
    ids: list[strawberry.ID] = strawberry.field(description="Those that go up in it, at most 50. Ids that were merged before lead to their survivor.")
    rule: MergeRule = strawberry.field(default=MergeRule.SURVIVOR, description="For fields that are not named.")
    fields: list[MergeFieldInput] = strawberry.field(default_factory=list, description="How single fields are decided.")
    plan_hash: str | None = strawberry.field(default=None, description="That of the preview you saw: refused if the decisions would be others now.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A merge to look at: people or companies.")
class PreviewMergeInput:
    survivor_id: strawberry.ID = strawberry.field(description="The person or company that stays.")
    ids: list[strawberry.ID] = strawberry.field(description="Those that go up in it.")
    rule: MergeRule = strawberry.field(default=MergeRule.SURVIVOR, description="For fields that are not named.")
    fields: list[MergeFieldInput] = strawberry.field(default_factory=list, description="How single fields are decided.")


@strawberry.type(description="What one of the others says about a field.")
class MergeLoss:
    id: strawberry.ID = strawberry.field(description="Whose value it is.")
    value: JSON | None = strawberry.field(description="The value.")


@strawberry.type(description="A field in which the records differ.")
class MergeConflict:
    noun: str = strawberry.field(description="Type of the records.")
    field: str = strawberry.field(description="The field; name and address are told as one.")
    kept: JSON | None = strawberry.field(description="The value that survives.")
    lost: list[MergeLoss] = strawberry.field(description="The values that do not.")


@strawberry.type(description="Records of one kind that become one.")
class MergeFold:
    noun: str = strawberry.field(description="Type of the records.")
    survivor_id: strawberry.ID = strawberry.field(description="Who stays.")
    loser_ids: list[strawberry.ID] = strawberry.field(description="Who goes up in it.")
    changes: JSON = strawberry.field(description="Fields of the survivor that get another value.")


@strawberry.type(description="How many rows of a table move or collapse.")
class MergeCount:
    table: str = strawberry.field(description="The table.")
    rows: int = strawberry.field(description="How many.")


@strawberry.type(description="What a merge would do now.")
class MergePreview:
    plan_hash: str = strawberry.field(description="Give it to the merge, and it does this or nothing.")
    already_one: bool = strawberry.field(description="They were merged before: merging again changes nothing.")
    folds: list[MergeFold] = strawberry.field(description="Who becomes whom: also leads, contacts and accounts of private persons.")
    conflicts: list[MergeConflict] = strawberry.field(description="Where the records differ.")
    rows: list[MergeCount] = strawberry.field(description="What moves, by table.")
    enrollments_ending: int = strawberry.field(description="Sequences that end, because a person is in each at most once.")
    opt_outs_spread: int = strawberry.field(description="Withdrawals, opt-outs and complaints that will hold at further addresses, for good.")


def wish(input: MergePeopleInput | MergeCompaniesInput | PreviewMergeInput, noun: str) -> Wish:
    """The input as the verb takes it."""
    policies: dict[str, Policy | UUID] = {}
    values: dict[str, Any] = {}
    for i, one in enumerate(input.fields):
        name = "".join("_" + c.lower() if c.isupper() else c for c in one.field)
        name = {"owner": "owner_id"}.get(name, name)
        if sum(given is not None for given in (one.rule, one.record_id, one.value)) != 1:
            raise BadMergeField(field=f"fields.{i}", name=one.field[:40], why="give a rule, a record or a value, and one of them only")
        if one.value is not None:
            values[name] = _value(name, one.value, i)
        else:
            policies[name] = id_of(one.record_id, noun, f"fields.{i}.record_id") if one.record_id else _policy(one.rule)
    losers = tuple(id_of(id, noun, f"ids.{i}") for i, id in enumerate(input.ids))
    given = input.plan_hash if not isinstance(input, PreviewMergeInput) else None
    return Wish(id_of(input.survivor_id, noun, "survivor_id"), losers, policies, values, _policy(input.rule), given)


def _policy(rule: MergeRule | None) -> Policy:
    return cast("Policy", str(rule or "SURVIVOR"))


def _value(name: str, value: str, i: int) -> str | int:
    if name != "employees":
        return value
    if not value.strip().isdecimal():
        raise BadMergeField(field=f"fields.{i}.value", name=name, why="it is a number")
    return int(value)


def conflicts(found: Sequence[Conflict], denied: frozenset[str]) -> list[MergeConflict]:
    """What may not be seen is told without its values."""
    return [_conflict(told.conflict(one), denied) for one in found]


def _conflict(one: Mapping[str, Any], denied: frozenset[str]) -> MergeConflict:
    noun, field = one["noun"], one["field"]
    lost = [MergeLoss(id=lost["id"], value=_seen(noun, field, lost["value"], denied)) for lost in one["lost"]]
    return MergeConflict(noun=noun, field=field, kept=_seen(noun, field, one["kept"], denied), lost=lost)


def preview_of(found: Preview, denied: frozenset[str]) -> MergePreview:
    """What the planner decided, as the outside reads it."""
    plan = found.plan
    return MergePreview(
        plan_hash=plan.hash, already_one=len(found.facts.records) == 1, folds=[_fold(one, denied) for one in plan.folds],
        conflicts=conflicts(plan.conflicts, denied), rows=[MergeCount(table=table, rows=n) for table, n in found.rows.items()],
        enrollments_ending=len(plan.leaving), opt_outs_spread=len(found.consents.withdrawals) + len(found.consents.suppressions),
    )


def _fold(one: FoldPlan, denied: frozenset[str]) -> MergeFold:
    fold = told.fold(one.fold)
    values = {told.field_name(c): value for c, value in sorted(one.values.items()) if c not in PROVENANCE}
    changes = {name: _seen(one.fold.noun, name, told.shown(name, value), denied) for name, value in values.items()}
    return MergeFold(noun=fold["noun"], survivor_id=fold["survivor"], loser_ids=fold["losers"], changes=cast("JSON", changes))


def _seen(noun: str, field: str, value: Any, denied: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _seen(noun, name, part, denied) for name, part in cast("Mapping[str, Any]", value).items()}
    return None if f"{noun}.{field}" in denied else value.isoformat() if isinstance(value, datetime) else value
