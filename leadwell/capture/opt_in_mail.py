"""The mail that asks whether somebody filled in a form. Pure."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from leadwell.capture.opt_in import OptIn
from leadwell.delivery.message import Envelope, message


def opt_in_mail(row: Mapping[str, Any], link: OptIn, public_url: str, sender: tuple[str | None, str], at: datetime) -> bytes:
    """Service mail: no unsubscribe link, nothing but the question. `row` is what `opt_in.shown` answers."""
    url, form, of = f"{public_url}/confirm/{link.token()}", row["form_name"], row["workspace_name"]
    until = f"{row['expires_at']:%Y-%m-%d %H:%M} UTC"
    envelope = Envelope(sender[0] or None, sender[1], None, row["address"], row["message_id"], at, row["reply_to"])
    lines = [
        f"Somebody, probably you, filled in “{form}” at {of} with this address.", "Was it you? Then confirm it here:", url,
        f"The link is good until {until}. If it was not you, do nothing: without your word nothing is kept for mail.",
    ]
    button = (
        f'<p><a href="{escape(url)}" style="display:inline-block;padding:10px 20px;background:#0b5a52;color:#ffffff;border-radius:4px;'
        'text-decoration:none">Confirm</a></p>'
    )
    html = f"<p>{escape(lines[0])}</p><p>{escape(lines[1])}</p>{button}<p>{escape(lines[3])}</p>"
    return message(envelope, f"Please confirm: {form}", "\n\n".join(lines), html)
