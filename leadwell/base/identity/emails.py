"""E-mail addresses: shown as typed, unique by a normalized form, matched by what the provider ignores."""

import re
import unicodedata
from email.utils import getaddresses
from functools import cache

from leadwell.base.fixed import fixed
from leadwell.base.identity.domains import UNREACHABLE, EmailClass, ascii_domain, business_domain, email_class, is_unreachable
from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.text import clean

_MAX = 320
_ALIASES = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
}
_PLUS_PROVIDERS = """
    gmail.com icloud.com proton.me yandex.ru outlook.com outlook.de outlook.fr outlook.es hotmail.com hotmail.de
    hotmail.fr hotmail.es hotmail.co.uk hotmail.it live.com live.de live.fr live.co.uk msn.com fastmail.com fastmail.fm
    mailbox.org posteo.de posteo.net pobox.com hey.com tuta.com tutanota.com zoho.com rambler.ru
"""
_PLUS = frozenset(_PLUS_PROVIDERS.split())
_IGNORED = {"gmail.com": ".", "proton.me": "._-"}
_PLAIN = re.compile(r"((?=.{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})")
_WRAPPED = re.compile(r"^(?:mailto:)?<?(.*?)>?$", re.IGNORECASE)


@fixed
class Email:
    """One address. `display` is what was typed, `normalized` decides uniqueness, `match_key` only suggests twins."""

    display: str
    normalized: str
    match_key: str
    local: str
    domain: str
    name: str = ""

    @property
    def kind(self) -> EmailClass:
        """ROLE, FREE, DISPOSABLE or BUSINESS."""
        return email_class(self.domain, self.local)

    @property
    def company_domain(self) -> str | None:
        """The registrable domain when it can stand for a company."""
        return business_domain(self.domain)


def parse_email(text: str | None) -> Email | Flaw:
    """Read one address ("Jane <jane@acme.com>" and "mailto:" too), without asking the network."""
    cleaned = clean(text, limit=2 * _MAX)
    if not cleaned:
        return BLANK
    address, name = _unwrapped(cleaned)
    address = address.rstrip(".") if "@" in address else address
    return _plain(address, name) or _checked(address, name)


def _unwrapped(text: str) -> tuple[str, str]:
    name, bracket, rest = text.rpartition("<")
    if bracket and name and rest.endswith(">"):
        return rest[:-1].strip(), name.strip(' "')
    found = _WRAPPED.match(text)
    return (found[1].strip() if found else text), ""


def _plain(address: str, name: str) -> Email | None:
    """What nearly all addresses look like, without the many questions that the others are asked."""
    found = _PLAIN.fullmatch(address)
    if found is None or len(address) > 254 or "--" in found[2] or f".{found[2]}".lower().endswith(_reserved()):
        return None
    return _email(address, found[1], found[2].lower(), name)


@cache
def _reserved() -> tuple[str, ...]:
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    return tuple(f".{name}" for name in (*SPECIAL_USE_DOMAIN_NAMES, *UNREACHABLE))


def _checked(address: str, name: str) -> Email | Flaw:
    from email_validator import EmailNotValidError, validate_email

    if len(address) > _MAX:
        return Flaw("BAD_EMAIL", "The address is longer than 254 characters.")
    try:
        seen = validate_email(address, check_deliverability=False, test_environment=True, allow_quoted_local=True)
    except (EmailNotValidError, UnicodeError, ValueError) as error:
        return Flaw("BAD_EMAIL", f'"{address[:80]}" is not an e-mail address: {error}')
    domain = ascii_domain(seen.ascii_domain)
    if domain is None or is_unreachable(domain):
        return Flaw("BAD_EMAIL", f'"{address[:80]}" cannot receive mail: "{seen.domain}" is no public domain.')
    if seen.local_part.startswith('"'):
        return Flaw("BAD_EMAIL", f'"{address[:80]}" needs quotes before the @, which few mail servers deliver.')
    return _email(address, seen.local_part, domain, name)


def _email(display: str, local: str, domain: str, name: str) -> Email:
    folded = _casefold(local)
    return Email(display, f"{folded}@{domain}", _match_key(folded, domain), local, domain, name)


def _casefold(local: str) -> str:
    if local.isascii():
        return local.lower()
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", local).casefold())
    return unicodedata.normalize("NFC", folded.casefold())


def _match_key(local: str, domain: str) -> str:
    provider = _ALIASES.get(domain, domain)
    base = local.partition("+")[0] if provider in _PLUS else local
    for char in _IGNORED.get(provider, ""):
        base = base.replace(char, "")
    return f"{base or local}@{provider}"


def listed(*fields: str) -> tuple[str, ...]:
    """The addresses in header fields (RFC 5322, To and the like), once each, in order. Each field is read by itself: the library gives nothing at
    all where one of several is empty (since 3.13.0, 3.12.6, 3.11.10, and in Debian's 3.11.2; CVE-2023-27043)."""
    found = (address for field in fields if field.strip() for _, address in getaddresses([field]))
    return tuple(dict.fromkeys(address for address in found if address))
