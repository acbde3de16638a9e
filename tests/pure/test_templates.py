"""Templates: linted at save, limited at work, and never a way into the headers."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from time import thread_time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwell.delivery import CannotRender, Words, lint, warnings
from leadwell.delivery.message import Envelope, message
from leadwell.delivery.rendering import render
from leadwell.templates import Significance, clean_html, looked_over, significance, variant_of
from leadwell.templates.liquid import fill
from leadwell.templates.plain_text import plain_text

URL = "https://crm.example/u/k1." + "a" * 130
FACTS = {"person": {"first_name": "Ada", "name": "Ada <Lovelace>"}, "unsubscribe_url": URL}
GOOD = Words("Hello {{ person.first_name }}", '<p>Dear {{ person.name | default: "friend" }},</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>')


def envelope(**changes: object) -> Envelope:
    base = {
        "sender_name": "Leadwell",
        "sender_address": "mail@leadwell.example",
        "recipient_name": "Ada Lovelace",
        "recipient": "ada@acme.example",
        "message_id": "<1@leadwell.example>",
        "at": datetime(2026, 3, 1, tzinfo=UTC),
        "unsubscribe_url": URL,
    }
    return Envelope(**base | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "code", "fix"),
    [
        (Words("{{ person.fist_name }}", "x"), "UNKNOWN_VARIABLE", "Did you mean person.first_name?"),
        (Words("x", "{{ password }}"), "UNKNOWN_VARIABLE", None),
        (Words("x", "{% if person.name %}"), "BAD_SYNTAX", None),
        (Words("x", "{{ person.name "), "BAD_SYNTAX", None),
        (Words("x", "{{ person.name | upcas }}"), "UNKNOWN_FILTER", "Did you mean upcase?"),
        (Words("x", "{% include 'secrets' %}"), "TAG_REFUSED", None),
        (Words("x", "x", "{{ lead.nothing }}"), "UNKNOWN_VARIABLE", None),
    ],
)
def test_what_would_leave_a_hole_is_found_at_save(words: Words, code: str, fix: str | None) -> None:
    problems = lint(words)
    assert [p.code for p in problems] == [code]
    assert fix is None or problems[0].fix == fix


def test_a_good_template_has_neither_problems_nor_warnings() -> None:
    assert lint(GOOD) == []
    assert warnings(GOOD) == []


def test_a_missing_unsubscribe_is_a_warning() -> None:
    assert [w.code for w in warnings(Words("x", "<p>Buy</p>"))] == ["NO_UNSUBSCRIBE"]


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for a in (1..99999) %}{% for b in (1..99999) %}x{% endfor %}{% endfor %}",
        "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
        "{% for i in (1..9999) %}" + "x" * 100 + "{% endfor %}",
        "{% for i in (1..9999) %}{% assign a = i %}{% endfor %}" * 100,
        "{{ 'a' " + "| replace: 'a', 'aaaaaaaaaa' " * 12 + "}}",
        "{{ (1..1000000000) | join: 'x' }}",
        "{% assign n = 9 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
        "{" * 400_000,
        "{{" * 100_000,
        "{% if a " + " " * 400_000,
        "{{ " + "a[" * 2_000 + "1" + "]" * 2_000 + " }}",
        "{% include 'x' %}",
    ],
)
def test_bombs_stop_at_the_limits(bomb: str) -> None:
    start = thread_time()
    with pytest.raises(CannotRender):
        fill(bomb, {}, html=True)
    assert thread_time() - start < 10


def test_snippets_that_double_stop_at_the_limits() -> None:
    doubling = {f"a{i}": f"{{% render 'a{i + 1}' %}}{{% render 'a{i + 1}' %}}" for i in range(18)} | {"a18": ""}
    start = thread_time()
    for snippets in (doubling, {"a0": "{% render 'a0' %}"}):
        with pytest.raises(CannotRender):
            fill("{% render 'a0' %}", {}, html=True, snippets=snippets)
    assert thread_time() - start < 10


@pytest.mark.parametrize("html", ["<" * 100_000, "<a " * 100_000, "<!--" * 100_000, "</a" * 100_000, "<a href=x>" * 20_000, "<p>{{ person.name }}" * 1_900])
def test_odd_html_is_looked_over_fast(html: str) -> None:
    start = thread_time()
    looked_over(Words("x", html))
    assert thread_time() - start < 10


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="JaVaScript:x()">a</a>', [("BAD_LINK", "ERROR", 1, 1)]),
        ('<p>\n <a href="data:text/html,x">a</a></p>', [("BAD_LINK", "ERROR", 2, 2)]),
        ('<a href="/page">a</a>', [("BROKEN_LINK", "WARNING", 1, 1)]),
        ('<a href="">a</a><a href="https://">b</a>', [("BROKEN_LINK", "WARNING", 1, 1), ("BROKEN_LINK", "WARNING", 1, 17)]),
        ('<img src="https://a.example/b.png">', [("NO_ALT", "HINT", 1, 1)]),
        ("<div><b>x</div>", [("UNCLOSED_HTML", "HINT", 1, 6)]),
        ('<a href="{{ unsubscribe_url | default: "x" }}">a</a>{% if person.name %}<br>{% endif %}', []),
        ('<img alt="" src="https://a.example/{{ person.name }}.png">', []),
        ('<a href="mailto:ada@acme.example">a</a><a href="#top">b</a>', []),
        ("{% for x in y %}{% if z %}", [("BAD_SYNTAX", "ERROR", 1, 4), ("BAD_SYNTAX", "ERROR", 1, 20)]),
    ],
)
def test_markup_is_looked_over(html: str, found: list[tuple[str, str, int, int]]) -> None:
    assert [(p.code, p.severity, p.line, p.column) for p in looked_over(Words("x", html))] == found


def test_html_that_mail_programs_cut_off_is_hinted_at() -> None:
    assert [p.code for p in looked_over(Words("x", "<p>" + "x" * 100_000 + "</p>"))] == ["HTML_TOO_BIG"]


@given(st.integers(1, 5), st.uuids())
def test_a_person_keeps_their_variant(count: int, person: UUID) -> None:
    weights = list(range(1, count + 1))
    assert variant_of("s", person, weights) == variant_of("s", person, weights) < count
    assert variant_of("s", person, [0] * count + [7]) == count


def test_variants_are_given_by_their_weights() -> None:
    people = [UUID(int=i) for i in range(4000)]
    got = [variant_of("step", p, [3, 1]) for p in people].count(0)
    assert 2_900 < got < 3_100
    assert [variant_of("other", p, [3, 1]) for p in people] != [variant_of("step", p, [3, 1]) for p in people]


def test_significance_is_that_of_the_textbook() -> None:
    found = significance(80, 1000, 110, 1000)
    assert (round(found.z, 4), round(found.p, 4), found.significant, round(found.lift or 0, 3)) == (2.2878, 0.0221, True, 0.375)
    assert not significance(8, 100, 11, 100).significant
    assert significance(0, 0, 5, 10) == Significance(None, 0.0, 1.0, False, False)
    assert not significance(0, 5, 5, 5).enough
    with pytest.raises(ValueError):
        significance(2, 1, 0, 1)


def test_facts_are_escaped_in_html_and_plain_elsewhere() -> None:
    mail = render(GOOD, FACTS, envelope())
    assert "Dear Ada &lt;Lovelace&gt;," in mail.html
    assert "Dear Ada <Lovelace>," in mail.text


def test_scripts_forms_and_odd_addresses_do_not_reach_a_mail() -> None:
    dirty = '<p onclick="x()">a</p><script>alert(1)</script><form action="/"><input></form><a href="javascript:x()">b</a>'
    dirty += '<img src="data:image/png;base64,AA"><style>p{}</style>'
    assert clean_html(dirty) == "<p>a</p><a>b</a><img>"


def test_the_message_reads_back_as_it_was_meant() -> None:
    mail = render(GOOD, FACTS, envelope(sender_name="Übung, GmbH", reply_to="sales@leadwell.example"))
    read = message_from_bytes(mail.content, policy=default)
    assert str(read["from"]) == '"Übung, GmbH" <mail@leadwell.example>'
    assert str(read["to"]) == "Ada Lovelace <ada@acme.example>"
    assert (str(read["subject"]), str(read["reply-to"]), str(read["message-id"])) == ("Hello Ada", "sales@leadwell.example", "<1@leadwell.example>")
    assert read.get_body(("html",)).get_content().strip() == f'<!doctype html><html><head><meta charset="utf-8"></head><body>{mail.html}</body></html>'  # type: ignore[union-attr]
    assert read.get_body(("plain",)).get_content().splitlines() == mail.text.splitlines()  # type: ignore[union-attr]


def test_one_click_headers_stand_on_one_line_unencoded() -> None:
    head = render(GOOD, FACTS, envelope()).content.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{URL}>".encode() in head
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head


def test_service_mail_has_nothing_to_unsubscribe_from() -> None:
    assert b"List-Unsubscribe" not in render(GOOD, FACTS, envelope(unsubscribe_url=None)).content


def test_the_same_mail_is_the_same_bytes() -> None:
    assert render(GOOD, FACTS, envelope()).content == render(GOOD, FACTS, envelope()).content


@pytest.mark.parametrize("break_", ["\r\nBcc: x@evil.example", "\nBcc: x@evil.example", "\rBcc: x", "a\x00b", "\r\n Bcc: x"])
def test_line_breaks_never_reach_a_header(break_: str) -> None:
    for change in (
        {"recipient_name": f"Ada{break_}"},
        {"sender_name": f"S{break_}"},
        {"recipient": f"ada@acme.example{break_}"},
        {"reply_to": f"r@x.example{break_}"},
    ):
        with pytest.raises(CannotRender):
            message(envelope(**change), "Hello", "text", "html")
    with pytest.raises(CannotRender):
        render(GOOD, {**FACTS, "person": {"first_name": f"Ada{break_}x"}}, envelope())


@given(subject=st.text(max_size=300), name=st.text(max_size=100), body=st.text(max_size=500))
def test_no_text_breaks_a_message(subject: str, name: str, body: str) -> None:
    try:
        content = message(envelope(recipient_name=name), subject, body, body)
    except CannotRender:
        return
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert {h.lower() for h in message_from_bytes(content, policy=default)} == {
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "mime-version",
        "content-type",
    }


def test_plain_text_keeps_paragraphs_items_and_addresses() -> None:
    html = '<h1>News</h1><p>One <b>two</b></p><ul><li>a</li><li>b</li></ul><p><a href="https://x.example">Here</a></p><style>p{}</style>'
    assert plain_text(html) == "News\n\nOne two\n\n- a\n\n- b\n\nHere (https://x.example)\n"
