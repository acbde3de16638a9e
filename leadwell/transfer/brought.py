"""Custom values and tags of a batch's rows, once it is known which record each row is about."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.transfer.extras import OPT_OUT
from leadwell.transfer.giving import Wish, give
from leadwell.transfer.manifest import Entry
from leadwell.transfer.nouns import Case
from leadwell.transfer.options import Plan

Words = Mapping[int, tuple[Mapping[str, str], str]]
Flaw = tuple[int, tuple[str, str, str]]
NO_LEAD = "The row made no lead, so this was left out: it is about a contact, or a subscription."


async def to_leads(tx: Tx, plan: Plan, meant: Mapping[int, tuple[UUID | None, bool]], words: Words) -> tuple[list[Entry], list[Flaw], int]:
    """`meant`: the lead of each row, and whether this transaction made it. What a revert needs, what did not fit, and how many values were kept against the
    file's."""
    wishes: list[Wish] = []
    flaws: list[Flaw] = []
    for number, (lead, fresh) in sorted(meant.items()):
        brought = _brought(plan, words[number][0])
        if brought and lead is None:
            flaws += [(number, (name, "NO_LEAD", NO_LEAD)) for name in brought]
        elif brought and lead:
            wishes.append(Wish(number, lead, fresh, brought))
    await give(tx, plan, wishes)
    flaws += [(wish.number, flaw) for wish in wishes for flaw in wish.flaws]
    entries = [Entry(wish.number, "CHANGED", "Lead", wish.record_id, wish.changes, {}) for wish in wishes if wish.changes and not wish.fresh]
    return entries, flaws, sum(len(wish.conflicts) for wish in wishes)


async def to_records(tx: Tx, plan: Plan, cases: Sequence[Case], words: Words) -> None:
    """What became of it stands in the cases."""
    made = {case.record_id for case in cases if case.action == "CREATED"}
    pairs = [
        (case, Wish(case.number, case.record_id, case.record_id in made, brought)) for case in cases
        if case.live and case.record_id and (brought := _brought(plan, words[case.number][0]))
    ]  # fmt: skip
    await give(tx, plan, [wish for _, wish in pairs])
    for case, wish in pairs:
        case.changes |= wish.changes
        case.conflicts |= dict.fromkeys(wish.conflicts)
        case.flaws += wish.flaws
        if wish.changes and case.action == "UNCHANGED":
            case.action = "CHANGED"


def _brought(plan: Plan, words: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in words.items() if name in plan.extras and name != OPT_OUT}
