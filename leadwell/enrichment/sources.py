"""Providers outside, as a workspace sets them up: what is asked how, what it costs, and secrets that nobody sees again."""

import re
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from leadwell import events
from leadwell.base import secrets
from leadwell.base.identity import clean
from leadwell.base.ids import uuid7
from leadwell.base.pointers import checked as pointer
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Revision, locked, revise
from leadwell.base.tx import Tx
from leadwell.enrichment.asking import Kind, Mapped
from leadwell.enrichment.fields import FIELDS, GIVEN
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.turns import PURPOSE

CODE, SECRET = re.compile(r"[a-z][a-z0-9_-]{1,39}"), re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
PLACE = re.compile(r"\{([^{}]*)\}")
LONGEST_URL, MOST_SECRETS, MOST_HEADERS = 2_000, 10, 20
RANGES = {"ttl_hours": (1, 87_600), "miss_ttl_hours": (1, 87_600), "per_minute": (1, 100_000), "cost": (0, 1_000_000), "monthly_budget": (0, 2_000_000_000)}


class BadProvider(Refusal):
    """{problem}"""

    fix = "docs/guide/enrichment.md shows how a provider is set up."


class ProviderExists(Refusal):
    """There is already a provider with the code {code}."""

    fix = "Choose another code, or change the one there is."
    status = 409


@dataclass(frozen=True, slots=True)
class NewProvider:
    """What a provider is made from; `mapping` as asking.Mapped. Credits are whole numbers of whatever the provider charges."""

    code: str
    kind: Kind
    name: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_active: bool = True
    signature: str | None = None
    signature_header: str | None = None
    ttl_hours: int = 720
    miss_ttl_hours: int = 168
    per_minute: int = 60
    cost: int = 0
    charges_misses: bool = False
    monthly_budget: int | None = None


@dataclass(frozen=True, slots=True)
class MadeProvider:
    """`secret` signs pushes and is shown this once; None for other kinds."""

    id: UUID
    secret: str | None = None


COLUMNS = tuple(one.name for one in fields(NewProvider))


async def create_provider(tx: Tx, new: NewProvider, given: Mapping[str, str] | None = None) -> MadeProvider:
    """A provider and its secrets. One of kind PUSH gets a key to push to and, unless one named SIGNING is given, a secret to sign with.
    BadProvider, BadPointer, ProviderExists."""
    if not CODE.fullmatch(new.code) or new.code in {provider.name for provider in LOCAL}:
        raise BadProvider(field="code", problem="A code is 2 to 40 small letters, digits, - and _, begins with a letter, and is not one of ours.")
    ours = random.token_urlsafe(32) if new.kind == "PUSH" and "SIGNING" not in (given or {}) else None
    kept = {**(given or {}), **({"SIGNING": ours} if ours else {})}
    if new.kind == "PUSH" and new.signature is None:
        new = replace(new, signature="HMAC")
    values = _checked(new, _names(kept))
    id, key, now, sealed = uuid7(), random.token_hex(8) if new.kind == "PUSH" else None, await tx.now(), _sealed(kept)
    places = ", ".join(f"${i}" for i in range(8, 8 + len(COLUMNS)))
    made = await tx.value(
        f"INSERT INTO enrichment_providers (workspace_id, id, push_key, created_at, updated_at, secret_key_id, secret_ciphertext, secret_names, "
        f"{', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, {places}) ON CONFLICT (workspace_id, code) DO NOTHING RETURNING id",
        tx.workspace, id, key, now, *sealed, sorted(kept), *(values[name] for name in COLUMNS))  # fmt: skip
    if made is None:
        raise ProviderExists(field="code", code=new.code)
    if key:
        await tx.value("SELECT lw_put_enrichment_key($1, $2, $3)", tx.workspace, key, id)
    await events.note(tx, "enrichmentProvider.created", "EnrichmentProvider", id, version=1, data={"code": new.code, "kind": new.kind})
    return MadeProvider(id, ours)


async def update_provider(
    tx: Tx, provider_id: UUID, values: Mapping[str, Any], expected_version: int | None = None, *, given: Mapping[str, str | None] | None = None,
) -> Revision:
    """Changes what is given, by the names of NewProvider; code and kind stay. `given`: secrets by name, None takes one away; others stay as they are.
    NotFound, StaleVersion, BadProvider, BadPointer."""
    row = await locked(tx, "enrichment provider", "enrichment_providers", provider_id, expected_version)
    kept: dict[str, str] = msgspec.json.decode(secrets.decrypt(PURPOSE, row["secret_key_id"], row["secret_ciphertext"])) if row["secret_ciphertext"] else {}
    kept = {name: text for name, text in {**kept, **(given or {})}.items() if text is not None}
    after = _checked(replace(NewProvider(**{name: row[name] for name in COLUMNS}), **values), _names(kept))
    changed = {name: after[name] for name in values}
    if given:
        changed["secret_key_id"], changed["secret_ciphertext"] = _sealed(kept)
        changed["secret_names"] = sorted(kept)
    revision = await revise(tx, "enrichment provider", "enrichment_providers", row, changed)
    await events.revised(tx, "enrichmentProvider.updated", "EnrichmentProvider", provider_id, revision)
    return revision


