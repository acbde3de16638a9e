"""Telephone numbers: E.164, region, type, and the time zone they ring in."""

from collections.abc import Iterable

from leadwell.base.identity import Flaw, Phone, parse_phone, time_zones
from leadwell.enrichment.port import PHONE, PersonFacts, PhoneFacts, Proposal
from leadwell.enrichment.providers.geography import likely_country, read_before


class Phones:
    """Reads every number of the person; one without "+" is dialled from the person's likely country."""

    name = "phone"
    fills = ("e164", "region", "type", "is_valid", "phone", "time_zone")

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """Per number its reading; for the person the zone, when all numbers ring in the same one."""
        country = likely_country(facts)
        zones: set[str] = set()
        for phone in facts.phones:
            if read_before(phone):
                zones.update(time_zones(phone.e164 or ""))
                if phone.is_primary:
                    yield facts.about("phone", phone.e164, self.name, 0.9, {"raw": phone.raw})
                continue
            # A number with "+" needs no country, and was read without one to tell the country: it is not read twice.
            found = parse_phone(phone.raw, None if phone.raw.startswith("+") else country)
            if isinstance(found, Flaw):
                yield Proposal(PHONE, phone.id, "is_valid", False, self.name, 0.9, {"reason": found.reason})
                continue
            yield from self._reading(phone, found)
            if phone.is_primary:
                yield facts.about("phone", found.e164, self.name, 0.9, {"raw": phone.raw})
            zones.update(time_zones(found.e164) if found.valid else ())
        if len(zones) == 1:
            yield facts.about("time_zone", zones.pop(), self.name, 0.7, {"by": "phone"})

    def _reading(self, phone: PhoneFacts, found: Phone) -> Iterable[Proposal]:
        evidence = {"raw": phone.raw}
        for field in ("e164", "region", "type"):
            yield Proposal(PHONE, phone.id, field, getattr(found, field), self.name, 0.9, evidence)
        if not found.valid:
            unknown = {"raw": phone.raw, "reason": "The numbering plan does not know this range."}
            yield Proposal(PHONE, phone.id, "is_valid", False, self.name, 0.7, unknown)
