"""People: the stable subject behind leads and contacts, found or made by what makes them unique."""

from leadwell.people.edit import PLAIN, BadCountry, BadEmail, BadPhone, BadTimeZone, edit, edit_many
from leadwell.people.given import FIELDS, Identified, PersonGiven, PhoneGiven
from leadwell.people.identify import Claims, Met, claim, identify_many, keep, meet, strangers, take
from leadwell.people.lock import NoSuchPerson, lock, resolve
from leadwell.people.suggest import Suggestion, suggest_all

__all__ = [
    "FIELDS",
    "PLAIN",
    "BadCountry",
    "BadEmail",
    "BadPhone",
    "BadTimeZone",
    "Claims",
    "Identified",
    "Met",
    "NoSuchPerson",
    "PersonGiven",
    "PhoneGiven",
    "Suggestion",
    "claim",
    "edit",
    "edit_many",
    "identify_many",
    "keep",
    "lock",
    "meet",
    "resolve",
    "strangers",
    "suggest_all",
    "take",
]
