"""Which records an event concerns, and which fields of them it says have changed. All pure."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from leadwell.catalog import CATALOG, Noun
from leadwell.events.kinds import KINDS

# Nouns whose events do not begin with their name: mail., clock., duplicate., sweep., suggestion.
OTHERWISE = frozenset({"Send", "ClockAdvance", "DuplicatePair", "DuplicateSweep", "FieldSuggestion"})
OF_PEOPLE = ("person.", "score.")


class Concern(NamedTuple):
    """The record an event is about, or the person behind it whose values the noun's records show."""

    record: UUID | None = None
    person: UUID | None = None


NOBODY = Concern()


@cache
def followed() -> tuple[Noun, ...]:
    """The nouns that something can happen to."""
    spoken = {kind.partition(".")[0] for kind in KINDS}
    return tuple(noun for noun in CATALOG if noun.singular in spoken or noun.name in OTHERWISE)


@cache
def shows_person(noun: Noun) -> bool:
    """Whether the noun's records show values of the person behind them, as leads and contacts do."""
    return any(column.lookup == "people" for column in noun.columns.values())


def concern(noun: Noun, event: Mapping[str, Any]) -> Concern:
    """What of the noun an event concerns."""
    if event["noun"] == noun.name:
        return Concern(record=event["record_id"])
    person = event["person_id"]
    if person is None or not event["kind"].startswith(OF_PEOPLE):
        return NOBODY
    if noun.name == "Person":
        return Concern(record=person)
    return Concern(person=person) if shows_person(noun) else NOBODY
