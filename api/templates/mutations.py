"""What changes templates."""

from typing import Any

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, payload
from leadwell import delivery
from leadwell.base.tx import Tx

Text = strawberry.Maybe[str | None]


@strawberry.input(description="A mail in Liquid. Variables: person, lead, company, owner, sender, workspace, topic, unsubscribe_url.")
class CreateTemplateInput:
    name: str = strawberry.field(description="Name people see.")
    subject: str = strawberry.field(description="Subject, in Liquid.")
    html: str = strawberry.field(description="HTML part, in Liquid.")
    text: str | None = strawberry.field(default=None, description="Plain-text part; missing: read off the HTML part.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a template. What is left out stays.")
class UpdateTemplateInput:
    id: strawberry.ID = strawberry.field(description="The template.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    subject: strawberry.Maybe[str] = strawberry.field(description="Subject, in Liquid.")
    html: strawberry.Maybe[str] = strawberry.field(description="HTML part, in Liquid.")
    text: Text = strawberry.field(description="Plain-text part; null: read off the HTML part.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(template="Template")
class TemplatePayload:
    """The template as it is now, and what is worth a look in it."""

    warnings: list[str] = strawberry.field(default_factory=list[str], description="What keeps it from being used in some places.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


def _shape(saved: delivery.Saved) -> dict[str, Any]:
    return {"template": saved.id, "warnings": [f"{w.message} {w.fix}" for w in saved.warnings]}


@strawberry.type
class TemplateMutations:
    @strawberry.mutation(description="Saves a new template; unknown variables and broken tags are refused.")
    async def create_template(self, info: Info, input: CreateTemplateInput) -> TemplatePayload:
        async def verb(tx: Tx) -> delivery.Saved:
            return await delivery.create_template(tx, input.name, delivery.Words(input.subject, input.html, input.text))

        return await act(info, TemplatePayload, "templates", "create", verb, input=input, shape=_shape)

    @strawberry.mutation(description="Changes a template; mail not sent yet takes the new words.")
    async def update_template(self, info: Info, input: UpdateTemplateInput) -> TemplatePayload:
        async def verb(tx: Tx) -> delivery.Saved:
            values = given(input, "name", "subject", "html", "text")
            return await delivery.update_template(tx, id_of(input.id, "Template", "id"), values, input.expected_version)

        return await act(info, TemplatePayload, "templates", "update", verb, input=input, shape=_shape, about={"template": input.id})
