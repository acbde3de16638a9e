"""A company's site is read as it is written, politely, and never followed to where it must not lead."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadwell.enrichment.asking import Answer, Question
from leadwell.outside.website import Website, jsonld, organization
from leadwell.outside.website.page import read
from tests.internet import Internet, packed

PAGES = ("atlasobscura", "bloomberg", "marketing-land", "techcrunch", "theflip")
DOMAINS = {"atlasobscura": "atlasobscura.com", "bloomberg": "bloomberg.com", "marketing-land": "marketingland.com", "techcrunch": "techcrunch.com",
           "theflip": "theflip.africa"}  # fmt: skip


def named(value: Any) -> str:
    return value["name"] if isinstance(value, dict) else value


def written(node: Any) -> dict[str, Any]:
    """The fields of every organization in strict JSON-LD, as this test reads them by itself."""
    found: list[dict[str, Any]] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            if str(one.get("@type", "")).endswith("Organization"):
                found.append(one)
    return {name: value for one in sorted(found, key=len) for name, value in one.items() if not name.startswith("@")}


@pytest.mark.parametrize("name", PAGES)
def test_every_field_of_the_organization_on_a_saved_page_is_found(shared: Path, name: str) -> None:
    body = gzip.decompress((shared / "data" / "pages" / f"{name}.html.gz").read_bytes())
    scripts = [json.loads(m[1]) for m in re.finditer(rb"<script[^>]*ld\+json[^>]*>(.*?)</script>", body, re.DOTALL)]
    wanted = written(scripts)
    assert len(wanted) >= 3
    page = read(f"https://{DOMAINS[name]}/", body)
    found = organization.fold(page.nodes, page.links, DOMAINS[name])
    said = found["properties"]
    assert {field: said.get(field) for field in wanted if field not in ("logo", "image")} == {
        field: value for field, value in wanted.items() if field not in ("logo", "image")}
    shape = {"name": "name", "legalName": "legal_name", "description": "description", "url": "url", "foundingDate": "founded"}
    assert {ours: found.get(ours) for theirs, ours in shape.items() if theirs in wanted} == {
        ours: " ".join(wanted[theirs].split()) for theirs, ours in shape.items() if theirs in wanted}
    assert found["logo"] if "logo" in wanted else True
    assert found.get("address", {}) == {k: v for k, v in wanted.get("address", {}).items() if k != "@type"}
    assert {wanted.get("email"), *(p["email"] for p in wanted.get("contactPoint", []))} - {None} <= set(found.get("emails", ()))
    assert {wanted.get("telephone")} - {None} <= set(found.get("phones", ()))
    assert found.get("founders", []) == [named(one) for one in wanted.get("founders", [])]
    known = [link for link in wanted.get("sameAs", []) if re.search(r"facebook|twitter|linkedin\.com/company|//x\.com", link)]
    assert set(known) <= set(found.get("social", {}).values())


def test_values_of_a_saved_page_are_ready_for_its_company(shared: Path) -> None:
    body = gzip.decompress((shared / "data" / "pages" / "bloomberg.html.gz").read_bytes())
    page = read("https://www.bloomberg.com/", body)
    assert organization.values(organization.fold(page.nodes, page.links, "bloomberg.com"), "https://www.bloomberg.com") == {
        "lead.companyName": "Bloomberg", "lead.companyWebsite": "https://www.bloomberg.com", "company.website": "https://www.bloomberg.com",
        "company.phone": "+12123182000", "company.country": "US", "company.region": "NY", "company.city": "New York", "company.postalCode": "10022",
        "company.street": "731 Lexington Avenue"}  # fmt: skip


BROKEN = [
    '{"@type": "Organization", "name": "Acme",}',
    '<!-- {"@type": "Organization", "name": "Acme"} -->',
    '//<![CDATA[\n{"@type": "Organization", "name": "Acme"}\n//]]>',
    '{"@type": "Organization", "name": "Acme", "description": "two\nlines"}',
    '// the company\n{"@type": ["Thing", "http://schema.org/Corporation"], "name": "Acme"};',
    '{"@type": "Organization", "name": "Acme"} {"@type": "WebSite"',
    '[[{"@graph": [{"@type": "WebPage", "publisher": {"@type": "schema:LocalBusiness", "name": "Acme"}}]}]]',
]


@pytest.mark.parametrize("script", BROKEN)
def test_broken_and_nested_json_is_understood(script: str) -> None:
    assert [node["name"] for node in jsonld.organizations([script])] == ["Acme"]


@pytest.mark.parametrize("script", ["", "{", "null", "[" * 100_000, '{"a":' * 5_000, "<html>", '{"@type": 5, "name": 1}', '"\ud800"'])
def test_what_nobody_can_read_is_nothing(script: str) -> None:
    assert jsonld.organizations([script]) == []


def test_nodes_of_one_id_are_one_and_references_are_resolved() -> None:
    graph = {"@graph": [
        {"@type": "Organization", "@id": "#o", "name": "Acme", "address": {"@id": "#a"}}, {"@id": "#o", "telephone": "+49 30 123"},
        {"@type": "PostalAddress", "@id": "#a", "addressLocality": "Berlin"}]}  # fmt: skip
    (node,) = jsonld.organizations([json.dumps(graph)])
    assert (node["telephone"], node["address"]["addressLocality"]) == ("+49 30 123", "Berlin")


MICRODATA = """<html><head><meta property="og:site_name" content="Acme Shop"><title>Acme</title></head><body>
<div itemscope itemtype="https://schema.org/LocalBusiness"><span itemprop="name">Acme GmbH</span>
 <div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress"><span itemprop="streetAddress">Hauptstr. 1</span>
  <span itemprop="postalCode">10115</span> <span itemprop="addressLocality">Berlin</span><meta itemprop="addressCountry" content="DE"></div>
 <a itemprop="telephone" href="tel:+49 30 2093 0">call</a><link itemprop="sameAs" href="https://www.xing.com/pages/acme"></div>
