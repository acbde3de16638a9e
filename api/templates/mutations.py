"""What changes templates and their pieces, and tests them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, given, id_of, payload
from api.templates.inputs import (
    CreateLayoutInput,
    CreateSnippetInput,
    CreateTemplateInput,
    PieceInput,
    RestoreTemplateInput,
    SendTestMailInput,
    TemplateInput,
    UpdateLayoutInput,
    UpdateSnippetInput,
    UpdateTemplateInput,
    layout_of,
    words_of,
)
from leadwell import broadcasts, templates
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.templates import Saved, Words

WARNINGS = "What is worth a look in it, or keeps it from being used in some places."
REPLAYED = "This repeats an earlier answer."


@payload(template="Template")
class TemplatePayload:
    """The template as it is now, and what is worth a look in it."""

    warnings: list[str] = strawberry.field(default_factory=list[str], description=WARNINGS)
    replayed: bool = strawberry.field(default=False, description=REPLAYED)


@payload(snippet="Snippet")
class SnippetPayload:
    """The snippet as it is now, and what is worth a look in it."""

    warnings: list[str] = strawberry.field(default_factory=list[str], description=WARNINGS)
    replayed: bool = strawberry.field(default=False, description=REPLAYED)


@payload(layout="Layout")
class LayoutPayload:
    """The layout as it is now, and what is worth a look in it."""

    warnings: list[str] = strawberry.field(default_factory=list[str], description=WARNINGS)
    replayed: bool = strawberry.field(default=False, description=REPLAYED)


@payload(sends=["Send"])
class TestMailPayload:
    """The mails in the ledger."""

    replayed: bool = strawberry.field(default=False, description=REPLAYED)


def _shape(noun: str) -> Callable[[Saved], dict[str, Any]]:
    def shape(saved: Saved) -> dict[str, Any]:
        return {noun: saved.id, "warnings": [f"{w.message} {w.fix}" for w in saved.warnings]}

    return shape


async def _moved(info: Info, input: TemplateInput, verb: Any) -> TemplatePayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Template", "id")
        await verb(tx, id, input.expected_version)
        return id

    return await act(info, TemplatePayload, "templates", "update", work, input=input, shape=lambda id: {"template": id}, about={"template": input.id})


async def _archived(info: Info, payload: Any, noun: str, input: PieceInput) -> Any:
    async def verb(tx: Tx) -> UUID:
        id = id_of(input.id, noun, "id")
        revision: Revision = await templates.archive_piece(tx, noun.lower(), id, input.expected_version)
        assert revision.version
        return id

    return await act(info, payload, "templates", "update", verb, input=input, shape=lambda id: {noun.lower(): id})


@strawberry.type
class TemplateMutations:
    @strawberry.mutation(description="Saves a new template; unknown variables, broken tags and links that run something are refused.")
    async def create_template(self, info: Info, input: CreateTemplateInput) -> TemplatePayload:
        async def verb(tx: Tx) -> Saved:
            return await templates.create_template(tx, input.name, Words(input.subject, input.html, input.text), layout_of(input.layout_id))

        return await act(info, TemplatePayload, "templates", "create", verb, input=input, shape=_shape("template"))

    @strawberry.mutation(description="Changes a template; mail not sent yet takes the new words.")
    async def update_template(self, info: Info, input: UpdateTemplateInput) -> TemplatePayload:
        async def verb(tx: Tx) -> Saved:
            values = given(input, "name", "subject", "html", "text", "layout_id")
            if "layout_id" in values:
                values["layout_id"] = layout_of(values["layout_id"])
            return await templates.update_template(tx, id_of(input.id, "Template", "id"), values, input.expected_version)

        return await act(info, TemplatePayload, "templates", "update", verb, input=input, shape=_shape("template"), about={"template": input.id})

    @strawberry.mutation(description="Takes the words of an earlier version of a template, as a new version.")
    async def restore_template(self, info: Info, input: RestoreTemplateInput) -> TemplatePayload:
        async def verb(tx: Tx) -> Saved:
            return await templates.restore_template(tx, id_of(input.id, "Template", "id"), input.number, input.expected_version)

        return await act(info, TemplatePayload, "templates", "update", verb, input=input, shape=_shape("template"), about={"template": input.id})

    @strawberry.mutation(description="Puts a template away; refused, with the list, while something uses it.")
    async def archive_template(self, info: Info, input: TemplateInput) -> TemplatePayload:
        return await _moved(info, input, templates.archive_template)

    @strawberry.mutation(description="Brings a template back.")
    async def unarchive_template(self, info: Info, input: TemplateInput) -> TemplatePayload:
        return await _moved(info, input, templates.unarchive_template)

    @strawberry.mutation(description="Sends what a template or words would look like to users of the workspace.")
    async def send_test_mail(self, info: Info, input: SendTestMailInput) -> TestMailPayload:
        async def verb(tx: Tx) -> list[UUID]:
            template = None if input.template_id is None else id_of(input.template_id, "Template", "template_id")
            person = None if input.person_id is None else id_of(input.person_id, "Person", "person_id")
            test = broadcasts.NewTest(template, words_of(input.subject, input.html, input.text), person, input.to)
            return await broadcasts.send_test(tx, test, info.context.viewer.user, mail_from=info.context.kit.settings.mail_from)

        about = {"template": input.template_id, "person": input.person_id}
        return await act(info, TestMailPayload, "templates", "update", verb, input=input, shape=lambda ids: {"sends": ids}, about=about)


@strawberry.type
class PieceMutations:
    @strawberry.mutation(description="Saves a new snippet.")
    async def create_snippet(self, info: Info, input: CreateSnippetInput) -> SnippetPayload:
        async def verb(tx: Tx) -> Saved:
            return await templates.create_snippet(tx, input.name, input.html, input.text)

        return await act(info, SnippetPayload, "templates", "create", verb, input=input, shape=_shape("snippet"))

    @strawberry.mutation(description="Changes a snippet; every template that takes it in has a new version.")
    async def update_snippet(self, info: Info, input: UpdateSnippetInput) -> SnippetPayload:
        async def verb(tx: Tx) -> Saved:
            return await templates.update_piece(tx, "snippet", id_of(input.id, "Snippet", "id"), given(input, "html", "text"), input.expected_version)

        return await act(info, SnippetPayload, "templates", "update", verb, input=input, shape=_shape("snippet"))

    @strawberry.mutation(description="Puts a snippet away; refused, with the list, while something takes it in.")
    async def archive_snippet(self, info: Info, input: PieceInput) -> SnippetPayload:
        return await _archived(info, SnippetPayload, "Snippet", input)

    @strawberry.mutation(description="Saves a new layout.")
    async def create_layout(self, info: Info, input: CreateLayoutInput) -> LayoutPayload:
        async def verb(tx: Tx) -> Saved:
            return await templates.create_layout(tx, input.name, input.html, input.text)

        return await act(info, LayoutPayload, "templates", "create", verb, input=input, shape=_shape("layout"))

    @strawberry.mutation(description="Changes a layout; every template it stands around has a new version.")
    async def update_layout(self, info: Info, input: UpdateLayoutInput) -> LayoutPayload:
        async def verb(tx: Tx) -> Saved:
            values = given(input, "name", "html", "text")
            return await templates.update_piece(tx, "layout", id_of(input.id, "Layout", "id"), values, input.expected_version)

        return await act(info, LayoutPayload, "templates", "update", verb, input=input, shape=_shape("layout"))

    @strawberry.mutation(description="Puts a layout away; refused, with the list, while it stands around templates.")
    async def archive_layout(self, info: Info, input: PieceInput) -> LayoutPayload:
        return await _archived(info, LayoutPayload, "Layout", input)
