"""Whose data it is: people with everybody merged into them, the records that stand for them, and the addresses and numbers they are known by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from leadwell import consent
from leadwell.base import mentions, secrets
from leadwell.base.sql import load
from leadwell.base.tx import Tx

PURPOSE = "erasure"
SHORTEST = 6    # a shorter number or address says nothing about who it is
WORDS = (
    "SELECT e.address AS a, e.normalized AS b FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) "
    "UNION SELECT h.raw, h.e164 FROM person_phones h WHERE h.workspace_id = $1 AND h.person_id = ANY($2::uuid[]) "
    "UNION SELECT p.email, p.phone FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])")


@dataclass(frozen=True, slots=True)
class Scope:
    """`records` are people, leads, contacts and companies of one person; `words` addresses and numbers in small letters."""

    people: Sequence[UUID]
    records: Sequence[UUID]
    words: Sequence[str] = field(default=(), repr=False)

    def args(self) -> tuple[Any, ...]:
        """What stands for $2 to $7 in the table of erasure."""
        hashes = [consent.hash_of(word) for word in self.words if "@" in word]
        digests = mentions.sought([*self.words, *map(str, self.records)])
        return list(self.people), list(self.records), [f"%{_plain(word)}%" for word in self.words], hashes, list(self.words), digests

    def sealed(self) -> tuple[str, bytes]:
        """The words for whoever goes on with the work: key id and ciphertext."""
        return secrets.encrypt(PURPOSE, orjson.dumps(list(self.words)))


def unsealed(key_id: str | None, words: bytes | None) -> tuple[str, ...]:
    """The words again; none once they are gone."""
    return tuple(orjson.loads(secrets.decrypt(PURPOSE, key_id, words))) if key_id and words else ()


async def scope(tx: Tx, people: Iterable[UUID], words: Sequence[str] | None = None) -> Scope:
    """The scope of people; their words as they stand in the tables, unless given."""
    rows = await tx.fetch(load(__name__, "scope"), tx.workspace, sorted(set(people)))
    met = sorted(row["id"] for row in rows if row["noun"] == "Person")
    found = words if words is not None else await _words(tx, met)
    return Scope(met, sorted(row["id"] for row in rows), found)


async def _words(tx: Tx, people: Sequence[UUID]) -> tuple[str, ...]:
    rows = await tx.fetch(WORDS, tx.workspace, people)
    return tuple(sorted({text.lower() for row in rows for text in (row["a"], row["b"]) if text and len(text) >= SHORTEST}))


def _plain(word: str) -> str:
    """A word as LIKE takes it letter by letter."""
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
