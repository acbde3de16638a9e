"""Which sequences use a template, a sender or a segment, so that none in use is put away."""

from dataclasses import dataclass
from uuid import UUID

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.nurture.checking import names_of
from leadwell.nurture.refusals import InUse
from leadwell.nurture.settings import doors_of
from leadwell.nurture.steps import called


@dataclass(frozen=True, slots=True)
class Use:
    """A sequence that uses something; `steps` names where, in versions that are written, live, or still walked by somebody; `doors` and `sender` say
    whether people enter by it, and whether its mail is from it."""

    sequence_id: UUID
    name: str
    steps: tuple[str, ...] = ()
    entered_by: bool = False
    sent_by: bool = False

    def __str__(self) -> str:
        where = [*(f"step {step}" for step in self.steps), *(["its entry"] if self.entered_by else []), *(["its sender"] if self.sent_by else [])]
        return f"{self.name} ({', '.join(where)})"


async def uses(tx: Tx, *, template: UUID | None = None, sender: UUID | None = None, segment: UUID | None = None) -> list[Use]:
    """Sequences that are not archived and use one of these, by name."""
    wanted = {("template", template), ("sender", sender), ("segment", segment)}
    found: list[Use] = []
    for row in await tx.fetch(load(__name__, "using"), tx.workspace):
        steps = {called(version[int(named.field.split(".")[1])]) for version in row["versions"] for named in names_of(version)
                 if (named.noun, named.id) in wanted}
        entered = any((named.noun, named.id) in wanted for named in doors_of(row["entry"]))
        sent = sender is not None and row["sender_id"] == sender
        if steps or entered or sent:
            found.append(Use(row["id"], row["name"], tuple(sorted(steps)), entered, sent))
    return found


async def unused(tx: Tx, noun: str, id: UUID) -> None:
    """InUse, with the list, when a sequence uses the template, sender or segment."""
    if found := await uses(tx, **{noun: id}):
        raise InUse(noun=noun, users="; ".join(map(str, found)))
