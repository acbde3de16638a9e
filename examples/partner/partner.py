"""A partner's first fifteen minutes: post a lead so that it arrives exactly once, hear what becomes of it, look into the log, replay.

    pip install httpx standardwebhooks
    export LEADWELL_URL=http://127.0.0.1:8000 LEADWELL_API_KEY=lw_live_…
    python partner.py            # everything
    python partner.py lead       # only post the lead
"""

import json
import os
import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

CREATE_LEAD = """
mutation CreateLead($input: CreateLeadInput!) {
  createLead(input: $input) {
    lead { id name state version }
    attached
    replayed
    userErrors { code message field fix retryable }
  }
}"""
REGISTER = """
mutation Register($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    webhookEndpoint { id url eventKinds }
    secret
    userErrors { code message field fix retryable }
  }
}"""
LOG = """
query Log($id: ID!) {
  webhookEndpoint(id: $id) {
    deliveries(last: 20) { nodes { id eventKind state attempts statusCode error createdAt deliveredAt replayOf { id } } }
  }
}"""
ROTATE = """
mutation Rotate($input: WebhookEndpointInput!) {
  rotateWebhookSecret(input: $input) {
    secret
    userErrors { code message field fix retryable }
  }
}"""
REPLAY = """
mutation Replay($input: ReplayWebhookDeliveryInput!) {
  replayWebhookDelivery(input: $input) {
    webhookDelivery { id state }
    userErrors { code message field fix retryable }
  }
}"""


class Refused(Exception):
    """The server said no, and asking again in the same way will not help."""


class Leadwell:
    """Asks the API. Whatever has an idempotency key may be asked again until an answer arrives; it is done once."""

    def __init__(self, url: str, key: str, *, tries: int = 8) -> None:
        self.tries = tries
        self.http = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=15)

    def ask(self, document: str, variables: dict[str, Any], *, once: str | None = None) -> dict[str, Any]:
        """The answer's only field. `once` is the idempotency key: your own id of the change, the same for every try."""
        headers = {"idempotency-key": once} if once else {}
        for pause in (2**n * 0.2 for n in range(self.tries if once else 1)):
            try:
                answer = self.http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
            except httpx.TransportError as lost:  # sent or not, done or not: the key makes it safe to ask again
                print(f"  no answer ({type(lost).__name__}), trying again", file=sys.stderr)
                time.sleep(pause)
                continue
            found, errors = read(answer)
            if not errors:
                return found
            if not (once and all(error["retryable"] for error in errors)):
                raise Refused("; ".join(f"{error['code']}: {error['message']} {error.get('fix') or ''}" for error in errors))
            time.sleep(float(answer.headers.get("retry-after", pause)))
        raise Refused("no answer after several tries; keep the key and try later")


def read(answer: httpx.Response) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was answered, and why not: errors of the request and refusals of a mutation in one shape."""
    try:
        body = answer.json()
    except ValueError:  # something in between answered
        return {}, [{"code": f"HTTP {answer.status_code}", "message": answer.text[:200], "retryable": answer.status_code >= 500}]
    if problems := body.get("errors"):
        return {}, [{"message": one["message"], "retryable": False, **one["extensions"]} for one in problems]
    (found,) = body["data"].values()
    return found, found.get("userErrors", [])


class Receiver:
    """An HTTP server that takes webhooks: verifies the signature, notices repeats by `webhook-id`, answers at once and works later."""

    def __init__(self, port: int = 0) -> None:
        self.secret = ""
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.seen: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(dict(self.headers), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leadwell"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer. Verify the bytes as they came, before anything parses them."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            event = Webhook(self.secret).verify(body.decode(), lower)
        except (WebhookVerificationError, UnicodeDecodeError):
            return 401
        if lower["webhook-id"] not in self.seen:  # a delivery may come twice, its id stays
            self.seen.add(lower["webhook-id"])
            self.events.put(event)
        return 204

    def next(self, kind: str, lead: str, *, within: float = 30) -> dict[str, Any]:
        deadline = time.monotonic() + within
        while True:
            event = self.events.get(timeout=max(0.1, deadline - time.monotonic()))
            if event["type"] == kind and event["data"]["id"] == lead:
                return event

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def post_lead(leadwell: Leadwell, number: str) -> dict[str, Any]:
    """`number` is what we call this lead; it makes a good idempotency key."""
    lead = {
        "name": "Grace Hopper", "email": f"grace.{number}@navy.example", "companyName": "Navy Yard", "need": "A compiler",
        "externalSystem": "partner", "externalId": number,
    }
    return leadwell.ask(CREATE_LEAD, {"input": lead}, once=f"lead-{number}")


def everything(leadwell: Leadwell, number: str) -> None:
    receiver = Receiver()
    made = leadwell.ask(REGISTER, {"input": {"name": "Partner", "url": receiver.url, "eventKinds": ["lead.*"]}}, once=f"hook-{number}")
    endpoint = made["webhookEndpoint"]["id"]
    if not made["secret"]:  # shown once, and that answer was lost on the way
        made = leadwell.ask(ROTATE, {"input": {"id": endpoint}})
    receiver.secret = made["secret"]
    print(f"1. Endpoint {endpoint} gets lead.* at {receiver.url}")

    first = post_lead(leadwell, number)
    print(f"2. Lead {first['lead']['id']} {first['lead']['state']}")
    again = post_lead(leadwell, number)
    print(f"3. The same post again: lead {again['lead']['id']}, replayed {again['replayed']}")

    event = receiver.next("lead.created", first["lead"]["id"])
    print(f"4. Received {event['type']} of {event['timestamp']}, signature verified: {json.dumps(event['data'])[:120]}")

    log = delivered(leadwell, endpoint)
    for one in log:
        print(f"5. Log: {one['eventKind']} {one['state']} after {one['attempts']} attempt(s), HTTP {one['statusCode']}")
    created = next(one for one in log if one["eventKind"] == "lead.created")
    new = leadwell.ask(REPLAY, {"input": {"id": created["id"]}})["webhookDelivery"]
    event = receiver.next("lead.created", first["lead"]["id"])
    print(f"6. Replayed as {new['id']}: {event['type']} came again, signed anew")
    receiver.close()


def delivered(leadwell: Leadwell, endpoint: str, *, within: float = 15) -> list[dict[str, Any]]:
    """The endpoint's log, once its deliveries are through."""
    deadline = time.monotonic() + within
    while True:
        log = leadwell.ask(LOG, {"id": endpoint})["deliveries"]["nodes"]
        if any(one["eventKind"] == "lead.created" and one["state"] == "DELIVERED" for one in log) or time.monotonic() > deadline:
            return log
        time.sleep(0.1)


def main() -> None:
    leadwell = Leadwell(os.environ.get("LEADWELL_URL", "http://127.0.0.1:8000"), os.environ["LEADWELL_API_KEY"])
    number = os.environ.get("PARTNER_LEAD", str(int(time.time())))
    try:
        if sys.argv[1:] == ["lead"]:
            print(post_lead(leadwell, number)["lead"]["id"])
        else:
            everything(leadwell, number)
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
