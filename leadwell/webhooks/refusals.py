"""What the verbs of webhooks refuse."""

from leadwell.base.refusals import Refusal


class BadWebhookUrl(Refusal):
    """{url} is no URL that a webhook can be sent to."""

    fix = "Give an https:// URL without user name and fragment."


class WebhookUrlOpen(Refusal):
    """{url} would carry events in the open."""

    fix = "Give an https:// URL; http:// is for development."


class NoEventKinds(Refusal):
    """A webhook endpoint needs at least one kind of event."""

    fix = 'Name kinds such as "lead.converted", a noun\'s with "lead.*", or "*" for all.'


class UnknownEventKind(Refusal):
    """No event is of kind {kind}."""

    fix = "docs/reference/events.md lists all kinds."


class MixedEventKinds(Refusal):
    """A filter or document is about one noun, and these kinds of events are not: {kinds}."""

    fix = 'Name kinds of that noun alone, such as "lead.*"; make another endpoint for the others.'


class BadWebhookDocument(Refusal):
    """This document cannot be sent by a webhook: {why}."""

    fix = "Give a subscription of one root field about records, such as subscription { leadsChanged { kind lead { id name } } }."


class EndpointDisabled(Refusal):
    """The endpoint is disabled: {reason}"""

    fix = "Enable it first."
    status = 409


class ReplayTooLarge(Refusal):
    """{count} deliveries are more than the {most} that are sent again at once."""

    fix = "Narrow the filter, such as to a shorter time."


class DeliveryCountMoved(Refusal):
    """{expected} deliveries were expected, {count} match now."""

    fix = "Look at them again and send their number."
    status = 409


class DeliveryUnmade(Refusal):
    """This delivery has no body yet: it waits for its first attempt."""

    fix = "Wait until it was sent, or enable its endpoint."
    status = 409
