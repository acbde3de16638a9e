"""An integration in six steps, and one of its own for scripts that only send leads.

    python main.py            # everything
    python main.py lead       # only a lead, by the number in ORDER; prints its id
"""

import asyncio
import os
import sys
import uuid
from typing import Any

import httpx
from generated import CreateCreateLead, FollowLeadsChanged, Owner, Place, Register, Unregister
from generated.enums import LeadState, OnDuplicate
from generated.input_types import ConvertLeadInput, CreateLeadInput, CreateWebhookEndpointInput, RecordInput
from generated.operations import OWNER_GQL, PLACE_GQL, REGISTER_GQL, UNREGISTER_GQL
from gql.transport.exceptions import TransportError
from leadwell_client import Leadwell, Refused
from receiver import Receiver

URL = os.environ.get("GRAPHQL", "http://127.0.0.1:8000/graphql")
SOCKET = os.environ.get("WS", URL.replace("http", "ws", 1))
ORDER = os.environ.get("ORDER") or uuid.uuid4().hex[:8]   # what we call this order; makes a good idempotency key
COMPANY = f"Navy Yard {ORDER}"
WHERE = {"companyName": {"eq": COMPANY}}
DOCUMENT = "subscription { leadsChanged { cursor kind lead { id name state } } }"


async def lead(leadwell: Leadwell, name: str = "Grace Hopper") -> CreateCreateLead:
    word = name.partition(" ")[0].lower()
    return await leadwell.create_lead(CreateLeadInput(
        name=name, email=f"{word}@navy-{ORDER}.example", companyName=COMPANY, externalSystem="shop", externalId=f"{ORDER}-{word}",
        idempotencyKey=f"order-{ORDER}-{word}"))


async def everything(leadwell: Leadwell) -> None:
    place = (await leadwell.query(Place, PLACE_GQL)).eventCursor

    first, again = await lead(leadwell), await lead(leadwell)
    assert first.lead
    assert again.lead
    assert first.lead.id == again.lead.id   # read again: workers may have scored it meanwhile
    assert again.replayed
    print(f"1. Lead {first.lead.id}, asked for twice, made once")

    try:
        await leadwell.create_lead(CreateLeadInput(name="Nobody", email="no address", idempotencyKey=f"wrong-{ORDER}"))
    except Refused as refused:
        print(f"2. Refused: {refused} (field {refused.errors[0].field})")

    for name in ("Joan Clarke", "Ada Lovelace"):
        await lead(leadwell, name)
    names = [one.name async for one in leadwell.leads(COMPANY)]
    assert names == ["Grace Hopper", "Joan Clarke", "Ada Lovelace"]
    print(f"3. {len(names)} leads of {COMPANY}, page by page")

    event = await converted(leadwell, first.lead.id)
    assert event["data"]["leadsChanged"]["lead"]["id"] == first.lead.id
    print(f"5. Webhook {event['type']} of {event['data']['leadsChanged']['lead']['name']}, signature verified")

    heard = await followed(leadwell, place)
    assert len({one.cursor for one in heard}) == len(heard)
    print(f"6. {len(heard)} events, with a broken connection in between")
    print("All of it works.")


async def converted(leadwell: Leadwell, id: str) -> dict[str, Any]:
    """Converts a lead, and waits for the webhook that tells of it."""
    receiver = Receiver()
    asked = CreateWebhookEndpointInput(name="Example", url=receiver.url, eventKinds=["lead.converted"], where=WHERE, document=DOCUMENT)
    hook = (await leadwell.change(Register, REGISTER_GQL, asked)).createWebhookEndpoint
    assert hook.secret
    assert hook.webhookEndpoint
    receiver.secret = hook.secret
    (owner,) = (await leadwell.query(Owner, OWNER_GQL)).users.nodes
    won = await leadwell.convert_lead(ConvertLeadInput(
        id=id, ownerId=owner.id, onDuplicate=OnDuplicate.CREATE, idempotencyKey=f"won-{ORDER}"))    # a namesake becomes another contact
    assert won.lead
    assert won.company
    assert won.lead.state == LeadState.CONVERTED
    print(f"4. Converted: {won.company.name}, deal {won.deal and won.deal.name}")
    event = await asyncio.to_thread(receiver.events.get, timeout=30)
    receiver.close()
    await leadwell.change(Unregister, UNREGISTER_GQL, RecordInput(id=hook.webhookEndpoint.id))
    return event


async def followed(leadwell: Leadwell, place: str) -> list[FollowLeadsChanged]:
    """What has happened since; the first connection ends after one event, the next goes on behind it."""
    heard: list[FollowLeadsChanged] = []
    for last in (False, True):
        events = leadwell.follow(COMPANY, heard[-1].cursor if heard else place)
        async for change in events:
            heard.append(change)
            if not last or change.kind == "lead.converted":
                break
        await events.aclose()   # type: ignore[attr-defined]  # it is a generator
    return heard


async def main() -> None:
    leadwell = Leadwell(URL, SOCKET, os.environ["API_KEY"])
    try:
        if sys.argv[1:] == ["lead"]:
            made = (await lead(leadwell)).lead
            print(made and made.id)
        else:
            await asyncio.wait_for(everything(leadwell), 60)
    except (Refused, TransportError, httpx.TransportError) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")


if __name__ == "__main__":
    asyncio.run(main())
