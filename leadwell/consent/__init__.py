"""Consent per address and topic, append-only, and typed suppressions: who may be written to, and about what."""

from leadwell.consent.addresses import (
    arrived,
    bounced,
    ensure,
    ensure_locked,
    hash_of,
    hash_of_normalized,
    lock,
    normalized,
    pause,
    paused,
    track,
    unpause,
)
from leadwell.consent.preferences import PAUSES, NoSuchPause, Preferences, TopicWish, preferences
from leadwell.consent.recording import BadConsent, Recorded, Word, record, withdraw
from leadwell.consent.rules import Act, may_lift, verdict
from leadwell.consent.verbs import (
    Grant,
    NotAnAddress,
    OptOut,
    ReasonNeeded,
    SuppressionNotYours,
    grant_many,
    lift,
    lift_by_hand,
    may_write,
    opt_out,
    resubscribe,
    standing,
    suppress,
    suppress_by_hand,
)

__all__ = [
    "PAUSES", "Act", "BadConsent", "Grant", "NoSuchPause", "NotAnAddress", "OptOut", "Preferences", "ReasonNeeded", "Recorded", "SuppressionNotYours",
    "TopicWish", "Word", "arrived", "bounced", "ensure", "ensure_locked", "grant_many", "hash_of", "hash_of_normalized", "lift", "lift_by_hand", "lock",
    "may_lift", "may_write", "normalized", "opt_out", "pause", "paused", "preferences", "record", "resubscribe", "standing", "suppress", "suppress_by_hand",
    "track", "unpause", "verdict", "withdraw",
]
