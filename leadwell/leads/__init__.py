"""Leads: prospects in a pipeline, from opening to junk; conversion seals them."""

from leadwell.leads.batches import Many, hold, junk_many, reopen_many
from leadwell.leads.editing import OWN_FIELDS, PERSON_FIELDS, update
from leadwell.leads.lifecycle import SEALED, Status, may_change
from leadwell.leads.locking import default_status, lock, status
from leadwell.leads.moving import accept, junk, reject, reopen, set_status
from leadwell.leads.opening import NewLead, NoSuchPipeline, Opened, open_many, opening_refused
from leadwell.leads.ownership import assign
from leadwell.leads.recycling import DUE, qualify_by_score, recycle, recycle_due
from leadwell.leads.refusals import (
    AlreadyJunk,
    BadField,
    LeadSealed,
    NothingLeft,
    NotJunk,
    OpenLeadExists,
    ReasonRequired,
    TransitionRefused,
    UnknownReason,
)
from leadwell.leads.revising import update_many

__all__ = [
    "DUE",
    "OWN_FIELDS",
    "PERSON_FIELDS",
    "SEALED",
    "AlreadyJunk",
    "BadField",
    "LeadSealed",
    "Many",
    "NewLead",
    "NoSuchPipeline",
    "NotJunk",
    "NothingLeft",
    "OpenLeadExists",
    "Opened",
    "ReasonRequired",
    "Status",
    "TransitionRefused",
    "UnknownReason",
    "accept",
    "assign",
    "default_status",
    "hold",
    "junk",
    "junk_many",
    "lock",
    "may_change",
    "open_many",
    "opening_refused",
    "qualify_by_score",
    "recycle",
    "recycle_due",
    "reject",
    "reopen",
    "reopen_many",
    "set_status",
    "status",
    "update",
    "update_many",
]
