"""What senders and inboxes answer beside their fields."""

import strawberry


@strawberry.type(description="A record that has to stand in DNS.")
class DnsRecord:
    type: str = strawberry.field(description="Its type.")
    name: str = strawberry.field(description="Its name.")
    text: str = strawberry.field(description="Its text, as one piece.")


@strawberry.type(description="Where what comes back is sent to.")
class InboxDoor:
    url: str = strawberry.field(description="Where a provider posts its events, or a mail server its messages.")
    plus: str = strawberry.field(description="What stands behind the plus of the address by which sellers log their own mail: me+KEY@example.com.")
