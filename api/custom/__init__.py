"""Custom fields over GraphQL, and how inputs of records carry their values."""
