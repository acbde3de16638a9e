"""Whether a human stood behind an open or a click: what the mail's other opens and clicks, the program and the seconds tell. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Reading = Literal["HUMAN", "UNCERTAIN", "MACHINE"]
Verdict = tuple[Reading, str]
SURE: Sequence[Reading] = ("HUMAN", "UNCERTAIN", "MACHINE")
SCANNERS = re.compile(
    r"bot\b|crawl|spider|scanner|curl/|wget/|python-|go-http-client|java/|okhttp|libwww|headless|phantomjs|barracuda|mimecast|proofpoint|safelinks"
    r"|symantec|forcepoint|trendmicro|fireeye|cisco|sophos|virustotal|urlscan|zscaler|facebookexternalhit|slackbot|whatsapp|telegrambot",
    re.IGNORECASE)
PROXIES = re.compile(r"googleimageproxy|yahoomailproxy|^mozilla/5\.0$", re.IGNORECASE)
HONEY_MINUTE = timedelta(seconds=60)
BURST, LINKS = timedelta(seconds=5), 3
PAIR = timedelta(seconds=1)
MACHINE_SOON, UNSURE_SOON = timedelta(seconds=2), timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Seen:
    """An open or click of one mail, or of none."""

    id: UUID
    kind: str
    at: datetime
    recorded: Reading = "HUMAN"
    agent: str | None = None
    url: str | None = None
    honey: bool = False
    delivered_at: datetime | None = None


def read(mail: Iterable[Seen]) -> dict[UUID, Verdict]:
    """How each open and click of one mail is read, and why; in whatever order they are told. Nothing is read more human than it was recorded."""
    seen = sorted({one.id: one for one in mail}.values(), key=lambda one: (one.at, one.id))
    clicks = [one for one in seen if one.kind == "CLICK"]
    return {one.id: max(_verdicts(one, clicks), key=lambda v: SURE.index(v[0])) for one in seen}


def _verdicts(one: Seen, clicks: Sequence[Seen]) -> Iterator[Verdict]:
    yield one.recorded, "RECORDED"
    if one.agent and SCANNERS.search(one.agent):
        yield "MACHINE", "AGENT"
    if one.agent and one.kind == "OPEN" and PROXIES.search(one.agent):
        yield "UNCERTAIN", "PROXY"
    if one.delivered_at is not None:
        yield from _soon(one, one.at - one.delivered_at)
    if one.kind == "CLICK":
        yield from _beside(one, clicks)


def _soon(one: Seen, after: timedelta) -> Iterator[Verdict]:
    if timedelta(0) <= after < MACHINE_SOON:
        yield "MACHINE", "TOO_SOON"
    elif one.kind == "CLICK" and MACHINE_SOON <= after < UNSURE_SOON:
        yield "UNCERTAIN", "TOO_SOON"


def _beside(one: Seen, clicks: Sequence[Seen]) -> Iterator[Verdict]:
    """Whoever follows a link that nobody sees, or several within seconds, reads no mail."""
    if any(other.honey and abs(other.at - one.at) <= HONEY_MINUTE for other in clicks):
        yield "MACHINE", "HONEY_LINK"
    if _most_links(one, clicks, BURST) >= LINKS:
        yield "MACHINE", "BURST"
    elif _most_links(one, clicks, PAIR) > 1:
        yield "UNCERTAIN", "BURST"


def _most_links(one: Seen, clicks: Sequence[Seen], within: timedelta) -> int:
    """How many different links some stretch of that length around the click holds."""
    starts = [other.at for other in clicks if one.at - within <= other.at <= one.at]
    return max(len({c.url for c in clicks if c.url and start <= c.at <= start + within}) for start in starts)
