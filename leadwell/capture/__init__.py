"""Capture: one verb behind every door in. What comes is kept raw first, then becomes people, leads and their history, or is parked."""

from leadwell.capture.capture import capture
from leadwell.capture.fields import FIELDS, Field
from leadwell.capture.forms import (
    Form,
    FormClosed,
    FormField,
    NewForm,
    UnknownForm,
    create_form,
    find_form,
)
from leadwell.capture.intake import TooManySubmissions, process, process_in, receive, replay, submit
from leadwell.capture.posting import FormRefused, OriginRefused, posted
from leadwell.capture.rules import INTENTS, Action, Intent, Standing, decide
from leadwell.capture.submissions import ConsentGiven, Defaults, FieldFlaw, Outcome, Submission

__all__ = [
    "FIELDS",
    "INTENTS",
    "Action",
    "ConsentGiven",
    "Defaults",
    "Field",
    "FieldFlaw",
    "Form",
    "FormClosed",
    "FormField",
    "FormRefused",
    "Intent",
    "NewForm",
    "OriginRefused",
    "Outcome",
    "Standing",
    "Submission",
    "TooManySubmissions",
    "UnknownForm",
    "capture",
    "create_form",
    "decide",
    "find_form",
    "posted",
    "process",
    "process_in",
    "receive",
    "replay",
    "submit",
]
