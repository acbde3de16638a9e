"""Snippets and layouts: pieces that many templates share; a change of one is a new version of each template that takes it in."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.templates.known import known
from leadwell.templates.lint import Problem, layout_problems, problems, used
from leadwell.templates.parts import parts_of, snippets_of
from leadwell.templates.refusals import BadSnippetName, SnippetLoops, TemplateEmpty, TemplateNameTaken
from leadwell.templates.saving import Saved, keep_versions, refuse_errors, sized, take_turns
from leadwell.templates.uses import unused
from leadwell.templates.words import Words

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
TABLES = {"snippet": "snippets", "layout": "layouts"}


async def create_snippet(tx: Tx, name: str, html: str, text: str | None = None) -> Saved:
    """A piece that templates take in by {% render 'name' %}. BadSnippetName, SnippetLoops, TemplateBroken, TemplateNameTaken."""
    if not NAME.fullmatch(name):
        raise BadSnippetName(field="name", name=name[:60])
    await take_turns(tx)
    found = await _checked_snippet(tx, name, html, text)
    return Saved(await _insert(tx, "snippet", name, html, text), found)


async def create_layout(tx: Tx, name: str, html: str, text: str | None = None) -> Saved:
    """What stands around templates: {{ content }} is where they go. TemplateBroken, TemplateNameTaken."""
    if not name.strip():
        raise TemplateEmpty(field="name", part="name")
    await take_turns(tx)
    found = await _checked_layout(tx, html, text)
    return Saved(await _insert(tx, "layout", name.strip(), html, text), found)


async def update_piece(tx: Tx, piece: str, id: UUID, values: Mapping[str, Any], expected_version: int | None = None) -> Saved:
    """Changes html or text of a snippet or layout, and the name of a layout. NotFound, StaleVersion, and what making one refuses."""
    await take_turns(tx)
    row = await locked(tx, piece, TABLES[piece], id, expected_version)
    html, text = values.get("html", row["html"]), values.get("text", row["text"])
    found = await (_checked_snippet(tx, row["name"], html, text) if piece == "snippet" else _checked_layout(tx, html, text))
    try:
        revision = await revise(tx, piece, TABLES[piece], row, {**values, "uses": _uses(html, text)})
    except asyncpg.UniqueViolationError:
        raise TemplateNameTaken(field="name", noun=piece, name=values["name"]) from None
    if revision.changes:
        await events.revised(tx, f"{piece}.updated", piece.capitalize(), id, revision, {"uses"})
        await _spread(tx)
    return Saved(id, found)


async def archive_piece(tx: Tx, piece: str, id: UUID, expected_version: int | None = None) -> Revision:
    """Puts it away. NotFound, StaleVersion, TemplateInUse with the list of what takes it in."""
    await take_turns(tx)
    row = await locked(tx, piece, TABLES[piece], id, expected_version)
    await unused(tx, "snippet" if piece == "snippet" else "layout", id)
    revision = await revise(tx, piece, TABLES[piece], row, {"archived_at": row["archived_at"] or await tx.now()})
    if revision.changes:
        await events.note(tx, f"{piece}.archived", piece.capitalize(), id, version=revision.version)
    return revision


async def _insert(tx: Tx, piece: str, name: str, html: str, text: str | None) -> UUID:
    id = uuid7()
    made = await tx.execute(
        f"INSERT INTO {TABLES[piece]} (workspace_id, id, name, html, text, uses, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) "
        "ON CONFLICT DO NOTHING", tx.workspace, id, name, html, text, _uses(html, text), await tx.now())
    if not made:
        raise TemplateNameTaken(field="name", noun=piece, name=name)
    await events.note(tx, f"{piece}.created", piece.capitalize(), id, version=1)
    return id


def _uses(html: str, text: str | None) -> list[str]:
    return sorted({*used(html), *used(text or "")})


async def _checked_snippet(tx: Tx, name: str, html: str, text: str | None) -> tuple[Problem, ...]:
    sized(Words("-", html, text))
    inner = await snippets_of(tx, _uses(html, text))
    inner[name] = {"html": html, "text": text}
    if way := loop(inner, name):
        raise SnippetLoops(field="html", way=" → ".join(way))
    have = await known(tx)
    found = [one for part, source in (("html", html), ("text", text)) if source
             for one in problems(part, source, have, {n: str(s["html"]) for n, s in inner.items()})]
    # What a caller gives a snippet (`render 'button', label: "Go"`) is a variable of one word, which only the caller knows.
    found = [one for one in found if one.code != "UNKNOWN_VARIABLE" or "." in one.message.removesuffix(".")]
    refuse_errors(found)
    return tuple(found)


async def _checked_layout(tx: Tx, html: str, text: str | None) -> tuple[Problem, ...]:
    sized(Words("-", html, text))
    found = layout_problems(html, text, await known(tx), await snippets_of(tx, _uses(html, text)))
    refuse_errors(found)
    return tuple(found)


def loop(snippets: Mapping[str, Mapping[str, Any]], name: str) -> list[str] | None:
    """The way from a snippet back to itself, if there is one."""
    def walk(way: list[str]) -> list[str] | None:
        one = snippets.get(way[-1])
        for next in _uses(str(one["html"]), one["text"]) if one else ():
            if next == name:
                return [*way, next]
            if next not in way and (found := walk([*way, next])):
                return found
        return None

    return walk([name])


async def _spread(tx: Tx) -> None:
    """Every template whose pieces are others now takes them, as a new version."""
    rows = await tx.fetch(
        "SELECT t.id, t.version, t.subject, t.html, t.text, t.layout_id, t.parts FROM templates t WHERE t.workspace_id = $1 AND t.parts <> '{}'::jsonb "
        "ORDER BY t.id FOR NO KEY UPDATE", tx.workspace)
    changed: dict[UUID, Revision] = {}
    for row in rows:
        parts = await parts_of(tx, Words(row["subject"], row["html"], row["text"]), row["layout_id"])
        if parts != row["parts"]:
            changed[row["id"]] = await revise(tx, "template", "templates", dict(row), {"parts": parts})
    await keep_versions(tx, list(changed))
    await events.note_all(tx, [
        events.Event("template.updated", "Template", id, version=one.version, data={"changes": events.told(one.changes)}) for id, one in changed.items()])
