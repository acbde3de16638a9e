"""Scores explained, and the models that make them."""
