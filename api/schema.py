"""The product's table of contents: every query, mutation and subscription, assembled from the nouns."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

import api
from api import deprecation
from api.costs import Cost, ListSize, mark
from api.directives import DIRECTIVES
from api.grammar import GRAMMAR
from api.scalars import SCALARS
from api.subscriptions import changes
from api.subscriptions import heartbeat as heartbeat_subscriptions
from api.subscriptions import history as history_subscriptions
from api.subscriptions import progress as progress_subscriptions
from api.subscriptions import work as work_subscriptions


def _parts(module: str, ending: str) -> Iterator[type]:
    """The classes of every api/<noun>/<module>.py whose names end so, in order of the folders."""
    for folder in sorted(m.name for m in pkgutil.iter_modules(api.__path__) if m.ispkg):
        if importlib.util.find_spec(f"api.{folder}.{module}"):
            found = importlib.import_module(f"api.{folder}.{module}")
            yield from (cls for name, cls in vars(found).items() if name.endswith(ending) and isinstance(cls, type) and cls.__module__ == found.__name__)


Query: Any = merge_types("Query", tuple(_parts("queries", "Queries")))
Mutation: Any = merge_types("Mutation", tuple(_parts("mutations", "Mutations")))
Subscription: Any = merge_types("Subscription", (
    heartbeat_subscriptions.HeartbeatSubscriptions, history_subscriptions.HistorySubscriptions, progress_subscriptions.ProgressSubscriptions,
    work_subscriptions.WorkQueueSubscriptions))
Query.__strawberry_definition__.description = "Everything that can be asked."
Mutation.__strawberry_definition__.description = "Everything that can be done."
Subscription.__strawberry_definition__.description = "Everything that can be followed as it happens."

SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, subscription=Subscription, types=[Cost, ListSize, *GRAMMAR.known], config=StrawberryConfig(scalar_map=SCALARS))
CORE = SCHEMA._schema  # pyright: ignore[reportPrivateUsage]
GRAMMAR.install(CORE)
changes.install(CORE)
CORE.directives = (*CORE.directives, *DIRECTIVES)
deprecation.mark(CORE)


def _describe_inputs(schema: Any) -> None:
    """A mutation's one argument is described by the type it takes."""
    for field in schema.mutation_type.fields.values():
        field.args["input"].description = field.args["input"].type.of_type.description


_describe_inputs(CORE)


@cache
def sdl() -> str:
    """The schema as text: what schema.graphql holds."""
    mark(CORE)
    return SCHEMA.as_str() + "\n"
