"""Branches by what is known of a person: a filter as in lists, a score, or something that has happened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from leadwell.base.tx import Tx
from leadwell.nurture.filtering import NOUNS, matching
from leadwell.nurture.happening import happened, happening_flaws
from leadwell.nurture.shape import Decision, Facts, Flaw, Go, Stand, Step, flaw
from leadwell.nurture.steps import waited

TESTS = ("where", "score", "event")
FIELDS = frozenset({"paths"})
MOST_PATHS = 10
Path = Mapping[str, Any]


def paths_of(step: Step) -> list[Path]:
    found = step.get("paths")
    return [cast("Path", path) for path in cast("list[Any]", found) if isinstance(path, Mapping)] if isinstance(found, list) else []


def events_of(step: Step) -> list[Mapping[str, Any]]:
    """What a step waits for, or asks about in its paths."""
    asked = [step.get("event"), *(path.get("event") for path in paths_of(step))]
    return [cast("Mapping[str, Any]", event) for event in asked if isinstance(event, Mapping)]


def check(step: Step) -> Iterator[Flaw]:
    paths = paths_of(step)
    if not 0 < len(paths) <= MOST_PATHS:
        yield flaw("The branch has no paths, or too many.", f"Give 1 to {MOST_PATHS}; whoever fits none goes to the next step.")
    for path in paths:
        if sum(path.get(test) is not None for test in TESTS) != 1:
            yield flaw("A path of the branch does not say one thing about who takes it.", "Give one of where, score and event.")
        elif path.get("event") is not None:
            yield from happening_flaws(path["event"])
        if not path.get("next"):
            yield flaw("A path of the branch leads nowhere.", "Name a step with next.")
        if path.get("noun", "Person") not in NOUNS:
            yield flaw("A path of the branch asks about records that no person has.", "Take one of " + ", ".join(NOUNS) + ".")


def ways(step: Step) -> list[str]:
    return [str(path["next"]) for path in paths_of(step) if path.get("next")]


def decide(stand: Stand, facts: Any) -> Decision:
    """`facts`: the index of the first path that fits; None for none."""
    if facts is None:
        return Go(stand.next, "OTHERWISE")
    path = paths_of(stand.step)[int(facts)]
    return Go(str(path["next"]), str(path.get("name") or f"PATH_{facts + 1}"))


async def learn(tx: Tx, stood: Sequence[Stand]) -> Facts:
    """One question a path, for all who stand at the step: set by set, the first path that fits counts."""
    found: dict[UUID, int] = {}
    groups: dict[tuple[UUID, str], list[Stand]] = defaultdict(list)
    for stand in stood:
        groups[stand.version_id, stand.step["id"]].append(stand)
    for group in groups.values():
        left = group
        for i, path in enumerate(paths_of(group[0].step)):
            fits = await fitting(tx, path, left)
            found |= {stand.id: i for stand in left if stand.id in fits}
            left = [stand for stand in left if stand.id not in fits]
            if not left:
                break
    return found


async def fitting(tx: Tx, path: Path, stood: Sequence[Stand]) -> set[UUID]:
    """The enrollments whose people fit. A filter that names what is gone fits nobody."""
    if path.get("event") is not None:
        event = cast("Mapping[str, Any]", path["event"])
        asked = await happened(tx, [(stand, event, since(stand, event)) for stand in stood])
        return {id for id, yes in asked.items() if yes}
    where = {"score": {"gte": path["score"]["at_least"]}} if path.get("score") is not None else path.get("where") or {}
    people = await matching(tx, str(path.get("noun", "Person")), where, list({stand.person_id for stand in stood}))
    return {stand.id for stand in stood if stand.person_id in people}


def since(stand: Stand, event: Mapping[str, Any]) -> datetime:
    """From when on an event counts: within a span, or ever."""
    within = waited(event.get("within"))
    return stand.now - within if within else stand.now - timedelta(days=36_500)
