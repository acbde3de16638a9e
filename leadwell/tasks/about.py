"""What a task or an activity is about: records that exist, and the people behind them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from leadwell.base.refusals import NotFound
from leadwell.base.sql import load
from leadwell.base.tx import Tx

NOUNS = ("lead", "contact", "company", "deal", "campaign")


@dataclass(frozen=True, slots=True)
class About:
    """Records and people, each with the part they had in `roles` (ABOUT when none is given). A lead or contact brings its person along."""

    lead_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    person_ids: Sequence[UUID] = ()
    campaign_id: UUID | None = None
    roles: Sequence[str] = ()

    @property
    def links(self) -> list[tuple[str, UUID]]:
        """As links of an activity."""
        named = ((noun.capitalize(), getattr(self, f"{noun}_id")) for noun in NOUNS)
        return [(noun, id) for noun, id in named if id]

    def named(self) -> Iterator[tuple[str, UUID, str]]:
        """Everything it names: noun, id and field."""
        for noun, id in self.links:
            yield noun, id, f"{noun.lower()}_id"
        for i, id in enumerate(self.person_ids):
            yield "Person", id, f"person_ids.{i}" if self.roles else "person_ids"


@dataclass(frozen=True, slots=True)
class Concerned:
    """What an About comes to: with ids as they are after merges, and every person once, with a role."""

    about: About
    people: Sequence[tuple[UUID, str]]


class Known:
    """Records looked up once for many."""

    def __init__(self, rows: Iterable[tuple[str, UUID, UUID, UUID | None]]) -> None:
        self._found = {(noun, id): (now, found) for noun, id, now, found in rows}

    def concerned(self, about: About) -> Concerned:
        """NotFound with the field for what does not exist."""
        for noun, id, field in about.named():
            if self._found.get((noun, id), (id, None))[1] is None:
                raise NotFound(field=field, noun=noun.lower())
        people = [self._found["Person", id][1] for id in about.person_ids]
        roles = [*about.roles, *["ABOUT"] * (len(people) - len(about.roles))]
        people += [self._found[noun, id][1] for noun, id in about.links if noun in ("Lead", "Contact")]
        each = {id: role for id, role in reversed(list(zip(people, [*roles, "ABOUT", "ABOUT"], strict=False))) if id}
        now = {f"{noun.lower()}_id": self._found[noun, id][0] for noun, id in about.links}
        return Concerned(replace(about, person_ids=[self._found["Person", id][0] for id in about.person_ids], **now), list(each.items())[::-1])


async def known(tx: Tx, abouts: Iterable[About]) -> Known:
    """What all of these name, by one statement that reads the business clock as well."""
    named = list(dict.fromkeys((noun, id) for about in abouts for noun, id, _ in about.named()))
    if not named:
        return Known(())
    rows = await tx.fetch(load(__name__, "about"), tx.workspace, [noun for noun, _ in named], [id for _, id in named])
    tx.clocked(rows[0]["now"])
    return Known((row["noun"], row["id"], row["now_id"], row["found"]) for row in rows)


async def people_of(tx: Tx, about: About) -> list[UUID]:
    """The people concerned, each once; NotFound with the field for what does not exist."""
    return [id for id, _ in (await known(tx, [about])).concerned(about).people]
