"""The nouns that files can bring, one declaration each. Leads are told apart: they go through capture, as at every door."""

from collections.abc import Mapping

from leadwell.capture.fields import FIELDS as LEAD_FIELDS
from leadwell.capture.fields import IDENTIFYING
from leadwell.transfer.nouns.activities import ACTIVITY
from leadwell.transfer.nouns.companies import COMPANY
from leadwell.transfer.nouns.contacts import CONTACT
from leadwell.transfer.nouns.deals import DEAL
from leadwell.transfer.nouns.shape import MODES, Case, Field, Hints, Importable, Mode, Way

RECORDS: Mapping[str, Importable] = {one.name: one for one in (CONTACT, COMPANY, DEAL, ACTIVITY)}
NOUNS = ("Lead", *RECORDS)


def fields_of(noun: str) -> Mapping[str, str]:
    """What columns can fill, with its sentence."""
    known = LEAD_FIELDS if noun == "Lead" else RECORDS[noun].fields
    return {name: one.doc for name, one in known.items()}


def identifying(noun: str) -> tuple[str, ...]:
    return IDENTIFYING if noun == "Lead" else RECORDS[noun].identifying


__all__ = ["MODES", "NOUNS", "RECORDS", "Case", "Field", "Hints", "Importable", "Mode", "Way", "fields_of", "identifying"]
