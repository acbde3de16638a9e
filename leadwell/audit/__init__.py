"""Audit: events under a chain of seals that shows whether anybody changed, took out or put in one, and how to look things up in them."""

from leadwell.audit.reading import MOST, Asked, BadAuditCursor, Page, page
from leadwell.audit.sealing import BATCH, seal, tend
from leadwell.audit.verifying import BadAnchor, Break, Verdict, verify

__all__ = ["BATCH", "MOST", "Asked", "BadAnchor", "BadAuditCursor", "Break", "Page", "Verdict", "page", "seal", "tend", "verify"]
