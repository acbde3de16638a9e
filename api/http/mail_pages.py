"""The pages of the development mailbox: the list, and one mail."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote

from starlette.responses import Response

from api.http.mail_html import SANDBOX
from api.http.pages import CSP, page, text
from leadwell.embedded.mailbox import Mail

NO_SUBJECT = "(no subject)"


def listing(mails: Sequence[Mail], *, count: int, to: str, more: bool, server: str) -> Response:
    """Newest first; `count` mails are kept in all, `to` is what recipients were narrowed to."""
    search = (
        f'<form role="search"><label>To <input type="search" name="to" value="{text(to)}" placeholder="part of an address">'
        "</label><button>Show</button></form>"
    )
    older = f'<p><a href="/mailbox?before={mails[-1].id}&amp;to={quote(to)}">Older mail</a></p>' if more else ""
    return _page("Mailbox", (
        f'<header><h1>Mailbox</h1>{search}<button type="button" id="empty"{"" if count else " hidden"}>Delete all</button></header>'
        f'<div id="mails" data-count="{count}"><p role="status">{count:,} mail{"" if count == 1 else "s"} kept</p>'
        f"{_table(mails) if mails else _nothing(to, server)}{older}</div>"
    ))


def single(mail: Mail, message: EmailMessage, plain: str | None, html: str | None, source: str) -> Response:
    subject, recipients = mail.subject or NO_SUBJECT, ", ".join(mail.recipients)
    facts = [("From", message["from"] or mail.sender), ("To", message["to"] or recipients), ("Delivered to", recipients)]
    frame = f'<iframe title="The mail as HTML" sandbox="{SANDBOX}" src="/mailbox/{mail.id}/html"></iframe>'
    return _page(subject, (
        f'<p><a href="/mailbox">Mailbox</a></p><h1>{text(subject)}</h1>'
        f"<dl>{_terms(facts)}<dt>Received</dt><dd>{_time(mail)}</dd></dl>"
        + (f"<h2>HTML</h2>{frame}" if html else "")
        + (f'<h2>Text</h2><pre tabindex="0">{text(plain)}</pre>' if plain else "")
        + f"<details><summary>All headers</summary><dl>{_terms(message.items())}</dl></details>"
        f'<details><summary>Source</summary><p><a href="/mailbox/{mail.id}.eml">Open alone</a></p>'
        f'<pre tabindex="0">{text(source)}</pre></details>'
    ))


def _table(mails: Sequence[Mail]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Time", "From", "To", "Subject"))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(map(_row, mails))}</tbody></table></div>'


def _row(mail: Mail) -> str:
    link = f'<a href="/mailbox/{mail.id}">{text(mail.subject or NO_SUBJECT)}</a>'
    to = text(", ".join(mail.recipients))
    return f'<tr><td>{_time(mail)}</td><td>{text(mail.sender)}</td><td>{to}</td><th scope="row">{link}</th></tr>'


def _nothing(to: str, server: str) -> str:
    if to:
        return f'<p>No mail to <b>{text(to)}</b>. <a href="/mailbox">Show all</a></p>'
    return (
        f"<p>No mail yet. What Leadwell sends goes to {text(server) or 'no server'} and shows here "
        "if that is the development mailbox; no real person gets it.</p>"
    )


def _terms(pairs: Iterable[tuple[str, object]]) -> str:
    return "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs)


def _time(mail: Mail) -> str:
    at = datetime.fromtimestamp(mail.at, UTC)
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%Y-%m-%d %H:%M:%S} UTC</time>'


def _page(title: str, body: str) -> Response:
    shown = page(title, body, script="mailbox.js", style="mailbox.css")
    shown.headers["content-security-policy"] = f"{CSP}; frame-src 'self'"
    return shown
