"""Delivery: templates, the ledger of sends, and the gate every mail passes before it leaves."""

from leadwell.delivery.gate import GO, LOST_LEASE, Check, OutboundHeld, Request, gate, still_wanted
from leadwell.delivery.inbound import record_inbound
from leadwell.delivery.letters import compose, letters, preview
from leadwell.delivery.links import Unsubscribe, read_unsubscribe, read_visitor, visitor_token
from leadwell.delivery.liquid import CannotRender, Problem
from leadwell.delivery.outcomes import Outcome, SendNotAmbiguous, hold_lost, record_outcomes, resolve
from leadwell.delivery.plan import NewSend, plan
from leadwell.delivery.port import Lost, Mailer, Refused, Session, Unreachable
from leadwell.delivery.rendering import Mail, Words
from leadwell.delivery.states import FINAL, OPEN, on_claim
from leadwell.delivery.templates import Saved, TemplateBroken, create_template, lint, update_template, warnings
from leadwell.delivery.together import Together

__all__ = [
    "FINAL",
    "GO",
    "LOST_LEASE",
    "OPEN",
    "CannotRender",
    "Check",
    "Lost",
    "Mail",
    "Mailer",
    "NewSend",
    "OutboundHeld",
    "Outcome",
    "Problem",
    "Refused",
    "Request",
    "Saved",
    "SendNotAmbiguous",
    "Session",
    "TemplateBroken",
    "Together",
    "Unreachable",
    "Unsubscribe",
    "Words",
    "compose",
    "create_template",
    "gate",
    "hold_lost",
    "letters",
    "lint",
    "on_claim",
    "plan",
    "preview",
    "read_unsubscribe",
    "read_visitor",
    "record_inbound",
    "record_outcomes",
    "resolve",
    "still_wanted",
    "update_template",
    "visitor_token",
    "warnings",
]
