"""What other systems send in, each proven on its raw bytes."""

from api.http.openapi.operation import JSON, Operation, Taken, bytes_of, json, ref
from api.http.openapi.shapes import ANY, TEXT

SIGNED = {
    "header:webhook-id": "Standard Webhooks; other ways to sign are told in the guide.", "header:webhook-timestamp": "Seconds; good for five minutes.",
    "header:webhook-signature": "v1,BASE64; one right one of several is enough.",
}  # fmt: skip

COMING_IN = (
    Operation(
        "POST", "/inbound/{key}", "inbound", "People, or what happened to them",
        {200: ("For each, in order, what became of it.", json(ref("InboundResults")))}, "sendInbound",
        "`key` is the feed's. Feeds of kind EVENTS take `events`; others any JSON, which their mapping reads, or mail.",
        Taken({JSON: {"anyOf": [ref("Happenings"), ANY, {"type": "array"}]}, "message/rfc822": TEXT}, {"events": [
            {"id": "t-1", "type": "ticket.opened", "person": {"email": "ana@acme.example"}, "data": {"ticket": "T-7", "subject": "It is broken"}}]}), SIGNED),
    Operation(
        "GET", "/inbound/{key}", "inbound", "Handshakes of Meta and LinkedIn", {200: ("What the vendor wants to hear.", {**json(ANY), "text/plain": TEXT})},
        "greetInbound",
        names={"query:hub.mode": "Meta.", "query:hub.verify_token": "Meta: the feed's key.", "query:hub.challenge": "Meta.",
            "query:challengeCode": "LinkedIn."}),
    Operation(
        "POST", "/inbound/mail-events", "inbound", "Replies, bounces and complaints, as your mail system knows them",
        {200: ("For each the send it is about, or null.", json(ref("MailEventResults")))}, "tellMailEvents", "Needs `activities:create`. 500 events at most.",
        Taken({JSON: ref("MailEvents")}, {"events": [{"id": "e-1", "kind": "REPLY", "references": ["<nobody@acme.example>"]}]}), by=("bearer",)),
    Operation(
        "POST", "/inbound/mail/{token}", "inbound", "What a mail provider posts to an inbox",
        {200: ("For each, what became of it.", json(ref("MailResults")))}, "sendMailInbox",
        "`token` is in the inbox's address; how it is signed depends on the provider.", Taken({JSON: {}, "message/rfc822": TEXT, "multipart/form-data": ANY})),
    Operation(
        "POST", "/enrich/{source}", "inbound", "Facts that a provider pushes", {200: ("One result an item.", json(ref("PushResults")))}, "pushFacts", "",
        Taken({JSON: {}}), SIGNED),
    Operation(
        "GET", "/webhooks/events", "webhooks", "What webhooks would tell, for who listens on their own machine",
        {200: ("Events behind `after`; waits up to 8 seconds for the first.", json(ref("Overheard")))}, "listen", "Needs `webhookEndpoints:read`.",
        names={"query:after": "The cursor of the last answer.", "query:kind": "lead.converted, lead.*, *; may be repeated.",
               "query:endpoint": "The id of an endpoint: kinds, filter and bodies are its.", "query:document": "The same for a document without an endpoint."},
        by=("bearer", "session")),
    Operation(
        "GET", "/u/{token}", "mail", "The page on which readers choose", {200: ("A page; reading it changes nothing.", bytes_of("text/html"))},
        "readPreferences"),
    Operation(
        "POST", "/u/{token}", "mail", "One click (RFC 8058), or what a reader chose", {200: ("Done.", bytes_of("text/html"))}, "unsubscribe", "",
        Taken({"application/x-www-form-urlencoded": {"type": "object", "properties": {"List-Unsubscribe": {"const": "One-Click"}},
            "additionalProperties": True}}, required=False)),
)  # fmt: skip
