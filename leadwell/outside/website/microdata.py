"""Microdata, RDFa Lite and OpenGraph of a page, as nodes like those of JSON-LD. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from leadwell.outside.website.jsonld import KINDS, Node, kinds

DEEPEST, MOST_ITEMS = 12, 200
VALUES = {"a": "href", "link": "href", "area": "href", "img": "src", "meta": "content", "time": "datetime", "data": "value"}
BUSINESS = "business:contact_data:"
SCHEMA = re.compile(r"^(?:schema:|https?://(?:www\.)?schema\.org/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """By which attributes an item, its types and its properties are told."""

    scope: str
    type: str
    prop: str


MICRODATA, RDFA = Markup("itemscope", "itemtype", "itemprop"), Markup("typeof", "typeof", "property")


def items(page: LexborHTMLParser) -> list[Node]:
    """The organizations among the items of a page, outer ones first; those of microdata before those of RDFa."""
    micro = [scope for scope in page.css("[itemscope]")[:MOST_ITEMS] if "schema.org/" in (scope.attributes.get("itemtype") or "")]
    rdfa = [scope for scope in page.css("[typeof]")[:MOST_ITEMS] if _of_schema(scope)]
    read = [*(_item(scope, 0, MICRODATA) for scope in micro), *(_item(scope, 0, RDFA) for scope in rdfa)]
    return [node for node in read if KINDS & set(kinds(node))]


def _of_schema(scope: LexborNode) -> bool:
    """Whether the words of RDFa are those of schema.org: by their prefix, or by the nearest `vocab` around them."""
    if any(SCHEMA.match(word) for word in (scope.attributes.get("typeof") or "").split()):
        return True
    node: LexborNode | None = scope
    while node is not None:
        if "vocab" in node.attributes:
            return "schema.org" in (node.attributes.get("vocab") or "")
        node = node.parent
    return False


def _item(scope: LexborNode, depth: int, markup: Markup) -> Node:
    node: Node = {"@type": _words(scope, markup.type)}
    for prop in _props(scope, depth, markup):
        inner = markup.scope in prop.attributes
        value: Any = _item(prop, depth + 1, markup) if inner and depth < DEEPEST else _value(prop)
        for name in _words(prop, markup.prop):
            known = node.get(name)
            node[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return node


def _words(node: LexborNode, attribute: str) -> list[str]:
    return [SCHEMA.sub("", word) for word in (node.attributes.get(attribute) or "").split()]


def _props(scope: LexborNode, depth: int, markup: Markup) -> Iterator[LexborNode]:
    """Properties of this item and not of one inside it."""
    child = scope.child
    while child is not None:
        if child.is_element_node:
            if markup.prop in child.attributes:
                yield child
            if markup.scope not in child.attributes and depth < 4 * DEEPEST:
                yield from _props(child, depth + 1, markup)
        child = child.next


def _value(node: LexborNode) -> str:
    attribute = VALUES.get(node.tag or "")
    given = node.attributes.get("content") or (node.attributes.get(attribute) if attribute else None)
    return (given or node.text(separator=" ", strip=True)).strip()[:2000]


def meta(page: LexborHTMLParser) -> dict[str, str]:
    """OpenGraph, Twitter and plain meta values by small name; the first of each."""
    found: dict[str, str] = {}
    for node in page.css("meta[content]")[:500]:
        name = (node.attributes.get("property") or node.attributes.get("name") or "").strip().lower()
        content = (node.attributes.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content[:2000])
    title = page.css_first("title")
    if title is not None and (text := title.text(strip=True)):
        found.setdefault("title", text[:500])
    return found


def open_graph(meta: dict[str, str]) -> Node:
    """What OpenGraph says of the organization."""
    address = {
        "streetAddress": meta.get(BUSINESS + "street_address"), "addressLocality": meta.get(BUSINESS + "locality"),
        "addressRegion": meta.get(BUSINESS + "region"), "postalCode": meta.get(BUSINESS + "postal_code"),
        "addressCountry": meta.get(BUSINESS + "country_name"),
    }  # fmt: skip
    address = {name: value for name, value in address.items() if value}
    node: Node = {
        "name": meta.get("og:site_name") or meta.get("application-name"), "description": meta.get("og:description") or meta.get("description"),
        "telephone": meta.get(BUSINESS + "phone_number"), "email": meta.get(BUSINESS + "email"), "address": address or None,
    }  # fmt: skip
    return {name: value for name, value in node.items() if value}
