"""Merges over GraphQL: looked at beforehand, done, and taken back."""
