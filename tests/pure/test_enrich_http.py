"""What a JSON API answers counts only when it is whole, readable and about whom was asked."""

import asyncio
import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from leadwell.enrichment.asking import Answer, Mapped, Question
from leadwell.enrichment.fields import checked
from leadwell.enrichment.gate import Gate, Price, admit, after
from leadwell.outside.enrich_http import TOTAL_S
from leadwell.outside.guard import Asked, Fetcher, NotFetched
from tests.internet import Internet

URL = "https://api.example/v1/people?email={email}"
MAPPED = Mapped(URL, {"Authorization": "Bearer {secret:KEY}"}, identity="/person/email", fields={"person.title": "/person/title", "person.city": "/at/0/city"})
ASKED = "api.example/v1/people?email=ana%2Bx%40firma.de"


async def ask(reply: Any, mapped: Mapped = MAPPED, addresses: dict[str, list[str]] | None = None, key: str = "ana+x@firma.de") -> tuple[Answer, Internet]:
    internet = Internet({ASKED: reply}, addresses)
    return await internet.lookups().look(Question("HTTP", key, mapped, {"KEY": "s3cret"})), internet


def body(**said: Any) -> httpx.Response:
    return httpx.Response(200, json=said)


GOOD = {"person": {"email": "Ana+X@FIRMA.de", "title": "CFO"}, "at": [{"city": "Bonn"}]}


async def test_answer_is_read_by_the_mapping_and_the_secret_goes_into_the_header_alone() -> None:
    answer, internet = await ask(body(**GOOD))
    assert (answer.state, answer.values) == ("FOUND", {"person.title": "CFO", "person.city": "Bonn"})
    assert [(r.method, r.headers["authorization"], str(r.url.host)) for r in internet.requests] == [("GET", "Bearer s3cret", "93.184.216.34")]
    assert "s3cret" not in repr(Question("HTTP", "k", MAPPED, {"KEY": "s3cret"}))


async def test_body_makes_it_a_post_in_which_whom_it_is_about_cannot_break_out() -> None:
    mapped = Mapped("https://api.example/find", body='{"email": "{email}", "domain": "{domain}"}', identity="/e", fields={"person.title": "/t"})
    internet = Internet({"api.example/find": body(e='"a"@firma.de', t="CEO")})
    await internet.lookups().look(Question("HTTP", '"a"@firma.de', mapped))
    assert json.loads(internet.requests[0].content) == {"email": '"a"@firma.de', "domain": "firma.de"}


@pytest.mark.parametrize(("said", "state"), [
    ({"person": {"email": "bob@firma.de", "title": "CEO"}}, "REJECTED"), ({"person": {"title": "CEO"}}, "REJECTED"), ({"error": "no credit"}, "REJECTED"),
    ({"person": {"email": 5}}, "REJECTED"), ({}, "MISS"), ({"person": {"email": "ana+x@firma.de"}}, "MISS"),
])  # fmt: skip
async def test_answer_about_another_person_or_nobody_is_not_taken(said: dict[str, Any], state: str) -> None:
    answer, _ = await ask(body(**said))
    assert (answer.state, answer.values, bool(answer.reason)) == (state, {}, True)


async def test_of_a_list_only_whom_was_asked_for_counts() -> None:
    mapped = Mapped(URL, items="/hits", identity="/email", fields={"person.title": "/title"})
    hits = [{"email": "bob@firma.de", "title": "CEO"}, {"email": "ana+x@firma.de", "title": "CFO"}]
    assert (await ask(body(hits=hits), mapped))[0].values == {"person.title": "CFO"}
    assert [(await ask(body(hits=found), mapped))[0].state for found in (hits[:1], [], None)] == ["REJECTED", "MISS", "MISS"]


async def test_success_with_an_error_in_it_is_a_failure() -> None:
    mapped = Mapped(URL, identity="/person/email", fields=MAPPED.fields, error="/error")
    answer, _ = await ask(body(error={"code": 7}, **GOOD), mapped)
    assert (answer.state, answer.values, answer.final) == ("FAILED", {}, True)
    assert (await ask(body(error=None, **GOOD), mapped))[0].state == "FOUND"


BOMB = "a small file that becomes a large one"
GARBAGE = [b"", b"\x00\xff\xfe", b"<html>", b'{"person": ', b"[" * 100_000, b'{"a":' * 2_000, b"NaN", '"\ud800"'.encode("utf-8", "surrogatepass"),
           b"x" * 10_000_000]  # fmt: skip


