"""Queues, territories, absences, response clocks, and who gets what."""
