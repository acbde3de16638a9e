"""The mail of a digest. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from leadwell.templates import Words


def letter(row: Mapping[str, Any], unread: Sequence[Mapping[str, Any]], stop_url: str) -> Words:
    """One line a notification, newest first, in the user's time; `stop_url` ends the digests, by one click too."""
    zone, count = ZoneInfo(row["time_zone"]), unread[0]["all"]
    lines = [f"{one['created_at'].astimezone(zone):%d %b %H:%M}  {one['title']}" for one in unread]
    more = [f"… and {count - len(lines)} more."] if count > len(lines) else []
    subject = f"{count} {'thing' if count == 1 else 'things'} to see in {row['workspace_name']}"
    end = f"You get this once a day because you asked for it. No more of it: {stop_url}"
    text = "\n".join([*lines, *more, "", end])
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    html = f'<ul>{items}</ul>{"".join(f"<p>{escape(line)}</p>" for line in more)}<p><small>You get this once a day because you asked for it. ' \
        f'<a href="{escape(stop_url)}">No more of it</a></small></p>'
    return Words(subject, html, text, {"unsubscribe_url": stop_url})
