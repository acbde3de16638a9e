"""Duplicates: who may be one person or one company, how probable it is, and what speaks for it and against it."""

from leadwell.dedupe.asking import (
    Described,
    Found,
    NothingToMatch,
    OneQuestion,
    company_facts_of,
    described,
    of_company,
    of_lead,
    of_person,
    weigh_companies,
)
from leadwell.dedupe.finding import Match, Matches, check, crowding
from leadwell.dedupe.keeping import keep
from leadwell.dedupe.nights import next_night, plan_night
from leadwell.dedupe.nouns import COMPANY, NOUNS, PERSON, Compared
from leadwell.dedupe.pairs import AlreadyMerged, OnePair, SameRecord, confirmed, dismiss, dismiss_records, forget, merged, reopen, unmerged, wake
from leadwell.dedupe.reacting import check_changed
from leadwell.dedupe.sweeping import start, step
from leadwell.dedupe.teaching import teach
from leadwell.dedupe.verdict import Evidence, Thresholds, Verdict
from leadwell.dedupe.weighing import BadThreshold, set_thresholds

__all__ = [
    "COMPANY",
    "NOUNS",
    "PERSON",
    "AlreadyMerged",
    "BadThreshold",
    "Compared",
    "Described",
    "Evidence",
    "Found",
    "Match",
    "Matches",
    "NothingToMatch",
    "OnePair",
    "OneQuestion",
    "SameRecord",
    "Thresholds",
    "Verdict",
    "check",
    "check_changed",
    "company_facts_of",
    "confirmed",
    "crowding",
    "described",
    "dismiss",
    "dismiss_records",
    "forget",
    "keep",
    "merged",
    "next_night",
    "of_company",
    "of_lead",
    "of_person",
    "plan_night",
    "reopen",
    "set_thresholds",
    "start",
    "step",
    "teach",
    "unmerged",
    "wake",
    "weigh_companies",
]
