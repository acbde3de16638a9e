"""What defines and changes custom fields."""

from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, payload
from api.custom.inputs import RecordInput
from api.grammar import GRAMMAR
from api.records import Changes
from leadwell import custom
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from models.columns import Choice
from models.custom import CustomFieldType

GRAMMAR.enum(CustomFieldType)


class CustomNoun(Choice):
    """What can have custom fields."""

    PERSON = "PERSON", "People."
    LEAD = "LEAD", "Leads."
    CONTACT = "CONTACT", "Contacts."
    COMPANY = "COMPANY", "Companies."
    DEAL = "DEAL", "Deals."


GRAMMAR.enum(CustomNoun)


@strawberry.input(description="A custom field to define.")
class DefineCustomFieldInput:
    noun: CustomNoun = strawberry.field(description="What gets it.")
    label: str = strawberry.field(description="Name people see.")
    type: CustomFieldType = strawberry.field(description="What it holds; for good.")
    key: str | None = strawberry.field(default=None, description="Name used in filters and imports, for good; missing: made of the label.")
    options: list[str] | None = strawberry.field(default=None, description="The values a CHOICE may take.")
    is_required: bool = strawberry.field(default=False, description="Who makes a record by hand gives a value; other ways in take it as it comes.")
    is_unique: bool = strawberry.field(default=False, description="No two records hold the same value; for good. Not for a CHOICE or FLAG.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A choice that is called something else.")
class RenameChoiceInput:
    before: str = strawberry.field(description="The choice as it was.")
    after: str = strawberry.field(description="What it becomes; records that hold it follow. Naming another choice there is makes the two one.")


@strawberry.input(description="Changes of a custom field. What is left out stays.")
class UpdateCustomFieldInput:
    id: strawberry.ID = strawberry.field(description="The field.")
    label: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    options: strawberry.Maybe[list[str]] = strawberry.field(description="The values a CHOICE may take, all of them; one that records hold cannot be left out.")
    is_required: strawberry.Maybe[bool] = strawberry.field(description="Who makes a record by hand gives a value.")
    renames: list[RenameChoiceInput] | None = strawberry.field(default=None, description="Choices that are called something else.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(custom_field="CustomField")
class CustomFieldPayload:
    """What defining or changing a custom field answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


async def _update(tx: Tx, id: UUID, input: UpdateCustomFieldInput) -> Revision:
    renames = {one.before: one.after for one in input.renames or ()}
    return await custom.update(tx, id, given(input, "label", "options", "is_required"), renames, input.expected_version)


CHANGES = Changes("CustomField", "custom_field", CustomFieldPayload)


@strawberry.type
class CustomFieldMutations:
    @strawberry.mutation(description="Defines a field of the workspace's own.")
    async def define_custom_field(self, info: Info, input: DefineCustomFieldInput) -> CustomFieldPayload:
        async def verb(tx: Tx) -> UUID:
            noun = str(input.noun.value).capitalize()
            new = custom.NewField(noun, input.label, str(input.type.value), input.key, input.options, input.is_required, input.is_unique)
            return await custom.define(tx, new)

        return await act(info, CustomFieldPayload, "customFields", "create", verb, input=input, shape=lambda id: {"custom_field": id})

    update_custom_field = CHANGES.by("Changes a custom field's label or choices, or whether it is required.", UpdateCustomFieldInput, _update)
    archive_custom_field = CHANGES.by(
        "Puts a custom field away: it is no longer shown or filled; its values stay for when it comes back.", RecordInput,
        lambda tx, id, input: custom.archive(tx, id, input.expected_version))
    unarchive_custom_field = CHANGES.by(
        "Brings a custom field back, with the values it had.", RecordInput, lambda tx, id, input: custom.unarchive(tx, id, input.expected_version))
