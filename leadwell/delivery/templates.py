"""Templates: checked when they are saved, versioned, previewed as any person."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import locked, revise
from leadwell.base.tx import Tx
from leadwell.delivery.liquid import Problem, names_link, problems
from leadwell.delivery.rendering import Words

_LONGEST = {"subject": 500, "html": 500_000, "text": 200_000}


class TemplateBroken(Refusal):
    """The {part} of the template does not work: {problem}"""


class TemplateNameTaken(Refusal):
    """There is a template named {name} already."""

    fix = "Choose another name, or change the template that has it."


class TemplateEmpty(Refusal):
    """The {part} of the template is empty."""


class TemplateTooLong(Refusal):
    """The {part} of the template is longer than {most} characters."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved template and what is worth a look; warnings keep nobody from saving."""

    id: UUID
    warnings: tuple[Problem, ...]


def lint(words: Words) -> list[Problem]:
    """Everything that would fail or leave a hole in a mail."""
    parts = {"subject": words.subject, "html": words.html, "text": words.text}
    return [problem for part, source in parts.items() if source is not None for problem in problems(part, source)]


def warnings(words: Words) -> list[Problem]:
    """What marketing mail cannot go without; service mail may."""
    if names_link(words.html, "unsubscribe_url"):
        return []
    return [Problem("html", "NO_UNSUBSCRIBE", "There is no link to unsubscribe.", 'Add <a href="{{ unsubscribe_url }}">Unsubscribe</a>; sequences need it.')]


async def create_template(tx: Tx, name: str, words: Words) -> Saved:
    _checked(words)
    id, now = uuid7(), await tx.now()
    made = await tx.execute(
        "INSERT INTO templates (workspace_id, id, name, subject, html, text, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING",
        tx.workspace, id, name.strip(), words.subject, words.html, words.text, now)
    if not made:
        raise TemplateNameTaken(field="name", name=name)
    await events.note(tx, "template.created", "Template", id, version=1)
    return Saved(id, tuple(warnings(words)))


async def update_template(tx: Tx, id: UUID, values: dict[str, Any], expected_version: int | None = None) -> Saved:
    """Changes name, subject, html or text; mail not yet rendered takes the new words."""
    row = await locked(tx, "template", "templates", id, expected_version)
    words = Words(*(values.get(part, row[part]) for part in ("subject", "html", "text")))
    _checked(words)
    try:
        revision = await revise(tx, "template", "templates", row, values)
    except asyncpg.UniqueViolationError:
        raise TemplateNameTaken(field="name", name=values["name"]) from None
    if revision.changes:
        await events.note(tx, "template.updated", "Template", id, version=revision.version, data={"fields": sorted(revision.changes)})
    return Saved(id, tuple(warnings(words)))


def _checked(words: Words) -> None:
    for part, most in _LONGEST.items():
        source = getattr(words, part)
        if source is not None and len(source) > most:
            raise TemplateTooLong(field=part, part=part, most=most)
        if part != "text" and not (source or "").strip():
            raise TemplateEmpty(field=part, part=part)
    found = lint(words)
    if found:
        raise TemplateBroken(field=found[0].part, part=found[0].part, problem=found[0].message, fix=found[0].fix, problems=[p.message for p in found])
