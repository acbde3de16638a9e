"""Links that tell when they are followed, a pixel that tells when a mail is opened, and a link that no human sees. Pure."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from typing import Literal
from uuid import UUID

from leadwell.base import secrets

PURPOSE = "mail-track"
LONGEST_URL, MOST_LINKS = 2000, 200
KINDS: tuple[Literal["LINK", "HONEY", "OPEN"], ...] = ("LINK", "HONEY", "OPEN")
_OFTEN = b"utm_campaign=utm_content=utm_medium=email&utm_source=?lw_m=.html/en/de/index/blog/products/pricing/contact.org/.de/.net/.com/http://https://www."
_HREF = re.compile(r'(<a\b[^>]*?\shref=")(https?://[^"]{1,6000})(")', re.IGNORECASE)
_HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a tracked link or pixel names. The target is signed into it, so that it leads where the mail said for as long as the keys are kept, and
    nowhere else."""

    workspace: UUID
    send_id: UUID
    kind: Literal["LINK", "HONEY", "OPEN"]
    number: int = 0
    url: str = ""

    def token(self) -> str:
        head = self.workspace.bytes + self.send_id.bytes + bytes((KINDS.index(self.kind), self.number))
        return secrets.sign(PURPOSE, head + _packed(self.url))


def read_mark(token: str) -> Mark:
    """What the token names; BadToken when it was not made by us."""
    raw = secrets.verify(PURPOSE, token[:4000])
    try:
        return Mark(UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), KINDS[raw[32]], raw[33], _unpacked(raw[34:]))
    except (ValueError, IndexError, zlib.error):
        raise secrets.BadToken() from None


def tracked(html: str, public_url: str, mark: Callable[..., Mark], *, clicks: bool, opens: bool, spared: str = "") -> str:
    """The HTML with its web links leading by way of us, an unseen link before them, and the pixel at the end. `mark(kind, number, url)` makes a mark;
    the link `spared` stays, as do those beyond the two hundredth."""
    numbers = iter(range(1, MOST_LINKS + 1))

    def lead(found: re.Match[str]) -> str:
        url = unescape(found[2])
        if url == spared or len(url) > LONGEST_URL or (number := next(numbers, None)) is None:
            return found[0]
        return f"{found[1]}{escape(public_url)}/c/{mark('LINK', number, url).token()}{found[3]}"

    led = _HREF.sub(lead, html) if clicks else html
    if clicks and led != html:
        led = f'<a href="{escape(public_url)}/c/{mark("HONEY", 0, "").token()}" style="{_HIDDEN}" aria-hidden="true" tabindex="-1"></a>{led}'
    return led + f'<img src="{escape(public_url)}/o/{mark("OPEN", 0, "").token()}" width="1" height="1" alt="">' if opens else led


def _packed(url: str) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _OFTEN)
    return packer.compress(url.encode()) + packer.flush() if url else b""


def _unpacked(packed: bytes) -> str:
    return zlib.decompressobj(-15, _OFTEN).decompress(packed, 8 * LONGEST_URL).decode() if packed else ""
