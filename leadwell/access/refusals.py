"""Why somebody may not enter."""

from leadwell.base.refusals import Refusal


class Unauthenticated(Refusal):
    """This needs a signed-in user or an API key."""

    fix = "Sign in, or send the header Authorization: Bearer with an API key."
    status = 401


class CredentialRejected(Refusal):
    """The session or API key sent is unknown, expired or revoked."""

    fix = "Sign in again, or use another API key."
    status = 401


class WrongPassword(Refusal):
    """The e-mail address or the password is wrong."""

    fix = "Check both, or open /forgot for a new password, or ask an administrator for a sign-in link."
    status = 401


class TooManyAttempts(Refusal):
    """Too many attempts to sign in: wait {seconds} seconds."""

    retryable = True
    status = 429


class ChooseWorkspace(Refusal):
    """You work in several workspaces: say which one to enter."""

    fix = "Send its slug as workspace: {workspaces}."
    status = 409


class LinkSpent(Refusal):
    """This sign-in link has been used or has expired."""

    fix = "Ask for a new one, or sign in with your password."
    status = 410


class AddressUnproved(Refusal):
    """A first password can be set only by whoever has shown that the e-mail address is theirs."""

    fix = "Open /forgot, and follow the link that comes by mail."
    status = 403


class PasswordTooWeak(Refusal):
    """The password must have at least {least} characters."""

    fix = "Use a few words, or a password manager."


class BadScope(Refusal):
    """"{scope}" is not a scope."""

    fix = "Write noun:verb, such as leads:read, leads:*, *:read or *."


class ScopeExceedsYours(Refusal):
    """You cannot give a key the scope {scope}, which you do not have yourself."""

    fix = "Leave it out, or ask an administrator."
    status = 403


class BadBound(Refusal):
    """"{value}" cannot bound a key: {why}."""

    fix = "Write fields as leads.email or contact_data, and addresses as 203.0.113.7 or 203.0.113.0/24."


class BadExpiry(Refusal):
    """{what} ends {why}."""

    fix = "Give a later moment, at most {days} days ahead where that is limited."


class KeyRotating(Refusal):
    """Two secrets of this key are live already."""

    fix = "End the older one at once (endOldNow), when nothing uses it any more."
    status = 409


class AddressRefused(Refusal):
    """This API key is not used from {address}."""

    fix = "Call from one of the addresses that the key lists, or ask an administrator to list this one. Behind a proxy: set LEADWELL_TRUSTED_PROXIES."
    status = 403


class KeyInAddress(Refusal):
    """A key or session stands in the address of this request, where logs and histories keep it."""

    fix = "Send the header Authorization: Bearer with it, and rotate the key."
    status = 400


class FieldNotYours(Refusal):
    """You are not allowed to write {path}."""

    fix = "Leave the field out, or ask an administrator for the permission."
    status = 403


class RoleUnknown(Refusal):
    """There is no role {role} in this workspace."""


class RoleExceedsYours(Refusal):
    """You cannot act for the role {role}, which may do more than you."""

    fix = "Ask an administrator."
    status = 403


class RoleExists(Refusal):
    """There is already a role {role} in this workspace."""

    fix = "Change that one, or choose another code."
    status = 409


class BadGrant(Refusal):
    """"{value}" cannot stand in a role: {why}."""

    fix = (
        'Write grants like {"leads": {"verbs": ["read", "update"], "rows": {"read": "all", "*": "own"}, "hide": ["contact_data"], "readonly": ["score"]}}; '
        'rows may be one word for all verbs.'
    )


class LastOwner(Refusal):
    """The workspace would have no owner."""

    fix = "Make another user an owner first."
    status = 409
