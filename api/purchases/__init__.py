"""Purchases and exchange rates over GraphQL."""
