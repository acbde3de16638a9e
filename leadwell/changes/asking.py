"""Change sets as they are asked for: chosen, counted and put to work; canceled; taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from leadwell import events, work
from leadwell.access import Viewer
from leadwell.base.ids import uuid7
from leadwell.base.redirects import followed
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.changes import choosing
from leadwell.changes.actions import acting, action_for
from leadwell.changes.batching import Entry, hidden
from leadwell.changes.refusals import ChangeEnded, CountMoved, NothingChosen, TooManyToChange
from leadwell.changes.shape import Action

MOST = 100_000
ENDED = ("DONE", "CANCELED", "FAILED")
JOB, BACK = "transfer.change", "transfer.unchange"
INSERT = (
    "INSERT INTO change_sets (workspace_id, id, noun, action, filter, options, transfer_id, credential, user_id, quiet, total_rows, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)"
)
LOCK = "SELECT c.noun, c.action, c.state, c.version FROM change_sets c WHERE c.workspace_id = $1 AND c.id = $2 FOR NO KEY UPDATE"
TURN = "UPDATE change_sets SET state = $3, reverted_by = $4, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2 RETURNING version"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change of all records of `noun` that match `where` and are among `ids` (None: all). `options` are those of the action, as callers give them."""

    noun: str
    action: str
    where: Mapping[str, Any] | None = None
    ids: Sequence[UUID] | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    quiet: bool = False
    transfer: UUID | None = None

    @property
    def filter(self) -> Mapping[str, Any]:
        return {} if self.where is None else self.where


async def checked(tx: Tx, wanted: Wanted, viewer: Viewer) -> tuple[Action, dict[str, Any], Sequence[UUID] | None]:
    """The action, its options as they are kept, and the ids as they are today."""
    action = action_for(wanted.action, wanted.noun, viewer)
    for name in cast("Mapping[str, Any]", told) if isinstance(told := wanted.options.get("set"), Mapping) else ():
        viewer.write(wanted.noun, name, f"set.{name}")
    if wanted.where is None and wanted.ids is None:
        raise NothingChosen(field="where")
    if wanted.ids is not None and len(wanted.ids) > MOST:
        raise TooManyToChange(field="ids", count=len(wanted.ids), most=MOST)
    options = await action.check(tx, wanted.noun, wanted.options)
    if unseen := await hidden(tx, [Entry(None, options.get("set") or {})], viewer):
        raise NotFound(noun="record", field="set", id=str(next(iter(unseen))))
    ids = wanted.ids if wanted.ids is None else list((await followed(tx, wanted.noun, wanted.ids)).values())
    return action, options, ids


async def ask(tx: Tx, wanted: Wanted, viewer: Viewer, expected_count: int | None) -> UUID:
    """Chooses the records and puts the work; returns the change set's id. CountMoved when another number matches than was expected (None: any);
    TooManyToChange, NothingChosen, Forbidden, BadFilter and what the action refuses."""
    action, options, ids = await checked(tx, wanted, viewer)
    able = acting(action, wanted.noun, viewer)
    count = await choosing.count(tx, able, wanted.noun, wanted.filter, ids)
    _expected(count, expected_count)
    if count > MOST:
        raise TooManyToChange(field="where", count=count, most=MOST)
    id, now = uuid7(), await tx.now()
    await tx.execute(
        INSERT, tx.workspace, id, wanted.noun, wanted.action, dict(wanted.filter), options, wanted.transfer, viewer.credential, viewer.user, wanted.quiet,
        count, now,
    )
    _expected(await choosing.keep(tx, able, wanted.noun, wanted.filter, ids, id), count)
    await work.put(tx, work.NewJob("transfer", JOB, {"id": str(id)}, key=str(id), priority=work.BULK))
    data = {"action": wanted.action, "noun": wanted.noun, "records": count}
    await events.note(tx, "changeSet.started", "ChangeSet", id, version=1, data=data)
    return id


def _expected(count: int, expected: int | None) -> None:
    if expected is not None and count != expected:
        raise CountMoved(field="expected_count", expected=expected, count=count)


async def cancel(tx: Tx, id: UUID, viewer: Viewer) -> None:
    """Stops before the next batch; what is changed stays, and can be taken back. NotFound, ChangeEnded, Forbidden."""
    row = await _locked(tx, id, viewer)
    if row["state"] == "CANCELED":
        return
    if row["state"] != "RUNNING":
        raise ChangeEnded(done="canceled", state=row["state"])
    await _turn(tx, id, "CANCELED", None, "changeSet.canceled")


async def ask_revert(tx: Tx, id: UUID, viewer: Viewer) -> None:
    """Notes that a change set is to be taken back and puts the work; asked twice it is done once. NotFound, ChangeEnded, Forbidden."""
    row = await _locked(tx, id, viewer)
    if row["state"] in ("REVERTING", "REVERTED"):
        return
    if row["state"] not in ENDED:
        raise ChangeEnded(done="reverted", state=row["state"])
    await _turn(tx, id, "REVERTING", viewer.credential, "changeSet.reverting")
    await work.put(tx, work.NewJob("transfer", BACK, {"id": str(id)}, key=str(id), priority=work.BULK))


async def _locked(tx: Tx, id: UUID, viewer: Viewer) -> Any:
    row = await tx.row(LOCK, tx.workspace, id)
    if row is None or not await matching_ids(tx, CATALOG["ChangeSet"], {}, viewer, ids=[id]):
        raise NotFound(noun="change set")
    action_for(row["action"], row["noun"], viewer)
    return row


async def _turn(tx: Tx, id: UUID, state: str, by: str | None, kind: str) -> None:
    version = await tx.value(TURN, tx.workspace, id, state, by, await tx.now())
    await events.note(tx, kind, "ChangeSet", id, version=version)
