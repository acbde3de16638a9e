"""Streets as people write them, keyed: number and words with the usual short forms, without flat, floor and suite."""

import re
from functools import lru_cache

from leadwell.base.identity.text import clean, key

_SHORT = """
street st str strasse straat|avenue ave av|boulevard blvd boul|road rd|drive dr drv|lane ln|court ct crt|place pl|plaza plz|square sq|terrace ter tce
highway hwy|parkway pkwy|circle cir circuit cct|crescent cres cr|close cl|north n|south s|east e|west w|northeast ne|northwest nw|southeast se|southwest sw
platz pl|weg wg|allee al|rue r|calle c|mount mt|fort ft
"""
_SHORTS = {form: words[1] for group in _SHORT.replace("\n", "|").split("|") if (words := group.split()) for form in words}
_UNIT = re.compile(r"\b(?:apartment|apt|unit|suite|ste|floor|fl|room|rm|flat|etage|stock)\b\.?\s*\w+|\b\w+\s+(?:floor|fl|etage)\b|#\s*\w+", re.IGNORECASE)
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_GERMAN = re.compile(r"(?<=\w{3})(?:strasse|str)$")
_LATIN_NUMBER_LAST = re.compile(r"^(\D+?) (\d+ ?[a-z]?)$")


@lru_cache(maxsize=20_000)
def street_key(text: str | None) -> str | None:
    """The street for comparison, number first ("221 East 51st Street, Apt 4" -> "221 e 51 st", "Hauptstraße 5" -> "5 haupt st"), None for a blank one."""
    plain = key(_UNIT.sub(" ", clean(text, limit=300))) or key(text)
    if plain is None:
        return None
    words = [_ORDINAL.sub(r"\1", word) for word in _GERMAN.sub(" st", " ".join(plain.split())).split()]
    words = [part for word in words for part in _GERMAN.sub(" st", word).split()]
    joined = " ".join(_SHORTS.get(word, word) for word in words)
    found = _LATIN_NUMBER_LAST.match(joined)
    return f"{found[2].replace(' ', '')} {found[1]}" if found else joined
