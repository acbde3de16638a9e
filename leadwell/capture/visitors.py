"""Visitors of pages: browsers that agreed to be remembered. Nobody until they say who they are; then what they saw becomes that person's history."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from leadwell import people, timeline
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture.forms import Form
from leadwell.capture.posting import touch_of
from leadwell.capture.reading import text
from leadwell.delivery import read_visitor

VISITOR, CLICK = "_visitor", "lw_m"
MOST_VIEWS = 500                 # of one visitor a day
FORGOTTEN = timedelta(days=90)   # a visitor nobody came to know


class BadPageView(Refusal):
    """{problem}"""

    fix = "Let the snippet send page views."


def visitor_of(value: Any) -> UUID | None:
    """A random id as browsers make them (version 4), or None."""
    try:
        id = UUID(text(value)) if len(text(value)) == 36 else None
    except ValueError:
        return None
    return id if id and id.version == 4 else None


async def view(db: Database, form: Form, sent: Mapping[str, Any], referrer: str | None = None) -> bool:
    """Keeps a page view of a visitor who agreed, and finds out who it is where a mail was clicked; False when it is one too many. BadPageView."""
    visitor, page = visitor_of(sent.get("visitor")), text(sent.get("page"))[:2000]
    if sent.get("consent") is not True:
        raise BadPageView(field="consent", problem="The visitor has not agreed.")
    if visitor is None:
        raise BadPageView(field="visitor", problem="The visitor has no id.")
    if urlsplit(page).scheme not in ("http", "https"):
        raise BadPageView(field="page", problem="The page has no address.")
    given: Any = sent.get("touch")
    before = text(sent.get("referrer"))[:2000]
    touch = touch_of(cast("dict[str, Any]", given) if isinstance(given, dict) else {}) | ({"referrer": before} if before else {})
    clicked = read_visitor(text(sent.get(CLICK))[:300], form.workspace) if sent.get(CLICK) else None

    async def verb(tx: Tx) -> bool:
        kept = await _keep(tx, visitor, page, text(sent.get("title"))[:300], touch)
        if clicked:
            await stitch(tx, visitor, clicked)
        elif kept and (known := await tx.value("SELECT v.person_id FROM visitors v WHERE v.workspace_id = $1 AND v.id = $2", tx.workspace, visitor)):
            await stitch(tx, visitor, known)
        return kept

    return await db.run(Actor.system(form.workspace), verb)


async def _keep(tx: Tx, visitor: UUID, page: str, title: str, touch: Mapping[str, str]) -> bool:
    now = await tx.now()
    await tx.execute(
        "INSERT INTO visitors AS v (workspace_id, id, consented_at, seen_at) VALUES ($1, $2, $3, $3) "
        "ON CONFLICT (workspace_id, id) DO UPDATE SET seen_at = greatest(v.seen_at, EXCLUDED.seen_at)", tx.workspace, visitor, now)
    many = await tx.value(
        "SELECT count(*) FROM page_views p WHERE p.workspace_id = $1 AND p.visitor_id = $2 AND p.at > $3", tx.workspace, visitor, now - timedelta(days=1))
    if many >= MOST_VIEWS:
        return False
    await tx.execute(
        "INSERT INTO page_views (workspace_id, id, visitor_id, at, page, title, touch) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tx.workspace, uuid7(), visitor, now, page, title or None, dict(touch))
    return True


async def stitch_submissions(db: Database, actor: Actor, ids: Sequence[UUID]) -> None:
    """Who sent a form is who looked at the pages before. Said again it changes nothing."""

    async def verb(tx: Tx) -> None:
        for row in await tx.fetch(load(__name__, "stitched"), tx.workspace, list(ids)):
            if visitor := visitor_of(row["visitor"]):
                await stitch(tx, visitor, row["person_id"])

    await db.run(actor, verb, replayable=True)


async def stitch(tx: Tx, visitor: UUID, person: UUID) -> int:
    """From now on the visitor is that person, and what they looked at is in the person's history; returns how many pages. A browser that somebody else
    says to be theirs is theirs from then on: what was told of the first one stays with the first one. Nothing for a visitor who never agreed."""
    found = await people.resolve(tx, [person])
    row = await tx.row("SELECT v.id FROM visitors v WHERE v.workspace_id = $1 AND v.id = $2 FOR NO KEY UPDATE", tx.workspace, visitor)
    if row is None or person not in found:
        return 0
    views = await tx.fetch(load(__name__, "take_views"), tx.workspace, visitor)
    await timeline.record_many(tx, [
        timeline.NewActivity(
            "PAGE_VIEW", participants=[(found[person], "FROM")], at=one["at"], subject=one["title"] or one["page"], body=one["page"], direction="INBOUND",
            source="page", external_id=str(one["id"]))
        for one in views])
    touched = [{"id": uuid7(), "person_id": found[person], "at": one["at"], "page": one["page"], **one["touch"]} for one in views if one["touch"]]
    if touched:
        await tx.execute(load(__name__, "touchpoints"), tx.workspace, touched, await tx.now())
    await tx.execute(
        "UPDATE visitors SET person_id = $3, known_at = coalesce(known_at, $4) WHERE workspace_id = $1 AND id = $2 AND person_id IS DISTINCT FROM $3",
        tx.workspace, visitor, found[person], await tx.now())
    return len(views)


async def forget_visitors(tx: Tx) -> int:
    """Visitors whom nobody came to know and who stayed away go, with what they looked at."""
    return await tx.execute("DELETE FROM visitors WHERE workspace_id = $1 AND person_id IS NULL AND seen_at < $2", tx.workspace, await tx.now() - FORGOTTEN)
