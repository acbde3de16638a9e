"""Sandboxes made and put away; their clocks sent on, watched and stopped."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry

from api.act import KEY, Info, act, id_of, payload
from leadwell import sandbox
from leadwell.base.actor import Actor
from leadwell.base.tx import Database, Tx
from leadwell.sandbox import Sandbox

PATIENCE_S, LOOK_S, MOST_S = 10.0, 0.05, 25.0


@strawberry.type(description="A workspace to try things in: its clock stands still until it is moved, and nothing of it reaches anybody.", name="Sandbox")
class SandboxType:
    slug: str = strawberry.field(description="Short name in addresses, at sign-in and for the command line.")
    name: str = strawberry.field(description="Name people see.")
    now: datetime = strawberry.field(description="Where its clock stands.")

    @classmethod
    def of(cls, one: Sandbox) -> "SandboxType":
        return cls(slug=one.slug, name=one.name, now=one.now)


@strawberry.input(description="A sandbox beside this workspace.")
class CreateSandboxInput:
    name: str = strawberry.field(description="Its name; the sandbox that has it already gets another key.")
    at: datetime | None = strawberry.field(default=None, description="Where its clock stands at first; missing: now.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class CreateSandboxPayload:
    """A sandbox, with a key to it."""

    slug: str | None = strawberry.field(default=None, description="Short name of the sandbox.")
    now: datetime | None = strawberry.field(default=None, description="Where its clock stands; missing in a repeat.")
    secret: str | None = strawberry.field(default=None, description="A key to it, lw_test_…, shown this once; missing in a repeat.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="A sandbox to put away.")
class RemoveSandboxInput:
    slug: str = strawberry.field(description="Its short name.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload()
class RemoveSandboxPayload:
    """What removeSandbox answers."""

    slug: str | None = strawberry.field(default=None, description="The short name, which is free again.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.input(description="Where the clock of this sandbox is to go.")
class AdvanceClockInput:
    to: datetime = strawberry.field(description="A later time, five years away at most.")
    wait_seconds: float = strawberry.field(default=PATIENCE_S, description="How long to wait for it to come there, 0 to 25; then it goes on by itself.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A clock on its way.")
class CancelClockAdvanceInput:
    id: strawberry.ID = strawberry.field(description="The advance.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@payload(clock_advance="ClockAdvance")
class ClockAdvancePayload:
    """The clock on its way, or where it came to."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class SandboxMutations:
    @strawberry.mutation(description="Makes a workspace to try things in, with a clock that only you move. It reaches no mail server and no provider.")
    async def create_sandbox(self, info: Info, input: CreateSandboxInput) -> CreateSandboxPayload:
        context = info.context

        async def verb(tx: Tx) -> Sandbox:
            return await sandbox.create(context.db, context.actor, input.name, _utc(input.at))

        return await act(
            info, CreateSandboxPayload, "workspaces", "create", verb, input=input,
            shape=lambda made: {"slug": made.slug}, secret=lambda made: {"now": made.now, "secret": made.key})

    @strawberry.mutation(description="Puts a sandbox away: its keys and sessions end, its work rests.")
    async def remove_sandbox(self, info: Info, input: RemoveSandboxInput) -> RemoveSandboxPayload:
        async def verb(tx: Tx) -> UUID:
            return await sandbox.remove(tx, input.slug)

        return await act(info, RemoveSandboxPayload, "workspaces", "update", verb, input=input, shape=lambda _: {"slug": input.slug})

    @strawberry.mutation(description=(
        "Sends the clock of this sandbox to a later time. Everything due on the way is done in order: jobs, steps of sequences, timers, mail (into the "
        "development mailbox). Answers when it is there, or after `waitSeconds` how far it has come."))
    async def advance_clock(self, info: Info, input: AdvanceClockInput) -> ClockAdvancePayload:
        async def verb(tx: Tx) -> UUID:
            return await sandbox.ask(tx, _utc(input.to) or await tx.now())

        answer = await act(info, ClockAdvancePayload, "clock", "update", verb, input=input, shape=lambda id: {"clock_advance": id})
        id: Any = getattr(answer, "clock_advance_id", None)
        if id is not None and not answer.user_errors:  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            await _arrived(info.context.db, info.context.actor, id, min(max(input.wait_seconds, 0.0), MOST_S))
        return answer

    @strawberry.mutation(description="Stops the clock of this sandbox where it has come to; what was done stays done.")
    async def cancel_clock_advance(self, info: Info, input: CancelClockAdvanceInput) -> ClockAdvancePayload:
        async def verb(tx: Tx) -> UUID:
            id = id_of(input.id, "ClockAdvance", "id")
            await sandbox.cancel(tx, id)
            return id

        return await act(
            info, ClockAdvancePayload, "clock", "update", verb, input=input, shape=lambda id: {"clock_advance": id}, about={"clock_advance": input.id})


def _utc(at: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


async def _arrived(db: Database, actor: Actor, id: UUID, seconds: float) -> None:
    """Waits until the clock is where it was sent, for a while."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        async with db.read(actor) as tx:
            found = await sandbox.standing(tx, id)
        if found is None or found.state != "RUNNING":
            return
        await asyncio.sleep(LOOK_S)
