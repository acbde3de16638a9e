"""The mutations of every list: pipelines, statuses, stages, reasons, sources, products, topics, senders, teams, tags."""

from api.entries.doors import mutations
from leadwell.entries import ALL

for _entry in ALL.values():
    globals()[f"{_entry.noun}Mutations"] = mutations(_entry, __name__)
