"""Keys that bring candidates together: a value of a record, hashed to 64 bits whose last four say what it is a value of. Pure."""

import re
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

_VOWELS = re.compile(r"[aeiouy]+")
_TWICE = re.compile(r"(.)\1+")
_SPELT = {"sch": "s", "sh": "s", "ch": "k", "ck": "k", "ph": "f", "th": "t", "dt": "t", "c": "k", "q": "k", "z": "s", "w": "v", "j": "y", "h": ""}


class KeyKind(IntEnum):
    """What a key is of; people's up to 7, companies' from 8 on."""

    EMAIL = 0
    PHONE = 1
    HANDLE = 2
    NAME = 3
    PLACE = 4
    STREET = 5
    COMPANY_DOMAIN = 8
    COMPANY_NAME = 9
    COMPANY_PHONE = 10
    COMPANY_STREET = 11
    COMPANY_PLACE = 12


def hashed(kind: KeyKind, *values: str) -> int:
    """The key of some values, as a signed 64-bit number."""
    digest = blake2b("\x1f".join(values).encode(), digest_size=8, person=b"leadwell").digest()
    return int.from_bytes(digest, "big", signed=True) & ~0xF | kind


def kind_of(key: int) -> KeyKind:
    return KeyKind(key & 0xF)


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """Roughly how a folded name sounds: its first letter and the consonants after it, misspellings of one sound made one ("schmidt", "shmit")."""
    for spelt, heard in _SPELT.items():
        word = word.replace(spelt, heard)
    return _TWICE.sub(r"\1", word[:1] + _VOWELS.sub("", word[1:]))[:6]
