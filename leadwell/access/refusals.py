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

    fix = "Check both, or ask an administrator for a sign-in link."
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

    fix = "Write grants like {\"leads\": {\"verbs\": [\"read\", \"update\"], \"rows\": \"own\", \"hide\": [\"contact_data\"]}}."


class LastOwner(Refusal):
    """The workspace would have no owner."""

    fix = "Make another user an owner first."
    status = 409
