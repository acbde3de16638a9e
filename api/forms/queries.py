"""What a page of somebody else needs to show a form."""

from typing import Annotated

import strawberry

from api.act import Info, id_of
from api.grammar import GRAMMAR
from api.http import form_page
from api.http.pages import text
from leadwell import capture
from leadwell.base.refusals import NotFound
from leadwell.capture import Form


@strawberry.type(description="How a form gets into a page.")
class FormEmbed:
    url: str = strawberry.field(description="The form's own page.")
    html: str = strawberry.field(
        description="HTML to paste, without script: the fields, or a link to the page where the form asks for time or work, which pasted HTML cannot give."
    )


@strawberry.type
class FormQueries:
    @strawberry.field(description="The HTML of a form for pages elsewhere; the page's origin must be one that the form allows.")
    async def form_embed(self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The form.")]) -> FormEmbed:
        context = info.context
        context.viewer.need("forms", "read")
        form_id = id_of(id, "Form", "id")
        if await GRAMMAR.row(context, "Form", form_id) is None:
            raise NotFound(noun="form", field="id")
        async with context.db.read(context.actor) as tx:
            form = await capture.read_form(tx, form_id)
        url = f"{context.settings.public_url}/f/{form.key}"
        return FormEmbed(url=url, html=_html(form, url))


def _html(form: Form, url: str) -> str:
    if form.stamped:
        return f'<a href="{text(url)}">{text(form.button or form.name)}</a>'
    return form_page.markup(form, url, {}, {}, plain=True)
