"""How every mutation acts: permission, idempotency, one verb in one transaction, and an answer in one shape."""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Optional, TypeVar, cast
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.directives import idempotency_key
from api.errors import UserError, user_error
from api.grammar import GRAMMAR
from api.lengths import BATCHES, check_lengths
from api.writing import check_fields, check_rows
from leadwell.access import Viewer
from leadwell.access.names import nouns, plural
from leadwell.base import idempotency
from leadwell.base.ids import BadId, decode_id, encode_id
from leadwell.base.redirects import followed
from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, matching_ids
from leadwell.catalog.statement import Statement

# A merged lead is sealed and refuses by itself; the others would take a change that nobody sees any more.
FOLLOWED = frozenset({"Person", "Contact", "Company"})
T = TypeVar("T")
P = TypeVar("P")
Record = str | Sequence[str]
QUERY: Any = Annotated["Query", strawberry.lazy("api.schema")]  # pyright: ignore[reportUndefinedVariable]  # noqa: F821
KEY = "Any text of yours, new for each intended change: a repeat within 24 hours answers what the first one did."
VERSION = "The version you read; the change is refused if there is a newer one."
__all__ = ["KEY", "VERSION", "Info", "act", "given", "id_of", "ids_of", "payload"]


def id_of(text: str, noun: str, field: str = "") -> UUID:
    """The uuid of an opaque id of that noun; BadId when it is something else."""
    try:
        return decode_id(str(text), CATALOG[noun].tag)[1]
    except BadId as bad:
        raise BadId(field=field or None, id=bad.params["id"]) from None


def ids_of(texts: Iterable[str], noun: str, field: str = "") -> list[UUID]:
    return [id_of(text, noun, f"{field}.{i}" if field else "") for i, text in enumerate(texts)]


def given(input: Any, *names: str) -> dict[str, Any]:
    """The Maybe fields that were sent, by name, with their values; null is a value."""
    sent = {name: getattr(input, name) for name in names}
    return {name: _unwrapped(maybe) for name, maybe in sent.items() if maybe is not None and maybe is not strawberry.UNSET}


def _unwrapped(maybe: Any) -> Any:
    return cast("strawberry.Some[Any]", maybe).value if isinstance(maybe, strawberry.Some) else maybe


def payload(**records: Record) -> Callable[[type[P]], type[P]]:
    """Makes a class the answer of a mutation: its plain fields, the named records (a list when given as ["Lead"]), userErrors and query."""

    def decorate(cls: type[P]) -> type[P]:
        for name, noun in records.items():
            _record(cls, name, noun)
        cls.__annotations__["user_errors"] = list[UserError]
        setattr(cls, "user_errors", strawberry.field(default_factory=list, description="Why it was refused; empty when it was done."))  # noqa: B010
        setattr(cls, "query", strawberry.field(resolver=_query, graphql_type=QUERY, description="Everything that can be asked, to refresh in the same trip."))  # noqa: B010
        return strawberry.type(cls, description=cls.__doc__)

    return decorate


def _record(cls: type, name: str, noun: Record) -> None:
    many, of = not isinstance(noun, str), noun if isinstance(noun, str) else noun[0]

    async def resolve(self: Any, info: Info) -> Any:
        ids = getattr(self, f"{name}_id")
        if many:
            return [await GRAMMAR.row(info.context, of, id) for id in ids or ()]
        return None if ids is None else await GRAMMAR.row(info.context, of, ids)

    kind: Any = GRAMMAR.type(of)
    annotation: Any = list[Optional[kind]] if many else Optional[kind]  # noqa: UP045
    cls.__annotations__[f"{name}_id"] = strawberry.Private[Any]
    setattr(cls, f"{name}_id", None)
    doc = "The records as they now are." if many else "The record as it now is."
    called: Any = {"name": name[:-1]} if name.endswith("_") else {}   # "import_" would not be Python otherwise
    setattr(cls, name, strawberry.field(resolver=resolve, graphql_type=annotation, description=doc, **called))


def _query() -> Any:
    from api import schema

    return schema.Query()


async def act(
    info: Info, payload: type[P], noun: str, verb: str, work: Callable[[Tx], Awaitable[T]], *,
    shape: Callable[[T], Mapping[str, Any]], input: Any = None, about: Mapping[str, Any] | None = None,
    secret: Callable[[T], Mapping[str, Any]] | None = None, keyed: bool = True,
) -> P:
    """Runs one verb as the viewer and answers `payload`. `shape` gives ids and plain values, kept for repeats under the same idempotency key;
    `secret` gives what is shown once; `about` names records the caller mentioned, which must be visible to them. Not `keyed`: what does its work in
    transactions of its own, and is asked anew each time. A refusal changes nothing."""
    context, shown = info.context, dict[str, Any]()
    await context.settle()
    try:
        context.viewer.need(noun, verb)
        check_lengths(input, skipped=BATCHES)
        check_fields(context.viewer, noun, input)
        shown = _mentioned(about or {})
        of = nouns().get(plural(noun))
        call = _Call(context.viewer, shown, work, shape, secret, None if verb == "merge" else input, of.__name__ if of else "", verb)
        answer = await call.run(context, _key(info, input) if keyed else None)
    except Refusal as refusal:
        if isinstance(refusal, (NotFound, BadId)) or refusal.status == 403:
            shown = {}
        return _build(payload, shown, [user_error(refusal)])
    return _build(payload, answer, [])


