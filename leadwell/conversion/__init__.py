"""Conversion: a lead becomes contact, company and deal, exactly once."""

from leadwell.conversion.amending import amend
from leadwell.conversion.batches import BATCH, Item, Outcome, convert_many
from leadwell.conversion.decided import Plan
from leadwell.conversion.introduction import Introduction, introduce, person_named
from leadwell.conversion.mapped import check_mapping
from leadwell.conversion.plan import plan
from leadwell.conversion.previewing import Matched, Preview, look
from leadwell.conversion.refusals import (
    AlreadyAttached,
    AlreadyConverted,
    BadMapping,
    BadWish,
    CompanyNameRequired,
    ContactOfAnotherPerson,
    DealClosed,
    LeadIsJunk,
    NobodyNamed,
    NotAConvertedStatus,
    NotConverted,
    NothingToAttach,
    OwnerRequired,
    PersonIsContact,
    PossibleDuplicate,
    StalePlan,
    TooManyLeads,
)
from leadwell.conversion.verbs import Conversion, Terms, convert, preview
from leadwell.conversion.wish import CompanyWish, ContactWish, ConversionWish, DealWish

__all__ = [
    "BATCH",
    "AlreadyAttached",
    "AlreadyConverted",
    "BadMapping",
    "BadWish",
    "CompanyNameRequired",
    "CompanyWish",
    "ContactOfAnotherPerson",
    "ContactWish",
    "Conversion",
    "ConversionWish",
    "DealClosed",
    "DealWish",
    "Introduction",
    "Item",
    "LeadIsJunk",
    "Matched",
    "NobodyNamed",
    "NotAConvertedStatus",
    "NotConverted",
    "NothingToAttach",
    "Outcome",
    "OwnerRequired",
    "PersonIsContact",
    "Plan",
    "PossibleDuplicate",
    "Preview",
    "StalePlan",
    "Terms",
    "TooManyLeads",
    "amend",
    "check_mapping",
    "convert",
    "convert_many",
    "introduce",
    "look",
    "person_named",
    "plan",
    "preview",
]
