"""Sandboxes and their clocks."""
