"""Whose clock counts: the first zone that is known of the person, their company, the sender and the workspace. Pure, and the same as an expression of SQL."""

from functools import lru_cache
from zoneinfo import ZoneInfo

UTC_ZONE = ZoneInfo("UTC")
# The same chain where rows p (people), c (companies), u (the user whose sender it is) and w (workspaces) are joined; only `zone_of` passes over a name that
# is no zone.
ZONE_CHAIN = "coalesce(nullif(p.time_zone, ''), nullif(c.time_zone, ''), nullif(u.time_zone, ''), w.time_zone)"


def zone_of(*names: str | None) -> ZoneInfo:
    """The first of the names (person, company, sender, workspace) that is a time zone; UTC when none is."""
    for name in names:
        if name and (found := named(name)):
            return found
    return UTC_ZONE


@lru_cache(maxsize=2048)
def named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None when there is none such."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
