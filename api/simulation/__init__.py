"""Sequences rehearsed, and tried on one person."""
