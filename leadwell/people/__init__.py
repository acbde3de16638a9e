"""People: the stable subject behind leads and contacts, found or made by what makes them unique."""

from leadwell.people.edit import BadCountry, BadEmail, BadPhone, BadTimeZone, edit
from leadwell.people.given import FIELDS, Identified, PersonGiven, PhoneGiven
from leadwell.people.identify import identify_many
from leadwell.people.lock import NoSuchPerson, lock, resolve
from leadwell.people.suggest import Suggestion, suggest_all

__all__ = [
    "FIELDS",
    "BadCountry",
    "BadEmail",
    "BadPhone",
    "BadTimeZone",
    "Identified",
    "NoSuchPerson",
    "PersonGiven",
    "PhoneGiven",
    "Suggestion",
    "edit",
    "identify_many",
    "lock",
    "resolve",
    "suggest_all",
]
