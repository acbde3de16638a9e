"""What broadcasts and mail to one are asked with."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.act import KEY, VERSION, id_of, ids_of
from api.segments.mutations import SegmentNoun
from leadwell.broadcasts import Audience, BadBroadcast, Hour, Test, Variant


@strawberry.input(description="Whom a broadcast is for: everybody in one of the segments, who matches the filter or is named, but nobody in `without`.")
class AudienceInput:
    segment_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Segments; of companies their contacts are meant.")
    noun: SegmentNoun = strawberry.field(default=SegmentNoun.PERSON, description="What the filter is of: people, leads or contacts.")
    where: JSON | None = strawberry.field(default=None, description="The filter of that noun's list, as JSON.")
    person_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="People, 5,000 at most.")
    without_segment_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Whoever is in one of these gets nothing.")

    def audience(self, at: str = "audience") -> Audience:
        where: Any = self.where
        return Audience(
            ids_of(self.segment_ids, "Segment", f"{at}.segment_ids"), str(self.noun.value), where, ids_of(self.person_ids, "Person", f"{at}.person_ids"),
            ids_of(self.without_segment_ids, "Segment", f"{at}.without_segment_ids"))


@strawberry.input(description="One form of the mail.")
class VariantInput:
    name: str | None = strawberry.field(default=None, description="Name in results; A, B and so on if left out.")
    template_id: strawberry.ID = strawberry.field(description="The template.")
    weight: int = strawberry.field(default=1, description="How many get it, against the other weights; 1 to 1000.")


def variants_of(given: list[VariantInput]) -> list[Variant]:
    ids = [id_of(one.template_id, "Template", f"variants.{i}.template_id") for i, one in enumerate(given[:26])]
    return [Variant(one.name or chr(ord("A") + i), ids[i], one.weight) for i, one in enumerate(given[:26])]


@strawberry.enum(description="What tells which variant does best.")
class Measure(Enum):
    OPENS = strawberry.enum_value("OPENS", description="How many readers opened it.")
    CLICKS = strawberry.enum_value("CLICKS", description="How many readers clicked.")
    REPLIES = strawberry.enum_value("REPLIES", description="How many readers answered.")


@strawberry.input(description="A part gets the variants first; then the best of them goes to the rest.")
class VariantTestInput:
    percent: int = strawberry.field(description="How many percent of the recipients are in the test, 1 to 90.")
    hours: int = strawberry.field(description="How long it takes, 1 to 720 hours.")
    by: Measure = strawberry.field(default=Measure.CLICKS, description="What tells which variant does best.")

    def test(self) -> Test:
        return Test(self.percent, self.hours, str(self.by.value))


@strawberry.input(description="A new broadcast, still a draft.")
class CreateBroadcastInput:
    name: str = strawberry.field(description="Name people see.")
    topic_id: strawberry.ID = strawberry.field(description="What it is about; consent is asked for this topic.")
    audience: AudienceInput = strawberry.field(description="Whom it is for.")
    variants: list[VariantInput] = strawberry.field(description="One form of the mail, or up to five to compare.")
    sender_id: strawberry.ID | None = strawberry.field(default=None, description="Who it is from; the default sender if left out.")
    test: VariantTestInput | None = strawberry.field(default=None, description="Try the variants on a part first; left out, all get them by weight.")
    window_id: strawberry.ID | None = strawberry.field(default=None, description="The hours in which it leaves; the workspace's if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a draft. What is left out stays.")
class UpdateBroadcastInput:
    id: strawberry.ID = strawberry.field(description="The broadcast.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    topic_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="What it is about.")
    audience: strawberry.Maybe[AudienceInput] = strawberry.field(description="Whom it is for.")
    variants: strawberry.Maybe[list[VariantInput]] = strawberry.field(description="All its variants.")
    sender_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who it is from; null: the default sender.")
    window_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="The hours in which it leaves; null: the workspace's.")
    test: strawberry.Maybe[VariantTestInput | None] = strawberry.field(description="Try the variants on a part first; null: not.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="When a broadcast begins: at a moment, at an hour by each recipient's own clock, or at once.")
class ScheduleBroadcastInput:
    id: strawberry.ID = strawberry.field(description="The broadcast.")
    at: datetime | None = strawberry.field(default=None, description="The moment.")
    local_time: str | None = strawberry.field(default=None, description="The hour by each recipient's own clock, such as 2027-03-01T09:00.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def hour(self) -> Hour:
        if self.at is not None and self.local_time is not None:
            raise BadBroadcast(field="local_time", why="it begins at a moment or at a local hour, not at both")
        if self.local_time is None:
            return Hour(self.at)
        try:
            read = datetime.fromisoformat(self.local_time)
        except ValueError:
            read = None
        if read is None or read.tzinfo is not None:
            raise BadBroadcast(field="local_time", why="the hour cannot be read", fix="Write it like 2027-03-01T09:00, without a zone.")
        return Hour(local=read)


@strawberry.input(description="Which broadcast.")
class BroadcastInput:
    id: strawberry.ID = strawberry.field(description="The broadcast.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Ends the test of a broadcast: the rest gets this variant.")
class ChooseWinnerInput:
    id: strawberry.ID = strawberry.field(description="The broadcast.")
    variant: str = strawberry.field(description="The variant's name.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A mail to one person: a template, or a subject with HTML or text of its own.")
class SendEmailInput:
    person_id: strawberry.ID = strawberry.field(description="Whom it is to.")
    template_id: strawberry.ID | None = strawberry.field(default=None, description="The template.")
    subject: str | None = strawberry.field(default=None, description="Subject, in Liquid; without a template.")
    html: str | None = strawberry.field(default=None, description="HTML part, in Liquid.")
    text: str | None = strawberry.field(default=None, description="Plain-text part, in Liquid; missing: read off the HTML part.")
    sender_id: strawberry.ID | None = strawberry.field(default=None, description="Who it is from; your own sender or the default one if left out.")
    topic_id: strawberry.ID | None = strawberry.field(default=None, description="What it is about; the first topic of sales if left out.")
    reply_to_id: strawberry.ID | None = strawberry.field(default=None, description="The mail to this person whose thread it goes on with.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
