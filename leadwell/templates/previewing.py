"""A template, or words that are not saved yet, as one person would get them; nothing is planned and no link leads anywhere."""

from dataclasses import dataclass
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.templates.facts import facts_of, present
from leadwell.templates.rendering import words
from leadwell.templates.words import Words

LINK = "https://example.com/unsubscribe"


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as somebody would see it. `missing`: variables it shows for which nothing is known of the person, each once."""

    subject: str
    html: str
    text: str
    missing: tuple[str, ...]


async def words_of(tx: Tx, template_id: UUID, field: str = "templateId") -> Words:
    """NotFound for one that is not there; one that is put away still shows."""
    row = await tx.row("SELECT t.subject, t.html, t.text, t.parts FROM templates t WHERE t.workspace_id = $1 AND t.id = $2", tx.workspace, template_id)
    if row is None:
        raise NotFound(noun="template", field=field)
    return Words(*row)


async def preview(tx: Tx, template: Words, person_id: UUID) -> Preview:
    """NotFound for a person who is not there; CannotRender."""
    told = (await facts_of(tx, [person_id])).get(person_id)
    if told is None:
        raise NotFound(noun="person", field="personId")
    told["sender"] = {"name": "Sender", "address": "sender@example.com"}
    told["topic"] = {"name": "Topic"}
    missing: list[str] = []
    subject, html, text = words(template, present(told) | {"unsubscribe_url": LINK}, missing)
    return Preview(subject, html, text, tuple(dict.fromkeys(missing)))
