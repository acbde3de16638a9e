"""Makes, changes, tries and puts away senders and inboxes."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from api.act import Info, act, given, id_of, payload
from api.custom.inputs import RecordInput
from api.senders.inputs import (
    ArchiveSenderInput,
    CreateInboxInput,
    CreateSenderInput,
    CreateSenderKeyInput,
    TestSenderInput,
    UpdateInboxInput,
    UpdateSenderInput,
)
from api.senders.types import DnsRecord
from leadwell import delivery, entries
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx
from leadwell.delivery import breaker
from leadwell.delivery.inboxes import MadeInbox
from leadwell.entries.lists import SENDER

P = TypeVar("P")
SENDS_FROM = (
    "name", "address", "reply_to", "bounce_address", "tags_replies", "is_default", "owner_id", "provider", "host", "port", "login", "security", "url",
)  # fmt: skip
READS_FROM = ("name", "host", "port", "login", "security", "folder")


@payload(sender="Sender")
class SenderPayload:
    """What making or changing a sender answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(sender="Sender")
class CreateSenderKeyPayload:
    """What createSenderKey answers."""

    record: DnsRecord | None = strawberry.field(default=None, description="What has to stand in DNS.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(sender="Sender")
class TestSenderPayload:
    """What testSender answers."""

    worked: bool = strawberry.field(default=False, description="The server let us in and would take mail from the address.")
    answer: str | None = strawberry.field(default=None, description="What went wrong, in the server's words.")


@payload(inbox="Inbox")
class CreateInboxPayload:
    """What createInbox answers."""

    secret: str | None = strawberry.field(default=None, description="What posts are proven with, where we made it; shown this once.")
    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@payload(inbox="Inbox")
class InboxPayload:
    """What changing an inbox answers."""

    replayed: bool = strawberry.field(default=False, description="This repeats an earlier answer.")


@strawberry.type
class SenderMutations:
    @strawberry.mutation(description="Makes a sender.")
    async def create_sender(self, info: Info, input: CreateSenderInput) -> SenderPayload:
        async def verb(tx: Tx) -> UUID:
            values = _plain({name: getattr(input, name) for name in (*SENDS_FROM, "channel")})
            return await delivery.create_sender(tx, values, input.password, production=info.context.settings.production)

        return await act(info, SenderPayload, "senders", "create", verb, input=input, shape=lambda id: {"sender": id})

    @strawberry.mutation(description="Changes a sender.")
    async def update_sender(self, info: Info, input: UpdateSenderInput) -> SenderPayload:
        async def verb(tx: Tx, id: UUID) -> Any:
            production = info.context.settings.production
            return await delivery.update_sender(
                tx, id, _plain(given(input, *SENDS_FROM)), input.expected_version, secret=input.password, production=production)

        return await _sender(info, input, verb)

    @strawberry.mutation(description="Puts a sender away; refused, with whoever uses it, unless a replacement is named.")
    async def archive_sender(self, info: Info, input: ArchiveSenderInput) -> SenderPayload:
        async def verb(tx: Tx, id: UUID) -> Any:
            heir = None if input.replacement_id is None else id_of(input.replacement_id, "Sender", "replacement_id")
            return await delivery.archive_sender(tx, id, heir, input.expected_version)

        return await _sender(info, input, verb)

    @strawberry.mutation(description="Brings a sender back.")
    async def unarchive_sender(self, info: Info, input: RecordInput) -> SenderPayload:
        return await _sender(info, input, lambda tx, id: entries.unarchive(tx, SENDER, id, input.expected_version))

    @strawberry.mutation(description="Signs in at a sender's server and offers it the address, without sending anything.")
    async def test_sender(self, info: Info, input: TestSenderInput) -> TestSenderPayload:
        info.context.viewer.need("senders", "update")
        await info.context.settle()
        tried = await _tried(info, input.id)

        async def verb(tx: Tx) -> str | None:
            if isinstance(tried, Refusal):
                raise tried
            if tried is None:
                await breaker.worked(tx, id_of(input.id, "Sender", "id"), tested=True)
            return tried

        return await act(
            info, TestSenderPayload, "senders", "update", verb, input=input, about={"sender": input.id},
            shape=lambda error: {"sender": id_of(input.id, "Sender"), "worked": error is None, "answer": error})

    @strawberry.mutation(description="Makes a key that the sender's mail is signed with (DKIM), in place of the one it has.")
    async def create_sender_key(self, info: Info, input: CreateSenderKeyInput) -> CreateSenderKeyPayload:
        async def verb(tx: Tx) -> delivery.DnsRecord:
            return await delivery.make_key(tx, id_of(input.id, "Sender", "id"), input.selector, input.domain)

        return await act(
            info, CreateSenderKeyPayload, "senders", "update", verb, input=input, about={"sender": input.id},
            shape=lambda _: {"sender": id_of(input.id, "Sender")}, secret=lambda made: {"record": DnsRecord(type=made.type, name=made.name, text=made.text)})

    @strawberry.mutation(description="The sender's mail is no longer signed here; the key is forgotten.")
    async def remove_sender_key(self, info: Info, input: RecordInput) -> SenderPayload:
        return await _sender(info, input, lambda tx, id: delivery.drop_key(tx, id))

    @strawberry.mutation(description="Makes an inbox.")
    async def create_inbox(self, info: Info, input: CreateInboxInput) -> CreateInboxPayload:
        async def verb(tx: Tx) -> MadeInbox:
            values = {name: value for name, value in _plain({n: getattr(input, n) for n in (*READS_FROM, "kind", "provider")}).items() if value is not None}
            return await delivery.create_inbox(tx, delivery.NewInbox(**values), input.password)

        return await act(
            info, CreateInboxPayload, "inboxes", "create", verb, input=input, shape=lambda made: {"inbox": made.id},
            secret=lambda made: {"secret": made.secret})

    @strawberry.mutation(description="Changes an inbox. Its address and key stay.")
    async def update_inbox(self, info: Info, input: UpdateInboxInput) -> InboxPayload:
        async def verb(tx: Tx) -> Any:
            values = _plain(given(input, *READS_FROM, "is_active"))
            return await delivery.update_inbox(tx, id_of(input.id, "Inbox", "id"), values, input.expected_version, secret=input.password)

        return await act(
            info, InboxPayload, "inboxes", "update", verb, input=input, shape=lambda _: {"inbox": id_of(input.id, "Inbox")}, about={"inbox": input.id})


def _plain(sent: dict[str, Any]) -> dict[str, Any]:
    """Choices as text, ids as uuids."""
    read = {name: str(value.value) if hasattr(value, "doc") else value for name, value in sent.items()}
    if read.get("owner_id"):
        read["owner_id"] = id_of(read["owner_id"], "User", "owner_id")
    return read


async def _tried(info: Info, id: str) -> str | Refusal | None:
    """What went wrong, or why it was not tried; None: nothing did. The network is asked outside of any transaction."""
    try:
        sender = id_of(id, "Sender", "id")
        async with info.context.db.read(info.context.actor) as tx:
            way = await delivery.route(tx, sender)
            address = await tx.value("SELECT s.address FROM senders s WHERE s.workspace_id = $1 AND s.id = $2", tx.workspace, sender)
    except Refusal as refusal:
        return refusal
    kit = await info.context.kit.of(info.context.viewer.workspace)
    try:
        async with kit.mailer.open(way) as session:
            await session.mail(address)
    except (delivery.Refused, delivery.Unreachable) as error:
        return str(error)
    return None


async def _sender(info: Info, input: Any, verb: Callable[[Tx, UUID], Awaitable[Any]]) -> SenderPayload:
    async def found(tx: Tx) -> Any:
        return await verb(tx, id_of(input.id, "Sender", "id"))

    return await act(
        info, SenderPayload, "senders", "update", found, input=input, shape=lambda _: {"sender": id_of(input.id, "Sender")}, about={"sender": input.id})
