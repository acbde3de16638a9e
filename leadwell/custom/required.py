"""Asks for the values without which nobody makes a record by hand; what comes in by other ways is taken as it is, and `missing` tells what it lacks."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadwell.base.recent import Recent
from leadwell.base.tx import Tx
from leadwell.custom.refusals import CustomValueRequired

REQUIRED = "SELECT f.key, f.label FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = $2 AND f.is_required AND f.archived_at IS NULL ORDER BY f.key"
FRESH_S = 2.0   # a process may be so late to hear that a field is required now; what it lets pass meanwhile is told by `missing`
_free: Recent[float] = Recent(most=10_000, most_size=10_000)


async def require(tx: Tx, noun: str, given: Mapping[str, Any], field: str = "custom") -> None:
    """CustomValueRequired, naming all that is lacking, where a person at a screen makes a record without a value for each required field of the noun. What
    programs make is taken as it is."""
    if tx.actor.user is None:
        return
    required = {row["key"]: row["label"] for row in await tx.fetch(REQUIRED, tx.workspace, noun)}
    if not required:
        _free.drop((tx.workspace, noun))
        _free.put((tx.workspace, noun), time.monotonic(), 1)
    lacking = {key: label for key, label in required.items() if given.get(key) in (None, "")}
    if lacking:
        raise CustomValueRequired(field=field, noun=noun.lower(), labels=", ".join(lacking.values()), keys=list(lacking))


def nothing_required(workspace: UUID, noun: str) -> bool:
    """Whether this process has just read that the noun has no required field, and need not read it again."""
    read = _free.get((workspace, noun))
    return read is not None and time.monotonic() - read < FRESH_S
