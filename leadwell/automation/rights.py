"""What an automation may do: no more than whoever wrote it and brought it into use, then and whenever it acts."""

from leadwell.access.lasting import may_do, may_set
from leadwell.access.sees import Everything, Sees
from leadwell.access.standing import standing
from leadwell.automation.refusals import RightGone
from leadwell.automation.rules import Act, Rule
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Tx

NEEDS = {"ASSIGN": ("Lead", "assign"), "TASK": ("Task", "create"), "ENROLL": ("Person", "enroll")}
Authors = dict[str | None, Sees | None]     # by credential


def within(author: Sees, rule: Rule) -> None:
    """Forbidden or FieldNotYours for the first action that its author could not take with any record."""
    for i, act in enumerate(rule.acts):
        _one(author, rule.noun, act, f"rule.do.{i}")


def _one(author: Sees, noun: str, act: Act, at: str) -> None:
    if act.kind == "SET":
        may_set(author, noun, act.said["set"], f"{at}.set")
    elif act.kind in NEEDS:
        may_do(author, *NEEDS[act.kind], at)


async def author_of(tx: Tx, credential: str | None, known: Authors) -> Sees | None:
    """Whoever brought a version into use, with the rights of today; None when they are gone. What the house itself brought into use may do everything."""
    if credential not in known:
        known[credential] = Everything(tx.workspace) if credential is None else await standing(tx, credential)
    return known[credential]


def still(author: Sees | None, noun: str, act: Act) -> None:
    """RightGone where the author could not do it today. Telling somebody takes no right."""
    if act.kind != "SET" and act.kind not in NEEDS:
        return
    if author is None:
        raise RightGone()
    try:
        _one(author, noun, act, act.kind)
    except Refusal as refusal:
        raise RightGone() from refusal
