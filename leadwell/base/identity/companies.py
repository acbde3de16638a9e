"""Company names: shown tidily, keyed without legal form, article, case and diacritics."""

import re
from functools import cache, lru_cache
from typing import Any

from leadwell.base.identity.text import clean, fold, key

_AMPERSAND = re.compile(r"\s*[&+]\s*")
_ARTICLE = re.compile(r"^the\s+")
_DOTTED = re.compile(r"\b(?:\w\.){2,}\w?")
_TAILS = re.compile(
    r"(?:\b(?:and|und|et|y) co| co| company| companies| corp| corporation| incorporated| inc| limited partnership| limited| ltd| llc| llp| plc"
    r"| l ?l ?c| lp| p ?c| p ?a| pllc| fsb| gmbh| mbh| ag| kg| ohg| se| ug| ev| s ?a ?r ?l| sas| sasu| sa| srl| spa| sl| slu| bv| nv| ab| as"
    r"| asa| oy| oyj| aps| kk| pty| pte| pvt| sdn bhd| sp z oo| zoo| doo| sro| kft| ooo| zao| oao| ltda| eirl)$"
)
_FORMS = re.compile(
    r"\b(?:inc|llc|l\.l\.c|ltd|limited|gmbh|corp|corporation|plc|llp|lp|pty|s\.?a\.?r\.?l|sas|bv|b\.v|nv|n\.v|oy|kft"
    r"|srl|s\.r\.l|spa|s\.p\.a|holdings?|group|university|institute|foundation|bank|association|department|council"
    r"|services|solutions|systems|technologies|consulting|partners|associates|enterprises|industries|international)\b",
    re.IGNORECASE,
)


def company_name(text: str | None) -> str | None:
    """The name to show, or None when nothing readable is left."""
    shown = clean(text, limit=300).strip(" ,;\"'")
    return shown if any(char.isalnum() for char in shown) else None


@lru_cache(maxsize=20_000)
def company_key(text: str | None) -> str | None:
    """The name for comparison ("The Müller & Söhne GmbH & Co. KG" -> "muller and sohne"), None for a blank one.

    A name that is nothing but a legal form keeps it, so that two such companies do not meet in an empty key.
    """
    shown = company_name(text)
    if shown is None:
        return None
    plain = key(_AMPERSAND.sub(" and ", _undotted(fold(shown)))) or None
    if plain is None:
        return None
    return _stripped(_ARTICLE.sub("", plain)) or plain


def _undotted(text: str) -> str:
    return _DOTTED.sub(lambda found: found[0].replace(".", ""), text)


def _stripped(text: str) -> str:
    before = ""
    while text != before:
        before = text
        shorter = _TAILS.sub("", _basename(text)).strip()
        shorter = re.sub(r"\s(?:and|und|et|y)$", "", shorter)
        text = shorter or text
    return text


def _basename(text: str) -> str:
    if text.isascii() and text.rpartition(" ")[2] not in _endings():
        return text     # what asking each of the legal forms would come to
    import cleanco.clean as forms  # pyright: ignore[reportMissingTypeStubs]

    remove: Any = forms.custom_basename  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return str(remove(text, _terms()))


@cache
def _terms() -> Any:
    from cleanco.clean import prepare_default_terms  # pyright: ignore

    return prepare_default_terms()


@cache
def _endings() -> frozenset[str]:
    """The last words of all legal forms."""
    return frozenset(words[-1] for _, words in _terms() if words)


def looks_like_company(text: str | None) -> bool:
    """Whether a text given as a person's name is more likely a company's."""
    return _FORMS.search(clean(text, limit=300)) is not None
