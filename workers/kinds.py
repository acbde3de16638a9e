"""Every kind of job this release knows: the table of contents of the workers."""

from leadwell.work import Kind
from workers import assignment, automation, delivery, digests, enrichment, history, lead_ads, matching, nurture, opt_ins, scoring, transfer, upkeep, webhooks

KINDS: list[Kind] = [
    *enrichment.KINDS, *scoring.KINDS, *nurture.KINDS, *delivery.KINDS, *opt_ins.KINDS, *digests.KINDS, *webhooks.KINDS, *transfer.KINDS, *lead_ads.KINDS,
    *assignment.KINDS, *automation.KINDS, *matching.KINDS, *history.KINDS, *upkeep.KINDS,
]
