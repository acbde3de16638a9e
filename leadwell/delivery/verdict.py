"""What the gate decides about one mail, pure: it goes, it never goes, or not yet. Worker, rehearsal and simulator ask the same function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg

from leadwell.delivery.states import HOUSE
from leadwell.pressure import Rules, Tally, Timing, held

SILENT = timedelta(minutes=10)      # a copy of the database looks again this often, and loses nothing by it
PAUSED = timedelta(hours=1)         # so does mail of somebody who is paused until further notice
Enrollment = Mapping[str, Any] | asyncpg.Record


@dataclass(frozen=True, slots=True)
class Verdict:
    """GO; SKIP for a `reason`, for ever; or LATER, not before `until`."""

    kind: Literal["GO", "SKIP", "LATER"]
    reason: str = ""
    until: datetime | None = None


GO = Verdict("GO")
LOST_LEASE = Verdict("SKIP", "LEASE_LOST")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict depends on. `person` says that they are gone (MERGED, ARCHIVED), `consent` why their address may not be written to about the topic;
    `enrollment` is a row of nurture's gate.sql, None for mail outside of sequences; `rules` and `tally` are shared by all mail of a gate."""

    now: datetime
    timing: Timing
    rules: Rules
    tally: Tally = field(default_factory=Tally)
    leased: bool = True
    epoch_matches: bool = True
    person: str | None = None
    address_known: bool = True
    consent: str | None = None
    enrollment: Enrollment | None = None
    step: str = ""
    visit: int = 1


def verdict(facts: Facts) -> Verdict:
    """The first of them counts: a lost lease; a silent copy; who is gone; what the reader said; what became of the address and the sequence; then time. What
    the house itself needs (security, opt-in, tests, digests) asks lease and epoch alone."""
    if not facts.leased:
        return LOST_LEASE
    if not facts.epoch_matches:
        return Verdict("LATER", "OUTBOUND_HELD", facts.now + SILENT)
    if facts.timing.mail_class in HOUSE:
        return GO
    if why := facts.person or facts.consent or ("" if facts.address_known else "ADDRESS_CHANGED"):
        return Verdict("SKIP", why)
    if facts.enrollment is not None:
        if why := astray(facts.enrollment, facts.step, facts.visit):
            return Verdict("SKIP", why)
        until = facts.enrollment.get("paused_until") or facts.now + PAUSED
        if facts.enrollment.get("paused_at") and until > facts.now:
            return Verdict("LATER", facts.enrollment.get("paused_as") or "ENROLLMENT_PAUSED", until)
    hold = held(facts.timing, facts.rules, facts.tally, facts.now)
    return Verdict("LATER", hold.reason, hold.until) if hold else GO


def decide(asked: list[Facts]) -> list[Verdict]:
    """The verdicts in order: a mail that goes counts for those behind it."""
    found: list[Verdict] = []
    for facts in asked:
        found.append(verdict(facts))
        if found[-1] == GO:
            facts.tally.take(facts.timing, facts.rules, facts.now)
    return found


def astray(enrollment: Enrollment, step: str, visit: int) -> str | None:
    """Why a mail of this enrollment may not go out any more."""
    if enrollment["state"] != "ACTIVE":
        return "EXITED_" + (enrollment["exit_reason"] or enrollment["state"])
    if (enrollment["step"], enrollment["visit"]) != (step, visit):
        return "STEP_PASSED"
    if enrollment["sequence_state"] != "LIVE":
        return "SEQUENCE_PAUSED"
    if enrollment["replied"] and "REPLY" in enrollment["exit_on"]:
        return "REPLIED"
    if enrollment["raised"]:
        return "HAND_RAISED"
    return enrollment.get("ended_by") or _out_of_audience(enrollment)


def _out_of_audience(e: Enrollment) -> str | None:
    if e["audience"] == "LEADS" and not e["is_lead"]:
        return "CONVERTED" if e["was_converted"] else "JUNK" if e["was_junk"] else "NO_LEAD"
    if e["audience"] == "CONTACTS" and not e["is_contact"]:
        return "NO_CONTACT"
    if e["was_junk"] and not e["is_lead"] and not e["is_contact"] and "JUNK" in e["exit_on"]:
        return "JUNK"
    return None
