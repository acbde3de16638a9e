"""The one way out over HTTP: resolve once, check every address, connect to that address, follow nothing."""

from leadwell.outside.guard.addresses import AddressRefused, allowed
from leadwell.outside.guard.client import GuardedTransport, Resolver, guarded_client

__all__ = ["AddressRefused", "GuardedTransport", "Resolver", "allowed", "guarded_client"]
