"""Country, time zone and currency from what is already known."""

from collections.abc import Iterable

from leadwell.base.identity import Phone, country_currency, country_zone, parse_phone
from leadwell.enrichment.port import LEAD, PersonFacts, PhoneFacts, Proposal

# Country domains the whole world registers: they say nothing about a country.
_GENERIC = frozenset(["ac", "ai", "am", "app", "bz", "cc", "co", "eu", "fm", "gg", "im", "io", "la", "ly", "me", "nu"])
_GENERIC_MORE = frozenset(["sh", "st", "su", "tk", "to", "tv", "vc", "ws", "ml", "ga", "cf", "gq", "pw", "tf"])


class Geography:
    """Country from number or address, then zone and currency from the country."""

    name = "geography"
    fills = ("country", "time_zone", "currency")

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """Never from the workspace's own country: that is where the asker is, not the person."""
        country, confidence, by = country_of(facts)
        if country is None:
            return
        if facts.country is None:
            yield facts.about("country", country, self.name, confidence, {"by": by})
        if zone := country_zone(country):
            yield facts.about("time_zone", zone, self.name, confidence * 0.9, {"country": country})
        currency = country_currency(country)
        for lead in facts.leads:
            if currency and lead.budget_minor is not None:
                yield Proposal(LEAD, lead.id, "currency", currency, self.name, confidence * 0.8, {"country": country})


def country_of(facts: PersonFacts) -> tuple[str | None, float, str]:
    """The person's country, how sure, and by what."""
    if facts.country:
        return facts.country, 0.9, "country"
    regions = {region for phone in facts.phones if (region := _region(phone))}
    if len(regions) == 1:
        return regions.pop(), 0.8, "phone"
    ends = {_country_of_domain(email.domain) for email in facts.emails if email.class_ != "DISPOSABLE"} - {None}
    if len(ends) == 1:
        return ends.pop(), 0.6, "email"
    return None, 0.0, ""


def likely_country(facts: PersonFacts) -> str | None:
    """Where a number without "+" is dialled from: the person's country, else the workspace's."""
    return country_of(facts)[0] or facts.home_country


def read_before(phone: PhoneFacts) -> bool:
    """Whether a number was read when it was written down, so that reading it again finds nothing new."""
    return bool(phone.is_valid and phone.e164 and phone.region and phone.type)


def _region(phone: PhoneFacts) -> str | None:
    """Where a number written with "+" is from; of another the country was a guess."""
    if read_before(phone) and phone.raw.startswith("+"):
        return phone.region
    found = parse_phone(phone.raw, None)
    return found.region if isinstance(found, Phone) and found.valid else None


def _country_of_domain(domain: str) -> str | None:
    end = domain.rpartition(".")[2]
    if len(end) != 2 or end in _GENERIC or end in _GENERIC_MORE:
        return None
    return "GB" if end == "uk" else end.upper()
