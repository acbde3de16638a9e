"""Migrations: Tortoise's tool runs and remembers them; what they do is SQL in `sql/`."""
