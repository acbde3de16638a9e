"""Credentials that nobody has: each look into the database for one is paid with the points of the address it came from."""

import ipaddress

from api.meter import Meter, Purse


class Guesses:
    """Keeps whoever tries keys and sessions from asking the database faster than their address's points come back."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def admit(self, address: str) -> None:
        """RateLimited where nothing is left; then nothing is looked up."""
        if address:
            self._meter.admit(self._purse(address))

    def wrong(self, address: str) -> None:
        if address:
            self._meter.fine(self._purse(address))

    def _purse(self, address: str) -> Purse:
        """Of IPv6 whoever has one address has a network of them."""
        try:
            read = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return self._meter.purse(None, address)
        return self._meter.purse(None, address if read.version == 4 else str(ipaddress.ip_network(f"{read}/64", strict=False)))
