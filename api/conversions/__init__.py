"""Conversions: looked at before, many at once, and completed later."""
