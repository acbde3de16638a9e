"""What the doctor finds behind the servers, and the fix it names."""

from uuid import UUID

import asyncpg

from leadwell import audit, events
from leadwell.audit import sealing
from leadwell.base.actor import Actor
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from leadwell.cli import soundness
from leadwell.embedded.servers import Servers

LOGIN = "http://127.0.0.1:1"


def row(**found: object) -> dict[str, object]:
    return {"slug": "acme", "disabled": 0, "issuers": None, "unverified": None, "unsealed_s": None} | found


def test_disabled_endpoints_and_an_audit_that_nobody_looks_at_are_named_with_a_fix() -> None:
    assert soundness.endpoints([row()]).status == soundness.audit([row()]).status == "ok"
    off = soundness.endpoints([row(disabled=2), *(row(slug=f"w{n}", disabled=1) for n in range(4))])
    assert (off.status, off.message) == ("warn", "Endpoints are disabled: 2 of acme, 1 of w0, 1 of w1 and 2 more.")
    assert "enableWebhookEndpoint" in off.fix
    assert soundness.audit([row(unsealed_s=901.0)]).message == "Events are not sealed: acme."
    old = soundness.audit([row(unverified=True)])
    assert (old.message, old.status) == ("The chain was not verified for 30 days: acme.", "warn")
    assert "leadwell audit verify" in old.fix


async def test_a_workspace_is_looked_into_and_a_verified_chain_is_remembered(migrated: Servers, db: Database, workspace: UUID, actor: Actor) -> None:
    async def happen(tx: Tx) -> None:
        await events.note(tx, "lead.created", "Lead", workspace)
        await tx.execute(
            "INSERT INTO webhook_endpoints (workspace_id, id, name, url, event_kinds, secret_ciphertext, secret_key_id, state, created_at, updated_at) "
            "SELECT $1, gen_random_uuid(), 'n', 'https://x.example', '{*}', ''::bytea, 'k', 'DISABLED', now(), now()", tx.workspace)

    async def seal(tx: Tx) -> None:
        await events.sequence(tx)
        await sealing.seal(tx)

    await db.run(actor, happen)
    await db.run(actor, seal)

    async def verified() -> object:
        async with db.read(actor) as tx:
            return await tx.value("SELECT h.verified_at FROM audit_heads h WHERE h.workspace_id = $1", tx.workspace)

    async def mine() -> asyncpg.Record:
        connection = await asyncpg.connect(migrated.database_url)
        try:
            async with connection.transaction(readonly=True):
                await connection.execute("SELECT set_config('app.workspace', $1, true)", str(workspace))
                found = await connection.fetchrow(soundness.OF_A_WORKSPACE, workspace, soundness.VERIFY_DAYS)
        finally:
            await connection.close()
        assert found is not None
        return found

    assert ((await mine())["disabled"], (await mine())["unverified"]) == (1, False)     # it began today
    assert await verified() is None
    assert (await audit.verify(db, actor)).broken is None
    assert await verified() is not None
    await db.run(actor, lambda tx: tx.execute("UPDATE audit_heads SET verified_at = now() - interval '31 days' WHERE workspace_id = $1", tx.workspace))
    assert (await mine())["unverified"] is True


def test_work_that_is_overdue_comes_before_work_that_gave_up() -> None:
    def of(queue: str, state: str, n: int, age: float = 0.0) -> dict[str, object]:
        return {"queue": queue, "state": state, "n": n, "age": age}

    fine = [of("score", "READY", 3, 1.0), of("deliver", "RUNNING", 1), of("hook", "CANCELED", 9, 9_000.0)]
    assert soundness.queues(fine).message == "4 job(s) wait or run, none has given up"
    dead = soundness.queues([*fine, of("deliver", "DEAD", 2), of("deliver", "QUARANTINED", 1)])
    assert (dead.status, dead.message, "replayJobs" in dead.fix) == ("warn", "Jobs gave up: 3 of deliver.", True)
    late = soundness.queues([of("deliver", "DEAD", 2), of("score", "READY", 1, 3600.0)])
    assert (late.status, late.message) == ("warn", "Work is overdue: score for 60 min.")


async def test_providers_and_collectors_that_are_silent_are_told() -> None:
    settings = load_settings(env={"LEADWELL_OTLP_URL": LOGIN}, dotenv=None)
    found = await soundness.providers({LOGIN}, settings)
    assert [(check.name, check.status) for check in found] == [("sign-in", "warn")]
    assert found[0].message.startswith(LOGIN)
    assert await soundness.providers(set(), settings) == []
    assert [check.status async for check in soundness.traces(settings)] == ["warn"]