<a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a><a href="https://facebook.com/acme">us</a>
<a href="mailto:info@acme.de?subject=x">mail</a><a href="/ueber-uns">Über uns</a><a href="https://evil.example/about">elsewhere</a>
<a href="/impressum">Impressum</a></body></html>"""


def test_microdata_open_graph_and_links_tell_the_rest() -> None:
    page = read("https://www.acme.de/", MICRODATA.encode())
    found = organization.fold(page.nodes, page.links, "acme.de")
    assert (found["name"], found["emails"], found["social"]) == (
        "Acme GmbH", ["info@acme.de"], {"xing": "https://www.xing.com/pages/acme", "facebook": "https://facebook.com/acme"})
    assert found["address"] == {"streetAddress": "Hauptstr. 1", "postalCode": "10115", "addressLocality": "Berlin", "addressCountry": "DE"}
    assert organization.values(found, "https://www.acme.de")["company.phone"] == "+493020930"


RDFA = """<html><head><meta property="og:site_name" content="Acme Shop"></head><body vocab="https://schema.org/">
<div typeof="LocalBusiness" resource="#us"><span property="name">Acme GmbH</span>
 <div property="address" typeof="PostalAddress"><span property="streetAddress">Hauptstr. 1</span><span property="postalCode">10115</span>
  <span property="addressLocality">Berlin</span><meta property="addressCountry" content="DE"></div>
 <a property="telephone" href="tel:+49 30 2093 0">call</a></div>
