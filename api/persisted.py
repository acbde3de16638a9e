"""Documents named by a hash or an id instead of being sent: those of a manifest, which are trusted, and those this process was once sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from api.errors import BadRequest
from leadwell.base.recent import Recent
from leadwell.base.refusals import Refusal

SHA256 = "sha256:"
APOLLO = "apollo-persisted-query-manifest"
NAMING = ("query", "documentId", "id", "doc_id", "extensions")  # parts of a request that hold or name its document
LONGEST = 200
STRANGERS, EVERYBODY = "strangers", "everybody"


class PersistedQueryNotFound(Refusal):
    """PersistedQueryNotFound"""  # the word that clients of automatic persisted queries wait for

    fix = "Send the query along with its hash, once."
    status = 400


class PersistedDocumentNotFound(Refusal):
    """There is no document {id} here."""

    fix = "List it in the file that LEADWELL_DOCUMENTS names, or send its text."
    status = 400


class UntrustedDocument(Refusal):
    """Only documents that this installation lists are answered."""

    fix = "Have the document listed in the file that LEADWELL_DOCUMENTS names."
    status = 403


class UnusableManifest(Refusal):
    """LEADWELL_DOCUMENTS names {path}, and {problem}."""

    fix = "Give the JSON file that Relay, Apollo or GraphQL Code Generator wrote, or unset LEADWELL_DOCUMENTS."


@dataclass(frozen=True, slots=True)
class Reference:
    """What a request names its document by. `hashed`: it is the SHA-256 of the text; `automatic`: the client sends the text when told that it is unknown."""

    id: str
    hashed: bool = False
    automatic: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Reference | None":
        """In order: Apollo's extension, `documentId` of GraphQL over HTTP, and `id` or `doc_id`, which Relay's clients send."""
        extensions: dict[str, Any] = data.get("extensions") or {}
        if (given := extensions.get("persistedQuery")) is not None:
            return cls(_hash(given), hashed=True, automatic=True)
        for name in ("documentId", "id", "doc_id"):
            if (found := data.get(name)) is not None:
                if not isinstance(found, str) or not 0 < len(found) <= LONGEST:
                    raise BadRequest(problem=f"{name} is no text of 1 to {LONGEST} characters", field=name)
                return cls(bare(found), hashed=found.startswith(SHA256))
        return None

    def check(self, text: str) -> None:
        """Raises BadRequest unless a text sent along has this hash; an id of another kind says nothing about the text."""
        if self.hashed and sha256(text) != self.id:
            raise BadRequest(problem="the hash is not the SHA-256 of the query", field="query")


def _hash(given: Any) -> str:
    version, hashed = (given.get("version"), given.get("sha256Hash")) if isinstance(given, Mapping) else (None, None)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if version != 1 or not isinstance(hashed, str) or len(hashed) != 64:
        raise BadRequest(problem="extensions.persistedQuery has no version 1 with a sha256Hash of 64 hexadecimal digits", field="extensions")
    return hashed.lower()


def bare(id: str) -> str:
    return id[len(SHA256) :].lower() if id.startswith(SHA256) else id


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Persisted:
    """The texts by id. What was learned is the latest used, up to a number and a total length. `only`: whose documents must be of the manifest."""

    def __init__(self, manifest: Mapping[str, str] | None = None, only: str = "") -> None:
        listed = manifest or {}
        self.trusted = {sha256(text): text for text in listed.values()} | {bare(id): text for id, text in listed.items()}
        self.texts = frozenset(listed.values())
        self.learned: Recent[str] = Recent(1_000, 2_000_000)
        self.only = only

    def text(self, reference: Reference) -> str:
        found = self.trusted.get(reference.id) or self.learned.get(reference.id)
        if found is None:
            raise PersistedQueryNotFound() if reference.automatic else PersistedDocumentNotFound(id=reference.id)
        return found

    def trusts(self, text: str, *, stranger: bool) -> bool:
        """Whether the document is of the manifest. Raises UntrustedDocument where it must be."""
        trusted = text in self.texts
        if not trusted and (self.only == EVERYBODY or (self.only == STRANGERS and stranger)):
            raise UntrustedDocument()
        return trusted

    def learn(self, reference: Reference, text: str) -> None:
        """Remembers a valid text that came with its hash."""
        if reference.hashed and reference.id not in self.trusted:
            self.learned.put(reference.id, text, len(text))


def read_manifest(path: str) -> dict[str, str]:
    """Texts by id from a manifest: `{id: text}`, as relay-compiler and GraphQL Code Generator write it, or Apollo's list of operations."""
    if not path:
        return {}
    try:
        found: Any = orjson.loads(Path(path).read_bytes())
    except OSError as fault:
        raise UnusableManifest(path=path, problem=f"it cannot be read: {fault.strerror}") from None
    except orjson.JSONDecodeError:
        raise UnusableManifest(path=path, problem="it is no JSON") from None
    try:
        texts: dict[Any, Any] = {one["id"]: one["body"] for one in found["operations"]} if found.get("format") == APOLLO else dict(found)
    except (AttributeError, KeyError, TypeError):
        texts = {}
    if not texts or not all(isinstance(part, str) and part for pair in texts.items() for part in pair):
        raise UnusableManifest(path=path, problem="it holds no documents by id")
    return texts
