"""A subscription answered without the executor: the texts of a shared feed, as they are."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

from api.context import Context
from api.documents import Document
from api.subscriptions.changes import Ask, begin
from api.subscriptions.following import follow
from api.subscriptions.watches import Showing, Watch
from leadwell.base.refusals import Refusal
from leadwell.reads.document import DOUBTFUL


def compiled(context: Context, document: Document, name: str | None, variables: Mapping[str, Any]) -> AsyncGenerator[bytes, None] | None:
    """The answers, one for each change; None where the operation is the executor's. Refusals of Watch.of."""
    operation = document.reading(name)
    asked = operation.ask(variables) if operation and context.known is not None and not context.ordinary else None
    if operation is None or asked is None:
        return None
    try:
        showing = Showing.of(operation, asked)
        if showing is None:
            return None
        ask = Ask.of(showing.noun, showing.arguments)

        def make() -> Watch:
            return Watch.of(showing.noun, ask.where, context.viewer, showing)

        return _texts(context, ask, make(), make)
    except Refusal:
        raise
    except DOUBTFUL:
        return None


async def _texts(context: Context, ask: Ask, watch: Watch, make: Callable[[], Watch]) -> AsyncGenerator[bytes, None]:
    await begin(context, ask, watch)
    async with aclosing(follow(context, watch, make, ask.after, ask.listed())) as found:
        async for one in found:
            assert one.text is not None
            yield one.text
