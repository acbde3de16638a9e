"""Lead ads as Meta, LinkedIn and Google Ads send them. Pure; the shapes are those of the vendors' own documentation."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from leadwell.capture.feeds import Feed
from leadwell.capture.signatures import BadSignature

# What the vendors call their standard questions, folded.
KNOWN = {
    "full_name": "name", "name": "name", "first_name": "firstName", "last_name": "lastName", "email": "email", "email_address": "email",
    "work_email": "email", "phone": "phone", "phone_number": "phone", "work_phone": "phone", "work_phone_number": "phone", "company": "company",
    "company_name": "company", "job_title": "title", "title": "title", "city": "city", "state": "region", "province": "region", "region": "region",
    "state_province": "region", "country": "country", "country_region": "country", "zip_code": "postalCode", "zip": "postalCode", "post_code": "postalCode",
    "postal_code": "postalCode", "street_address": "street", "website": "website", "company_website": "website", "company_size": "employees",
    "industry": "industry", "message": "need",
}  # fmt: skip


@dataclass(slots=True)
class Sent:
    """One person in what a vendor sent: what they answered by the vendor's names, the vendor's id of it, when, and how they came.
    `park`: why it cannot become anything yet. `notice`: it only tells of a lead; `fetch`: the answers are to be fetched under this id."""

    id: str | None = None
    answers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    at: str | None = None
    touch: dict[str, str] = field(default_factory=dict[str, str])
    park: str | None = None
    notice: bool = False
    fetch: str | None = None
    raw: Any = None


def read(feed: Feed, body: Any) -> list[Sent]:
    """Everybody in a body; one that is of no known shape is one person of whom nothing is known, so that it is kept and parked."""
    found = list(READERS[feed.kind](feed, cast("dict[str, Any]", body))) if isinstance(body, dict) else []
    return found or [Sent(park="It is of no shape that this vendor is known to send.", raw=body)]


def fields_of(feed: Feed, answers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Answers by the fields they fill: as the feed maps them, else as the vendor's standard questions are known; the others go to the need, in words."""
    mapped = {name.casefold(): target for target, names in feed.mapping.items() for name in ([names] if isinstance(names, str) else names)}
    fields: dict[str, str] = {}
    others: list[str] = []
    for name, value in answers:
        target = mapped.get(name.casefold()) or KNOWN.get(_folded(name))
        if target and value:
            fields.setdefault(target, value)
        elif value:
            others.append(f"{name}: {value}")
    if others:
        fields["need"] = "\n".join([*([fields["need"]] if "need" in fields else []), *others])
    return fields


def _folded(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def _meta(feed: Feed, body: dict[str, Any]) -> Iterator[Sent]:
    """A notice that a lead is there to be fetched, or the lead as it is fetched."""
    for entry in _dicts(body.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = _dict(change.get("value"))
            if change.get("field") == "leadgen" and value.get("leadgen_id"):
                id = str(value["leadgen_id"])
                said = f"Meta announced lead {id}; its answers are still to be fetched."
                yield Sent(id, at=_moment(value.get("created_time")), park=said, notice=True, fetch=id, raw=value)
    leads = [body] if "field_data" in body else _dicts(body.get("data"))
    for lead in leads:
        answers = [(str(one.get("name", "")), _joined(one.get("values"))) for one in _dicts(lead.get("field_data"))]
        touch = {"utm_source": str(lead.get("platform") or "meta"), "utm_medium": "lead_ad", "utm_campaign": str(lead.get("campaign_name") or "")}
        yield Sent(str(lead["id"]) if lead.get("id") else None, answers, _moment(lead.get("created_time")), touch, raw=lead)


def _linkedin(feed: Feed, body: dict[str, Any]) -> Iterator[Sent]:
    """A notice that somebody answered or took their answers back, or the answers as they are fetched."""
    if urn := body.get("leadGenFormResponse"):
        id, gone = str(urn).rpartition(":")[2], body.get("leadAction") == "DELETED"
        said = f"The person took lead {id} back at LinkedIn." if gone else f"LinkedIn announced lead {id}; its answers are still to be fetched."
        at = _moment(body.get("occurredAt") or body.get("occuredAt"))
        yield Sent(f"{id}:deleted" if gone else id, at=at, park=said, notice=True, fetch=None if gone else id, raw=body)
    for lead in [body] if "formResponse" in body else _dicts(body.get("elements")):
        answers = [_answer(one) for one in _dicts(_dict(lead.get("formResponse")).get("answers"))]
        touch = {"utm_source": "linkedin", "utm_medium": "lead_ad"}
        yield Sent(str(lead["id"]) if lead.get("id") else None, answers, _moment(lead.get("submittedAt")), touch, raw=lead)


def _answer(one: Mapping[str, Any]) -> tuple[str, str]:
    """By the name of a predefined question where it is told, else by its number, which a mapping can name."""
    details = _dict(one.get("answerDetails"))
    said = _dict(details.get("textQuestionAnswer")).get("answer")
    if said is None:
        said = _joined(_dict(details.get("multipleChoiceAnswer")).get("options"))
    return str(one.get("predefinedField") or one.get("name") or one.get("questionId") or ""), str(said)[:10_000]


def _google(feed: Feed, body: dict[str, Any]) -> Iterator[Sent]:
    """The whole lead, with the key that was set beside the form in its body. BadSignature."""
    if not feed.secret or not hmac.compare_digest(str(body.get("google_key", "")).encode(), feed.secret):
        raise BadSignature(fix="Set the feed's secret as the key of the lead form's webhook.")
    answers = [
        (str(one.get("column_id") or one.get("column_name") or ""), str(one.get("string_value") or "")) for one in _dicts(body.get("user_column_data"))
    ]  # fmt: skip
    touch = {"utm_source": "google", "utm_medium": "lead_ad"} | ({"click_id": f"gclid:{body['gcl_id']}"} if body.get("gcl_id") else {})
    park = "Google Ads sent it as a test." if body.get("is_test") is True else None
    raw = {name: value for name, value in body.items() if name != "google_key"}
    if "lead_id" in body or answers:
        yield Sent(str(body["lead_id"]) if body.get("lead_id") else None, answers, _moment(body.get("lead_submit_time")), touch, park, raw=raw)


READERS = {"META": _meta, "LINKEDIN": _linkedin, "GOOGLE_ADS": _google}


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", one) for one in cast("list[Any]", value) if isinstance(one, dict)] if isinstance(value, list) else []


def _joined(values: Any) -> str:
    return ", ".join(str(one) for one in cast("list[Any]", values) if not isinstance(one, (dict, list)))[:10_000] if isinstance(values, list) else ""


def _moment(value: Any) -> str | None:
    """Seconds or milliseconds since 1970, or text, as text."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC).isoformat() if 0 < seconds < 4e9 else None
    return str(value)[:40]
