"""Makes, changes and puts away forms."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of, payload
from api.custom.inputs import RecordInput
from api.forms.inputs import CreateFormInput, UpdateFormInput, changed_values, new_values
from leadwell import capture
from leadwell.base.tx import Tx
from leadwell.capture import NewForm


@payload(form="Form")
class CreateFormPayload:
    """What createForm answers. The form takes submissions at /f/{key}, where its page is as well."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(form="Form")
class FormPayload:
    """What changing a form answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class FormMutations:
    @strawberry.mutation(description="Makes a public form.")
    async def create_form(self, info: Info, input: CreateFormInput) -> CreateFormPayload:
        async def verb(tx: Tx) -> UUID:
            return await capture.create_form(tx, NewForm(**new_values(input)))

        return await act(info, CreateFormPayload, "forms", "create", verb, input=input, shape=lambda form: {"form": form})

    @strawberry.mutation(description="Changes a form. Its page and its key stay; what was sent before keeps the words it was sent under.")
    async def update_form(self, info: Info, input: UpdateFormInput) -> FormPayload:
        return await _act(info, input, lambda tx, id: capture.update_form(tx, id, changed_values(input), input.expected_version))

    @strawberry.mutation(description="Puts a form away: its page says that it is closed, and nothing is taken any more.")
    async def archive_form(self, info: Info, input: RecordInput) -> FormPayload:
        return await _act(info, input, lambda tx, id: capture.archive_form(tx, id, input.expected_version))

    @strawberry.mutation(description="Brings a form back under its old key.")
    async def unarchive_form(self, info: Info, input: RecordInput) -> FormPayload:
        return await _act(info, input, lambda tx, id: capture.unarchive_form(tx, id, input.expected_version))


async def _act(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> FormPayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.id, "Form", "id"))

    return await act(
        info, FormPayload, "forms", "update", found, input=input, shape=lambda _: {"form": id_of(input.id, "Form")}, about={"form": input.id})
