"""Everything that keeps steps from running, found at once, pure: what each says, where they lead, and that no way turns in circles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from leadwell.nurture.graph import Graph
from leadwell.nurture.kinds import KINDS
from leadwell.nurture.kinds.branch import events_of
from leadwell.nurture.shape import Flaw, Step
from leadwell.nurture.steps import KEY, LONGEST_NAME, called, moment

MOST_STEPS = 100
COMMON = frozenset({"id", "name", "kind", "next"})


def flaws(steps: Sequence[Step], now: datetime | None = None) -> list[Flaw]:
    """In order of the steps; those of the whole last. `now`: what an instant is past by."""
    found = [replace(one, at=i, step=called(step)) for i, step in enumerate(steps) for one in _of_step(step, now)]
    found += list(_of_all(steps))
    ids = {str(step.get("id")) for step in steps}
    if len(ids) < len(steps) or any(step.get("kind") not in KINDS for step in steps):
        return found
    lost = [Flaw(i, f"There is no step {to[:40]} to go on with.", "Name one of the steps.", called(step)) for i, step in enumerate(steps)
            for to in _named(step) if to not in ids]
    return found + _unsent(steps) + (lost or list(_of_ways(Graph(steps))))


def _of_step(step: Step, now: datetime | None) -> Iterator[Flaw]:
    name = str(step.get("kind"))
    if name not in KINDS:
        yield Flaw(None, f"There is no kind of step called {name[:40]}.", "Take one of " + ", ".join(KINDS) + ".")
        return
    if not KEY.match(str(step.get("id", ""))):
        yield Flaw(None, "The id of the step has other letters than a-z, 0-9, _ and -.", "Choose another, or leave it out.")
    if len(str(step.get("name") or "")) > LONGEST_NAME:
        yield Flaw(None, "The name of the step is too long.", f"Use at most {LONGEST_NAME} letters.")
    if strange := sorted(set(step) - COMMON - KINDS[name].fields):
        yield Flaw(None, f"A step of kind {name} says nothing about {strange[0][:40]}.", "Leave it out.")
    yield from KINDS[name].check(step)
    until = moment(step["until"]) if step.get("until") is not None else None
    if now and until and until <= now:
        yield Flaw(None, "The wait is until an instant that is past.", "Name one to come, or take the wait out.")


def _of_all(steps: Sequence[Step]) -> Iterator[Flaw]:
    ids = [str(step.get("id")) for step in steps]
    if len(set(ids)) < len(ids):
        yield Flaw(None, "Two steps have the same id.", "Give each its own, or none.")
    if not any((kind := KINDS.get(str(step.get("kind")))) and kind.effect for step in steps):
        yield Flaw(None, "The sequence does nothing.", "Add a step that does something, such as one of kind EMAIL.")
    if len(steps) > MOST_STEPS:
        yield Flaw(None, f"There are more than {MOST_STEPS} steps.", "Split the sequence.")


def _named(step: Step) -> list[str]:
    return [*([str(step["next"])] if step.get("next") else []), *KINDS[step["kind"]].ways(step)]


def _unsent(steps: Sequence[Step]) -> list[Flaw]:
    """Steps that ask what became of the mail of one that sends none."""
    mails = {step.get("id") for step in steps if step["kind"] == "EMAIL"}
    asked = ((i, event["step"]) for i, step in enumerate(steps) for event in events_of(step) if event.get("step") is not None)
    return [
        Flaw(i, f"There is no mail of a step {str(at)[:40]} that something could become of.", "Name a step of kind EMAIL.", called(steps[i]))
        for i, at in asked if at not in mails]


def _of_ways(graph: Graph) -> Iterator[Flaw]:
    ways = {i: [graph.index[to] for to in graph.ways(i) if to is not None] for i in range(len(graph.steps))}
    reached = _behind(ways, {0} if graph.steps else set())
    ends = {i for i in ways if None in graph.ways(i)}
    ending = _behind({i: [j for j in ways if i in ways[j]] for i in ways}, ends)
    for i, step in enumerate(graph.steps):
        if i not in reached:
            yield Flaw(i, "This step is never reached.", "Let a step lead to it, or remove it.", called(step))
    for i in sorted(reached - ending)[:1]:
        yield Flaw(i, "From this step on nobody ever comes to an end.", "Let one way lead to an EXIT or to the last step.", called(graph.steps[i]))
    instant = {i: [] if KINDS[step["kind"]].waits(step) else ways[i] for i, step in enumerate(graph.steps)}
    for i, step in enumerate(graph.steps):
        if i in _behind(instant, set(instant[i])):
            yield Flaw(i, "This step comes back to itself without any wait.", "Put a wait into the loop.", called(step))


def _behind(ways: Mapping[int, Sequence[int]], first: set[int]) -> set[int]:
    """Everything that can be reached from the first, themselves included."""
    found, new = set(first), list(first)
    while new:
        new = [to for at in new for to in ways[at] if to not in found]
        found |= set(new)
    return found
