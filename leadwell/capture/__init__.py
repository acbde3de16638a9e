"""Capture: one verb behind every door in. What comes is kept raw first, then becomes people, leads and their history, or is parked."""

from leadwell.capture.capture import capture
from leadwell.capture.editing import BadSubmissionField, NotFromFeed, SubmissionNotParked, edit, remap
from leadwell.capture.feeds import (
    BadFeed,
    Feed,
    FeedClosed,
    NewFeed,
    UnknownFeed,
    archive_feed,
    create_feed,
    find_feed,
    read_feed,
    unarchive_feed,
    update_feed,
)
from leadwell.capture.fetching import Ads, Fetched, VendorAway, VendorRefused, fetch, take_fetched
from leadwell.capture.fields import FIELDS, Field
from leadwell.capture.form_editing import WordingChanged, archive_form, create_form, unarchive_form, update_form
from leadwell.capture.form_intake import take_form
from leadwell.capture.forms import BadForm, Form, FormClosed, FormConsent, FormField, NewForm, UnknownForm, find_form, origin_of, read_form
from leadwell.capture.inbound import UnreadableBody, submissions, take_mail
from leadwell.capture.inbound import take as take_inbound
from leadwell.capture.intake import MOST, Received, SubmissionParked, TooManySubmissions, park, process, process_in, receive, replay, rescue, submit
from leadwell.capture.lookups import LINKS, unknown_links
from leadwell.capture.mailbox import LARGEST_MAIL, MOST_LETTERS, Letter, Mailbox, MailboxAway, poll
from leadwell.capture.mails import MailIn, UnreadableMail, read_raw
from leadwell.capture.notices import finish_fetching
from leadwell.capture.opt_in import OptIn, OptInExpired, confirm, finish_asking, read_opt_in, waiting_for_word
from leadwell.capture.opt_in import shown as opt_in_shown
from leadwell.capture.opt_in_mail import opt_in_mail
from leadwell.capture.partners import BadSubmission, api_submissions, check_readable, check_writer
from leadwell.capture.posting import CLICK_IDS, DEDUPE, HONEYPOT, FormRefused, OriginRefused, check_origin, posted, touch_of
from leadwell.capture.rules import INTENTS, Action, Intent, Standing, decide
from leadwell.capture.signatures import BadSignature, challenge
from leadwell.capture.spam import PROOF, STAMP, forget_proofs, stamp
from leadwell.capture.submissions import ConsentGiven, Defaults, FieldFlaw, Outcome, Submission
from leadwell.capture.throttled import finish_waiting, let_in
from leadwell.capture.visitors import VISITOR, BadPageView, forget_visitors, stitch, stitch_submissions, view

__all__ = [
    "CLICK_IDS",
    "DEDUPE",
    "FIELDS",
    "HONEYPOT",
    "INTENTS",
    "LARGEST_MAIL",
    "LINKS",
    "MOST",
    "MOST_LETTERS",
    "PROOF",
    "STAMP",
    "VISITOR",
    "Action",
    "Ads",
    "BadFeed",
    "BadForm",
    "BadPageView",
    "BadSignature",
    "BadSubmission",
    "BadSubmissionField",
    "ConsentGiven",
    "Defaults",
    "Feed",
    "FeedClosed",
    "Fetched",
    "Field",
    "FieldFlaw",
    "Form",
    "FormClosed",
    "FormConsent",
    "FormField",
    "FormRefused",
    "Intent",
    "Letter",
    "MailIn",
    "Mailbox",
    "MailboxAway",
    "NewFeed",
    "NewForm",
    "NotFromFeed",
    "OptIn",
    "OptInExpired",
    "OriginRefused",
    "Outcome",
    "Received",
    "Standing",
    "Submission",
    "SubmissionNotParked",
    "SubmissionParked",
    "TooManySubmissions",
    "UnknownFeed",
    "UnknownForm",
    "UnreadableBody",
    "UnreadableMail",
    "VendorAway",
    "VendorRefused",
    "WordingChanged",
    "api_submissions",
    "archive_feed",
    "archive_form",
    "capture",
    "challenge",
    "check_origin",
    "check_readable",
    "check_writer",
    "confirm",
    "create_feed",
    "create_form",
    "decide",
    "edit",
    "fetch",
    "find_feed",
    "find_form",
    "finish_asking",
    "finish_fetching",
    "finish_waiting",
    "forget_proofs",
    "forget_visitors",
    "let_in",
    "opt_in_mail",
    "opt_in_shown",
    "origin_of",
    "park",
    "poll",
    "posted",
    "process",
    "process_in",
    "read_feed",
    "read_form",
    "read_opt_in",
    "read_raw",
    "receive",
    "remap",
    "replay",
    "rescue",
    "stamp",
    "stitch",
    "stitch_submissions",
    "submissions",
    "submit",
    "take_fetched",
    "take_form",
    "take_inbound",
    "take_mail",
    "touch_of",
    "unarchive_feed",
    "unarchive_form",
    "unknown_links",
    "update_feed",
    "update_form",
    "view",
    "waiting_for_word",
]