@dataclasses.dataclass(slots=True)
class _Call:
    """One verb on its way through the transaction."""

    viewer: Viewer
    mentioned: dict[str, Any]
    work: Callable[[Tx], Awaitable[Any]]
    shape: Callable[[Any], Mapping[str, Any]]
    secret: Callable[[Any], Mapping[str, Any]] | None
    input: Any = None
    noun: str = ""
    verb: str = "read"
    once: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])

    async def run(self, context: Context, key: idempotency.Key | None) -> Mapping[str, Any]:
        return await context.db.run(context.actor, lambda tx: self.keyed(tx, key), replayable=key is not None)

    async def keyed(self, tx: Tx, key: idempotency.Key | None) -> Mapping[str, Any]:
        if key is None:
            return {**await self.plain(tx), **self.once}
        answer, replayed = await idempotency.once(tx, key, self.plain)
        return {**answer, "replayed": True} if replayed else {**answer, **self.once}

    async def plain(self, tx: Tx) -> Mapping[str, Any]:
        for noun, ids in _by_noun(self.mentioned).items():
            today = await followed(tx, noun, ids) if noun in FOLLOWED else {}
            if went := {encode_id(CATALOG[noun].tag, old): encode_id(CATALOG[noun].tag, new) for old, new in today.items() if old != new}:
                _rename(self.input, went)
            viewer = self.viewer.doing(self.verb) if noun == self.noun else self.viewer
            if Statement(viewer).scoped(CATALOG[noun]):
                await _visible(tx, viewer, noun, list(today.values()) or ids)
        await check_rows(tx, self.viewer, self.input)
        result = await self.work(tx)
        self.once = self.secret(result) if self.secret else {}
        return self.shape(result)


def _rename(value: Any, went: Mapping[str, str]) -> Any:
    """Ids of merged records in an input are those of the survivors, wherever they stand."""
    if isinstance(value, str):
        return went.get(value, value)
    if isinstance(value, list):
        return [_rename(one, went) for one in cast("list[Any]", value)]
    if isinstance(value, strawberry.Some):
        return strawberry.Some(_rename(cast("strawberry.Some[Any]", value).value, went))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            setattr(value, field.name, _rename(getattr(value, field.name), went))
    return value


async def _visible(tx: Tx, viewer: Viewer, noun: str, ids: list[UUID]) -> None:
    found = await matching_ids(tx, CATALOG[noun], {}, viewer, ids=ids)
    if set(found) != set(ids):
        raise NotFound(noun=CATALOG[noun].singular)


def _mentioned(about: Mapping[str, Any]) -> dict[str, Any]:
    """Opaque ids as (noun, uuid) by field; the noun stands in the id itself."""
    return {name: _any_id(ids, name) if isinstance(ids, str) else [_any_id(i, name) for i in ids] for name, ids in about.items() if ids}


def _any_id(text: str, field: str) -> tuple[str, UUID]:
    tag, id = decode_id(text)
    noun = CATALOG.by_tag(tag)
    if noun is None:
        raise BadId(field=field, id=text[:60])
    return noun.name, id


def _by_noun(mentioned: Mapping[str, Any]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for value in mentioned.values():
        for noun, id in cast("list[tuple[str, UUID]]", value if isinstance(value, list) else [value]):
            found.setdefault(noun, []).append(id)
    return found


def _key(info: Info, input: Any) -> idempotency.Key | None:
    given: str | None = getattr(input, "idempotency_key", None)
    caller = next((key for key in (given, idempotency_key(info), info.context.idempotency_key) if key is not None), None)
    if caller is None:
        return None
    content: dict[str, Any] = _content(input) if dataclasses.is_dataclass(input) else {}
    content.pop("idempotency_key", None)
    content.pop("expected_version", None)
    where = ".".join(str(part) for part in info.path.as_list())
    return idempotency.key(caller, info.context.viewer.credential, info.field_name, where, content)


def _content(value: Any) -> Any:
    """Input as JSON, with absent and null told apart."""
    if isinstance(value, strawberry.Some):
        return [_content(cast("strawberry.Some[Any]", value).value)]
    if dataclasses.is_dataclass(value):
        return {f.name: _content(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _content(v) for k, v in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_content(v) for v in cast("Sequence[Any]", value)]
    return None if value is strawberry.UNSET else value


def _build(payload: type[P], answer: Mapping[str, Any], errors: list[UserError]) -> P:
    names = {f.name for f in dataclasses.fields(cast("Any", payload))}
    values = {f"{name}_id" if f"{name}_id" in names else name: _ids(value) if f"{name}_id" in names else value for name, value in answer.items()}
    return cast("Callable[..., P]", payload)(**{name: value for name, value in values.items() if name in names}, user_errors=errors)


def _ids(value: Any) -> Any:
    """Ids of a first answer, of a kept one (text), or of a mentioned record (noun, uuid)."""
    if isinstance(value, list):
        return [_ids(v) for v in cast("list[Any]", value)]
    if isinstance(value, tuple):
        return cast("tuple[str, UUID]", value)[1]
    return UUID(value) if isinstance(value, str) else value
