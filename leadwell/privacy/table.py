"""How a part of the table of erasure is said: which rows of a table are a person's, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PERSON = "{t}.person_id = ANY($2::uuid[])"
RECORD = "{t}.record_id = ANY($3::uuid[])"
NONE = "NULL"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of `table` that `where` finds: SQL over {t} in which $2 are people, $3 the records that stand for them (people, leads, contacts, companies
    that are one person), $4 addresses and numbers as patterns of LIKE, $5 hashes of addresses, $6 addresses and numbers in small letters, $7 digests by which
    texts are found that name them (`base.mentions`). `blank`: {column: SQL it is set to}; without it, rows are deleted. `early`:
    done in the transaction that asks, so that nobody finds or writes to the person from then on. `keeper`: rows written once. `also`: a further condition
    of erasure that access does not have."""

    table: str
    where: str
    blank: Mapping[str, str] = field(default_factory=dict[str, str])
    key: tuple[str, ...] = ("id",)
    early: bool = False
    keeper: bool = False
    also: str = ""

    @property
    def deletes(self) -> bool:
        return not self.blank


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Columns of a table that an erasure leaves, and why."""

    table: str
    columns: frozenset[str]
    why: str
    where: str = ""     # rows of a person, counted in the preview and written into an access export


def gone(table: str, where: str, *key: str, early: bool = False, keeper: bool = False) -> Part:
    """Rows that go."""
    return Part(table, where, key=key or ("id",), early=early, keeper=keeper)


def blanked(table: str, where: str, columns: str, *, early: bool = False, keeper: bool = False, also: str = "", **to: str) -> Part:
    """Rows that stay without these columns; `to` sets others to something."""
    return Part(table, where, {**dict.fromkeys(columns.split(), NONE), **to}, early=early, keeper=keeper, also=also)


def kept(table: str, columns: str, why: str, where: str = "") -> Kept:
    """Columns that stay."""
    return Kept(table, frozenset(columns.split()), why, where)
