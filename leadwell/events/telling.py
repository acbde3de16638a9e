"""What an event tells of a setting that changed: before and after; of a secret only whether there is one, of a long value its length and digest."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadwell.base.rows import Changes, Revision
from leadwell.base.tx import Tx
from leadwell.events.note import note

HIDDEN = "***"
LONGEST = 4096      # bytes of a value that is told as it is
SECRET = re.compile(r"_(ciphertext|key_id|hash)$")   # columns of one secret, which is told under the name without them


def told(changes: Mapping[str, Sequence[Any]], derived: Collection[str] = ()) -> Changes:
    """`{field: [before, after]}` as events hold it; `derived` columns follow from others and are left out, as is what in JSON is the same. Pure."""
    return {
        SECRET.sub("", name): [_shown(name, value) for value in pair] for name, pair in changes.items()
        if name not in derived and (SECRET.search(name) or _json(pair[0]) != _json(pair[1]))}  # fmt: skip


def first(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what a setting begins with: `{field: value}`. Pure."""
    return {SECRET.sub("", name): _shown(name, value) for name, value in values.items()}


async def revised(tx: Tx, kind: str, noun: str, id: UUID, revision: Revision, derived: Collection[str] = ()) -> None:
    """The event of a change that was written, if there was one. Where nothing but derived columns changed, it tells these."""
    if revision.changes:
        changes = told(revision.changes, derived) or told(revision.changes)
        await note(tx, kind, noun, id, version=revision.version, data={"changes": changes})


def _shown(name: str, value: Any) -> Any:
    """The value; of a long one {"bytes", "sha256"}: of a text its UTF-8, of all else its JSON with sorted keys and no blanks."""
    if SECRET.search(name) or isinstance(value, (bytes, memoryview)):
        return None if value is None else HIDDEN
    raw = value.encode() if isinstance(value, str) else _json(value)
    return value if len(raw) <= LONGEST else {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
