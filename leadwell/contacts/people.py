"""Changes a person, whatever they are by now: name, addresses and the workspace's own fields."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell import custom, events, people, work
from leadwell.base.refusals import NotFound
from leadwell.base.rows import Revision, checked_version, revise
from leadwell.base.tx import Tx
from leadwell.contacts.refusals import BadContactField
from leadwell.people.edit import EDITABLE

NEWS = frozenset({"name", "email", "phone", "title", "country"})   # what enrichment looks at


async def update_person(tx: Tx, person_id: UUID, changes: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Writes `changes` ({column of people: value, "custom": {key: value}}; None clears). The id of a merged person means the survivor. NotFound,
    StaleVersion and what `people.edit` and `custom.write` refuse."""
    if strange := set(changes) - EDITABLE - {"custom"}:
        raise BadContactField(field=sorted(strange)[0], name=sorted(strange)[0], value="", why="people have no such field")
    row = (await people.lock(tx, [person_id])).get(person_id)
    if row is None:
        raise NotFound(noun="person")
    id, version = row["id"], row["version"]
    checked_version(dict(row), "person", expected_version)
    edited = await people.edit(tx, id, {name: value for name, value in changes.items() if name != "custom"})
    own = await custom.write(tx, "Person", id, changes.get("custom") or {})
    if own and not edited:
        version = (await revise(tx, "person", "people", dict(row), {}, touch=True)).version
        await events.note(tx, "person.updated", "Person", id, person_id=id, version=version, data={"changes": own})
    if edited or own:
        kinds = [("score", "score.person"), *([("enrich", "enrich.person")] if NEWS & edited.keys() else [])]
        await work.put(tx, *(work.NewJob(queue, kind, {"person_id": str(id)}, key=str(id)) for queue, kind in kinds))
    return Revision(edited | own, version + bool(edited))
