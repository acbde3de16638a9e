"""Capture over GraphQL: leads, forms, parked submissions."""
