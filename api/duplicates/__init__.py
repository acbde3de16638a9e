"""Duplicates: who may be one with whom, decided and remembered."""
