"""Which addresses the product may connect to on somebody else's word."""

import ipaddress

from leadwell.base.refusals import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
REFUSED = [ipaddress.ip_network(n) for n in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "168.63.129.16/32",                                   # a cloud's metadata service at a public-looking address
    "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)]


class AddressRefused(Refusal):
    """{host} resolves to {address}, which is not on the public internet."""

    fix = "Use an address that anyone on the internet can reach."


def allowed(text: str) -> bool:
    """True for a public unicast address. IPv4 inside IPv6 is judged as the IPv4 it is."""
    address: Address = ipaddress.ip_address(text.split("%", 1)[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not any(address.version == net.version and address in net for net in REFUSED) and not address.is_multicast
