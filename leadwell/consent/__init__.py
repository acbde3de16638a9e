"""Consent per address and topic, append-only, and typed suppressions: who may be written to, and about what."""

from leadwell.consent.addresses import ensure, ensure_locked, hash_of, hash_of_normalized, lock
from leadwell.consent.rules import Act, may_lift, verdict
from leadwell.consent.verbs import Grant, OptOut, SuppressionNotYours, grant_many, lift, may_write, opt_out, resubscribe, standing, suppress

__all__ = [
    "Act", "Grant", "OptOut", "SuppressionNotYours", "ensure", "ensure_locked", "grant_many", "hash_of", "hash_of_normalized", "lift", "lock", "may_lift",
    "may_write", "opt_out", "resubscribe", "standing", "suppress", "verdict",
]
