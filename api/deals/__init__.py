"""Deals over GraphQL: what changes them."""
