"""Exports: records on their way out."""
