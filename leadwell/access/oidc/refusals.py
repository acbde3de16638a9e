"""Why somebody does not come in by an identity provider."""

from leadwell.base.refusals import Refusal


class ProviderUnknown(Refusal):
    """There is no such way to sign in."""

    fix = "Go back to the page where you sign in, and choose one that is there."
    status = 404


class ProviderSilent(Refusal):
    """The identity provider {issuer} cannot be asked: {why}"""

    fix = "Try again in a moment, or sign in with a password."
    retryable = True
    status = 503


class ProviderSaidNo(Refusal):
    """The identity provider did not let you in: {why}"""

    fix = "Try again, or ask whoever runs it."
    status = 403


class JourneyOver(Refusal):
    """This sign-in was begun in another browser, took longer than ten minutes, or has been finished before."""

    fix = "Begin again on the page where you sign in."
    status = 410


class IdTokenRejected(Refusal):
    """What the identity provider says of you cannot be believed: {why}."""

    fix = "Begin again; if it stays so, whoever runs the provider has to look at it."
    status = 403


class DomainRefused(Refusal):
    """People with an address at {domain} do not come in this way."""

    fix = "Use the account of your company, or ask an administrator."
    status = 403


class NotInvited(Refusal):
    """Nobody here is known by what the identity provider says of you."""

    fix = "Ask an administrator for an invitation, and follow its link."
    status = 403


class BadProvider(Refusal):
    """{value} is no {what} of an identity provider."""

    fix = "Take both, issuer and client id, letter by letter from the provider's own pages."
