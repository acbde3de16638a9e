"""Mutations that change one record and answer it: a noun declares what each says, takes and calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry

from api.act import Info, act, id_of
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG


@dataclass(frozen=True, slots=True)
class Changes:
    """The mutations of one noun's records, all of which answer `payload` with the record under `name`."""

    noun: str
    name: str
    payload: Any

    def by(self, says: str, kind: type, verb: Callable[[Tx, UUID, Any], Awaitable[Any]], **also: str) -> Any:
        """A mutation with an input of `kind`, whose `id` names the record. `also`: further records that the input names, {name: field}."""
        async def run(info: Info, input: Any) -> Any:
            async def work(tx: Tx) -> Any:
                return await verb(tx, id_of(input.id, self.noun, "id"), input)

            about = {self.name: input.id} | {name: getattr(input, field) for name, field in also.items()}
            return await act(info, self.payload, CATALOG[self.noun].plural, "update", work, input=input, shape=lambda _: self._shown(input), about=about)

        return mutation(says, kind, self.payload, run)

    def _shown(self, input: Any) -> dict[str, UUID]:
        return {self.name: id_of(input.id, self.noun)}


def mutation(says: str, kind: Any, answered: Any, run: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    """A field of a class of mutations whose types are known only as values."""
    async def resolver(self: Any, info: Any, input: Any) -> Any:
        return await run(info, input)

    resolver.__annotations__ = {"info": Info, "input": kind, "return": answered}
    return strawberry.mutation(resolver=resolver, description=says)
