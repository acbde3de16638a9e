"""Every kind of job this release knows: the table of contents of the workers."""

from leadwell.work import Kind
from workers import (
    assignment,
    automation,
    broadcasts,
    delivery,
    digests,
    enrichment,
    history,
    inboxes,
    lead_ads,
    matching,
    nurture,
    opt_ins,
    privacy,
    sandbox,
    scoring,
    segments,
    simulation,
    transfer,
    upkeep,
    webhooks,
)

KINDS: list[Kind] = [
    *enrichment.KINDS, *scoring.KINDS, *segments.KINDS, *nurture.KINDS, *delivery.KINDS, *opt_ins.KINDS, *digests.KINDS, *webhooks.KINDS, *transfer.KINDS,
    *lead_ads.KINDS, *inboxes.KINDS, *assignment.KINDS, *automation.KINDS, *broadcasts.KINDS, *matching.KINDS, *history.KINDS, *sandbox.KINDS,
    *simulation.KINDS, *privacy.KINDS, *upkeep.KINDS,
]
