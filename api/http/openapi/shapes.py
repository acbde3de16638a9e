"""The shapes that REST doors take and answer, as JSON Schema."""

from collections.abc import Mapping
from typing import Any

TEXT, COUNT, FLAG = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
MAYBE = {"type": ["string", "null"]}
ANY: dict[str, Any] = {"type": "object"}


def one(needed: str, more: Mapping[str, Any] | None = None, /, **properties: Any) -> dict[str, Any]:
    """An object; `needed` names what is always there, divided by spaces. What is not named may be there too."""
    return {"type": "object", "properties": {**properties, **(more or {})}, **({"required": needed.split()} if needed else {})}


def many(items: Mapping[str, Any], most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), **({"maxItems": most} if most else {})}


def choice(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


FLAW = one("code message", field=MAYBE, code=TEXT, message=TEXT)
PERSON = one("", email=TEXT, name=TEXT, externalId=TEXT, system=TEXT)
KINDS = (
    "ticket.opened", "ticket.updated", "ticket.closed", "product.used", "purchase.made", "purchase.refunded", "mail.replied", "mail.bounced", "mail.complained",
    "mail.opened", "mail.clicked", "mail.unsubscribed",
)  # fmt: skip
OUTCOMES = "What became of it, such as CREATED, ATTACHED, PARKED or REPLAYED."

SCHEMAS: dict[str, Any] = {
    "Refused": one("error", error=one(
        "code message retryable requestId", code=TEXT, message=TEXT, fix=TEXT, field=many(TEXT), retryable=FLAG, requestId=TEXT, params=ANY, docsUrl=TEXT)),
    "Form": one(
        "name locale fields consents active", name=TEXT, locale=TEXT, active=FLAG, intro=MAYBE, button=TEXT, stamp=TEXT, minSeconds=COUNT, proofBits=COUNT,
        fields=many(one("name label required type", name=TEXT, label=TEXT, required=FLAG, type=TEXT, options=many(TEXT), hint=MAYBE)),
        consents=many(one("name text required", name=TEXT, text=TEXT, required=FLAG, version={}))),
    "FormAnswer": one("submissionId message confirm", submissionId=MAYBE, message=TEXT, redirectUrl=MAYBE, confirm=FLAG),
    "Submission": {**ANY, "description": "Names of fields and their values (docs/reference/fields.md); what is unknown is kept with the submission.",
                   "additionalProperties": True},
    "PartnerSubmission": {**one(
        "fields", fields={**ANY, "description": "Names of docs/reference/fields.md."}, intent=TEXT, touch=ANY, consents={}, source=TEXT, system=TEXT,
        country=TEXT,
        quiet=FLAG, dedupeKey=TEXT), "additionalProperties": False},
    "SubmissionResult": one(
        "submissionId outcome", submissionId=MAYBE, outcome={**TEXT, "description": OUTCOMES}, personId=MAYBE, leadId=MAYBE, reason=MAYBE, flaws=many(FLAW)),
    "SubmissionResults": one("results", results=many(_ref("SubmissionResult"))),
    "Happening": one("id type person", id=TEXT, type=choice(*KINDS), at={**TEXT, "format": "date-time"}, person=PERSON, data=ANY),
    "Happenings": one("events", events=many(_ref("Happening"), 500)),
    "InboundResults": one("results", results=many(one(
        "", submissionId=MAYBE, outcome=TEXT, id=TEXT, state=choice("TAKEN", "WAITING", "IGNORED", "REFUSED"), reason=MAYBE, personId=MAYBE, recordId=MAYBE))),
    "MailEvents": one("events", events=many(one(
        "id kind references", id=TEXT, kind=choice("REPLY", "BOUNCE", "COMPLAINT"), references=many(TEXT), subject=MAYBE, text=MAYBE, hard=FLAG))),
    "MailEventResults": one("sends", sends=many(MAYBE)),
    "MailResults": one("results", results=many(one("state", state=TEXT, reason=MAYBE, send=MAYBE))),
    "PushResults": one("results", results=many(ANY)),
    "PageView": one("form consent visitor page", form=TEXT, consent=FLAG, visitor=TEXT, page=TEXT, title=TEXT, referrer=TEXT, touch=ANY, lw_m=TEXT),
    "Upload": one("upload name size", upload=TEXT, name=TEXT, size=COUNT, whole=FLAG),
    "StoredFile": one("fileId size sha256", fileId=TEXT, size=COUNT, sha256=TEXT),
    "SignIn": one("email password", email=TEXT, password={**TEXT, "format": "password"}, workspace=TEXT, bearer=FLAG),
    "Session": one("workspace user expiresIn", workspace=TEXT, user=one("name role", name=TEXT, role=TEXT), expiresIn=COUNT, token=TEXT),
    "Overheard": one("events cursor", events=many(one("id kind body", id=TEXT, kind=TEXT, body={})), cursor=TEXT),
    "Live": one("status lagMs", status=choice("live"), lagMs={"type": "number"}),
    "Ready": one("status", status=choice("ready", "not ready"), problem=TEXT),
    "Operation": one("", query=TEXT, variables=ANY, operationName=MAYBE, extensions=ANY, documentId=TEXT),
    "Answer": one("", data={}, errors=many(ANY), extensions=ANY),
}
