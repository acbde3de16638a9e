"""`leadsChanged`, `leadChanged` and their like, of every noun something can happen to: made from the catalog on graphql-core itself."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import graphql as ql

from api.context import Context, Info
from api.grammar import GRAMMAR
from api.subscriptions.concerned import followed
from api.subscriptions.feeds import LEFT, Change
from api.subscriptions.following import follow
from api.subscriptions.leaving import Listed
from api.subscriptions.reading import Wanted, read
from api.subscriptions.watches import Watch
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.refusals import NotFound
from leadwell.catalog import Noun

SAYS = {
    "cursor": "Pass as after: to go on behind this change, without gap or repetition.",
    "kind": "What happened, such as lead.created or deal.won; `left` where the record leaves a list (`shown`).",
    "at": "When, by the workspace's clock.",
    "changed": "The fields that the event says have changed, of the record or of the person behind it; empty where it says none.",
}


RECORD = "The id of the record, which is there although the record itself may not be."


class Ask(NamedTuple):
    """What a root field was asked: a filter, or one record."""

    noun: Noun
    where: Any
    after: str | None
    only: UUID | None
    shown: Sequence[UUID] | None

    @classmethod
    def of(cls, noun: Noun, arguments: Mapping[str, Any]) -> "Ask":
        """BadId."""
        id = arguments.get("id")
        where = arguments.get("where") if id is None else {"id": {"eq": id}}
        shown = arguments.get("shown")
        named = None if shown is None else [decode_id(one, noun.tag)[1] for one in shown]
        return cls(noun, where, arguments.get("after"), None if id is None else decode_id(id, noun.tag)[1], named)

    def listed(self) -> Listed | None:
        """What the subscriber shows, if that is followed. TooManyShown."""
        return None if self.shown is None else Listed(self.shown)


async def begin(context: Context, ask: Ask, watch: Watch) -> None:
    """Refuses what cannot be watched: BadFilter for custom fields there are not, NotFound for one record that is not there to be seen."""
    if watch.customs:
        async with context.lock:
            await watch.check(await context.reader())
        await context.settle()
    if ask.only is not None and not await read(context.db, watch, Wanted(frozenset({ask.only}))):
        raise NotFound(noun=ask.noun.singular, field="id")


WHERE = "Which records; the same filter as in lists. Put-away ones are told of too, so that a list learns what to take out."
SHOWN = (
    "Records that the list shows, 1,000 at most, or []: then a change of kind `left` says that one of them, or one told of since, matches no more or may not "
    "be seen. Without it nothing is said of what leaves.")
AFTER = "Cursor of the last change seen, or the eventCursor of the query that filled the page."


def install(schema: Any) -> None:
    """Adds the root fields and their types to the schema."""
    types, fields = schema.type_map, schema.subscription_type.fields
    shown = ql.GraphQLArgument(ql.GraphQLList(ql.GraphQLNonNull(types["ID"])), description=SHOWN)
    for noun in followed():
        types[noun.name + "Change"] = of = ql.GraphQLObjectType(
            noun.name + "Change", partial(_fields, types, noun), description=f"Something happened to a {noun.name} record that is watched.")
        after = ql.GraphQLArgument(types["String"], description=AFTER)
        which = {"where": ql.GraphQLArgument(types[noun.name + "Where"], description=WHERE), "after": after, "shown": shown}
        one = {"id": ql.GraphQLArgument(ql.GraphQLNonNull(types["ID"]), description="Its id."), "after": after}
        fields[noun.plural + "Changed"] = _root(noun, of, which, f"{noun.name} records that change from now on, or since a cursor, and match when told of.")
        fields[noun.singular + "Changed"] = _root(noun, of, one, f"What happens to one {noun.name} record from now on, or since a cursor.")


def _root(noun: Noun, of: Any, arguments: dict[str, Any], doc: str) -> ql.GraphQLField:
    return ql.GraphQLField(ql.GraphQLNonNull(of), arguments, description=doc, subscribe=partial(ordinary, noun), resolve=_itself)


def _itself(change: Change, _: Info, **_arguments: Any) -> Change:
    return change


def _fields(types: Any, noun: Noun) -> dict[str, ql.GraphQLField]:
    """Made when they are first looked at."""
    names = ql.GraphQLNonNull(ql.GraphQLList(ql.GraphQLNonNull(types["String"])))
    kinds: Any = {"cursor": ql.GraphQLNonNull(types["String"]), "kind": ql.GraphQLNonNull(types["String"]), "at": ql.GraphQLNonNull(types["DateTime"])}
    made = {name: ql.GraphQLField(of, description=SAYS[name]) for name, of in (kinds | {"changed": names}).items()}
    doc = "The record as it now is; null if it left, or is hidden by now."
    made["recordId"] = ql.GraphQLField(ql.GraphQLNonNull(types["ID"]), description=RECORD, resolve=partial(_id, noun))
    return made | {noun.singular: ql.GraphQLField(types[noun.name], description=doc, resolve=partial(_record, noun))}


def _id(noun: Noun, change: Change, _: Info) -> str:
    return encode_id(noun.tag, change.record)


async def _record(noun: Noun, change: Change, info: Info) -> Any:
    return None if change.kind == LEFT else await GRAMMAR.row(info.context, noun.name, change.record)


async def ordinary(noun: Noun, _root: Any, info: Info, **arguments: Any) -> AsyncGenerator[Change, None]:
    """The changes, for the executor to shape: what no statement covers goes this way."""
    context, ask = info.context, Ask.of(noun, arguments)

    def make() -> Watch:
        return Watch.of(noun, ask.where, context.viewer)

    await begin(context, ask, watch := make())
    async with aclosing(follow(context, watch, make, ask.after, ask.listed())) as found:
        async for one in found:
            yield one.change
