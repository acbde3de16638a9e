"""Whom a text names, as keyed digests: what is told of somebody in a file or a note is then found by key, and nobody has to read through it all."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, cast
from uuid import UUID

from leadwell.base import secrets
from leadwell.base.identity import Email, parse_email

SIZE = 16
_APART = re.compile(r"[\s<>()\[\]{},;:\"|/\\=]+")
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_NUMBER = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5,}")
_RUN = re.compile(r"\d{7,}")


def named(*told: Any) -> list[bytes]:
    """Digests of all addresses, numbers and ids that stand in texts, wherever they are in lists and objects, as their keys too."""
    text = ",".join(_texts(told)).lower()
    runs = (run.lstrip("0") for run in _RUN.findall(_ID.sub(",", text)))
    return sorted({_digest(form) for form in {*_addresses(text), *_numbers(text), *runs}})


def sought(words: Iterable[str]) -> list[bytes]:
    """Digests by which a text is found that names one of these: an address or number as somebody wrote it, or an id."""
    return sorted({_digest(form) for word in words for form in (_addresses if "@" in word else _numbers)(word.lower())})


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, (str, UUID)):
        yield str(told)
    elif isinstance(told, Mapping):
        yield from _texts([part for pair in cast("Mapping[str, Any]", told).items() for part in pair])
    elif isinstance(told, (list, tuple)):
        for one in cast("list[Any]", told):
            yield from _texts(one)


def _addresses(text: str) -> Iterator[str]:
    """As they stand there, and as they are compared."""
    for token in _APART.split(text) if "@" in text else ():
        parts = token.split("@")
        for local, domain in pairwise(parts):
            address = f"{local}@{domain}".strip(".'`")
            yield address
            if isinstance(read := parse_email(address), Email):
                yield read.normalized


def _numbers(text: str) -> Iterator[str]:
    """Ids, and numbers by their digits."""
    yield from _ID.findall(text)
    for number in _NUMBER.findall(_ID.sub(",", text)):
        yield re.sub(r"\D", "", number).lstrip("0")


def _digest(form: str) -> bytes:
    return hmac.digest(secrets.pepper(), b"mention " + form.encode("utf-8", "replace"), hashlib.sha256)[:SIZE]
