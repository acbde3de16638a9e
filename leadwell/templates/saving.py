"""Templates: checked when they are saved, each version kept, put away only when nothing needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Named, Revision, locked, require, revise, unnamed
from leadwell.base.tx import Tx
from leadwell.templates.known import known
from leadwell.templates.lint import Problem, looked_over, warnings
from leadwell.templates.parts import parts_of
from leadwell.templates.refusals import TemplateBroken, TemplateEmpty, TemplateNameTaken, TemplateTooLong
from leadwell.templates.uses import unused
from leadwell.templates.words import LONGEST, Words

KEPT = ("subject", "html", "text", "layout_id", "parts")


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved template and what is worth a look; warnings and hints keep nobody from saving."""

    id: UUID
    warnings: tuple[Problem, ...]


async def create_template(tx: Tx, name: str, words: Words, layout_id: UUID | None = None) -> Saved:
    """A template with version 1. TemplateEmpty, TemplateTooLong, TemplateBroken (with all problems and their places), TemplateNameTaken, NotFound."""
    await take_turns(tx)
    await require(tx, Named("layout", "layouts", layout_id, "layout_id"))
    whole, found = await checked(tx, words, layout_id)
    id, now = uuid7(), await tx.now()
    made = await tx.execute(
        "INSERT INTO templates (workspace_id, id, name, subject, html, text, layout_id, parts, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING",
        tx.workspace, id, _named(name), whole.subject, whole.html, whole.text, layout_id, dict(whole.parts), now)
    if not made:
        raise TemplateNameTaken(field="name", noun="template", name=name)
    await keep_versions(tx, [id])
    await events.note(tx, "template.created", "Template", id, version=1)
    return Saved(id, found)


async def update_template(tx: Tx, id: UUID, values: Mapping[str, Any], expected_version: int | None = None) -> Saved:
    """Changes name, subject, html, text or layout_id; mail not yet rendered takes the new words. What `create_template` refuses, and StaleVersion."""
    await take_turns(tx)
    row = await locked(tx, "template", "templates", id, expected_version)
    layout_id = values.get("layout_id", row["layout_id"])
    if layout_id != row["layout_id"]:
        await require(tx, Named("layout", "layouts", layout_id, "layout_id"))
    whole, found = await checked(tx, Words(*(values.get(part, row[part]) for part in ("subject", "html", "text"))), layout_id)
    after = {**values, "parts": dict(whole.parts), **({"name": _named(values["name"])} if "name" in values else {})}
    try:
        revision = await revise(tx, "template", "templates", row, after)
    except asyncpg.UniqueViolationError:
        raise TemplateNameTaken(field="name", noun="template", name=values["name"]) from None
    await _revised(tx, id, revision)
    return Saved(id, found)


async def restore_template(tx: Tx, id: UUID, number: int, expected_version: int | None = None) -> Saved:
    """Takes the words of an earlier version, as a new one; snippets and layout are those of today. NotFound, StaleVersion."""
    before = await tx.row(
        "SELECT v.subject, v.html, v.text, l.id AS layout_id FROM template_versions v LEFT JOIN layouts l ON l.workspace_id = $1 AND l.id = v.layout_id "
        "AND l.archived_at IS NULL WHERE v.workspace_id = $1 AND v.template_id = $2 AND v.number = $3", tx.workspace, id, number)
    if before is None:
        raise NotFound(noun="version of the template", field="number")
    return await update_template(tx, id, dict(before), expected_version)


async def archive_template(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Puts it away. NotFound, StaleVersion, TemplateInUse with the list of what uses it."""
    await unnamed(tx, "templates", id)
    row = await locked(tx, "template", "templates", id, expected_version)
    await unused(tx, "template", id)
    return await _revised(tx, id, await revise(tx, "template", "templates", row, {"archived_at": row["archived_at"] or await tx.now()}), "template.archived")


async def unarchive_template(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    row = await locked(tx, "template", "templates", id, expected_version)
    return await _revised(tx, id, await revise(tx, "template", "templates", row, {"archived_at": None}), "template.unarchived")


async def _revised(tx: Tx, id: UUID, revision: Revision, kind: str = "template.updated") -> Revision:
    if revision.changes:
        await keep_versions(tx, [id])
        await events.revised(tx, kind, "Template", id, revision, {"parts"})
    return revision


async def take_turns(tx: Tx) -> None:
    """Whoever writes templates or their pieces waits for the others, so that no template keeps a piece that was changed meanwhile."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('templates' || $1::uuid::text, 0))", tx.workspace)


async def checked(tx: Tx, words: Words, layout_id: UUID | None = None) -> tuple[Words, tuple[Problem, ...]]:
    """The words with all they need, and what is worth a look in them. TemplateEmpty, TemplateTooLong, TemplateBroken."""
    sized(words)
    whole = Words(words.subject, words.html, words.text, await parts_of(tx, words, layout_id))
    found = looked_over(whole, await known(tx))
    refuse_errors(found)
    return whole, (*warnings(whole), *found)


async def all_problems(tx: Tx, words: Words, layout_id: UUID | None = None) -> list[Problem]:
    """All there is to say about words that are not saved yet, errors first. TemplateTooLong."""
    for part, most in LONGEST.items():
        if len(words.source(part) or "") > most:
            raise TemplateTooLong(field=part, part=part, most=most)
    whole = Words(words.subject, words.html, words.text, await parts_of(tx, words, layout_id))
    found = [*looked_over(whole, await known(tx)), *warnings(whole)]
    return sorted(found, key=lambda one: ("ERROR", "WARNING", "HINT").index(one.severity))


def sized(words: Words) -> None:
    """TemplateTooLong, TemplateEmpty: before anything is read."""
    for part, most in LONGEST.items():
        source = words.source(part)
        if source is not None and len(source) > most:
            raise TemplateTooLong(field=part, part=part, most=most)
        if part != "text" and not (source or "").strip():
            raise TemplateEmpty(field=part, part=part)


def refuse_errors(found: Sequence[Problem]) -> None:
    """TemplateBroken for the first error, with all of them beside it."""
    errors = [one for one in found if one.severity == "ERROR"]
    if errors:
        told = [{"part": e.part, "code": e.code, "message": e.message, "fix": e.fix, "line": e.line, "column": e.column} for e in errors[:100]]
        raise TemplateBroken(field=errors[0].part, part=errors[0].part, problem=errors[0].message, fix=errors[0].fix, problems=told)


async def keep_versions(tx: Tx, ids: Sequence[UUID]) -> None:
    """Writes down the words that these templates now have, under their number."""
    await tx.execute(
        f"INSERT INTO template_versions (workspace_id, id, template_id, number, {', '.join(KEPT)}, actor, created_at) "
        f"SELECT $1, n.version_id, t.id, t.version, {', '.join('t.' + name for name in KEPT)}, $4, $5 "
        "FROM unnest($2::uuid[], $3::uuid[]) AS n (id, version_id) JOIN templates t ON t.workspace_id = $1 AND t.id = n.id ON CONFLICT DO NOTHING",
        tx.workspace, list(ids), [uuid7() for _ in ids], str(tx.actor), await tx.now())


def _named(name: str) -> str:
    if not name.strip():
        raise TemplateEmpty(field="name", part="name")
    return name.strip()
