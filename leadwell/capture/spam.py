"""What tells people from programs: a stamp that says when a form was drawn, work the browser does for it, and how much a form takes a minute.

A stamp is signed and stateless; only those that work was done for are remembered, so that one proof is good for one submission.
What does not pass is parked with its reason, never dropped, and thanked like any other, so that a program learns nothing."""

import hashlib
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.sql import load
from leadwell.base.tx import Database, Tx
from leadwell.capture.forms import Form
from leadwell.capture.reading import text

STAMP, PROOF = "_stamp", "_proof"
PURPOSE = "form-stamp"
ABOVE = "More were sent than the form takes a minute; it goes in when there is room."
GOOD_FOR = 24 * 3600   # seconds; a page may stay open for a day
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which form was drawn, when (seconds since 1970), and a nonce of its own."""

    form: UUID
    at: int
    nonce: bytes

    def token(self) -> str:
        return secrets.sign(PURPOSE, self.form.bytes + self.at.to_bytes(8, "big") + self.nonce)


def stamp(form: UUID, now: float) -> str:
    """The token that a drawn form carries."""
    return Stamp(form, int(now), random.token_bytes(_NONCE)).token()


def read_stamp(token: str) -> Stamp | None:
    """None for what we did not sign."""
    try:
        raw = secrets.verify(PURPOSE, token[:300])
    except secrets.BadToken:
        return None
    return Stamp(UUID(bytes=raw[:16]), int.from_bytes(raw[16:24], "big"), raw[24:]) if len(raw) == 24 + _NONCE else None


def proves(token: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of "token.answer" begins with that many zero bits."""
    if not answer.isascii() or not answer.isdigit() or len(answer) > 20:
        return False
    digest = hashlib.sha256(f"{token}.{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def suspicion(form: Form, sent: Mapping[str, Any], now: float) -> str | None:
    """Why a submission looks like a program's, or None. Only forms that ask for time or work look at the stamp. Pure."""
    if not form.stamped:
        return None
    token = text(sent.get(STAMP))
    found = read_stamp(token) if token else None
    if found is None or found.form != form.id:
        return "It came without the stamp of the form's page, so a program may have sent it."
    age = now - found.at
    if age < form.min_seconds:
        return f"It was sent {max(0, int(age))} s after the page was drawn; people need at least {form.min_seconds} s."
    if age > GOOD_FOR:
        return "The page it was sent from was older than a day."
    if form.proof_bits and not proves(token, text(sent.get(PROOF)), form.proof_bits):
        return "No proof of work came with it: the browser ran no script, or a program sent it."
    return None


async def admit(db: Database, form: Form, sent: Mapping[str, Any]) -> str | None:
    """Why a submission has to wait, or None: the proof was used for another one, or the form took as many as it may this minute.
    What is counted here is not waited for on the disk: after a crash of the database a form takes a few more."""
    if not (form.proof_bits or form.per_minute):
        return None

    async def verb(tx: Tx) -> str | None:
        if form.proof_bits and not await _spend(tx, sent):
            return "Its proof of work was used before, for something else."
        if form.per_minute and not await tx.value(load(__name__, "take_token"), tx.workspace, form.id, float(form.per_minute)):
            return ABOVE
        return None

    return await db.run(Actor.system(form.workspace), verb, replayable=True, durable=False)


async def _spend(tx: Tx, sent: Mapping[str, Any]) -> bool:
    """The same content with the same proof is the same submission, sent again."""
    found = read_stamp(text(sent.get(STAMP)))
    assert found is not None, "suspicion has read it"
    content = hashlib.sha256(orjson.dumps(dict(sent), option=orjson.OPT_SORT_KEYS, default=str)).digest()
    kept = await tx.value(load(__name__, "spend_proof"), tx.workspace, found.nonce, content)
    return kept == content


async def forget_proofs(tx: Tx) -> int:
    """Proofs whose stamps are good for nothing any more go."""
    return await tx.execute("DELETE FROM form_proofs WHERE workspace_id = $1 AND at < clock_timestamp() - interval '25 hours'", tx.workspace)
