"""Lead ads as Meta, LinkedIn and Google Ads send them. Pure; the shapes are those of the vendors' own documentation.

Meta: developers.facebook.com, Marketing API, Lead ads, Webhooks and Retrieving leads. LinkedIn: learn.microsoft.com/linkedin/marketing/lead-sync, Lead form
responses, and its Postman collection. Google: developers.google.com/google-ads/webhook/docs/implementation."""

import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
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
        yield _response(feed, lead)


def _response(feed: Feed, lead: dict[str, Any]) -> Sent:
    """A lead form response: its answers name their questions by number alone, the form that came with it says what these are."""
    form = _dict(lead.get("form"))
    questions = {str(one.get("questionId")): one for one in _dicts(_dict(form.get("content")).get("questions"))}
    named = {name for told in feed.mapping.values() for name in ([told] if isinstance(told, str) else told)}
    answers = [_answer(one, questions.get(str(one.get("questionId")), {}), named) for one in _dicts(_dict(lead.get("formResponse")).get("answers"))]
    answers += [(str(one.get("name") or ""), str(one.get("value") or "")) for one in _dicts(form.get("hiddenFields"))]
    campaign = _dict(_dict(_dict(lead.get("leadMetadataInfo")).get("sponsoredLeadMetadataInfo")).get("campaign")).get("name")
    touch = {"utm_source": "linkedin", "utm_medium": "lead_ad"} | ({"utm_campaign": str(campaign)} if campaign else {})
    park = "LinkedIn sent it as a test." if lead.get("testLead") is True else None
    return Sent(str(lead["id"]) if lead.get("id") else None, answers, _moment(lead.get("submittedAt")), touch, park, raw=lead)


def _answer(one: Mapping[str, Any], question: Mapping[str, Any], named: Collection[str]) -> tuple[str, str]:
    """By the question's number where a mapping names it, else by what the question asks for (`FIRST_NAME`), else by its own name or words."""
    details, number = _dict(one.get("answerDetails")), str(one.get("questionId") or "")
    said = _dict(details.get("textQuestionAnswer")).get("answer")
    if said is None:
        known = {str(option.get("id")): _words(option.get("text")) for option in _dicts(_choice(question).get("options"))}
        chosen = _dict(details.get("multipleChoiceAnswer")).get("options")
        said = ", ".join(known.get(str(option)) or str(option) for option in (cast("list[Any]", chosen) if isinstance(chosen, list) else ()))
    asked = {**question, **{part: one[part] for part in ("predefinedField", "name") if one.get(part)}}
    name = number if number in named else asked.get("predefinedField") or asked.get("name") or _words(asked.get("question")) or number
    return str(name), str(said)[:10_000]


def _choice(question: Mapping[str, Any]) -> dict[str, Any]:
    return _dict(_dict(question.get("questionDetails")).get("multipleChoiceQuestionDetails"))


def _words(text: Any) -> str:
    """Of a text in several languages the first."""
    localized = _dict(_dict(text).get("localized"))
    return str(next(iter(localized.values()), "")) if localized else text if isinstance(text, str) else ""


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
