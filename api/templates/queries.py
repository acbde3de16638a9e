"""What can be asked about templates beside the templates themselves."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.templates.types import TemplatePreview, TemplateProblem
from leadwell import delivery
from leadwell.base.refusals import NotFound
from leadwell.catalog import CATALOG, matching_ids


@strawberry.type
class TemplateQueries:
    @strawberry.field(description="A template as one person would get it; nothing is sent.")
    async def preview_template(
        self, info: Info,
        template_id: Annotated[strawberry.ID, strawberry.argument(description="The template.")],
        person_id: Annotated[strawberry.ID, strawberry.argument(description="The person.")],
    ) -> TemplatePreview:
        info.context.viewer.need("templates", "read")
        info.context.viewer.need("people", "read")
        async with info.context.lock:
            tx = await info.context.reader()
            person = id_of(person_id, "Person", "personId")
            if not await matching_ids(tx, CATALOG["Person"], {}, info.context.viewer, ids=[person]):
                raise NotFound(noun="person", field="personId")
            mail = await delivery.preview(tx, id_of(template_id, "Template", "templateId"), person)
        return TemplatePreview(subject=mail.subject, html=mail.html, text=mail.text)

    @strawberry.field(description="Everything that would make a mail fail or leave a hole, and what keeps it from being used in some places.")
    def lint_template(
        self, info: Info,
        subject: Annotated[str, strawberry.argument(description="Subject, in Liquid.")],
        html: Annotated[str, strawberry.argument(description="HTML part, in Liquid.")],
        text: Annotated[str | None, strawberry.argument(description="Plain-text part, in Liquid.")] = None,
    ) -> list[TemplateProblem]:
        info.context.viewer.need("templates", "read")
        words = delivery.Words(subject, html, text)
        return [TemplateProblem.of(p) for p in [*delivery.lint(words), *delivery.warnings(words)]]
