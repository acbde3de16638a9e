"""What bounds an API key beside its scopes: fields, rows, and the addresses it is used from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from uuid import UUID

from leadwell.access.names import hidden, nouns, plural
from leadwell.access.refusals import AddressRefused, BadBound
from leadwell.access.sees import Reach
from leadwell.base.rows import Named, require
from leadwell.base.tx import Tx

MOST_NAMES, MOST_ADDRESSES = 500, 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """`rows` of the user or team named. `only`: of the nouns named, as in leads.name, no other fields; `without`: not these fields, or nothing behind these
    permissions, such as contact_data. `addresses`: networks it is used from, in CIDR notation. What a key no longer knows how to read hides nothing less."""

    rows: Reach = "all"
    user_id: UUID | None = None
    team_id: UUID | None = None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Bounds":
        """From what a key keeps."""
        user, team = ((UUID(kept[name]) if kept.get(name) else None) for name in ("user_id", "team_id"))
        return cls(kept.get("rows", "all"), user, team, *(tuple(kept.get(name, ())) for name in ("only", "without", "addresses")))

    def kept(self) -> dict[str, Any]:
        """As JSON, without what bounds nothing."""
        told: dict[str, Any] = {
            "user_id": self.user_id and str(self.user_id), "team_id": self.team_id and str(self.team_id),
            "only": list(self.only), "without": list(self.without), "addresses": list(self.addresses),
        }  # fmt: skip
        return {**({} if self.rows == "all" else {"rows": self.rows}), **{name: value for name, value in told.items() if value}}

    @property
    def denied(self) -> frozenset[str]:
        """The fields it hides, such as Lead.email."""
        gone = frozenset[str]().union(*(_fields(name) for name in self.without))
        left = frozenset[str]().union(*(_fields(name) for name in self.only))
        for noun in {plural(name.partition(".")[0]) for name in self.only} & nouns().keys():
            gone |= {path for path in hidden(noun, "*") if path not in left}
        return gone

    def admit(self, address: str) -> None:
        """AddressRefused unless the caller's address is in one of the networks; without a list any is."""
        if self.addresses and ((seen := _ip(address)) is None or not any(seen in network for network in _networks(self.addresses))):
            raise AddressRefused(address=address or "unknown")

    def beyond(self, other: "Bounds") -> str | None:
        """Which bound of another it goes beyond: it is used from elsewhere, is not bound to the same rows, or sees a field that the other does not."""
        theirs = _networks(other.addresses)
        if theirs and not (self.addresses and all(_inside(one, theirs) for one in self.addresses)):
            return "addresses"
        if other.rows != "all" and (self.rows, self.user_id, self.team_id) != (other.rows, other.user_id, other.team_id):
            return "rows"
        return None if self.denied >= other.denied else "without_fields"


NO_BOUNDS = Bounds()


async def check(tx: Tx, bounds: Bounds) -> None:
    """BadBound for what does not exist or does not go together; NotFound."""
    for name, names in (("only_fields", bounds.only), ("without_fields", bounds.without)):
        for i, one in enumerate(names):
            if not _fields(one) or (name == "only_fields" and "." not in one):
                raise BadBound(field=f"{name}.{i}", value=one[:60], why="there is no such field")
        if len(names) > MOST_NAMES:
            raise BadBound(field=name, value=name, why=f"at most {MOST_NAMES} are named")
    if len(bounds.addresses) > MOST_ADDRESSES:
        raise BadBound(field="addresses", value="addresses", why=f"at most {MOST_ADDRESSES} are listed")
    for i, one in enumerate(bounds.addresses):
        try:
            ip_network(one)
        except ValueError:
            raise BadBound(field=f"addresses.{i}", value=one[:60], why="it is no address or network such as 203.0.113.7 or 2001:db8::/32") from None
    _together(bounds)
    await require(tx, Named("user", "users", bounds.user_id, "user_id"), Named("team", "teams", bounds.team_id, "team_id"))


def _together(bounds: Bounds) -> None:
    """Rows are somebody's: own ones a user's, a team's those of the team named, or of the user's."""
    if bounds.rows == "own" and (bounds.user_id is None or bounds.team_id is not None):
        raise BadBound(field="rows", value="OWN", why="it says whose: give userId, and no team")
    if bounds.rows == "team" and (bounds.user_id is None) == (bounds.team_id is None):
        raise BadBound(field="rows", value="TEAM", why="it says which: give teamId, or the userId of somebody in it")
    if bounds.rows == "all" and (bounds.user_id or bounds.team_id):
        raise BadBound(field="rows", value="ALL", why="a user or team goes with OWN or TEAM")


def _fields(name: str) -> frozenset[str]:
    """The fields behind leads.email, or behind a permission of any noun."""
    noun, dot, field = name.rpartition(".")
    if dot:
        found = plural(noun)
        return hidden(found, field) if found in nouns() and field != "*" else frozenset()
    return frozenset[str]().union(*(hidden(one, name) for one in nouns()))


def _inside(one: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_network(one)
    except ValueError:
        return False
    return any(found.version == of.version and found.subnet_of(of) for of in networks)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@lru_cache(1_000)
def _networks(listed: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one) for one in listed)


def _ip(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that comes as an IPv6 one is itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
