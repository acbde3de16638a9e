"""What an address is (role, free, disposable, business) and whether it can be one at all."""

from collections.abc import Iterable

from leadwell.base.identity import Flaw, parse_email
from leadwell.enrichment.port import EMAIL, PersonFacts, Proposal


class Emails:
    """Reads every address of the person."""

    name = "email"
    fills = ("class", "is_valid")

    def propose(self, facts: PersonFacts) -> Iterable[Proposal]:
        """The class of each readable address, `is_valid` false for the others."""
        for email in facts.emails:
            read = parse_email(email.address)
            if isinstance(read, Flaw):
                yield Proposal(EMAIL, email.id, "is_valid", False, self.name, 0.95, {"reason": read.reason})
            else:
                yield Proposal(EMAIL, email.id, "class", read.kind, self.name, 0.95, {"domain": read.domain})
