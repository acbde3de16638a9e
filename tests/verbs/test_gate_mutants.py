"""Tests see what the gate is for: each of these faults, planted in what decides about a mail, is caught by the test that stands beside it."""

import importlib
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from leadwell import workspaces
from leadwell.base.actor import Actor
from leadwell.base.ids import uuid7
from leadwell.base.tx import Database
from leadwell.broadcasts import steering
from leadwell.consent import rules as consents
from leadwell.consent import verbs as consenting
from leadwell.delivery.states import on_claim
from leadwell.delivery.verdict import astray as A
from leadwell.delivery.verdict import verdict as V
from leadwell.pressure import holding
from leadwell.pressure.holding import Tally
from tests.contracts.test_mutants import Mutant, planted
from tests.mailing import Post, post
from tests.verbs import test_broadcasts as broadcast
from tests.verbs import test_consent as consent
from tests.verbs import test_delivery as delivery
from tests.verbs import test_nurture as nurture
from tests.verbs import test_pressure as pressure
from workers import delivery as worker

JUNK = {"change": "UPDATE leads SET state = 'JUNK' WHERE workspace_id = $1", "reason": "JUNK", "exit": "JUNK"}
ARCHIVED = {"change": "UPDATE people SET archived_at = created_at WHERE workspace_id = $1", "reason": "ARCHIVED", "exit": "ARCHIVED"}
CONVERTED = {"change": "UPDATE leads SET state = 'CONVERTED' WHERE workspace_id = $1", "reason": "CONVERTED", "exit": "CONVERSION"}
REPLIED = {"change": "UPDATE sends SET replied_at = planned_at WHERE workspace_id = $1", "reason": "REPLIED", "exit": "REPLY"}
ASKS_AGAIN = delivery.test_the_gate_asks_again_what_the_sequence_asked_before
OPT_OUT = delivery.test_the_gate_holds_mail_after_an_opt_out_that_came_later_than_the_plan
gate = importlib.import_module("leadwell.delivery.gate")    # its package has a function of that name
TABLE: list[tuple[Mutant, Callable[..., Any], dict[str, Any]]] = [
    (Mutant("ignores consent", V, "facts.consent or ", ""), OPT_OUT, {}),
    (Mutant("asks nobody's consent", gate._refusals, "for row in rows:", "for row in ():"), OPT_OUT, {}),
    (Mutant("ignores suppression", consents.verdict, "if binding:", "if False:"), OPT_OUT, {}),
    (Mutant("ignores suppressions of all topics", consenting._verdict, 'row["suppressions"], now', "[], now"), OPT_OUT, {}),
    (Mutant("ignores a withdrawal", consents.verdict, 'act.state == "WITHDRAWN"', "False"),
     consent.test_legitimate_interest_needs_no_grant_and_ends_with_a_withdrawal, {}),
    (Mutant("ignores that consent is over", consents.verdict, "act.expires_at <= now", "False"), consent.test_consent_expires_by_the_business_clock, {}),
    (Mutant("ignores who is gone", V, "facts.person or ", ""), ASKS_AGAIN, ARCHIVED),
    (Mutant("ignores another address", V, '("" if facts.address_known else "ADDRESS_CHANGED")', '""'),
     delivery.test_a_changed_address_is_written_to_instead_of_the_old_one, {}),
    (Mutant("ignores enrollments", V, "if facts.enrollment is not None:", "if False:"), ASKS_AGAIN, JUNK),
    (Mutant("asks nothing of sequences", gate.facts_of, "for check in checks:", "for check in ():"), ASKS_AGAIN, CONVERTED),
    (Mutant("ignores a pause", A, 'enrollment["sequence_state"] != "LIVE"', "False"),
     nurture.test_nobody_moves_while_a_sequence_is_paused_and_everybody_when_it_resumes, {}),
    (Mutant("ignores a reply", A, 'enrollment["replied"] and ', "False and "), ASKS_AGAIN, REPLIED),
    (Mutant("ignores the audience", A, "or _out_of_audience(enrollment)", ""), ASKS_AGAIN, CONVERTED),
    (Mutant("ignores a paused broadcast", steering._standing, 'now if state == "PAUSED" else None', "None"),
     broadcast.test_paused_it_holds_its_mail_and_canceled_it_never_sends_it, {}),
    (Mutant("ignores windows", holding.opening, "at if window is None else next_opening(window.week, timing.zone, at, window.holidays)", "at"),
     pressure.test_the_gate_itself_turns_mail_away_whose_time_passed_after_it_was_looked_at, {}),
    (Mutant("asks the time of nothing", V, "hold = held(facts.timing, facts.rules, facts.tally, facts.now)", "hold = None"),
     pressure.test_the_gate_itself_turns_mail_away_whose_time_passed_after_it_was_looked_at, {}),
    (Mutant("ignores caps", holding.capped_until, "if cap and len(touches) >= cap[0] else None", "if False else None"),
     pressure.test_one_cap_counts_every_sequence_and_mail_by_hand, {}),
    (Mutant("counts no neighbor", Tally.take, "for slot, _ in rules.slots(timing.sender, timing.domain, at):", "for slot, _ in ():"),
     pressure.test_twenty_workers_hand_over_exactly_what_a_limit_allows_and_lose_nothing, {}),
    (Mutant("ignores limits", holding.throttled, "if not full:", "if True:"),
     pressure.test_twenty_workers_hand_over_exactly_what_a_limit_allows_and_lose_nothing, {}),
    (Mutant("counts nothing", gate._commit, 'await pressure.keep(tx, asked[going[0].send_id].tally)', "pass"),
     pressure.test_what_did_not_leave_is_given_back_once, {}),
    (Mutant("locks no address", gate._lock, "await consent.lock(tx, [r[\"address_hash\"] for r in rows])", "pass"),
     delivery.test_the_gate_waits_for_whoever_is_about_to_say_no, {}),
    (Mutant("ignores the epoch", gate.gate, "standing.outbound_epoch != epoch", "False"), delivery.test_the_epoch_is_asked_in_the_gate_too, {}),
    (Mutant("ignores a lost lease", V, "if not facts.leased:", "if False:"), delivery.test_a_worker_that_lost_its_lease_does_not_pass_the_gate, {}),
    (Mutant("sends again what may have left", on_claim, 'state in openings(mail_class)', "True"),
     delivery.test_a_send_in_flight_of_a_dead_worker_is_held_by_the_next, {}),
    (Mutant("does not wait for the gate", worker._deliver, "if await desk(kit).gate(job.workspace, request) != delivery.GO:", "if False:"), OPT_OUT, {}),
]  # fmt: skip


