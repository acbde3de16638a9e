"""Happenings: what other systems tell of people: tickets, use of the product, purchases, answers to mail. Each once, kept until we know whom it is about."""

from leadwell.happenings.keeping import forget, look_again
from leadwell.happenings.taking import Taken, take
from leadwell.happenings.telling import BadHappenings, Happening, Person, read

__all__ = ["BadHappenings", "Happening", "Person", "Taken", "forget", "look_again", "read", "take"]
