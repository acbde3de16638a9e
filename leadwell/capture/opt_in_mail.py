"""The mail that asks whether somebody filled in a form, in the form's language. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from leadwell.capture.opt_in import OptIn
from leadwell.capture.words import Voice
from leadwell.templates import Words

LOOKS = "display:inline-block;padding:10px 20px;background:#0b5a52;color:#ffffff;border-radius:4px;text-decoration:none"


def opt_in_mail(row: Mapping[str, Any], link: OptIn, public_url: str) -> Words:
    """Mail of the house: no unsubscribe link, nothing but the question. `row` is what `opt_in.shown` answers."""
    voice, url = Voice(row["locale"], row["words"]), f"{public_url}/confirm/{link.token()}"
    told = {"form": row["form_name"], "workspace": row["workspace_name"], "until": f"{row['expires_at']:%Y-%m-%d %H:%M} UTC"}
    subject, asked, end = voice.say("mailSubject", **told), voice.say("mailText", **told), voice.say("mailEnd", **told)
    button = f'<p><a href="{escape(url)}" style="{LOOKS}">{escape(voice.say("mailButton", **told))}</a></p>'
    parts = {"locale": voice.locale, "direction": voice.direction}
    return Words(subject, f"{_paragraphs(asked)}{button}{_paragraphs(end)}", "\n\n".join((asked, url, end)), parts)


def _paragraphs(words: str) -> str:
    return "".join(f"<p>{'<br>'.join(map(escape, part.splitlines()))}</p>" for part in words.split("\n\n") if part.strip())
