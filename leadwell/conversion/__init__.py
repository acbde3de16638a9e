"""Conversion: a lead becomes contact, company and deal, exactly once."""

from leadwell.conversion.introduction import Introduction, introduce
from leadwell.conversion.plan import Plan, plan
from leadwell.conversion.refusals import (
    AlreadyConverted,
    BadWish,
    CompanyNameRequired,
    ContactOfAnotherPerson,
    DealClosed,
    LeadIsJunk,
    NobodyNamed,
    NotAConvertedStatus,
    OwnerRequired,
    PersonIsContact,
    PossibleDuplicate,
)
from leadwell.conversion.verbs import Conversion, convert, preview
from leadwell.conversion.wish import CompanyWish, ContactWish, ConversionWish, DealWish

__all__ = [
    "AlreadyConverted",
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
    "LeadIsJunk",
    "NobodyNamed",
    "NotAConvertedStatus",
    "OwnerRequired",
    "PersonIsContact",
    "Plan",
    "PossibleDuplicate",
    "convert",
    "introduce",
    "plan",
    "preview",
]
