"""Assignment: who gets a lead, by when somebody must have answered, and what follows when nobody has."""

from leadwell.assignment.assigning import Decision, assign, preview
from leadwell.assignment.breaching import breach
from leadwell.assignment.claiming import claim, hand_to_queue, look_again, retry_waiting
from leadwell.assignment.explaining import explain
from leadwell.assignment.listening import ask, follow
from leadwell.assignment.membership import Seat, add_absence, end_absence, put_member, remove_member
from leadwell.assignment.routing import Wanted
from leadwell.assignment.speed import GROUPS, Speed, speed_to_lead
from leadwell.assignment.work_queue import MOVES, Item, Reason, done, snooze, touched, work_queue

__all__ = [
    "GROUPS", "MOVES", "Decision", "Item", "Reason", "Seat", "Speed", "Wanted", "add_absence", "ask", "assign", "breach", "claim", "done", "end_absence",
    "explain", "follow", "hand_to_queue", "look_again", "preview", "put_member", "remove_member", "retry_waiting", "snooze", "speed_to_lead", "touched",
    "work_queue",
]
