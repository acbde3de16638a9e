"""Every kind of job this release knows: the table of contents of the workers."""

from leadwell.work import Kind
from workers import delivery, enrichment, history, lead_ads, matching, nurture, opt_ins, scoring, transfer, upkeep, webhooks

KINDS: list[Kind] = [
    *enrichment.KINDS, *scoring.KINDS, *nurture.KINDS, *delivery.KINDS, *opt_ins.KINDS, *webhooks.KINDS, *transfer.KINDS, *lead_ads.KINDS,
    *matching.KINDS, *history.KINDS, *upkeep.KINDS,
]
