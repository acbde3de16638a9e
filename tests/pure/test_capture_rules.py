"""The intent table and the reading of fields, without any I/O."""

from typing import Any

import pytest

from leadwell.capture import Action, Submission, decide
from leadwell.capture.reading import Read, read
from leadwell.capture.submissions import Defaults


@pytest.mark.parametrize(
    ("intent", "unknown", "open_lead", "contact"),
    [
        ("HAND_RAISE", Action("CREATED", True, True), Action("ATTACHED", True, True), Action("REPEATED", True, True)),
        ("CONTENT", Action("CREATED", True), Action("ATTACHED", True), Action("ACTIVITY")),
        ("EVENT", Action("CREATED", True), Action("ATTACHED", True), Action("ACTIVITY")),
        ("SUBSCRIBE", Action("PERSON"), Action("ACTIVITY"), Action("ACTIVITY")),
    ],
)
def test_intent_table(intent: Any, unknown: Action, open_lead: Action, contact: Action) -> None:
    assert [decide(intent, standing) for standing in ("UNKNOWN", "OPEN_LEAD", "CONTACT", "EXCLUDED")] == [
        unknown, open_lead, contact, Action("PARKED")]  # fmt: skip


def test_contact_leaves_a_task_where_the_workspace_wants_one() -> None:
    asked = [decide("HAND_RAISE", standing, "TASK") for standing in ("UNKNOWN", "OPEN_LEAD", "CONTACT", "EXCLUDED")]
    assert asked == [Action("CREATED", True, True), Action("ATTACHED", True, True), Action("TASK", False, True), Action("PARKED")]
    assert decide("HAND_RAISE", "CONTACT", "TASK", quiet=True) == decide("CONTENT", "CONTACT", "TASK") == Action("ACTIVITY")
    assert decide("HAND_RAISE", "CONTACT", "LEAD", quiet=True) == Action("REPEATED", True, True)


def reading(intent: Any = "HAND_RAISE", hint: str | None = None, **fields: Any) -> Read:
    return read(Submission("API", fields, intent, defaults=Defaults(country=hint, currency="EUR")))


def test_values_go_where_the_table_says() -> None:
    found = reading(firstName="Ana", lastName="Silva", email=" Ana@Acme.com ", title="CTO", company="Acme Ltd", country="Portugal",
                    phone="+351 912 345 678", employees="51-200", budget="12k", need="Help,\nplease")  # fmt: skip
    assert found.person == {"first_name": "Ana", "last_name": "Silva", "name": "Ana Silva", "title": "CTO", "country": "PT"}
    assert found.lead == {
        "title": "CTO", "company_name": "Acme Ltd", "employees": 51, "need": "Help,\nplease", "budget_minor": 1_200_000, "currency": "EUR"
    }  # fmt: skip
    assert found.email is not None
    assert found.email.normalized == "ana@acme.com"
    assert [phone.e164 for phone in found.phones] == ["+351912345678"]
    assert found.flaws == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("email", "not an address", "BAD_EMAIL"), ("phone", "call me", "BAD_PHONE"), ("phone", "660-485-0224", "PHONE_NEEDS_COUNTRY"),
        ("country", "Atlantis", "BAD_COUNTRY"), ("employees", "many", "BAD_NUMBER"), ("budget", "lots", "BAD_MONEY"), ("budget", "-5", "BAD_MONEY"),
        ("website", "not a site", "BAD_URL"), ("timeZone", "Mars/Base", "BAD_TIME_ZONE"), ("createdAt", "04/05/2021", "AMBIGUOUS_DATE"),
        ("city", "Por\0to", "NUL_CHARACTER"),
    ],
)  # fmt: skip
def test_bad_value_is_named_and_the_rest_is_kept(name: str, value: str, code: str) -> None:
    found = reading(lastName="Silva", **{name: value})
    assert [(flaw.field, flaw.code, flaw.fatal) for flaw in found.flaws] == [(name, code, False)]
    assert found.person["last_name"] == "Silva"


def test_number_without_country_is_kept_as_written_and_read_with_a_hint() -> None:
    assert [(p.raw, p.e164) for p in reading(lastName="S", phone="660-485-0224").phones] == [("660-485-0224", None)]
    assert [(p.raw, p.e164) for p in reading(lastName="S", phone="660-485-0224", hint="US").phones] == [("660-485-0224", "+16604850224")]


@pytest.mark.parametrize("fields", [{}, {"city": "Porto"}, {"email": "  ", "name": "\u200b"}, {"email": "broken"}])
def test_whoever_names_nobody_is_fatal(fields: dict[str, str]) -> None:
    fatal = reading(**fields).fatal
    assert fatal is not None
    assert fatal.code == "NOBODY_NAMED"


def test_subscription_needs_an_address() -> None:
    fatal = reading("SUBSCRIBE", lastName="Silva").fatal
    assert fatal is not None
    assert fatal.code == "EMAIL_REQUIRED"


@pytest.mark.parametrize("value", [None, [], {}, ["a"], {"a": 1}])
def test_lists_and_objects_are_no_values(value: Any) -> None:
    assert reading(lastName="Silva", city=value).person == {"last_name": "Silva", "name": "Silva"}
