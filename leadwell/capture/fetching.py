"""Fetches the answers of leads that a vendor only announced, and lets the announcement become what it announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal, Unavailable
from leadwell.base.tx import Database, Tx
from leadwell.capture.feeds import Feed, FeedClosed, UnknownFeed, read_feed
from leadwell.capture.inbound import FEED, NOTICE, submissions
from leadwell.capture.intake import Received, process_in


class VendorAway(Unavailable):
    """{vendor} does not give answers right now: {why}."""

    fix = "Nothing: it is asked again by itself."

    @property
    def after(self) -> timedelta | None:
        """How long the vendor asks us to wait."""
        seconds: int | None = self.params.get("seconds")
        return timedelta(seconds=min(seconds, 3600)) if seconds else None


class VendorRefused(Refusal):
    """{vendor} does not give the answers of this lead: {why}."""

    fix = "Give the feed a token that may read them (updateFeed, accessToken); what waits is then fetched."


class Ads(Protocol):
    """The port to the vendors' APIs."""

    async def fetch(self, feed: Feed, id: str) -> Mapping[str, Any]:
        """The lead as its vendor gives it. VendorAway, VendorRefused."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a vendor gave for an announcement, or why it gives nothing."""

    submission_id: UUID
    body: Mapping[str, Any] | None = None
    why: str | None = None


async def fetch(db: Database, ads: Ads, actor: Actor, submission_id: UUID) -> Fetched | None:
    """Asks the vendor; None when there is nothing to ask for any more. VendorAway."""
    async with db.read(actor) as tx:
        row = await tx.row("SELECT s.state, s.payload FROM submissions s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, submission_id)
        fields: dict[str, Any] = row["payload"].get("fields", {}) if row and row["state"] == "PARKED" else {}
        if NOTICE not in fields:
            return None
        try:
            feed = await read_feed(tx, UUID(fields[FEED]))
        except (FeedClosed, UnknownFeed) as closed:
            return Fetched(submission_id, why=closed.message)
    try:
        return Fetched(submission_id, await ads.fetch(feed, str(fields[NOTICE])) if feed.token else None, None if feed.token else "The feed has no token.")
    except VendorRefused as refused:
        return Fetched(submission_id, why=refused.message)


async def take_fetched(tx: Tx, fetched: Fetched) -> None:
    """The announcement becomes the lead, or says why it does not. A lead that came by another way meanwhile is not taken twice."""
    row = await tx.row(
        "SELECT s.state, s.payload FROM submissions s WHERE s.workspace_id = $1 AND s.id = $2 FOR NO KEY UPDATE", tx.workspace, fetched.submission_id)
    if row is None or row["state"] != "PARKED" or NOTICE not in row["payload"]["fields"]:
        return
    lead = submissions(await read_feed(tx, UUID(row["payload"]["fields"][FEED])), fetched.body)[0] if fetched.body is not None else None
    if lead is None or lead.park:
        await _say(tx, fetched.submission_id, fetched.why or "The vendor gave what is of no known shape.")
    elif not await _is_known(tx, fetched.submission_id, lead.dedupe_key):
        await tx.execute(
            "UPDATE submissions SET payload = $3, dedupe_key = coalesce($4, dedupe_key), state = 'RECEIVED', reason = NULL WHERE workspace_id = $1 AND id = $2",
            tx.workspace, fetched.submission_id, lead.payload(), lead.dedupe_key)
        await process_in(tx, Received([fetched.submission_id]))


async def _say(tx: Tx, id: UUID, why: str) -> None:
    await tx.execute(
        "UPDATE submissions SET reason = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2", tx.workspace, id, why[:1000],
        await tx.now())


async def _is_known(tx: Tx, id: UUID, dedupe_key: str | None) -> bool:
    """Whether somebody else sent this lead; then the announcement is done with, and points at what that became."""
    return bool(await tx.execute(
        "UPDATE submissions n SET state = 'PROCESSED', outcome = 'UNCHANGED', reason = NULL, person_id = s.person_id, lead_id = s.lead_id, "
        "activity_id = s.activity_id, processed_at = $4, version = n.version + 1, updated_at = $4 FROM submissions s "
        "WHERE n.workspace_id = $1 AND n.id = $2 AND s.workspace_id = $1 AND s.dedupe_key = $3 AND s.id <> n.id", tx.workspace, id, dedupe_key, await tx.now()))
