"""The one word that has a meaning of its own in a cell."""

NULL = "\\N"  # "there is none": clears a field that may be overwritten; an empty cell says nothing
