"""The history checker: what left, against what the ledger says left."""

from collections import Counter
from collections.abc import Collection

from leadwell.base.tx import Tx
from leadwell.embedded.mail_server import MailServer


async def check_mail(tx: Tx, server: MailServer, *, opted_out: Collection[str] = ()) -> Counter[str]:
    """Sink ⊆ ledger, at most one mail of each send, every mail the ledger calls sent is there, nothing after an acknowledged opt-out,
    nothing still in flight. Returns how many sends are in each state."""
    rows = await tx.fetch("SELECT s.message_id, s.state, s.address, s.enrollment_id, s.step, s.visit FROM sends s WHERE s.workspace_id = $1", tx.workspace)
    ledger = {r["message_id"]: r for r in rows}
    sink = Counter(mail.message_id for mail in server.mailbox.list(limit=1_000_000))
    assert set(sink) <= set(ledger), "mail that the ledger does not know"
    assert {id: n for id, n in sink.items() if n > 1} == {}, "mail that left twice"
    assert {r["state"] for id, r in ledger.items() if id in sink} <= {"SENT", "AMBIGUOUS"}, "mail that left and is said not to have"
    assert {id for id, r in ledger.items() if r["state"] == "SENT"} <= set(sink), "mail that is said to have left and has not"
    assert not {r["address"] for id, r in ledger.items() if id in sink} & set(opted_out), "mail after an opt-out"
    assert "SENDING" not in {r["state"] for r in rows}, "mail whose fate nobody looks after"
    return Counter(r["state"] for r in rows)
