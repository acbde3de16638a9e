"""Whether an address may be written to about a topic: pure, from the latest act of consent and the suppressions in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

PERSONS_OWN = frozenset({"UNSUBSCRIBE", "COMPLAINT"})   # lifted by the person alone
SERVICE = "SERVICE"
GRANTING = {"CONSENT": frozenset({"CONSENT"}), "SOFT_OPT_IN": frozenset({"CONSENT", "SOFT_OPT_IN"})}


@dataclass(frozen=True, slots=True)
class Act:
    """The latest act of consent for one address and topic."""

    state: str
    basis: str
    expires_at: datetime | None = None


def verdict(kind: str, basis: str, act: Act | None, suppressions: Collection[str], now: datetime) -> str | None:
    """None when writing is allowed, else why not. `kind` and `basis` are the topic's; `suppressions` are the kinds in force for this
    address and topic. Service mail passes an opt-out from everything, because it is no marketing, but never a dead address."""
    binding = [s for s in suppressions if kind != SERVICE or s == "HARD_BOUNCE"]
    if binding:
        return "SUPPRESSED_" + min(binding, key=ORDER.index)
    if act is not None and act.state == "WITHDRAWN":
        return "CONSENT_WITHDRAWN"
    granting = GRANTING.get(basis)
    if granting is None:
        return None
    if act is None or act.basis not in granting:
        return "NO_CONSENT"
    if act.expires_at is not None and act.expires_at <= now:
        return "CONSENT_EXPIRED"
    return None


ORDER = ("COMPLAINT", "UNSUBSCRIBE", "HARD_BOUNCE", "MANUAL", "IMPORT")


def may_lift(kind: str, by: str) -> bool:
    """Who may lift which suppression: PERSON, ADMIN (with a reason), VERIFICATION (of the address), BATCH (the one that made it)."""
    if kind in PERSONS_OWN:
        return by == "PERSON"
    if kind == "HARD_BOUNCE":
        return by in ("VERIFICATION", "ADMIN")
    return by in ("BATCH", "ADMIN")
