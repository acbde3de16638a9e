"""Capture: one verb behind every door in. What comes is kept raw first, then becomes people, leads and their history, or is parked."""

from leadwell.capture.capture import capture
from leadwell.capture.fields import FIELDS, Field
from leadwell.capture.forms import (
    BadForm,
    Form,
    FormClosed,
    FormConsent,
    FormField,
    NewForm,
    UnknownForm,
    create_form,
    find_form,
)
from leadwell.capture.intake import MOST, Received, SubmissionParked, TooManySubmissions, park, process, process_in, receive, replay, rescue, submit
from leadwell.capture.lookups import LINKS, unknown_links
from leadwell.capture.partners import BadSubmission, api_submissions, check_readable
from leadwell.capture.posting import DEDUPE, HONEYPOT, FormRefused, OriginRefused, check_origin, posted
from leadwell.capture.rules import INTENTS, Action, Intent, Standing, decide
from leadwell.capture.submissions import ConsentGiven, Defaults, FieldFlaw, Outcome, Submission

__all__ = [
    "DEDUPE",
    "FIELDS",
    "HONEYPOT",
    "INTENTS",
    "LINKS",
    "MOST",
    "Action",
    "BadForm",
    "BadSubmission",
    "ConsentGiven",
    "Defaults",
    "Field",
    "FieldFlaw",
    "Form",
    "FormClosed",
    "FormConsent",
    "FormField",
    "FormRefused",
    "Intent",
    "NewForm",
    "OriginRefused",
    "Outcome",
    "Received",
    "Standing",
    "Submission",
    "SubmissionParked",
    "TooManySubmissions",
    "UnknownForm",
    "api_submissions",
    "capture",
    "check_origin",
    "check_readable",
    "create_form",
    "decide",
    "find_form",
    "park",
    "posted",
    "process",
    "process_in",
    "receive",
    "replay",
    "rescue",
    "submit",
    "unknown_links",
]
