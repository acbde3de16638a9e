"""The one table of what follows from what: event kind → verb. Read by number, so nothing is missed and nothing happens twice."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from leadwell import dedupe, events, leads, merging, notifications, nurture, purchases, tasks, webhooks
from leadwell.base.tx import Tx

Reaction = Callable[[Tx, Sequence[Any]], Awaitable[Any]]
MOST_HOPS = 10

ON: Mapping[str, tuple[Reaction, ...]] = {
    "submission.processed": (nurture.enter_by_capture,),
    "person.created": (dedupe.check_changed,),
    "person.updated": (dedupe.check_changed,),
    "company.created": (dedupe.check_changed,),
    "company.updated": (dedupe.check_changed,),
    "contact.created": (dedupe.check_changed, purchases.settle_by_person),
    "contact.left_company": (tasks.ask_where_they_went,),
    "contact.linked": (dedupe.check_changed,),
    "lead.created": (nurture.enter_by_capture, nurture.exit_by_event, dedupe.check_changed),
    "lead.attached": (nurture.enter_by_capture, dedupe.check_changed),
    "lead.repeated": (nurture.enter_by_capture, nurture.exit_by_event),
    "lead.raised_hand": (notifications.tell_owners, nurture.exit_by_event),
    "contact.raised_hand": (notifications.tell_owners, nurture.exit_by_event),
    "duplicate.found": (merging.link_found,),
    "sweep.finished": (merging.link_standing,),
    "workspace.updated": (merging.link_standing,),
    "lead.converted": (purchases.settle_by_person,),
    "score.crossed": (leads.qualify_by_score, nurture.enter_by_score),
    "lead.junked": (nurture.exit_by_event,),
    "consent.withdrawn": (nurture.exit_by_event,),
    "mail.replied": (nurture.exit_by_event,),
    "mail.bounced": (nurture.exit_by_event,),
    "mail.complained": (nurture.exit_by_event,),
}


async def react(tx: Tx, limit: int) -> int:
    """Carries the next `limit` events up, in order of their kinds' first appearance; returns how many were read.
    An event that automation set off `MOST_HOPS` times in a row stops here, so that no loop runs for ever."""
    batch = await events.read_on(tx, "reactions", limit)
    by_reaction: dict[Reaction, list[Any]] = defaultdict(list)
    for event in batch:
        if event["hops"] < MOST_HOPS:
            for reaction in ON.get(event["kind"], ()):
                by_reaction[reaction].append(event)
    for reaction, found in by_reaction.items():
        await reaction(tx, found)
    await webhooks.fan_out(tx, batch)
    return len(batch)
