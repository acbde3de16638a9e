"""Putting something away and naming it in a draft at the same moment: one of the two sees the other, whichever came first."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from leadwell import automation, broadcasts, delivery, entries, nurture, segments, templates
from leadwell.access.sees import Everything
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.broadcasts import Audience, NewBroadcast, Variant
from leadwell.catalog import CATALOG
from leadwell.entries.lists import TOPIC
from leadwell.pressure import editing
from leadwell.pressure.lists import SEND_WINDOW
from leadwell.segments import NewSegment
from tests.mailing import template, topic

Verb = Callable[[Tx, UUID], Awaitable[Any]]
WHERE = {"industry": {"eq": "Fairs"}}


async def drafted(tx: Tx, **more: Any) -> UUID:
    about = more.pop("topic_id", None) or await topic(tx)
    steps = more.pop("steps", None) or [{"kind": "EMAIL", "template_id": str(await template(tx, "Other"))}]
    return await nurture.create_sequence(tx, nurture.NewSequence(f"Draft {uuid4()}", about, steps, **more))


async def redrafted(tx: Tx, **more: Any) -> None:
    """Named by a draft that is there already, and locked by its own verb."""
    steps = more.pop("steps", None)
    await nurture.update_draft(tx, await tx.value("SELECT q.id FROM sequences q WHERE q.workspace_id = $1 LIMIT 1", tx.workspace), more, steps)


async def announced(tx: Tx, id: UUID) -> None:
    new = NewBroadcast("News", await topic(tx), Audience(segments=(id,)), [Variant("A", await template(tx, "Other"))])
    await broadcasts.create(tx, new, Everything(tx.workspace), "SYSTEM")


async def at_hours(tx: Tx, id: UUID) -> None:
    """Of a broadcast that is there already, and locked by its own verb."""
    sql = "SELECT b.id FROM broadcasts b WHERE b.workspace_id = $1 LIMIT 1"
    await broadcasts.update(tx, await tx.value(sql, tx.workspace), {"window_id": id}, Everything(tx.workspace))


async def nested(tx: Tx, id: UUID) -> None:
    where = {"segments": {"some": {"id": {"eq": encode_id(CATALOG["Segment"].tag, id)}}}}
    other = await tx.value("SELECT s.id FROM segments s WHERE s.workspace_id = $1 AND s.name = 'Around'", tx.workspace)
    await segments.update(tx, other, {"where": where}, Everything(tx.workspace))


async def ruled(tx: Tx, id: UUID) -> None:
    when = {"kind": "SEGMENT_ENTERED", "segmentId": encode_id(CATALOG["Segment"].tag, id)}
    rule = {"noun": "Lead", "when": when, "do": [{"kind": "TASK", "title": "Call"}]}
    await automation.create(tx, "Rule", rule, Everything(tx.workspace))


async def a_segment(tx: Tx) -> UUID:
    await segments.create(tx, NewSegment("Around", "Lead", where=WHERE), Everything(tx.workspace))
    return await segments.create(tx, NewSegment("Fairs", "Lead", where=WHERE), Everything(tx.workspace))


async def a_sender(tx: Tx) -> UUID:
    await delivery.create_sender(tx, {"name": "First", "address": "first@example.com", "is_default": True})
    return await delivery.create_sender(tx, {"name": "Sales", "address": "sales@example.com"})


async def a_window(tx: Tx) -> UUID:
    return await editing.create(tx, SEND_WINDOW, {"name": "Office", "hours": {"MON": ["09:00-17:00"]}})


async def a_broadcast_and_a_window(tx: Tx) -> UUID:
    new = NewBroadcast("News", await topic(tx), Audience(noun="Lead", where={}), [Variant("A", await template(tx, "Other"))])
    await broadcasts.create(tx, new, Everything(tx.workspace), "SYSTEM")
    return await a_window(tx)


async def a_topic(tx: Tx) -> UUID:
    return await entries.create(tx, TOPIC, {"name": "Fairs", "kind": "MARKETING", "basis": "CONSENT"})


def mail(id: UUID, **more: Any) -> list[dict[str, Any]]:
    return [{"kind": "EMAIL", "template_id": str(id), **more}]


async def fixed(tx: Tx, id: UUID) -> None:
    await drafted(tx, steps=mail(await template(tx, "Other"), sender={"kind": "FIXED", "ids": [str(id)]}))


async def stepped(tx: Tx, id: UUID) -> None:
    await redrafted(tx, steps=mail(await template(tx, "Other"), window_id=str(id)))


CASES: dict[str, tuple[Callable[[Tx], Awaitable[UUID]], Verb, Verb]] = {
    "template in a sequence": (lambda tx: template(tx), lambda tx, id: redrafted(tx, steps=mail(id)), templates.archive_template),
    "segment at a door": (a_segment, lambda tx, id: redrafted(tx, entry={"segment": {"segment_ids": [str(id)]}}), segments.archive),
    "segment in a broadcast": (a_segment, announced, segments.archive),
    "segment in a segment": (a_segment, nested, segments.archive),
    "sender of a sequence": (a_sender, lambda tx, id: redrafted(tx, sender_id=id), delivery.archive_sender),
    "sender of a step": (a_sender, fixed, delivery.archive_sender),
    "window of a sequence": (a_window, lambda tx, id: redrafted(tx, window_id=id), lambda tx, id: editing.archive(tx, SEND_WINDOW, id)),
    "window of a step": (a_window, stepped, lambda tx, id: editing.archive(tx, SEND_WINDOW, id)),
    "window of a broadcast": (a_broadcast_and_a_window, at_hours, lambda tx, id: editing.archive(tx, SEND_WINDOW, id)),
    "topic of a sequence": (a_topic, lambda tx, id: drafted(tx, topic_id=id), lambda tx, id: entries.archive(tx, TOPIC, id)),
}


async def impatient(tx: Tx) -> None:
    await tx.execute("SET LOCAL lock_timeout = '20ms'")


@pytest.mark.parametrize("case", list(CASES))
async def test_what_is_being_named_is_not_put_away_and_what_is_being_put_away_is_not_named(db: Database, actor: Actor, case: str) -> None:
    make, name, archive = CASES[case]

    async def begin(tx: Tx) -> UUID:
        await drafted(tx)
        return await make(tx)

    async def refused(verb: Verb, id: UUID) -> None:
        """It waits for the other, who is not through yet."""
        async def hurry(tx: Tx) -> None:
            await impatient(tx)
            await verb(tx, id)

        with pytest.raises(asyncpg.LockNotAvailableError):
            await db.run(actor, hurry)

    id = await db.run(actor, begin)

    async def putting_away(tx: Tx) -> None:
        await archive(tx, id)
        await refused(name, id)
        raise NotFound(noun="nothing: this is taken back")

    with pytest.raises(NotFound, match="taken back"):
        await db.run(actor, putting_away)

    async def naming(tx: Tx) -> None:
        await name(tx, id)
        await refused(archive, id)

    await db.run(actor, naming)
    with pytest.raises(Refusal, match="use"):
        await db.run(actor, lambda tx: archive(tx, id))


async def test_what_was_put_away_meanwhile_is_not_there_and_nothing_is_written(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        await drafted(tx)
        id = await template(tx)
        await templates.archive_template(tx, id)
        return id

    id = await db.run(actor, begin)
    with pytest.raises(NotFound) as gone:
        await db.run(actor, lambda tx: redrafted(tx, steps=mail(id), name="Changed"))
    assert gone.value.field == "steps.0.template_id"
    async with db.read(actor) as tx:
        assert await tx.value("SELECT count(*) FROM sequences q WHERE q.workspace_id = $1 AND q.name = 'Changed'", tx.workspace) == 0


async def test_two_drafts_that_name_each_other_s_things_do_not_wait_for_each_other(db: Database, actor: Actor) -> None:
    async def begin(tx: Tx) -> UUID:
        await drafted(tx)
        return await template(tx)

    id = await db.run(actor, begin)

    async def one(tx: Tx) -> None:
        await redrafted(tx, steps=mail(id))

        async def other(inner: Tx) -> UUID:
            await impatient(inner)
            return await drafted(inner, steps=mail(id))

        assert await db.run(actor, other)

    await db.run(actor, one)
