"""Decides who is meant: known people of a batch, and one given person after the other linked or made. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell.base.identity import is_role, key
from leadwell.people.given import FIELDS, NAME_PARTS, PersonGiven, PhoneGiven
from leadwell.people.naming import Named, alike, named


@dataclass(slots=True)
class Known:
    """A person as far as identity needs it; `filled` collects what this batch adds."""

    id: UUID
    kind: str
    fields: dict[str, str | None]
    email: str | None = None
    phone: str | None = None
    addresses: set[str] = field(default_factory=set[str])
    numbers: set[str] = field(default_factory=set[str])
    has_number: bool = False
    unread: set[str] = field(default_factory=set[str])
    version: int = 1
    created: bool = False
    filled: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def named(self) -> Named:
        return named(self.fields)


@dataclass(slots=True)
class Register:
    """Everybody a batch can mean. `shared` are match keys used by several people, `newly_shared` those found so by this batch."""

    people: dict[UUID, Known] = field(default_factory=dict[UUID, Known])
    by_address: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict[str, list[UUID]](list))
    by_external: dict[str, UUID] = field(default_factory=dict[str, UUID])
    shared: set[str] = field(default_factory=set[str])
    newly_shared: set[str] = field(default_factory=set[str])

    def find(self, given: PersonGiven) -> tuple[Known | None, str | None]:
        """The known person that is meant and by what; an external id is the strongest word."""
        for external in external_keys(given.external_ids):
            if external in self.by_external:
                return self.people[self.by_external[external]], "EXTERNAL"
        found = self._by_address(given)
        return found, "EMAIL" if found else None

    def _by_address(self, given: PersonGiven) -> Known | None:
        if given.email is None:
            return None
        match_key = given.email.match_key
        candidates = [self.people[id] for id in self.by_address.get(match_key, ())]
        if not candidates:
            return None
        name = named(given.fields)
        verdicts = [(alike(name, known.named), known) for known in candidates]
        same = next((known for verdict, known in verdicts if verdict == "SAME"), None)
        if same or not self.is_shared(given):
            return same or next((known for verdict, known in verdicts if verdict == "UNKNOWN"), None)
        # Several people write from here: a blank name means the address itself, never one of them.
        return None if name.words else next((known for known in candidates if not known.named.words), None)

    def is_shared(self, given: PersonGiven) -> bool:
        email = given.email
        return email is not None and (email.match_key in self.shared or is_role(email.local))

    def add(self, id: UUID, given: PersonGiven) -> Known:
        """A new person; an address known under another name is shared from now on."""
        fields: dict[str, str | None] = {name: given.fields.get(name) for name in FIELDS}
        if given.email and self.by_address.get(given.email.match_key):
            self.newly_shared.add(given.email.match_key)
            self.shared.add(given.email.match_key)
        nameless = self.is_shared(given) and not named(given.fields).words
        known = Known(id, "FUNCTION" if nameless else "INDIVIDUAL", fields, created=True)
        known.filled = {name: value for name, value in fields.items() if value is not None}
        self.people[id] = known
        return known

    def index(self, known: Known, given: PersonGiven) -> None:
        """What this given person is known by from now on, within the batch."""
        for external in external_keys(given.external_ids):
            self.by_external.setdefault(external, known.id)
        if given.email and known.id not in self.by_address[given.email.match_key]:
            self.by_address[given.email.match_key].append(known.id)


def fill(known: Known, given: PersonGiven) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the known person lacks and takes, and what it keeps against the given value."""
    filled: dict[str, Any] = {}
    conflicts: dict[str, Any] = {}
    parts = any(given.fields.get(part) for part in NAME_PARTS)
    for name, value in given.fields.items():
        present = known.fields.get(name)
        if present is None:
            filled[name] = value
        elif key(present) != key(value) and not (name == "name" and parts):
            conflicts[name] = value
    known.fields |= filled
    known.filled |= filled
    return filled, conflicts


def new_phones(known: Known, phones: Iterable[PhoneGiven]) -> list[PhoneGiven]:
    """The numbers this person does not have yet."""
    fresh: list[PhoneGiven] = []
    for phone in phones:
        if phone.raw not in known.numbers and (phone.e164 is None or phone.e164 not in known.numbers):
            known.numbers |= {number for number in (phone.raw, phone.e164) if number}
            fresh.append(phone)
    return fresh


def now_read(known: Known, phones: Iterable[PhoneGiven]) -> list[PhoneGiven]:
    """Numbers the person has as written and that can be read now, because somebody named the country."""
    found = [phone for phone in phones if phone.e164 and phone.raw in known.unread]
    known.unread -= {phone.raw for phone in found}
    return found


def external_keys(external_ids: Iterable[tuple[str, str]]) -> list[str]:
    """External ids, each with its source, as they stand in person_keys."""
    return [f"{source}\x1f{id}" for source, id in external_ids]
