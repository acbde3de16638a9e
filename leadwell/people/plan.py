"""What a batch of given people comes to: rows to write, kept apart from writing them. Pure."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadwell.base.ids import uuid7
from leadwell.events import Event
from leadwell.people.given import Identified, PersonGiven
from leadwell.people.register import Known, Register, fill, new_phones, now_read
from leadwell.people.suggest import Suggestion

Row = dict[str, Any]


@dataclass(slots=True)
class Plan:
    """Everything identify writes. `became` says which person each provisional id stands for."""

    people: list[Known] = field(default_factory=list[Known])
    changed: dict[UUID, Known] = field(default_factory=dict[UUID, Known])
    emails: list[Row] = field(default_factory=list[Row])
    phones: list[Row] = field(default_factory=list[Row])
    read_phones: list[Row] = field(default_factory=list[Row])
    external_ids: list[Row] = field(default_factory=list[Row])
    suggestions: list[Suggestion] = field(default_factory=list[Suggestion])
    became: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    given: dict[UUID, PersonGiven] = field(default_factory=dict[UUID, PersonGiven])

    def row(self, known: Known) -> Row:
        """A new person as a row of people; what is not there is left out, because reading it costs as much as a value."""
        own = {"id": known.id, "kind": known.kind, "email": known.email, "phone": known.phone, "last_activity_at": self.given[known.id].at}
        return own | {name: value for name, value in known.fields.items() if value is not None}

    def events(self, same_phone: dict[str, list[UUID]]) -> list[Event]:
        """person.created and person.updated."""
        noted = [self._created(known, same_phone) for known in self.people]
        for known in self.changed.values():
            changes = {name: [None, value] for name, value in known.filled.items()}
            data = {**self.given[known.id].data, "changes": changes}
            noted.append(Event("person.updated", "Person", known.id, known.id, known.version + 1, data))
        return noted

    def _created(self, known: Known, same_phone: dict[str, list[UUID]]) -> Event:
        others = {id for number in known.numbers for id in same_phone.get(number, ()) if id != known.id}
        data = dict(self.given[known.id].data) | ({"same_phone": sorted(map(str, others))} if others else {})
        return Event("person.created", "Person", known.id, known.id, 1, data)


def settle(register: Register, plan: Plan, id: UUID, given: PersonGiven) -> Identified:
    """Links one given person to a known one or adds it, and plans what that writes."""
    known, by = register.find(given)
    created = known is None
    if known is None:
        known = register.add(id, given)
        plan.people.append(known)
        filled, conflicts = dict(known.filled), {}
    else:
        filled, conflicts = fill(known, given)
    plan.became[id] = known.id
    plan.given.setdefault(known.id, given)
    filled |= _reach(register, plan, known, given)
    register.index(known, given)
    if filled and not known.created:
        known.filled |= filled
        plan.changed[known.id] = known
    plan.suggestions += [
        Suggestion("Person", known.id, name, value, known.fields.get(name), given.source) for name, value in conflicts.items()
    ]
    for source, external_id in given.external_ids:
        plan.external_ids.append({"source": source, "external_id": external_id, "record_id": known.id})
    return Identified(known.id, created, by, filled, conflicts)


def _reach(register: Register, plan: Plan, known: Known, given: PersonGiven) -> Row:
    """Addresses and numbers the person does not have yet; the first of each is the primary one."""
    filled: Row = {}
    email = given.email
    if email and email.normalized not in known.addresses:
        known.addresses.add(email.normalized)
        foreign = any(id != known.id for id in register.by_address.get(email.match_key, ()))
        if foreign and email.match_key not in register.shared:
            register.newly_shared.add(email.match_key)
            register.shared.add(email.match_key)
        plan.emails.append({
            "id": uuid7(), "person_id": known.id, "address": email.display, "normalized": email.normalized, "match_key": email.match_key,
            "domain": email.domain, "is_primary": known.email is None, "is_shared": register.is_shared(given),
        })  # fmt: skip
        if known.email is None:
            known.email = filled["email"] = email.display
    for phone in now_read(known, given.phones):
        plan.read_phones.append({
            "person_id": known.id, "raw": phone.raw, "e164": phone.e164, "region": phone.region, "type": phone.type, "is_valid": phone.valid
        })  # fmt: skip
        if known.phone is None:
            known.phone = filled["phone"] = phone.e164
    for phone in new_phones(known, given.phones):
        primary, known.has_number = not known.has_number, True
        plan.phones.append({
            "id": uuid7(), "person_id": known.id, "raw": phone.raw, "e164": phone.e164, "region": phone.region, "type": phone.type,
            "label": phone.label, "is_primary": primary, "is_valid": phone.valid,
        })  # fmt: skip
        if phone.e164 is None:
            known.unread.add(phone.raw)
        elif primary:
            known.phone = filled["phone"] = phone.e164
    return filled
