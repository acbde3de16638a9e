"""The API of enrollments: who is in a sequence, and mail whose fate is unknown."""
