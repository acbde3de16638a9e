"""Gathers what words take in: the snippets they name, those that these name, and the layout around them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.templates.known import CUSTOM
from leadwell.templates.lint import used
from leadwell.templates.words import Words

MOST = 50   # snippets in one template
Snippet = Mapping[str, Any]


async def snippets_of(tx: Tx, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """These snippets and all that they take in, by name; those that are not there are not."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(dict.fromkeys(names))
    while waiting and len(found) < MOST:
        rows = await tx.fetch(
            "SELECT s.name, s.html, s.text FROM snippets s WHERE s.workspace_id = $1 AND s.name = ANY($2::text[]) AND s.archived_at IS NULL ORDER BY s.name",
            tx.workspace, waiting)
        found |= {row["name"]: {"html": row["html"], "text": row["text"]} for row in rows}
        waiting = [name for row in rows for name in (*used(row["html"]), *used(row["text"] or "")) if name not in found]
    return found


async def parts_of(tx: Tx, words: Words, layout_id: UUID | None) -> dict[str, Any]:
    """What `Words.parts` holds; empty for words that take nothing in. `custom`: some of it names a field of the workspace's own."""
    sql = "SELECT l.html, l.text FROM layouts l WHERE l.workspace_id = $1 AND l.id = $2"
    layout = None if layout_id is None else await tx.row(sql, tx.workspace, layout_id)
    if layout_id is not None and layout is None:
        raise NotFound(noun="layout", field="layoutId")
    sources = [words.subject, words.html, words.text or "", *((layout["html"], layout["text"] or "") if layout else ())]
    snippets = await snippets_of(tx, [name for source in sources for name in used(source)])
    parts: dict[str, Any] = {}
    if snippets:
        parts["snippets"] = snippets
    if layout:
        parts["layout"] = {"html": layout["html"], "text": layout["text"]}
    if any(f".{CUSTOM}" in source for source in (*sources, *(str(v) for one in snippets.values() for v in one.values()))):
        parts["custom"] = True
    return parts
