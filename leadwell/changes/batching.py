"""Up to 500 leads in one request, each with its own values and its own result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadwell import leads
from leadwell.access import Viewer
from leadwell.base.refusals import NotFound, Refusal, Unavailable
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.changes.refusals import TooManyInBatch
from leadwell.changes.singly import apart

MOST = 500
# The records that one can name and another not see.
NAMED = {"company_id": "Company", "parent_id": "Company", "campaign_id": "Campaign", "referred_by_id": "Person"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A lead and what is to be changed of it, as `leads.update` takes it; or the refusal of what could not be read."""

    lead_id: UUID | None
    changes: Mapping[str, Any]
    expected_version: int | None = None
    refusal: Refusal | None = None


def few(count: int) -> None:
    """TooManyInBatch."""
    if count > MOST:
        raise TooManyInBatch(field="leads", count=count, most=MOST)


async def update_leads(tx: Tx, entries: Sequence[Entry], viewer: Viewer, *, skip: bool) -> list[Revision | Refusal]:
    """A result for each, in order. Without `skip` the first refusal undoes all of them. Entries are done in order of their leads' ids, so that two
    batches that meet take turns."""
    few(len(entries))
    visible, unseen = await _visible(tx, entries, viewer), await hidden(tx, entries, viewer)
    results: list[Revision | Refusal] = [Unavailable()] * len(entries)
    for i in sorted(range(len(entries)), key=lambda i: (entries[i].lead_id or UUID(int=0), i)):
        try:
            results[i] = await _one(tx, entries[i], visible, unseen)
        except Unavailable:
            raise
        except Refusal as refusal:
            if not skip:
                raise placed(refusal, i) from refusal
            results[i] = placed(refusal, i)
    return results


async def _visible(tx: Tx, entries: Sequence[Entry], viewer: Viewer) -> set[UUID]:
    ids = [entry.lead_id for entry in entries if entry.lead_id]
    able = viewer.doing("update")
    return set(await matching_ids(tx, CATALOG["Lead"], {}, able, ids=ids)) if "Lead" in able.own else set(ids)


async def hidden(tx: Tx, entries: Sequence[Entry], viewer: Viewer) -> set[UUID]:
    """Records that entries name and that the viewer does not see."""
    unseen = set[UUID]()
    for field, noun in NAMED.items():
        if noun in viewer.own and (ids := {entry.changes[field] for entry in entries if entry.changes.get(field)}):
            unseen |= ids - set(await matching_ids(tx, CATALOG[noun], {}, viewer, ids=list(ids)))
    return unseen


async def _one(tx: Tx, entry: Entry, visible: set[UUID], unseen: set[UUID]) -> Revision:
    if entry.refusal:
        raise entry.refusal
    id = entry.lead_id
    if id is None or id not in visible:
        raise NotFound(noun="lead", field="id")
    for field, noun in NAMED.items():
        if entry.changes.get(field) in unseen:
            raise NotFound(noun=CATALOG[noun].singular, field=field)
    return await apart(tx, lambda: leads.update(tx, id, entry.changes, entry.expected_version))


def placed(refusal: Refusal, i: int) -> Refusal:
    """The refusal with the place of its entry."""
    if not (refusal.field or "").startswith("leads."):
        refusal.field = f"leads.{i}.{refusal.field}" if refusal.field else f"leads.{i}"
    return refusal
