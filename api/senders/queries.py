"""What has to be known to set a sender or an inbox up elsewhere."""

from typing import Annotated

import strawberry

from api.act import id_of
from api.context import Info
from api.senders.types import DnsRecord, InboxDoor
from leadwell import delivery
from leadwell.base.refusals import NotFound


@strawberry.type
class SenderQueries:
    @strawberry.field(description="What has to stand in DNS for a sender's key; null: it has none.")
    async def sender_dns_record(
        self, info: Info, sender_id: Annotated[strawberry.ID, strawberry.argument(description="The sender.")]
    ) -> DnsRecord | None:
        info.context.viewer.need("senders", "read")
        async with info.context.lock:
            found = await delivery.dns_record(await info.context.reader(), id_of(sender_id, "Sender", "senderId"))
        return found and DnsRecord(type=found.type, name=found.name, text=found.text)

    @strawberry.field(description="Where what comes back to an inbox is sent to.")
    async def inbox_door(self, info: Info, inbox_id: Annotated[strawberry.ID, strawberry.argument(description="The inbox.")]) -> InboxDoor:
        info.context.viewer.need("inboxes", "update")
        id = id_of(inbox_id, "Inbox", "inboxId")
        async with info.context.lock:
            tx = await info.context.reader()
            key = await tx.value("SELECT i.key FROM inboxes i WHERE i.workspace_id = $1 AND i.id = $2", tx.workspace, id)
        if key is None:
            raise NotFound(noun="inbox", field="inboxId")
        return InboxDoor(url=f"{info.context.settings.public_url}/inbound/mail/{delivery.inbox_token(tx.workspace, id)}", plus=key)
