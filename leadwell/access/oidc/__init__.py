"""Coming in by an identity provider: OpenID Connect, the authorization code flow with PKCE, state and nonce."""

from leadwell.access.oidc.claims import ALGORITHMS, SKEW_S, Claims, Expected, key_name, verified
from leadwell.access.oidc.entering import Entry, enter, link
from leadwell.access.oidc.journey import Journey, Setting, begin, redeem, take
from leadwell.access.oidc.port import Discovery, Issuers, Redemption
from leadwell.access.oidc.providers import Provider, ProviderRecord, Wanted, installed, listed, of_workspace, put, remove
from leadwell.access.oidc.refusals import (
    BadProvider,
    DomainRefused,
    IdTokenRejected,
    JourneyOver,
    NotInvited,
    ProviderSaidNo,
    ProviderSilent,
    ProviderUnknown,
)

__all__ = [
    "ALGORITHMS", "SKEW_S", "BadProvider", "Claims", "Discovery", "DomainRefused", "Entry", "Expected", "IdTokenRejected", "Issuers", "Journey",
    "JourneyOver", "NotInvited", "Provider", "ProviderRecord", "ProviderSaidNo", "ProviderSilent", "ProviderUnknown", "Redemption", "Setting", "Wanted",
    "begin", "enter", "installed", "key_name", "link", "listed", "of_workspace", "put", "redeem", "remove", "take", "verified",
]  # fmt: skip
