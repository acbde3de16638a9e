"""What changes sequences."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of, payload
from api.nurture.inputs import (
    ArchiveSequenceInput,
    CreateSequenceInput,
    PreviewPublishInput,
    PublishSequenceInput,
    ResumeSequenceInput,
    SequenceInput,
    UpdateSequenceDraftInput,
    settings,
)
from api.nurture.steps import StepInput
from api.nurture.types import PublishPreview, kept, shown
from leadwell import nurture
from leadwell.base.tx import Tx
from leadwell.nurture import Course, Wish


@payload(sequence="Sequence")
class SequencePayload:
    """The sequence as it is now."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload()
class PreviewPublishPayload:
    """What publishing a draft would do."""

    found: strawberry.Private[dict[str, Any] | None] = None

    @strawberry.field(description="Null when there is nothing to publish, or the plan cannot be carried out.")
    def preview(self) -> PublishPreview | None:
        return shown(self.found) if self.found else None


def _steps(inputs: Sequence[StepInput]) -> list[dict[str, Any]]:
    return [step.step(i) for i, step in enumerate(inputs)]


def _new(input: CreateSequenceInput) -> nurture.NewSequence:
    return nurture.NewSequence(
        input.name, id_of(input.topic_id, "Topic", "topic_id"), _steps(input.steps), input.audience.value,
        None if input.sender_id is None else id_of(input.sender_id, "Sender", "sender_id"), input.entry.rules() if input.entry else {},
        None if input.exit_on is None else [reason.value for reason in input.exit_on], input.reentry.value, input.reentry_days,
        input.goal.rule() if input.goal else None, input.exclusivity.value, input.company_reply.value, input.touch_gap_hours, input.sunset_days,
        None if input.window_id is None else id_of(input.window_id, "SendWindow", "window_id"))


def _wish(input: PreviewPublishInput) -> Wish:
    courses = [Course(one.step, one.action.value, one.to) for one in input.plan or ()]
    return Wish(courses, input.ramp_per_hour, getattr(input, "plan_hash", None))


async def _change(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> SequencePayload:
    async def work(tx: Tx) -> UUID:
        id = id_of(input.id, "Sequence", "id")
        await verb(tx, id)
        return id

    return await act(info, SequencePayload, "sequences", "update", work, input=input, shape=lambda id: {"sequence": id}, about={"sequence": input.id})


@strawberry.type
class SequenceMutations:
    @strawberry.mutation(description="Drafts a sequence: mail, waits, and whatever else happens to people in it.")
    async def create_sequence(self, info: Info, input: CreateSequenceInput) -> SequencePayload:
        async def verb(tx: Tx) -> UUID:
            return await nurture.create_sequence(tx, _new(input), info.context.viewer)

        return await act(info, SequencePayload, "sequences", "create", verb, input=input, shape=lambda id: {"sequence": id})

    @strawberry.mutation(description="Changes the settings of a sequence at once, and its steps in the draft, or in a new draft beside what is live.")
    async def update_sequence_draft(self, info: Info, input: UpdateSequenceDraftInput) -> SequencePayload:
        async def verb(tx: Tx, id: UUID) -> None:
            steps = None if input.steps is None else _steps(input.steps.value)
            await nurture.update_draft(tx, id, settings(input), steps, input.expected_version, author=info.context.viewer)

        return await _change(info, input, verb)

    @strawberry.mutation(description="Says what publishing would do: what is wrong, who is under way, and who would be due at once. Nothing is changed.")
    async def preview_publish(self, info: Info, input: PreviewPublishInput) -> PreviewPublishPayload:
        async def verb(tx: Tx) -> nurture.Preview:
            return await nurture.preview_publish(tx, id_of(input.id, "Sequence", "id"), _wish(input))

        return await act(
            info, PreviewPublishPayload, "sequences", "update", verb, input=input, shape=lambda found: {"found": kept(found)}, about={"sequence": input.id})

    @strawberry.mutation(description="Makes the draft live. Whoever is under way goes on in the version they entered, unless the plan says otherwise.")
    async def publish_sequence(self, info: Info, input: PublishSequenceInput) -> SequencePayload:
        return await _change(info, input, lambda tx, id: nurture.publish(tx, id, input.expected_version, _wish(input), author=info.context.viewer))

    @strawberry.mutation(description="Holds everybody in a sequence where they are.")
    async def pause_sequence(self, info: Info, input: SequenceInput) -> SequencePayload:
        return await _change(info, input, lambda tx, id: nurture.pause(tx, id, input.expected_version))

    @strawberry.mutation(description="Lets a paused sequence go on.")
    async def resume_sequence(self, info: Info, input: ResumeSequenceInput) -> SequencePayload:
        return await _change(info, input, lambda tx, id: nurture.resume(tx, id, input.expected_version, input.catch_up.value, input.per_hour))

    @strawberry.mutation(description="Puts a sequence away; nobody enters it any more.")
    async def archive_sequence(self, info: Info, input: ArchiveSequenceInput) -> SequencePayload:
        return await _change(info, input, lambda tx, id: nurture.archive(tx, id, input.expected_version, leaving=input.leaving))