@pytest.mark.parametrize("reply", [
    *(httpx.Response(200, content=text) for text in GARBAGE), BOMB,
    httpx.Response(200, extensions={"raw": b"x", "told": {"content-encoding": "zstd"}}),
    httpx.ReadTimeout("never"), httpx.ConnectError("refused"), httpx.RemoteProtocolError("what"), OSError("tls"), RuntimeError("a fault of ours"),
    httpx.Response(302, headers={"location": "http://127.0.0.1/"}), httpx.Response(307, headers={"location": "https://other.example/"}),
    httpx.Response(500), httpx.Response(401), httpx.Response(429, headers={"retry-after": "120"}),
])  # fmt: skip
async def test_what_is_no_answer_is_a_failure_that_says_why(reply: Any) -> None:
    if reply == BOMB:
        raw = gzip.compress(b'{"person": "' + b"a" * 100_000_000 + b'"}', 9)
        reply = httpx.Response(200, extensions={"raw": raw, "told": {"content-encoding": "gzip"}})
    answer, internet = await ask(reply)
    assert (answer.state, answer.values, answer.found, len(internet.asked)) == ("FAILED", {}, {}, 1)
    assert answer.reason
    assert (answer.after_s, answer.final) == ((120.0 if isinstance(reply, httpx.Response) and reply.status_code == 429 else None),
                                              isinstance(reply, httpx.Response) and reply.status_code == 401)  # fmt: skip


async def test_api_that_never_answers_is_given_up() -> None:
    class Silent(Internet):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    silent = Silent()
    with pytest.raises(NotFetched, match=r"No answer within 0\.05 seconds"):
        await Fetcher(agent="test", resolver=silent.resolve, inner=silent).fetch(Asked("https://api.example/", seconds=0.05))
    assert TOTAL_S <= 15


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.5"], ["93.184.216.34", "::1"], ["169.254.169.254"]])
async def test_name_with_one_address_inside_is_never_asked(addresses: list[str]) -> None:
    answer, internet = await ask(body(**GOOD), addresses={"api.example": addresses})
    assert (answer.state, internet.asked) == ("FAILED", [])


async def test_only_what_can_be_kept_is_kept() -> None:
    given = {
        "person.title": " Chief  Officer ", "person.country": "Germany", "person.phone": "12", "person.seniority": "c-level", "person.city": {"a": 1},
        "lead.employees": "1200", "company.employees": -1, "person.timeZone": "Mars/Base", "person.language": "de-AT", "company.website": "not a site",
        "lead.company": "x", "email.isValid": False, "nothing": 1, "person.department": ["SALES"], "lead.currency": "eur",
    }  # fmt: skip
    assert checked(given) == {"person.title": "Chief Officer", "person.country": "DE", "person.seniority": "C_LEVEL", "lead.employees": 1200,
                              "person.language": "de", "lead.currency": "EUR"}  # fmt: skip


async def test_mail_servers_say_whether_a_domain_takes_mail() -> None:
    internet = Internet()
    internet.mail |= {"dead.example": None, "null.example": []}
    said = [await internet.lookups().look(Question("MX", domain)) for domain in ("firma.de", "dead.example", "null.example")]
    assert [(one.state, one.values) for one in said] == [("MISS", {}), ("FOUND", {"email.isValid": False}), ("FOUND", {"email.isValid": False})]


NOW, MONTH = datetime(2026, 5, 10, tzinfo=UTC), date(2026, 5, 1)
PRICE = Price(per_minute=60, cost=2, charges_misses=True, monthly_budget=10)


def gate(**more: Any) -> Gate:
    return Gate(**{"tokens": 60.0, "refilled_at": NOW, "month": MONTH, **more})


def test_breaker_opens_after_five_failures_tries_once_and_closes() -> None:
    now, one = NOW, gate()
    for _ in range(5):
        assert admit(one, PRICE, 0, now, MONTH)[1].asked
        one = after(one, Answer("FAILED", reason="500"), 0, now)
    assert (one.breaker, one.until, admit(one, PRICE, 0, now, MONTH)[1].skip is not None) == ("OPEN", NOW + timedelta(minutes=1), True)
    now += timedelta(minutes=2)
    one, verdict = admit(one, PRICE, 0, now, MONTH)
    assert (one.breaker, verdict.asked, admit(one, PRICE, 0, now, MONTH)[1].wait) == ("HALF_OPEN", True, timedelta(seconds=90))
    assert after(one, Answer("FAILED"), 0, now).until == now + timedelta(minutes=2)
    closed = after(one, Answer("MISS"), 2, now)
    assert (closed.breaker, closed.failures, closed.spent) == ("CLOSED", 0, 2)


@pytest.mark.parametrize(("answer", "breaker"), [
    (Answer("FAILED", final=True), "OPEN"), (Answer("FAILED", after_s=600), "OPEN"), (Answer("FAILED", ours=False), "CLOSED"), (Answer("REJECTED"), "CLOSED"),
])  # fmt: skip
def test_refused_key_or_request_to_wait_opens_the_breaker_at_once(answer: Answer, breaker: str) -> None:
    assert after(gate(), answer, 0, NOW).breaker == breaker


def test_budget_counts_what_is_held_and_begins_anew_each_month() -> None:
    assert admit(gate(spent=6), PRICE, 2, NOW, MONTH)[1].asked
    assert admit(gate(spent=6), PRICE, 4, NOW, MONTH)[1].until == datetime(2026, 6, 1, tzinfo=UTC)
    assert admit(gate(spent=10), PRICE, 0, NOW + timedelta(days=31), date(2026, 6, 1))[1].asked
    assert [PRICE.of(Answer(state)) for state in ("FOUND", "MISS", "REJECTED", "FAILED", "SKIPPED")] == [2, 2, 2, 0, 0]
