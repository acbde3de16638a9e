"""A document asked both ways, compiled and by the ordinary executor, whose answers must be the same to the letter.

PostgreSQL prints jsonb with spaces, so both are read and printed again by one printer first; 1 and 1.0 stay different.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, cast

import graphql
import orjson

from api.batches import Batches
from api.documents import Documents, Found
from api.execution import EXECUTE
from api.reads import Reads
from api.schema import CORE
from leadwell.base.actor import Actor
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything, Sees


class Context:
    """As much of a request as reading needs."""

    def __init__(self, viewer: Sees, tx: Tx) -> None:
        self.viewer = self.known = viewer
        self.tx, self.lock, self.batches = tx, asyncio.Lock(), Batches()
        self.left: dict[str, str] = {}
        self.ordinary, self.explained = False, None
        self.statements, self.ending = 0, False

    async def reader(self) -> Tx:
        if self.ending:
            raise asyncio.CancelledError()
        return cast("Tx", Counted(self))

    async def close(self) -> None:
        """Reads that nobody waits for any more do not begin."""
        self.ending = True
        await self.batches.settle()
        async with self.lock:
            pass

    def took(self, way: str) -> None:
        """Nobody counts here."""


@dataclass
class Counted:
    """The transaction, whose statements are counted."""

    context: Context

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.context.tx, name)

        def counted(*args: Any) -> Any:
            self.context.statements += 1
            return found(*args)

        return counted if name in ("fetch", "row", "value") else found


@dataclass
class Glance:
    """As much of a request as one message needs."""

    viewer: Sees
    db: Database
    plain: bool = False

    def took(self, way: str) -> None:
        """Nobody counts here."""


def said(error: graphql.GraphQLError) -> tuple[Any, ...]:
    """What a client sees of an error."""
    original: Any = error.original_error
    while isinstance(original, graphql.GraphQLError):
        original = original.original_error
    words = (original.code, original.message) if isinstance(original, Refusal) else ("FAULT", repr(original)) if original else (error.message,)
    return (tuple(error.path or ()), *words)


class Both:
    """Runs documents as a viewer of a workspace. `left` names the root fields that no statement covered, with the reason;
    `statements` is how many the compiled way took."""

    def __init__(self, db: Database, actor: Actor) -> None:
        self.db, self.actor, self.reads, self.documents = db, actor, Reads(db.scalar), Documents(CORE)
        self.left: dict[str, str] = {}
        self.statements = 0
        self.errors: list[tuple[Any, ...]] = []

    async def __call__(self, text: str, viewer: Sees | None = None, operation: str | None = None, **variables: Any) -> Any:
        """The data; AssertionError when the two ways differ."""
        viewer = viewer or Everything(self.actor.workspace)
        slow, fast, again = [await self.run(text, viewer, operation, variables, compiled=way) for way in (False, True, True)]
        assert fast == again, "a plan that is remembered answers otherwise"
        assert fast[0] == slow[0], f"{text}\n{variables}\nexecutor: {slow!r}\ncompiled: {fast!r}"
        if slow[0] != b"null":  # which error comes first depends on timing once nothing else is left
            assert sorted(fast[1], key=repr) == sorted(slow[1], key=repr)
        assert bool(fast[1]) == bool(slow[1])
        assert await self.glance(text, viewer, operation, variables) in (None, fast[0]), "one message answers otherwise than a transaction"
        self.errors = fast[1]
        return orjson.loads(fast[0])

    async def glance(self, text: str, viewer: Sees, operation: str | None, variables: dict[str, Any]) -> bytes | None:
        """The data by one message to the database; None where that cannot be."""
        if not self.db.brief:
            await self.db.be_brief()
            assert self.db.brief
        document, lifted = self.documents.get(text)
        context: Any = Glance(viewer, self.db)
        found = await self.reads.glance(context, document, operation, {**variables, **lifted})
        return None if found is None else orjson.dumps(orjson.loads(found)["data"])

    async def run(self, text: str, viewer: Sees, operation: str | None, variables: dict[str, Any], *, compiled: bool) -> tuple[bytes, list[tuple[Any, ...]]]:
        document, lifted = self.documents.get(text) if compiled else Found(self.documents.plain(text), {})
        given, variables = variables, {**variables, **lifted}
        async with AsyncExitStack() as stack:
            context: Any = Context(viewer, await stack.enter_async_context(self.db.read(self.actor)))

            async def execute(node: graphql.DocumentNode) -> graphql.ExecutionResult:
                found = EXECUTE(CORE, node, context_value=context, variable_values=variables, operation_name=operation)
                return found if isinstance(found, graphql.ExecutionResult) else await found

            if compiled:
                result = await self.reads.answer(context, document, operation, variables, execute)
                self.left, self.statements = context.left, context.statements
                if lifted and result.data is None and not any(e.path for e in result.errors or ()):
                    return await self.run(text, viewer, operation, given, compiled=False)  # as api.execution does: the caller's own words are at fault
            else:
                result = await execute(document.node)
            await context.close()
            return orjson.dumps(orjson.loads(orjson.dumps(result.data))), [said(e) for e in result.errors or ()]
