"""Carries the table of erasure out: statements made of its parts, each of which does a batch and can be killed and repeated."""

from functools import cache
from typing import Any

from leadwell.base.tx import Tx
from leadwell.merging.tables import DATED
from leadwell.privacy.scope import Scope
from leadwell.privacy.table import Kept, Part

BATCH = 2000
SCOPE = 6   # values that a scope stands for
# Every statement takes all of the scope, whatever of it it asks for.
TAKEN = (
    "cardinality($2::uuid[]) + cardinality($3::uuid[]) + cardinality($4::text[]) + cardinality($5::bytea[]) + cardinality($6::text[]) "
    "+ cardinality($7::bytea[]) >= 0")
Given = Scope | tuple[Any, ...]     # what $2 and the others stand for: a scope, or a time


async def carry_out(tx: Tx, part: Part, given: Given, most: int = BATCH) -> int:
    """Erases up to so many rows of a part; how many. None of them means that the part is done."""
    args = given.args() if isinstance(given, Scope) else given
    if not part.keeper:
        return await tx.execute(acting(part, len(args)), tx.workspace, *args, most)
    keys = [row[0] for row in await tx.fetch(picking(part, len(args)), tx.workspace, *args, most)]
    if not keys:
        return 0
    await tx.execute("SET LOCAL ROLE lw_keeper")
    done = await tx.execute(keeping(part), tx.workspace, keys)
    await tx.execute("SET LOCAL ROLE NONE")
    return done


async def count(tx: Tx, part: Part | Kept, scope: Scope) -> int:
    """How many rows of a part there are to erase, or of what is kept."""
    return await tx.value(counting(part), tx.workspace, *scope.args())


async def rows(tx: Tx, part: Part | Kept, scope: Scope) -> list[Any]:
    """What a person is given of a table."""
    return await tx.fetch(reading(part), tx.workspace, *scope.args())


@cache
def counting(part: Part | Kept, given: int = SCOPE) -> str:
    more = f" AND {_undone(part)}" if isinstance(part, Part) else ""
    return f"SELECT count(*) FROM {part.table} x WHERE x.workspace_id = $1 AND {_found(part, given)}{more}"


@cache
def reading(part: Part | Kept) -> str:
    return f"SELECT to_jsonb(x) AS row FROM {part.table} x WHERE x.workspace_id = $1 AND {_found(part, SCOPE)} ORDER BY 1"


@cache
def picking(part: Part, given: int = SCOPE) -> str:
    """The keys of rows that are still to be erased."""
    keys = ", ".join(f"x.{key}" for key in part.key)
    return f"SELECT {keys} FROM {part.table} x WHERE x.workspace_id = $1 AND {_found(part, given)} AND {_undone(part)} LIMIT ${given + 2}"


@cache
def acting(part: Part, given: int = SCOPE) -> str:
    keys = ", ".join(f"t.{key}" for key in part.key)
    return f"{_verb(part)} WHERE t.workspace_id = $1 AND ({keys}) IN ({picking(part, given)})"


@cache
def keeping(part: Part) -> str:
    """For rows written once: by key alone, because the keeper sees no other table."""
    assert len(part.key) == 1, part.table
    return f"{_verb(part)} WHERE t.workspace_id = $1 AND t.{part.key[0]} = ANY($2::uuid[])"


def _found(part: Part | Kept, given: int) -> str:
    return f"{TAKEN} AND ({_at(part.where, 'x')})" if given == SCOPE else f"({_at(part.where, 'x')})"


def _verb(part: Part) -> str:
    if part.deletes:
        return f"DELETE FROM {part.table} t"
    sets = [f"{column} = {_at(sql, 't')}" for column, sql in part.blank.items()]
    if part.table in DATED:
        sets += ["version = t.version + 1", "updated_at = lw_clock($1)"]
    return f"UPDATE {part.table} t SET {', '.join(sets)}"


def _undone(part: Part) -> str:
    """What tells a row that is still to be erased from one that was."""
    tests = [f"x.{column} IS DISTINCT FROM {_at(sql, 'x')}" for column, sql in part.blank.items()] or ["true"]
    return f"({' OR '.join(tests)})" + (f" AND {_at(part.also, 'x')}" if part.also else "")


def _at(sql: str, alias: str) -> str:
    return sql.replace("{t}", alias)