@asynccontextmanager
async def _opened(db: Database, workspace: UUID, folder: Path, kind: Any) -> AsyncIterator[Any]:
    """What a test calls its office, if it has one."""
    if kind is None:
        yield None
        return
    if kind is Post:
        async with post(db, workspace, folder) as opened:
            yield opened
        return
    inside = await workspaces.create(db, uuid7().hex, "Sandbox", kind="SANDBOX", epoch="test")
    await db.control("SELECT lw_set_clock($1, $2)", inside, pressure.MONDAY)
    async with post(db, inside, folder) as opened:
        yield pressure.Office(db, Actor.system(inside), opened)


@pytest.mark.parametrize(("mutant", "test", "more"), TABLE, ids=[f"{mutant.name}: {test.__name__}" for mutant, test, _ in TABLE])
async def test_planted_fault_is_caught(
    db: Database, actor: Actor, workspace: UUID, tmp_path: Path, mutant: Mutant, test: Callable[..., Any], more: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"db": db, "actor": actor, "workspace": workspace, "tmp_path": tmp_path} | more
    wanted = inspect.signature(test).parameters
    async with _opened(db, workspace, tmp_path, wanted["office"].annotation if "office" in wanted else None) as given["office"]:
        with planted(mutant), pytest.raises(AssertionError):
            await _run(test, {name: given[name] for name in wanted})


async def _run(test: Callable[..., Any], given: dict[str, Any]) -> None:
    found = test(**given)
    if inspect.isawaitable(found):
        await found
