"""Contacts over GraphQL: what changes them."""
