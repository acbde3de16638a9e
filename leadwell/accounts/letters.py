"""The two mails of the house about getting in. Pure."""

from datetime import datetime
from html import escape

from leadwell.templates import Words


def invitation(*, name: str, inviter: str | None, workspace: str, url: str, until: datetime) -> Words:
    """Who invites whom to what, a link, and until when it works."""
    said = plain(f"{inviter} invites you to {workspace}" if inviter else f"You are invited to {workspace}")
    asked = f"{said}, to work there with Leadwell."
    end = f"The link works once, until {until:%Y-%m-%d %H:%M} UTC. If you expected no such mail, leave it: nothing happens."
    return _words(said, f"Hello {plain(name)},", asked, ("Accept the invitation", url), end)


def new_password(*, name: str, url: str, minutes: int) -> Words:
    """A link by which they set a password."""
    asked = "Somebody, probably you, asked for a new password for your account on Leadwell."
    end = f"The link works once, for {minutes} minutes. If it was not you, leave it: your password stays as it is."
    return _words("Your new password", f"Hello {plain(name)},", asked, ("Choose a new password", url), end)


def plain(name: str) -> str:
    """A name as it stands in a mail, whose words are a template: never a piece of one."""
    return name.replace("{", "(").replace("}", ")")


def _words(subject: str, hello: str, asked: str, link: tuple[str, str], end: str) -> Words:
    label, url = link
    html = f'<p>{escape(hello)}</p><p>{escape(asked)}</p><p><a href="{escape(url)}">{escape(label)}</a></p><p><small>{escape(end)}</small></p>'
    return Words(subject, html, "\n\n".join((hello, asked, url, end)))
