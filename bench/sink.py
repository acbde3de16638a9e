"""A mail server that keeps nothing but counts, as a process of its own: who wrote to which domain in which minute of the mail's clock, and what came twice."""

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

READY = b"220 sink\r\n"
ANSWERS = {b"EHLO": b"250-sink\r\n250 SIZE 40000000\r\n", b"HELO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Counts:
    """What came, by minute, hour and day of the Date header, which is the business clock; `gap_s` is the shortest time between two mails to one address."""

    def __init__(self) -> None:
        self.mails, self.twice, self.turned_away, self.gap_s = 0, 0, 0, float("inf")
        self.by: Counter[tuple[str, str, str, str]] = Counter()
        self._known: set[int] = set()
        self._last: dict[str, datetime] = {}

    def take(self, sender: str, recipient: str, content: bytes) -> None:
        head = content.split(b"\r\n\r\n", 1)[0]
        id, at = hash(header(head, b"message-id:")), date(header(head, b"date:"))
        self.mails, self.twice = self.mails + 1, self.twice + (id in self._known)
        self._known.add(id)
        before = self._last.get(recipient)
        self.gap_s = min(self.gap_s, (at - before).total_seconds()) if before else self.gap_s
        self._last[recipient] = at
        for scope, key in (("SENDER", sender), ("DOMAIN", recipient.rpartition("@")[2]), ("WORKSPACE", "*")):
            for unit, letters in (("MINUTE", 16), ("HOUR", 13), ("DAY", 10)):
                self.by[scope, key, unit, at.isoformat()[:letters]] += 1

    def report(self) -> str:
        most = Counter[str]()
        for (scope, _, unit, _), count in self.by.items():
            most[f"{scope} {unit}"] = max(most[f"{scope} {unit}"], count)
        return json.dumps({"mails": self.mails, "twice": self.twice, "turned_away": self.turned_away, "gap_s": self.gap_s, "most": most})


def header(head: bytes, name: bytes) -> str:
    return next((line[len(name):].strip().decode() for line in head.split(b"\r\n") if line[: len(name)].lower() == name), "")


@lru_cache(maxsize=10_000)
def date(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)


class Session(asyncio.Protocol):
    """One connection: commands line by line, content up to the lonely dot."""

    def __init__(self, counts: Counts) -> None:
        self._counts, self._buffer, self._content = counts, b"", False
        self._sender = self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(READY)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n.\r\n" if self._content else b"\r\n")) >= 0:
            piece, self._buffer = self._buffer[:end], self._buffer[end + (5 if self._content else 2):]
            self._transport.write(self._taken(piece) if self._content else self._said(piece))

    def _taken(self, content: bytes) -> bytes:
        self._content = False
        self._counts.take(self._sender, self._recipient, content)
        self._recipient = ""
        return b"250 2.0.0 counted\r\n"

    def _said(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word in (b"MAIL", b"RSET", b"QUIT") and self._recipient:
            self._counts.turned_away += 1
            self._recipient = ""
        if word == b"MAIL":
            self._sender = address(line)
        elif word == b"RCPT":
            self._recipient = address(line)
        self._content = word == b"DATA"
        return ANSWERS.get(word, b"250 2.0.0 yes\r\n")


def address(line: bytes) -> str:
    return line[line.find(b"<") + 1:line.find(b">")].decode().lower()


async def main() -> None:
    counts, loop = Counts(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(counts), "127.0.0.1", 0)
    print(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(counts.report(), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
