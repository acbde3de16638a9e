"""The one table of what can be done to many records."""

from collections.abc import Mapping

from leadwell.access import Viewer
from leadwell.changes.archiving import ARCHIVE
from leadwell.changes.closing import JUNK, REOPEN
from leadwell.changes.enriching import ENRICH
from leadwell.changes.entering import ENROLL
from leadwell.changes.marks import TAG, UNTAG
from leadwell.changes.owners import REASSIGN
from leadwell.changes.refusals import UnknownChange
from leadwell.changes.shape import Action
from leadwell.changes.values import UPDATE

ACTIONS: Mapping[str, Action] = {one.name: one for one in (REASSIGN, JUNK, REOPEN, TAG, UNTAG, ENROLL, ENRICH, UPDATE, ARCHIVE)}


def action_for(name: str, noun: str, viewer: Viewer) -> Action:
    """The action, which the viewer may do to such records. UnknownChange, Forbidden."""
    found = ACTIONS.get(name)
    if found is None or noun not in found.verbs:
        raise UnknownChange(field="noun" if found else "action", noun=noun[:40], action=name[:40])
    viewer.need(noun, "read")
    viewer.need(*found.permission(noun))
    return found


def acting(action: Action, noun: str, viewer: Viewer) -> Viewer:
    """The viewer as far as the action's verb reaches among the noun's records."""
    return viewer if action.of else viewer.doing(action.verbs[noun])
