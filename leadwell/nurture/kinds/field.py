"""Writes fields of the person, their open lead or their contact."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from leadwell import contacts, leads
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG
from leadwell.nurture.records import Records, records_of
from leadwell.nurture.rights import authors_of, may_write
from leadwell.nurture.shape import Decision, Flaw, Go, Setup, Step, Taken, flaw

FIELDS = frozenset({"noun", "set"})
WRITE: Mapping[str, Callable[[Tx, UUID, Mapping[str, Any]], Awaitable[Any]]] = {
    "Person": contacts.update_person, "Lead": leads.update, "Contact": contacts.update,
}  # fmt: skip
MOST_FIELDS = 20


def check(step: Step) -> Iterator[Flaw]:
    noun, given = str(step.get("noun", "Person")), step.get("set")
    if noun not in WRITE:
        yield flaw("The step writes to no record that a person has.", "Take one of " + ", ".join(WRITE) + ".")
        return
    if not isinstance(given, Mapping) or not 0 < len(cast("Mapping[str, Any]", given)) <= MOST_FIELDS:
        yield flaw("The step sets nothing, or too much.", f"Give 1 to {MOST_FIELDS} fields.")
        return
    for name, value in cast("Mapping[str, Any]", given).items():
        column = CATALOG[noun].columns.get(name)
        if name == "custom" and isinstance(value, Mapping):
            continue
        if column is None or column.kind not in ("text", "int", "flag") or not (value is None or isinstance(value, (str, int))):
            yield flaw(f"{noun} has no text, number or custom field {name[:40]} that could be set so.", "Name it as in lists.")


async def effect(tx: Tx, taken: Sequence[Taken], setup: Setup) -> Mapping[UUID, Decision]:
    """Each in a savepoint of its own, so that one that is refused leaves the others; it goes on all the same. What whoever published the version may not
    write today is refused."""
    found, refused = await records_of(tx, (stand.person_id for stand, _ in taken)), dict[UUID, Decision]()
    authors = await authors_of(tx, {stand.version_id for stand, _ in taken})
    for stand, _ in taken:
        noun = str(stand.step.get("noun", "Person"))
        id = _record(noun, stand.person_id, found[stand.person_id])
        if id is None or not may_write(authors[stand.version_id], stand.step) or not await _write(tx, noun, id, stand.step["set"]):
            refused[stand.id] = Go(stand.next, "NO_RECORD" if id is None else "REFUSED")
    return refused


def _record(noun: str, person: UUID, of: Records) -> UUID | None:
    return {"Person": person, "Lead": of.lead_id, "Contact": of.contact_id}[noun]


async def _write(tx: Tx, noun: str, id: UUID, given: Mapping[str, Any]) -> bool:
    columns = CATALOG[noun].columns
    values = {columns[name].name if name in columns else name: value for name, value in given.items()}
    await tx.execute("SAVEPOINT writing")
    try:
        await WRITE[noun](tx, id, values)
    except Refusal:
        await tx.execute("ROLLBACK TO SAVEPOINT writing")
        return False
    return True
