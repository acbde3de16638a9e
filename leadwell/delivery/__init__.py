"""Delivery: templates, the ledger of sends, and the gate every mail passes before it leaves."""

from leadwell.delivery import breaker, sns
from leadwell.delivery.evidence import settle_proven
from leadwell.delivery.gate import Check, OutboundHeld, Request, gate
from leadwell.delivery.inbound import Arrival, NotParked, Taken, assign, dismiss, record_inbound, take
from leadwell.delivery.inboxes import (
    MOST_LETTERS,
    InboxAway,
    NewInbox,
    arrivals,
    create_inbox,
    forget_letters,
    inbox_token,
    open_inbox,
    plan_reading,
    read_inbox_token,
    update_inbox,
    was_read,
)
from leadwell.delivery.letters import compose, letters, return_path
from leadwell.delivery.links import Unsubscribe, read_unsubscribe, read_visitor, visitor_token
from leadwell.delivery.outcomes import Outcome, SendNotAmbiguous, hold_lost, hold_planned, record_outcomes, resolve
from leadwell.delivery.plan import NewSend, enter, plan, senders_of
from leadwell.delivery.port import Lost, Mailer, Refused, Route, Session, Unreachable
from leadwell.delivery.rendering import Mail
from leadwell.delivery.senders import DnsRecord, archive_sender, create_sender, dns_record, drop_key, make_key, route, route_of, update_sender
from leadwell.delivery.sns import SnsAway, believe, signed_by_sns, to_confirm
from leadwell.delivery.states import AGAIN, FINAL, HOUSE, OPEN, on_claim
from leadwell.delivery.together import Together
from leadwell.delivery.touches import Touch, follow_touches, record_touch
from leadwell.delivery.tracking import Mark, read_mark
from leadwell.delivery.verdict import GO, LOST_LEASE, Facts, Verdict, astray, decide, verdict
from leadwell.templates import CannotRender, Problem, Saved, TemplateBroken, Words, create_template, lint, update_template, warnings

__all__ = [
    "AGAIN",
    "FINAL",
    "GO",
    "HOUSE",
    "LOST_LEASE",
    "MOST_LETTERS",
    "OPEN",
    "Arrival",
    "CannotRender",
    "Check",
    "DnsRecord",
    "Facts",
    "InboxAway",
    "Lost",
    "Mail",
    "Mailer",
    "Mark",
    "NewInbox",
    "NewSend",
    "NotParked",
    "OutboundHeld",
    "Outcome",
    "Problem",
    "Refused",
    "Request",
    "Route",
    "Saved",
    "SendNotAmbiguous",
    "Session",
    "SnsAway",
    "Taken",
    "TemplateBroken",
    "Together",
    "Touch",
    "Unreachable",
    "Unsubscribe",
    "Verdict",
    "Words",
    "archive_sender",
    "arrivals",
    "assign",
    "astray",
    "believe",
    "breaker",
    "compose",
    "create_inbox",
    "create_sender",
    "create_template",
    "decide",
    "dismiss",
    "dns_record",
    "drop_key",
    "enter",
    "follow_touches",
    "forget_letters",
    "gate",
    "hold_lost",
    "hold_planned",
    "inbox_token",
    "letters",
    "lint",
    "make_key",
    "on_claim",
    "open_inbox",
    "plan",
    "plan_reading",
    "read_inbox_token",
    "read_mark",
    "read_unsubscribe",
    "read_visitor",
    "record_inbound",
    "record_outcomes",
    "record_touch",
    "resolve",
    "return_path",
    "route",
    "route_of",
    "senders_of",
    "settle_proven",
    "signed_by_sns",
    "sns",
    "take",
    "to_confirm",
    "update_inbox",
    "update_sender",
    "update_template",
    "verdict",
    "visitor_token",
    "warnings",
    "was_read",
]
