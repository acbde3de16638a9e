"""What can be asked about templates beside the templates themselves."""

from typing import Annotated, Any

import strawberry

from api.act import id_of
from api.context import Info
from api.templates.types import TemplatePreview, TemplateProblem, UsedBy
from leadwell import templates
from leadwell.base.ids import BadId, decode_id
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.templates import Words

Doc = strawberry.argument
PIECES: dict[str, Any] = {"Template": "template", "Snippet": "snippet", "Layout": "layout"}


async def _person(info: Info, tx: Tx, person_id: str) -> Any:
    person = id_of(person_id, "Person", "personId")
    if not await matching_ids(tx, CATALOG["Person"], {}, info.context.viewer, ids=[person]):
        raise NotFound(noun="person", field="personId")
    return person


@strawberry.type
class TemplateQueries:
    @strawberry.field(description="A template as one person would get it; nothing is sent.")
    async def preview_template(
        self, info: Info,
        template_id: Annotated[strawberry.ID, Doc(description="The template.")],
        person_id: Annotated[strawberry.ID, Doc(description="The person.")],
    ) -> TemplatePreview:
        info.context.viewer.need("templates", "read")
        info.context.viewer.need("people", "read")
        async with info.context.lock:
            tx = await info.context.reader()
            person = await _person(info, tx, person_id)
            words = await templates.words_of(tx, id_of(template_id, "Template", "templateId"))
            return TemplatePreview.of(await templates.preview(tx, words, person))

    @strawberry.field(description="Words that are not saved yet as one person would get them; nothing is sent.")
    async def preview_words(
        self, info: Info,
        subject: Annotated[str, Doc(description="Subject, in Liquid.")],
        html: Annotated[str, Doc(description="HTML part, in Liquid.")],
        person_id: Annotated[strawberry.ID, Doc(description="The person.")],
        text: Annotated[str | None, Doc(description="Plain-text part, in Liquid.")] = None,
        layout_id: Annotated[strawberry.ID | None, Doc(description="The layout around it.")] = None,
    ) -> TemplatePreview:
        info.context.viewer.need("templates", "read")
        info.context.viewer.need("people", "read")
        layout = None if layout_id is None else id_of(layout_id, "Layout", "layoutId")
        async with info.context.lock:
            tx = await info.context.reader()
            person = await _person(info, tx, person_id)
            words, _ = await templates.checked(tx, Words(subject, html, text), layout)
            return TemplatePreview.of(await templates.preview(tx, words, person))

    @strawberry.field(description="Everything that would make a mail fail or leave a hole, with its place, and what keeps it from being used in some places.")
    async def lint_template(
        self, info: Info,
        subject: Annotated[str, Doc(description="Subject, in Liquid.")],
        html: Annotated[str, Doc(description="HTML part, in Liquid.")],
        text: Annotated[str | None, Doc(description="Plain-text part, in Liquid.")] = None,
        layout_id: Annotated[strawberry.ID | None, Doc(description="The layout around it.")] = None,
    ) -> list[TemplateProblem]:
        info.context.viewer.need("templates", "read")
        layout = None if layout_id is None else id_of(layout_id, "Layout", "layoutId")
        async with info.context.lock:
            found = await templates.all_problems(await info.context.reader(), Words(subject, html, text), layout)
        return [TemplateProblem.of(p) for p in found]

    @strawberry.field(description="What uses a template, snippet or layout, 50 records at most; while there is some it cannot be put away.")
    async def template_uses(self, info: Info, id: Annotated[strawberry.ID, Doc(description="The template, snippet or layout.")]) -> list[UsedBy]:
        info.context.viewer.need("templates", "read")
        tag, uuid = decode_id(str(id))
        noun = CATALOG.by_tag(tag)
        if noun is None or noun.name not in PIECES:
            raise BadId(field="id", id=str(id)[:60])
        async with info.context.lock:
            return [UsedBy.of(use) for use in await templates.uses(await info.context.reader(), PIECES[noun.name], uuid)]


