"""`@defer`: an answer in parts, for callers who take multipart/mixed; for all others the directive is not there.

Each part that follows names its place twice, by `id` as graphql-js 17 does and by `path` and `label` as the proposal of August 2022 did,
so that clients of either read it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import orjson
from graphql import (
    DirectiveNode,
    DocumentNode,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    InitialIncrementalExecutionResult,
    SubsequentIncrementalExecutionResult,
    Visitor,
    visit,
)

from api.errors import TimedOut
from api.meter import spliced

DEFER = "defer"
MEDIA = 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'
OPENING, CLOSING = b"\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n", b"\r\n-----\r\n"
Format = Callable[[GraphQLError], Any]


def undeferred(node: DocumentNode) -> DocumentNode | None:
    """The document without `@defer`; None where it has none."""
    work = _Undefer()
    plain: DocumentNode = visit(node, work)
    return plain if work.found else None


class _Undefer(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        if node.name.value != DEFER:
            return None
        self.found = True
        return self.REMOVE


class Parts:
    """One operation's results as JSON, and which parts are still to come."""

    def __init__(self, shown: Format) -> None:
        self.shown = shown
        self.pending: dict[str, Any] = {}

    def first(self, result: InitialIncrementalExecutionResult) -> dict[str, Any]:
        body: dict[str, Any] = {"data": result.data, "pending": self._awaited(result.pending), "hasNext": result.has_next}
        return {**body, "errors": [self.shown(e) for e in result.errors]} if result.errors else body

    def next(self, result: SubsequentIncrementalExecutionResult) -> dict[str, Any]:
        body: dict[str, Any] = {"hasNext": result.has_next}
        if result.pending:
            body["pending"] = self._awaited(result.pending)
        if result.incremental:
            body["incremental"] = [self._part(one) for one in result.incremental]
        if result.completed:
            body["completed"] = [self._completed(one.id, one.errors) for one in result.completed]
        return body

    def broken(self, error: GraphQLError) -> dict[str, Any]:
        """The last part of an answer that cannot be finished: everything awaited ends with the error."""
        return {"hasNext": False, "completed": [self._completed(id, [error]) for id in list(self.pending)]}

    def _awaited(self, pending: Any) -> list[dict[str, Any]]:
        self.pending |= {one.id: one for one in pending}
        return [one.formatted for one in pending]

    def _part(self, one: Any) -> dict[str, Any]:
        place = self.pending[one.id]
        told: dict[str, Any] = {"id": one.id, "data": one.data, "path": [*place.path, *(one.sub_path or ())]}
        told |= {"subPath": one.sub_path} if one.sub_path else {}
        told |= {"label": place.label} if place.label else {}
        return {**told, "errors": [self.shown(e) for e in one.errors]} if one.errors else told

    def _completed(self, id: str, errors: list[GraphQLError] | None) -> dict[str, Any]:
        self.pending.pop(id, None)
        return {"id": id, "errors": [self.shown(e) for e in errors]} if errors else {"id": id}


async def told(results: ExperimentalIncrementalExecutionResults, end: float, shown: Format) -> AsyncGenerator[dict[str, Any], None]:
    """The parts one after the other; those that did not come until `end`, by the loop's clock, end with TIMED_OUT."""
    parts = Parts(shown)
    yield parts.first(results.initial_result)
    try:
        while True:
            async with asyncio.timeout_at(end):
                part = await anext(results.subsequent_results, None)
            if part is None:
                return
            yield parts.next(part)
    except TimeoutError:
        yield parts.broken(GraphQLError("the deadline passed", original_error=TimedOut()))


async def multipart(first: Any, parts: AsyncGenerator[Any, None]) -> AsyncGenerator[bytes, None]:
    """Answers as a body of multipart/mixed; the last tells what all of them came to."""
    answer, objects = first, 0
    try:
        while answer is not None:
            text = orjson.dumps(answer.body)
            objects += text.count(b"{")
            yield OPENING + (text if answer.body["hasNext"] else spliced(text, {"cost": answer.charge.settled(objects)}))
            answer = await anext(parts, None)
        yield CLOSING
    finally:
        await parts.aclose()
