"""What changes of templates are asked with."""

from uuid import UUID

import strawberry

from api.act import KEY, VERSION, id_of
from leadwell.templates import Words

Text = strawberry.Maybe[str | None]


VARIABLES = "Variables: person, lead, contact, company, owner, sender, workspace, topic, unsubscribe_url; own fields under custom."


@strawberry.input(description=f"A mail in Liquid. {VARIABLES}")
class CreateTemplateInput:
    name: str = strawberry.field(description="Name people see.")
    subject: str = strawberry.field(description="Subject, in Liquid.")
    html: str = strawberry.field(description="HTML part, in Liquid.")
    text: str | None = strawberry.field(default=None, description="Plain-text part; missing: read off the HTML part.")
    layout_id: strawberry.ID | None = strawberry.field(default=None, description="What stands around it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a template. What is left out stays.")
class UpdateTemplateInput:
    id: strawberry.ID = strawberry.field(description="The template.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    subject: strawberry.Maybe[str] = strawberry.field(description="Subject, in Liquid.")
    html: strawberry.Maybe[str] = strawberry.field(description="HTML part, in Liquid.")
    text: Text = strawberry.field(description="Plain-text part; null: read off the HTML part.")
    layout_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="What stands around it; null: nothing.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which template.")
class TemplateInput:
    id: strawberry.ID = strawberry.field(description="The template.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which version of a template comes back, as a new one.")
class RestoreTemplateInput:
    id: strawberry.ID = strawberry.field(description="The template.")
    number: int = strawberry.field(description="The version's number.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A piece that templates take in by {% render 'name' %}.")
class CreateSnippetInput:
    name: str = strawberry.field(description="What templates call it: small letters, digits, - and _.")
    html: str = strawberry.field(description="HTML, in Liquid.")
    text: str | None = strawberry.field(default=None, description="The same for the plain-text part; missing: the HTML.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What stands around templates.")
class CreateLayoutInput:
    name: str = strawberry.field(description="Name people see.")
    html: str = strawberry.field(description="HTML, in Liquid; {{ content }} is where the mail goes.")
    text: str | None = strawberry.field(default=None, description="The same for the plain-text part; missing: nothing stands around it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a snippet. What is left out stays; templates that take it in have a new version.")
class UpdateSnippetInput:
    id: strawberry.ID = strawberry.field(description="The snippet.")
    html: strawberry.Maybe[str] = strawberry.field(description="HTML, in Liquid.")
    text: Text = strawberry.field(description="The same for the plain-text part; null: the HTML.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a layout. What is left out stays; templates it stands around have a new version.")
class UpdateLayoutInput:
    id: strawberry.ID = strawberry.field(description="The layout.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    html: strawberry.Maybe[str] = strawberry.field(description="HTML, in Liquid.")
    text: Text = strawberry.field(description="The same for the plain-text part; null: nothing.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which snippet or layout.")
class PieceInput:
    id: strawberry.ID = strawberry.field(description="The snippet, or the layout.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A test of a template, or of words that are not saved yet: it goes to users of the workspace alone.")
class SendTestMailInput:
    template_id: strawberry.ID | None = strawberry.field(default=None, description="The template; or give subject and html.")
    subject: str | None = strawberry.field(default=None, description="Subject, in Liquid.")
    html: str | None = strawberry.field(default=None, description="HTML part, in Liquid.")
    text: str | None = strawberry.field(default=None, description="Plain-text part, in Liquid.")
    person_id: strawberry.ID | None = strawberry.field(default=None, description="As whom it is shown; missing: with nothing known.")
    to: list[str] = strawberry.field(default_factory=list, description="Addresses of users, 10 at most; none: yours.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def words_of(subject: str | None, html: str | None, text: str | None) -> Words | None:
    """Own words, where some were given; a mail of text alone has HTML made of it."""
    if subject is None and html is None and text is None:
        return None
    if html is None:
        html = "".join(f"<p>{line}</p>" for line in (text or "").splitlines() if line.strip())
    return Words(subject or "", html, text)


def layout_of(id: str | None) -> UUID | None:
    return None if id is None else id_of(id, "Layout", "layout_id")
