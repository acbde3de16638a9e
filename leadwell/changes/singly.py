"""Does a verb to the records of a batch, at once or one after another; what is refused is told and leaves that record as it was."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg.exceptions as pg

from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.changes.refusals import RecordBroken
from leadwell.changes.shape import Results, changed, refused

T = TypeVar("T")
BROKEN = (pg.IntegrityConstraintViolationError, pg.DataError, pg.RaiseError)
log = logging.getLogger(__name__)


async def apart(tx: Tx, work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` so that its Refusal undoes what it wrote and nothing else; what only the database refuses is RecordBroken."""
    await tx.execute("SAVEPOINT apart")
    try:
        done = await work()
    except Refusal as refusal:
        if not isinstance(refusal, Unavailable):
            await tx.execute("ROLLBACK TO SAVEPOINT apart")
        raise
    except BROKEN as error:
        await tx.execute("ROLLBACK TO SAVEPOINT apart")
        log.warning("a record of a change was refused by the database: %s", type(error).__name__)
        raise RecordBroken(why=type(error).__name__) from error
    await tx.execute("RELEASE SAVEPOINT apart")
    return done


async def at_once(tx: Tx, work: Callable[[], Awaitable[Mapping[UUID, T]]]) -> Mapping[UUID, T]:
    """What `work` does to many records with a few statements; nothing, where one of them is refused for all: then each goes by itself."""
    try:
        return await apart(tx, work)
    except Unavailable:
        raise
    except Refusal:
        return {}


async def each(tx: Tx, ids: Sequence[UUID], verb: Callable[[UUID], Awaitable[Revision]]) -> Results:
    """The verb for every record, in the order given."""
    found: Results = {}
    for id in ids:
        try:
            found[id] = changed((await apart(tx, lambda id=id: verb(id))).changes)
        except Unavailable:
            raise
        except Refusal as refusal:
            found[id] = refused(refusal)
    return found
