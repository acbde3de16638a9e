"""Asks a JSON API by a mapping: what comes back counts only when it says that it is about whom was asked."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import orjson

from leadwell.enrichment.asking import Answer, Question
from leadwell.enrichment.reading import read
from leadwell.outside.guard import Asked, Fetched, Fetcher, NotFetched

MOST_BYTES, TOTAL_S = 1_000_000, 15.0
PLACE = re.compile(r"\{(key|email|domain|secret:[A-Za-z0-9_]+)\}")


class JsonApi:
    """The lookup of kind HTTP."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def look(self, question: Question) -> Answer:
        """FOUND, MISS (404, 204 or nothing in it), REJECTED (about somebody else), FAILED (no answer, an error, no JSON)."""
        mapped = question.mapped
        url = _filled(mapped.url, question, _in_url)
        headers = {"Accept": "application/json", **{name: _filled(text, question, str) for name, text in mapped.headers.items()}}
        body = _filled(mapped.body, question, _in_json).encode() if mapped.body else None
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            fetched = await self._fetcher.fetch(Asked(url, headers, body, seconds=TOTAL_S, most_bytes=MOST_BYTES))
        except NotFetched as error:
            return Answer("FAILED", reason=error.reason)
        return heard(question, fetched)


def heard(question: Question, fetched: Fetched) -> Answer:
    """What an answer of the API means. Pure."""
    if fetched.status in (404, 204, 410):
        return Answer("MISS", reason=f"It answered {fetched.status}.")
    if fetched.status != 200:
        after = fetched.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.isdigit() else None
        return Answer("FAILED", reason=f"It answered {fetched.status}.", after_s=seconds, final=fetched.status in (400, 401, 402, 403))
    try:
        said = orjson.loads(fetched.body)
    except orjson.JSONDecodeError:
        return Answer("FAILED", reason="Its answer is no JSON.")
    return read(question.mapped, question.key, said)


def _filled(text: str | None, question: Question, written: Callable[[str], str]) -> str:
    """The placeholders of a template; a secret is put in as it is."""
    key = question.key

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("secret:"):
            return question.secrets.get(name.removeprefix("secret:"), "")
        return written(key.rpartition("@")[2] if name == "domain" else key)

    return PLACE.sub(value, text or "")


def _in_url(value: str) -> str:
    return quote(value, safe="")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]
