"""Goals and ends: what is reached, and where it is over."""

from typing import Any

from leadwell.nurture.shape import Decision, Go, Stand

GOAL_FIELDS = frozenset({"goes_on"})


def goal(stand: Stand, facts: Any) -> Decision:
    """Reached; over, unless the step says that it goes on."""
    return Go(stand.next if stand.step.get("goes_on") else None, "GOAL", goal=True)


def end(stand: Stand, facts: Any) -> Decision:
    return Go(None, "ENDED")
