"""The one way out over HTTP: resolve once, check every address, connect to that address, follow nothing unasked."""

from leadwell.outside.guard.addresses import AddressRefused, allowed
from leadwell.outside.guard.client import GuardedTransport, Resolver, guarded_client
from leadwell.outside.guard.fetch import Asked, Fetched, Fetcher, NotFetched

__all__ = ["AddressRefused", "Asked", "Fetched", "Fetcher", "GuardedTransport", "NotFetched", "Resolver", "allowed", "guarded_client"]
