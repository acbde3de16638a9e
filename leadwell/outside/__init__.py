"""Adapters to the world, a folder each; the rooms know only their ports."""
