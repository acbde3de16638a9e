"""Makes the mutations of a list from its declaration and the catalog: create, update, archive, unarchive, and reorder where it has an order."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional
from uuid import UUID

import strawberry

from api.act import KEY, VERSION, Info, act, given, id_of, ids_of, payload
from api.grammar import GRAMMAR
from api.grammar.parts import OUTPUT
from api.records import mutation
from leadwell import entries, pipelines
from leadwell.access import Viewer
from leadwell.access.names import camel
from leadwell.base.rows import Revision
from leadwell.base.tx import Tx
from leadwell.catalog import CATALOG, Relation
from leadwell.entries import Entry

SAYS = {"pipeline_id": "The pipeline it belongs to.", "next_ids": "Which open ones may follow; null: every one."}
Fields = dict[str, tuple[Any, str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Verbs:
    """What the mutations of a list call."""

    create: Callable[[Tx, Entry, Mapping[str, Any]], Awaitable[UUID]] = entries.create
    update: Callable[[Tx, Entry, UUID, Mapping[str, Any], int | None], Awaitable[Revision]] = entries.update
    archive: Callable[[Tx, Entry, UUID, UUID | None, int | None], Awaitable[Revision]] = entries.archive


STEPS = Verbs(pipelines.create_step, pipelines.update_step, pipelines.archive_step)


def mutations(entry: Entry, module: str, verbs: Callable[[Viewer], Verbs] | None = None) -> type:
    """A class of mutations, named after the noun. `verbs`: of a list with rules of its own, for whoever calls them."""
    plain = STEPS if entry.within == ("pipeline_id",) else Verbs()
    door = Door(entry, verbs or (lambda _: plain), snake(entry.noun), answer(entry, module))
    fields = {
        f"create_{door.name}": door.create(), f"update_{door.name}": door.update(), f"archive_{door.name}": door.archive(),
        f"unarchive_{door.name}": door.unarchive(),
    }  # fmt: skip
    if entry.ordered:
        many = CATALOG[entry.noun].plural
        fields[f"reorder_{snake(many)}"] = door.reorder(many[0].upper() + many[1:])
    return strawberry.type(type(f"{entry.noun}Mutations", (), {"__module__": module, "__annotations__": {}, **fields}))


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def answer(entry: Entry, module: str) -> Any:
    """The payload of all mutations of a list."""
    replayed = strawberry.field(default=False, description="This repeats an earlier answer.")
    doc = f"What making or changing a {entry.words} answers."
    body = {"__annotations__": {"replayed": bool}, "replayed": replayed, "__doc__": doc, "__module__": module}
    return payload(**{snake(entry.noun): entry.noun})(type(f"{entry.noun}Payload", (), body))


def input_type(name: str, doc: str, fields: Fields) -> Any:
    """An input written from data."""
    made = type(name, (), {"__annotations__": {}, "__module__": __name__})
    for field, (of, says, more) in fields.items():
        made.__annotations__[field] = of
        setattr(made, field, strawberry.field(description=says, **more))
    return strawberry.input(made, name=name, description=doc)


@dataclass(frozen=True, slots=True)
class Door:
    """The mutations of one list."""

    entry: Entry
    verbs: Callable[[Viewer], Verbs]
    name: str
    payload: Any

    def create(self) -> Any:
        entry, fields = self.entry, Fields()
        for field in entry.fields:
            of, says = self._kind(field), self._says(field)
            needed = field in entry.needed
            more = {} if needed else {"default": None}
            fields[field] = (of if needed else Optional[of], says + (" Missing: made of the name." if field in entry.made_of else ""), more)  # noqa: UP045
        kind = input_type(f"Create{entry.noun}Input", f"A {entry.words} to make.", fields | _key())

        async def run(info: Info, input: Any) -> Any:
            async def verb(tx: Tx) -> UUID:
                return await self.verbs(info.context.viewer).create(tx, entry, self._read({name: getattr(input, name) for name in entry.fields}))

            return await self._act(info, "create", verb, input, self._made)

        return mutation(f"Makes a {entry.words}.", kind, self.payload, run)

    def update(self) -> Any:
        entry, fields = self.entry, Fields()
        for field in entry.fields:
            if field not in entry.fixed:
                of = self._kind(field)
                fields[field] = (strawberry.Maybe[Optional[of]] if self._null(field) else strawberry.Maybe[of], self._says(field), {})  # noqa: UP045
        doc = f"Changes of a {entry.words}. What is left out stays{'; null clears' if any(map(self._null, entry.fields)) else ''}."
        kind = input_type(f"Update{entry.noun}Input", doc, self._one() | fields | _version() | _key())

        async def run(info: Info, input: Any) -> Any:
            async def verb(tx: Tx) -> Revision:
                changes = self._read(given(input, *(name for name in entry.fields if name not in entry.fixed)))
                return await self.verbs(info.context.viewer).update(tx, entry, id_of(input.id, entry.noun, "id"), changes, input.expected_version)

            return await self._act(info, "update", verb, input, self._changed(input))

        return mutation(f"Changes a {entry.words}.", kind, self.payload, run)

    def archive(self) -> Any:
        entry = self.entry
        heir: Fields = {"replacement_id": (Optional[strawberry.ID], "What those who use it get instead.", {"default": None})}  # noqa: UP045
        kind = input_type(f"Archive{entry.noun}Input", f"A {entry.words} to put away.", self._one() | heir | _version() | _key())

        async def run(info: Info, input: Any) -> Any:
            async def verb(tx: Tx) -> Revision:
                other = None if input.replacement_id is None else id_of(input.replacement_id, entry.noun, "replacement_id")
                return await self.verbs(info.context.viewer).archive(tx, entry, id_of(input.id, entry.noun, "id"), other, input.expected_version)

            return await self._act(info, "update", verb, input, self._changed(input))

        return mutation(f"Puts a {entry.words} away: records keep it, nothing new gets it.", kind, self.payload, run)

    def unarchive(self) -> Any:
        entry = self.entry
        kind = input_type(f"Unarchive{entry.noun}Input", f"A {entry.words} to bring back.", self._one() | _version() | _key())

        async def run(info: Info, input: Any) -> Any:
            async def verb(tx: Tx) -> Revision:
                return await entries.unarchive(tx, entry, id_of(input.id, entry.noun, "id"), input.expected_version)

            return await self._act(info, "update", verb, input, self._changed(input))

        return mutation(f"Brings a {entry.words} back.", kind, self.payload, run)

    def reorder(self, many: str) -> Any:
        entry = self.entry
        ids: Fields = {"ids": (list[strawberry.ID], "Those that come first, in this order; the others of the pipeline follow.", {})}
        kind = input_type(f"Reorder{many}Input", "An order.", ids | _key())
        body: dict[str, Any] = {"__annotations__": {}, "__doc__": "The whole list in its new order.", "__module__": __name__}
        answered: Any = payload(**{snake(CATALOG[entry.noun].plural): [entry.noun]})(type(f"Reorder{many}Payload", (), body))

        async def run(info: Info, input: Any) -> Any:
            async def verb(tx: Tx) -> list[UUID]:
                return await entries.reorder(tx, entry, ids_of(input.ids, entry.noun, "ids"))

            plural = CATALOG[entry.noun].plural
            return await act(info, answered, plural, "update", verb, input=input, shape=lambda found: {snake(plural): found})

        return mutation("Puts the steps of a pipeline in order.", kind, answered, run)

    async def _act(self, info: Info, verb: str, work: Callable[[Tx], Awaitable[Any]], input: Any, shape: Any) -> Any:
        return await act(info, self.payload, CATALOG[self.entry.noun].plural, verb, work, input=input, shape=shape)

    def _made(self, id: UUID) -> dict[str, Any]:
        return {self.name: id}

    def _changed(self, input: Any) -> Callable[[Any], dict[str, Any]]:
        return lambda _: {self.name: id_of(input.id, self.entry.noun)}

    def _kind(self, field: str) -> Any:
        if field in SAYS:
            return list[strawberry.ID] if field == "next_ids" else strawberry.ID
        if field in self.entry.references:
            return strawberry.ID
        column = CATALOG[self.entry.noun].columns[camel(field)]
        return GRAMMAR.enum(column.choices) if column.choices else OUTPUT[column.kind]

    def _null(self, field: str) -> bool:
        if field in self.entry.references:
            return self._relation(field).null
        return field == "next_ids" or (field not in SAYS and CATALOG[self.entry.noun].columns[camel(field)].null)

    def _says(self, field: str) -> str:
        if field in self.entry.references:
            return self._relation(field).doc
        return SAYS.get(field) or CATALOG[self.entry.noun].columns[camel(field)].contract.doc

    def _relation(self, field: str) -> Relation:
        return CATALOG[self.entry.noun].relations[camel(field.removesuffix("_id"))]

    def _one(self) -> Fields:
        return {"id": (strawberry.ID, f"The {self.entry.words}.", {})}

    def _read(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Opaque ids as uuids, choices as text."""
        read = {name: str(value.value) if hasattr(value, "doc") else value for name, value in said.items()}
        if read.get("pipeline_id") is not None:
            read["pipeline_id"] = id_of(read["pipeline_id"], "Pipeline", "pipeline_id")
        for name, (noun, _) in self.entry.references.items():
            if read.get(name) is not None:
                read[name] = id_of(read[name], noun, name)
        if read.get("next_ids"):
            read["next_ids"] = ids_of(read["next_ids"], self.entry.noun, "next_ids")
        return read


def _version() -> Fields:
    return {"expected_version": (Optional[int], VERSION, {"default": None})}  # noqa: UP045


def _key() -> Fields:
    return {"idempotency_key": (Optional[str], KEY, {"default": None})}  # noqa: UP045
