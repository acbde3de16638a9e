"""Every kind of job this release knows: the table of contents of the workers."""

from leadwell.work import Kind
from workers import delivery, enrichment, nurture, scoring, transfer, upkeep, webhooks

KINDS: list[Kind] = [
    *enrichment.KINDS, *scoring.KINDS, *nurture.KINDS, *delivery.KINDS, *webhooks.KINDS, *transfer.KINDS, *upkeep.KINDS,
]
