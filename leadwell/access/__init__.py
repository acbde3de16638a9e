"""Who may enter and what they may do there: users, sessions, links, API keys, and the viewer that every read and write asks."""

from leadwell.access.credentials import Credentials
from leadwell.access.refusals import AddressRefused, CredentialRejected, Unauthenticated
from leadwell.access.viewer import Grant, Viewer

__all__ = ["AddressRefused", "CredentialRejected", "Credentials", "Grant", "Unauthenticated", "Viewer"]
