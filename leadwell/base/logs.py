"""What a process writes about itself: one line an occurrence, JSON or text, with nothing in it that somebody wrote or is called."""

import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any

import asyncpg
import orjson

from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings

# Libraries that tell of addresses, statements and bodies when they are asked to talk.
TALKATIVE = ("httpx", "httpcore", "tortoise", "multipart", "python_multipart", "hpack", "websockets", "aiosmtplib", "mail.log", "urllib3", "arq")
ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+\.\w+")
TOKEN = re.compile(r"\b(?:lws?|whsec)_[\w-]+|\b[Bb]earer\s+\S+")
QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']+")
LOGIN = re.compile(r"(?<=://)[^\s/@]+@")
FRAMES = 12


def told(error: BaseException) -> str:
    """What an exception was, without its text: that repeats values ("Key (email)=(…) already exists")."""
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        seen = vars(error)
        parts = (seen.get("sqlstate") or type(error).sqlstate, seen.get("schema_name") and seen.get("table_name"), seen.get("constraint_name"))
        return f"{name} ({', '.join(part for part in parts if part)})"
    if isinstance(error, Refusal):
        return f"{name} ({error.code})"
    if isinstance(error, OSError) and error.strerror:
        return f"{name} ({error.strerror})"
    return name


def clean(text: str) -> str:
    """A text of others without addresses, tokens, logins and parameters; what has passed `told` and our own rules has none."""
    return TOKEN.sub("***", ADDRESS.sub("***", LOGIN.sub("***@", QUERY.sub("?***", text))))


class Lines(logging.Formatter):
    """Shapes records. With `texts` exceptions say all they know: for developers alone."""

    def __init__(self, *, json: bool, texts: bool = False) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.json, self.texts = json, texts

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = getattr(record, "facts", {})
        message = record.getMessage() if facts else self._message(record)
        if not self.json:
            return self._text(record, message, facts)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": message, **facts}
        if record.exc_info and record.exc_info[1] is not None:
            line["errors"] = list(causes(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()

    def _message(self, record: logging.LogRecord) -> str:
        if self.texts:
            return record.getMessage()
        args = record.args
        if isinstance(args, tuple):
            safe = tuple(_Told(arg) if isinstance(arg, BaseException) else arg for arg in args)
            return clean(str(record.msg) % safe if safe else str(record.msg))
        return clean(record.getMessage())

    def _text(self, record: logging.LogRecord, message: str, facts: dict[str, Any]) -> str:
        record.message, record.asctime = message, self.formatTime(record, self.datefmt)
        said = " ".join([self.formatMessage(record), *(f"{name}={value}" for name, value in facts.items())])
        if not record.exc_info or record.exc_info[1] is None:
            return said
        if self.texts:
            return f"{said}\n{self.formatException(record.exc_info)}"
        return "\n".join([said, *(f"  {one['error']}: {' < '.join(one['at'])}" for one in causes(record.exc_info[1]))])


class _Told:
    """An exception among the arguments of a line, however the line formats it."""

    def __init__(self, error: BaseException) -> None:
        self.text = told(error)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def causes(error: BaseException) -> Iterator[dict[str, Any]]:
    """The exception and what it came from, each with where it was, innermost first."""
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen and len(seen) < 5:
        seen.add(id(found))
        yield {"error": told(found), "at": list(_places(found.__traceback__))[-FRAMES:][::-1]}
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        frame: FrameType = trace.tb_frame
        yield f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next


def sober(record: logging.LogRecord) -> bool:
    """What others log of themselves: asyncio shows whole exceptions behind its first line, the web server addresses and headers of sockets."""
    if record.name == "asyncio":
        record.msg, record.args = record.getMessage().split("\n", 1)[0], None
    return record.name != "uvicorn.error" or (record.levelno >= logging.INFO and "WebSocket" not in str(record.msg))


def configure(settings: Settings) -> None:
    """For a process that serves: everything to standard error, as `LEADWELL_LOG_FORMAT` and `LEADWELL_LOG_LEVEL` say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(sober)
    texts = settings.log_level == "debug" and not settings.production
    handler.setFormatter(Lines(json=settings.json_lines, texts=texts))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
