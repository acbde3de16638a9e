"""The history checker: what left, by mail and by webhook, against what the ledger says left."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from leadwell import delivery
from leadwell.base.tx import Tx
from leadwell.embedded.mail_server import MailServer
from leadwell.embedded.mailbox import Mail

LEDGER = "SELECT s.id, s.message_id, s.state, s.reason, s.address, s.mail_class, s.person_id FROM sends s WHERE s.workspace_id = $1"
NOBODY_LOOKS = """
SELECT s.id, s.state FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED', 'SENDING') AND NOT EXISTS (
  SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.queue = 'deliver' AND w.key = s.id::text
  AND (w.state = 'READY' AND w.run_at > lw_clock($1) OR w.state = 'DEAD' AND w.last_error IS NOT NULL))
"""
NOBODY_MOVES = """
SELECT e.id, e.step, e.due_at FROM enrollments e JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.paused_at IS NULL AND e.awaits IS NULL AND q.state = 'LIVE'
  AND (e.due_at <= lw_clock($1) OR e.due_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.step = e.step AND s.visit = e.visit
    AND s.state IN ('PLANNED', 'DEFERRED', 'SENDING', 'AMBIGUOUS')))
"""
TWICE_IN = """
SELECT e.sequence_id, e.person_id FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' GROUP BY e.sequence_id, e.person_id HAVING count(*) > 1
"""
CROSSED = """
SELECT e.kind, e.person_id FROM events e WHERE e.workspace_id = $1 AND e.kind IN ('segment.entered', 'segment.left')
AND e.data->>'segment_id' = $2::uuid::text ORDER BY e.at, e.id
"""
TOLD = "SELECT a.send_id, count(*) AS n FROM activities a WHERE a.workspace_id = $1 AND a.kind = 'EMAIL' AND a.send_id IS NOT NULL GROUP BY a.send_id"


@dataclass(frozen=True, slots=True)
class Posted:
    """A webhook as its receiver got it."""

    id: str
    path: str
    body: str


async def check_mail(
    tx: Tx, server: MailServer, *, opted_out: Collection[str] | Mapping[str, int] = (), of_others: Collection[str] = ()
) -> Counter[str]:
    """The sink holds nothing but what the ledger knows, each to whom the ledger says, once (what rather comes twice than never: under one Message-ID);
    everything that is said to have left is there; nothing left after an acknowledged opt-out (`opted_out` may say how many mails of an address were under
    way by then); the timeline tells what left, once; nobody and nothing is forgotten. `of_others`: Message-IDs in the ledger of another workspace that
    shares the server. Returns how many sends are in each state."""
    ledger = {row["message_id"]: row for row in await tx.fetch(LEDGER, tx.workspace)}
    assert set(ledger) & set(of_others) == set(), "mail of one workspace in another's ledger"
    mails = [mail for mail in server.mailbox.list(limit=1_000_000) if mail.message_id not in of_others]
    sink = Counter(mail.message_id for mail in mails)
    assert set(sink) <= set(ledger), "mail that the ledger does not know"
    assert [mail for mail in mails if mail.recipients != (ledger[mail.message_id]["address"],)] == [], "mail to somebody else"
    once = {id: n for id, n in sink.items() if n > 1 and ledger[id]["mail_class"] not in delivery.AGAIN}
    assert once == {}, "mail that left twice"
    said = {ledger[id]["state"] for id in sink if ledger[id]["mail_class"] not in delivery.AGAIN}
    assert said <= {"SENT", "AMBIGUOUS"}, "mail that left and is said not to have"
    assert {id for id, row in ledger.items() if row["state"] == "SENT"} <= set(sink), "mail that is said to have left and has not"
    _after_opt_out(mails, opted_out)
    await _timeline(tx, list(ledger.values()))
    await _forgotten(tx)
    return Counter(row["state"] for row in ledger.values())


def _after_opt_out(mails: Sequence[Mail], opted_out: Collection[str] | Mapping[str, int]) -> None:
    allowed = opted_out if isinstance(opted_out, Mapping) else dict.fromkeys(opted_out, 0)
    got = Counter(reader for mail in mails for reader in mail.recipients)
    assert {address: got[address] for address, most in allowed.items() if got[address] > most} == {}, "mail after an opt-out"


async def _timeline(tx: Tx, ledger: Sequence[Any]) -> None:
    told = {row["send_id"]: row["n"] for row in await tx.fetch(TOLD, tx.workspace)}
    left = {row["id"]: 1 for row in ledger if row["state"] == "SENT" and row["person_id"] and row["mail_class"] not in delivery.HOUSE}
    assert told == left, "the timeline tells something else than the ledger"


async def _forgotten(tx: Tx) -> None:
    assert await tx.fetch(NOBODY_LOOKS, tx.workspace) == [], "mail that nobody looks after, and nothing says why"
    assert await tx.fetch(NOBODY_MOVES, tx.workspace) == [], "people in a sequence whom nobody moves"
    assert await tx.fetch(TWICE_IN, tx.workspace) == [], "people who are in a sequence twice"
    reasons = await tx.fetch("SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('SKIPPED', 'AMBIGUOUS') AND s.reason IS NULL", tx.workspace)
    assert reasons == [], "mail that was held, and nothing says why"


async def check_crossings(tx: Tx, segment: UUID, matching: str) -> dict[UUID, list[str]]:
    """The members of a segment of leads are those that match (a condition on leads l), and its crossings, by person, lead there: in and out by turns, so none
    is told twice and none is lost. `matching` may be asked when everything has been looked at. Returns the crossings."""
    found = await tx.fetch(f"SELECT l.id, l.person_id FROM leads l WHERE l.workspace_id = $1 AND {matching}", tx.workspace)
    inside = {row["id"]: row["person_id"] for row in found}
    members = await tx.fetch("SELECT m.record_id FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = $2", tx.workspace, segment)
    assert {row["record_id"] for row in members} == set(inside), "members of a segment that do not match, or the other way round"
    counted = await tx.value("SELECT s.member_count FROM segments s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, segment)
    assert counted == len(members), "members that are counted wrongly"
    rows = await tx.fetch(CROSSED, tx.workspace, segment)
    told: dict[UUID, list[str]] = {}
    for row in rows:
        told.setdefault(row["person_id"], []).append(row["kind"].removeprefix("segment."))
    wrong = {person: ways for person, ways in told.items() if any(a == b for a, b in pairwise(ways)) or (ways[-1] == "entered") != (person in inside.values())}
    assert wrong == {}, "crossings told twice, or lost"
    return told


async def check_posts(tx: Tx, posted: Sequence[Posted], path: str) -> Counter[str]:
    """Every post is one of this workspace's deliveries with its frozen bytes, everything said to be delivered was, and each event is told to an endpoint once.
    A copy, where the answer was lost, has the same id and the same bytes. Returns how many deliveries are in each state."""
    rows = await tx.fetch("SELECT d.id, d.state, d.body, d.endpoint_id, d.event_id FROM webhook_deliveries d WHERE d.workspace_id = $1", tx.workspace)
    ledger = {f"msg_{row['id'].hex}": row for row in rows}
    ours = [post for post in posted if post.path == path]
    assert {post.id for post in ours} <= set(ledger), "a webhook that the ledger does not know"
    assert {post.id for post in posted if post.path != path} & set(ledger) == set(), "a webhook to another workspace"
    assert [post for post in ours if post.body != ledger[post.id]["body"]] == [], "a webhook whose bytes changed"
    assert {id for id, row in ledger.items() if row["state"] == "DELIVERED"} <= {post.id for post in ours}, "a webhook that is said to be delivered and is not"
    assert len({(row["endpoint_id"], row["event_id"]) for row in rows}) == len(rows), "an event told twice"
    return Counter(row["state"] for row in rows)
