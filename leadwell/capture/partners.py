"""Makes submissions of what partners and the API send, checking every name before anything is kept. Pure."""

import difflib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from leadwell.access import Viewer
from leadwell.access.names import camel
from leadwell.base.identity import country_code
from leadwell.base.refusals import Refusal
from leadwell.capture.fields import FIELDS, SYNONYMS
from leadwell.capture.intake import MOST, TooManySubmissions
from leadwell.capture.posting import SOFT
from leadwell.capture.reading import read, text
from leadwell.capture.rules import INTENTS
from leadwell.capture.submissions import TOUCH, ConsentGiven, Defaults, Submission

KEYS = ("fields", "intent", "touch", "consents", "source", "system", "country", "quiet", "dedupeKey")
LONGEST = 10_000


class BadSubmission(Refusal):
    """{problem}"""


def api_submissions(items: Any, caller: str | None, credential: str) -> list[Submission]:
    """From JSON objects {"fields": {...}, "intent", "touch", "consents", "source", "system", "country", "quiet", "dedupeKey"}. `caller` is the
    idempotency key of the request: with it, each place in the batch is one submission however often it is sent."""
    if not isinstance(items, list) or not items:
        raise BadSubmission(problem="Nothing was sent.", fix='Send {"fields": {"email": "ana@example.com"}}, or {"submissions": [...]} of these.')
    given = cast("list[Any]", items)
    if len(given) > MOST:
        raise TooManySubmissions(count=len(given), most=MOST)
    return [_submission(item, f"submissions.{i}" if len(given) > 1 else "", caller and f"{caller}:{i}", credential) for i, item in enumerate(given)]


def _submission(item: Any, where: str, caller: str | None, credential: str) -> Submission:
    if not isinstance(item, dict) or not isinstance(item.get("fields"), dict):  # pyright: ignore[reportUnknownMemberType]
        raise BadSubmission(field=where or None, problem='A submission is an object with "fields".')
    given = cast("dict[str, Any]", item)
    _known(given, KEYS, where, "part of a submission")
    fields = {SYNONYMS.get(name, name): value for name, value in cast("dict[str, Any]", given["fields"]).items()}
    _known(fields, FIELDS, _under(where, "fields"), "field of leads")
    long = next((name for name, value in fields.items() if len(text(value)) > LONGEST), None)
    if long:
        raise BadSubmission(field=_under(where, f"fields.{long}"), problem=f"The value is longer than {LONGEST} characters.")
    intent = given.get("intent") or "HAND_RAISE"
    if intent not in INTENTS:
        raise BadSubmission(field=_under(where, "intent"), problem=f'"{text(intent)[:40]}" is not an intent.', fix=f"Use one of {', '.join(INTENTS)}.")
    key = text(given.get("dedupeKey")) or caller
    defaults = Defaults(
        source=text(given.get("source"))[:200] or None, country=country_code(text(given.get("country"))), system=text(given.get("system"))[:60] or "external"
    )  # fmt: skip
    return Submission(
        "API", fields, intent, _touch(given.get("touch")), _consents(given.get("consents"), where), defaults, given.get("quiet") is True,
        dedupe_key=f"api:{credential}:{_short(key)}" if key else None)  # fmt: skip


def check_writer(viewer: Viewer, submissions: Sequence[Submission], *, single: bool) -> None:
    """FieldNotYours for the first value of a field that is hidden from the sender, or only read by them."""
    for i, one in enumerate(submissions if viewer.denied or viewer.fixed else ()):
        for name in one.fields:
            column = FIELDS[name].column or {"mobile": "phone"}.get(name, name)
            viewer.write("Lead", camel(column), f"fields.{name}" if single else f"submissions.{i}.fields.{name}")


def check_readable(submission: Submission, shown: Callable[[str], str]) -> None:
    """Refuses what a program sent and could mend; `shown` names a field as the caller knows it."""
    flaw = next((flaw for flaw in read(submission).flaws if flaw.code not in SOFT), None)
    if flaw:
        raise BadSubmission(field=shown(flaw.field) if flaw.field else None, problem=flaw.message)


def _known(given: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any], where: str, what: str) -> None:
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, list(names), n=1)
        fix = f'Did you mean "{near[0]}"?' if near else f"Use one of {', '.join(names)}."
        raise BadSubmission(field=_under(where, unknown[:64]), problem=f'"{unknown[:64]}" is no {what}.', fix=fix)


def _touch(given: Any) -> dict[str, str]:
    """Names as in links (utm_source) or as in JSON (utmSource)."""
    touch = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    plain = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): text(value)[:2000] for name, value in touch.items()}
    return {name: plain[name] for name in TOUCH if plain.get(name)}


def _consents(given: Any, where: str) -> tuple[ConsentGiven, ...]:
    found: list[ConsentGiven] = []
    for i, one in enumerate(cast("list[Any]", given) if isinstance(given, list) else []):
        consent = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        if not text(consent.get("topic")):
            raise BadSubmission(field=_under(where, f"consents.{i}"), problem='A consent names its "topic" by code.')
        wording = text(consent.get("wordingVersion"))[:100] or None
        found.append(ConsentGiven(text(consent["topic"])[:100], wording, text(consent.get("text"))[:2000] or None))
    return tuple(found)


def _under(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _short(key: str) -> str:
    return key if len(key) <= 200 else hashlib.sha256(key.encode()).hexdigest()
