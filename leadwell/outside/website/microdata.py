"""Microdata and OpenGraph of a page, as nodes like those of JSON-LD. Pure."""

from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from leadwell.outside.website.jsonld import KINDS, Node, kinds

DEEPEST, MOST_ITEMS = 12, 200
VALUES = {"a": "href", "link": "href", "area": "href", "img": "src", "meta": "content", "time": "datetime", "data": "value"}
BUSINESS = "business:contact_data:"


def items(page: LexborHTMLParser) -> list[Node]:
    """The organizations among the items of a page, outer ones first."""
    scopes = page.css("[itemscope]")[:MOST_ITEMS]
    read = [_item(scope, 0) for scope in scopes if "schema.org/" in (scope.attributes.get("itemtype") or "")]
    return [node for node in read if KINDS & set(kinds(node))]


def _item(scope: LexborNode, depth: int) -> Node:
    node: Node = {"@type": (scope.attributes.get("itemtype") or "").split()}
    for prop in _props(scope, depth):
        inner = "itemscope" in prop.attributes
        value: Any = _item(prop, depth + 1) if inner and depth < DEEPEST else _value(prop)
        for name in (prop.attributes.get("itemprop") or "").split():
            known = node.get(name)
            node[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
    return node


def _props(scope: LexborNode, depth: int) -> Iterator[LexborNode]:
    """Properties of this item and not of one inside it."""
    child = scope.child
    while child is not None:
        if child.is_element_node:
            if "itemprop" in child.attributes:
                yield child
            if "itemscope" not in child.attributes and depth < 4 * DEEPEST:
                yield from _props(child, depth + 1)
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
