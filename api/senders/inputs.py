"""What senders and inboxes are made and changed with."""

import strawberry

from api.act import KEY, VERSION
from api.grammar import GRAMMAR
from models.senders import InboxKind, InboxProvider, InboxSecurity, MailProvider, MailSecurity, SenderChannel

for choices in (InboxKind, InboxProvider, InboxSecurity, MailProvider, MailSecurity, SenderChannel):
    GRAMMAR.enum(choices)
SEALED = "The password of its server, or what messages of another channel are signed with; kept sealed and never shown."


@strawberry.input(description="A sender to make: an address mail leaves from.")
class CreateSenderInput:
    name: str = strawberry.field(description="Name readers see.")
    address: str = strawberry.field(description="The address; with another channel the number or name it is from.")
    channel: SenderChannel = strawberry.field(default=SenderChannel.EMAIL, description="What its messages travel by.")
    reply_to: str | None = strawberry.field(default=None, description="Where replies go; missing: the address.")
    bounce_address: str | None = strawberry.field(default=None, description="Where bounces go, with the mail's tag behind a plus; missing: the address.")
    tags_replies: bool = strawberry.field(default=False, description="Puts the mail's tag behind a plus of where replies go, too.")
    is_default: bool = strawberry.field(default=False, description="Taken when none is named.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Whose mail leaves by it.")
    provider: MailProvider | None = strawberry.field(default=None, description="Whose servers take its mail.")
    host: str | None = strawberry.field(default=None, description="Its mail server; missing: the installation's.")
    port: int | None = strawberry.field(default=None, description="The server's port; missing: 465 with TLS, else 587.")
    login: str | None = strawberry.field(default=None, description="The name it signs in with there.")
    security: MailSecurity | None = strawberry.field(default=None, description="How the connection is kept private; missing: STARTTLS, at port 465 TLS.")
    url: str | None = strawberry.field(default=None, description="Where the messages of another channel are posted.")
    password: str | None = strawberry.field(default=None, description=SEALED)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of a sender. What is left out stays; null clears. Another server needs its password again.")
class UpdateSenderInput:
    id: strawberry.ID = strawberry.field(description="The sender.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name readers see.")
    address: strawberry.Maybe[str] = strawberry.field(description="The address; with another channel the number or name it is from.")
    reply_to: strawberry.Maybe[str | None] = strawberry.field(description="Where replies go.")
    bounce_address: strawberry.Maybe[str | None] = strawberry.field(description="Where bounces go.")
    tags_replies: strawberry.Maybe[bool] = strawberry.field(description="Puts the mail's tag behind a plus of where replies go, too.")
    is_default: strawberry.Maybe[bool] = strawberry.field(description="Taken when none is named.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Whose mail leaves by it.")
    provider: strawberry.Maybe[MailProvider | None] = strawberry.field(description="Whose servers take its mail.")
    host: strawberry.Maybe[str | None] = strawberry.field(description="Its mail server; null: the installation's.")
    port: strawberry.Maybe[int | None] = strawberry.field(description="The server's port.")
    login: strawberry.Maybe[str | None] = strawberry.field(description="The name it signs in with there.")
    security: strawberry.Maybe[MailSecurity | None] = strawberry.field(description="How the connection is kept private.")
    url: strawberry.Maybe[str | None] = strawberry.field(description="Where the messages of another channel are posted.")
    password: str | None = strawberry.field(default=None, description=SEALED)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A sender to put away.")
class ArchiveSenderInput:
    id: strawberry.ID = strawberry.field(description="The sender.")
    replacement_id: strawberry.ID | None = strawberry.field(default=None, description="What those who use it get instead.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which sender to try.")
class TestSenderInput:
    id: strawberry.ID = strawberry.field(description="The sender.")


@strawberry.input(description="A key that a sender's mail is signed with.")
class CreateSenderKeyInput:
    id: strawberry.ID = strawberry.field(description="The sender.")
    selector: str = strawberry.field(default="lw1", description="Under which name the key stands in DNS; another one for each key.")
    domain: str | None = strawberry.field(default=None, description="The domain it signs for; missing: that of the address.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An inbox to make: where bounces, complaints and answers arrive.")
class CreateInboxInput:
    name: str = strawberry.field(description="Name people see.")
    kind: InboxKind = strawberry.field(description="How it arrives.")
    provider: InboxProvider = strawberry.field(default=InboxProvider.LEADWELL, description="Whose events they are.")
    host: str | None = strawberry.field(default=None, description="The mailbox's server.")
    port: int | None = strawberry.field(default=None, description="The server's port; missing: 993 with TLS.")
    login: str | None = strawberry.field(default=None, description="The name it is read with.")
    security: InboxSecurity | None = strawberry.field(default=None, description="How the connection is kept private; missing: TLS.")
    folder: str | None = strawberry.field(default=None, description="The folder that is read.")
    password: str | None = strawberry.field(default=None, description="The mailbox's password, Mailgun's signing key, or SendGrid's verification key.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Changes of an inbox. What is left out stays. Another server needs its password again.")
class UpdateInboxInput:
    id: strawberry.ID = strawberry.field(description="The inbox.")
    name: strawberry.Maybe[str] = strawberry.field(description="Name people see.")
    host: strawberry.Maybe[str] = strawberry.field(description="The mailbox's server.")
    port: strawberry.Maybe[int] = strawberry.field(description="The server's port.")
    login: strawberry.Maybe[str] = strawberry.field(description="The name it is read with.")
    security: strawberry.Maybe[InboxSecurity] = strawberry.field(description="How the connection is kept private.")
    folder: strawberry.Maybe[str] = strawberry.field(description="The folder that is read.")
    is_active: strawberry.Maybe[bool] = strawberry.field(description="It is read, or takes what is posted.")
    password: str | None = strawberry.field(default=None, description="Another password or key.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
