"""First and last name from the full name or, when there is none, from an address that spells it."""

import re
from collections.abc import Iterable

from leadwell.base.identity import PersonName, cased, fold, is_role, looks_like_company, parse_name
from leadwell.enrichment.port import PersonFacts, Proposal

_PARTS = ("prefix", "first_name", "middle_name", "last_name", "suffix")
_CAMEL = re.compile(r"[A-Z][a-z]+|[A-Z](?![a-z])")
_DOTTED = re.compile(r"([a-z]{2,20})[._]([a-z]{2,25}(?:-[a-z]{2,25})?)\d{0,4}", re.IGNORECASE)


class Names:
    """Takes the name apart, tidies its case and puts the full name together."""

    name = "names"
    fills = ("name", *_PARTS)

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """Parts of a full name first, then the spelling of the address."""
        if facts.name and " " in facts.name and not (facts.first_name and facts.last_name) and not looks_like_company(facts.name):
            yield from self._taken_apart(facts, facts.name)
        yield from self._spelled(facts)
        yield from self._recased(facts)
        if not facts.name and facts.first_name and facts.last_name:
            parts = [getattr(facts, part) for part in ("prefix", "first_name", "middle_name", "last_name", "suffix")]
            yield facts.about("name", " ".join(part for part in parts if part), self.name, 0.9, {"by": "parts"})

    def _taken_apart(self, facts: PersonFacts, name: str) -> Iterable[Proposal]:
        read = parse_name(name)
        if not isinstance(read, PersonName) or not (read.first or read.prefix):
            return
        confidence = 0.6 if read.doubtful else 0.9
        for part, value in zip(_PARTS, (read.prefix, read.first, read.middle, read.last, read.suffix), strict=True):
            if value:
                yield facts.about(part, value, self.name, confidence, {"name": name})

    def _spelled(self, facts: PersonFacts) -> Iterable[Proposal]:
        """ "GaryLDenson@…" of a person called Denson, or "jane.doe@…" of a person without any name."""
        email = facts.primary_email
        if email is None or facts.first_name or is_role(local := email.address.partition("@")[0]):
            return
        evidence = {"address": email.address}
        words = _CAMEL.findall(local) if _CAMEL.match(local) else []
        last = facts.last_name or (facts.name if facts.name and " " not in facts.name else None)
        if last and len(words) > 1 and fold(words[-1]) == fold(last) and len(words[0]) > 1:
            yield facts.about("first_name", words[0], self.name, 0.6, evidence)
            if len(words) == 3:
                yield facts.about("middle_name", words[1], self.name, 0.6, evidence)
        elif found := _DOTTED.fullmatch(local):
            first, second = cased(found[1].lower()), cased(found[2].lower())
            if last and fold(second) == fold(last):
                yield facts.about("first_name", first, self.name, 0.7, evidence)
            elif not last and not facts.name:
                yield facts.about("first_name", first, self.name, 0.5, evidence)
                yield facts.about("last_name", second, self.name, 0.5, evidence)
                yield facts.about("name", f"{first} {second}", self.name, 0.5, evidence)

    def _recased(self, facts: PersonFacts) -> Iterable[Proposal]:
        for field in ("name", "first_name", "middle_name", "last_name"):
            given = getattr(facts, field)
            if given and (shown := cased(given)) != given:
                yield facts.about(field, shown, self.name, 0.6, {"by": "case"})
