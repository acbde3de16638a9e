"""Takes what a form's visitor sent: kept raw first, whatever it is; then processed, parked, or asked about by mail."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadwell.base.actor import Actor
from leadwell.base.tx import Database
from leadwell.capture import opt_in, spam, visitors
from leadwell.capture.forms import Form
from leadwell.capture.intake import process, receive
from leadwell.capture.submissions import Outcome, Submission


async def take_form(db: Database, actor: Actor, form: Form, submission: Submission, sent: Mapping[str, Any]) -> Outcome:
    """What became of it: UNCONFIRMED while it waits for double opt-in, PARKED for a program's or one too many, else as any submission."""
    if visitor := visitors.visitor_of(sent.get(visitors.VISITOR)):
        submission = replace(submission, touch={**submission.touch, "visitor": str(visitor)})
    reason = submission.park or spam.suspicion(form, sent, time.time()) or await spam.admit(db, form, sent)
    waits = form.double_opt_in and not reason
    received = await receive(db, actor, [opt_in.waiting_for_word(submission) if waits else replace(submission, park=reason)])
    if waits:
        await db.run(actor, lambda tx: opt_in.ask(tx, received.ids), replayable=True)
        return Outcome("UNCONFIRMED", received.ids[0], reason=opt_in.WAITS)
    (outcome,) = await process(db, actor, received)
    if submission.touch.get("visitor") and outcome.person_id:
        await visitors.stitch_submissions(db, actor, received.ids)
    return outcome
