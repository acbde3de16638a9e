"""Puts parked submissions right by hand. What was sent stays beside what it was made into."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from leadwell import events
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.capture.feeds import read_feed
from leadwell.capture.fields import FIELDS
from leadwell.capture.inbound import FEED, NOTICE, RAW, submissions
from leadwell.capture.own_values import PREFIX

LONGEST = 10_000


class SubmissionNotParked(Refusal):
    """This submission is {state}, so it is not edited any more."""

    fix = "Change what it became instead."
    status = 409


class BadSubmissionField(Refusal):
    """{name} is not a field that a submission has."""


class NotFromFeed(Refusal):
    """No mapping made this submission."""

    fix = "Give its fields instead."


async def edit(tx: Tx, id: UUID, values: Mapping[str, Any], expected_version: int | None = None) -> Revision:
    """Fields of a parked submission by the names of FIELDS; None takes one out. NotFound, StaleVersion, SubmissionNotParked, BadSubmissionField."""
    row = await _parked(tx, id, expected_version)
    for name, value in values.items():
        if name not in FIELDS and not name.startswith(PREFIX):
            raise BadSubmissionField(field=f"fields.{name[:60]}", name=name[:60], fix=f"Use one of {', '.join(FIELDS)}.")
        plain = isinstance(value, (str, int, float, type(None))) and not (isinstance(value, bool) and name in FIELDS)
        if not plain or (isinstance(value, str) and len(value) > LONGEST):
            raise BadSubmissionField(field=f"fields.{name}", name=name, fix=f"Give a text of at most {LONGEST} characters, a number, or null.")
    fields = {**row["payload"].get("fields", {}), **{n: v.replace("\0", "") if isinstance(v, str) else v for n, v in values.items()}}
    return await _write(tx, row, {name: value for name, value in fields.items() if value is not None}, sorted(values))


async def remap(tx: Tx, id: UUID, expected_version: int | None = None) -> Revision:
    """Reads what a feed was sent once more, by its mapping as it now is. NotFound, StaleVersion, SubmissionNotParked, NotFromFeed, FeedClosed."""
    row = await _parked(tx, id, expected_version)
    before: dict[str, Any] = row["payload"].get("fields", {})
    if FEED not in before:
        raise NotFromFeed(field="remap")
    feed, body = replace(await read_feed(tx, UUID(before[FEED])), items=None), before.get(RAW)
    if feed.kind == "EMAIL":
        raise NotFromFeed(field="remap")
    if feed.kind == "GOOGLE_ADS" and isinstance(body, dict):
        body = {**cast("dict[str, Any]", body), "google_key": (feed.secret or b"").decode()}
    read = submissions(feed, body)[0].fields
    fields = {**read, RAW: before.get(RAW), FEED: before[FEED], **({NOTICE: before[NOTICE]} if NOTICE in before else {})}
    return await _write(tx, row, fields, sorted(name for name in {*before, *fields} if before.get(name) != fields.get(name)))


async def _parked(tx: Tx, id: UUID, expected_version: int | None) -> dict[str, Any]:
    row = await locked(tx, "submission", "submissions", id, expected_version)
    if row["state"] != "PARKED":
        raise SubmissionNotParked(field="id", state=row["state"].lower())
    return row


async def _write(tx: Tx, row: Mapping[str, Any], fields: Mapping[str, Any], names: list[str]) -> Revision:
    before: dict[str, Any] = row["payload"].get("fields", {})
    revision = await revise(tx, "submission", "submissions", row, {"payload": {**row["payload"], "fields": dict(fields)}})
    if revision.changes:
        changes = {name: [before.get(name), fields.get(name)] for name in names if before.get(name) != fields.get(name)}
        await events.note(tx, "submission.edited", "Submission", row["id"], version=revision.version, data={"changes": events.told(changes)})
    return revision
