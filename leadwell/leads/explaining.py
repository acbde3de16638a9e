"""Why a lead is where it is: everything that was noted about it, oldest first."""

from typing import Any
from uuid import UUID

from leadwell import events
from leadwell.base.refusals import NotFound
from leadwell.base.tx import Tx
from leadwell.base.why import Step
from leadwell.events.kinds import KINDS


async def explain(tx: Tx, lead_id: UUID) -> list[Step]:
    """A step per event of the lead and its person; who did it and what changed is its reason."""
    person = await tx.value("SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2", tx.workspace, lead_id)
    if person is None:
        raise NotFound(noun="lead")
    return [Step(e["at"], _what(e["kind"]), _because(e)) for e in await events.about(tx, [lead_id, person])]


def _what(kind: str) -> str:
    """The kind and its sentence, without the hint for programs behind the semicolon."""
    return f"{kind}: {KINDS.get(kind, '').split(';')[0]}".rstrip(": ")


def _because(event: Any) -> str:
    changes: dict[str, list[Any]] = event["data"].get("changes") or {}
    said = [f"{field}: {both[0]} → {both[1]}" for field, both in changes.items()]
    said += [f"{name} {value}" for name, value in event["data"].items() if name not in ("changes", "quiet") and isinstance(value, (str, int)) and value != ""]
    return ", ".join([*said, f"by {event['actor']}"])
