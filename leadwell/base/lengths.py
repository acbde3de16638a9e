"""How long a text may be: one limit per name of a field, the same in every noun."""

from collections.abc import Mapping

from leadwell.base.refusals import Refusal

LINE = 300   # a text of one line that is not named below
LINES = 10_000
ADDRESS = 2_000
LENGTHS: Mapping[str, int] = {
    "name": 200, "external_id": 200, "company_name": 200, "email": 320, "phone": 60, "mobile": 60, "external_system": 60, "currency": 10,
    "company_website": ADDRESS, "website": ADDRESS, "domain": ADDRESS, "url": ADDRESS, "redirect_url": ADDRESS, "allowed_origins": ADDRESS,
    "user_agent": ADDRESS, "page": ADDRESS, "referrer": ADDRESS, "click_id": ADDRESS, "utm_source": ADDRESS, "utm_medium": ADDRESS, "utm_campaign": ADDRESS,
    "utm_term": ADDRESS, "utm_content": ADDRESS, "note": LINES, "need": LINES, "body": LINES, "outcome": LINES, "reason": LINES,
    "thank_you": LINES, "intro": LINES, "default": LINES, "value": 600, "html": 500_000, "text": 500_000, "idempotency_key": LINES,
}  # fmt: skip


class TextTooLong(Refusal):
    """{name} has {length} characters; {limit} are allowed."""

    fix = "Shorten it."


def check_length(name: str, text: str, path: str) -> None:
    """TextTooLong with the path of the field."""
    limit = LENGTHS.get(name, LINE)
    if len(text) > limit:
        raise TextTooLong(field=path, name=name, length=len(text), limit=limit)
