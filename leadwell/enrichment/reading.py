"""What the JSON of a provider says, by its mapping, if it is about whom was asked. Pure."""

from typing import Any, cast

from leadwell.base.identity import Email, domain_of_url, parse_email, registrable
from leadwell.base.pointers import at
from leadwell.enrichment.asking import Answer, Mapped


def read(mapped: Mapped, key: str, said: Any) -> Answer:
    """The values of an answer, if it is about whom was asked. Pushes are read by it too."""
    error = at(said, mapped.error) if mapped.error else None
    if error not in (None, False, "", [], {}, 0):
        return Answer("FAILED", reason=f"It answered with an error: {str(error)[:200]}", final=True)
    person = at(said, mapped.items) if mapped.items else said
    if isinstance(person, list):
        listed = cast("list[Any]", person)
        person = next((one for one in listed[:100] if about(mapped, one) == key), listed[0] if listed else None)
    if person in (None, {}, []):
        return Answer("MISS", reason="There is nothing in its answer.")
    whom = about(mapped, person)
    if whom != key:
        return Answer("REJECTED", reason=f"Its answer is about {whom[:80]}." if whom else "Its answer does not say whom it is about.")
    values = {name: value for name, place in mapped.fields.items() if (value := at(person, place)) not in (None, "", [], {})}
    return Answer("FOUND", values=values, found={"answer": person}) if values else Answer("MISS", reason="There is nothing in its answer.")


def about(mapped: Mapped, person: Any) -> str | None:
    """Whom an answer says it is about, as keys are written."""
    told = at(person, mapped.identity)
    if not isinstance(told, str):
        return None
    if mapped.by == "email":
        found = parse_email(told)
        return found.normalized if isinstance(found, Email) else None
    host = domain_of_url(told)
    return registrable(host) if isinstance(host, str) else None
