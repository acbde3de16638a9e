"""The one table of what follows from what: event kind → verb. Read by number, so nothing is missed and nothing happens twice."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from leadwell import (
    assignment,
    automation,
    dedupe,
    delivery,
    events,
    leads,
    merging,
    notifications,
    nurture,
    pressure,
    purchases,
    scoring,
    segments,
    tasks,
    webhooks,
)
from leadwell.base.tx import Tx

Reaction = Callable[[Tx, Sequence[Any]], Awaitable[Any]]
MOST_HOPS = 10

ON: Mapping[str, tuple[Reaction, ...]] = {
    "activity.recorded": (assignment.follow, scoring.follow_clicks, delivery.follow_touches, nurture.exit_by_event),
    "activity.reread": (delivery.follow_touches,),
    "submission.processed": (nurture.enter_by_capture,),
    "person.created": (dedupe.check_changed,),
    "person.updated": (dedupe.check_changed, pressure.follow_zones),
    "company.created": (dedupe.check_changed, scoring.follow_companies),
    "company.updated": (dedupe.check_changed, scoring.follow_companies, pressure.follow_zones),
    "contact.created": (dedupe.check_changed, purchases.settle_by_person),
    "contact.left_company": (tasks.ask_where_they_went,),
    "contact.linked": (dedupe.check_changed,),
    "lead.created": (assignment.ask, assignment.follow, nurture.enter_by_capture, nurture.exit_by_event, dedupe.check_changed),
    "lead.attached": (nurture.enter_by_capture, dedupe.check_changed),
    "lead.repeated": (assignment.ask, assignment.follow, nurture.enter_by_capture, nurture.exit_by_event),
    "lead.raised_hand": (assignment.ask, assignment.follow, notifications.tell_owners, nurture.exit_by_event),
    "contact.raised_hand": (assignment.follow, notifications.tell_owners, nurture.exit_by_event),
    "duplicate.found": (merging.link_found,),
    "sweep.finished": (merging.link_standing,),
    "workspace.updated": (merging.link_standing, pressure.follow_zones),
    **dict.fromkeys(("contact.updated", "user.updated"), (pressure.follow_zones,)),
    "calendar.updated": (pressure.follow_calendars,),
    "customField.updated": (scoring.follow_field, segments.follow_fields),
    "lead.converted": (assignment.follow, purchases.settle_by_person),
    "score.crossed": (leads.qualify_by_score, nurture.enter_by_score),
    "lead.junked": (assignment.follow, nurture.exit_by_event),
    "lead.recycled": (assignment.ask, assignment.follow),
    "lead.accepted": (assignment.follow, nurture.exit_by_event),
    "lead.reopened": (assignment.ask,),
    "lead.updated": (assignment.ask, pressure.follow_zones),
    **dict.fromkeys(("lead.moved", "lead.rejected", "lead.merged"), (assignment.follow,)),
    **dict.fromkeys(("contact.archived", "contact.merged", "task.done", "task.canceled"), (assignment.follow,)),
    **dict.fromkeys(("meeting.scheduled", "deal.created"), (nurture.exit_by_event,)),
    "consent.withdrawn": (nurture.exit_by_event,),
    "mail.resolved": (nurture.advance_resolved,),
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
    await nurture.hear(tx, [event for event in batch if event["hops"] < MOST_HOPS])
    await automation.hear(tx, batch)
    await segments.hear(tx, batch)
    await webhooks.fan_out(tx, batch)
    return len(batch)
