"""What a site says about its organization, from all its ways of saying it, in one shape. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from leadwell.base.identity import Phone, clean, country_code, domain_of_url, parse_phone, registrable
from leadwell.outside.website.jsonld import Node

MOST_TEXT, MOST_LIST = 2_000, 50
NETWORKS = {
    "linkedin.com": "linkedin", "twitter.com": "twitter", "x.com": "twitter", "facebook.com": "facebook", "instagram.com": "instagram",
    "youtube.com": "youtube", "github.com": "github", "xing.com": "xing", "tiktok.com": "tiktok", "pinterest.com": "pinterest",
    "threads.net": "threads", "bsky.app": "bluesky", "crunchbase.com": "crunchbase", "wikipedia.org": "wikipedia",
}  # fmt: skip
SHARING = re.compile(r"/(?:share|sharer|sharing|intent|dialog|plugins|hashtag|search|login|home)(?:[/.?]|$)|[?&](?:u|url|text)=", re.IGNORECASE)
ADDRESS = ("streetAddress", "postOfficeBoxNumber", "postalCode", "addressLocality", "addressRegion", "addressCountry")
NUMBER = re.compile(r"\d[\d.,'  ]*")


def fold(nodes: Sequence[Node], links: Iterable[str], domain: str) -> dict[str, Any]:
    """One organization: the node that is most about this site leads, others of its name fill in. `properties` keeps everything said, by its name."""
    ranked = sorted(nodes, key=lambda node: -_about(node, domain))
    lead = ranked[0] if ranked else {}
    same = [node for node in ranked if node is lead or _same(node, lead, domain)]
    properties: Node = {}
    for node in same:
        for name, value in node.items():
            if not name.startswith("@"):
                properties.setdefault(name, _trimmed(value, 0))
    phones = _texts(properties.get("telephone"))
    found: dict[str, Any] = {
        "name": _first(properties.get("name")), "legal_name": _first(properties.get("legalName")), "description": _first(properties.get("description")),
        "url": _first(properties.get("url")), "logo": _url(properties.get("logo")), "emails": _addresses(properties, links),
        "phones": list(dict.fromkeys([*phones, *_contact(properties, "telephone"), *_schemed(links, "tel:")]))[:MOST_LIST],
        "address": _address(properties), "social": _social(properties, links), "founders": _names(properties.get("founders") or properties.get("founder")),
        "founded": _first(properties.get("foundingDate")), "employees": _count(properties.get("numberOfEmployees")),
        "industry": _first(properties.get("industry")), "properties": properties,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def values(found: dict[str, Any], base: str) -> dict[str, Any]:
    """By the names of what enrichment may fill. A number without + is read as one of the address's country."""
    address = found.get("address", {})
    country = country_code(address.get("addressCountry"))
    phone = next((read.e164 for text in found.get("phones", ()) if isinstance(read := parse_phone(text, country), Phone) and read.valid), None)
    street = ", ".join(part for part in (address.get("streetAddress"), address.get("postOfficeBoxNumber")) if part)
    said: dict[str, Any] = {
        "lead.companyName": found.get("name"), "lead.companyWebsite": base, "lead.industry": found.get("industry"),
        "lead.employees": found.get("employees"), "company.website": base, "company.industry": found.get("industry"),
        "company.employees": found.get("employees"), "company.phone": phone, "company.country": country,
        "company.region": address.get("addressRegion"), "company.city": address.get("addressLocality"),
        "company.postalCode": address.get("postalCode"), "company.street": street,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, "")}


def _about(node: Node, domain: str) -> float:
    """How much a node is about this site: its own address first, then how much it says."""
    own = any(isinstance(host := domain_of_url(url), str) and registrable(host) == domain for url in _texts(node.get("url")))
    return (100 if own else 0) + (10 if "name" in node else 0) + min(len(node), 9)


def _same(node: Node, lead: Node, domain: str) -> bool:
    name, other = _first(node.get("name")), _first(lead.get("name"))
    return name is not None and other is not None and clean(name).casefold() == clean(other).casefold()


def _trimmed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if depth > 5:
        return None
    if isinstance(value, list):
        return [_trimmed(one, depth + 1) for one in cast("list[Any]", value)[:MOST_LIST]]
    if isinstance(value, dict):
        return {name[:100]: _trimmed(one, depth + 1) for name, one in list(cast("Node", value).items())[:MOST_LIST]}
    return value


def _texts(value: Any) -> list[str]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [text for one in listed if isinstance(one, str) and (text := one.strip())]


def _first(value: Any) -> str | None:
    if isinstance(value, dict):
        node = cast("Node", value)
        return _first(node.get("name") or node.get("@value"))
    return next((clean(text, limit=MOST_TEXT) for text in _texts(value)), str(value) if isinstance(value, int) and not isinstance(value, bool) else None)


def _url(value: Any) -> str | None:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    one = listed[0] if listed else None
    if isinstance(one, dict):
        node = cast("Node", one)
        return _first(node.get("url") or node.get("contentUrl") or node.get("@id"))
    return _first(one)


def _names(value: Any) -> list[str]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [name for one in listed if (name := _first(one))][:MOST_LIST]


def _points(properties: Node) -> list[Node]:
    value = properties.get("contactPoint") or properties.get("contactPoints")
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [cast("Node", one) for one in listed if isinstance(one, dict)]


def _contact(properties: Node, name: str) -> list[str]:
    return [text for point in _points(properties) for text in _texts(point.get(name))]


def _schemed(links: Iterable[str], scheme: str) -> list[str]:
    return [link[len(scheme) :].partition("?")[0].strip() for link in links if link.lower().startswith(scheme)]


def _addresses(properties: Node, links: Iterable[str]) -> list[str]:
    said = [*_texts(properties.get("email")), *_contact(properties, "email"), *_schemed(links, "mailto:")]
    return list(dict.fromkeys(one.removeprefix("mailto:") for one in said if "@" in one))[:MOST_LIST]


def _address(properties: Node) -> dict[str, str]:
    """The first address that has parts; one written as a line stands under its street."""
    value = properties.get("address") or _inside(properties.get("location"), "address")
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    for one in listed:
        if isinstance(one, dict):
            node = cast("Node", one)
            parts = {name: text for name in ADDRESS if (text := _first(node.get(name)))}
            if parts:
                return parts
        elif isinstance(one, str) and one.strip():
            return {"streetAddress": clean(one, limit=300)}
    return {}


def _inside(value: Any, name: str) -> Any:
    return cast("Node", value).get(name) if isinstance(value, dict) else None


def _social(properties: Node, links: Iterable[str]) -> dict[str, str]:
    """One address per network; what the site declares counts before what it links."""
    found: dict[str, str] = {}
    for link in [*_texts(properties.get("sameAs")), *links]:
        try:
            parts = urlsplit(link if "//" in link else f"https://{link}")
        except ValueError:
            continue
        network = NETWORKS.get(registrable(parts.hostname or "") or "")
        if network and parts.path.strip("/") and not SHARING.search(link):
            found.setdefault(network, link[:500])
    return found


def _count(value: Any) -> int | None:
    """Employees as a number; of a range its lower end."""
    if isinstance(value, dict):
        node = cast("Node", value)
        return _count(node.get("value") or node.get("minValue"))
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return int(value) if 0 <= value < 10_000_000 else None
    found = NUMBER.match(str(value).strip())
    digits = re.sub(r"\D", "", found[0]) if found else ""
    return int(digits) if 0 < len(digits) <= 7 else None
