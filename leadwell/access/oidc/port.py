"""What is asked of an identity provider over the network, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Discovery:
    """Of the discovery document what is used. `names_itself`: it says in each answer who it is (RFC 9207); `methods`: how a client may show its secret."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool = False
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redemption:
    """A code to be exchanged for an ID token."""

    code: str
    verifier: str
    redirect_uri: str
    client_id: str
    secret: str | None = field(default=None, repr=False)


class Issuers(Protocol):
    """Asks identity providers, and remembers what they say of themselves. Each raises ProviderSilent."""

    async def discover(self, issuer: str) -> Discovery:
        """Its discovery document."""
        ...

    async def keys(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, Any]]:
        """Its public keys of that id, or all of them when a token names none; empty when there is none. Asking for ids that do not exist costs it nothing."""
        ...

    async def redeem(self, issuer: str, redemption: Redemption) -> str:
        """The ID token for a code. ProviderSaidNo."""
        ...
