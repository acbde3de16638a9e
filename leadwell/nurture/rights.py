"""What a sequence may ask and write: no more than whoever writes or publishes it may with every record; and when it writes, than they may by then."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from leadwell.access.lasting import may_set
from leadwell.access.sees import Everything, Sees
from leadwell.access.standing import standing
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, FieldForbidden, check
from leadwell.nurture.filtering import NOUNS
from leadwell.nurture.shape import Step

AUTHORS = "SELECT v.id, v.credential FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id = ANY($2::uuid[])"


async def within(tx: Tx, author: Sees | None, steps: Sequence[Step], goal: Mapping[str, Any] | None = None) -> None:
    """Forbidden or FieldNotYours for the first step that writes what its author may not, FieldForbidden for the first filter that asks what they do not
    see. What else is wrong is told when it is published."""
    if author is None:
        return
    for at, step in enumerate(steps):
        if step.get("kind") == "FIELD":
            _write(author, step, f"steps.{at}.set")
    for place, noun, where in _filters(steps, goal):
        await _ask(tx, author, CATALOG[noun].name, where, place)


def may_write(author: Sees | None, step: Step) -> bool:
    """Whether the author may still write what a step does; nobody may who is gone."""
    try:
        if author is not None:
            _write(author, step, "set")
    except Refusal:
        return False
    return author is not None


async def authors_of(tx: Tx, versions: Collection[UUID]) -> dict[UUID, Sees | None]:
    """Who published each version, with the rights of today; None when they are gone. What the house itself published may write everything."""
    known: dict[str | None, Sees | None] = {None: Everything(tx.workspace)}
    found: dict[UUID, Sees | None] = {}
    for row in await tx.fetch(AUTHORS, tx.workspace, list(versions)):
        credential = row["credential"]
        if credential not in known:
            known[credential] = await standing(tx, credential)
        found[row["id"]] = known[credential]
    return found


def _write(author: Sees, step: Step, at: str) -> None:
    noun, given = str(step.get("noun", "Person")), step.get("set")
    if noun in NOUNS and isinstance(given, Mapping):
        may_set(author, noun, map(str, cast("Mapping[Any, Any]", given)), at)


def _filters(steps: Sequence[Step], goal: Mapping[str, Any] | None) -> Iterator[tuple[str, str, Any]]:
    """Place, noun and filter of each."""
    for at, step in enumerate(steps):
        paths = cast("list[Any]", step.get("paths") or []) if step.get("kind") == "BRANCH" and isinstance(step.get("paths") or [], list) else []
        for i, path in enumerate(paths):
            if isinstance(path, Mapping):
                yield from _filter(cast("Mapping[str, Any]", path), f"steps.{at}.paths.{i}.where")
    if goal:
        yield from _filter(goal, "goal.where")


def _filter(of: Mapping[str, Any], place: str) -> Iterator[tuple[str, str, Any]]:
    noun = str(of.get("noun", "Person"))
    if isinstance(of.get("where"), Mapping) and noun in NOUNS:
        yield place, noun, of["where"]


async def _ask(tx: Tx, author: Sees, noun: str, where: Any, place: str) -> None:
    try:
        await check(tx, CATALOG[noun], dict(where), author)
    except FieldForbidden as refusal:
        raise FieldForbidden(field=place, path=refusal.params["path"]) from None
    except Refusal:
        return      # a flaw, told when it is published
