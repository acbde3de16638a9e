"""What forms, pages and partners send."""

from api.http.openapi.operation import JSON, Operation, Taken, bytes_of, json, ref
from api.http.openapi.shapes import TEXT, many, one

KEY = {"header:Idempotency-Key": "The same key takes the same submission once."}
SUBMISSIONS = many(ref("PartnerSubmission"), 500)
URLENCODED = "application/x-www-form-urlencoded"

CAPTURING = (
    Operation(
        "GET", "/f/{key}", "capture", "A form: its fields and consents", {200: ("The form; a page for browsers.", {**json(ref("Form")), "text/html": TEXT})},
        "readForm",
        "`key` is the form's public key."),
    Operation(
        "POST", "/f/{key}", "capture", "Send a form",
        {200: ("Taken, and committed.", {**json(ref("FormAnswer")), "text/html": TEXT}), 303: ("To the form's thank-you page.", {})},
        "sendForm", "As JSON, or as browsers post it. What is wrong is told by field.",
        Taken({JSON: ref("Submission"), URLENCODED: ref("Submission")}, {"email": "ana@acme.example", "name": "Ana Silva"}), KEY),
    Operation(
        "OPTIONS", "/f/{key}", "capture", "Whether a page of an origin may send the form", {204: ("It may.", {})}, "askForm",
        names={"header:Origin!": "The page's origin."}),
    Operation(
        "POST", "/capture", "capture", "Send up to 500 submissions", {200: ("For one object one result, for several a list in their order.", json(
            {"oneOf": [ref("SubmissionResults"), ref("SubmissionResult")]}))}, "capture",
        "Needs `leads:create`. Each is taken once by its `dedupeKey`, or by the key of the request and its place.",
        Taken({JSON: {"oneOf": [one("submissions", submissions=SUBMISSIONS), SUBMISSIONS, ref("PartnerSubmission")]}},
              {"submissions": [{"fields": {"email": "ana@acme.example", "name": "Ana Silva"}, "source": "Fair", "dedupeKey": "fair-1"}]}), KEY, ("bearer",)),
    Operation("GET", "/t.js", "capture", "The script that tells page views", {200: ("JavaScript.", bytes_of("text/javascript"))}, "readTracker"),
    Operation(
        "POST", "/t", "capture", "A page view of a visitor who agreed", {204: ("Taken.", {})}, "tellPageView",
        "Sent as text, so that browsers need not ask first; 16 KiB at most.",
        Taken({JSON: ref("PageView"), "text/plain": TEXT},
            {"form": "{key}", "consent": True, "visitor": "0b5c6e1e-9d0f-4c8e-8a7e-1f6f0f3f2a10", "page": "https://acme.example/pricing"})),
)  # fmt: skip
