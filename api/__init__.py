"""Doors for people: everything that speaks HTTP, GraphQL and WebSocket."""