<div vocab="http://example.com/words#" typeof="Organization"><span property="name">Nobody</span></div></body></html>"""
PREFIXED = '<div prefix="schema: https://schema.org/" typeof="schema:Organization"><b property="schema:name">Acme GmbH</b></div>'


def test_rdfa_is_read_where_its_words_are_those_of_schema() -> None:
    page = read("https://www.acme.de/", RDFA.encode())
    found = organization.fold(page.nodes, page.links, "acme.de")
    assert found["name"] == "Acme GmbH"
    assert found["address"] == {"streetAddress": "Hauptstr. 1", "postalCode": "10115", "addressLocality": "Berlin", "addressCountry": "DE"}
    assert organization.values(found, "https://www.acme.de")["company.phone"] == "+493020930"
    assert "Nobody" not in str(page.nodes)
    assert organization.fold(read("https://acme.de/", PREFIXED.encode()).nodes, [], "acme.de")["name"] == "Acme GmbH"


async def look(internet: Internet, domain: str = "acme.de") -> Answer:
    return await Website(internet.fetcher()).look(Question("WEBSITE", domain))


ABOUT = '<script type="application/ld+json">{"@type": "Organization", "name": "Acme GmbH", "numberOfEmployees": {"minValue": "1,200"}}</script>'


async def test_home_about_page_and_imprint_are_read_and_nothing_of_other_sites() -> None:
    internet = Internet({"acme.de/robots.txt": httpx.Response(404), "acme.de/": MICRODATA, "acme.de/ueber-uns": ABOUT, "acme.de/impressum": MICRODATA})
    answer = await look(internet)
    assert (answer.state, internet.asked) == ("FOUND", ["acme.de/robots.txt", "acme.de/", "acme.de/ueber-uns", "acme.de/impressum"])
    assert (answer.values["company.employees"], answer.values["lead.companyName"], answer.values["company.website"]) == (1200, "Acme GmbH", "https://acme.de")
    assert answer.found["pages"] == ["https://acme.de/", "https://acme.de/ueber-uns", "https://acme.de/impressum"]


@pytest.mark.parametrize(("robots", "state", "asked"), [
    ("User-agent: *\nDisallow: /", "MISS", 1), ("User-agent: Leadwell\nDisallow: /", "MISS", 1), ("User-agent: *\nDisallow: /ueber", "FOUND", 3),
    ("User-agent: *\nCrawl-delay: 60", "FOUND", 2), ("User-agent: Other\nDisallow: /", "FOUND", 4),
])  # fmt: skip
async def test_robots_are_obeyed(robots: str, state: str, asked: int) -> None:
    told = httpx.Response(200, text=robots, headers={"content-type": "text/plain"})
    internet = Internet({"acme.de/robots.txt": told, "acme.de/": MICRODATA, "acme.de/ueber-uns": ABOUT, "acme.de/impressum": ABOUT})
    assert ((await look(internet)).state, len(internet.asked)) == (state, asked)


async def test_robots_that_cannot_be_had_keep_out() -> None:
    internet = Internet({"acme.de/robots.txt": httpx.Response(503), "acme.de/": MICRODATA})
    assert ((await look(internet)).state, internet.asked) == ("MISS", ["acme.de/robots.txt"])


def moved(where: str) -> httpx.Response:
    return httpx.Response(301, headers={"location": where})


@pytest.mark.parametrize("where", [
    "https://other.example/", "http://127.0.0.1/", "https://acme.de:8443/", "http://acme.de/", "file:///etc/passwd", "gopher://acme.de/", "//evil.example",
    "https://user@acme.de/", "https://acme.de@evil.example/", "http://[::1]/",
])
async def test_redirect_out_of_the_site_is_not_followed(where: str) -> None:
    internet = Internet({"acme.de/": moved(where)})
    answer = await look(internet)
    assert (answer.state, answer.values, set(internet.asked)) == ("FAILED", {}, {"acme.de/robots.txt", "acme.de/"})


async def test_redirect_within_the_site_is_followed_and_a_circle_is_left() -> None:
    inside = Internet({"acme.de/": moved("https://www.acme.de/de"), "www.acme.de/de": MICRODATA})
    assert (await look(inside)).values["company.website"] == "https://www.acme.de"
    circle = Internet({"acme.de/": moved("/")})
    assert ((await look(circle)).reason, len(circle.asked)) == ("More than 3 redirects.", 5)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:7f00:1"], ["169.254.169.254"], []])
async def test_site_at_an_address_inside_is_never_asked(addresses: list[str]) -> None:
    internet = Internet({"acme.de/": MICRODATA}, {"acme.de": addresses, "www.acme.de": addresses})
    assert ((await look(internet)).state, internet.asked) == ("FAILED", [])


async def test_name_that_leads_inside_the_second_time_is_asked_once_only() -> None:
    """Every request resolves once and connects to what it checked; a name that flips is refused when it does."""
    internet = Internet({"acme.de/": MICRODATA})
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def flipping(host: str, port: int) -> list[str]:
        return next(answers)

    internet.resolve = flipping  # type: ignore[method-assign]
    assert ((await look(internet)).state, internet.asked) == ("FAILED", ["acme.de/robots.txt"])


async def test_gzip_bomb_costs_no_more_than_a_page() -> None:
    bomb = gzip.compress(b"<p>" + b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    internet = Internet({"acme.de/": httpx.Response(200, extensions={"raw": bomb, "told": {"content-type": "text/html", "content-encoding": "gzip"}})})
    assert (await look(internet)).state == "MISS"


async def test_large_page_is_read_as_far_as_it_may_be_and_small_packed_one_whole() -> None:
    large = Internet({"acme.de/": MICRODATA + "x" * 10_000_000})
    assert (await look(large)).values["lead.companyName"] == "Acme GmbH"
    small = Internet({"acme.de/": packed(MICRODATA.encode())})
    assert (await look(small)).values["lead.companyName"] == "Acme GmbH"


@pytest.mark.parametrize("reply", [
    httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf"}), httpx.Response(403),
    httpx.Response(200, text="", headers={"content-type": "text/html"}),
    packed(b"x", "br"), packed(b"x", "deflate"), httpx.ReadTimeout("slow"), httpx.ConnectError("gone"),
])  # fmt: skip
async def test_site_without_a_page_changes_nothing(reply: Any) -> None:
    answer = await look(Internet({"acme.de/": reply}))
    assert (answer.state in ("MISS", "FAILED"), answer.values, bool(answer.reason)) == (True, {}, True)
