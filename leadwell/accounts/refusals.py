"""Why somebody is not invited, or does not get in by what they were written."""

from leadwell.base.refusals import Refusal


class NoAddress(Refusal):
    """"{email}" is no e-mail address."""

    fix = "Write it like ana@example.com."


class AlreadyHere(Refusal):
    """Somebody with this address works here already."""

    status = 409


class InvitedJustNow(Refusal):
    """This address was written to a moment ago: wait {seconds} seconds."""

    fix = "Ask them to look for it among the unwanted mail, too."
    retryable = True
    status = 429


class TooManyInvitations(Refusal):
    """{count} invitations are open, and no more can be."""

    fix = "Revoke some, or wait until they are accepted."
    status = 409


class InvitationOver(Refusal):
    """This invitation has been used or taken back, or is too old."""

    fix = "Ask whoever invited you to send it again."
    status = 410


class KnownOtherwise(Refusal):
    """The identity provider's account is another user's here already."""

    fix = "Sign in with it, or take the invitation with a password."
    status = 409


class ResetOver(Refusal):
    """This link has been used or has expired."""

    fix = "Ask for a new one at /forgot."
    status = 410
