"""One page taken apart: what it says about its organization, its links, and which of them tell more. Pure."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from leadwell.base.identity import registrable
from leadwell.outside.website import jsonld, microdata
from leadwell.outside.website.jsonld import Node

MOST_LINKS = 2_000
CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.IGNORECASE)
ABOUT = (
    re.compile(r"/(?:about|about-us|aboutus|company|who-we-are|our-company|ueber-uns|uber-uns|unternehmen|a-propos|qui-sommes-nous|quienes-somos|sobre-nosotros)"
               r"(?:[/.-]|$)", re.IGNORECASE),
    re.compile(r"/(?:contact|contact-us|contacts|kontakt|impressum|imprint|legal-notice|mentions-legales|contacto|aviso-legal)(?:[/.-]|$)", re.IGNORECASE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """`nodes` are organizations, JSON-LD before microdata before OpenGraph; `links` are absolute, or mailto: and tel:."""

    url: str
    nodes: list[Node]
    meta: dict[str, str]
    links: list[str]


def read(url: str, body: bytes, content_type: str = "") -> Page:
    """Takes a page apart, whatever it is."""
    tree = LexborHTMLParser(text(body, content_type))
    scripts = [node.text(deep=True) for node in tree.css("script[type]") if "ld+json" in (node.attributes.get("type") or "").lower()]
    meta = microdata.meta(tree)
    graph = microdata.open_graph(meta)
    nodes = [*jsonld.organizations(scripts), *microdata.items(tree), *([graph] if graph else [])]
    return Page(url, nodes, meta, _links(url, tree))


def text(body: bytes, content_type: str) -> str:
    """By the charset that the answer names, else the page, else UTF-8; what does not fit becomes a mark."""
    told = re.search(r"charset\s*=\s*[\"']?([\w-]{2,40})", content_type, re.IGNORECASE)
    said = CHARSET.search(body[:4096])
    for name in (told and told[1], said and said[1].decode("ascii"), "utf-8"):
        try:
            if name:
                return body.decode(name, errors="replace").replace("\0", "")
        except LookupError:
            continue
    return body.decode("utf-8", errors="replace")


def further(page: Page, domain: str) -> list[str]:
    """Which pages of the same site tell about it: one about itself, one with its address."""
    found: list[str] = []
    for pattern in ABOUT:
        link = next((link for link in page.links if _within(link, domain) and pattern.search(urlsplit(link).path)), None)
        if link and link not in found:
            found.append(link)
    return found


def within(here: Any, there: Any, domain: str) -> bool:
    """Whether a redirect stays in the site and does not fall back from TLS."""
    return registrable(there.host) == domain and there.scheme in ("http", "https") and not (here.scheme == "https" and there.scheme == "http")


def _within(link: str, domain: str) -> bool:
    return link.startswith(("http://", "https://")) and registrable(urlsplit(link).hostname or "") == domain


def _links(url: str, tree: LexborHTMLParser) -> list[str]:
    found: dict[str, None] = {}
    for node in tree.css("a[href]")[:MOST_LINKS]:
        href = (node.attributes.get("href") or "").strip()
        if href.lower().startswith(("mailto:", "tel:")):
            found[href] = None
        elif href and not href.startswith("#"):
            try:
                found[urljoin(url, href).partition("#")[0]] = None
            except ValueError:
                continue
    return list(found)
