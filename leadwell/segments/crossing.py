"""Moves members of a segment in and out, and says of each crossing once that it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.ids import uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.segments.asking import run

HUSHED = " AND {} IN (SELECT c.record_id FROM segment_changes c WHERE c.workspace_id = $1 AND c.noun = {{of}} AND c.hush = {{hush}})"
UNITS = {"Person": "id", "Lead": "person_id", "Contact": "person_id", "Company": "id"}


@dataclass(frozen=True, slots=True)
class Crossed:
    """How many records came into a segment and how many left it, and how many people (or companies) were told of."""

    came: int = 0
    gone: int = 0
    told: int = 0

    def __add__(self, other: "Crossed") -> "Crossed":
        return Crossed(self.came + other.came, self.gone + other.gone, self.told + other.told)


async def cross(
    tx: Tx, segment: Mapping[str, Any], where: Mapping[str, Any], reason: str, *, ids: Sequence[UUID] | None = None, between: tuple[UUID, UUID] | None = None,
    loud: bool = True, hush: Mapping[str, Any] | None = None,
) -> Crossed:
    """Makes the members among `ids`, or `between` two ids, or all of them, those that match. The caller has locked the segment's row. Not `loud`: the
    members are there from the beginning, nobody crossed anything. `hush`: what let them cross was quiet, and so are they; without ids they are those that
    `segment_changes` names so. Refusals of the filter."""
    values: dict[str, tuple[Any, str]] = {
        "segment": (segment["id"], "uuid"), "now": (await tx.now(), "timestamptz"), "stamp": (str(uuid7())[:15], "text"), "of": (segment["noun"], "text"),
        "reason": (reason, "text"), "actor": (str(tx.actor), "text"), "credential": (tx.actor.credential, "text"), "request": (tx.actor.request_id, "text"),
        "cause": (tx.actor.cause_id, "uuid"), "hops": (tx.actor.hops, "int2"), "hush": (dict(hush or events.hush(tx.actor)), "jsonb")}
    among = {"among_t": "", "among_m": ""}
    if ids is not None:
        values["ids"] = (sorted(ids), "uuid[]")
        among = {"among_t": " AND t.id = ANY({ids})", "among_m": " AND m.record_id = ANY({ids})"}
    elif between is not None:
        values |= {"low": (between[0], "uuid"), "high": (between[1], "uuid")}
        among = {"among_t": " AND t.id > {low} AND t.id <= {high}", "among_m": " AND m.record_id > {low} AND m.record_id <= {high}"}
    elif hush is not None:
        among = {"among_t": HUSHED.format("t.id"), "among_m": HUSHED.format("m.record_id")}
    spots = {"unit": UNITS[segment["noun"]], "loud": "true" if loud else "false", **among}
    (row,) = await run(tx, segment["noun"], where, load(__name__, "diff"), values, spots=spots)
    if row["told"]:
        tx.ring("upkeep")
    await tx.execute(
        "UPDATE segments SET member_count = member_count + $3 WHERE workspace_id = $1 AND id = $2", tx.workspace, segment["id"], row["came"] - row["gone"])
    return Crossed(row["came"], row["gone"], row["told"])
