"""The port of providers that have to be asked over the network: one question, one answer, kept and shared."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

Kind = Literal["WEBSITE", "MX", "HTTP", "PUSH"]
State = Literal["FOUND", "MISS", "REJECTED", "FAILED", "SKIPPED"]


class Mapped(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an HTTP provider is asked and its JSON read. `url`, `headers` and `body` may hold {key}, {email}, {domain} and {secret:NAME}; `fields`:
    {field: JSON pointer}; `identity`: the pointer at which the answer repeats whom it is about; `error`: one that holds something when it failed."""

    url: str = ""
    headers: dict[str, str] = {}
    body: str | None = None
    by: Literal["email", "domain"] = "email"
    fields: dict[str, str] = {}
    identity: str = ""
    error: str | None = None
    items: str | None = None
    confidence: float = 0.8


BARE = Mapped()


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider is asked: about an e-mail address or a domain. Secrets stay inside the one lookup."""

    kind: Kind
    key: str
    mapped: Mapped = BARE
    secrets: dict[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """`values` by names of fields, checked when kept; `found`: everything said, to be shown; `ours`: a failure speaks against the provider, not
    against what was asked about; `after_s`: when it asked to be left alone until; `final`: asking again at once is pointless."""

    state: State
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    found: dict[str, Any] = field(default_factory=dict[str, Any])
    reason: str | None = None
    ours: bool = True
    after_s: float | None = None
    final: bool = False


class Lookup(Protocol):
    """Asks the world. Never raises: what goes wrong is an answer."""

    async def look(self, question: Question) -> Answer:
        """One question, answered within a minute at most."""
        ...