async def archive_provider(tx: Tx, provider_id: UUID, expected_version: int | None = None, *, away: bool = True) -> Revision:
    """Puts a provider away, or (`away` false) brings it back. What it filled stays. NotFound, StaleVersion."""
    row = await locked(tx, "enrichment provider", "enrichment_providers", provider_id, expected_version)
    if (row["archived_at"] is not None) == away:
        return Revision({}, row["version"])
    at: datetime | None = await tx.now() if away else None
    revision = await revise(tx, "enrichment provider", "enrichment_providers", row, {"archived_at": at})
    await events.revised(tx, "enrichmentProvider.updated", "EnrichmentProvider", provider_id, revision)
    return revision


def _names(given: Mapping[str, str]) -> frozenset[str]:
    if len(given) > MOST_SECRETS or not all(SECRET.fullmatch(name) and 0 < len(text) <= 4_000 for name, text in given.items()):
        raise BadProvider(field="secrets", problem=f"There are at most {MOST_SECRETS} secrets, named with letters, digits and _, of 1 to 4,000 characters.")
    return frozenset(given)


def _sealed(kept: Mapping[str, str]) -> tuple[str | None, bytes | None]:
    return secrets.encrypt(PURPOSE, msgspec.json.encode(dict(kept))) if kept else (None, None)


def _checked(new: NewProvider, names: frozenset[str]) -> dict[str, Any]:
    for name, (least, most) in RANGES.items():
        value = getattr(new, name)
        if value is not None and not least <= value <= most:
            raise BadProvider(field=name, problem=f"{name} is from {least:,} to {most:,}.")
    mapped = _mapped(new, names)
    name = clean(new.name, limit=200) or new.code
    return {one: getattr(new, one) for one in COLUMNS} | {"name": name, "mapping": msgspec.to_builtins(mapped)}


def _mapped(new: NewProvider, names: frozenset[str]) -> Mapped:
    """The mapping, read and checked; what is built in needs none."""
    try:
        mapped = msgspec.convert(dict(new.mapping), Mapped)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        raise BadProvider(field=f"mapping{place.strip('`').removeprefix('$')}", problem=f"{problem}.") from None
    if not 0 < mapped.confidence <= 1:
        raise BadProvider(field="mapping.confidence", problem="`confidence` is more than 0 and at most 1.")
    if new.kind in ("HTTP", "PUSH"):
        _check_reading(mapped)
    if new.kind == "HTTP":
        _check_asking(mapped, names)
    return mapped


def _check_reading(mapped: Mapped) -> None:
    if not mapped.fields:
        raise BadProvider(field="mapping.fields", problem="Say which fields are filled from where.", fix='Give {"person.title": "/job/title"}.')
    for name, place in mapped.fields.items():
        if name not in FIELDS or FIELDS[name].read is None:
            raise BadProvider(field=f"mapping.fields.{name[:60]}", problem=f'"{name[:60]}" cannot be filled.', fix=f"Use one of {', '.join(GIVEN)}.")
        pointer(place, f"mapping.fields.{name}")
    if not mapped.identity:
        raise BadProvider(field="mapping.identity", problem="Say where the answer repeats whom it is about, so that nobody gets another person's data.")
    for name in ("identity", "error", "items"):
        if value := getattr(mapped, name):
            pointer(value, f"mapping.{name}")


def _check_asking(mapped: Mapped, names: frozenset[str]) -> None:
    try:
        parts = urlsplit(mapped.url)
        fine = parts.scheme in ("https", "http") and parts.hostname and not parts.username and not PLACE.search(parts.netloc)
    except ValueError:
        fine = False
    if not fine or len(mapped.url) > LONGEST_URL or any(ord(c) <= 32 for c in mapped.url):
        raise BadProvider(field="mapping.url", problem="That is no URL that can be asked.", fix="Give one like https://api.example.com/v1/people?email={email}.")
    if len(mapped.headers) > MOST_HEADERS or not all(HEADER.fullmatch(name) and text.isprintable() for name, text in mapped.headers.items()):
        raise BadProvider(field="mapping.headers", problem=f"There are at most {MOST_HEADERS} headers, each a name and one line.")
    known = {"key", "email", "domain", *(f"secret:{name}" for name in names)}
    body = mapped.body or ""
    plain = "" if body.lstrip().startswith("{") else body
    for text, place in ((mapped.url, "url"), (plain, "body"), *((text, "headers") for text in mapped.headers.values())):
        for found in PLACE.findall(text):
            if found not in known:
                raise BadProvider(field=f"mapping.{place}", problem=f"{{{found[:60]}}} stands for nothing.", fix=f"There are {', '.join(sorted(known))}.")
    if "{secret:" in mapped.url:
        raise BadProvider(field="mapping.url", problem="A secret does not belong into a URL, which others write into their logs.", fix="Put it into a header.")
    if not ({"{key}", "{email}", "{domain}"} & set(re.findall(r"\{[a-z]+\}", mapped.url + body))):
        raise BadProvider(field="mapping.url", problem="The question does not say whom it is about.", fix="Put {email} or {domain} into the URL or the body.")
