"""What follows for duplicates from what happened: records that were made or changed are checked by a worker."""

from collections.abc import Sequence
from typing import Any

from leadwell.base.tx import Tx
from leadwell.dedupe.pairs import wake


async def check_changed(tx: Tx, events: Sequence[Any]) -> None:
    """Has the people and companies of these events checked, each once."""
    await wake(tx, {event["record_id"] if event["noun"] in ("Person", "Company") else event["person_id"] for event in events if _subject(event)})


def _subject(event: Any) -> Any:
    return event["noun"] in ("Person", "Company") or event["person_id"]
