"""Values of the workspace's own fields that come with a submission (`custom.<key>`): its lead takes those it lacks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from leadwell import custom
from leadwell.base.tx import Tx
from leadwell.capture.submissions import FieldFlaw

if TYPE_CHECKING:
    from leadwell.capture.capture import Case

PREFIX = "custom."
WRITTEN = frozenset(("FORM", "WEBHOOK", "EMAIL"))   # doors whose values are what people wrote, not JSON of a field's type


def own_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """{key: value as JSON} of the fields of a submission."""
    return {name.removeprefix(PREFIX): value for name, value in fields.items() if name.startswith(PREFIX)}


async def check(tx: Tx, cases: Sequence["Case"]) -> None:
    """What fits no field is a flaw, and left out; the raw submission keeps it."""
    written = [case for case in cases if case.read.custom and case.submission.channel in WRITTEN]
    for case, (values, bad) in zip(written, await custom.told(tx, "Lead", [case.read.custom for case in written]), strict=True):
        case.read.custom = values
        case.read.flaws += [FieldFlaw(f"{PREFIX}{key[:60]}", refusal.code, refusal.message) for key, refusal in bad.items()]
    given = [case for case in cases if case.read.custom and case.submission.channel not in WRITTEN]
    for case, unfit in zip(given, await custom.unfit(tx, "Lead", [case.read.custom for case in given]), strict=True):
        for key, refusal in unfit.items():
            case.read.flaws.append(FieldFlaw(f"{PREFIX}{key[:60]}", refusal.code, refusal.message))
        case.read.custom = {key: value for key, value in case.read.custom.items() if key not in unfit}


async def known(tx: Tx, names: Iterable[str]) -> str | None:
    """The first of these names of fields (`custom.<key>`, or any other) that no field of leads has."""
    key = await custom.missing(tx, "Lead", [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)])
    return None if key is None else PREFIX + key


async def keep(tx: Tx, cases: Sequence["Case"]) -> None:
    """Once the leads are written. Of several about one lead the first counts. CustomValueTaken."""
    wanted: dict[UUID, dict[str, Any]] = {}
    for case in cases:
        if case.lead and case.read.custom:
            wanted[case.lead.lead_id] = case.read.custom | wanted.get(case.lead.lead_id, {})
    if wanted:
        await custom.write_many(tx, "Lead", wanted, empty_only=True)
